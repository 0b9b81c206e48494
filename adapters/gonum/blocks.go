package simdnn

import (
	"unsafe"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// Triangles in the rows of a matrix are cut into blocks of rows: a small triangle on the diagonal,
// computed in Go, and the rectangle beside it, by one kernel call.
//
//	⎡D₁ R₁ R₁⎤         ⎡D₁      ⎤
//	⎢   D₂ R₂⎥   or    ⎢R₂ D₂   ⎥
//	⎣      D₃⎦         ⎣R₃ R₃ D₃⎦
const (
	blockRows   = 8
	mostBlocked = 256 // columns up to which what is read or written twice stays in L1
)

// rectangle is a part of a matrix, in rows ld apart.
type rectangle[T tensor.Float] struct {
	a          []T
	rows, cols int
	ld         int
}

// setBlock sets D to the triangle of the rows from i on, and R to the rectangle beside it. It returns
// the first column of that.
func (t *triangle[T]) setBlock(D *triangle[T], R *rectangle[T], i int) (column int) {
	rows := min(blockRows, t.n-i)
	D.n, D.k, D.a, D.step = rows, rows-1, t.a[i*t.step:], t.step
	R.rows, R.cols, R.ld = rows, i, t.ld
	if D.upper = t.upper; t.upper {
		column = i + rows
		R.cols = t.n - column
	}
	if R.cols > 0 {
		R.a = t.a[i*t.ld+column:]
	}
	return column
}

// firstRow returns the first row of a block, the p-th in ascending or descending order.
func (t *triangle[T]) firstRow(p int, ascending bool) int {
	if !ascending {
		p = (t.n-1)/blockRows - p
	}
	return p * blockRows
}

// dots returns R·x.
func (c *core[T]) dots(s *scratch[T], R *rectangle[T], x []T) []T {
	sums := grow(&s.result, R.rows)
	c.k.Reduce.Gemv(sums, R.a, R.ld, x[:R.cols])
	return sums
}

// addRows adds Rᵀ·x to y, or sets y to it: chains over the rows.
func (c *core[T]) addRows(R *rectangle[T], x, y []T, accumulate bool) {
	var l asm.Layout // no literal: it would be copied, and the loads that follow so soon would wait
	l.M, l.N, l.K, l.LDC, l.MR = 1, R.cols, R.rows, R.cols, 1
	l.APanel, l.ARow, l.ACol, l.BPanel, l.BRow = R.rows, R.rows, 1, c.k.Gemm.NR, R.ld
	c.k.Gemm.Row(&y[0], &x[0], &R.a[0], nil, asm.Noescape(&l), accumulate, nil)
}

// addOuter adds x·yᵀ to R. It takes a few columns of all rows at a time, see [rectangle.aliases].
func (c *core[T]) addOuter(R *rectangle[T], x, y []T) {
	mr := c.k.Gemm.MR
	var l asm.Layout
	l.M, l.N, l.K, l.LDC, l.MR = R.rows, R.cols, 1, R.ld, mr
	l.APanel, l.ARow, l.ACol, l.BPanel, l.BRow = mr, 1, R.rows, c.k.Gemm.NR, R.cols
	c.k.Gemm.Mul(&R.a[0], &x[0], &y[0], nil, asm.Noescape(&l), true, nil)
}

// aliases reports whether elements of a column, up to four rows apart, lie all but a multiple of 4 KiB
// from each other. Processors compare the low 12 bits of addresses first, so that a load of one waits
// for the store of the other: column by column it takes up to eight times as long.
func (R *rectangle[T]) aliases() bool {
	const page, near = 4096, 32 // bytes
	stride := R.ld * int(unsafe.Sizeof(R.a[0]))
	for rows := 1; rows <= 4; rows++ {
		if (rows*stride+near-1)%page < 2*near-1 {
			return true
		}
	}
	return false
}

// mulBlocks is mulRows by blocks.
func (c *core[T]) mulBlocks(s *scratch[T], t *triangle[T], x []T, transposes, unit bool) {
	var D triangle[T]
	var R rectangle[T]
	for p := 0; p*blockRows < t.n; p++ {
		i := t.firstRow(p, t.upper != transposes)
		column := t.setBlock(&D, &R, i)
		own := x[i:][:D.n]
		if transposes && R.cols > 0 {
			c.addRows(&R, own, x[column:], true)
		}
		c.mulShort(&D, own, 1, transposes, unit)
		if !transposes && R.cols > 0 {
			for p, v := range c.dots(s, &R, x[column:]) {
				own[p] += v
			}
		}
	}
}

// mulSymmetricBlocks adds alpha·A·x to y by blocks.
func (c *core[T]) mulSymmetricBlocks(s *scratch[T], t *triangle[T], alpha T, x, y []T) {
	var D triangle[T]
	var R rectangle[T]
	for i := 0; i < t.n; i += blockRows {
		column := t.setBlock(&D, &R, i)
		own := x[i:][:D.n]
		c.mulSymmetricShort(&D, alpha, own, 1, 1, y[i:], 1)
		if R.cols == 0 {
			continue
		}
		for p, v := range c.dots(s, &R, x[column:]) {
			y[i+p] += T(alpha * v)
		}
		scaled := grow(&s.scaled, D.n)
		for p, v := range own {
			scaled[p] = alpha * v
		}
		c.addRows(&R, scaled, y[column:], true)
	}
}
