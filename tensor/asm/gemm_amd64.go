//go:build !purego

package asm

// gemmF32AVX2 is a [Multiply] for a tile of 6 rows by 16 columns, in AVX2 and FMA.
//
//go:noescape
func gemmF32AVX2(c, a, b, packed *float32, layout *Layout, accumulate bool, epilogue *Epilogue[float32])

// gemmF64AVX2 is a [Multiply] for a tile of 6 rows by 8 columns, in AVX2 and FMA.
//
//go:noescape
func gemmF64AVX2(c, a, b, packed *float64, layout *Layout, accumulate bool, epilogue *Epilogue[float64])

func gemmAVX2(s *ISA) {
	s.F32.Gemm = Gemm[float32]{MR: 6, NR: 16, Mul: gemmF32AVX2, Row: vecmatF32AVX2, Pack: packThrees(packAVX2(transposersF32AVX2...))}
	s.F64.Gemm = Gemm[float64]{MR: 6, NR: 8, Mul: gemmF64AVX2, Row: vecmatF64AVX2, Pack: packAVX2(transposersF64AVX2...)}
}

// gemmF32AVX512 is a [Multiply] for a tile of 14 rows by 32 columns, in AVX-512 F.
//
//go:noescape
func gemmF32AVX512(c, a, b, packed *float32, layout *Layout, accumulate bool, epilogue *Epilogue[float32])

// gemmF64AVX512 is a [Multiply] for a tile of 14 rows by 16 columns, in AVX-512 F.
//
//go:noescape
func gemmF64AVX512(c, a, b, packed *float64, layout *Layout, accumulate bool, epilogue *Epilogue[float64])

func gemmAVX512(s *ISA) {
	s.F32.Gemm = Gemm[float32]{MR: 14, NR: 32, Mul: gemmF32AVX512, Row: vecmatF32AVX512,
		Pack: packThrees(packAVX2(append([]transposer[float32]{{16, 4, transpose16F32AVX512}}, transposersF32AVX2...)...))}
	s.F32.Gemm.Narrow, s.F32.Gemm.NarrowMax = byBlocks(s.F32.Gemm.Mul, 16, narrowF32AVX512), 12
	s.F64.Gemm = Gemm[float64]{MR: 14, NR: 16, Mul: gemmF64AVX512, Row: vecmatF64AVX512,
		Pack: packAVX2(append([]transposer[float64]{{8, 2, transpose8F64AVX512}}, transposersF64AVX2...)...)}
}

// narrowF32AVX512 is a [Gemm.Narrow] for multiples of 16 rows, in AVX-512 F.
//
//go:noescape
func narrowF32AVX512(c, a, b, packed *float32, layout *Layout, accumulate bool, epilogue *Epilogue[float32])
