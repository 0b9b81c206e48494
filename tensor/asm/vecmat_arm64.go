//go:build !purego

package asm

// vecmatF32NEON multiplies a row by a matrix, see [Gemm.Row], for n a multiple of 16.
//
//go:noescape
func vecmatF32NEON(c, a []float32, aCol int, b []float32, bRow, n, k int, accumulate bool)

// vecmatF64NEON multiplies a row by a matrix, see [Gemm.Row], for n a multiple of 8.
//
//go:noescape
func vecmatF64NEON(c, a []float64, aCol int, b []float64, bRow, n, k int, accumulate bool)
