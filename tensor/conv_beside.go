package tensor

// The gradient by the input of a convolution whose windows stand side by side, none over another, is
// one of shorter rows, whose pixels have the channels of all pixels under a window: where a kernel two
// wide goes on by two, the gradient of one that is one wide and has twice the channels. Its products
// have columns enough to fill a register tile, and their results follow each other in memory.

// beside returns that geometry, and how many pixels of a row it takes for one: 1 where windows don't
// stand like that.
func (s ConvShape) beside(out [3]int) (ConvShape, int) {
	width := s.Kernel[2]
	if s.Groups > 1 || s.Stride[2] != width || s.Dilation[2] > 1 || s.Before[2] > 0 ||
		s.Size[2] != out[2]*width {
		return s, 1
	}
	s.Channels *= width
	s.Size[2], s.Kernel[2], s.Stride[2] = out[2], 1, 1
	return s, width
}

// besideByTap sets byTap to the weights by filter, and then tap by tap.
func (c *Conv[T]) besideByTap(byTap, weights []T) {
	filter := c.shape.Channels * c.taps
	for f := range c.shape.Filters {
		c.engine.interleave(byTap[f*filter:][:filter], weights[f*filter:], c.taps, c.shape.Channels)
	}
}

// repeatBias gives each of the pixels that are one the bias.
func (t *convTask[T]) repeatBias() {
	if t.windows.beside == 1 || t.epilogue == nil || t.end.Bias == nil {
		return
	}
	bias := grow(&t.bias, t.windows.resultC)
	for at := 0; at < len(bias); {
		at += copy(bias[at:], t.end.Bias)
	}
	t.end.Bias = bias
}
