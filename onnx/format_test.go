package onnx

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
			x, next := decode(f, b), decode(f, b+1)
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				continue
			}
			require.Equal(t, b, encode(f, x, true), "%s %v", f, x)
			if b > 0 || !l.unsigned0 {
				require.Equal(t, b|bits, encode(f, -x, true), "%s %v", f, -x)
			}
			if b+1 == bits || !(next < math.MaxFloat32) {
				continue
			}
			middle := float32((float64(x) + float64(next)) / 2)
			if l.exponent < 8 || middle != x && middle != next {
				require.Equal(t, b+b%2, encode(f, middle, true), "%s: half way from %v to %v", f, x, next)
				require.Equal(t, b, encode(f, math.Nextafter32(middle, 0), true))
				require.Equal(t, b+1, encode(f, math.Nextafter32(middle, next), true))
			}
		}
	}
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct {
		f        format
		x        float32
		saturate bool
		want     uint32
	}{
		{half, inf, true, 0x7C00}, {half, 65520, true, 0x7C00}, {half, 65519, true, 0x7BFF},
		{brain, inf, false, 0x7F80}, {brain, 1, true, 0x3F80},
		{e4m3fn, 470, true, 0x7E}, {e4m3fn, 470, false, 0x7F}, {e4m3fn, -inf, true, 0xFE},
		{e4m3fnuz, 250, false, 0x80}, {e4m3fnuz, nan, true, 0x80}, {e4m3fnuz, float32(math.Copysign(0, -1)), true, 0},
		{e5m2, 1e6, true, 0x7B}, {e5m2, 1e6, false, 0x7C}, {e5m2fnuz, inf, false, 0x80},
		{e2m1, 100, false, 7}, {e2m1, -inf, true, 15}, {e2m1, nan, true, 0},
		{powerOfTwo, 3, true, 129}, {powerOfTwo, 1, true, 127}, {powerOfTwo, nan, true, 255},
	} {
		require.Equal(t, c.want, encode(c.f, c.x, c.saturate), "%s %v", c.f, c.x)
	}
}
