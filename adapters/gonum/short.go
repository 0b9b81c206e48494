package simdnn

import "simdnn/tensor"

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

// fewKernels compute with matrices of a few rows and columns, at least one, to the bits of the
// kernels of package asm. They are nil where there are none.
type fewKernels[T tensor.Float] struct {
	// gemvRows sets y = alpha·A·x + beta·y by dots of at most few. It doesn't read y if beta is 0.
	gemvRows func(y, x, a *T, m, n, lda, xStep, yStep int, alpha, beta T)
	// gemvColumns sets y = alpha·Aᵀ·x + beta·y by chains that begin at beta·y, of at most mostSmall
	// columns.
	gemvColumns func(y, x, a *T, m, n, lda, xStep, yStep int, alpha, beta T)
	// rankOne adds alpha·x[i]·y to row i of m rows. The first has n elements, each other one nStep
	// more, which begin yStep further in y, and aStep, which grows by aGrowth, further in A.
	rankOne func(y, x, a *T, m, n, xStep, aStep, aGrowth, yStep, nStep int, alpha T)
	// mulChains and solveChains go the way of [chains] from an element of x and one of A on.
	mulChains, solveChains func(x, a *T, w *chains)
	// symmetricChains goes that way too, with steps across it and through y.
	symmetricChains func(x, y, a *T, w *chains, yStep, across int, alpha, beta T)
}

// isFew reports whether a kernel for few rows and columns multiplies an m×n matrix. A column of more
// than few rows is a dot.
func (c *core[T]) isFew(transposes bool, m, n int) bool {
	return c.few.rankOne != nil && (m <= few && n <= few ||
		transposes && m <= mostSmall && n <= mostSmall && n > 1)
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

// window returns where the others of row i begin, whose diagonal element is a[d], the column of the
// first, and how many they are.
func window(upper bool, d, i, n, k int) (from, column, count int) {
	if upper {
		return d + 1, i + 1, min(k, n-1-i)
	}
	k = min(k, i)
	return d - k, i - k, k
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
