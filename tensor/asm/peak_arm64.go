//go:build !purego

package asm

// peakBytes returns the bytes of all registers that an ISA's probe uses, 0 for the pure-Go probe.
func peakBytes(isa *ISA) int {
	if isa.Name == "neon" {
		return 24 * 16
	}
	return 0
}

// peakChains runs the probe of an ISA: acc[i] = fma(acc[i], m, acc[i]), n times over.
func peakChains[T Float](isa *ISA, acc []T, m T, n int) {
	if isa.Name != "neon" {
		peakChainsPure(acc, m, n)
		return
	}
	switch acc := any(acc).(type) {
	case []float32:
		peakF32NEON(acc, float32(m), n)
	case []float64:
		peakF64NEON(acc, float64(m), n)
	}
}

// peakF32NEON needs NEON. It equals, for len(acc) = 96 and n ≥ 1,
//
//	for range n {
//		for i := range acc {
//			acc[i] = fma(acc[i], m, acc[i])
//		}
//	}
//
//go:noescape
func peakF32NEON(acc []float32, m float32, n int)

// peakF64NEON is peakF32NEON for float64 and len(acc) = 48.
//
//go:noescape
func peakF64NEON(acc []float64, m float64, n int)
