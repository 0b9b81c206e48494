package nn

import (
	"cmp"
	"context"
	"encoding"
	"errors"
	"fmt"
	"iter"

	"simdnn/tensor"
)

// Evaluation is what a model reaches on a data set.
type Evaluation struct {
	Loss    float64
	Metrics []float64 // in the order in which they were asked for
}

// Evaluate returns the model's loss, the mean over all rows of the batches, and the metrics.
// Batches whose state can be saved and restored, see [Batches], are left where they were: training
// on the same ones goes on as if nothing had been evaluated.
func Evaluate[T tensor.Float](ctx context.Context, m *Model[T], batches Batches[T],
	metrics ...Metric) (Evaluation, error) {
	if err := checkMetrics(metrics); err != nil {
		return Evaluation{}, err
	}
	var w *Workspace[T]
	return evaluate(ctx, m, &w, batches, metrics, nil)
}

// evaluate is Evaluate with a workspace that is made or replaced where it is missing or too small.
// inspect, if it is not nil, sees the loss of each batch and ends the evaluation when it returns an
// error.
func evaluate[T tensor.Float](
	ctx context.Context, m *Model[T], w **Workspace[T], batches Batches[T], metrics []Metric,
	inspect func(x tensors[T], loss float64) error,
) (Evaluation, error) {
	if _, ok := batches.(encoding.BinaryUnmarshaler); !ok {
		return evaluateEpoch(ctx, m, w, batches, metrics, inspect)
	}
	state, err := batchState(batches)
	if err != nil {
		return Evaluation{}, fmt.Errorf("nn: the batches to evaluate: %w", err)
	}
	e, err := evaluateEpoch(ctx, m, w, batches, metrics, inspect)
	if restored := setBatchState(batches, state); err == nil && restored != nil {
		err = fmt.Errorf("nn: the batches evaluated: %w", restored)
	}
	return e, err
}

// evaluateEpoch is evaluate that leaves the batches an epoch further.
func evaluateEpoch[T tensor.Float](
	ctx context.Context, m *Model[T], w **Workspace[T], batches Batches[T], metrics []Metric,
	inspect func(x tensors[T], loss float64) error,
) (Evaluation, error) {
	running := newRunning[T](metrics)
	for b, err := range batchesOf(m, batches) {
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return Evaluation{}, err
		}
		if err := m.fit(w, b.x[0]); err != nil {
			return Evaluation{}, err
		}
		sum, weight, err := m.measure(*w, b)
		if err != nil {
			return Evaluation{}, err
		}
		if inspect != nil {
			if err := inspect(b.x, sum/weight); err != nil {
				return Evaluation{}, err
			}
		}
		running.add(sum, weight, (*w).predictions[0], b.y[0])
	}
	if running.batches == 0 {
		return Evaluation{}, errors.New("nn: there are no batches to evaluate")
	}
	return running.evaluation(), nil
}

// Batches is a data set cut into batches, such as the loader of package data. The first batch of an
// epoch is the largest.
//
// Batches whose epochs differ implement encoding.BinaryMarshaler and BinaryUnmarshaler, which save
// and restore what the epochs to come depend on: for a [Checkpoint], and so that an evaluation of
// the training data does not change the epochs after it. For a checkpoint, Batches that have a
// method Fingerprint() string are told from other data by what it returns.
type Batches[T tensor.Float] interface {
	// Len returns the number of batches of an epoch.
	Len() int
	// Epoch returns the batches of the next epoch: x of shape (rows, inputs) and its target y with
	// as many rows. A batch is valid until the next one.
	Epoch() iter.Seq2[*tensor.Tensor[T], *tensor.Tensor[T]]
}

// ColumnBatches is Batches of any number of tensors whose rows belong together: x, y and, if there
// is a third one, the weights of the rows in the loss, of shape (rows) or (rows, 1); of a model of
// several inputs and outputs, all of these in their order. Metrics do not weigh.
type ColumnBatches[T tensor.Float] interface {
	Batches[T]
	// Batches returns the batches of the next epoch with all of their tensors.
	Batches() iter.Seq[[]*tensor.Tensor[T]]
}

// batchesOf returns the next epoch of batches for a model: of its inputs, its targets and, if there
// is one tensor more, weights.
func batchesOf[T tensor.Float](m *Model[T], batches Batches[T]) iter.Seq2[batch[T], error] {
	inputs, targets := len(m.shape.in), len(m.shape.out)
	columns, ok := batches.(ColumnBatches[T])
	if !ok {
		return func(yield func(batch[T], error) bool) {
			both := [2]*tensor.Tensor[T]{}
			for both[0], both[1] = range batches.Epoch() {
				b := batch[T]{x: both[:1], y: both[1:]}
				if !yield(b, m.checkColumns(b)) {
					return
				}
			}
		}
	}
	return func(yield func(batch[T], error) bool) {
		for c := range columns.Batches() {
			n := min(inputs, len(c))
			b := batch[T]{x: c[:n], y: c[n:min(n+targets, len(c))]}
			if len(c) > n+targets {
				b.weights = c[n+targets].Data()
			}
			if !yield(b, m.checkColumns(b)) {
				return
			}
		}
	}
}

// checkColumns returns an error unless a batch has a tensor for each input and each target.
func (m *Model[T]) checkColumns(b batch[T]) error {
	if len(b.x) != len(m.shape.in) || len(b.y) != len(m.shape.out) {
		return fmt.Errorf("nn: batches of %d tensors for a model of %d inputs and %d targets",
			len(b.x)+len(b.y), len(m.shape.in), len(m.shape.out))
	}
	return nil
}
