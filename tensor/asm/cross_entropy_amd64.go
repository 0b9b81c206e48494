//go:build !purego

package asm

func crossEntropyAVX2(s *ISA) {
	composeCrossEntropy(&s.F32, 16, halvedCrossEntropy(8, crossEntropyHalvesF32AVX2,
		pairedCrossEntropy(8, crossEntropyRowsF32AVX2, crossEntropyPairsF32AVX2)))
	composeCrossEntropy(&s.F64, 8, halvedCrossEntropy(4, crossEntropyHalvesF64AVX2,
		pairedCrossEntropy(4, crossEntropyRowsF64AVX2, crossEntropyPairsF64AVX2)))
}

func crossEntropyAVX512(s *ISA) {
	composeCrossEntropy(&s.F32, 16,
		groupedCrossEntropy(16, crossEntropyGroupsOf4F32AVX512, crossEntropyGroupsOf8F32AVX512, crossEntropyRowsF32AVX512))
	composeCrossEntropy(&s.F64, 8,
		groupedCrossEntropy(8, crossEntropyGroupsOf2F64AVX512, crossEntropyGroupsOf4F64AVX512, crossEntropyRowsF64AVX512))
}

// laneNumbers32 numbers the lanes of a register.
//
//lint:ignore U1000 read by the assembly
var laneNumbers32 = [16]int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}

// laneNumbers64 does so for elements of 64 bits.
//
//lint:ignore U1000 read by the assembly
var laneNumbers64 = [8]int64{0, 1, 2, 3, 4, 5, 6, 7}

// crossEntropyRowsF32AVX2 and its kin are [Kernels.CrossEntropy] for rows of 1 to as many columns as a register has lanes. They need AVX2
// and FMA, or AVX-512 F, DQ, BW and VL. The slices need no alignment and do not overlap.
//
//go:noescape
func crossEntropyRowsF32AVX2(g, p, top, peak, z []float32, columns int, class []int, weight, scale []float32)

//go:noescape
func crossEntropyRowsF64AVX2(g, p, top, peak, z []float64, columns int, class []int, weight, scale []float64)

//go:noescape
func crossEntropyRowsF32AVX512(g, p, top, peak, z []float32, columns int, class []int, weight, scale []float32)

//go:noescape
func crossEntropyRowsF64AVX512(g, p, top, peak, z []float64, columns int, class []int, weight, scale []float64)
