package simdnn

import (
	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// What is too short for kernels: their call takes as long as 16 elements. Each product is rounded
// before it is added.

// chain returns Σ x[i]·y[i], one after the other.
func chain[T tensor.Float](x, y []T) (sum T) {
	y = y[:len(x)]
	for i, v := range x {
		sum += T(v * y[i])
	}
	return sum
}

// fewKernels compute with matrices of a few rows and columns, at least one, and contiguous vectors,
// to the bits of the kernels of package asm. They are nil where there are none.
type fewKernels[T tensor.Float] struct {
	// gemvRows sets y = alpha·A·x + beta·y by dots of at most few. It doesn't read y if beta is 0.
	gemvRows func(y, x, a *T, m, n, lda int, alpha, beta T)
	// gemvColumns sets y = alpha·Aᵀ·x + beta·y by chains that begin at beta·y, also but for beta =
	// 0. Elements of x lie xStep apart.
	gemvColumns func(y, x, a *T, m, n, lda, xStep int, alpha, beta T)
	// rankOne adds alpha·x[i]·y to row i of m rows. The first has n elements, each other one nStep
	// more, which begin yStep further in y, and aStep, which grows by aGrowth, further in A.
	rankOne func(y, x, a *T, m, n, xStep, aStep, aGrowth, yStep, nStep int, alpha T)
}

// isFew reports whether gemvFew multiplies an m×n matrix. A column of more than few rows is a dot.
func (c *core[T]) isFew(transposes bool, m, n int) bool {
	return c.few.rankOne != nil && (m <= few && n <= few ||
		transposes && m <= mostSmall && n <= mostSmall && n > 1)
}

// gemvFew is gemv by kernels for few rows and columns.
func (c *core[T]) gemvFew(transposes bool, m, n int, alpha T, a []T, lda int, x []T, incX int,
	beta T, y []T, incY int) {

	ys, lenY := y, m
	if transposes {
		lenY = n
	}
	if incY != 1 {
		ys = gather(asm.Noescape(new([mostSmall]T))[:lenY], y, incY)
	}
	if transposes {
		c.few.gemvColumns(&ys[0], &x[first(m, incX)], &a[0], m, n, lda, incX, alpha, beta)
	} else {
		if incX != 1 {
			x = gather(asm.Noescape(new([few]T))[:n], x, incX)
		}
		c.few.gemvRows(&ys[0], &x[0], &a[0], m, n, lda, alpha, beta)
	}
	if incY != 1 {
		scatter(y, incY, ys)
	}
}

// dotRow returns the dot of a row and what x begins with: few elements in a chain.
func (c *core[T]) dotRow(row, x []T) T {
	if len(row) <= few {
		return chain(row, x)
	}
	return c.k.Reduce.Dot(row, x)
}

// addRow adds alpha·x to the first of r, as many as the shorter has.
func (c *core[T]) addRow(r, x []T, alpha T) {
	r = r[:min(len(r), len(x))]
	if len(r) <= few {
		axpyFew(r, x, alpha)
		return
	}
	c.k.Parametric[tensor.Axpy](r, x, alpha)
}

// gatherFew returns the elements of a short vector one after the other, in buf unless they are so.
func gatherFew[T tensor.Float](buf *[few]T, x []T, n, inc int) []T {
	if inc == 1 {
		return x[:n]
	}
	return gather(buf[:n], x, inc)
}

// The loops over rows have the triangle's fields in variables: the compiler can't know that a store
// to x leaves them alone. They find what stands beside a diagonal element as [triangle.beside]
// does, but go on from row to row by an addition, and their inner loops are written out: a call
// takes as long as four elements.

// window returns where the others of row i begin, whose diagonal element is a[d], the column of the
// first, and how many they are.
func window(upper bool, d, i, n, k int) (from, column, count int) {
	if upper {
		return d + 1, i + 1, min(k, n-1-i)
	}
	k = min(k, i)
	return d - k, i - k, k
}

// walk is the way over the rows of a triangle in ascending or descending order.
type walk struct {
	i, d         int // a row, and where its diagonal element stands
	by           int // from a row to the next
	step, growth int // from a diagonal element to the next, and what is added to it each time
}

// walk returns the way from the first row or from the last one.
func (t *triangle[T]) walk(ascending bool) walk {
	if ascending {
		return walk{0, t.start, 1, t.step, t.growth}
	}
	last := t.n - 1
	return walk{last, t.start + last*t.step + last*(last-1)>>1*t.growth, -1,
		-t.step - (last-1)*t.growth, t.growth}
}

// mulShort is mulRows for short rows.
func (t *triangle[T]) mulShort(x []T, transposes, unit bool) {
	a, n, k, upper := t.a, t.n, t.k, t.upper
	x = x[:n]
	w := t.walk(upper != transposes)
	for i, d := w.i, w.d; uint(i) < uint(n); i, d, w.step = i+w.by, d+w.step, w.step+w.growth {
		from, j, m := window(upper, d, i, n, k)
		others, xs := a[from:][:m], x[j:][:m]
		v, old := x[i], x[i]
		if !unit {
			v *= a[d]
		}
		if transposes {
			for p, b := range others {
				xs[p] += T(old * b)
			}
		} else {
			var sum T
			for p, b := range others {
				sum += T(b * xs[p])
			}
			v += sum
		}
		x[i] = v
	}
}

// solveShort is solveRows for short rows. What was solved last comes last in a sum, which waits for
// it.
func (t *triangle[T]) solveShort(x []T, transposes, unit bool) {
	a, n, k, upper := t.a, t.n, t.k, t.upper
	x = x[:n]
	w := t.walk(upper == transposes)
	for i, d := w.i, w.d; uint(i) < uint(n); i, d, w.step = i+w.by, d+w.step, w.step+w.growth {
		from, j, m := window(upper, d, i, n, k)
		others, xs := a[from:][:m], x[j:][:m]
		v := x[i]
		if !transposes {
			var sum T
			if upper {
				for p := m - 1; p >= 0; p-- {
					sum += T(others[p] * xs[p])
				}
			} else {
				for p, b := range others {
					sum += T(b * xs[p])
				}
			}
			v -= sum
		}
		if !unit {
			v /= a[d]
		}
		x[i] = v
		if transposes {
			for p, b := range others {
				xs[p] -= T(v * b)
			}
		}
	}
}

// mulSymmetricFew sets y = alpha·A·x + beta·y, of few rows.
func (t *triangle[T]) mulSymmetricFew(alpha T, x []T, beta T, y []T) {
	if beta == 0 {
		clear(y)
	} else {
		scaleFew(y, beta)
	}
	if t.form == full {
		t.mulSymmetricFull(alpha, x, y)
		return
	}
	t.mulSymmetricShort(alpha, x, y)
}

// mulSymmetricShort adds alpha·A·x to y, for short rows.
func (t *triangle[T]) mulSymmetricShort(alpha T, x, y []T) {
	a, n, k, upper := t.a, t.n, t.k, t.upper
	d, step, growth := t.start, t.step, t.growth
	x, y = x[:n], y[:n]
	for i, of := range x {
		from, j, m := window(upper, d, i, n, k)
		others, xs, ys := a[from:][:m], x[j:][:m], y[j:][:m]
		v, sum := alpha*of, T(a[d]*of)
		for p, b := range others {
			sum += T(b * xs[p])
			ys[p] += T(b * v)
		}
		y[i] += T(alpha * sum)
		d, step = d+step, step+growth
	}
}

// addFew adds alpha·x·yᵀ to a triangle of few rows.
func (c *core[T]) addFew(t *triangle[T], alpha T, x, y []T) {
	switch {
	case c.few.rankOne == nil:
		for i := range t.n {
			r, j := t.row(i)
			c.k.Parametric[tensor.Axpy](r, y[j:j+len(r)], alpha*x[i])
		}
	case t.upper:
		c.few.rankOne(&y[0], &x[0], &t.a[t.start], t.n, t.n, 1, t.step, t.growth, 1, -1,
			alpha)
	default:
		c.few.rankOne(&y[0], &x[0], &t.a[t.start], t.n, 1, 1, t.step-1, t.growth, 0, 1,
			alpha)
	}
}
