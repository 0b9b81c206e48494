package nn

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"simdnn/tensor"
)

// Batches is a data set cut into batches, such as the loader of package data. The first batch of an epoch is the largest.
type Batches[T tensor.Float] interface {
	// Len returns the number of batches of an epoch.
	Len() int
	// Epoch returns the batches of the next epoch: x of shape (rows, inputs) and its target y with as many rows. They are valid until the next.
	Epoch() iter.Seq2[*tensor.Tensor[T], *tensor.Tensor[T]]
}

// Evaluation is what a model reaches on a data set.
type Evaluation struct {
	Loss    float64
	Metrics []float64 // in the order in which they were asked for
}

// Evaluate returns the model's loss, the mean over all rows of the batches, and the metrics.
func Evaluate[T tensor.Float](ctx context.Context, m *Model[T], batches Batches[T], metrics ...Metric) (Evaluation, error) {
	var w *Workspace[T]
	return evaluate(ctx, m, &w, batches, metrics)
}

// evaluate is Evaluate with a workspace that is made or replaced where it is missing or too small.
func evaluate[T tensor.Float](ctx context.Context, m *Model[T], w **Workspace[T], batches Batches[T], metrics []Metric) (Evaluation, error) {
	tally := newTally[T](metrics)
	for x, y := range batches.Epoch() {
		if err := ctx.Err(); err != nil {
			return Evaluation{}, err
		}
		if err := m.fit(w, x); err != nil {
			return Evaluation{}, err
		}
		prediction, err := m.Forward(*w, x)
		if err != nil {
			return Evaluation{}, err
		}
		sum, weight, err := (*w).evaluate(y, nil)
		if err != nil {
			return Evaluation{}, err
		}
		tally.add(sum, weight, prediction, y)
	}
	if tally.batches == 0 {
		return Evaluation{}, errors.New("nn: there are no batches to evaluate")
	}
	return tally.evaluation(), nil
}

// fit makes sure that the workspace takes the batch x.
func (m *Model[T]) fit(w **Workspace[T], x *tensor.Tensor[T]) error {
	if x == nil || x.Rank() != 2 {
		return fmt.Errorf("nn: a batch must be a matrix (rows, inputs)")
	}
	if *w != nil && (*w).maxRows >= x.Dim(0) {
		return nil
	}
	made, err := m.NewWorkspace(x.Dim(0))
	if err == nil {
		*w = made
	}
	return err
}

// tally gathers loss and metrics over batches.
type tally[T tensor.Float] struct {
	sum, weight float64
	batches     int
	meter       *meter[T]
}

func newTally[T tensor.Float](metrics []Metric) *tally[T] {
	return &tally[T]{meter: newMeter[T](metrics)}
}

// add takes one batch: the weighted sum of its loss, the weight to divide that by, its predictions and its target.
func (t *tally[T]) add(sum, weight float64, prediction, target *tensor.Tensor[T]) {
	t.sum += sum
	t.weight += weight
	t.batches++
	t.meter.add(prediction, target)
}

// evaluation returns what was gathered.
func (t *tally[T]) evaluation() Evaluation {
	return Evaluation{Loss: t.sum / t.weight, Metrics: t.meter.values()}
}
