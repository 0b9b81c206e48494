package asm

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func TestPeakFMACountsItsOperations(t *testing.T) {
	for i := range available {
		set := &available[i]
		t.Run(set.Name, func(t *testing.T) {
			lanes := map[string]int{"avx2": 32, "avx512": 64, "neon": 32}[set.Name]
			require.Equal(t, 2*12*max(lanes/4, 1)*7, PeakFMA[float32](set, 7))
			require.Equal(t, 2*12*max(lanes/8, 1)*7, PeakFMA[float64](set, 7))
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

func testPeakChains[T Float](t *testing.T, set *Set) {
	var zero T
	elem := int(unsafe.Sizeof(zero))
	acc := make([]T, peakVectors*peakBytes(set, elem)/elem)
	want := make([]T, len(acc))
	for i := range acc {
		acc[i], want[i] = T(i), T(i)
	}
	step := func(x T) T { return x*0.5 + 3 }
	if set.Name == "neon" {
		step = func(x T) T { return 0.5*3 + x } // its FMA overwrites what it adds to
	}
	for range 5 {
		for i := range want {
			want[i] = step(want[i]) // exact: fused or not, the bits are the same
		}
	}
	peakChains(set, acc, 0.5, 3, 5)
	require.Equal(t, want, acc)
}
