//go:build !purego

package asm

// peakBytes returns the width in bytes of the registers that a set's probe uses.
func peakBytes(set *Set, elem int) int {
	switch set.Name {
	case "avx512":
		return 64
	case "avx2":
		return 32
	}
	return elem
}

// peakChains runs the probe of a set: acc[i] = fma(acc[i], m, c), n times over.
func peakChains[T Float](set *Set, acc []T, m, c T, n int) {
	switch acc := any(acc).(type) {
	case []float32:
		switch set.Name {
		case "avx512":
			peakF32AVX512(acc, float32(m), float32(c), n)
			return
		case "avx2":
			peakF32AVX2(acc, float32(m), float32(c), n)
			return
		}
	case []float64:
		switch set.Name {
		case "avx512":
			peakF64AVX512(acc, float64(m), float64(c), n)
			return
		case "avx2":
			peakF64AVX2(acc, float64(m), float64(c), n)
			return
		}
	}
	peakChainsPure(acc, m, c, n)
}

// peakF32AVX2 needs AVX2 and FMA. It equals, for len(acc) = 96 and n ≥ 1,
//
//	for range n {
//		for i := range acc {
//			acc[i] = fma(acc[i], m, c)
//		}
//	}
//
//go:noescape
func peakF32AVX2(acc []float32, m, c float32, n int)

// peakF64AVX2 is peakF32AVX2 for float64 and len(acc) = 48.
//
//go:noescape
func peakF64AVX2(acc []float64, m, c float64, n int)

// peakF32AVX512 is peakF32AVX2 with AVX-512 F and len(acc) = 192.
//
//go:noescape
func peakF32AVX512(acc []float32, m, c float32, n int)

// peakF64AVX512 is peakF32AVX2 with AVX-512 F, for float64 and len(acc) = 96.
//
//go:noescape
func peakF64AVX512(acc []float64, m, c float64, n int)
