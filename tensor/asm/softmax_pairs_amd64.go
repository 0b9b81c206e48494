//go:build !purego

package asm

// pairedSoftmax returns a kernel for rows that fit two registers, which leaves those that fit one, of so many lanes, to a kernel of their own.
func pairedSoftmax[T Float](lanes int, one, two func(dst, x []T, columns int)) func(dst, x []T, columns int) {
	return func(dst, x []T, columns int) {
		if columns <= lanes {
			one(dst, x, columns)
			return
		}
		two(dst, x, columns)
	}
}

// pairedCrossEntropy does the same for cross entropy.
func pairedCrossEntropy[T Float](lanes int, one, two crossEntropyRows[T]) crossEntropyRows[T] {
	return func(g, p, top, peak, z []T, columns int, class []int, weight, scale []T) {
		rows := two
		if columns <= lanes {
			rows = one
		}
		rows(g, p, top, peak, z, columns, class, weight, scale)
	}
}

// softmaxPairsF32AVX2 is [Kernels.Softmax] for rows of 9 to 16 columns. It needs AVX2 and FMA. The slices need no alignment; dst may be x.
//
//go:noescape
func softmaxPairsF32AVX2(dst, x []float32, columns int)

// softmaxPairsF64AVX2 is its twin for 5 to 8 columns.
//
//go:noescape
func softmaxPairsF64AVX2(dst, x []float64, columns int)

// crossEntropyPairsF32AVX2 is [Kernels.CrossEntropy] for rows of 9 to 16 columns. It needs AVX2 and FMA. The slices need no alignment and do
// not overlap.
//
//go:noescape
func crossEntropyPairsF32AVX2(g, p, top, peak, z []float32, columns int, class []int, weight, scale []float32)

// crossEntropyPairsF64AVX2 is its twin for 5 to 8 columns.
//
//go:noescape
func crossEntropyPairsF64AVX2(g, p, top, peak, z []float64, columns int, class []int, weight, scale []float64)
