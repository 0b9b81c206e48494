package nn

import "simdnn/tensor"

// bestEpoch keeps the parameters of the epoch with the lowest loss so far.
type bestEpoch[T tensor.Float] struct {
	model  *Model[T]
	known  bool // there has been an epoch
	loss   float64
	epoch  int
	values [][]T // of each parameter, in the order of its Data
}

func newBestEpoch[T tensor.Float](m *Model[T]) *bestEpoch[T] {
	b := &bestEpoch[T]{model: m, values: make([][]T, len(m.parameters))}
	for i, p := range m.parameters {
		b.values[i] = make([]T, len(p.Data))
	}
	return b
}

// watch takes the loss that the model reached in an epoch and keeps the parameters if it is below the best by more than minDelta.
func (b *bestEpoch[T]) watch(loss, minDelta float64, epoch int) {
	if b.known && !(loss < b.loss-minDelta) {
		return
	}
	b.known, b.loss, b.epoch = true, loss, epoch
	for i, p := range b.model.parameters {
		copy(b.values[i], p.Data)
	}
}

// restore puts the best parameters back, if there are any.
func (b *bestEpoch[T]) restore() {
	if !b.known {
		return
	}
	for i, p := range b.model.parameters {
		copy(p.Data, b.values[i])
	}
}
