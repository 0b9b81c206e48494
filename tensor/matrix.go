package tensor

import (
	"fmt"

	"simdnn/tensor/asm"
)

// Matrix is a view of a slice as a matrix, for callers whose matrices are no tensors: element (i,
// j) is Data[i·RowStride + j·ColStride]. Strides are not negative, and Data may reach further than
// the matrix.
type Matrix[T Float] struct {
	Data                 []T
	Rows, Cols           int
	RowStride, ColStride int
}

// MatrixOf returns a tensor of rank 2 as a view of its elements.
func MatrixOf[T Float](t *Tensor[T]) Matrix[T] {
	if len(t.shape) != 2 {
		panic(fmt.Sprintf("tensor: MatrixOf: the shape %v is not that of a matrix", t.shape))
	}
	return Matrix[T]{t.data, t.shape[0], t.shape[1], t.strides[0], t.strides[1]}
}

// Tensor returns a tensor over the elements of the matrix.
func (m Matrix[T]) Tensor() *Tensor[T] {
	m.require("Matrix.Tensor", "it")
	t := m.over(new([4]int))
	return &t
}

// T returns the transpose, a view.
func (m Matrix[T]) T() Matrix[T] {
	return Matrix[T]{m.Data, m.Cols, m.Rows, m.ColStride, m.RowStride}
}

// From returns the view of the given size that begins at element (i, j).
func (m Matrix[T]) From(i, j, rows, cols int) Matrix[T] {
	if i < 0 || j < 0 || rows < 0 || cols < 0 || i+rows > m.Rows || j+cols > m.Cols {
		panic(fmt.Sprintf("tensor: Matrix.From: %d×%d from (%d, %d) on is outside %d×%d", rows, cols,
			i, j, m.Rows, m.Cols))
	}
	if rows == 0 || cols == 0 {
		return Matrix[T]{nil, rows, cols, m.RowStride, m.ColStride}
	}
	return Matrix[T]{m.Data[i*m.RowStride+j*m.ColStride:], rows, cols, m.RowStride, m.ColStride}
}

// reach returns the number of elements from the first to the last of the matrix.
func (m *Matrix[T]) reach() int {
	if m.Rows < 1 || m.Cols < 1 {
		return 0
	}
	return (m.Rows-1)*m.RowStride + (m.Cols-1)*m.ColStride + 1
}

// require panics if the sizes and strides are not those of a matrix in the data.
func (m *Matrix[T]) require(op, name string) {
	if m.Rows < 0 || m.Cols < 0 || m.RowStride < 0 || m.ColStride < 0 || m.reach() > len(m.Data) {
		panic(fmt.Sprintf("tensor: %s: %s has %d elements for %d×%d with strides %d and %d", op, name,
			len(m.Data), m.Rows, m.Cols, m.RowStride, m.ColStride))
	}
}

// over returns a tensor over the elements of the matrix, whose shape and strides stand in sizes.
func (m *Matrix[T]) over(sizes *[4]int) Tensor[T] {
	*sizes = [4]int{m.Rows, m.Cols, m.RowStride, m.ColStride}
	return Tensor[T]{m.Data[:m.reach()], sizes[:2:2], sizes[2:]}
}

// MatMulMatrix sets C to the product A·B, or adds it to C, as [Engine.MatMul] and
// [Engine.MatMulAdd] do, and with the same bits. It allocates nothing.
func (e *Engine[T]) MatMulMatrix(c, a, b Matrix[T], accumulate bool) {
	const op = "MatMulMatrix"
	c.require(op, "C")
	a.require(op, "A")
	b.require(op, "B")
	if len(c.Data) > 0 && c.reach() < c.Rows*c.Cols {
		panic(fmt.Sprintf("tensor: %s: elements of C with the strides %d and %d are one and the same", op,
			c.RowStride, c.ColStride))
	}
	sizes := asm.Noescape(new([3][4]int)) // of tensors on the stack
	tc, ta, tb := c.over(&sizes[0]), a.over(&sizes[1]), b.over(&sizes[2])
	if o := (output[T]{accumulate: accumulate}); !e.fastPath(&tc, &ta, &tb, NN, o) {
		e.slowPath(op, &tc, &ta, &tb, NN, o)
	}
}
