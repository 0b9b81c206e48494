package op

import (
	"fmt"
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// Pool takes the largest element or the mean of each channel within a window that goes over images.
// Padding is no part of the largest element; the mean is the sum of the window's elements in their
// order, from +0, over their number. The largest of two zeros is +0 if one is, NaN wins.
type Pool struct {
	Sliding
	By     Reduction `json:"-"` // MaxOf or MeanOf: the name says it
	Kernel Ints      `json:"kernel"`
	// Ceil adds a last window that reaches beyond the padding, unless it would begin there.
	Ceil bool `json:"ceil,omitempty"`
	// CountPadding lets the mean divide by all elements of a window that are not beyond the padding.
	CountPadding bool `json:"countPadding,omitempty"`
	// Adaptive makes Kernel the size of the output: window i of n goes from ⌊i·size/n⌋ to
	// ⌈(i+1)·size/n⌉, and nothing else counts.
	Adaptive bool `json:"adaptive,omitempty"`
}

// MaxPool returns the largest elements of windows of a kernel.
func MaxPool(b *graph.Builder, s Sliding, x *graph.Value, kernel ...int) *graph.Value {
	return b.Apply(Pool{Sliding: s, By: MaxOf, Kernel: IntsOf(kernel...)}, x)
}

// AveragePool returns the means of windows of a kernel, padding excluded.
func AveragePool(b *graph.Builder, s Sliding, x *graph.Value, kernel ...int) *graph.Value {
	return b.Apply(Pool{Sliding: s, By: MeanOf, Kernel: IntsOf(kernel...)}, x)
}

// GlobalPool returns the mean or the largest element of each channel: of (batch, channels, …) those
// of (batch, channels, 1, …).
func GlobalPool(b *graph.Builder, by Reduction, x *graph.Value) *graph.Value {
	if b.Err() != nil {
		return x
	}
	ones := make([]int, max(len(x.Shape())-2, 0))
	for i := range ones {
		ones[i] = 1
	}
	return b.Apply(Pool{By: by, Kernel: IntsOf(ones...), Adaptive: true}, x)
}

// Name returns "max_pool" or "average_pool".
func (o Pool) Name() string {
	if o.By == MaxOf {
		return "max_pool"
	}
	return "average_pool"
}

// Infer returns the shape with the places of the window in place of the dimensions of space.
func (o Pool) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(1, in); err != nil {
		return nil, err
	}
	if err := isImages(in[0]); err != nil {
		return nil, err
	}
	channels, space := split(in[0].Shape, o.ChannelsLast)
	kernel := o.Kernel.Values()
	if len(kernel) != len(space) {
		return nil, fmt.Errorf("a kernel of %v for %d dimensions of space", kernel, len(space))
	}
	out, err := o.outputs(space, kernel)
	if err != nil {
		return nil, err
	}
	return []graph.Type{in[0].With(join(in[0].Shape[0], channels, out, o.ChannelsLast))}, nil
}

// outputs returns the dimensions of space of the output.
func (o Pool) outputs(space graph.Shape, kernel []int) (graph.Shape, error) {
	if o.Adaptive {
		if slices.Min(kernel) < 1 {
			return nil, fmt.Errorf("an output of %v pixels", kernel)
		}
		return graph.ShapeOf(kernel...), nil
	}
	if !o.Ceil {
		return o.places(space, kernel)
	}
	s := o.Sliding
	after := make([]int, len(space))
	stride, dilation, before, more, err := s.along(len(space))
	if err != nil {
		return nil, err
	}
	for i, d := range space {
		n, known := d.Value()
		if !known {
			return nil, fmt.Errorf("the last window of a dimension of the length %v is not known", d)
		}
		at := 3 - len(space) + i
		after[i] = more[at] + overhang(n, kernel[i], stride[at], dilation[at], before[at], more[at])
	}
	s.After = IntsOf(after...)
	return s.places(space, kernel)
}

// overhang returns how far beyond the padding the last window reaches if it may.
func overhang(n, kernel, stride, dilation, before, after int) int {
	rest := n + before + after - dilation*(kernel-1) - 1
	windows := (rest+stride-1)/stride + 1
	if (windows-1)*stride >= n+before {
		windows--
	}
	return max((windows-1)*stride-rest, 0)
}

// Bind returns a step that goes from window to window.
func (o Pool) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindPool[float32], bindPool[float64])
}

func bindPool[T tensor.Float](o Pool, b *graph.Binding) (graph.Step, error) {
	w, err := newPoolWalk(o, b.Inputs[0].Shape(), b.Outputs[0].Shape())
	if err != nil {
		return nil, err
	}
	y, x := newImages[T](b.Outputs[0], o.ChannelsLast), newImages[T](b.Inputs[0], o.ChannelsLast)
	add := graph.Engine[T](b).Kernels().Binary[tensor.Add]
	lowest, start := T(math.Inf(-1)), T(0)
	if o.By == MaxOf {
		start = lowest
	}
	return func() {
		to, from := y.write(), x.read()
		w.each(func(out int, taps []int, count int) {
			row := to[out:][:w.channels]
			for c := range row {
				row[c] = start
			}
			for _, at := range taps {
				if o.By == MaxOf {
					largerOf(row, from[at:])
				} else {
					add(row, row, from[at:])
				}
			}
			if o.By == MeanOf {
				for c := range row {
					row[c] /= T(count)
				}
			}
		})
		y.done()
	}, nil
}

// largerOf sets the elements of dst to the larger ones of its own and those of x.
func largerOf[T tensor.Float](dst, x []T) {
	x = x[:len(dst)]
	for i, v := range dst {
		dst[i] = max(v, x[i])
	}
}

// Gradient gives the elements of each window their parts.
func (o Pool) Gradient(b *graph.Builder, n *graph.Node, up []*graph.Value) []*graph.Value {
	return []*graph.Value{b.Apply(PoolGradient{o}, up[0], n.Inputs[0])}
}

// PoolGradient is the gradient of a [Pool], of the upstream gradient and the images: that of a mean
// goes to all elements of the window in equal parts, that of the largest element to the first which
// is it, NaN included. Elements of several windows add up what they get, window by window.
type PoolGradient struct{ Pool }

// Name returns the pool's name with "_gradient".
func (o PoolGradient) Name() string { return o.Pool.Name() + "_gradient" }

// Infer returns the images' type.
func (o PoolGradient) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(2, in); err != nil {
		return nil, err
	}
	out, err := o.Pool.Infer(in[1:])
	if err == nil && !out[0].Equal(in[0]) {
		err = fmt.Errorf("a gradient %v of a pool that gives %v", in[0], out[0])
	}
	return in[1:], err
}

// ReadsShapeOnly says that means need only the shape of the images.
func (o PoolGradient) ReadsShapeOnly(input int) bool { return input == 1 && o.By == MeanOf }

// Bind returns a step that goes from window to window.
func (o PoolGradient) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindPoolGradient[float32], bindPoolGradient[float64])
}

func bindPoolGradient[T tensor.Float](o PoolGradient, b *graph.Binding) (graph.Step, error) {
	w, err := newPoolWalk(o.Pool, b.Inputs[1].Shape(), b.Inputs[0].Shape())
	if err != nil {
		return nil, err
	}
	dx, g := newImages[T](b.Outputs[0], o.ChannelsLast), newImages[T](b.Inputs[0], o.ChannelsLast)
	x, add := newImages[T](b.Inputs[1], o.ChannelsLast), graph.Engine[T](b).Kernels().Binary[tensor.Add]
	part, index := make([]T, w.channels), make([]int, w.channels)
	return func() {
		to, up := dx.write(), g.read()
		clear(to)
		var from []T
		if o.By == MaxOf {
			from = x.read()
		}
		w.each(func(out int, taps []int, count int) {
			row := up[out:][:w.channels]
			if o.By == MaxOf {
				firstLargest(part, index, from, taps)
				for c, v := range row {
					to[index[c]+c] += v
				}
				return
			}
			for c, v := range row {
				part[c] = v / T(count)
			}
			for _, at := range taps {
				add(to[at:][:w.channels], to[at:][:w.channels], part)
			}
		})
		dx.done()
	}, nil
}

// firstLargest sets index to the first tap of the largest element of each channel, or of NaN, and
// largest to that. There is at least one tap.
func firstLargest[T tensor.Float](largest []T, index []int, x []T, taps []int) {
	copy(largest, x[taps[0]:])
	for c := range index {
		index[c] = taps[0]
	}
	for _, at := range taps[1:] {
		row := x[at:][:len(largest)]
		for c, v := range row {
			if top := largest[c]; v > top || v != v && top == top {
				largest[c], index[c] = v, at
			}
		}
	}
}

// Gradient is that of a linear function where the pool is the mean.
func (o PoolGradient) Gradient(b *graph.Builder, n *graph.Node, up []*graph.Value) []*graph.Value {
	if o.By == MaxOf {
		b.Fail("%v has no gradient: second derivatives of %v are not built", n, o.Pool.Name())
		return []*graph.Value{nil, nil}
	}
	return []*graph.Value{b.Apply(o.Pool, up[0]), nil}
}

// poolWalk goes over the windows of a pool. Elements are counted pixel by pixel.
type poolWalk struct {
	batch, channels int
	in              [3]int
	places          [3][]place
	taps            []int
}

// place is where a window stands in one dimension.
type place struct {
	taps  []int // within the image
	count int   // elements to divide by
}

// newPoolWalk returns the walk for images and an output of these shapes.
func newPoolWalk(o Pool, images, output []int) (*poolWalk, error) {
	channels, space := split(images, o.ChannelsLast)
	_, out := split(output, o.ChannelsLast)
	w := &poolWalk{batch: images[0], channels: channels, in: [3]int{1, 1, 1}}
	stride, dilation, before, after, err := o.along(len(space))
	if err != nil {
		return nil, err
	}
	kernel := o.Kernel.Values()
	for d := range w.places {
		w.places[d] = []place{{[]int{0}, 1}}
		at := d - 3 + len(space)
		if at < 0 {
			continue
		}
		w.in[d] = space[at]
		w.places[d] = make([]place, out[at])
		for i := range w.places[d] {
			p := &w.places[d][i]
			if o.Adaptive {
				p.adapt(i, space[at], out[at])
			} else {
				first := i*stride[d] - before[d]
				p.slide(first, kernel[at], dilation[d], space[at], space[at]+after[d], o.CountPadding)
			}
		}
	}
	if slices.ContainsFunc(w.places[:], func(p []place) bool {
		return slices.ContainsFunc(p, func(p place) bool { return len(p.taps) == 0 })
	}) {
		return nil, fmt.Errorf("windows of padding alone")
	}
	return w, nil
}

// slide sets the taps of a window that begins at first.
func (p *place) slide(first, kernel, dilation, size, padded int, countPadding bool) {
	for k := range kernel {
		at := first + k*dilation
		if at >= 0 && at < size {
			p.taps = append(p.taps, at)
		}
		if at < padded {
			p.count++
		}
	}
	if !countPadding {
		p.count = len(p.taps)
	}
}

// adapt sets the taps of window i of n.
func (p *place) adapt(i, size, n int) {
	for at := i * size / n; at < ((i+1)*size+n-1)/n; at++ {
		p.taps = append(p.taps, at)
	}
	p.count = len(p.taps)
}

// each calls f with the windows in order: where its output begins, where the elements of its taps
// do, and the number to divide by.
func (w *poolWalk) each(f func(out int, taps []int, count int)) {
	out, image := 0, w.in[0]*w.in[1]*w.in[2]
	for n := range w.batch {
		for _, z := range w.places[0] {
			for _, y := range w.places[1] {
				for _, x := range w.places[2] {
					w.taps = w.taps[:0]
					for _, tz := range z.taps {
						for _, ty := range y.taps {
							row := n*image + (tz*w.in[1]+ty)*w.in[2]
							for _, tx := range x.taps {
								w.taps = append(w.taps, (row+tx)*w.channels)
							}
						}
					}
					f(out, w.taps, z.count*y.count*x.count)
					out += w.channels
				}
			}
		}
	}
}

// Images returns which inputs and outputs are images.
func (Pool) Images() (inputs, outputs []int) { return []int{0}, []int{0} }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o Pool) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }

// Images returns which inputs and outputs are images.
func (PoolGradient) Images() (inputs, outputs []int) { return []int{0, 1}, []int{0} }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o PoolGradient) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }
