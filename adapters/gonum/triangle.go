package simdnn

import (
	"gonum.org/v1/gonum/blas"

	"simdnn/tensor"
)

// triangle is the upper or lower triangle of an n×n matrix, stored in one of three ways: in the
// rows of a matrix, in the rows of a band of k diagonals beside the main one, or packed row by row.
type triangle[T tensor.Float] struct {
	form  form
	upper bool
	n, k  int
	a     []T
	ld    int // from one row to the next, where they are as long as one another
}

type form uint8

const (
	full form = iota
	band
	packed
)

// isValid reports whether the triangle has the elements that it should.
func (t *triangle[T]) isValid() bool {
	if t.n < 1 {
		return false
	}
	switch t.form {
	case full:
		return t.ld >= t.n && len(t.a) >= t.ld*(t.n-1)+t.n
	case band:
		return t.k >= 0 && t.ld > t.k && len(t.a) >= t.ld*(t.n-1)+t.k+1
	}
	return len(t.a) >= t.n*(t.n+1)/2
}

// row returns the elements of row i, and the column of the first: the diagonal one comes first in
// the upper triangle and last in the lower one.
func (t *triangle[T]) row(i int) (elements []T, column int) {
	switch {
	case t.form == full && t.upper:
		return t.a[i*t.ld+i:][:t.n-i], i
	case t.form == full:
		return t.a[i*t.ld:][:i+1], 0
	case t.form == band && t.upper:
		return t.a[i*t.ld:][:min(t.k+1, t.n-i)], i
	case t.form == band:
		column = max(0, i-t.k)
		return t.a[i*t.ld+t.k-i+column:][:i-column+1], column
	case t.upper:
		return t.a[i*(2*t.n-i+1)/2:][:t.n-i], i
	}
	return t.a[i*(i+1)/2:][:i+1], 0
}

// beside returns the diagonal element of row i, and the others with the column of the first.
func (t *triangle[T]) beside(i int) (diagonal T, others []T, column int) {
	r, column := t.row(i)
	if t.upper {
		return r[0], r[1:], column + 1
	}
	last := len(r) - 1
	return r[last], r[:last], column
}

// turn returns the row whose turn is p, in ascending or descending order.
func (t *triangle[T]) turn(p int, ascending bool) int {
	if ascending {
		return p
	}
	return t.n - 1 - p
}

// mulVector sets x = op(A)·x for a triangular A: NoTrans by dots, transposed by chains over the
// rows in the order in which x is no longer needed.
func (c *core[T]) mulVector(t *triangle[T], ul blas.Uplo, tA blas.Transpose, d blas.Diag, x []T,
	incX int) bool {

	transposes, ok := c.checkTriangle(t, ul, tA, d, x, incX)
	if !ok {
		return false
	}
	s := c.getIf(incX != 1)
	xs := s.gatherX(x, t.n, incX)
	for p := range t.n {
		i := t.turn(p, t.upper != transposes)
		diagonal, others, j := t.beside(i)
		if d == blas.Unit {
			diagonal = 1
		}
		if transposes {
			c.k.Parametric[tensor.Axpy](xs[j:j+len(others)], others, xs[i])
			xs[i] *= diagonal
		} else {
			xs[i] = T(diagonal*xs[i]) + c.k.Reduce.Dot(others, xs[j:])
		}
	}
	scatter(x, incX, xs)
	c.put(s)
	return true
}

// solveVector sets x to the solution of op(A)·x = b, which it held, for a triangular A, by the same
// dots and chains.
func (c *core[T]) solveVector(t *triangle[T], ul blas.Uplo, tA blas.Transpose, d blas.Diag, x []T,
	incX int) bool {

	transposes, ok := c.checkTriangle(t, ul, tA, d, x, incX)
	if !ok {
		return false
	}
	s := c.getIf(incX != 1)
	xs := s.gatherX(x, t.n, incX)
	for p := range t.n {
		i := t.turn(p, t.upper == transposes)
		diagonal, others, j := t.beside(i)
		if !transposes {
			xs[i] -= c.k.Reduce.Dot(others, xs[j:])
		}
		if d == blas.NonUnit {
			xs[i] /= diagonal
		}
		if transposes {
			c.k.Parametric[tensor.Axpy](xs[j:j+len(others)], others, -xs[i])
		}
	}
	scatter(x, incX, xs)
	c.put(s)
	return true
}

// checkTriangle sets which triangle it is, and reports whether the arguments are valid.
func (*core[T]) checkTriangle(t *triangle[T], ul blas.Uplo, tA blas.Transpose, d blas.Diag, x []T,
	incX int) (transposes, ok bool) {

	t.upper = ul == blas.Upper
	transposes, ok = isTranspose(tA)
	return transposes, ok && isUplo(ul) && isDiag(d) && t.isValid() && holds(x, t.n, incX)
}

// mulSymmetric sets y = alpha·A·x + beta·y for a symmetric A, of which it reads one triangle, once:
// each row takes part as a row, in a dot, and as a column, in chains.
func (c *core[T]) mulSymmetric(t *triangle[T], ul blas.Uplo, alpha T, x []T, incX int, beta T,
	y []T, incY int) bool {

	t.upper = ul == blas.Upper
	if !isUplo(ul) || !t.isValid() || alpha == 0 || !holds(x, t.n, incX) || !holds(y, t.n, incY) {
		return false
	}
	s := c.getIf(incX != 1 || incY != 1)
	xs, ys := s.gatherX(x, t.n, incX), s.gatherY(y, t.n, incY)
	c.scale(ys, beta)
	for i := range t.n {
		diagonal, others, j := t.beside(i)
		sum := T(diagonal*xs[i]) + c.k.Reduce.Dot(others, xs[j:])
		ys[i] += T(alpha * sum)
		c.k.Parametric[tensor.Axpy](ys[j:j+len(others)], others, alpha*xs[i])
	}
	scatter(y, incY, ys)
	c.put(s)
	return true
}

// addSquare sets A = alpha·x·xᵀ + A in one triangle.
func (c *core[T]) addSquare(t *triangle[T], ul blas.Uplo, alpha T, x []T, incX int) bool {
	t.upper = ul == blas.Upper
	if !isUplo(ul) || !t.isValid() || alpha == 0 || !holds(x, t.n, incX) {
		return false
	}
	s := c.getIf(incX != 1)
	xs := s.gatherX(x, t.n, incX)
	for i := range t.n {
		r, j := t.row(i)
		c.k.Parametric[tensor.Axpy](r, xs[j:j+len(r)], alpha*xs[i])
	}
	c.put(s)
	return true
}

// addProducts sets A = alpha·x·yᵀ + alpha·y·xᵀ + A in one triangle.
func (c *core[T]) addProducts(t *triangle[T], ul blas.Uplo, alpha T, x []T, incX int, y []T,
	incY int) bool {

	t.upper = ul == blas.Upper
	if !isUplo(ul) || !t.isValid() || alpha == 0 || !holds(x, t.n, incX) || !holds(y, t.n, incY) {
		return false
	}
	s := c.getIf(incX != 1 || incY != 1)
	xs, ys := s.gatherX(x, t.n, incX), s.gatherY(y, t.n, incY)
	for i := range t.n {
		r, j := t.row(i)
		c.k.Parametric[tensor.Axpy](r, ys[j:j+len(r)], alpha*xs[i])
		c.k.Parametric[tensor.Axpy](r, xs[j:j+len(r)], alpha*ys[i])
	}
	c.put(s)
	return true
}
