package nn

import "simdnn/tensor"

// rowBuffer is the storage of a tensor of up to a number of rows, with the views of its first n rows that were asked for.
type rowBuffer[T tensor.Float] struct {
	whole *tensor.Tensor[T]
	last  *tensor.Tensor[T] // the view returned last
	views map[int]*tensor.Tensor[T]
}

func newRowBuffer[T tensor.Float](rows, columns int) *rowBuffer[T] {
	whole := tensor.New[T](rows, columns)
	return &rowBuffer[T]{whole: whole, last: whole, views: map[int]*tensor.Tensor[T]{rows: whole}}
}

// rows returns a view of the first n rows. It allocates when it sees n for the first time.
func (b *rowBuffer[T]) rows(n int) *tensor.Tensor[T] {
	if b.last.Dim(0) == n {
		return b.last
	}
	view, ok := b.views[n]
	if !ok {
		view = b.whole.Slice(0, n)
		b.views[n] = view
	}
	b.last = view
	return view
}
