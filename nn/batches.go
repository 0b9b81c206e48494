package nn

import (
	"iter"

	"simdnn/tensor"
)

// Batches is a data set cut into batches, such as the loader of package data. The first batch of an epoch is the largest.
//
// Batches whose epochs differ implement encoding.BinaryMarshaler and BinaryUnmarshaler, which save
// and restore what the epochs to come depend on: for a [Checkpoint], and so that an evaluation of
// the training data does not change the epochs after it. For a checkpoint, Batches that have a
// method Fingerprint() string are told from other data by what it returns.
type Batches[T tensor.Float] interface {
	// Len returns the number of batches of an epoch.
	Len() int
	// Epoch returns the batches of the next epoch: x of shape (rows, inputs) and its target y with as many rows. A batch is valid
	// until the next one.
	Epoch() iter.Seq2[*tensor.Tensor[T], *tensor.Tensor[T]]
}

// ColumnBatches is Batches of any number of tensors whose rows belong together: x, y and, if there is a third one, the weights of
// the rows in the loss, of shape (rows) or (rows, 1). Metrics do not weigh.
type ColumnBatches[T tensor.Float] interface {
	Batches[T]
	// Batches returns the batches of the next epoch with all of their tensors.
	Batches() iter.Seq[[]*tensor.Tensor[T]]
}

// batch is what a step of training takes.
type batch[T tensor.Float] struct {
	x, y    *tensor.Tensor[T]
	weights []T // one a row, or nil
}

// batchesOf returns the batches of the next epoch, with weights if there are any.
func batchesOf[T tensor.Float](batches Batches[T]) iter.Seq[batch[T]] {
	columns, ok := batches.(ColumnBatches[T])
	if !ok {
		return func(yield func(batch[T]) bool) {
			for x, y := range batches.Epoch() {
				if !yield(batch[T]{x: x, y: y}) {
					return
				}
			}
		}
	}
	return func(yield func(batch[T]) bool) {
		for c := range columns.Batches() {
			b := batch[T]{x: c[0]}
			if len(c) > 1 {
				b.y = c[1]
			}
			if len(c) > 2 {
				b.weights = c[2].Data()
			}
			if !yield(b) {
				return
			}
		}
	}
}
