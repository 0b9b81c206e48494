package nn

import (
	"context"
	"encoding"
	"errors"
	"fmt"

	"simdnn/tensor"
)

// Evaluation is what a model reaches on a data set.
type Evaluation struct {
	Loss    float64
	Metrics []float64 // in the order in which they were asked for
}

// Evaluate returns the model's loss, the mean over all rows of the batches, and the metrics. Batches
// whose state can be saved and restored, see [Batches], are left where they were: training on the
// same ones goes on as if nothing had been evaluated.
func Evaluate[T tensor.Float](ctx context.Context, m *Model[T], batches Batches[T], metrics ...Metric) (Evaluation, error) {
	var w *Workspace[T]
	return evaluate(ctx, m, &w, batches, metrics, nil)
}

// evaluate is Evaluate with a workspace that is made or replaced where it is missing or too small.
// inspect, if it is not nil, sees the loss of each batch and ends the evaluation when it returns an
// error.
func evaluate[T tensor.Float](
	ctx context.Context, m *Model[T], w **Workspace[T], batches Batches[T], metrics []Metric,
	inspect func(loss float64) error,
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
	inspect func(loss float64) error,
) (Evaluation, error) {
	tally := newTally[T](metrics)
	for b := range batchesOf(batches) {
		if err := ctx.Err(); err != nil {
			return Evaluation{}, err
		}
		if err := m.fit(w, b.x); err != nil {
			return Evaluation{}, err
		}
		if err := (*w).forward(m, b.x); err != nil {
			return Evaluation{}, err
		}
		sum, weight, err := (*w).evaluate(b.y, b.weights)
		if err != nil {
			return Evaluation{}, err
		}
		if inspect != nil {
			if err := inspect(sum / weight); err != nil {
				return Evaluation{}, err
			}
		}
		tally.add(sum, weight, (*w).prediction, b.y)
	}
	if tally.batches == 0 {
		return Evaluation{}, errors.New("nn: there are no batches to evaluate")
	}
	return tally.evaluation(), nil
}
