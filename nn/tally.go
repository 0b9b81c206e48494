package nn

import "simdnn/tensor"

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
