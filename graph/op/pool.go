package op

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// Pool takes the largest element or the mean of each channel within a window that goes over images.
// Padding is no part of the largest element; the mean is the sum of the window's elements in their
// order, from +0, over their number. Of two zeros the first is the largest, and NaN wins.
type Pool struct {
	Sliding
	By     Reduction `json:"-"` // MaxOf or MeanOf: the name says it
	Kernel Ints      `json:"kernel"`
	// Ceil adds a last window that reaches beyond the padding, unless it would begin there.
	Ceil bool `json:"ceil,omitempty"`
	// CountPadding lets the mean divide by all elements of a window that are not beyond the
	// padding.
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
	kernels := graph.Engine[T](b).Kernels()
	ones := make([]T, w.channels)
	for c := range ones {
		ones[c] = 1
	}
	return func() {
		to, from := y.write(), x.read()
		w.each(func(out, in int, window *tensor.Window, count int) {
			if o.By == MaxOf {
				kernels.Conv.MaxWindows(&to[out], &from[in], window)
				return
			}
			kernels.Conv.Depthwise(&to[out], &from[in], &ones[0], window, false)
			for i, v := range to[out:][:window.M*w.channels] {
				to[out+i] = v / T(count)
			}
		})
		y.done()
	}, nil
}

// Gradient gives the elements of each window their parts.
func (o Pool) Gradient(b *graph.Builder, n *graph.Node, up []*graph.Value) []*graph.Value {
	inputs := []*graph.Value{up[0], n.Inputs[0]}
	if o.By == MaxOf {
		inputs = append(inputs, n.Outputs[0])
	}
	return []*graph.Value{b.Apply(PoolGradient{o}, inputs...)}
}

// PoolGradient is the gradient of a [Pool], of the upstream gradient, the images and, for the
// largest elements, these: that of a mean goes to all elements of the window in equal parts, that
// of the largest element to the first which is it, NaN included. Elements of several windows add up
// what they get, window by window.
type PoolGradient struct{ Pool }

// Name returns the pool's name with "_gradient".
func (o PoolGradient) Name() string { return o.Pool.Name() + "_gradient" }

// Infer returns the images' type.
func (o PoolGradient) Infer(in []graph.Type) ([]graph.Type, error) {
	inputs := 2
	if o.By == MaxOf {
		inputs = 3
	}
	if err := floats(inputs, in); err != nil {
		return nil, err
	}
	out, err := o.Pool.Infer(in[1:2])
	if err == nil && (!out[0].Equal(in[0]) || o.By == MaxOf && !out[0].Equal(in[2])) {
		err = fmt.Errorf("a gradient %v of a pool that gives %v", in[0], out[0])
	}
	return in[1:2], err
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
	if o.By == MeanOf {
		return poolMeans(w, dx, g, graph.Engine[T](b).Kernels().Binary[tensor.Add]), nil
	}
	x, y := newImages[T](b.Inputs[1], o.ChannelsLast), newImages[T](b.Inputs[2], o.ChannelsLast)
	kernel := graph.Engine[T](b).Kernels().Conv.MaxWindowsGradient
	return func() {
		to, up, from, largest := dx.write(), g.read(), x.read(), y.read()
		clear(to)
		w.each(func(out, in int, window *tensor.Window, _ int) {
			kernel(&to[in], &up[out], &from[in], &largest[out], window)
		})
		dx.done()
	}, nil
}

// poolMeans returns the step of the gradient of means.
func poolMeans[T tensor.Float](w *poolWalk, dx, g *images[T], add func(dst, x, y []T)) graph.Step {
	part := make([]T, w.channels)
	return func() {
		to, up := dx.write(), g.read()
		clear(to)
		w.each(func(out, in int, window *tensor.Window, count int) {
			for i := range window.M {
				for c, v := range up[out+i*w.channels:][:w.channels] {
					part[c] = v / T(count)
				}
				for _, step := range w.steps[:window.K] {
					row := to[in+i*window.ARow+int(step):][:w.channels]
					add(row, row, part)
				}
			}
		})
		dx.done()
	}
}

// Gradient is that of a linear function where the pool is the mean.
func (o PoolGradient) Gradient(b *graph.Builder, n *graph.Node, up []*graph.Value) []*graph.Value {
	if o.By == MaxOf {
		b.Fail("%v has no gradient: second derivatives of %v are not built", n, o.Pool.Name())
		return []*graph.Value{nil, nil, nil}
	}
	return []*graph.Value{b.Apply(o.Pool, up[0]), nil}
}

// poolWalk goes over the windows of a pool. Elements are counted pixel by pixel.
type poolWalk struct {
	batch, channels int
	in              [3]int
	places          [3][]place
	runs            []run
	window          tensor.Window
	steps           []int32
}

// place is where a window stands in one dimension.
type place struct {
	taps  []int // within the image
	count int   // elements to divide by
}

// run is places in a row whose windows have the same taps from their first one on.
type run struct {
	place
	places, step int
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
	w.takeTogether()
	most := 1
	for _, p := range w.places {
		most *= len(slices.MaxFunc(p, func(a, b place) int { return len(a.taps) - len(b.taps) }).taps)
	}
	w.steps = make([]int32, most+1) // of which the kernels may read the last
	w.window.Steps, w.window.N, w.window.LDC = &w.steps[0], channels, channels
	return w, nil
}

// takeTogether finds the runs of a row: places alike, one step apart.
func (w *poolWalk) takeTogether() {
	for _, p := range w.places[2] {
		if n := len(w.runs); n > 0 {
			last := &w.runs[n-1]
			step := p.taps[0] - last.taps[0] - (last.places-1)*last.step
			if last.alike(p) && (last.places == 1 || step == last.step) {
				last.step = step
				last.places++
				continue
			}
		}
		w.runs = append(w.runs, run{p, 1, 0})
	}
}

// alike reports whether two places have the same taps from the first one on.
func (p place) alike(q place) bool {
	return p.count == q.count && slices.EqualFunc(p.taps, q.taps, func(a, b int) bool {
		return a-p.taps[0] == b-q.taps[0]
	})
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

// each calls f with the runs of windows in order: where their output begins, where the first one's
// first element does, their layout, and the number to divide by.
func (w *poolWalk) each(f func(out, in int, window *tensor.Window, count int)) {
	out, image := 0, w.in[0]*w.in[1]*w.in[2]
	for n := range w.batch {
		for _, z := range w.places[0] {
			for _, y := range w.places[1] {
				for i := range w.runs {
					x := &w.runs[i]
					w.layOut(z, y, x)
					row := n*image + (z.taps[0]*w.in[1]+y.taps[0])*w.in[2]
					f(out, (row+x.taps[0])*w.channels, &w.window, z.count*y.count*x.count)
					out += x.places * w.channels
				}
			}
		}
	}
}

// layOut sets the window's layout to that of a run.
func (w *poolWalk) layOut(z, y place, x *run) {
	k := 0
	for _, tz := range z.taps {
		for _, ty := range y.taps {
			row := ((tz-z.taps[0])*w.in[1] + ty - y.taps[0]) * w.in[2]
			for _, tx := range x.taps {
				w.steps[k] = int32((row + tx - x.taps[0]) * w.channels)
				k++
			}
		}
	}
	w.window.M, w.window.K, w.window.ARow = x.places, k, x.step*w.channels
}

// Images returns which inputs and outputs are images.
func (Pool) Images() (inputs, outputs []int) { return []int{0}, []int{0} }

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o Pool) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }

// Images returns which inputs and outputs are images.
func (o PoolGradient) Images() (inputs, outputs []int) {
	if o.By == MaxOf {
		return []int{0, 1, 2}, []int{0}
	}
	return []int{0, 1}, []int{0}
}

// ChannelsAtEnd returns the operator for images that are stored pixel by pixel.
func (o PoolGradient) ChannelsAtEnd() graph.Operator { o.ChannelsLast = true; return o }
