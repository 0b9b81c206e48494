//go:build !purego

package asm

import "unsafe"

// fitHalf tells whether rows of so many columns are for a kernel that takes four of them a turn: at most half of a register of so many lanes, and
// 8 bytes at least.
func fitHalf[T Float](lanes, columns int) bool {
	return columns <= lanes/2 && columns*int(unsafe.Sizeof(T(0))) >= 8
}

// halvedSoftmax returns a kernel for rows that leaves fours of those that fit half a register, of so many lanes, to a kernel of their own.
func halvedSoftmax[T Float](lanes int, halves, others func(dst, x []T, columns int)) func(dst, x []T, columns int) {
	return func(dst, x []T, columns int) {
		if fours := len(dst) / (4 * columns) * 4 * columns; fitHalf[T](lanes, columns) && fours > 0 {
			halves(dst[:fours], x, columns)
			dst, x = dst[fours:], x[fours:]
		}
		others(dst, x, columns)
	}
}

// halvedCrossEntropy does the same for cross entropy.
func halvedCrossEntropy[T Float](lanes int, halves, others crossEntropyRows[T]) crossEntropyRows[T] {
	return func(g, p, top, peak, z []T, columns int, class []int, weight, scale []T) {
		if rows := len(class) / 4 * 4; fitHalf[T](lanes, columns) && rows > 0 {
			halves(g, p, top, peak, z, columns, class[:rows], weight, scale)
			n := rows * columns
			g, p, top, peak, z, class, weight, scale = g[n:], p[n:], top[rows:], peak[rows:], z[n:], class[rows:], weight[rows:], scale[rows:]
		}
		others(g, p, top, peak, z, columns, class, weight, scale)
	}
}

// softmaxHalvesF32AVX2 is [Kernels.Softmax] for fours of rows of 2 to 4 columns. It needs AVX2 and FMA. The slices need no alignment; dst
// may be x.
//
//go:noescape
func softmaxHalvesF32AVX2(dst, x []float32, columns int)

// softmaxHalvesF64AVX2 is its twin for 1 or 2 columns.
//
//go:noescape
func softmaxHalvesF64AVX2(dst, x []float64, columns int)

// crossEntropyHalvesF32AVX2 is [Kernels.CrossEntropy] for fours of rows of 2 to 4 columns. It needs AVX2 and FMA. The slices need no
// alignment and do not overlap.
//
//go:noescape
func crossEntropyHalvesF32AVX2(g, p, top, peak, z []float32, columns int, class []int, weight, scale []float32)

// crossEntropyHalvesF64AVX2 is its twin for 1 or 2 columns.
//
//go:noescape
func crossEntropyHalvesF64AVX2(g, p, top, peak, z []float64, columns int, class []int, weight, scale []float64)
