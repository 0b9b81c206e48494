package tree

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLog32 compares with the C library, also where the true logarithm rounds to another number.
func TestLog32(t *testing.T) {
	for x, want := range map[float32]float32{
		0x1.c88e5ap-1: -0x1.d57494p-4, 0x1.08588cp-1: -0x1.527746p-1, 0x1.f4d76ap-1: -0x1.69059p-6,
		0x1.4484cp-100: -0x1.144f6ap+6, 0x1p-149: -0x1.9d1dap+6, 0x1.c363ccp+127: 0x1.62632cp+6,
		0x1.020e64p+0: 0x1.0624dap-7, 0.5: -0x1.62e43p-1, 2: 0x1.62e43p-1, 1: 0,
		0: float32(math.Inf(-1)), float32(math.Inf(1)): float32(math.Inf(1)),
	} {
		require.Equal(t, want, log32(x), "%x", x)
	}
	require.True(t, math.IsNaN(float64(log32(-1))))
	require.True(t, math.IsNaN(float64(log32(float32(math.NaN())))))
}

// TestMarginOfSmallPredictions demands what starts sums at predictions far below 1.
func TestMarginOfSmallPredictions(t *testing.T) {
	require.Equal(t, float32(-0x1.144f6ap+6), Link{Kind: ExpLink}.margin(1e-30))
}
