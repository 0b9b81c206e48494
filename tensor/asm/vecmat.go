//go:build !purego && (amd64 || arm64)

package asm

// rowBy returns a [Gemm.Row] that gives as many columns as fit to a kernel for multiples of width, and the rest to the tile.
func rowBy[T Float](g *Gemm[T], width int, kernel func(c, a []T, aCol int, b []T, bRow, n, k int, accumulate bool)) func(c, a []T, aCol int, b []T, bRow, n, k int, accumulate bool) {
	nr, mul := g.NR, g.Mul
	return func(c, a []T, aCol int, b []T, bRow, n, k int, accumulate bool) {
		whole := n / width * width
		if whole > 0 {
			kernel(c, a, aCol, b, bRow, whole, k, accumulate)
		}
		if whole < n {
			mul(c[whole:], n, a, k, k, aCol, b[whole:], nr, bRow, 1, n-whole, k, 1, accumulate, nil)
		}
	}
}
