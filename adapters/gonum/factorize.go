package simdnn

import (
	"math"

	"gonum.org/v1/gonum/blas"

	"simdnn/tensor"
)

// Below these sizes matrices are factorised row by row or column by column.
const (
	fewCholeskyRows = 24
	fewLUColumns    = 8
)

// cholesky factorises by halves:
//
//	⎡A₁   ⎤   ⎡L₁  ⎤ ⎡L₁ᵀ Pᵀ⎤
//	⎣P  A₂⎦ = ⎣P L₂⎦ ⎣   L₂ᵀ⎦
//
// and an upper triangle is a lower one whose rows are columns in memory.
func (c *core[T]) cholesky(ul blas.Uplo, A tensor.Matrix[T]) bool {
	n, ld := A.Rows, A.RowStride
	if n <= fewCholeskyRows {
		if ul == blas.Upper {
			return c.choleskyByRows(A)
		}
		return c.choleskyByDots(A)
	}
	half := (n/2 + fewRows - 1) / fewRows * fewRows
	rest := n - half
	A1, A2 := A.From(0, 0, half, half), A.From(half, half, rest, rest)
	if !c.cholesky(ul, A1) {
		return false
	}
	if ul == blas.Upper {
		P := A.From(0, half, half, rest).Data
		c.trsm(blas.Left, ul, blas.Trans, blas.NonUnit, half, rest, 1, A1.Data, ld, P, ld)
		c.syrk(ul, blas.Trans, rest, half, -1, P, ld, 1, A2.Data, ld)
	} else {
		P := A.From(half, 0, rest, half).Data
		c.trsm(blas.Right, ul, blas.Trans, blas.NonUnit, rest, half, 1, A1.Data, ld, P, ld)
		c.syrk(ul, blas.NoTrans, rest, half, -1, P, ld, 1, A2.Data, ld)
	}
	return c.cholesky(ul, A2)
}

// choleskyByRows takes each row of U, once it is done, from those below.
func (c *core[T]) choleskyByRows(A tensor.Matrix[T]) bool {
	for i := range A.Rows {
		r := rowOf(A, i)[i:]
		pivot := r[0]
		if !(pivot > 0) {
			return false
		}
		r[0] = T(math.Sqrt(float64(pivot)))
		r = r[1:]
		c.k.Parametric[tensor.Scale](r, r, 1/A.Data[i*A.RowStride+i])
		for j, v := range r {
			c.k.Parametric[tensor.Axpy](rowOf(A, i+1+j)[i+1+j:], r[j:], -v)
		}
	}
	return true
}

// choleskyByDots computes each element of L from the rows before it.
func (c *core[T]) choleskyByDots(A tensor.Matrix[T]) bool {
	for i := range A.Rows {
		r := rowOf(A, i)
		for j := range i {
			above := rowOf(A, j)
			r[j] = (r[j] - c.k.Reduce.Dot(above[:j], r[:j])) / above[j]
		}
		pivot := r[i] - c.k.Reduce.Dot(r[:i], r[:i])
		if !(pivot > 0) {
			return false
		}
		r[i] = T(math.Sqrt(float64(pivot)))
	}
	return true
}

// lu factorises by halves of its columns, with the largest element of each column as pivot:
//
//	⎡A₁ B₁⎤   ⎡L₁    ⎤ ⎡U₁ L₁⁻¹·B₁⎤
//	⎣A₂ B₂⎦ = ⎣L₂  … ⎦ ⎣     …    ⎦
//
// Rows are those of A in ipiv, counted from first on.
func (c *core[T]) lu(A tensor.Matrix[T], ipiv []int, first int) bool {
	pivots := min(A.Rows, A.Cols)
	if pivots <= fewLUColumns {
		return c.luByColumns(A, ipiv, first)
	}
	half := (pivots/2 + fewLUColumns - 1) / fewLUColumns * fewLUColumns
	rest := A.Cols - half
	ok := c.lu(A.From(0, 0, A.Rows, half), ipiv[:half], first)
	B := A.From(0, half, A.Rows, rest)
	swapRows(B, ipiv[:half], first)
	B1 := B.From(0, 0, half, rest)
	c.trsm(blas.Left, blas.Lower, blas.NoTrans, blas.Unit, half, rest, 1, A.Data, A.RowStride,
		B1.Data, B.RowStride)
	if A.Rows == half {
		return ok
	}
	B2 := B.From(half, 0, A.Rows-half, rest)
	s := c.get()
	c.multiply(s, B2, -1, A.From(half, 0, B2.Rows, half), B1, 1)
	c.put(s)
	ok = c.lu(B2, ipiv[half:], first+half) && ok
	swapRows(A.From(half, 0, B2.Rows, half), ipiv[half:], first+half)
	return ok
}

// swapRows swaps rows as ipiv says, which counts the first row of A as first.
func swapRows[T tensor.Float](A tensor.Matrix[T], ipiv []int, first int) {
	for i, with := range ipiv {
		if with -= first; with != i {
			r, s := rowOf(A, i), rowOf(A, with)
			for j, v := range r {
				r[j], s[j] = s[j], v
			}
		}
	}
}

// luByColumns takes each column of L, once it is done, from those behind it. Of few columns it
// works on a copy in which they are contiguous.
func (c *core[T]) luByColumns(A tensor.Matrix[T], ipiv []int, first int) bool {
	ok := true
	s := c.get()
	turned := matrix(grow(&s.turned, A.Rows*A.Cols), A.Cols, A.Rows, A.Rows)
	c.k.Gemm.Pack(turned.Data, A.Rows, A.Data, A.RowStride, 1, A.Rows, A.Cols)
	for j := range ipiv {
		column := rowOf(turned, j)
		p := j + largest(column[j:])
		ipiv[j] = first + p
		if column[p] == 0 {
			ok = false
			continue
		}
		if p != j {
			for k := range turned.Rows {
				r := rowOf(turned, k)
				r[j], r[p] = r[p], r[j]
			}
		}
		below := column[j+1:]
		c.k.Parametric[tensor.Scale](below, below, 1/column[j])
		for k := j + 1; k < turned.Rows; k++ {
			r := rowOf(turned, k)
			c.k.Parametric[tensor.Axpy](r[j+1:], below, -r[j])
		}
	}
	c.k.Gemm.Pack(A.Data, A.RowStride, turned.Data, A.Rows, 1, A.Cols, A.Rows)
	c.put(s)
	return ok
}

// largest returns where the first of the largest absolute values stands, of at least one.
func largest[T tensor.Float](x []T) int {
	where, most := 0, T(math.Abs(float64(x[0])))
	for i, v := range x {
		if a := T(math.Abs(float64(v))); a > most {
			where, most = i, a
		}
	}
	return where
}
