//go:build !purego

package asm

// gemmF32NEON is [Gemm.Mul] for a tile of 8 rows by 12 columns, in NEON.
//
//go:noescape
func gemmF32NEON(c []float32, ldc int, a []float32, aPanel, aRow, aCol int, b []float32, bPanel, bRow int, m, n, k, mr int, accumulate bool)

// gemmF64NEON is [Gemm.Mul] for a tile of 8 rows by 6 columns, in NEON.
//
//go:noescape
func gemmF64NEON(c []float64, ldc int, a []float64, aPanel, aRow, aCol int, b []float64, bPanel, bRow int, m, n, k, mr int, accumulate bool)

func gemmNEON(s *Set) {
	s.F32.Gemm.MR, s.F32.Gemm.NR, s.F32.Gemm.Mul = 8, 12, gemmF32NEON
	s.F64.Gemm.MR, s.F64.Gemm.NR, s.F64.Gemm.Mul = 8, 6, gemmF64NEON
}
