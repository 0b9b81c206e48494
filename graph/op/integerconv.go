package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// IntegerConv is a convolution of images of integers of 8 bits, less a zero point, which padding
// has the value of, by constant filters. It is the [IntegerProduct] of its windows, with weights
// that [NewIntegerFilters] made, and has its results, of which a filter is a column.
//
// Package onnx makes it, in memory: files don't hold it.
type IntegerConv struct {
	IntegerProduct
	Sliding
	Kernel Ints // a number for each dimension of space
	Groups int  // of channels, each with filters of its own; 0 means 1
}

// NewIntegerFilters returns filters of bytes in the order (filter, channel, tap), which are signed
// or not, less zero points: for all, for each filter, or none. A convolution dilated by so much
// along the last dimension is one by them. 0 groups mean 1.
func NewIntegerFilters(b []uint8, s tensor.ConvShape, signed bool, zeros []int32) *IntegerWeights {
	s.Groups = max(s.Groups, 1)
	rows := s.Channels / s.Groups * s.Kernel[0] * s.Kernel[1] * s.Kernel[2]
	return &IntegerWeights{rows: rows, cols: s.Filters,
		pack: func(e *tensor.Engine[float32]) *tensor.Integers {
			return e.PackIntegerFilters(b, s, signed, zeros)
		}}
}

// Name returns "integer_conv".
func (IntegerConv) Name() string { return "integer_conv" }

// Infer returns the shape of the output: as many images with a channel for each filter.
func (o IntegerConv) Infer(in []graph.Type) ([]graph.Type, error) {
	p, ok := Operands(o.IntegerProduct, in)
	if !ok || o.Weights == nil || !isByte(p.Rows) {
		return nil, fmt.Errorf("%d inputs of a convolution of integers, without weights or of %v",
			len(in), p.Rows.DType)
	}
	if err := isImages(p.Rows); err != nil {
		return nil, err
	}
	channels, space := split(p.Rows.Shape, o.ChannelsLast)
	kernel := o.Kernel.Values()
	n, _ := channels.Value()
	if len(kernel) != len(space) || n/max(o.Groups, 1)*product(kernel) != o.Weights.rows {
		return nil, fmt.Errorf("filters of %d numbers and a kernel of %v for %v", o.Weights.rows, kernel,
			p.Rows)
	}
	out, err := o.places(space, kernel)
	if err != nil {
		return nil, err
	}
	shape := join(p.Rows.Shape[0], graph.Fixed(o.Weights.cols), out, o.ChannelsLast)
	return []graph.Type{{DType: o.To, Shape: shape}}, o.gives()
}

// Bind returns a step that runs a planned convolution.
func (o IntegerConv) Bind(b *graph.Binding) (graph.Step, error) {
	if b.Outputs[0].Len() == 0 {
		return nil, nil
	}
	weights := append([]int{o.Weights.cols, 0}, o.Kernel.Values()...)
	shape := Conv{Sliding: o.Sliding, Groups: o.Groups}.shape(b.Inputs[0].Shape(), weights)
	if _, err := shape.OutputSize(); err != nil {
		return nil, err
	}
	s, err := newIntegerStep(o.IntegerProduct, b, 1, o.Weights.cols)
	if err != nil {
		return nil, err
	}
	e := graph.Engine[float32](b)
	plan := e.PlanIntegerConv(shape, o.Weights.On(e), s.Rows.DType() == tensor.Int8Type)
	b.Shared = plan.Parts() > 1
	x := bytesOfImages(s.Rows, o.ChannelsLast)
	run := func() { plan.Run(x.read(), &s.result) }
	r, y := &s.result, s.y
	switch o.To {
	case tensor.Int32Type:
		return convInto(s, run, newImages[int32](y, o.ChannelsLast), &r.Integers), nil
	case tensor.Float32Type:
		return convInto(s, run, newImages[float32](y, o.ChannelsLast), &r.Floats), nil
	}
	return convInto(s, run, bytesOfImages(y, o.ChannelsLast), &r.Codes), nil
}

// convInto returns a step that gives images, to which a result is set.
func convInto[T any](s *integerStep, run func(), y *images[T], to *[]T) graph.Step {
	return func() {
		s.before()
		*to = y.write()
		run()
		y.done()
	}
}

// Images returns which inputs and outputs are images.
func (IntegerConv) Images() (inputs, outputs []int) { return []int{0}, []int{0} }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o IntegerConv) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }
