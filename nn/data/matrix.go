package data

import (
	"math"

	"simdnn/tensor"
)

// maxElements bounds the arrays that are made on request, so that a slip of the pen gives an error
// and not a crash.
const maxElements = 1 << 30

// matrix is a matrix in row-major order whose rows stand stride elements apart.
type matrix struct {
	data               []float64
	rows, cols, stride int
}

// newMatrix returns a matrix of zeros.
func newMatrix(rows, cols int) matrix {
	return matrix{make([]float64, rows*cols), rows, cols, cols}
}

// row returns row i.
func (m matrix) row(i int) []float64 { return m.data[i*m.stride:][:m.cols] }

// part returns a view of the rows lo to hi−1 and the columns left to right−1.
func (m matrix) part(lo, hi, left, right int) matrix {
	if lo == hi {
		return matrix{nil, 0, right - left, m.stride}
	}
	return matrix{m.data[lo*m.stride+left:], hi - lo, right - left, m.stride}
}

// pick returns a copy with the given rows and columns in the given order; nil columns means all.
func (m matrix) pick(rows, columns []int) matrix {
	if columns == nil {
		p := newMatrix(len(rows), m.cols)
		for i, r := range rows {
			copy(p.row(i), m.row(r))
		}
		return p
	}
	p := newMatrix(len(rows), len(columns))
	for i, r := range rows {
		to, from := p.row(i), m.row(r)
		for j, c := range columns {
			to[j] = from[c]
		}
	}
	return p
}

// tensor returns a matrix without gaps as a tensor with aligned storage.
func (m matrix) tensor() *tensor.Tensor[float64] {
	t := tensor.New[float64](m.rows, m.cols)
	copy(t.Data(), m.data)
	return t
}

// fits reports whether an array of that shape is small enough to be made.
func fits(rows, cols int) bool { return cols == 0 || rows <= maxElements/cols }

// isFinite reports whether x is a number and not infinite.
func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
