package nn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"simdnn/tensor"
)

// run is one training under way.
type run[T tensor.Float] struct {
	Trainer[T]
	train, validation Batches[T]
	metrics           []Metric
	rate              float64 // before the schedule
	workspace         *Workspace[T]
	history           History
	steps             int
	best              *bestEpoch[T]     // nil unless the training watches for it
	whole             *keptEpoch[T]     // nil unless the model is to be left as an epoch did
	checkpoint        *checkpointing[T] // nil unless there is one
	sharding          *sharding[T]      // nil unless batches are cut
}

// epochs trains epoch after epoch until the last one or an error.
func (r *run[T]) epochs(ctx context.Context) error {
	for !r.over() {
		if err := r.epoch(ctx, len(r.history.Epochs)); err != nil {
			return err
		}
	}
	return nil
}

// over reports whether all epochs are done, or the model has not become better for too long.
func (r *run[T]) over() bool {
	done := len(r.history.Epochs)
	return done >= r.Epochs || r.best != nil && r.best.known && done-1-r.best.epoch >= r.Patience
}

// epoch makes one epoch's steps and measures what they have reached.
func (r *run[T]) epoch(ctx context.Context, epoch int) error {
	start := time.Now()
	if !r.EachStep {
		if err := r.setRate(epoch, epoch); err != nil {
			return err
		}
	}
	train, err := r.pass(ctx, epoch)
	if r.sharding != nil {
		err = r.sharding.endEpoch(err)
	}
	r.Model.swapAverages()
	defer r.Model.swapAverages()
	if err == nil && r.EvaluateTrain {
		train, err = r.measure(ctx, epoch, r.train)
	}
	if err != nil {
		return err
	}
	e := Epoch{Epoch: epoch, Steps: r.steps, LearningRate: r.Model.Optimizer().LearningRate(),
		TrainLoss: train.Loss, TrainMetric: train.Metrics[0], ValLoss: math.NaN(),
		ValMetric: math.NaN()}
	watched := train.Loss
	if r.validation != nil {
		validation, err := r.measure(ctx, epoch, r.validation)
		if err != nil {
			return err
		}
		e.ValLoss, e.ValMetric, watched = validation.Loss, validation.Metrics[0], validation.Loss
	}
	e.Time = time.Since(start)
	r.history.Epochs = append(r.history.Epochs, e)
	if r.best != nil {
		r.best.watch(watched, r.MinDelta, epoch)
	}
	if r.OnEpoch != nil {
		err = r.OnEpoch(e)
	}
	if r.whole != nil {
		r.whole.keep()
	}
	if r.checkpoint != nil { // after the callback, which may have changed what is to be kept
		r.Model.swapAverages()
		kept := r.checkpoint.epoch()
		r.Model.swapAverages()
		if kept != nil {
			return kept
		}
	}
	return err
}

// setRate sets the learning rate, and the momentum, of an epoch, or of a step of the optimizer in
// it.
func (r *run[T]) setRate(epoch, step int) error {
	if err := r.setMomentum(epoch, step); err != nil || r.Schedule == nil && r.Plateau == nil {
		return err
	}
	rate := r.rateOf(r.history.Epochs[:epoch], step)
	if !(rate >= 0) || math.IsInf(float64(T(rate)), 0) {
		return fmt.Errorf("nn: the schedule gives epoch %d the learning rate %g: "+
			"it must be finite in %s and not negative", epoch, rate, tensor.DTypeOf[T]())
	}
	r.Model.SetLearningRate(rate)
	return nil
}

// rateOf returns the learning rate after some epochs: in the next, or at a step of the optimizer.
func (r *run[T]) rateOf(epochs []Epoch, step int) float64 {
	rate := r.rate
	if r.Plateau != nil {
		rate = r.Plateau.rate(rate, func(yield func(float64) bool) {
			for _, e := range epochs {
				loss := e.ValLoss
				if r.validation == nil {
					loss = e.TrainLoss
				}
				if !yield(loss) {
					return
				}
			}
		})
	}
	if r.Schedule == nil {
		return rate
	}
	return float64(rate * r.Schedule(step, r.scheduled()))
}

// scheduled returns how many epochs, or steps, a schedule is for.
func (r *run[T]) scheduled() int {
	if r.EachStep {
		return r.Epochs * r.updates()
	}
	return r.Epochs
}

// updates returns the number of the optimizer's steps in an epoch.
func (r *run[T]) updates() int {
	each := max(r.Accumulate, 1)
	return (r.train.Len() + each - 1) / each
}

// pass makes one step for each batch of the training data.
func (r *run[T]) pass(ctx context.Context, epoch int) (Evaluation, error) {
	running := newRunning[T](r.metrics)
	for b, err := range batchesOf(r.Model, r.train) {
		if err != nil {
			return Evaluation{}, err
		}
		if err := ctx.Err(); err != nil {
			return Evaluation{}, fmt.Errorf("nn: training stopped in epoch %d: %w", epoch, err)
		}
		step := running.batches
		if each := max(r.Accumulate, 1); r.EachStep && step%each == 0 {
			if err := r.setRate(epoch, epoch*r.updates()+step/each); err != nil {
				return Evaluation{}, err
			}
		}
		if err := r.Model.fit(&r.workspace, b.x[0]); err != nil {
			return Evaluation{}, err
		}
		sum, weight, err := r.step(b, step)
		if err != nil {
			return Evaluation{}, fmt.Errorf("epoch %d, step %d: %w", epoch, step, err)
		}
		if loss := sum / weight; !finite(loss) {
			return Evaluation{}, r.Model.diverged(b.x, epoch, step, loss)
		}
		r.steps++
		running.add(sum, weight, r.workspace.predictions[0], b.y[0])
		if r.OnStep != nil {
			if err := r.OnStep(Step{Epoch: epoch, Step: step, Steps: r.train.Len(),
				Loss: sum / weight}); err != nil {
				return Evaluation{}, err
			}
		}
	}
	if running.batches == 0 {
		return Evaluation{}, errors.New("nn: an epoch gave no batches to train on")
	}
	return running.evaluation(), nil
}

// step makes a step of training, or a part of one, by a batch. The workspace may hold no gradients
// of batches before when it is replaced by a larger one: the first batch is the largest.
func (r *run[T]) step(b batch[T], number int) (sum, weight float64, err error) {
	if r.sharding != nil {
		return r.sharding.step(r.workspace, b)
	}
	if r.Accumulate < 2 {
		return r.Model.makeStep(r.workspace, b)
	}
	sum, weight, err = r.Model.accumulate(r.workspace, b)
	last := (number+1)%r.Accumulate == 0 || number+1 == r.train.Len()
	if err == nil && last && finite(sum/weight) {
		err = r.Model.Update(r.workspace)
	}
	return sum, weight, err
}

// measure evaluates the model after an epoch.
func (r *run[T]) measure(ctx context.Context, epoch int, batches Batches[T]) (Evaluation, error) {
	e, err := evaluate(ctx, r.Model, &r.workspace, batches, r.metrics,
		func(x tensors[T], loss float64) error {
			if !finite(loss) {
				return r.Model.diverged(x, epoch, -1, loss)
			}
			return nil
		})
	if err != nil {
		return e, fmt.Errorf("evaluation after epoch %d: %w", epoch, err)
	}
	return e, nil
}

// keep writes the checkpoint of the last whole epoch, and adds it to err if that fails.
func (r *run[T]) keep(err error) error {
	if r.checkpoint == nil {
		return err
	}
	kept := r.checkpoint.flush()
	switch {
	case err == nil:
		return kept
	case kept == nil:
		return err
	}
	return fmt.Errorf("%w; %w", err, kept)
}

// finish leaves the model as the training promises: with the averages if it keeps them, with the
// best parameters if it watched for them, else with those of the last whole epoch if it kept them,
// and with its own learning rate.
func (r *run[T]) finish() {
	r.Model.swapAverages()
	r.Model.setAverage(0)
	switch {
	case r.best != nil && r.best.known:
		r.best.restore()
	case r.whole != nil:
		r.whole.restore()
	}
	r.Model.SetLearningRate(r.rate)
	r.Model.setMomentum(r.Model.Optimizer().ownMomentum())
}

// keepWhole begins to keep the parameters of the last whole epoch, which are now those of a
// checkpoint or the initial ones.
func (r *run[T]) keepWhole() {
	r.whole = newKeptEpoch(r.Model)
	r.Model.swapAverages()
	r.whole.keep()
	r.Model.swapAverages()
}

// keptEpoch holds what a model's parameters and buffers were after an epoch.
type keptEpoch[T tensor.Float] struct {
	live   []Parameter[T] // the model's parameters and buffers
	values [][]T          // of each, in the order of its Data
}

func newKeptEpoch[T tensor.Float](m *Model[T]) *keptEpoch[T] {
	k := &keptEpoch[T]{live: m.saved()}
	k.values = make([][]T, len(k.live))
	for i, p := range k.live {
		k.values[i] = make([]T, len(p.Data))
	}
	return k
}

// keep takes over what the model has now.
func (k *keptEpoch[T]) keep() {
	for i, p := range k.live {
		copy(k.values[i], p.Data)
	}
}

// restore puts back what was kept.
func (k *keptEpoch[T]) restore() {
	for i, p := range k.live {
		copy(p.Data, k.values[i])
	}
}

// bestEpoch keeps the parameters of the epoch with the lowest loss so far.
type bestEpoch[T tensor.Float] struct {
	*keptEpoch[T]
	known bool // there has been an epoch
	loss  float64
	epoch int
}

// watch takes the loss that the model reached in an epoch and keeps the parameters if it is below
// the best by more than minDelta.
func (b *bestEpoch[T]) watch(loss, minDelta float64, epoch int) {
	if b.known && !(loss < b.loss-minDelta) {
		return
	}
	b.known, b.loss, b.epoch = true, loss, epoch
	b.keep()
}
