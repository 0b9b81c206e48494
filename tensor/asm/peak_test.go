package asm

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPeakFMACountsItsOperations(t *testing.T) {
	registers := map[string]int{"avx2": 12 * 32, "avx512": 12 * 64, "neon": 24 * 16}
	for i := range available {
		isa := &available[i]
		t.Run(isa.Name, func(t *testing.T) {
			f32, f64 := 12, 12
			if bytes := registers[isa.Name]; bytes != 0 {
				f32, f64 = bytes/4, bytes/8
			}
			require.Equal(t, 2*f32*7, PeakFMA[float32](isa, 7))
			require.Equal(t, 2*f64*7, PeakFMA[float64](isa, 7))
		})
	}
}

func TestPeakChainsCompute(t *testing.T) {
	for i := range available {
		t.Run(available[i].Name, func(t *testing.T) {
			testPeakChains[float32](t, &available[i])
			testPeakChains[float64](t, &available[i])
		})
	}
}

func testPeakChains[T Float](t *testing.T, isa *ISA) {
	acc := make([]T, peakLanes[T](isa))
	want := make([]T, len(acc))
	for i := range acc {
		acc[i], want[i] = T(i), T(i)*243/32 // exact, 1.5⁵: fused or not, the bits are the same
	}
	peakChains(isa, acc, 0.5, 5)
	require.Equal(t, want, acc)
}
