//go:build !purego

package asm

// vecmatF32AVX2 multiplies a row by a matrix, a part of [Gemm.Row]: for n a multiple of 32.
//
//go:noescape
func vecmatF32AVX2(c, a []float32, aCol int, b []float32, bRow, n, k int, accumulate bool)

// vecmatF64AVX2 multiplies a row by a matrix, a part of [Gemm.Row]: for n a multiple of 16.
//
//go:noescape
func vecmatF64AVX2(c, a []float64, aCol int, b []float64, bRow, n, k int, accumulate bool)

// vecmatF32AVX512 multiplies a row by a matrix, see [Gemm.Row].
//
//go:noescape
func vecmatF32AVX512(c, a, b, packed *float32, layout *Layout, accumulate bool, epilogue *Epilogue[float32])

// vecmatF64AVX512 multiplies a row by a matrix, see [Gemm.Row].
//
//go:noescape
func vecmatF64AVX512(c, a, b, packed *float64, layout *Layout, accumulate bool, epilogue *Epilogue[float64])
