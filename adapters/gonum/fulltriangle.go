package simdnn

// Triangles in the rows of a matrix, of up to few rows, have loops of their own, to the bits of
// mulShort and its like: without what bands and packed rows ask for, all that a loop needs is in
// registers.

// mulFull is mulShort.
func (t *triangle[T]) mulFull(x []T, transposes, unit bool) {
	a, lda, upper := t.a, t.ld, t.upper
	for p := range x {
		i, lo, hi := p, p+1, len(x)
		if upper == transposes {
			i = len(x) - 1 - p
			lo = i + 1
		}
		if !upper {
			lo, hi = 0, i
		}
		r := a[i*lda:][:len(x)]
		others, xs := r[lo:hi], x[lo:hi]
		v, old := x[i], x[i]
		if !unit {
			v *= r[i]
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

// solveFull is solveShort.
func (t *triangle[T]) solveFull(x []T, transposes, unit bool) {
	switch {
	case transposes:
		t.solveFullColumns(x, unit)
	case t.upper:
		t.solveFullUp(x, unit)
	default:
		t.solveFullDown(x, unit)
	}
}

// solveFullUp solves from the last row on.
func (t *triangle[T]) solveFullUp(x []T, unit bool) {
	a, lda := t.a, t.ld
	for i := len(x) - 1; i >= 0; i-- {
		r := a[i*lda:][:len(x)]
		var sum T
		for j := len(x) - 1; j > i; j-- {
			sum += T(r[j] * x[j])
		}
		v := x[i] - sum
		if !unit {
			v /= r[i]
		}
		x[i] = v
	}
}

// solveFullDown solves from the first row on.
func (t *triangle[T]) solveFullDown(x []T, unit bool) {
	a, lda := t.a, t.ld
	for i, v := range x {
		r := a[i*lda:][:i+1]
		var sum T
		for j, b := range x[:i] {
			sum += T(r[j] * b)
		}
		v -= sum
		if !unit {
			v /= r[i]
		}
		x[i] = v
	}
}

// solveFullColumns solves the transposed equations.
func (t *triangle[T]) solveFullColumns(x []T, unit bool) {
	a, lda, upper := t.a, t.ld, t.upper
	for p := range x {
		i := p
		if !upper {
			i = len(x) - 1 - p
		}
		r := a[i*lda:][:len(x)]
		v := x[i]
		if !unit {
			v /= r[i]
			x[i] = v
		}
		lo, hi := i+1, len(x)
		if !upper {
			lo, hi = 0, i
		}
		others, xs := r[lo:hi], x[lo:hi]
		for p, b := range others {
			xs[p] -= T(v * b)
		}
	}
}

// mulSymmetricFull is mulSymmetricShort.
func (t *triangle[T]) mulSymmetricFull(alpha T, x, y []T) {
	a, lda, upper := t.a, t.ld, t.upper
	y = y[:len(x)]
	for i, of := range x {
		lo, hi := i+1, len(x)
		if !upper {
			lo, hi = 0, i
		}
		r := a[i*lda:][:len(x)]
		others, xs, ys := r[lo:hi], x[lo:hi], y[lo:hi]
		v, sum := alpha*of, T(r[i]*of)
		for p, b := range others {
			sum += T(b * xs[p])
			ys[p] += T(b * v)
		}
		y[i] += T(alpha * sum)
	}
}
