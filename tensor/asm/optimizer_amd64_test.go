//go:build !purego

package asm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/klauspost/cpuid/v2"
	"github.com/stretchr/testify/require"
)

// TestAdamOfBothRoots checks the kernel that this processor's divider leaves out: its square roots,
// and that it has the bits of the one in use.
func TestAdamOfBothRoots(t *testing.T) {
	set, err := ByName("avx512")
	if err != nil {
		t.Skip("no AVX-512")
	}
	require.True(t, hasFastRoots(cpuid.AMD))
	require.False(t, hasFastRoots(cpuid.Intel))
	step := AdamStep[float32]{Decay: 0.99, Beta1: 0.9, OneMinusBeta1: 0.1, Beta2: 0.97,
		OneMinusBeta2: 0.03, InvSqrtCorrection: 1.5, Epsilon: 1e-8, Step: 0.01}
	kernels := []func(w, m, v, g []float32, p AdamStep[float32]){adamF32AVX512, adamFMAF32AVX512}
	for _, kernel := range kernels {
		copied := *set
		copied.F32.Optimizer.Adam = kernel
		checkAllRoots(t, copied)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 70 {
		var data [2][4][]float32 // by kernel: w, m, v and g
		for i := range data[0] {
			x := make([]float32, n)
			for j := range x {
				x[j] = float32(r.NormFloat64())
				if i == 2 {
					x[j] *= x[j]
				}
			}
			data[0][i], data[1][i] = x, slices.Clone(x)
		}
		for i, kernel := range kernels {
			d := data[i]
			kernel(d[0], d[1], d[2], d[3], step)
		}
		require.Equal(t, data[0], data[1], fmt.Sprintf("%d elements", n))
	}
}
