//go:build !purego

package asm

// peakBytes returns the bytes of all registers that an ISA's probe uses, 0 for the pure-Go probe.
func peakBytes(isa *ISA) int {
	switch isa.Name {
	case "avx512":
		return 12 * 64
	case "avx2":
		return 12 * 32
	}
	return 0
}

// peakChains runs the probe of an ISA: acc[i] = fma(acc[i], m, acc[i]), n times over.
func peakChains[T Float](isa *ISA, acc []T, m T, n int) {
	switch acc := any(acc).(type) {
	case []float32:
		switch isa.Name {
		case "avx512":
			peakF32AVX512(acc, float32(m), n)
			return
		case "avx2":
			peakF32AVX2(acc, float32(m), n)
			return
		}
	case []float64:
		switch isa.Name {
		case "avx512":
			peakF64AVX512(acc, float64(m), n)
			return
		case "avx2":
			peakF64AVX2(acc, float64(m), n)
			return
		}
	}
	peakChainsPure(acc, m, n)
}

// peakF32AVX2 needs AVX2 and FMA. It equals, for len(acc) = 96 and n ≥ 1,
//
//	for range n {
//		for i := range acc {
//			acc[i] = fma(acc[i], m, acc[i])
//		}
//	}
//
//go:noescape
func peakF32AVX2(acc []float32, m float32, n int)

// peakF64AVX2 is peakF32AVX2 for float64 and len(acc) = 48.
//
//go:noescape
func peakF64AVX2(acc []float64, m float64, n int)

// peakF32AVX512 is peakF32AVX2 with AVX-512 F and len(acc) = 192.
//
//go:noescape
func peakF32AVX512(acc []float32, m float32, n int)

// peakF64AVX512 is peakF32AVX2 with AVX-512 F, for float64 and len(acc) = 96.
//
//go:noescape
func peakF64AVX512(acc []float64, m float64, n int)
