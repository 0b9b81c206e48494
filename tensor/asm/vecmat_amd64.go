//go:build !purego

package asm

// vecmatF32AVX2 multiplies a row by a matrix, see [Gemm.Row], for n a multiple of 32.
//
//go:noescape
func vecmatF32AVX2(c, a []float32, aCol int, b []float32, bRow, n, k int, accumulate bool)

// vecmatF64AVX2 multiplies a row by a matrix, see [Gemm.Row], for n a multiple of 16.
//
//go:noescape
func vecmatF64AVX2(c, a []float64, aCol int, b []float64, bRow, n, k int, accumulate bool)

// vecmatF32AVX512 multiplies a row by a matrix, see [Gemm.Row], for n a multiple of 64.
//
//go:noescape
func vecmatF32AVX512(c, a []float32, aCol int, b []float32, bRow, n, k int, accumulate bool)

// vecmatF64AVX512 multiplies a row by a matrix, see [Gemm.Row], for n a multiple of 32.
//
//go:noescape
func vecmatF64AVX512(c, a []float64, aCol int, b []float64, bRow, n, k int, accumulate bool)

// rowBy returns a [Gemm.Row] that gives as many columns as fit to a kernel for multiples of width, and the rest to the tile.
func rowBy[T Float](g *Gemm[T], width int, kernel func(c, a []T, aCol int, b []T, bRow, n, k int, accumulate bool)) func(c, a []T, aCol int, b []T, bRow, n, k int, accumulate bool) {
	nr, mul := g.NR, g.Mul
	return func(c, a []T, aCol int, b []T, bRow, n, k int, accumulate bool) {
		whole := n / width * width
		if whole > 0 {
			kernel(c, a, aCol, b, bRow, whole, k, accumulate)
		}
		if whole < n {
			mul(c[whole:], n, a, k, k, aCol, b[whole:], nr, bRow, 1, n-whole, k, 1, accumulate)
		}
	}
}
