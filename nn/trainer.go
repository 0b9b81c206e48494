package nn

import (
	"context"
	"errors"
	"fmt"

	"simdnn/tensor"
)

// DefaultEpochs is the length of a run that was given none.
const DefaultEpochs = 1000

// ErrStop ends a training without an error when a callback returns it.
var ErrStop = errors.New("nn: stop the training")

// Trainer trains a model on batches: it loads data, runs forward, backward and update, validates
// after each epoch and keeps the history. The zero values of all fields but Model are useful.
type Trainer[T tensor.Float] struct {
	Model *Model[T]
	// Epochs is the number of passes over the training data, [DefaultEpochs] if 0.
	Epochs int
	// Metric is measured on the training and the validation data; nil stands for that of the loss:
	// accuracy for classes, R² for values.
	Metric Metric
	// Patience stops the training when the loss (of the validation data if there are any) has not
	// fallen for this number of epochs, and then leaves the parameters of the best epoch in the
	// model, as it does when the training ends for another reason. 0 trains all epochs and keeps
	// the last.
	Patience int
	// MinDelta is by how much the loss must fall below the best so far to count as better.
	MinDelta float64
	// Schedule changes the learning rate from epoch to epoch; nil keeps it. EachStep changes it
	// from step of the optimizer to step, of which the schedule then counts those of all epochs.
	Schedule Schedule
	EachStep bool
	// Momentum gives the momentum itself, or Adam's β₁, epoch by epoch or step by step as Schedule
	// gives the factor of the rate, see [OneCycleMomentum]; nil keeps the optimizer's. The model's
	// optimizers are Momentum, Nesterov, Adam or AdamW.
	Momentum Schedule
	// Plateau lowers the learning rate when the loss has stopped falling; nil doesn't. With a
	// Schedule too its rate is what the schedule's factor multiplies.
	Plateau *Plateau
	// Average, above 0 and below 1, keeps moving averages of the parameters, a ← Average·a +
	// (1−Average)·w after each step, the first being the parameters themselves, as PyTorch's
	// AveragedModel with get_ema_multi_avg_fn does; Keras begins there too. They are what is
	// evaluated after each epoch and what the training leaves in the model. Buffers, such as
	// running means, are not averaged, as with PyTorch's use_buffers=False.
	Average float64
	// Accumulate is the number of batches whose gradients a step of the optimizer takes together,
	// as if they were one batch: 0 and 1 take one. What is left at the end of an epoch makes a step
	// too.
	Accumulate int
	// Shards, above 1, cuts each batch into so many parts, whose gradients are added up in an order
	// that depends on their number alone. The parameters have the same bits on any number of
	// Processes from 1 to Shards, and other ones than those of an uncut training. Batch norm
	// normalises each shard by its own moments; its running ones become the mean of the shards',
	// weighted by their rows.
	Shards int
	// Processes are those that train the model together, each with some of the shards; nil stands for
	// this one alone. All run the same program on the same data, and their callbacks return alike.
	// They must agree on all settings, and the training ends on each of them when it ends on one.
	// Evaluations are made by each for itself. A checkpoint is written by the first, in a folder that
	// all of them read, and resumed by any number of processes.
	Processes Processes
	// EvaluateTrain measures the training data once more after each epoch with the parameters that
	// it ended with, in the order that the next epoch will have; training does not depend on it.
	// Without it the figures of the training data are gathered while the epoch runs, each batch
	// before its update, which costs next to nothing.
	EvaluateTrain bool
	// WholeEpochs leaves a run that ends within an epoch with the parameters of the last whole
	// one, or of the best with Patience, at the cost of a copy of them an epoch. Without it the
	// steps of the epoch under way stay made.
	WholeEpochs bool
	// Checkpoint keeps the state of the training, from which it can go on; nil keeps none.
	Checkpoint *Checkpoint
	// OnEpoch is called after each epoch, OnStep after each step. An error ends the training:
	// ErrStop quietly, others are returned.
	OnEpoch func(Epoch) error
	OnStep  func(Step) error
}

// Step is what one step of training has reached.
type Step struct {
	Epoch int // counted from 0
	Step  int // within the epoch, counted from 0
	Steps int // batches of the epoch
	Loss  float64
}

// Fit trains the model and returns the history, which the model keeps too. validation may be nil.
//
// When the context is cancelled, a callback fails or the loss diverges ([*DivergedError]) the
// training ends between two steps, and Fit returns the history so far with the error. A training
// that goes on from a [Checkpoint] has the epochs before in its history too.
func (t *Trainer[T]) Fit(ctx context.Context, train, validation Batches[T]) (*History, error) {
	r, err := t.newRun(train, validation)
	if r != nil && r.checkpoint != nil {
		defer r.checkpoint.release()
	}
	if err := t.agreeToBegin(r, err); err != nil {
		return nil, err
	}
	if r.sharding != nil {
		if err := r.sharding.share(); err != nil {
			return nil, err
		}
	}
	err = r.epochs(ctx)
	if r.sharding != nil {
		err = r.sharding.conclude(err)
	}
	if errors.Is(err, ErrStop) {
		err = nil
	}
	err = r.keep(err)
	r.finish()
	t.Model.history = r.history
	return &r.history, err
}

// newRun checks what can be known before the first step.
func (t *Trainer[T]) newRun(train, validation Batches[T]) (*run[T], error) {
	switch {
	case t.Model == nil:
		return nil, errors.New("nn: the trainer has no model")
	case t.Epochs < 0 || t.Patience < 0 || !(t.MinDelta >= 0) || t.Accumulate < 0 ||
		t.Shards < 0:
		return nil, fmt.Errorf("nn: epochs %d, patience %d, minimal improvement %g and %d "+
			"batches to accumulate and %d shards must not be negative", t.Epochs, t.Patience, t.MinDelta,
			t.Accumulate, t.Shards)
	case train == nil || train.Len() < 1:
		return nil, errors.New("nn: there are no batches to train on")
	case validation != nil && validation.Len() < 1:
		return nil, errors.New("nn: there are no batches to validate on")
	}
	if err := t.Model.Check(); err != nil {
		return nil, err
	}
	if err := t.checkSteps(); err != nil {
		return nil, err
	}
	// A schedule may rest at a rate of 0 for an epoch; a whole training at it is a mistake.
	if t.Model.Optimizer().LearningRate() == 0 {
		return nil, errors.New("nn: the learning rate must be above 0")
	}
	r := &run[T]{Trainer: *t, train: train, validation: validation,
		rate: t.Model.Optimizer().LearningRate()}
	var err error
	if r.sharding, err = newSharding(t); err != nil {
		return nil, err
	}
	if r.Epochs == 0 {
		r.Epochs = DefaultEpochs
	}
	if r.Momentum != nil {
		if err := r.Model.scheduleMomentum(); err != nil {
			return nil, err
		}
	}
	r.Model.setAverage(r.Average)
	if r.Metric == nil {
		r.Metric = t.Model.Loss().metric
	}
	if r.Patience > 0 {
		r.best = &bestEpoch[T]{keptEpoch: newKeptEpoch(r.Model)}
	}
	r.metrics = []Metric{r.Metric}
	r.history.Metric = r.Metric.String()
	if r.Checkpoint != nil {
		if r.checkpoint, err = newCheckpointing(*r.Checkpoint, r); err != nil {
			return nil, err
		}
	}
	if r.WholeEpochs {
		r.keepWhole()
	}
	return r, nil
}

// checkSteps returns an error if the steps can't be made as the settings say.
func (t *Trainer[T]) checkSteps() error {
	if p := t.Plateau; p != nil && (!(p.Factor > 0 && p.Factor < 1) || p.Patience < 0 ||
		!(p.Threshold >= 0 && p.Threshold < 1) || p.Cooldown < 0 || !(p.MinRate >= 0)) {
		return fmt.Errorf("nn: a plateau with the factor %g, patience %d, threshold %g, cooldown "+
			"%d and "+
			"lowest rate %g", p.Factor, p.Patience, p.Threshold, p.Cooldown, p.MinRate)
	}
	if !(t.Average >= 0 && t.Average < 1) {
		return fmt.Errorf("nn: averages with the decay %g, which is not in [0, 1)", t.Average)
	}
	if t.Model.settings.optimizer.lbfgs == nil {
		return nil
	}
	if t.Accumulate > 1 || t.Average > 0 {
		return errors.New("nn: lbfgs makes its steps from single batches, and keeps no averages")
	}
	return nil
}
