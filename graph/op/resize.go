package op

import (
	"fmt"
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// Resize resamples images along their dimensions of space: to a size, or, where there is none, by
// factors. Pixel i of the output stands over the place (i+½)·in/out − ½ of the input, or with
// AlignCorners over i·(in−1)/(out−1); by factors, in/out is 1/factor.
type Resize struct {
	// Linear weights the two pixels around a place along each dimension, those beyond the image
	// being its edge; else the pixel at ⌊i·in/out⌋ is taken.
	Linear       bool `json:"linear,omitempty"`
	AlignCorners bool `json:"alignCorners,omitempty"` // only with Linear
	Size         Ints `json:"size,omitempty"`
	// Scale is the factor of each dimension, if there is no size: the output has ⌊in·factor⌋
	// pixels.
	Scale        Floats `json:"scale,omitempty"`
	ChannelsLast bool   `json:"channelsLast,omitempty"`
}

// Upsample returns images enlarged by factors along each dimension of space: of pixels repeated, or
// with linear of pixels interpolated.
func Upsample(b *graph.Builder, x *graph.Value, linear bool, factors ...float64) *graph.Value {
	return b.Apply(Resize{Linear: linear, Scale: FloatsOf(factors...)}, x)
}

// Name returns "resize".
func (Resize) Name() string { return "resize" }

// Infer returns the shape with the new dimensions of space.
func (o Resize) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(1, in); err != nil {
		return nil, err
	}
	if err := isImages(in[0]); err != nil {
		return nil, err
	}
	channels, space := split(in[0].Shape, o.ChannelsLast)
	size, scale := o.Size.Values(), o.Scale.Values()
	if len(size)+len(scale) != len(space) || len(size)*len(scale) > 0 || o.AlignCorners && !o.Linear {
		return nil, fmt.Errorf("a resize to %v, or by %v, of %d dimensions of space", size, scale,
			len(space))
	}
	out := slices.Clone(space)
	for i, d := range space {
		n, known := d.Value()
		switch {
		case len(size) > 0:
			out[i] = graph.Fixed(size[i])
		case scale[i] == math.Trunc(scale[i]):
			out[i] = d.Times(graph.Fixed(int(scale[i])))
		case known:
			out[i] = graph.Fixed(int(float64(n) * scale[i]))
		default:
			out[i] = graph.Symbol(fmt.Sprintf("floor(%v*%v)", d, scale[i]))
		}
		if m, known := out[i].Value(); known && m < 1 {
			return nil, fmt.Errorf("a resize that leaves nothing of dimension %d", i)
		}
	}
	return []graph.Type{in[0].With(join(in[0].Shape[0], channels, out, o.ChannelsLast))}, nil
}

// resampled is the pixels of the input that a pixel of the output is made of along a dimension:
// first·(1−weight) + second·weight.
type resampled struct {
	first, second int
	weight        float64
}

// along returns them for a dimension, of which it is number i of space.
func (o Resize) along(i, in, out int) []resampled {
	ratio := float64(in) / float64(out)
	if scale := o.Scale.Values(); len(scale) > 0 {
		ratio = 1 / scale[i]
	}
	all := make([]resampled, out)
	for p := range all {
		if !o.Linear {
			at := min(int(float64(p)*ratio), in-1)
			all[p] = resampled{at, at, 0}
			continue
		}
		at := max(float64((float64(p)+0.5)*ratio)-0.5, 0)
		if o.AlignCorners {
			at = float64(p) * float64(in-1) / float64(max(out-1, 1))
		}
		first := min(int(at), in-1)
		all[p] = resampled{first, min(first+1, in-1), at - float64(first)}
	}
	return all
}

// Bind returns a step that goes from row to row.
func (o Resize) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindResize[float32], bindResize[float64])
}

// TakesGaps says that pixels of the output may stand apart.
func (o Resize) TakesGaps(_ []graph.Type, operand, dims int) bool {
	return operand == graph.OutputGaps && o.ChannelsLast && dims == 1
}

// Gradient gives each pixel of the input what it gave, by its weights.
func (o Resize) Gradient(b *graph.Builder, n *graph.Node, up []*graph.Value) []*graph.Value {
	return []*graph.Value{b.Apply(ResizeGradient{o}, up[0], n.Inputs[0])}
}

// Images returns which inputs and outputs are images.
func (Resize) Images() (inputs, outputs []int) { return []int{0}, []int{0} }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o Resize) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }

// ResizeGradient is the gradient of a [Resize], of the upstream gradient and the images, of which
// only the shape matters. Pixels add up what they get in the order of the output's pixels.
type ResizeGradient struct{ Resize }

// Name returns "resize_gradient".
func (ResizeGradient) Name() string { return "resize_gradient" }

// TakesGaps says that pixels stand side by side.
func (ResizeGradient) TakesGaps([]graph.Type, int, int) bool { return false }

// Infer returns the images' type.
func (o ResizeGradient) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(2, in); err != nil {
		return nil, err
	}
	out, err := o.Resize.Infer(in[1:])
	if err == nil && !out[0].Equal(in[0]) {
		err = fmt.Errorf("a gradient %v of a resize that gives %v", in[0], out[0])
	}
	return in[1:], err
}

// ReadsShapeOnly says that it is the images of which only the shape matters.
func (ResizeGradient) ReadsShapeOnly(input int) bool { return input == 1 }

// Bind returns a step that goes from pixel to pixel.
func (o ResizeGradient) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindResizeGradient[float32], bindResizeGradient[float64])
}

func bindResizeGradient[T tensor.Float](o ResizeGradient, b *graph.Binding) (graph.Step, error) {
	w := newResizeWalk[T](o.Resize, b.Inputs[1].Shape(), b.Inputs[0].Shape())
	dx, g := newImages[T](b.Outputs[0], o.ChannelsLast), newImages[T](b.Inputs[0], o.ChannelsLast)
	return func() {
		to, from := dx.write(), g.read()
		clear(to)
		w.each(func(out, in int, weight T) {
			row := to[in:][:w.channels]
			for c, v := range from[out:][:w.channels] {
				row[c] += T(v * weight)
			}
		})
		dx.done()
	}, nil
}

// Gradient is that of a linear function.
func (o ResizeGradient) Gradient(b *graph.Builder, n *graph.Node,
	up []*graph.Value) []*graph.Value {
	return []*graph.Value{b.Apply(o.Resize, up[0]), nil}
}

// Images returns which inputs and outputs are images.
func (ResizeGradient) Images() (inputs, outputs []int) { return []int{0, 1}, []int{0} }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o ResizeGradient) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }

// resizeWalk goes over the pixels of the output of a resize and what they are made of.
type resizeWalk[T tensor.Float] struct {
	batch, channels int
	in              [3]int
	pixels          [3][]resampled
}

// newResizeWalk returns the walk for images and an output of these shapes.
func newResizeWalk[T tensor.Float](o Resize, images, output []int) *resizeWalk[T] {
	channels, space := split(images, o.ChannelsLast)
	_, out := split(output, o.ChannelsLast)
	w := &resizeWalk[T]{batch: images[0], channels: channels, in: [3]int{1, 1, 1}}
	for d := range w.pixels {
		w.pixels[d] = []resampled{{}}
		if at := d - 3 + len(space); at >= 0 {
			w.in[d], w.pixels[d] = space[at], o.along(at, space[at], out[at])
		}
	}
	return w
}

// each calls f with each pixel of the output, each pixel of the input that it is made of, and its
// weight, which is not 0.
func (w *resizeWalk[T]) each(f func(out, in int, weight T)) {
	out, image := 0, w.in[0]*w.in[1]*w.in[2]
	for n := range w.batch {
		for _, z := range w.pixels[0] {
			for _, y := range w.pixels[1] {
				for _, x := range w.pixels[2] {
					z.each(func(tz int, wz float64) {
						y.each(func(ty int, wy float64) {
							x.each(func(tx int, wx float64) {
								in := n*image + (tz*w.in[1]+ty)*w.in[2] + tx
								f(out, in*w.channels, T(wz*wy*wx))
							})
						})
					})
					out += w.channels
				}
			}
		}
	}
}

// each calls f with the pixels and their weights.
func (r resampled) each(f func(at int, weight float64)) {
	f(r.first, 1-r.weight)
	if r.weight != 0 {
		f(r.second, r.weight)
	}
}
