//go:build !purego

package asm

// gemmF32NEON is [Gemm.Mul] for a tile of 8 rows by 12 columns, in NEON.
//
//go:noescape
func gemmF32NEON(c []float32, ldc int, a []float32, aPanel, aRow, aCol int, b []float32, bPanel, bRow int, m, n, k, mr int, accumulate bool,
	epilogue *Epilogue[float32])

// gemmF64NEON is [Gemm.Mul] for a tile of 8 rows by 6 columns, in NEON.
//
//go:noescape
func gemmF64NEON(c []float64, ldc int, a []float64, aPanel, aRow, aCol int, b []float64, bPanel, bRow int, m, n, k, mr int, accumulate bool,
	epilogue *Epilogue[float64])

// gemmNEON replaces the matrix product by NEON kernels.
func gemmNEON(s *Set) {
	s.F32.Gemm = Gemm[float32]{MR: 8, NR: 12, Mul: gemmF32NEON, Pack: packNEON(transpose4F32NEON)}
	s.F64.Gemm = Gemm[float64]{MR: 8, NR: 6, Mul: gemmF64NEON, Pack: packNEON(transpose2F64NEON)}
	s.F32.Gemm.Row = rowBy(&s.F32.Gemm, 16, vecmatF32NEON)
	s.F64.Gemm.Row = rowBy(&s.F64.Gemm, 8, vecmatF64NEON)
}
