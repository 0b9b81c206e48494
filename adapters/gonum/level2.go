package simdnn

import (
	"gonum.org/v1/gonum/blas"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// scale multiplies x by beta, where 0 erases what stands there.
func (c *core[T]) scale(x []T, beta T) {
	switch {
	case beta == 0:
		clear(x)
	case beta == 1:
	case len(x) <= few:
		scaleFew(x, beta)
	default:
		c.k.Parametric[tensor.Scale](x, x, beta)
	}
}

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
	if c.isFew(transposes, m, n) {
		multiply := c.few.gemvRows
		if transposes {
			multiply = c.few.gemvColumns
		}
		multiply(&y[first(lenY, incY)], &x[first(lenX, incX)], &a[0], m, n, lda, incX, incY, alpha, beta)
		return true
	}
	work := asm.Noescape(new([few]T))[:min(m, few)]
	s := c.getIf(incX != 1 || incY != 1 || m > few)
	if m > few {
		work = grow(&s.result, m)
	}
	xs, ys := s.gatherX(x, lenX, incX), s.gatherY(y, lenY, incY)
	switch {
	case transposes:
		if alpha != 1 {
			c.k.Parametric[tensor.Scale](work, xs, alpha)
			xs = work
		}
		if beta != 0 {
			c.scale(ys, beta)
		}
		if m <= few {
			c.addRows(&rectangle[T]{a, m, n, lda}, xs, ys, beta != 0)
		} else {
			c.e.MatMulMatrix(row(ys), row(xs), matrix(a, m, n, lda), beta != 0)
		}
	case beta == 0:
		c.k.Reduce.Gemv(ys, a, lda, xs)
		c.scale(ys, alpha)
	default:
		c.k.Reduce.Gemv(work, a, lda, xs)
		for i, v := range ys {
			ys[i] = T(beta*v) + T(alpha*work[i])
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
	if m <= mostSmall && n <= mostSmall && c.few.rankOne != nil {
		if incY != 1 {
			y = gather(asm.Noescape(new([mostSmall]T))[:n], y, incY)
		}
		c.few.rankOne(&y[0], &x[first(m, incX)], &a[0], m, n, incX, lda, 0, 0, 0, alpha)
		return true
	}
	scaled := asm.Noescape(new([few]T))[:min(m, few)]
	s := c.getIf(incY != 1 || m > few)
	if m > few {
		scaled = grow(&s.result, m)
	}
	at := first(m, incX)
	for i := range scaled {
		scaled[i] = alpha * x[at]
		at += incX
	}
	ys := s.gatherY(y, n, incY)
	R := rectangle[T]{a, m, n, lda}
	if n <= mostBlocked && !R.aliases() {
		c.addOuter(&R, scaled, ys)
	} else {
		for i, v := range scaled {
			c.k.Parametric[tensor.Axpy](a[i*lda:][:n], ys, v)
		}
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
	short := kL+kU < few
	for i := range min(m, n+kL) {
		lo, hi := max(0, i-kL), min(n, i+kU+1)
		band := a[i*lda+lo-i+kL:][:hi-lo]
		switch {
		case short && transposes: // written out, since a call takes as long as four elements
			part, v := ys[lo:hi], alpha*xs[i]
			for j, b := range band {
				part[j] += T(v * b)
			}
		case short:
			part, sum := xs[lo:hi], T(0)
			for j, b := range band {
				sum += T(b * part[j])
			}
			ys[i] += T(alpha * sum)
		case transposes:
			c.addRow(ys[lo:hi], band, alpha*xs[i])
		default:
			ys[i] += T(alpha * c.dotRow(band, xs[lo:]))
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
