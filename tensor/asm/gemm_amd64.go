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

func gemmAVX2(s *Set) {
	s.F32.Gemm = Gemm[float32]{MR: 6, NR: 16, Mul: gemmF32AVX2,
		Pack: packAVX2(transposer[float32]{8, 4, transpose8F32AVX2}, transposer[float32]{4, 4, transpose4F32AVX2})}
	s.F64.Gemm = Gemm[float64]{MR: 6, NR: 8, Mul: gemmF64AVX2,
		Pack: packAVX2(transposer[float64]{4, 2, transpose4F64AVX2}, transposer[float64]{2, 2, transpose2F64AVX2})}
	s.F32.Gemm.Row = rowBy(&s.F32, 32, vecmatF32AVX2)
	s.F64.Gemm.Row = rowBy(&s.F64, 16, vecmatF64AVX2)
}

// gemmF32AVX512 is a [Multiply] for a tile of 14 rows by 32 columns, in AVX-512 F.
//
//go:noescape
func gemmF32AVX512(c, a, b, packed *float32, layout *Layout, accumulate bool, epilogue *Epilogue[float32])

// gemmF64AVX512 is a [Multiply] for a tile of 14 rows by 16 columns, in AVX-512 F.
//
//go:noescape
func gemmF64AVX512(c, a, b, packed *float64, layout *Layout, accumulate bool, epilogue *Epilogue[float64])

func gemmAVX512(s *Set) {
	// Packing moves elements between caches; AVX2's 32 bytes at a time keep up with them, so its Pack stays.
	s.F32.Gemm.MR, s.F32.Gemm.NR, s.F32.Gemm.Mul = 14, 32, gemmF32AVX512
	s.F64.Gemm.MR, s.F64.Gemm.NR, s.F64.Gemm.Mul = 14, 16, gemmF64AVX512
	s.F32.Gemm.Row = vecmatF32AVX512
	s.F64.Gemm.Row = vecmatF64AVX512
}
