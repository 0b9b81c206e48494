package op

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// Pool takes the largest element or the mean of each channel within a window that goes over images.
// Padding is no part of the largest element; the mean is the sum of the window's elements in their
// order, from +0, over their number. Of two zeros the first is the largest, and NaN wins. There are
// largest integers of 8 bits, too, without a gradient.
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
	if err := floats(1, in); err != nil && !(len(in) == 1 && o.By == MaxOf && isByte(in[0])) {
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
	if d := b.Inputs[0].DType(); d == tensor.Uint8Type || d == tensor.Int8Type {
		return bindCodesPool(o, b)
	}
	return forFloat(b, o, bindPool[float32], bindPool[float64])
}

// bindCodesPool returns the step for the largest integers.
func bindCodesPool(o Pool, b *graph.Binding) (graph.Step, error) {
	w, err := newPoolWalk(o, b.Inputs[0].Shape(), b.Outputs[0].Shape())
	if err != nil {
		return nil, err
	}
	w.standApart(b.Outputs[0])
	y, x := bytesOfImages(b.Outputs[0], o.ChannelsLast), bytesOfImages(b.Inputs[0], o.ChannelsLast)
	signed := b.Inputs[0].DType() == tensor.Int8Type
	var to, from []uint8
	run := inRows[float32](b, w, func(w *poolWalk, row int) {
		w.eachOf(row, func(out, in int, window *tensor.Window, _ int) {
			tensor.MaxWindows(&to[out], &from[in], window, signed)
		})
	})
	return func() {
		to, from = y.write(), x.read()
		run()
		y.done()
	}, nil
}

func bindPool[T tensor.Float](o Pool, b *graph.Binding) (graph.Step, error) {
	w, err := newPoolWalk(o, b.Inputs[0].Shape(), b.Outputs[0].Shape())
	if err != nil {
		return nil, err
	}
	w.standApart(b.Outputs[0])
	y, x := newImages[T](b.Outputs[0], o.ChannelsLast), newImages[T](b.Inputs[0], o.ChannelsLast)
	kernels := graph.Engine[T](b).Kernels()
	ones := slices.Repeat([]T{1}, w.channels)
	divisors := map[int][]T{}
	if o.By == MeanOf {
		w.eachCount(func(count, places int) {
			if n := places * w.channels; len(divisors[count]) < n {
				divisors[count] = slices.Repeat([]T{T(count)}, n)
			}
		})
	}
	var to, from []T
	run := inRows[T](b, w, func(w *poolWalk, row int) {
		w.eachOf(row, func(out, in int, window *tensor.Window, count int) {
			if o.By == MaxOf {
				kernels.Conv.MaxWindows(&to[out], &from[in], window)
				return
			}
			kernels.Conv.Depthwise(&to[out], &from[in], &ones[0], window, false)
			sums := to[out:][:window.M*w.channels]
			kernels.Binary[tensor.Div](sums, sums, divisors[count][:len(sums)])
		})
	})
	return func() {
		to, from = y.write(), x.read()
		run()
		y.done()
	}, nil
}

// TakesGaps says that pixels of largest elements may stand apart. Those that are read may not:
// reading less than whole lines of the caches costs as much as the copy that it would save.
func (o Pool) TakesGaps(_ []graph.Type, operand, dims int) bool {
	return operand == graph.OutputGaps && o.ChannelsLast && dims == 1 && o.By == MaxOf
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

// TakesGaps says that pixels stand side by side.
func (PoolGradient) TakesGaps([]graph.Type, int, int) bool { return false }

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
		return poolMeans(b, w, dx, g), nil
	}
	x, y := newImages[T](b.Inputs[1], o.ChannelsLast), newImages[T](b.Inputs[2], o.ChannelsLast)
	kernel := graph.Engine[T](b).Kernels().Conv.MaxWindowsGradient
	var to, up, from, largest []T
	run := inImages[T](b, w, func(_ int, w *poolWalk, image int) {
		clear(to[image*w.elements():][:w.elements()])
		w.each(image, func(out, in int, window *tensor.Window, _ int) {
			kernel(&to[in], &up[out], &from[in], &largest[out], window)
		})
	})
	return func() {
		to, up, from, largest = dx.write(), g.read(), x.read(), y.read()
		run()
		dx.done()
	}, nil
}

// poolMeans returns the step of the gradient of means.
func poolMeans[T tensor.Float](b *graph.Binding, w *poolWalk, dx, g *images[T]) graph.Step {
	addRow := graph.Engine[T](b).Kernels().Rows.BroadcastAdd
	rows := make([][]T, graph.Engine[T](b).Threads()) // what each pixel of a window gets
	for i := range rows {
		rows[i] = make([]T, w.channels)
	}
	var to, up []T
	run := inImages[T](b, w, func(part int, w *poolWalk, image int) {
		pixels := to[image*w.elements():][:w.elements()]
		if count, ok := w.isWhole(); ok {
			for c, v := range up[image*w.channels:][:w.channels] {
				pixels[c] = T(v/T(count)) + 0 // no −0, as sums have none
			}
			for n := w.channels; n < len(pixels); n *= 2 {
				copy(pixels[n:], pixels[:n])
			}
			return
		}
		clear(pixels)
		row := rows[part]
		w.each(image, func(out, in int, window *tensor.Window, count int) {
			for i := range window.M {
				for c, v := range up[out+i*w.channels:][:w.channels] {
					row[c] = v / T(count)
				}
				for steps := w.steps[:window.K]; len(steps) > 0; {
					n := adjacent(steps, w.channels)
					addRow(to[in+i*window.ARow+int(steps[0]):][:n*w.channels], row)
					steps = steps[n:]
				}
			}
		})
	})
	return func() {
		to, up = dx.write(), g.read()
		run()
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
