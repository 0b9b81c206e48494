package simdnn

import (
	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// Triangles whose rows are too short for kernels of whole rows are multiplied and solved one chain
// of products after the other, of the row or, transposed, of the column beside each diagonal
// element. Vectors may have gaps.

// chains is the way over n rows of a triangle, and from a diagonal element to the up to k others
// beside it: the nearest one is step further in A, the one behind it step + growth, and so on. The
// elements of x are xStep apart.
type chains struct {
	n, k, xStep    int
	dStep, dGrowth int // from a diagonal element to the next, and what that grows by
	step, growth   int
	unit           bool // diagonal elements are 1
}

// setChains sets the way that needs no element of x that it has changed, or, solving, those alone.
// It begins at a[d] and x[at].
func setChains[T tensor.Float](c *chains, t *triangle[T], transposes, solves, unit bool, incX int) (
	d, at int) {

	i, away, before := 0, 1, 0 // before is the row that is one step away from a diagonal element
	if t.upper == transposes {
		i, away = t.n-1, -1
	}
	if solves {
		i = t.n - 1 - i
	}
	d, at = t.start+i*t.step+i*(i-1)>>1*t.growth, first(t.n, incX)+i*incX
	if before = i; away < 0 {
		before--
	}
	c.n, c.k, c.unit = t.n, t.k, unit
	if c.step, c.growth = away, 0; transposes {
		c.step, c.growth = away*(t.step+before*t.growth-1), t.growth
	}
	if solves {
		away = -away
		if before = i; away < 0 {
			before--
		}
	}
	c.xStep, c.dStep, c.dGrowth = away*incX, away*(t.step+before*t.growth), t.growth
	return d, at
}

// mulShort sets x = op(A)·x.
func (c *core[T]) mulShort(t *triangle[T], x []T, incX int, transposes, unit bool) {
	var way chains
	w, a := asm.Noescape(&way), t.a
	d, at := setChains(w, t, transposes, false, unit, incX)
	if c.few.mulChains != nil {
		c.few.mulChains(&x[at], &a[d], w)
		return
	}
	for left := w.n; left > 0; left-- {
		v := x[at]
		if !unit {
			v *= a[d]
		}
		p, of, step := d, at, w.step
		for range min(w.k, left-1) {
			p, of = p+step, of+w.xStep
			v += T(a[p] * x[of])
			step += w.growth
		}
		x[at] = v
		at, d = at+w.xStep, d+w.dStep
		w.dStep += w.dGrowth
		w.step += w.growth
	}
}

// solveShort sets x to the solution of op(A)·x = b, which it held. What was solved last comes last
// in a chain, which waits for it.
func (c *core[T]) solveShort(t *triangle[T], x []T, incX int, transposes, unit bool) {
	var way chains
	w, a := asm.Noescape(&way), t.a
	d, at := setChains(w, t, transposes, true, unit, incX)
	if c.few.solveChains != nil {
		c.few.solveChains(&x[at], &a[d], w)
		return
	}
	for solved := range w.n {
		m := min(w.k, solved)
		v := x[at]
		p, of, step := d+m*w.step+m*(m-1)>>1*w.growth, at-m*w.xStep, w.step+(m-1)*w.growth
		for range m {
			v -= T(a[p] * x[of])
			p, of = p-step, of+w.xStep
			step -= w.growth
		}
		if !unit {
			v /= a[d]
		}
		x[at] = v
		at, d = at+w.xStep, d+w.dStep
		w.dStep += w.dGrowth
		w.step -= w.growth
	}
}

// mulSymmetricShort sets y = alpha·A·x + beta·y for a symmetric A: of each row the diagonal element,
// those along the row in the triangle, and those of the column across it. It doesn't read y if beta
// is 0.
func (c *core[T]) mulSymmetricShort(t *triangle[T], alpha T, x []T, incX int, beta T, y []T, incY int) {
	var way chains
	w, a := asm.Noescape(&way), t.a
	d, at := setChains(w, t, false, false, false, incX)
	to, yStep, across := first(t.n, incY), incY, 1+t.growth-t.step
	if !t.upper {
		to, yStep, across = to+(t.n-1)*incY, -incY, t.step+(t.n-1)*t.growth-1
	}
	if c.few.symmetricChains != nil {
		c.few.symmetricChains(&x[at], &y[to], &a[d], w, yStep, across, alpha, beta)
		return
	}
	for passed := range w.n {
		sum := T(x[at] * a[d])
		p, of := d, at
		for range min(w.k, w.n-1-passed) {
			p, of = p+w.step, of+w.xStep
			sum += T(a[p] * x[of])
		}
		p, of = d, at
		step := across
		for range min(w.k, passed) {
			p, of = p+step, of-w.xStep
			sum += T(a[p] * x[of])
			step += t.growth
		}
		v := alpha * sum
		if beta != 0 {
			v = T(beta*y[to]) + T(v)
		}
		y[to] = v
		at, d, to = at+w.xStep, d+w.dStep, to+yStep
		w.dStep += w.dGrowth
		across -= t.growth
	}
}
