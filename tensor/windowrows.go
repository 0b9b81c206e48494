package tensor

import (
	"fmt"

	"simdnn/tensor/asm"
)

// WindowRows sets the rows of dst to the windows of an image of bytes, (channels, space), that a
// convolution multiplies by its filters: a row for each place of the output, of all channels for each
// tap. Padding has the value pad.
func WindowRows(dst, image []uint8, s ConvShape, pad uint8) {
	out, err := s.OutputSize()
	if err != nil {
		panic("tensor: WindowRows: " + err.Error())
	}
	width := product3(s.Kernel) * s.Channels
	if len(dst) != product3(out)*width || len(image) != s.Channels*product3(s.Size) {
		panic(fmt.Sprintf("tensor: WindowRows: %d bytes of windows and %d of an image of %+v", len(dst),
			len(image), s))
	}
	w := windowRows{s, out, width, pad}
	for row := range out[0] * out[1] {
		z, y := row/out[1]*s.Stride[0]-s.Before[0], row%out[1]*s.Stride[1]-s.Before[1]
		rows := dst[row*out[2]*width:][:out[2]*width]
		for tap := range product3(s.Kernel) {
			kz, ky := tap/(s.Kernel[1]*s.Kernel[2]), tap/s.Kernel[2]%s.Kernel[1]
			w.tap(rows[tap*s.Channels:], image, z+kz*s.Dilation[0], y+ky*s.Dilation[1],
				tap%s.Kernel[2]*s.Dilation[2]-s.Before[2])
		}
	}
}

// windowRows are the windows of an image.
type windowRows struct {
	ConvShape
	out   [3]int
	width int // of a row of dst
	pad   uint8
}

// tap copies the pixels that one tap meets in a row of the output, of which the first has the place
// (z, y, x).
func (w *windowRows) tap(dst, image []uint8, z, y, x int) {
	first, last := 0, 0 // of the output, whose pixels are inside
	step := w.Stride[2]
	if 0 <= z && z < w.Size[0] && 0 <= y && y < w.Size[1] {
		first = min(max(-x+step-1, 0)/step, w.out[2])
		last = min(max(w.Size[2]-x+step-1, 0)/step, w.out[2])
		first = min(first, last)
	}
	w.fill(dst, 0, first)
	w.fill(dst, last, w.out[2])
	if first == last {
		return
	}
	dst = dst[first*w.width:]
	from := image[(z*w.Size[1]+y)*w.Size[2]+x+first*step:]
	plane := product3(w.Size)
	if step == 1 {
		asm.Active().Moves.Transpose8(dst, w.width, from, plane, w.Channels, last-first)
		return
	}
	for i := range last - first {
		for c := range w.Channels {
			dst[i*w.width+c] = from[c*plane+i*step]
		}
	}
}

// fill sets pixels from first to last to the padding.
func (w *windowRows) fill(dst []uint8, first, last int) {
	for i := first; i < last; i++ {
		pixel := dst[i*w.width:][:w.Channels]
		for c := range pixel {
			pixel[c] = w.pad
		}
	}
}
