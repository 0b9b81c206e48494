package tensor

import (
	"fmt"
	"math"

	"simdnn/internal/race"
	"simdnn/tensor/asm"
)

// Window is the layout of windows for kernels, see package asm.
type Window = asm.Window

// ConvShape is the geometry of a convolution over up to three dimensions: depth, height and width,
// in this order. One over two has a depth of 1, one over one a height of 1 as well.
type ConvShape struct {
	Batch    int
	Size     [3]int // of the input
	Channels int    // of the input
	Filters  int    // channels of the output
	Groups   int    // into which both kinds of channels are cut; each group sees its own
	Kernel   [3]int
	Stride   [3]int
	Dilation [3]int // the distance of neighbouring taps of the kernel
	Before   [3]int // zeros around the input
	After    [3]int // fewer elements than there are, if negative
}

// PixelSteps says how many elements apart the pixels of a convolution's images begin: 0 where there
// are no gaps between them. Slices end with the last pixel.
type PixelSteps struct{ Input, Output int }

// of returns the distances for a shape.
func (p PixelSteps) of(s ConvShape) PixelSteps {
	if p.Input == 0 {
		p.Input = s.Channels
	}
	if p.Output == 0 {
		p.Output = s.Filters
	}
	if gaps := p != (PixelSteps{s.Channels, s.Filters}); gaps && s.Groups > 1 ||
		p.Input < s.Channels || p.Output < s.Filters {
		panic("tensor: PlanConv: gaps between pixels in groups, or pixels that overlap")
	}
	return p
}

// OutputSize returns the number of places of the kernel in each dimension, or an error that says
// which setting does not fit.
func (s ConvShape) OutputSize() (out [3]int, err error) {
	switch {
	case s.Batch < 1 || s.Channels < 1 || s.Filters < 1:
		return out, fmt.Errorf("a batch of %d, %d channels and %d filters; all are at least 1", s.Batch,
			s.Channels, s.Filters)
	case s.Groups < 1 || s.Channels%s.Groups != 0 || s.Filters%s.Groups != 0:
		return out, fmt.Errorf("%d groups do not divide %d channels and %d filters", s.Groups,
			s.Channels, s.Filters)
	}
	for d := range out {
		if s.Size[d] < 1 || s.Kernel[d] < 1 || s.Stride[d] < 1 || s.Dilation[d] < 1 ||
			s.Before[d] < 0 {
			return out, fmt.Errorf("a size of %v, a kernel of %v, strides %v and dilations %v, which are at "+
				"least 1, or a padding of %v before, which is at least 0", s.Size, s.Kernel, s.Stride,
				s.Dilation, s.Before)
		}
		reach := s.Dilation[d]*(s.Kernel[d]-1) + 1
		padded := s.Size[d] + s.Before[d] + s.After[d]
		if reach > padded {
			return out, fmt.Errorf("a kernel that reaches over %d elements of dimension %d, which with its "+
				"padding has %d", reach, d, padded)
		}
		out[d] = (padded-reach)/s.Stride[d] + 1
	}
	return out, nil
}

// Conv is a convolution of a fixed shape with its gradients, prepared for callers that repeat it.
// It may be used by many goroutines at once.
//
// Arrays of images have the channels of a pixel next to each other: the input is (batch, depth,
// height, width, channels), the output (batch, depth, height, width, filters). Weights are
// (filters, channels of a group, depth, height, width), as PyTorch has them.
//
// Each element of a result is one chain of fused multiply-adds from +0. That of the output runs
// over the kernel's taps in their order and, within each, the channels of the group; that of the
// input's gradient over the taps that reach the pixel and the filters; that of the weights'
// gradient over the pixels of the output, image by image. Taps beyond the image take part as +0.
type Conv[T Float] struct {
	engine                      *Engine[T]
	shape                       ConvShape
	steps                       PixelSteps
	out                         [3]int
	taps                        int
	inputs, outputs, parameters int // numbers of elements
	forward                     windows[T]
	backward                    windows[T] // of the input's gradient
	byPixel                     windows[T] // the output's, as the gradient by the weights takes them
	weights                     weightWindows
	flat                        flatConv[T]
	gradients                   bool // whether they are planned, too
	tasks                       freelist[convTask[T]]
	weightTasks                 freelist[weightTask[T]]
}

// PlanConv prepares convolutions. It panics if the shape has no output.
func (e *Engine[T]) PlanConv(s ConvShape) *Conv[T] {
	return e.planConv(s, PixelSteps{}, true)
}

// PlanConvForward is PlanConv of convolutions without gradients, which panic.
func (e *Engine[T]) PlanConvForward(s ConvShape) *Conv[T] {
	return e.planConv(s, PixelSteps{}, false)
}

// PlanConvPixels is PlanConvForward of convolutions, without groups, of images with gaps between
// pixels.
func (e *Engine[T]) PlanConvPixels(s ConvShape, steps PixelSteps) *Conv[T] {
	return e.planConv(s, steps, false)
}

func (e *Engine[T]) planConv(s ConvShape, steps PixelSteps, gradients bool) *Conv[T] {
	out, err := s.OutputSize()
	if err != nil {
		panic("tensor: PlanConv: " + err.Error())
	}
	steps = steps.of(s)
	c := &Conv[T]{engine: e, shape: s, steps: steps, out: out, taps: product3(s.Kernel),
		gradients:  gradients,
		inputs:     size(append([]int{s.Batch, steps.Input}, s.Size[:]...)) - steps.Input + s.Channels,
		outputs:    size(append([]int{s.Batch, steps.Output}, out[:]...)) - steps.Output + s.Filters,
		parameters: size(append([]int{s.Filters, s.Channels / s.Groups}, s.Kernel[:]...))}
	for _, n := range []int{c.inputs, c.outputs, c.parameters} {
		if n > math.MaxInt/2 {
			panic(fmt.Sprintf("tensor: PlanConv: %+v is beyond any memory", s))
		}
	}
	s, out = s.folded(out)
	c.forward = e.forwardWindows(s, steps, out, false)
	if c.byPixel = c.forward; (gradients || c.taps == 1) && (c.forward.planes || c.forward.slides) {
		c.byPixel = e.forwardWindows(s, steps, out, true)
	}
	if gradients {
		c.backward = e.backwardWindows(s, out)
		c.weights = newWeightWindows(s, out, &c.byPixel,
			e.weightPixels(c.byPixel.sourceC))
		c.weights.band, c.weights.slide = e.gradientBand(s, out)
	}
	if c.taps == 1 && s.Groups == 1 && c.byPixel.inPlace {
		c.planFlat()
	}
	return c
}

// folded returns the geometry with its output as one over fewer dimensions, of longer rows, where
// the bits and the places of all elements are the same: without dimensions of a single element, and
// with rows one after the other where the kernel is one wide and goes from pixel to pixel.
func (s ConvShape) folded(out [3]int) (ConvShape, [3]int) {
	for range 2 {
		if s.Kernel[2] != 1 || s.Stride[2] != 1 || s.Before[2] != 0 || s.After[2] != 0 ||
			s.Stride[1] != 1 && s.Size[2] > 1 {
			break
		}
		width := s.Size[2]
		for _, d := range []*[3]int{&s.Size, &s.Dilation, &out} {
			*d = [3]int{1, d[0], d[1] * width}
		}
		s.Before = [3]int{0, s.Before[0], s.Before[1] * width}
		s.After = [3]int{0, s.After[0], s.After[1] * width}
		s.Kernel = [3]int{1, s.Kernel[0], s.Kernel[1]}
		s.Stride = [3]int{1, s.Stride[0], s.Stride[1]}
	}
	return s, out
}

// product3 returns the number of elements of three dimensions.
func product3(size [3]int) int { return size[0] * size[1] * size[2] }

// Shape returns what the convolution was planned for.
func (c *Conv[T]) Shape() ConvShape { return c.shape }

// OutputSize returns the depth, height and width of the output.
func (c *Conv[T]) OutputSize() [3]int { return c.out }

// Parts returns the largest number of parts that the convolution and its gradients, if it has them,
// are cut into for threads.
func (c *Conv[T]) Parts() int {
	of := func(p *Product[T], w *windows[T]) int {
		if p != nil {
			return p.Parts()
		}
		return c.parts(w.work, c.shape.Batch*w.units())
	}
	parts := of(c.flat.forward, &c.forward)
	if c.gradients {
		parts = max(parts, of(c.flat.backward, &c.backward))
	}
	if c.flat.weights != nil {
		parts = max(parts, c.flat.weights.Parts())
	}
	return parts
}

// checkGradients panics if gradients were not planned.
func (c *Conv[T]) checkGradients(op string) {
	if !c.gradients {
		panic("tensor: " + op + ": a convolution that was planned without gradients")
	}
}

// Forward sets y to the convolution of x with the weights, and passes its elements through an
// epilogue unless that is nil: the columns of its bias are the filters.
func (c *Conv[T]) Forward(y, x, weights []T, epilogue *Epilogue[T]) {
	c.check("Conv.Forward", y, x, weights, x, weights)
	c.checkEpilogue("Conv.Forward", epilogue, c.shape.Filters, y, x, weights)
	if p := c.flat.forward; p != nil {
		c.multiply(p, y, x, weights, epilogue)
		return
	}
	c.run(&c.forward, y, x, weights, epilogue)
}

// InputGradient sets dx to the gradient of a loss by the input, given that by the output: to the
// transposed convolution of dy, which may be used as an operation of its own and then end with an
// epilogue, whose bias has the input's channels.
func (c *Conv[T]) InputGradient(dx, dy, weights []T, epilogue *Epilogue[T]) {
	c.checkGradients("Conv.InputGradient")
	c.check("Conv.InputGradient", dy, dx, weights, dy, weights)
	c.checkEpilogue("Conv.InputGradient", epilogue, c.shape.Channels, dx, dy, weights)
	switch p := c.flat.backward; {
	case p != nil && !c.flat.strided:
		multiply(p, dx, dy, weights, epilogue)
		return
	case p != nil && (epilogue == nil || epilogue.Bias == nil):
		c.inputGradient(dx, dy, weights, epilogue)
		return
	}
	c.run(&c.backward, dx, dy, weights, epilogue)
}

// WeightGradient sets dw to the gradient of a loss by the weights, given the input and the gradient
// by the output.
func (c *Conv[T]) WeightGradient(dw, x, dy []T) {
	c.checkGradients("Conv.WeightGradient")
	c.check("Conv.WeightGradient", dy, x, dw, dy, x)
	switch p := c.flat.weights; {
	case p != nil && c.flat.strided:
		c.weightGradient(dw, x, dy)
		return
	case p != nil:
		p.MatMul(dw, dy, x)
		return
	}
	c.runWeights(dw, x, dy)
}

// check panics over slices of other sizes than the plan's, or if the one of the three that is
// written shares elements with what is read.
func (c *Conv[T]) check(op string, y, x, weights, read1, read2 []T) {
	if len(y) != c.outputs || len(x) != c.inputs || len(weights) != c.parameters {
		panic(fmt.Sprintf("tensor: %s: %d, %d and %d elements of output, input and weights of a shape "+
			"that has %d, %d and %d", op, len(y), len(x), len(weights), c.outputs, c.inputs,
			c.parameters))
	}
	for _, a := range [...][]T{y, x, weights} {
		if &a[0] == &read1[0] || &a[0] == &read2[0] {
			continue
		}
		requireMemoryApart(op, "the result", "an operand", extentOf(a), extentOf(read1))
		requireMemoryApart(op, "the result", "an operand", extentOf(a), extentOf(read2))
	}
	if race.Enabled {
		isWritten := func(a []T) bool { return &a[0] != &read1[0] && &a[0] != &read2[0] }
		announcePixels(y, c.shape.Filters, c.steps.Output, isWritten(y))
		announcePixels(x, c.shape.Channels, c.steps.Input, isWritten(x))
		announcePixels(weights, c.parameters, c.parameters, isWritten(weights))
	}
}

// announcePixels tells the race detector that pixels, step elements apart, are read or written.
func announcePixels[T Float](a []T, pixel, step int, written bool) {
	for ; len(a) > 0; a = a[min(step, len(a)):] {
		if written {
			race.Write(a[:pixel])
		} else {
			race.Read(a[:pixel])
		}
	}
}

// checkEpilogue panics over an epilogue that does not fit a result of so many channels, or whose
// kind convolutions have not.
func (c *Conv[T]) checkEpilogue(op string, e *Epilogue[T], channels int, y, a, b []T) {
	if e == nil {
		return
	}
	if e.Activation == asm.AxpyEpilogue {
		panic(fmt.Sprintf("tensor: %s: the epilogue %d, which convolutions have not", op, e.Activation))
	}
	e.check(op, len(y)/channels, channels, c.steps.Output == c.shape.Filters)
	e.checkSlicesApart(op, y, a, b)
}
