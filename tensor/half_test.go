package tensor

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestToHalfRoundsOnce rounds float64 that lie beside the middle of two halves by less than float32
// can tell.
func TestToHalfRoundsOnce(t *testing.T) {
	testToHalfRoundsOnce(t, Float16.Float32, 0x7BFF)
	testToHalfRoundsOnce(t, BFloat16.Float32, 0x7F7E)
}

func testToHalfRoundsOnce[H Half](t *testing.T, value func(H) float32, top int) {
	for i := range top {
		h := H(i)
		v, next := float64(value(h)), float64(value(h+1))
		middle := (v + next) / 2
		even := h + h&1
		for _, sign := range []float64{1, -1} {
			flip := H(0)
			if sign < 0 {
				flip = 1 << 15
			}
			require.Equal(t, h|flip, ToHalf[H](sign*v))
			require.Equal(t, even|flip, ToHalf[H](sign*middle), "%v", middle)
			require.Equal(t, h|flip, ToHalf[H](sign*math.Nextafter(middle, v)), "below %v", middle)
			require.Equal(t, (h+1)|flip, ToHalf[H](sign*math.Nextafter(middle, next)), "above %v", middle)
		}
	}
	require.True(t, math.IsInf(float64(value(ToHalf[H](math.MaxFloat64))), 1))
	require.True(t, math.IsInf(float64(value(ToHalf[H](math.Inf(-1)))), -1))
	require.True(t, math.IsNaN(float64(value(ToHalf[H](math.NaN())))))
	require.Equal(t, H(1<<15), ToHalf[H](-math.SmallestNonzeroFloat64))
}

// TestWidenAndNarrow goes there and back.
func TestWidenAndNarrow(t *testing.T) {
	testWidenAndNarrow(t, Float16.Float32)
	testWidenAndNarrow(t, BFloat16.Float32)
	require.Equal(t, "1.5", ToHalf[Float16](1.5).String())
	require.Equal(t, "-0.25", ToHalf[BFloat16](-0.25).String())
	require.PanicsWithValue(t, "tensor: Widen: 2 elements for a destination of 3",
		func() { Widen(make([]float32, 3), make([]Float16, 2)) })
	require.PanicsWithValue(t, "tensor: Narrow: 0 elements for a destination of 1",
		func() { Narrow(make([]BFloat16, 1), nil) })
}

func testWidenAndNarrow[H Half](t *testing.T, value func(H) float32) {
	rng := rand.New(rand.NewPCG(81, 82))
	wide := make([]float32, 1001)
	for i := range wide {
		wide[i] = float32(rng.NormFloat64())
	}
	halves, back := make([]H, len(wide)), make([]float32, len(wide))
	Narrow(halves, wide)
	Widen(back, halves)
	for i, h := range halves {
		require.Equal(t, ToHalf[H](float64(wide[i])), h)
		require.Equal(t, value(h), back[i])
	}
}
