package data

import "math"

// Sizes of OpenBLAS's kernels for float64 on processors with AVX2 and FMA (Haswell, Zen).
const (
	gemmDepth  = 256  // longest part of a sum that gemm keeps in registers
	gemmTile   = 4    // columns of the result that a gemm kernel makes together
	gemvDepth  = 2048 // longest part of a sum that gemv takes at a time
	gemvGroup  = 4    // rows that the main gemv kernel takes together
	gemvLanes  = 4    // partial sums of the main gemv kernel
	gemmUnroll = 8    // terms in a pass of the gemm kernel for one row
)

// product sets dst (n×m) to a·b, with a of n×k and b of k×m; dst may be a. Its sums run in the
// order in which numpy.dot has OpenBLAS 0.3.21 run them on processors with AVX2 and FMA and on one
// thread, so the last bit is the same for n > 1. OpenBLAS has other orders for other processors
// (AVX-512 among them), for products of one row, and where two threads meet in a large product;
// there the results differ by a few units in the last place.
func product(dst, a, b matrix) {
	if b.cols == 1 && a.rows > 1 && a.cols > 1 {
		matrixVector(dst, a, b)
		return
	}
	sums := make([]float64, b.cols)
	for i := range a.rows {
		row := a.row(i)
		lastOdd := i == a.rows-1 && a.rows%2 == 1
		for j := range sums {
			sums[j] = 0
			for lo := 0; lo < a.cols; {
				hi := lo + depth(a.cols-lo)
				if lastOdd && a.rows > 1 && j < b.cols-b.cols%gemmTile {
					sums[j] += fourChains(row, b, j, lo, hi)
				} else {
					sums[j] += chain(0, row, b, j, lo, hi)
				}
				lo = hi
			}
		}
		copy(dst.row(i), sums)
	}
}

// depth returns how many of the remaining terms of a sum gemm takes next.
func depth(remaining int) int {
	switch {
	case remaining >= 2*gemmDepth:
		return gemmDepth
	case remaining > gemmDepth:
		return (remaining/2 + gemmTile - 1) / gemmTile * gemmTile
	}
	return remaining
}

// chain adds the terms lo to hi−1 of row·b[:,j] to sum in order, each with one rounding.
func chain(sum float64, row []float64, b matrix, j, lo, hi int) float64 {
	for k := lo; k < hi; k++ {
		sum = math.FMA(row[k], b.data[k*b.stride+j], sum)
	}
	return sum
}

// fourChains returns the sum of the terms lo to hi−1 of row·b[:,j] as the kernel for a single row
// does: in four chains, as far as whole passes of eight terms go; the rest belongs to the first.
func fourChains(row []float64, b matrix, j, lo, hi int) float64 {
	var c [4]float64
	whole := lo + (hi-lo)/gemmUnroll*gemmUnroll
	for k := lo; k < whole; k++ {
		at := (k - lo) % len(c)
		c[at] = math.FMA(row[k], b.data[k*b.stride+j], c[at])
	}
	c[0] = chain(c[0], row, b, j, whole, hi)
	return (c[0] + c[1]) + (c[2] + c[3])
}

// matrixVector sets dst (n×1) to a·b, with a of n×k and b of k×1, as gemv does.
func matrixVector(dst, a, b matrix) {
	x := make([]float64, a.cols)
	for k := range x {
		x[k] = b.data[k*b.stride]
	}
	whole := a.cols - a.cols%gemvLanes
	grouped := a.rows - a.rows%gemvGroup
	paired := grouped + a.rows%gemvGroup/2*2
	for i := range a.rows {
		row, y := a.row(i), 0.0
		for lo := 0; lo < whole; lo += gemvDepth {
			hi := min(lo+gemvDepth, whole)
			switch {
			case i < grouped:
				y += fourLanes(row[lo:hi], x[lo:hi])
			case i < paired:
				y += twoLanes(row[lo:hi], x[lo:hi])
			default:
				y += twoPairs(row[lo:hi], x[lo:hi])
			}
		}
		dst.row(i)[0] = lastTerms(y, row[whole:], x[whole:])
	}
}

// fourLanes is the kernel for four rows at a time: four partial sums with fused multiply-add.
func fourLanes(a, x []float64) float64 {
	var s [gemvLanes]float64
	for k := range a {
		s[k%gemvLanes] = math.FMA(a[k], x[k], s[k%gemvLanes])
	}
	return (s[0] + s[2]) + (s[1] + s[3])
}

// twoLanes is the kernel for two rows that remain: two partial sums, multiplication and addition
// rounded separately.
func twoLanes(a, x []float64) float64 {
	var s [2]float64
	for k := range a {
		s[k%2] += float64(a[k] * x[k])
	}
	return s[0] + s[1]
}

// twoPairs is the kernel for one row that remains: four partial sums, multiplication and addition
// rounded separately.
func twoPairs(a, x []float64) float64 {
	var s [gemvLanes]float64
	for k := range a {
		s[k%gemvLanes] += float64(a[k] * x[k])
	}
	return (s[2] + s[0]) + (s[3] + s[1])
}

// lastTerms adds the up to three terms that fill no lanes, in the order that the compiler chose.
func lastTerms(y float64, a, x []float64) float64 {
	switch len(a) {
	case 1:
		return math.FMA(a[0], x[0], y)
	case 2:
		return y + math.FMA(a[0], x[0], a[1]*x[1])
	case 3:
		return y + math.FMA(a[2], x[2], math.FMA(a[0], x[0], a[1]*x[1]))
	}
	return y
}
