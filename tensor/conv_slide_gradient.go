package tensor

import "simdnn/tensor/asm"

// The gradient by the weights of a depthwise convolution by 3×3 goes over rows of windows of images
// in their place, all taps at once, where there is a kernel for it.

// gradientBand returns what all bands of such a gradient have in common, and whether there is a
// kernel for it.
func (e *Engine[T]) gradientBand(s ConvShape, out [3]int) (band asm.Band, ok bool) {
	reach := (out[2]-1)*s.Stride[2] + 3
	if e.k.Conv.SlideGradient == nil || s.Groups == 1 || s.Channels != s.Groups ||
		s.Filters != s.Groups || s.Kernel != [3]int{1, 3, 3} || s.Dilation != [3]int{1, 1, 1} ||
		s.Size[0] > 1 || s.Before[0] > 0 || out[0] > 1 || out[2] < 2 || s.Before[2] > 1 ||
		reach-s.Before[2]-s.Size[2] > 1 {
		return band, false
	}
	line := (s.Stride[1]*s.Size[2] + out[2]) * s.Channels // of images and gradients
	fits := e.rules.tuning.MCBytes/e.rules.elem/line - 2
	return asm.Band{Rows: min(max(fits, 4), out[1]), Columns: out[2], Channels: s.Channels,
		Height: s.Size[1], Width: s.Size[2], Left: -s.Before[2], Stride: s.Stride[1], KernelRows: 3,
		Dilation: 1, Apart: s.Stride[2]}, true
}

// lanes returns the channels of a register.
func (c *Conv[T]) lanes() int { return c.engine.rules.nr / 2 }

// slide computes the sums of channels in [from, to).
func (t *weightTask[T]) slide(from, to int, s *scratch[T]) {
	c := t.conv
	band := &s.rows
	*band = c.weights.band
	image, pixels := band.Height*band.Width*band.Channels, c.out[1]*c.out[2]*band.Channels
	zeros := grow(&s.zeros, band.Width*band.Channels)
	rows := band.Rows
	for i := range c.shape.Batch {
		x, dy := t.x[i*image:][from:image], t.dy[i*pixels:][from:pixels]
		for row := 0; row < c.out[1]; row += rows {
			band.Rows = min(rows, c.out[1]-row)
			band.Top = row*band.Stride - c.shape.Before[1]
			c.engine.k.Conv.SlideGradient(&t.sums[from], &x[0], &dy[row*c.out[2]*band.Channels],
				&zeros[0], band, to-from, i+row > 0)
		}
	}
}
