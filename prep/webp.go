package prep

import (
	"image"
	"image/color"
)

// fromWebP returns the colours of a WebP file with loss as libwebp makes them of brightness and of
// differences of colours, which are stored for blocks of 2×2 pixels: each pixel has them of the
// block that it is in and of the three that are next to it, in the parts 9, 3, 3 and 1 of 16.
func fromWebP(m *image.YCbCr, alpha func(x, y int) uint8) *image.NRGBA {
	out := image.NewNRGBA(m.Rect)
	last := m.Rect.Max.Sub(image.Point{X: 1, Y: 1})
	for y := m.Rect.Min.Y; y <= last.Y; y++ {
		for x := m.Rect.Min.X; x <= last.X; x++ {
			aside, above := beside(x, last.X), beside(y, last.Y)
			near, across := m.COffset(x, y), m.COffset(aside, y)
			down, diagonal := m.COffset(x, above), m.COffset(aside, above)
			mix := func(p []uint8) int32 {
				n := int32(p[near])
				all := n + 3*int32(p[across]) + 3*int32(p[down]) + int32(p[diagonal])
				return ((all+8)>>3 + n) >> 1
			}
			c := webPColour(int32(m.Y[m.YOffset(x, y)]), mix(m.Cb), mix(m.Cr))
			c.A = alpha(x, y)
			out.SetNRGBA(x, y, c)
		}
	}
	return out
}

// beside returns a place in the block that is next to the one of a pixel.
func beside(x, last int) int {
	if x%2 == 0 {
		return max(x-1, 0)
	}
	return min(x+1, last)
}

// webPColour converts a brightness from 16 to 235, and two differences of colours.
func webPColour(y, u, v int32) color.NRGBA {
	part := func(x, factor int32) int32 { return x * factor >> 8 }
	clip := func(x int32) uint8 { return uint8(min(max(x>>6, 0), 255)) }
	light := part(y, 19077)
	return color.NRGBA{
		R: clip(light + part(v, 26149) - 14234),
		G: clip(light - part(u, 6419) - part(v, 13320) + 8708),
		B: clip(light + part(u, 33050) - 17685),
	}
}
