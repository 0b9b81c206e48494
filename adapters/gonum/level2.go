package simdnn

import (
	"gonum.org/v1/gonum/blas"

	"simdnn/tensor"
)

// scale multiplies x by beta, where 0 erases what stands there.
func (c *core[T]) scale(x []T, beta T) {
	switch beta {
	case 0:
		clear(x)
	case 1:
	default:
		c.k.Parametric[tensor.Scale](x, x, beta)
	}
}

// fewVectors is the number of rows up to which they are taken one by one.
const fewVectors = 16

// gemv sets y = alpha·op(A)·x + beta·y for an m×n matrix A: NoTrans by dots of rows, transposed by
// chains over the rows that begin at beta·y.
func (c *core[T]) gemv(tA blas.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int,
	beta T, y []T, incY int) bool {

	transposes, ok := isTranspose(tA)
	lenX, lenY := n, m
	if transposes {
		lenX, lenY = m, n
	}
	if !ok || m < 1 || n < 1 || lda < n || alpha == 0 || len(a) < lda*(m-1)+n ||
		!holds(x, lenX, incX) || !holds(y, lenY, incY) {
		return false
	}
	few := m <= fewVectors
	s := c.getIf(incX != 1 || incY != 1 || !few &&
		(transposes && alpha != 1 || !transposes && beta != 0))
	xs, ys := s.gatherX(x, lenX, incX), s.gatherY(y, lenY, incY)
	switch {
	case transposes && few:
		c.scale(ys, beta)
		for i, v := range xs {
			c.k.Parametric[tensor.Axpy](ys, a[i*lda:][:n], alpha*v)
		}
	case transposes:
		if alpha != 1 {
			scaled := grow(&s.result, m)
			c.k.Parametric[tensor.Scale](scaled, xs, alpha)
			xs = scaled
		}
		if beta != 0 {
			c.scale(ys, beta)
		}
		c.e.MatMulMatrix(row(ys), row(xs), matrix(a, m, n, lda), beta != 0)
	case few && beta != 0:
		for i, v := range ys {
			ys[i] = T(beta*v) + T(alpha*c.k.Reduce.Dot(a[i*lda:][:n], xs))
		}
	case beta == 0:
		c.k.Reduce.Gemv(ys, a, lda, xs)
		c.scale(ys, alpha)
	default:
		dots := grow(&s.result, m)
		c.k.Reduce.Gemv(dots, a, lda, xs)
		for i, v := range ys {
			ys[i] = T(beta*v) + T(alpha*dots[i])
		}
	}
	scatter(y, incY, ys)
	c.put(s)
	return true
}

// ger sets A = alpha·x·yᵀ + A for an m×n matrix A: a[i,j] = fma(alpha·x[i], y[j], a[i,j]).
func (c *core[T]) ger(m, n int, alpha T, x []T, incX int, y []T, incY int, a []T, lda int) bool {
	if m < 1 || n < 1 || lda < n || alpha == 0 || !holds(x, m, incX) || !holds(y, n, incY) ||
		len(a) < lda*(m-1)+n {
		return false
	}
	s := c.getIf(incY != 1)
	ys, at := s.gatherY(y, n, incY), first(m, incX)
	for i := range m {
		c.k.Parametric[tensor.Axpy](a[i*lda:][:n], ys, alpha*x[at])
		at += incX
	}
	c.put(s)
	return true
}

// gbmv sets y = alpha·op(A)·x + beta·y for an m×n matrix A with kL diagonals below the main one and
// kU above it, as gemv does but for the chains of the transposed, which go over rows alone.
func (c *core[T]) gbmv(tA blas.Transpose, m, n, kL, kU int, alpha T, a []T, lda int, x []T,
	incX int, beta T, y []T, incY int) bool {

	transposes, ok := isTranspose(tA)
	lenX, lenY := n, m
	if transposes {
		lenX, lenY = m, n
	}
	if !ok || m < 1 || n < 1 || kL < 0 || kU < 0 || lda < kL+kU+1 || alpha == 0 ||
		len(a) < lda*(min(m, n+kL)-1)+kL+kU+1 || !holds(x, lenX, incX) || !holds(y, lenY, incY) {
		return false
	}
	s := c.getIf(incX != 1 || incY != 1)
	xs, ys := s.gatherX(x, lenX, incX), s.gatherY(y, lenY, incY)
	c.scale(ys, beta)
	for i := range min(m, n+kL) {
		lo, hi := max(0, i-kL), min(n, i+kU+1)
		band := a[i*lda+lo-i+kL:][:hi-lo]
		if transposes {
			c.k.Parametric[tensor.Axpy](ys[lo:hi], band, alpha*xs[i])
		} else {
			ys[i] += T(alpha * c.k.Reduce.Dot(band, xs[lo:hi]))
		}
	}
	scatter(y, incY, ys)
	c.put(s)
	return true
}

// row returns a vector as a matrix of one row.
func row[T tensor.Float](x []T) tensor.Matrix[T] { return matrix(x, 1, len(x), len(x)) }

// matrix returns the rows×cols matrix whose rows lie ld apart.
func matrix[T tensor.Float](a []T, rows, cols, ld int) tensor.Matrix[T] {
	return tensor.Matrix[T]{Data: a, Rows: rows, Cols: cols, RowStride: ld, ColStride: 1}
}
