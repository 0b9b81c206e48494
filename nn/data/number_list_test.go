package data

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNumbersKeepTheirBits mixes what float32 holds with what it doesn't, over several chunks.
func TestNumbersKeepTheirBits(t *testing.T) {
	for _, length := range []int{0, 1, 5, 17, numbersChunk, numbersChunk + 1, 3*numbersChunk + 7} {
		rng := rand.New(rand.NewPCG(1, uint64(length)))
		var n numberList
		want := make([]float64, length)
		for i := range want {
			want[i] = float64(float32(rng.NormFloat64()))
			switch {
			case i < numbersChunk && length > numbersChunk: // a chunk of float32 comes first
			case i%5 == 3:
				want[i] = []float64{0.1, math.NaN(), math.Copysign(0, -1), 1e300, math.Inf(1),
					1<<53 - 1}[rng.IntN(6)]
			}
			n.add(want[i])
		}
		require.Equal(t, length, n.length)
		seen := 0
		for i, v := range n.all() {
			require.Equal(t, seen, i)
			if !math.IsNaN(v) || !math.IsNaN(want[i]) {
				require.Equal(t, math.Float64bits(want[i]), math.Float64bits(v), i)
			}
			seen++
		}
		require.Equal(t, length, seen)
		if length > numbersChunk {
			require.Len(t, n.chunks[0].narrow, numbersChunk)
		}
	}
}
