package nn

import (
	"context"
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/internal/portable"
	"simdnn/tensor"
)

// RatePoint is a learning rate of a range test, and the loss of the step before it was used.
type RatePoint struct{ Rate, Loss float64 }

// RangeTest makes steps of training with learning rates that grow by one factor from the first to
// the last, and returns the losses: the steepest fall shows a rate to train with (Smith 2017). It
// ends early when the loss isn't finite or is four times the lowest. The model, its optimizer and
// batches whose state can be restored (see [Batches]) are then as they were before. Of the trainer
// only the model counts.
func (t *Trainer[T]) RangeTest(ctx context.Context, train Batches[T], first, last float64,
	steps int) ([]RatePoint, error) {
	if !(first > 0) || !(last > first) || math.IsInf(last, 0) || steps < 2 {
		return nil, fmt.Errorf("nn: a range test of %d steps from the rate %g to %g", steps, first, last)
	}
	plain := &Trainer[T]{Model: t.Model, Epochs: 1}
	r, err := plain.newRun(train, nil)
	if err != nil {
		return nil, err
	}
	restore, err := r.snapshot()
	if err != nil {
		return nil, err
	}
	points, err := r.tryRates(ctx, func(i int) float64 {
		return float64(first * portable.Pow(last/first, float64(i)/float64(steps-1)))
	}, steps)
	if restored := restore(); err == nil {
		err = restored
	}
	return points, err
}

// tryRates makes steps at rates.
func (r *run[T]) tryRates(ctx context.Context, rate func(i int) float64, steps int) ([]RatePoint,
	error) {
	var points []RatePoint
	lowest := math.Inf(1)
	for len(points) < steps {
		before := len(points)
		for b, err := range batchesOf(r.Model, r.train) {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				err = r.Model.fit(&r.workspace, b.x[0])
			}
			if err != nil {
				return points, err
			}
			at := rate(len(points))
			r.Model.SetLearningRate(at)
			sum, weight, err := r.step(b, 0)
			if err != nil {
				return points, err
			}
			points = append(points, RatePoint{at, sum / weight})
			lowest = min(lowest, sum/weight)
			if len(points) == steps || !finite(sum/weight) || sum/weight > 4*lowest {
				return points, nil
			}
		}
		if len(points) == before {
			return points, fmt.Errorf("nn: an epoch gave no batches to train on")
		}
	}
	return points, nil
}

// snapshot returns what puts the model, its optimizer and the batches back to where they are.
func (r *run[T]) snapshot() (restore func() error, err error) {
	m := r.Model
	var kept []*tensor.Array
	var variables []*graph.Variable
	states := map[string]bool{}
	for name, v := range m.variables.store {
		a := tensor.NewArray(v.Value.DType(), v.Value.Shape()...)
		tensor.Copier(a, v.Value)()
		kept, variables, states[name] = append(kept, a), append(variables, v), true
	}
	batches, err := batchState(r.train)
	if err != nil {
		return nil, err
	}
	steps, rate := m.steps, r.rate
	return func() error {
		for i, v := range variables {
			tensor.Copier(v.Value, kept[i])()
		}
		for name := range m.variables.store { // what the optimizer has begun to remember
			if !states[name] {
				delete(m.variables.store, name)
			}
		}
		m.steps = steps
		m.forget(false)
		m.SetLearningRate(rate)
		return setBatchState(r.train, batches)
	}, nil
}
