//go:build !purego

package asm

// peakBytes returns the bytes that each of the 12 accumulators of a set's probe takes. NEON's are pairs of registers: processors with four
// units need more than 12 chains in flight.
func peakBytes(set *Set, elem int) int {
	if set.Name == "neon" {
		return 32
	}
	return elem
}

// peakChains runs the probe of a set: acc[i] = fma(acc[i], m, c), n times over, or with NEON acc[i] = fma(m, c, acc[i]), since its FMA
// overwrites what it adds to.
func peakChains[T Float](set *Set, acc []T, m, c T, n int) {
	if set.Name != "neon" {
		peakChainsPure(acc, m, c, n)
		return
	}
	switch acc := any(acc).(type) {
	case []float32:
		peakF32NEON(acc, float32(m), float32(c), n)
	case []float64:
		peakF64NEON(acc, float64(m), float64(c), n)
	}
}

// peakF32NEON equals, for len(acc) = 96 and n ≥ 1,
//
//	for range n {
//		for i := range acc {
//			acc[i] = fma(m, c, acc[i])
//		}
//	}
//
//go:noescape
func peakF32NEON(acc []float32, m, c float32, n int)

// peakF64NEON is peakF32NEON for float64 and len(acc) = 48.
//
//go:noescape
func peakF64NEON(acc []float64, m, c float64, n int)
