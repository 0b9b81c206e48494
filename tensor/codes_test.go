package tensor_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

// TestQuantizeByRange finds ranges whose ends stand anywhere in arrays of one element and of many,
// and NaN, which counts for nothing in them.
func TestQuantizeByRange(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for _, n := range []int{1, 100, 1 << 14, 1<<14 + 1, 50000} {
		x, codes := make([]float32, n), make([]uint8, n)
		for i := range x {
			x[i] = r.Float32() - 0.5
		}
		x[r.IntN(n)] = -2
		x[r.IntN(n)] = 3.1 // over the former, if there is one element
		lowest := min(x[0], 0)
		for _, v := range x {
			lowest = min(lowest, v)
		}
		scale, zero, ok := tensor.QuantizeByRange(codes, x)
		require.True(t, ok)
		require.Equal(t, (3.1-lowest)/255, scale)
		require.Equal(t, uint8(math.RoundToEven(float64(-lowest/scale))), zero)
		for i, v := range x {
			require.InDelta(t, v, (float32(codes[i])-float32(zero))*scale, float64(scale)*0.51)
		}
		if n > 1 {
			x[n/2] = float32(math.NaN())
			_, _, ok = tensor.QuantizeByRange(codes, x)
			require.False(t, ok)
		}
	}
}
