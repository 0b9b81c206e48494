package simdnn

import (
	"gonum.org/v1/gonum/blas"

	"simdnn/tensor"
)

// The rows of triangular matrices that are multiplied and solved by themselves, not as products.
const (
	fewRows    = 8  // row by row
	turnedRows = 64 // in a copy, if the rows of B are columns in memory
)

// triangular is A in A·X = B, where X takes the place of B.
type triangular[T tensor.Float] struct {
	tensor.Matrix[T]
	upper, unit bool
}

// part returns a block on the diagonal.
func (t triangular[T]) part(i, n int) triangular[T] {
	return triangular[T]{t.From(i, i, n, n), t.upper, t.unit}
}

// triangularOf returns the operands of trmm and trsm as op(A) on the left of B, by transposing both
// if it is on the right, and whether they are valid.
func triangularOf[T tensor.Float](side blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m,
	n int, a []T, lda int, b []T, ldb int) (A triangular[T], B tensor.Matrix[T], ok bool) {

	transposes, ok := isTranspose(tA)
	order := n
	if side == blas.Left {
		order = m
	}
	if !ok || side != blas.Left && side != blas.Right || !isUplo(ul) || !isDiag(d) ||
		!isMatrix(a, order, order, lda) || !isMatrix(b, m, n, ldb) {
		return A, B, false
	}
	A = triangular[T]{matrix(a, order, order, lda), ul == blas.Upper, d == blas.Unit}
	B = matrix(b, m, n, ldb)
	if side == blas.Right {
		B, transposes = B.T(), !transposes
	}
	if transposes {
		A.Matrix, A.upper = A.T(), !A.upper
	}
	return A, B, true
}

// trmm sets B = alpha·op(A)·B, or alpha·B·op(A), for a triangular A.
func (c *core[T]) trmm(side blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int,
	alpha T, a []T, lda int, b []T, ldb int) bool {

	return c.triangular(true, side, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}

// trsm sets B to the solution X of op(A)·X = alpha·B, or X·op(A) = alpha·B, for a triangular A.
func (c *core[T]) trsm(side blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int,
	alpha T, a []T, lda int, b []T, ldb int) bool {

	return c.triangular(false, side, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}

func (c *core[T]) triangular(multiplies bool, side blas.Side, ul blas.Uplo,
	tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int) bool {

	A, B, ok := triangularOf(side, ul, tA, d, m, n, a, lda, b, ldb)
	if !ok || alpha == 0 {
		return false
	}
	s := c.get()
	c.scaleMatrix(B, alpha)
	c.halve(s, multiplies, A, B)
	c.put(s)
	return true
}

// halve multiplies or solves by two halves of A on the diagonal, and a product with the block
// beside them:
//
//	⎡A₁  P⎤ ⎡B₁⎤        ⎡A₁   ⎤ ⎡B₁⎤
//	⎣   A₂⎦ ⎣B₂⎦   or   ⎣P  A₂⎦ ⎣B₂⎦
//
// The half that P takes from must still be as it was when multiplying, and be done when solving.
func (c *core[T]) halve(s *scratch[T], multiplies bool, A triangular[T], B tensor.Matrix[T]) {
	if B.Rows <= turnedRows && B.ColStride != 1 {
		turned := matrix(grow(&s.turned, B.Rows*B.Cols), B.Rows, B.Cols, B.Cols)
		c.k.Gemm.Pack(turned.Data, B.Cols, B.Data, B.ColStride, B.RowStride, B.Cols, B.Rows)
		c.halve(s, multiplies, A, turned)
		c.k.Gemm.Pack(B.Data, B.ColStride, turned.Data, B.Cols, 1, B.Rows, B.Cols)
		return
	}
	switch {
	case B.Rows > fewRows:
	case multiplies:
		c.mulFew(A, B)
		return
	default:
		c.solveFew(s, A, B)
		return
	}
	half := fewRows
	for half*2 < B.Rows {
		half *= 2
	}
	rest := B.Rows - half
	A1, A2 := A.part(0, half), A.part(half, rest)
	B1, B2 := B.From(0, 0, half, B.Cols), B.From(half, 0, rest, B.Cols)
	to, from, P := B2, B1, A.From(half, 0, rest, half)
	ATo, AFrom := A2, A1
	if A.upper {
		to, from, P = B1, B2, A.From(0, half, half, rest)
		ATo, AFrom = A1, A2
	}
	if multiplies {
		c.halve(s, multiplies, ATo, to)
		c.multiply(s, to, 1, P, from, 1)
		c.halve(s, multiplies, AFrom, from)
		return
	}
	c.halve(s, multiplies, AFrom, from)
	c.multiply(s, to, -1, P, from, 1)
	c.halve(s, multiplies, ATo, to)
}

// mulFew multiplies row by row, in the order in which rows are no longer needed.
func (c *core[T]) mulFew(A triangular[T], B tensor.Matrix[T]) {
	for p := range B.Rows {
		i, lo, hi := p, p+1, B.Rows
		if !A.upper {
			i = B.Rows - 1 - p
			lo, hi = 0, i
		}
		r := rowOf(B, i)
		if !A.unit {
			c.k.Parametric[tensor.Scale](r, r, A.at(i, i))
		}
		for j := lo; j < hi; j++ {
			c.k.Parametric[tensor.Axpy](r, rowOf(B, j), A.at(i, j))
		}
	}
}

// solveFew solves row by row, each of the rows that are done.
func (c *core[T]) solveFew(s *scratch[T], A triangular[T], B tensor.Matrix[T]) {
	divisors := grow(&s.result, B.Cols)
	for p := range B.Rows {
		i, lo, hi := p, 0, p
		if A.upper {
			i = B.Rows - 1 - p
			lo, hi = i+1, B.Rows
		}
		r := rowOf(B, i)
		for j := lo; j < hi; j++ {
			c.k.Parametric[tensor.Axpy](r, rowOf(B, j), -A.at(i, j))
		}
		if !A.unit {
			for j := range divisors {
				divisors[j] = A.at(i, i)
			}
			c.k.Binary[tensor.Div](r, r, divisors)
		}
	}
}

// at returns an element.
func (t triangular[T]) at(i, j int) T { return t.Data[i*t.RowStride+j*t.ColStride] }
