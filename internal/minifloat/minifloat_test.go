package minifloat

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFormats rounds every number of each format, and those between neighbours, to it.
func TestFormats(t *testing.T) {
	for f, l := range layouts {
		bits := uint32(1) << (l.exponent + l.mantissa) // of positive numbers
		for b := range bits {
			x, next := f.Decode(b), f.Decode(b+1)
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				continue
			}
			require.Equal(t, b, f.Encode(x, true), "%s %v", f, x)
			if b > 0 || !l.unsigned0 {
				require.Equal(t, b|bits, f.Encode(-x, true), "%s %v", f, -x)
			}
			if b+1 == bits || !(next < math.MaxFloat32) {
				continue
			}
			middle := float32((float64(x) + float64(next)) / 2)
			if l.exponent < 8 || middle != x && middle != next {
				require.Equal(t, b+b%2, f.Encode(middle, true), "%s: half way from %v to %v", f, x, next)
				require.Equal(t, b, f.Encode(math.Nextafter32(middle, 0), true))
				require.Equal(t, b+1, f.Encode(math.Nextafter32(middle, next), true))
			}
		}
	}
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct {
		f        Format
		x        float32
		saturate bool
		want     uint32
	}{
		{Float16, inf, true, 0x7C00}, {Float16, 65520, true, 0x7C00}, {Float16, 65519, true, 0x7BFF},
		{BFloat16, inf, false, 0x7F80}, {BFloat16, 1, true, 0x3F80},
		{E4M3FN, 470, true, 0x7E}, {E4M3FN, 470, false, 0x7F}, {E4M3FN, -inf, true, 0xFE},
		{E4M3FNUZ, 250, false, 0x80}, {E4M3FNUZ, nan, true, 0x80},
		{E4M3FNUZ, float32(math.Copysign(0, -1)), true, 0},
		{E5M2, 1e6, true, 0x7B}, {E5M2, 1e6, false, 0x7C}, {E5M2FNUZ, inf, false, 0x80},
		{E2M1, 100, false, 7}, {E2M1, -inf, true, 15}, {E2M1, nan, true, 0},
		{E8M0, 3, true, 129}, {E8M0, 1, true, 127}, {E8M0, nan, true, 255},
	} {
		require.Equal(t, c.want, c.f.Encode(c.x, c.saturate), "%s %v", c.f, c.x)
	}
}
