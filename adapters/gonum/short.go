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

// chainDown does so from the last ones on.
func chainDown[T tensor.Float](x, y []T) (sum T) {
	y = y[:len(x)]
	for i := len(x) - 1; i >= 0; i-- {
		sum += T(x[i] * y[i])
	}
	return sum
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
// to x leaves them alone.

// besides is [triangle.beside] of a row whose diagonal element is a[d].
func besides[T tensor.Float](a []T, upper bool, d, i, n, k int) (others []T, column int) {
	if upper {
		return a[d+1:][:min(k, n-1-i)], i + 1
	}
	k = min(k, i)
	return a[d-k : d], i - k
}

// mulShort is mulRows for short rows.
func (t *triangle[T]) mulShort(x []T, transposes, unit bool) {
	a, n, k, upper := t.a, t.n, t.k, t.upper
	start, step, growth, ascending := t.start, t.step, t.growth, upper != transposes
	for p := range n {
		i := p
		if !ascending {
			i = n - 1 - p
		}
		d := start + i*step + i*(i-1)>>1*growth
		others, j := besides(a, upper, d, i, n, k)
		v := x[i]
		old := v
		if !unit {
			v *= a[d]
		}
		if transposes {
			axpyFew(x[j:j+len(others)], others, old)
		} else {
			v += chain(others, x[j:])
		}
		x[i] = v
	}
}

// solveShort is solveRows for short rows. What was solved last comes last in a sum, which waits for
// it.
func (t *triangle[T]) solveShort(x []T, transposes, unit bool) {
	a, n, k, upper := t.a, t.n, t.k, t.upper
	start, step, growth, ascending := t.start, t.step, t.growth, upper == transposes
	for p := range n {
		i := p
		if !ascending {
			i = n - 1 - p
		}
		d := start + i*step + i*(i-1)>>1*growth
		others, j := besides(a, upper, d, i, n, k)
		v := x[i]
		switch {
		case transposes:
		case upper:
			v -= chainDown(others, x[j:])
		default:
			v -= chain(others, x[j:])
		}
		if !unit {
			v /= a[d]
		}
		x[i] = v
		if transposes {
			axpyFew(x[j:j+len(others)], others, -v)
		}
	}
}

// mulSymmetricShort adds alpha·A·x to y, for short rows.
func (t *triangle[T]) mulSymmetricShort(alpha T, x, y []T) {
	a, n, k, upper := t.a, t.n, t.k, t.upper
	start, step, growth := t.start, t.step, t.growth
	for i := range n {
		d := start + i*step + i*(i-1)>>1*growth
		others, j := besides(a, upper, d, i, n, k)
		v := alpha * x[i]
		sum := T(a[d] * x[i])
		xs, ys := x[j:][:len(others)], y[j:][:len(others)]
		for p, a := range others {
			sum += T(a * xs[p])
			ys[p] += T(a * v)
		}
		y[i] += T(alpha * sum)
	}
}

// addSquareShort is addSquare for short rows.
func (t *triangle[T]) addSquareShort(alpha T, x []T) {
	a, n, k, upper := t.a, t.n, t.k, t.upper
	start, step, growth := t.start, t.step, t.growth
	for i := range n {
		d := start + i*step + i*(i-1)>>1*growth
		others, j := besides(a, upper, d, i, n, k)
		v := alpha * x[i]
		a[d] += T(v * x[i])
		axpyFew(others, x[j:], v)
	}
}

// addProductsShort is addProducts for short rows.
func (t *triangle[T]) addProductsShort(alpha T, x, y []T) {
	a, n, k, upper := t.a, t.n, t.k, t.upper
	start, step, growth := t.start, t.step, t.growth
	for i := range n {
		d := start + i*step + i*(i-1)>>1*growth
		others, j := besides(a, upper, d, i, n, k)
		ax, ay := alpha*x[i], alpha*y[i]
		a[d] = a[d] + T(ax*y[i]) + T(ay*x[i])
		xs, ys := x[j:][:len(others)], y[j:][:len(others)]
		for p, v := range others {
			others[p] = v + T(ax*ys[p]) + T(ay*xs[p])
		}
	}
}

// tiny is the number of rows and columns up to which Go multiplies a matrix and a vector.
const tiny = 8

// plus returns sum + beta·y, where beta = 0 leaves y out.
func plus[T tensor.Float](sum, beta, y T) T {
	if beta != 0 {
		sum += T(beta * y)
	}
	return sum
}

// mulFewColumns sets y = alpha·A·x + beta·y for a matrix A of few columns and m rows: a chain each
// row, four of them at a time.
func mulFewColumns[T tensor.Float](alpha T, a []T, lda int, x []T, beta T, y []T, m, incY int) {
	at, n := first(m, incY), len(x)
	i := 0
	for ; i+4 <= m; i += 4 {
		r0, r1, r2, r3 := a[i*lda:][:n], a[(i+1)*lda:][:n], a[(i+2)*lda:][:n], a[(i+3)*lda:][:n]
		var s0, s1, s2, s3 T
		for j, v := range x {
			s0 += T(r0[j] * v)
			s1 += T(r1[j] * v)
			s2 += T(r2[j] * v)
			s3 += T(r3[j] * v)
		}
		y[at] = plus(T(alpha*s0), beta, y[at])
		y[at+incY] = plus(T(alpha*s1), beta, y[at+incY])
		at += 2 * incY
		y[at] = plus(T(alpha*s2), beta, y[at])
		y[at+incY] = plus(T(alpha*s3), beta, y[at+incY])
		at += 2 * incY
	}
	for ; i < m; i++ {
		y[at] = plus(T(alpha*chain(a[i*lda:][:n], x)), beta, y[at])
		at += incY
	}
}

// mulFewRows sets y = alpha·Aᵀ·x + beta·y for a matrix A of at most tiny rows and n columns: chains
// over the rows, four columns at a time, that begin at beta·y.
func mulFewRows[T tensor.Float](alpha T, a []T, lda int, x []T, beta T, y []T, n, incY int) {
	var buf [tiny]T
	ax := buf[:len(x)]
	for i, v := range x {
		ax[i] = alpha * v
	}
	at, j := first(n, incY), 0
	for ; j < n-3; j += 4 {
		s0, s1 := plus(0, beta, y[at]), plus(0, beta, y[at+incY])
		s2, s3 := plus(0, beta, y[at+2*incY]), plus(0, beta, y[at+3*incY])
		from := j
		for _, v := range ax {
			r := (*[4]T)(a[from:])
			from += lda
			s0 += T(r[0] * v)
			s1 += T(r[1] * v)
			s2 += T(r[2] * v)
			s3 += T(r[3] * v)
		}
		y[at], y[at+incY] = s0, s1
		y[at+2*incY], y[at+3*incY] = s2, s3
		at += 4 * incY
	}
	for ; j < n; j++ {
		s := plus(0, beta, y[at])
		for i, v := range ax {
			s += T(a[i*lda+j] * v)
		}
		y[at] = s
		at += incY
	}
}
