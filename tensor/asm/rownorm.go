package asm

// RowNorm are the kernels that normalise rows, of which there are as many as elements in dst for
// sums, in factor else. An element of mean, factor, a and b belongs to a row, one of gamma and beta
// to a column. Rows have an element at least. A destination may be the very same slice as an
// operand of its shape; other overlap is not allowed.
type RowNorm[T Float] struct {
	// Sums sets dst[r] to the sum of x[r,j] − mean[r] in virtual lanes, see [Reduce].
	Sums func(dst, x, mean []T, columns int)
	// Squares sets dst[r] to the sum of the squares of x[r,j] − mean[r], as Dot would.
	Squares func(dst, x, mean []T, columns int)
	// Dots sets dst[r] = Dot(row r of x, row r of y).
	Dots func(dst, x, y []T, columns int)
	// Normalize sets dst = (x − mean)·factor·gamma + beta, each operation rounded.
	Normalize func(dst, x, mean, factor, gamma, beta []T)
	// GradientTerms sets scaled = g·gamma, h = (x − mean)·factor and products = g·h.
	GradientTerms func(scaled, h, products, g, x, mean, factor, gamma []T)
	// Gradient sets dst = fma(h, b, dst + a)·factor, all three of a row.
	Gradient func(dst, h, a, b, factor []T, columns int)
}

// rowNormPure fills in the pure-Go kernels.
func rowNormPure[T Float](k *Kernels[T], r rounding) {
	k.RowNorm = RowNorm[T]{Sums: rowSums[T], Normalize: normalizeRows[T],
		GradientTerms: rowGradientTerms[T]}
	k.RowNorm.Squares = func(dst, x, mean []T, columns int) {
		for i := range dst {
			var lane lanes[T]
			count := laneCount[T]()
			for j, v := range x[i*columns:][:columns] {
				d := v - mean[i]
				lane[j%count] = fma(r, d, d, lane[j%count])
			}
			dst[i] = lane.fold()
		}
	}
	k.RowNorm.Dots = func(dst, x, y []T, columns int) {
		for i := range dst {
			dst[i] = dot(r, x[i*columns:][:columns], y[i*columns:][:columns])
		}
	}
	k.RowNorm.Gradient = func(dst, h, a, b, factor []T, columns int) {
		for i, f := range factor {
			to, of := dst[i*columns:][:columns], h[i*columns:][:columns]
			for j := range to {
				to[j] = fma(r, of[j], b[i], to[j]+a[i]) * f
			}
		}
	}
}

func rowSums[T Float](dst, x, mean []T, columns int) {
	count := laneCount[T]()
	for i := range dst {
		var lane lanes[T]
		for j, v := range x[i*columns:][:columns] {
			lane[j%count] += v - mean[i]
		}
		dst[i] = lane.fold()
	}
}

func normalizeRows[T Float](dst, x, mean, factor, gamma, beta []T) {
	n := len(gamma)
	beta = beta[:n]
	for i, f := range factor {
		to, of := dst[i*n:][:n], x[i*n:][:n]
		for j := range to {
			to[j] = T(T((of[j]-mean[i])*f)*gamma[j]) + beta[j]
		}
	}
}

func rowGradientTerms[T Float](scaled, h, products, g, x, mean, factor, gamma []T) {
	n := len(gamma)
	for i, f := range factor {
		up, of, to := g[i*n:][:n], x[i*n:][:n], h[i*n:][:n]
		s, p := scaled[i*n:][:n], products[i*n:][:n]
		for j, v := range up {
			to[j] = (of[j] - mean[i]) * f
			p[j], s[j] = v*to[j], v*gamma[j] // scaled may stand where g does
		}
	}
}
