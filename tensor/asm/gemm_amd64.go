//go:build !purego

package asm

// gemmF32AVX2 is [Gemm.Mul] for a tile of 6 rows by 16 columns, in AVX2 and FMA.
//
//go:noescape
func gemmF32AVX2(c []float32, ldc int, a []float32, aPanel, aRow, aCol int, b []float32, bPanel, bRow int, m, n, k, mr int, accumulate bool)

// gemmF64AVX2 is [Gemm.Mul] for a tile of 6 rows by 8 columns, in AVX2 and FMA.
//
//go:noescape
func gemmF64AVX2(c []float64, ldc int, a []float64, aPanel, aRow, aCol int, b []float64, bPanel, bRow int, m, n, k, mr int, accumulate bool)

func gemmAVX2(s *Set) {
	s.F32.Gemm = Gemm[float32]{MR: 6, NR: 16, Mul: gemmF32AVX2, Pack: pack[float32]}
	s.F64.Gemm = Gemm[float64]{MR: 6, NR: 8, Mul: gemmF64AVX2, Pack: pack[float64]}
}

// gemmF32AVX512 is [Gemm.Mul] for a tile of 14 rows by 32 columns, in AVX-512 F.
//
//go:noescape
func gemmF32AVX512(c []float32, ldc int, a []float32, aPanel, aRow, aCol int, b []float32, bPanel, bRow int, m, n, k, mr int, accumulate bool)

// gemmF64AVX512 is [Gemm.Mul] for a tile of 14 rows by 16 columns, in AVX-512 F.
//
//go:noescape
func gemmF64AVX512(c []float64, ldc int, a []float64, aPanel, aRow, aCol int, b []float64, bPanel, bRow int, m, n, k, mr int, accumulate bool)

func gemmAVX512(s *Set) {
	s.F32.Gemm = Gemm[float32]{MR: 14, NR: 32, Mul: gemmF32AVX512, Pack: pack[float32]}
	s.F64.Gemm = Gemm[float64]{MR: 14, NR: 16, Mul: gemmF64AVX512, Pack: pack[float64]}
}
