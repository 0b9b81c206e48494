//go:build !purego

package asm

import "unsafe"

// vecmatF32NEON multiplies a row by a matrix, see [Gemm.Row], for n a multiple of 16.
//
//go:noescape
func vecmatF32NEON(c, a []float32, aCol int, b []float32, bRow, n, k int, accumulate bool)

// vecmatF64NEON multiplies a row by a matrix, see [Gemm.Row], for n a multiple of 8.
//
//go:noescape
func vecmatF64NEON(c, a []float64, aCol int, b []float64, bRow, n, k int, accumulate bool)

// rowBy returns a [Gemm.Row] that gives as many columns as fit to a kernel for multiples of width, and the rest to the tile.
func rowBy[T Float](table *Kernels[T], width int, kernel func(c, a []T, aCol int, b []T, bRow, n, k int, accumulate bool)) Multiply[T] {
	mul := table.Gemm.Mul
	return func(cp, ap, bp, _ *T, l *Layout, accumulate bool, epilogue *Epilogue[T]) {
		cn, an, bn := l.extents(table.Gemm.NR)
		c, a, b := unsafe.Slice(cp, cn), unsafe.Slice(ap, an), unsafe.Slice(bp, bn)
		whole := l.N / width * width
		if whole > 0 {
			kernel(c, a, l.ACol, b, l.BRow, whole, l.K, accumulate)
		}
		if whole < l.N {
			rest := *l
			rest.N -= whole
			mul(&c[whole], ap, &b[whole], nil, Noescape(&rest), accumulate, nil)
		}
		if epilogue != nil {
			epilogue.Apply(table, c[:l.N], 0)
		}
	}
}
