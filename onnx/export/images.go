package export

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
)

// imageForms are those of operators of images. ONNX stores images channel by channel.
var imageForms = []entry{
	on(func(t *Translation, o op.Conv, n *graph.Node, in []string) string {
		return t.ofImages(o.ChannelsLast, n, in, func(x string) string {
			return t.Node("Conv", append([]string{x}, in[1:]...),
				append(t.window(o.Sliding), Int("group", max(o.Groups, 1)))...)
		})
	}),
	on(func(t *Translation, o op.ConvTranspose, n *graph.Node, in []string) string {
		return t.ofImages(o.ChannelsLast, n, in, func(x string) string {
			return t.convTranspose(o, n, append([]string{x}, in[1:]...))
		})
	}),
	on(func(t *Translation, o op.Pool, n *graph.Node, in []string) string {
		return t.ofImages(o.ChannelsLast, n, in, func(x string) string { return t.pool(o, n, x) })
	}),
	on(func(t *Translation, o op.Resize, n *graph.Node, in []string) string {
		return t.ofImages(o.ChannelsLast, n, in, func(x string) string { return t.resize(o, x) })
	}),
}

// ofImages calls apply with images stored channel by channel, and returns what it gives as the node
// has it.
func (t *Translation) ofImages(channelsLast bool, n *graph.Node, in []string,
	apply func(x string) string) string {
	if channelsLast {
		return t.channelsFirst(n, in, apply)
	}
	return apply(in[0])
}

// channelsFirst puts the channels of images second, and behind the pixels again.
func (t *Translation) channelsFirst(n *graph.Node, in []string,
	apply func(x string) string) string {
	rank := len(n.Inputs[0].Shape())
	first, last := []int{0, rank - 1}, []int{0}
	for i := 1; i < rank-1; i++ {
		first, last = append(first, i), append(last, i+1)
	}
	y := apply(t.Node("Transpose", in[:1], Ints("perm", first...)))
	return t.Node("Transpose", []string{y}, Ints("perm", append(last, 1)...))
}

// window returns the attributes of a window that goes over images.
func (t *Translation) window(s op.Sliding) []Attribute {
	var list []Attribute
	if v := s.Stride.Values(); len(v) > 0 {
		list = append(list, Ints("strides", v...))
	}
	if v := s.Dilation.Values(); len(v) > 0 {
		list = append(list, Ints("dilations", v...))
	}
	before, after := s.Before.Values(), s.After.Values()
	if n := max(len(before), len(after)); n > 0 {
		pads := make([]int, 2*n)
		copy(pads, before)
		copy(pads[n:], after)
		list = append(list, Ints("pads", pads...))
	}
	return list
}

// convTranspose writes a padding behind that is negative as one of the output.
func (t *Translation) convTranspose(o op.ConvTranspose, n *graph.Node, in []string) string {
	s := o.Sliding
	after, more := s.After.Values(), []int(nil)
	for i, p := range after {
		if p < 0 {
			more = append(slices.Grow(more, len(after)), make([]int, len(after)-len(more))...)
			more[i], after[i] = -p, 0
		}
	}
	s.After = op.IntsOf(after...)
	attributes := append(t.window(s), Int("group", max(o.Groups, 1)))
	if more != nil {
		attributes = append(attributes, Ints("output_padding", more...))
	}
	return t.Node("ConvTranspose", in, attributes...)
}

// pool is a pool with a window, or a global one. One that adapts to its output has a window of one
// size where that divides the input's.
func (t *Translation) pool(o op.Pool, n *graph.Node, x string) string {
	name := map[op.Reduction]string{op.MaxOf: "MaxPool", op.MeanOf: "AveragePool"}[o.By]
	kernel := o.Kernel.Values()
	if !o.Adaptive {
		if !slices.ContainsFunc(o.Dilation.Values(), func(n int) bool { return n != 1 }) {
			o.Dilation = ""
		} else if o.By == op.MeanOf {
			t.Needs(19, "AveragePool with dilations")
		}
		attributes := append(t.window(o.Sliding), Ints("kernel_shape", kernel...),
			Bool("ceil_mode", o.Ceil))
		if o.By == op.MeanOf {
			attributes = append(attributes, Bool("count_include_pad", o.CountPadding))
		}
		return t.Node(name, []string{x}, attributes...)
	}
	if !slices.ContainsFunc(kernel, func(n int) bool { return n != 1 }) {
		return t.Node("Global"+name, []string{x})
	}
	shape := n.Inputs[0].Shape()
	space := shape[2:]
	if o.ChannelsLast {
		space = shape[1 : len(shape)-1]
	}
	sizes, known := space.Ints()
	for i, n := range kernel {
		if !known || sizes[i]%n != 0 {
			t.Fail("windows of several sizes, from images of %v to %v, have no form in ONNX", space, kernel)
		}
		sizes[i] /= n
	}
	return t.Node(name, []string{x}, Ints("kernel_shape", sizes...), Ints("strides", sizes...))
}

// resize says how the places of pixels are computed: as PyTorch does.
func (t *Translation) resize(o op.Resize, x string) string {
	mode, places := "nearest", "asymmetric"
	switch {
	case o.AlignCorners:
		mode, places = "linear", "align_corners"
	case o.Linear:
		mode, places = "linear", "half_pixel"
	}
	attributes := []Attribute{Text("mode", mode), Text("coordinate_transformation_mode", places)}
	if !o.Linear {
		attributes = append(attributes, Text("nearest_mode", "floor"))
	}
	if scale := o.Scale.Values(); len(scale) > 0 {
		return t.Node("Resize", []string{x, "", t.floats(append([]float64{1, 1}, scale...)...)},
			attributes...)
	}
	head := t.Node("Slice", []string{t.Node("Shape", []string{x}), t.Integers(0), t.Integers(2)})
	sizes := t.Node("Concat", []string{head, t.Integers(o.Size.Values()...)}, Int("axis", 0))
	return t.Node("Resize", []string{x, "", "", sizes}, attributes...)
}
