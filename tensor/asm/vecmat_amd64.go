//go:build !purego

package asm

// vecmatF32AVX2 multiplies a row by a matrix, see [Gemm.Row], in AVX2 and FMA.
//
//go:noescape
func vecmatF32AVX2(c, a, b, packed *float32, layout *Layout, accumulate bool, epilogue *Epilogue[float32])

// vecmatF64AVX2 multiplies a row by a matrix, see [Gemm.Row], in AVX2 and FMA.
//
//go:noescape
func vecmatF64AVX2(c, a, b, packed *float64, layout *Layout, accumulate bool, epilogue *Epilogue[float64])

// vecmatF32AVX512 multiplies a row by a matrix, see [Gemm.Row].
//
//go:noescape
func vecmatF32AVX512(c, a, b, packed *float32, layout *Layout, accumulate bool, epilogue *Epilogue[float32])

// vecmatF64AVX512 multiplies a row by a matrix, see [Gemm.Row].
//
//go:noescape
func vecmatF64AVX512(c, a, b, packed *float64, layout *Layout, accumulate bool, epilogue *Epilogue[float64])
