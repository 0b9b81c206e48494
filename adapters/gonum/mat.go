package simdnn

import (
	"fmt"

	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"simdnn/tensor"
)

// Dense returns a matrix over the elements of a tensor of rank 2: what is written to one is in the
// other. The tensor must have elements, since gonum knows no matrix without, and contiguous rows.
// Of one whose columns are contiguous take t.T(), and T of the result.
func Dense(t *tensor.Tensor[float64]) (*mat.Dense, error) {
	m, err := rowMajor(t)
	if err != nil {
		return nil, err
	}
	var d mat.Dense
	d.SetRawMatrix(blas64.General{Rows: m.Rows, Cols: m.Cols, Stride: m.RowStride, Data: m.Data})
	return &d, nil
}

// General returns the argument of blas32 over the elements of a tensor of rank 2, as [Dense] does.
func General(t *tensor.Tensor[float32]) (blas32.General, error) {
	m, err := rowMajor(t)
	return blas32.General{Rows: m.Rows, Cols: m.Cols, Stride: m.RowStride, Data: m.Data}, err
}

// Vector returns a vector over the elements of a tensor of rank 1, at any distance of one another.
func Vector(t *tensor.Tensor[float64]) (*mat.VecDense, error) {
	if t.Rank() != 1 || t.Dim(0) == 0 {
		return nil, fmt.Errorf("a tensor of shape %v is no vector of gonum", t.Shape())
	}
	m := tensor.MatrixOf(t.Unsqueeze(1))
	if m.Rows > 1 && m.RowStride < 1 {
		return nil, fmt.Errorf("the elements of the vector of shape %v are one and the same", t.Shape())
	}
	var v mat.VecDense
	v.SetRawVector(blas64.Vector{N: m.Rows, Inc: max(m.RowStride, 1), Data: m.Data})
	return &v, nil
}

// Tensor returns a tensor over the elements of a matrix, of shape [rows, columns].
func Tensor(d *mat.Dense) *tensor.Tensor[float64] {
	r := d.RawMatrix()
	return matrix(r.Data, r.Rows, r.Cols, r.Stride).Tensor()
}

// rowMajor returns a tensor as a matrix whose rows are contiguous and don't overlap.
func rowMajor[T tensor.Float](t *tensor.Tensor[T]) (tensor.Matrix[T], error) {
	if t.Rank() != 2 || t.Len() == 0 {
		return tensor.Matrix[T]{}, fmt.Errorf("a tensor of shape %v is no matrix of gonum", t.Shape())
	}
	m := tensor.MatrixOf(t)
	if m.Rows == 1 {
		m.RowStride = m.Cols
	}
	if m.Cols > 1 && m.ColStride != 1 || m.RowStride < m.Cols {
		return tensor.Matrix[T]{}, fmt.Errorf(
			"the rows of the %d×%d tensor are not contiguous, but have the strides %d and %d", m.Rows,
			m.Cols, m.RowStride, m.ColStride)
	}
	return m, nil
}
