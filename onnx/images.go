package onnx

import (
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// images are the operators whose windows go over images.
var images = []operator{
	{name: "AveragePool", since: 1, min: 1, max: 1, attributes: window + " ceil_mode count_include_pad",
		translate: averagePool},
	{name: "Conv", since: 1, min: 2, max: 3, attributes: window + " group", translate: conv},
	{name: "ConvTranspose", since: 1, min: 2, max: 3,
		attributes: window + " group output_padding output_shape", translate: convTranspose},
	{name: "GlobalAveragePool", since: 1, min: 1, max: 1, translate: globalPool(op.MeanOf)},
	{name: "GlobalLpPool", since: 1, min: 1, max: 1, attributes: "p", translate: globalLpPool},
	{name: "GlobalMaxPool", since: 1, min: 1, max: 1, translate: globalPool(op.MaxOf)},
	{name: "LpPool", since: 1, min: 1, max: 1, attributes: window + " ceil_mode p", translate: lpPool},
	{name: "MaxPool", since: 1, min: 1, max: 1, attributes: window + " ceil_mode storage_order",
		translate: maxPool},
	{name: "MaxUnpool", since: 9, min: 2, max: 3, attributes: "kernel_shape pads strides",
		translate: maxUnpool},
}

// window are the attributes of windows.
const window = "auto_pad dilations kernel_shape pads strides"

// windowOver is a window over the dimensions of space.
type windowOver struct {
	kernel, stride, dilation, before, after []int
	ceil                                    bool
}

// window returns the window that the attributes describe, over an image of these dimensions of
// space.
func (c *call) window(space, kernel []int) windowOver {
	n := len(space)
	w := windowOver{kernel: kernel, stride: c.attrInts("strides"), dilation: c.attrInts("dilations"),
		before: make([]int, n), after: make([]int, n), ceil: c.attrInt("ceil_mode", 0) != 0}
	if len(w.stride) == 0 {
		w.stride = slices.Repeat([]int{1}, n)
	}
	if len(w.dilation) == 0 {
		w.dilation = slices.Repeat([]int{1}, n)
	}
	if len(w.kernel) != n || len(w.stride) != n || len(w.dilation) != n {
		c.fail("a kernel %v, strides %v, dilations %v over %d dimensions", w.kernel, w.stride, w.dilation,
			n)
	}
	pads := c.attrInts("pads")
	if len(pads) != 0 && len(pads) != 2*n {
		c.fail("%d pads for %d dimensions", len(pads), n)
	}
	auto := c.attrString("auto_pad", "NOTSET")
	for d := range n {
		if w.stride[d] < 1 || w.dilation[d] < 1 || w.kernel[d] < 1 {
			c.fail("a kernel %v, strides %v, dilations %v", w.kernel, w.stride, w.dilation)
		}
		switch auto {
		case "NOTSET", "":
			if len(pads) > 0 {
				w.before[d], w.after[d] = pads[d], pads[n+d]
			}
		case "VALID":
		case "SAME_UPPER", "SAME_LOWER":
			places := (space[d] + w.stride[d] - 1) / w.stride[d]
			total := max((places-1)*w.stride[d]+(w.kernel[d]-1)*w.dilation[d]+1-space[d], 0)
			w.before[d], w.after[d] = half2(total, auto == "SAME_UPPER")
		default:
			c.fail("the padding %q is unknown", auto)
		}
	}
	return w
}

// half2 splits a padding in two, of which the second or the first is larger by one if it is odd.
func half2(total int, secondLarger bool) (before, after int) {
	if secondLarger {
		return total / 2, total - total/2
	}
	return total - total/2, total / 2
}

// sliding returns the window as operators of graphs have it.
func (w windowOver) sliding() op.Sliding {
	return op.Sliding{Stride: op.IntsOf(w.stride...), Dilation: op.IntsOf(w.dilation...),
		Before: op.IntsOf(w.before...), After: op.IntsOf(w.after...)}
}

// places returns the number of places of the window in a dimension.
func (w windowOver) places(d, n int) int {
	free := n + w.before[d] + w.after[d] - (w.kernel[d]-1)*w.dilation[d] - 1
	if free < 0 {
		return 0
	}
	places := free/w.stride[d] + 1
	if w.ceil && free%w.stride[d] != 0 && places*w.stride[d] < n+w.before[d] {
		places++
	}
	return places
}

// space returns the dimensions of space of an input.
func (c *call) space(i int) []int {
	s := c.shape(i)
	if len(s) < 3 {
		c.fail("its input %d is %v, not of images", i, c.val(i))
	}
	return s[2:]
}

// kernelOf returns the kernel, of an attribute or the weights.
func (c *call) kernelOf() []int {
	if k := c.attrInts("kernel_shape"); k != nil || len(c.inputs) < 2 {
		return k
	}
	return c.space(1)
}

func conv(c *call) { c.setLike(0, c.convolution(), 0) }

// convolution returns the convolution of the first input, with a bias if there is one.
func (c *call) convolution() *graph.Value {
	w := c.window(c.space(0), c.kernelOf())
	if !slices.Equal(w.kernel, c.space(1)) {
		c.fail("a kernel of %v with weights %v", w.kernel, c.val(1))
	}
	o := op.Conv{Sliding: w.sliding(), Groups: c.attrInt("group", 1)}
	return op.Convolve(c.b(), o, c.float(0), c.float(1), c.bias(2))
}

// bias returns an input of floats, or nil.
func (c *call) bias(i int) *graph.Value {
	if !c.has(i) {
		return nil
	}
	return c.float(i)
}

func convTranspose(c *call) {
	space, kernel := c.space(0), c.space(1)
	n := len(space)
	auto := c.attrString("auto_pad", "NOTSET")
	w := c.window(space, kernel)
	more := c.attrInts("output_padding")
	if more == nil {
		more = make([]int, n)
	}
	want := c.attrInts("output_shape")
	if len(want) == n+2 {
		want = want[2:]
	}
	if len(more) != n || want != nil && len(want) != n {
		c.fail("an output padding %v and an output shape %v for %d dimensions", more, want, n)
	}
	for d := range n {
		size := (space[d]-1)*w.stride[d] + more[d] + (kernel[d]-1)*w.dilation[d] + 1
		switch {
		case want != nil:
			total := size - want[d]
			w.before[d], w.after[d] = half2(max(total, 0), auto == "SAME_UPPER")
			w.after[d] += min(total, 0)
		case auto == "SAME_UPPER" || auto == "SAME_LOWER":
			w.before[d], w.after[d] = half2(max(size-space[d]*w.stride[d], 0), auto == "SAME_UPPER")
		}
		w.after[d] -= more[d]
	}
	o := op.Conv{Sliding: w.sliding(), Groups: c.attrInt("group", 1)}
	c.setLike(0, op.ConvolveTransposed(c.b(), o, c.float(0), c.float(1), c.bias(2)), 0)
}

func averagePool(c *call) { c.setLike(0, c.averages(c.float(0)), 0) }

// averages returns the averages over the windows of x, of the first input's shape.
func (c *call) averages(x *graph.Value) *graph.Value {
	w := c.window(c.space(0), c.kernelOf())
	return c.b().Apply(op.Pool{Sliding: w.sliding(), By: op.MeanOf, Kernel: op.IntsOf(w.kernel...),
		Ceil: w.ceil, CountPadding: c.attrInt("count_include_pad", 0) != 0}, x)
}

// globalPool folds all dimensions of space.
func globalPool(by op.Reduction) func(*call) {
	return func(c *call) { c.setLike(0, reduce(by)(c, c.float(0), c.spaceAxes(), true), 0) }
}

// spaceAxes returns the axes of the dimensions of space.
func (c *call) spaceAxes() op.Ints {
	var axes []int
	for i := range c.space(0) {
		axes = append(axes, 2+i)
	}
	return op.IntsOf(axes...)
}

// globalLpPool is (Σ |x|^p)^(1/p) over the dimensions of space.
func globalLpPool(c *call) {
	x, p := c.float(0), c.attrFloat("p", 2)
	if a := c.attribute("p"); a != nil && c.version() > 1 {
		p = float64(a.Int)
	}
	y := reduce(op.SumOf)(c, c.power(op.Map(c.b(), op.Abs, x), p), c.spaceAxes(), true)
	c.setLike(0, c.power(y, 1/p), 0)
}

// power returns x^p.
func (c *call) power(x *graph.Value, p float64) *graph.Value {
	switch p {
	case 1:
		return x
	case 2:
		return op.Mul(c.b(), x, x)
	case 0.5:
		return op.Apply(c.b(), tensor.Sqrt, x)
	}
	return op.Pow(c.b(), x, c.like(x, p))
}

// lpPool is (Σ |x|^p)^(1/p) over each window. Padding counts as 0, and what is beyond it does not.
func lpPool(c *call) {
	x, p := c.float(0), float64(c.attrInt("p", 2))
	w := c.window(c.space(0), c.kernelOf())
	y := c.slide("lp_pool", w, c.power(op.Map(c.b(), op.Abs, x), p),
		func(at []int, x []float64) float64 {
			total := 0.0
			for _, i := range at {
				total += x[i]
			}
			return total
		})
	c.setLike(0, c.power(y, 1/p), 0)
}

// slide computes a function of each window: of the indices in an image of those of its elements
// that are not padding.
func (c *call) slide(name string, w windowOver, x *graph.Value,
	f func(at []int, x []float64) float64) *graph.Value {
	shape := dims(x)
	out := slices.Clone(shape)
	for d := range w.kernel {
		out[2+d] = w.places(d, shape[2+d])
	}
	images, pixels, places := shape[0]*shape[1], sizeOf(shape[2:]), sizeOf(out[2:])
	taps := w.taps(shape[2:], out[2:])
	wide := op.Cast(c.b(), x, tensor.Float64Type)
	y := c.native(name, tensor.Float64Type, out, func(in []*tensor.Array, out *tensor.Array) func() {
		from, to := tensor.Slot[float64](in[0]), tensor.Slot[float64](out)
		return func() {
			for image := range images {
				for i := range places {
					(*to)[image*places+i] = f(taps[i], (*from)[image*pixels:][:pixels])
				}
			}
		}
	}, wide)
	return op.Cast(c.b(), y, x.DType())
}

// taps returns the indices of each window's elements within an image.
func (w windowOver) taps(space, places []int) [][]int {
	all := make([][]int, sizeOf(places))
	for p := range all {
		list := []int{0}
		rest := p
		start := make([]int, len(space))
		for d := len(space) - 1; d >= 0; d-- {
			start[d] = rest%places[d]*w.stride[d] - w.before[d]
			rest /= places[d]
		}
		for d, n := range space {
			var next []int
			for _, at := range list {
				for k := range w.kernel[d] {
					if i := start[d] + k*w.dilation[d]; i >= 0 && i < n {
						next = append(next, at*n+i)
					}
				}
			}
			list = next
		}
		all[p] = list
	}
	return all
}

// maxPool is that of graphs, unless the places of the largest elements are wanted.
func maxPool(c *call) {
	w := c.window(c.space(0), c.kernelOf())
	x := c.number(0)
	if !x.DType().IsFloat() {
		x = op.Cast(c.b(), x, tensor.Float32Type) // which holds those of 8 bits
	}
	o := op.Pool{Sliding: w.sliding(), By: op.MaxOf, Kernel: op.IntsOf(w.kernel...), Ceil: w.ceil}
	y := c.b().Apply(o, x)
	if c.b().Err() == nil && c.wants(1) {
		c.set(1, c.maxIndices(w, x))
	}
	c.setLike(0, op.Cast(c.b(), y, c.computed(0)), 0)
}

// computed returns the type that an input's elements are computed with.
func (c *call) computed(i int) tensor.DType {
	if c.element(i).isHalf() {
		return tensor.Float32Type
	}
	return c.element(i).storage()
}

// maxIndices returns where the largest element of each window is, counted through the whole input.
func (c *call) maxIndices(w windowOver, x *graph.Value) *graph.Value {
	space := c.space(0)
	columns := c.attrInt("storage_order", 0) != 0
	pixels := sizeOf(space)
	y := c.slide("max_indices", w, x, func(at []int, x []float64) float64 {
		best := math.NaN()
		largest := math.Inf(-1)
		for _, i := range at {
			if x[i] != x[i] {
				return float64(i)
			}
			if x[i] > largest || best != best {
				best, largest = float64(i), x[i]
			}
		}
		return best
	})
	index := op.Cast(c.b(), y, tensor.Int64Type)
	if columns { // counted column by column
		strides := make([]int, len(space))
		stride := 1
		for d := range space {
			strides[d] = stride
			stride *= space[d]
		}
		table := make([]int64, pixels)
		for i := range table {
			rest := i
			for d := len(space) - 1; d >= 0; d-- {
				table[i] += int64(rest % space[d] * strides[d])
				rest /= space[d]
			}
		}
		index = op.Gather(c.b(), c.b().Constant(tensor.ArrayOf(table, pixels)), index, 0)
	}
	s := c.shape(0)
	offsets := make([]int64, s[0]*s[1])
	for i := range offsets {
		offsets[i] = int64(i * pixels)
	}
	first := append([]int{s[0], s[1]}, slices.Repeat([]int{1}, len(space))...)
	return op.Add(c.b(), index, c.b().Constant(tensor.ArrayOf(offsets, first...)))
}

// maxUnpool puts elements where MaxPool took them from, among zeros.
func maxUnpool(c *call) {
	s, kernel := c.shape(0), c.kernelOf()
	w := c.window(c.space(0), kernel)
	shape := slices.Clone(s)
	for d := range kernel {
		shape[2+d] = (s[2+d]-1)*w.stride[d] - w.before[d] - w.after[d] + kernel[d]
	}
	natural := shape
	if c.has(2) {
		shape = c.ints(2)
	}
	if len(shape) != len(s) {
		c.fail("an output of shape %v for %v", shape, c.val(0))
	}
	// The indices are those of the natural shape.
	x := c.number(0)
	zeros := op.BroadcastTo(c.b(), c.like(x, 0), sizeOf(natural))
	flat := op.ScatterElements(c.b(), zeros, c.reshape(c.value(1), sizeOf(s)), c.reshape(x, sizeOf(s)), 0,
		op.Replaced)
	y := c.reshape(flat, natural...)
	before, after := make([]int, len(s)), make([]int, len(s))
	for d := range shape {
		after[d] = shape[d] - natural[d]
	}
	c.setLike(0, op.Pad(c.b(), y, before, after, 0), 0)
}
