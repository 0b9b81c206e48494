package op

import (
	"errors"
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// Conv is a convolution of images with weights of shape (filters, channels of a group, …), and a
// bias for each filter if it has one. Its chains are those of [tensor.Conv].
type Conv struct {
	Sliding
	Groups int  `json:"groups,omitempty"` // 0 counts as 1
	Bias   bool `json:"bias,omitempty"`
}

// Convolve returns the convolution of x with weights w, and with a bias unless that is nil.
func Convolve(b *graph.Builder, c Conv, x, w, bias *graph.Value) *graph.Value {
	if c.Bias = bias != nil; c.Bias {
		return b.Apply(c, x, w, bias)
	}
	return b.Apply(c, x, w)
}

// Name returns "conv".
func (Conv) Name() string { return "conv" }

// groups returns the number of groups.
func (o Conv) groups() int { return max(o.Groups, 1) }

// errGroups refuses a number of groups.
func errGroups(n int) error { return fmt.Errorf("%d groups of channels", n) }

// inputs says what is wrong with images, weights and a bias for each of some channels.
func (o Conv) inputs(in []graph.Type) error {
	n := 2
	if o.Bias {
		n++
	}
	if err := floats(n, in); err != nil {
		return err
	}
	if err := isImages(in[0]); err != nil {
		return err
	}
	if _, ok := in[1].Shape.Ints(); !ok || len(in[1].Shape) != len(in[0].Shape) {
		return fmt.Errorf("weights %v for images %v", in[1].Shape, in[0].Shape)
	}
	return nil
}

// Infer returns the shape of the output: as many images with a channel for each filter.
func (o Conv) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := o.inputs(in); err != nil {
		return nil, err
	}
	channels, space := split(in[0].Shape, o.ChannelsLast)
	weights, _ := in[1].Shape.Ints()
	switch {
	case o.Groups < 0:
		return nil, errGroups(o.Groups)
	case !channels.Is(weights[1]*o.groups()) || weights[0]%o.groups() != 0:
		return nil, fmt.Errorf("weights %v in %d groups for %v channels", weights, o.groups(), channels)
	case o.Bias && !in[2].Shape.Equal(in[1].Shape[:1]):
		return nil, fmt.Errorf("a bias %v for %d filters", in[2].Shape, weights[0])
	}
	out, err := o.places(space, weights[2:])
	if err != nil {
		return nil, err
	}
	return []graph.Type{in[0].With(join(in[0].Shape[0], in[1].Shape[0], out, o.ChannelsLast))}, nil
}

// places returns the dimensions of space of what a window of this size gives.
func (s Sliding) places(space graph.Shape, kernel []int) (graph.Shape, error) {
	stride, dilation, before, after, err := s.along(len(space))
	if err != nil {
		return nil, err
	}
	out := slices.Clone(space)
	for i := range out {
		d := 3 - len(space) + i
		if out[i], err = placesOf(out[i], kernel[i], stride[d], dilation[d], before[d],
			after[d]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// shape returns the geometry of a convolution of images of these dimensions.
func (o Conv) shape(images, weights []int) tensor.ConvShape {
	channels, space := split(images, o.ChannelsLast)
	s := tensor.ConvShape{Batch: images[0], Channels: channels, Filters: weights[0],
		Groups: o.groups(), Size: [3]int{1, 1, 1}, Kernel: [3]int{1, 1, 1}}
	s.Stride, s.Dilation, s.Before, s.After, _ = o.along(len(space))
	for i, n := range space {
		d := 3 - len(space) + i
		s.Size[d], s.Kernel[d] = n, weights[2+i]
	}
	return s
}

// Bind returns a step that runs a planned convolution.
func (o Conv) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindConv[float32], bindConv[float64])
}

func bindConv[T tensor.Float](o Conv, b *graph.Binding) (graph.Step, error) {
	return bindConvWith(o, b, &tensor.Epilogue[T]{})
}

// bindConvWith returns the step of a convolution that ends with an epilogue, to which its bias
// comes.
func bindConvWith[T tensor.Float](o Conv, b *graph.Binding, e *tensor.Epilogue[T]) (graph.Step,
	error) {
	if b.Outputs[0].Len() == 0 {
		return nil, nil
	}
	plan, err := planConv[T](b, o.shape(b.Inputs[0].Shape(), b.Inputs[1].Shape()))
	if err != nil {
		return nil, err
	}
	y, x := newImages[T](b.Outputs[0], o.ChannelsLast), newImages[T](b.Inputs[0], o.ChannelsLast)
	w, bias := tensor.Slot[T](b.Inputs[1]), biasOf[T](o, b)
	return func() {
		e.Bias = *bias
		plan.Forward(y.write(), x.read(), *w, e)
		y.done()
	}, nil
}

// planConv plans a convolution of a shape that inference has let pass but for its numbers.
func planConv[T tensor.Float](b *graph.Binding, s tensor.ConvShape) (*tensor.Conv[T], error) {
	return planConvBy(b, s, graph.Engine[T](b).PlanConv)
}

// planConvBy is planConv by one of an engine's ways.
func planConvBy[T tensor.Float](
	b *graph.Binding, s tensor.ConvShape, by func(tensor.ConvShape) *tensor.Conv[T],
) (*tensor.Conv[T], error) {
	if _, err := s.OutputSize(); err != nil {
		return nil, err
	}
	plan := by(s)
	b.Shared = b.Shared || plan.Parts() > 1
	return plan, nil
}

// biasOf returns where the bias stands, nil if there is none.
func biasOf[T tensor.Float](o Conv, b *graph.Binding) *[]T {
	if !o.Bias {
		return new([]T)
	}
	return tensor.Slot[T](b.Inputs[2])
}

// Gradient is that of a function linear in each input.
func (o Conv) Gradient(b *graph.Builder, n *graph.Node, up []*graph.Value) []*graph.Value {
	g, x, w := up[0], n.Inputs[0], n.Inputs[1]
	plain := o
	plain.Bias = false
	gradients := []*graph.Value{b.Apply(ConvInputGradient{plain}, g, w, x),
		b.Apply(ConvWeightGradient{plain}, x, g, w)}
	if o.Bias {
		gradients = append(gradients, b.Apply(ChannelSums{o.ChannelsLast}, g))
	}
	return gradients
}

// ConvInputGradient is the gradient of a [Conv] without a bias by its images, of the gradient by
// its output, the weights, and the images, of which only the shape matters.
type ConvInputGradient struct{ Conv }

// Name returns "conv_input_gradient".
func (ConvInputGradient) Name() string { return "conv_input_gradient" }

// Infer returns the images' type.
func (o ConvInputGradient) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(3, in); err != nil {
		return nil, err
	}
	return in[2:], o.fits(in[2], in[1], in[0])
}

// fits says what is wrong with images, weights and an output that are not those of a convolution.
func (o Conv) fits(x, w, y graph.Type) error {
	out, err := o.Infer([]graph.Type{x, w})
	if err == nil && !out[0].Equal(y) {
		err = fmt.Errorf("a convolution of images %v with weights %v gives %v, not %v", x, w, out[0], y)
	}
	return err
}

// ReadsShapeOnly says that it is the third input of which only the shape matters.
func (ConvInputGradient) ReadsShapeOnly(input int) bool { return input == 2 }

// Bind returns a step that runs a planned convolution's gradient.
func (o ConvInputGradient) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindConvInputGradient[float32], bindConvInputGradient[float64])
}

func bindConvInputGradient[T tensor.Float](o ConvInputGradient, b *graph.Binding) (graph.Step,
	error) {
	if b.Outputs[0].Len() == 0 {
		return nil, nil
	}
	plan, err := planConv[T](b, o.shape(b.Inputs[2].Shape(), b.Inputs[1].Shape()))
	if err != nil {
		return nil, err
	}
	dx, dy := newImages[T](b.Outputs[0], o.ChannelsLast), newImages[T](b.Inputs[0], o.ChannelsLast)
	w := tensor.Slot[T](b.Inputs[1])
	return func() {
		plan.InputGradient(dx.write(), dy.read(), *w, nil)
		dx.done()
	}, nil
}

// Gradient is that of a function linear in the first two inputs.
func (o ConvInputGradient) Gradient(b *graph.Builder, n *graph.Node,
	up []*graph.Value) []*graph.Value {
	u, g, w := up[0], n.Inputs[0], n.Inputs[1]
	return []*graph.Value{b.Apply(o.Conv, u, w), b.Apply(ConvWeightGradient(o), u, g, w), nil}
}

// ConvWeightGradient is the gradient of a [Conv] without a bias by its weights, of the images, the
// gradient by its output, and the weights, of which only the shape matters.
type ConvWeightGradient struct{ Conv }

// Name returns "conv_weight_gradient".
func (ConvWeightGradient) Name() string { return "conv_weight_gradient" }

// Infer returns the weights' type.
func (o ConvWeightGradient) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(3, in); err != nil {
		return nil, err
	}
	return in[2:], o.fits(in[0], in[2], in[1])
}

// ReadsShapeOnly says that it is the third input of which only the shape matters.
func (ConvWeightGradient) ReadsShapeOnly(input int) bool { return input == 2 }

// Bind returns a step that runs a planned convolution's gradient.
func (o ConvWeightGradient) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindConvWeightGradient[float32], bindConvWeightGradient[float64])
}

func bindConvWeightGradient[T tensor.Float](o ConvWeightGradient, b *graph.Binding) (graph.Step,
	error) {
	dw := tensor.Slot[T](b.Outputs[0])
	if b.Inputs[1].Len() == 0 {
		return func() { clear(*dw) }, nil
	}
	plan, err := planConv[T](b, o.shape(b.Inputs[0].Shape(), b.Inputs[2].Shape()))
	if err != nil {
		return nil, err
	}
	x, dy := newImages[T](b.Inputs[0], o.ChannelsLast), newImages[T](b.Inputs[1], o.ChannelsLast)
	return func() { plan.WeightGradient(*dw, x.read(), dy.read()) }, nil
}

// Gradient is that of a function linear in the first two inputs.
func (o ConvWeightGradient) Gradient(b *graph.Builder, n *graph.Node,
	up []*graph.Value) []*graph.Value {
	u, x, g := up[0], n.Inputs[0], n.Inputs[1]
	return []*graph.Value{b.Apply(ConvInputGradient(o), g, u, x), b.Apply(o.Conv, x, u), nil}
}

// ConvTranspose is the transposed convolution: what a [Conv] from its output to its input has for a
// gradient. Its weights have the shape (channels, filters of a group, …). A dimension of n becomes
// (n−1)·stride + dilation·(kernel−1) + 1 − before − after; an output padding is a smaller padding
// after, which may be negative.
type ConvTranspose struct{ Conv }

// ConvolveTransposed returns the transposed convolution of x with weights w, and with a bias unless
// that is nil.
func ConvolveTransposed(b *graph.Builder, c Conv, x, w, bias *graph.Value) *graph.Value {
	if c.Bias = bias != nil; c.Bias {
		return b.Apply(ConvTranspose{c}, x, w, bias)
	}
	return b.Apply(ConvTranspose{c}, x, w)
}

// Name returns "conv_transpose".
func (ConvTranspose) Name() string { return "conv_transpose" }

// Infer returns the shape of the output.
func (o ConvTranspose) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := o.inputs(in); err != nil {
		return nil, err
	}
	channels, space := split(in[0].Shape, o.ChannelsLast)
	weights, _ := in[1].Shape.Ints()
	filters := weights[1] * o.groups()
	switch {
	case o.Groups < 0:
		return nil, errGroups(o.Groups)
	case !channels.Is(weights[0]) || weights[0]%o.groups() != 0:
		return nil, fmt.Errorf("weights %v in %d groups for %v channels", weights, o.groups(), channels)
	case o.Bias && !in[2].Shape.Equal(graph.ShapeOf(filters)):
		return nil, fmt.Errorf("a bias %v for %d filters", in[2].Shape, filters)
	}
	stride, dilation, before, after, err := o.along(len(space))
	if err != nil {
		return nil, err
	}
	out := slices.Clone(space)
	for i, n := range space {
		d := 3 - len(space) + i
		more := dilation[d]*(weights[2+i]-1) + 1 - before[d] - after[d] - stride[d]
		value, known := n.Value()
		switch {
		case stride[d] == 1 && more == 0:
		case !known:
			out[i] = graph.Symbol(fmt.Sprintf("(%v*%d%+d)", n, stride[d], more))
		case value*stride[d]+more < 1:
			return nil, fmt.Errorf("a padding that leaves nothing of dimension %d", i)
		default:
			out[i] = graph.Fixed(value*stride[d] + more)
		}
	}
	return []graph.Type{in[0].With(join(in[0].Shape[0], graph.Fixed(filters), out,
		o.ChannelsLast))}, nil
}

// Bind returns a step that runs the gradient of a planned convolution.
func (o ConvTranspose) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindConvTranspose[float32], bindConvTranspose[float64])
}

func bindConvTranspose[T tensor.Float](o ConvTranspose, b *graph.Binding) (graph.Step, error) {
	return bindConvTransposeWith(o, b, &tensor.Epilogue[T]{})
}

// bindConvTransposeWith is bindConvWith of a transposed convolution.
func bindConvTransposeWith[T tensor.Float](o ConvTranspose, b *graph.Binding,
	e *tensor.Epilogue[T]) (graph.Step, error) {
	if b.Outputs[0].Len() == 0 {
		return nil, nil
	}
	shape := o.shape(b.Outputs[0].Shape(), b.Inputs[1].Shape())
	plan, err := planConv[T](b, shape)
	if err != nil {
		return nil, err
	}
	_, space := split(b.Inputs[0].Shape(), o.ChannelsLast)
	if out := plan.OutputSize(); !slices.Equal(out[3-len(space):], space) {
		return nil, errors.New("an output padding of a stride or more")
	}
	y, x := newImages[T](b.Outputs[0], o.ChannelsLast), newImages[T](b.Inputs[0], o.ChannelsLast)
	w, bias := tensor.Slot[T](b.Inputs[1]), biasOf[T](o.Conv, b)
	return func() {
		e.Bias = *bias
		plan.InputGradient(y.write(), x.read(), *w, e)
		y.done()
	}, nil
}

// Gradient is that of a function linear in each input.
func (o ConvTranspose) Gradient(b *graph.Builder, n *graph.Node, up []*graph.Value) []*graph.Value {
	g, x, w := up[0], n.Inputs[0], n.Inputs[1]
	plain := o.Conv
	plain.Bias = false
	gradients := []*graph.Value{b.Apply(plain, g, w), b.Apply(ConvWeightGradient{plain}, g, x, w)}
	if o.Bias {
		gradients = append(gradients, b.Apply(ChannelSums{o.ChannelsLast}, g))
	}
	return gradients
}

// ChannelSums adds up each channel of images: the gradient of a bias. The sums are those down the
// columns of a matrix of pixels, see [tensor.Engine.ColumnSums], wherever the channels stand.
type ChannelSums struct {
	ChannelsLast bool `json:"channelsLast,omitempty"`
}

// Name returns "channel_sums".
func (ChannelSums) Name() string { return "channel_sums" }

// Infer returns the shape (channels).
func (o ChannelSums) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(1, in); err != nil {
		return nil, err
	}
	if len(in[0].Shape) < 2 {
		return nil, fmt.Errorf("channels of the shape %v", in[0].Shape)
	}
	channels, _ := split(in[0].Shape, o.ChannelsLast)
	return []graph.Type{in[0].With(graph.Shape{channels})}, nil
}

// Bind returns a step that adds up the columns.
func (o ChannelSums) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindChannelSums[float32], bindChannelSums[float64])
}

func bindChannelSums[T tensor.Float](o ChannelSums, b *graph.Binding) (graph.Step, error) {
	e, dst := graph.Engine[T](b), tensor.Slot[T](b.Outputs[0])
	x := newImages[T](b.Inputs[0], o.ChannelsLast)
	return func() { e.ColumnSums(*dst, x.read()) }, nil
}

// Gradient repeats the upstream gradient for each pixel.
func (o ChannelSums) Gradient(b *graph.Builder, n *graph.Node, up []*graph.Value) []*graph.Value {
	return []*graph.Value{overChannels(b, up[0], n.Inputs[0], o.ChannelsLast)}
}

// overChannels returns a value for each channel, repeated for the pixels of images.
func overChannels(b *graph.Builder, v, images *graph.Value, channelsLast bool) *graph.Value {
	if b.Err() != nil {
		return v
	}
	if !channelsLast {
		for range images.Shape()[2:] {
			v = b.Apply(Unsqueeze{len(v.Shape())}, v)
		}
	}
	return Expand(b, v, images)
}

// Images returns which inputs and outputs are images.
func (Conv) Images() (inputs, outputs []int) { return []int{0}, []int{0} }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o Conv) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }

// Images returns which inputs and outputs are images.
func (ConvInputGradient) Images() (inputs, outputs []int) { return []int{0, 2}, []int{0} }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o ConvInputGradient) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }

// Images returns which inputs and outputs are images.
func (ConvWeightGradient) Images() (inputs, outputs []int) { return []int{0, 1}, []int{} }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o ConvWeightGradient) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }

// Images returns which inputs and outputs are images.
func (ConvTranspose) Images() (inputs, outputs []int) { return []int{0}, []int{0} }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o ConvTranspose) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }

// Images returns which inputs and outputs are images.
func (ChannelSums) Images() (inputs, outputs []int) { return []int{0}, []int{} }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o ChannelSums) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }
