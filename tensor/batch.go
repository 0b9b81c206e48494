package tensor

import (
	"fmt"
	"slices"
)

// BatchMatMul multiplies stacks of matrices, C = op(A)·op(B) for each: the last two dimensions are
// the matrices, as in [Engine.MatMul], and those before them are broadcast to C's by NumPy's rule.
// Each product has the bits of MatMul.
func (e *Engine[T]) BatchMatMul(c, a, b *Tensor[T], trans Trans) {
	const op = "BatchMatMul"
	if len(c.shape) < 2 || len(a.shape) < 2 || len(b.shape) < 2 {
		panic(fmt.Sprintf("tensor: %s %v: shapes %v and %v into %v need two dimensions each",
			op, trans, a.shape, b.shape, c.shape))
	}
	requireWritable(op, c)
	requireApart(op, "C", "A", c, a)
	requireApart(op, "C", "B", c, b)
	batch := c.shape[:len(c.shape)-2]
	strides := [3][]int{c.strides[:len(batch)], stackStrides(op, a, batch),
		stackStrides(op, b, batch)}
	views := [3]*Tensor[T]{c.matrices(), a.matrices(), b.matrices()}
	var data [3][]T
	for i, v := range views {
		data[i] = v.data
	}
	index := make([]int, len(batch))
	if slices.Contains(batch, 0) {
		return
	}
	for more := true; more; more = nextIndex(index, batch) {
		for i, v := range views {
			v.data = data[i][min(placeOf(index, strides[i]), len(data[i])):]
		}
		e.MatMul(views[0], views[1], views[2], trans)
	}
}

// matrices returns a view of the first matrix of a stack.
func (t *Tensor[T]) matrices() *Tensor[T] {
	d := len(t.shape) - 2
	return &Tensor[T]{data: t.data, shape: t.shape[d:], strides: t.strides[d:]}
}

// stackStrides returns the strides between the matrices of a stack that is broadcast to a batch.
func stackStrides[T Element](op string, t *Tensor[T], batch []int) []int {
	d := len(t.shape) - 2
	stack := &Tensor[T]{shape: t.shape[:d], strides: t.strides[:d]}
	return broadcastStrides(op, stack, batch)
}
