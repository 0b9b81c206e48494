package simdnn

import (
	"gonum.org/v1/gonum/blas"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// triangle is the upper or lower triangle of an n×n matrix, stored in one of three ways: in the
// rows of a matrix, in the rows of a band of k diagonals beside the main one, or packed row by row.
type triangle[T tensor.Float] struct {
	form  form
	upper bool
	n, k  int // k of the others is n−1
	a     []T
	ld    int // from one row to the next, where they are as long as one another

	// The diagonal element of row i is a[start + i·step + i·(i−1)/2·growth].
	start, step, growth int
}

type form uint8

const (
	full form = iota
	band
	packed
)

// triangleOf returns one in the rows of a matrix, of at least one.
func triangleOf[T tensor.Float](upper bool, n int, a []T, ld int) triangle[T] {
	return triangle[T]{form: full, upper: upper, n: n, k: n - 1, a: a, ld: ld, step: ld + 1}
}

// place sets where elements stand, and reports whether the triangle has those that it should.
func (t *triangle[T]) place(ul blas.Uplo) bool {
	if t.n < 1 || !isUplo(ul) {
		return false
	}
	t.upper = ul == blas.Upper
	switch t.form {
	case full:
		t.k, t.step = t.n-1, t.ld+1
		return t.ld >= t.n && len(t.a) >= t.ld*(t.n-1)+t.n
	case band:
		t.step = t.ld
		if !t.upper {
			t.start = t.k
		}
		return t.k >= 0 && t.ld > t.k && len(t.a) >= t.ld*(t.n-1)+t.k+1
	}
	t.k, t.step, t.growth = t.n-1, 2, 1
	if t.upper {
		t.step, t.growth = t.n, -1
	}
	return len(t.a) >= t.n*(t.n+1)/2
}

// beside returns where the diagonal element of row i stands, and the others of the row with the
// column of the first. They follow the diagonal one in the upper triangle, and end before it in the
// lower one.
func (t *triangle[T]) beside(i int) (diagonal int, others []T, column int) {
	d := t.start + i*t.step + i*(i-1)>>1*t.growth
	from, column, count := window(t.upper, d, i, t.n, t.k)
	return d, t.a[from:][:count], column
}

// row returns the elements of row i, the diagonal one included, and the column of the first.
func (t *triangle[T]) row(i int) (elements []T, column int) {
	d, others, column := t.beside(i)
	if t.upper {
		return t.a[d:][:len(others)+1], i
	}
	return t.a[d-len(others) : d+1], column
}

// turn returns the row whose turn is p, in ascending or descending order.
func (t *triangle[T]) turn(p int, ascending bool) int {
	if ascending {
		return p
	}
	return t.n - 1 - p
}

// isShort reports whether no row is worth a kernel.
func (t *triangle[T]) isShort() bool { return min(t.k, t.n) <= few }

// checkTriangle sets which triangle it is, and reports whether the arguments are valid.
func (*core[T]) checkTriangle(t *triangle[T], ul blas.Uplo, tA blas.Transpose, d blas.Diag, x []T,
	incX int) (transposes, ok bool) {

	transposes, ok = isTranspose(tA)
	return transposes, ok && isDiag(d) && t.place(ul) && holds(x, t.n, incX)
}

// mulVector sets x = op(A)·x for a triangular A: NoTrans by dots, transposed by chains over the
// rows in the order in which x is no longer needed.
func (c *core[T]) mulVector(t *triangle[T], ul blas.Uplo, tA blas.Transpose, d blas.Diag, x []T,
	incX int) bool {

	transposes, ok := c.checkTriangle(t, ul, tA, d, x, incX)
	if !ok {
		return false
	}
	if t.isShort() {
		c.mulShort(t, x, incX, transposes, d == blas.Unit)
		return true
	}
	s := c.get()
	xs := s.gatherX(x, t.n, incX)
	if t.form == full {
		c.mulBlocks(s, t, xs, transposes, d == blas.Unit)
	} else {
		c.mulRows(t, xs, transposes, d == blas.Unit)
	}
	scatter(x, incX, xs)
	c.put(s)
	return true
}

// mulRows multiplies row by row.
func (c *core[T]) mulRows(t *triangle[T], x []T, transposes, unit bool) {
	for p := range t.n {
		i := t.turn(p, t.upper != transposes)
		at, others, j := t.beside(i)
		v := x[i]
		if !unit {
			v *= t.a[at]
		}
		if transposes {
			c.addRow(x[j:], others, x[i])
			x[i] = v
		} else {
			x[i] = v + c.dotRow(others, x[j:])
		}
	}
}

// solveVector sets x to the solution of op(A)·x = b, which it held, for a triangular A, by the same
// dots and chains.
func (c *core[T]) solveVector(t *triangle[T], ul blas.Uplo, tA blas.Transpose, d blas.Diag, x []T,
	incX int) bool {

	transposes, ok := c.checkTriangle(t, ul, tA, d, x, incX)
	if !ok {
		return false
	}
	if t.isShort() {
		c.solveShort(t, x, incX, transposes, d == blas.Unit)
		return true
	}
	s := c.getIf(incX != 1)
	xs := s.gatherX(x, t.n, incX)
	c.solveRows(t, xs, transposes, d == blas.Unit)
	scatter(x, incX, xs)
	c.put(s)
	return true
}

// solveRows solves row by row.
func (c *core[T]) solveRows(t *triangle[T], x []T, transposes, unit bool) {
	for p := range t.n {
		i := t.turn(p, t.upper == transposes)
		at, others, j := t.beside(i)
		if !transposes {
			x[i] -= c.dotRow(others, x[j:])
		}
		if !unit {
			x[i] /= t.a[at]
		}
		if transposes {
			c.addRow(x[j:], others, -x[i])
		}
	}
}

// mulSymmetric sets y = alpha·A·x + beta·y for a symmetric A, of which it reads one triangle, once:
// each row takes part as a row, in a dot, and as a column, in chains.
func (c *core[T]) mulSymmetric(t *triangle[T], ul blas.Uplo, alpha T, x []T, incX int, beta T,
	y []T, incY int) bool {

	if !t.place(ul) || alpha == 0 || !holds(x, t.n, incX) || !holds(y, t.n, incY) {
		return false
	}
	if t.isShort() {
		c.mulSymmetricShort(t, alpha, x, incX, beta, y, incY)
		return true
	}
	s := c.get()
	xs, ys := s.gatherX(x, t.n, incX), s.gatherY(y, t.n, incY)
	c.scale(ys, beta)
	if t.form == full && t.n <= mostBlocked {
		c.mulSymmetricBlocks(s, t, alpha, xs, ys)
	} else {
		for i := range t.n {
			at, others, j := t.beside(i)
			sum := T(t.a[at]*xs[i]) + c.dotRow(others, xs[j:])
			ys[i] += T(alpha * sum)
			c.addRow(ys[j:], others, alpha*xs[i])
		}
	}
	scatter(y, incY, ys)
	c.put(s)
	return true
}

// addSquare sets A = alpha·x·xᵀ + A in one triangle.
func (c *core[T]) addSquare(t *triangle[T], ul blas.Uplo, alpha T, x []T, incX int) bool {
	if !t.place(ul) || alpha == 0 || !holds(x, t.n, incX) {
		return false
	}
	switch {
	case t.n > few:
	case incX == 1:
		c.addFew(t, alpha, x, x)
		return true
	default:
		xs := gather(asm.Noescape(new([few]T))[:t.n], x, incX)
		c.addFew(t, alpha, xs, xs)
		return true
	}
	s := c.getIf(incX != 1)
	xs := s.gatherX(x, t.n, incX)
	for i := range t.n {
		r, j := t.row(i)
		c.addRow(r, xs[j:j+len(r)], alpha*xs[i])
	}
	c.put(s)
	return true
}

// addProducts sets A = alpha·x·yᵀ + alpha·y·xᵀ + A in one triangle.
func (c *core[T]) addProducts(t *triangle[T], ul blas.Uplo, alpha T, x []T, incX int, y []T,
	incY int) bool {

	if !t.place(ul) || alpha == 0 || !holds(x, t.n, incX) || !holds(y, t.n, incY) {
		return false
	}
	switch {
	case t.n > few:
	case incX == 1 && incY == 1:
		c.addFew(t, alpha, x, y)
		c.addFew(t, alpha, y, x)
		return true
	default:
		xs := gatherFew(asm.Noescape(new([few]T)), x, t.n, incX)
		ys := gatherFew(asm.Noescape(new([few]T)), y, t.n, incY)
		c.addFew(t, alpha, xs, ys)
		c.addFew(t, alpha, ys, xs)
		return true
	}
	s := c.getIf(incX != 1 || incY != 1)
	xs, ys := s.gatherX(x, t.n, incX), s.gatherY(y, t.n, incY)
	for i := range t.n {
		r, j := t.row(i)
		c.addRow(r, ys[j:j+len(r)], alpha*xs[i])
		c.addRow(r, xs[j:j+len(r)], alpha*ys[i])
	}
	c.put(s)
	return true
}
