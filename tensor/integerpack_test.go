package tensor

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSumCodes adds codes of all lengths up, among them so many large ones that they fill the
// parts.
func TestSumCodes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for _, n := range []int{0, 1, 7, 8, 9, 100, 1023, 1024, 1025, 5001} {
		for _, flip := range []uint8{0, 128} {
			for _, draw := range []func() uint8{func() uint8 { return uint8(rng.Uint32()) },
				func() uint8 { return 255 }, func() uint8 { return 127 }} {
				bytes, want := make([]uint8, n), int32(0)
				for i := range bytes {
					bytes[i] = draw()
					want += int32(int8(bytes[i] ^ flip))
				}
				require.Equal(t, want, sumCodes(bytes, flip), "%d bytes", n)
			}
		}
	}
}

// TestTapsFirst compares filters whose taps were put first, all or some of them, with the
// definition.
func TestTapsFirst(t *testing.T) {
	moves := &ActiveISA().Moves
	rng := rand.New(rand.NewPCG(3, 2))
	for _, channels := range []int{1, 3, 16, 40} {
		for _, taps := range []int{1, 2, 7, 8, 9, 25} {
			all := taps + rng.IntN(3)
			src, dst := make([]uint8, channels*all), make([]uint8, channels*taps+1)
			for i := range src {
				src[i] = uint8(rng.Uint32())
			}
			dst[channels*taps] = 9
			tapsFirst(dst, src[all-taps:], channels, taps, all, moves)
			for c := range channels {
				for tap := range taps {
					require.Equal(t, src[c*all+all-taps+tap], dst[tap*channels+c], "%d×%d", channels, taps)
				}
			}
			require.EqualValues(t, 9, dst[channels*taps])
		}
	}
}
