//go:build !purego

package asm

// gemmF32NEON is a [Multiply] for a tile of 8 rows by 12 columns, in NEON. It leaves packed alone.
//
//go:noescape
func gemmF32NEON(c, a, b, packed *float32, layout *Layout, accumulate bool, epilogue *Epilogue[float32])

// gemmF64NEON is a [Multiply] for a tile of 8 rows by 6 columns, in NEON. It leaves packed alone.
//
//go:noescape
func gemmF64NEON(c, a, b, packed *float64, layout *Layout, accumulate bool, epilogue *Epilogue[float64])

// gemmNEON replaces the matrix product by NEON kernels.
func gemmNEON(s *ISA) {
	s.F32.Gemm = Gemm[float32]{MR: 8, NR: 12, Pack: packNEON(transpose4F32NEON)}
	s.F64.Gemm = Gemm[float64]{MR: 8, NR: 6, Pack: packNEON(transpose2F64NEON)}
	s.F32.Gemm.Mul = packing(&s.F32.Gemm, gemmF32NEON)
	s.F64.Gemm.Mul = packing(&s.F64.Gemm, gemmF64NEON)
	s.F32.Gemm.Row = rowBy(&s.F32, 16, vecmatF32NEON)
	s.F64.Gemm.Row = rowBy(&s.F64, 8, vecmatF64NEON)
}
