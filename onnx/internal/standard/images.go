package standard

import (
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/tensor"
)

// images are the operators whose windows go over images.
var images = []plan.Operator{
	{Name: "AveragePool", Since: 1, Min: 1, Max: 1, Attributes: Window +
		" ceil_mode count_include_pad",
		Translate: averagePool},
	{Name: "Conv", Since: 1, Min: 2, Max: 3, Attributes: Window + " group", Translate: conv},
	{Name: "ConvTranspose", Since: 1, Min: 2, Max: 3,
		Attributes: Window + " group output_padding output_shape", Translate: convTranspose},
	{Name: "GlobalAveragePool", Since: 1, Min: 1, Max: 1, Translate: globalPool(op.MeanOf)},
	{Name: "GlobalLpPool", Since: 1, Min: 1, Max: 1, Attributes: "p", Translate: globalLpPool},
	{Name: "GlobalMaxPool", Since: 1, Min: 1, Max: 1, Translate: globalPool(op.MaxOf)},
	{Name: "LpPool", Since: 1, Min: 1, Max: 1, Attributes: Window + " ceil_mode p",
		Translate: lpPool},
	{Name: "MaxPool", Since: 1, Min: 1, Max: 1, Attributes: Window + " ceil_mode storage_order",
		Translate: maxPool},
	{Name: "MaxUnpool", Since: 9, Min: 2, Max: 3, Attributes: "kernel_shape pads strides",
		Translate: maxUnpool},
}

// Window are the attributes of windows.
const Window = "auto_pad dilations kernel_shape pads strides"

// windowOver is a window over the dimensions of space.
type windowOver struct {
	kernel, stride, dilation, before, after []int
	ceil                                    bool
}

// window returns the window that the attributes describe, over an image of these dimensions of
// space.
func window(c *plan.Call, space, kernel []int) windowOver {
	n := len(space)
	w := windowOver{kernel: kernel, stride: c.AttrInts("strides"),
		dilation: c.AttrInts("dilations"),
		before:   make([]int, n), after: make([]int, n), ceil: c.AttrInt("ceil_mode", 0) != 0}
	if len(w.stride) == 0 {
		w.stride = slices.Repeat([]int{1}, n)
	}
	if len(w.dilation) == 0 {
		w.dilation = slices.Repeat([]int{1}, n)
	}
	if len(w.kernel) != n || len(w.stride) != n || len(w.dilation) != n {
		c.Fail("a kernel %v, strides %v, dilations %v over %d dimensions", w.kernel, w.stride,
			w.dilation,
			n)
	}
	pads := c.AttrInts("pads")
	if len(pads) != 0 && len(pads) != 2*n {
		c.Fail("%d pads for %d dimensions", len(pads), n)
	}
	auto := c.AttrString("auto_pad", "NOTSET")
	for d := range n {
		if w.stride[d] < 1 || w.dilation[d] < 1 || w.kernel[d] < 1 {
			c.Fail("a kernel %v, strides %v, dilations %v", w.kernel, w.stride, w.dilation)
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
			c.Fail("the padding %q is unknown", auto)
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

// Space returns the dimensions of space of an input.
func Space(c *plan.Call, i int) []int {
	s := c.Shape(i)
	if len(s) < 3 {
		c.Fail("its input %d is %v, not of images", i, c.Val(i))
	}
	return s[2:]
}

// kernelOf returns the kernel, of an attribute or the weights.
func kernelOf(c *plan.Call) []int {
	if k := c.AttrInts("kernel_shape"); k != nil || len(c.Inputs) < 2 {
		return k
	}
	return Space(c, 1)
}

func conv(c *plan.Call) { c.SetLike(0, Convolution(c), 0) }

// Convolution returns the convolution of the first input, with a bias if there is one.
func Convolution(c *plan.Call) *graph.Value {
	w := window(c, Space(c, 0), kernelOf(c))
	if !slices.Equal(w.kernel, Space(c, 1)) {
		c.Fail("a kernel of %v with weights %v", w.kernel, c.Val(1))
	}
	if y, ok := quantisedConv(c, BiasOf(c, 2)); ok {
		return y
	}
	o := op.Conv{Sliding: w.sliding(), Groups: c.AttrInt("group", 1)}
	return op.Convolve(c.B(), o, c.Float(0), c.Float(1), BiasOf(c, 2))
}

// BiasOf returns an input of floats, or nil.
func BiasOf(c *plan.Call, i int) *graph.Value {
	if !c.Has(i) {
		return nil
	}
	return c.Float(i)
}

func convTranspose(c *plan.Call) {
	space, kernel := Space(c, 0), Space(c, 1)
	n := len(space)
	auto := c.AttrString("auto_pad", "NOTSET")
	w := window(c, space, kernel)
	more := c.AttrInts("output_padding")
	if more == nil {
		more = make([]int, n)
	}
	want := c.AttrInts("output_shape")
	if len(want) == n+2 {
		want = want[2:]
	}
	if len(more) != n || want != nil && len(want) != n {
		c.Fail("an output padding %v and an output shape %v for %d dimensions", more, want, n)
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
	o := op.Conv{Sliding: w.sliding(), Groups: c.AttrInt("group", 1)}
	c.SetLike(0, op.ConvolveTransposed(c.B(), o, c.Float(0), c.Float(1), BiasOf(c, 2)), 0)
}

func averagePool(c *plan.Call) { c.SetLike(0, Averages(c, c.Float(0)), 0) }

// Averages returns the averages over the windows of x, of the first input's shape.
func Averages(c *plan.Call, x *graph.Value) *graph.Value {
	w := window(c, Space(c, 0), kernelOf(c))
	return c.B().Apply(op.Pool{Sliding: w.sliding(), By: op.MeanOf, Kernel: op.IntsOf(w.kernel...),
		Ceil: w.ceil, CountPadding: c.AttrInt("count_include_pad", 0) != 0}, x)
}

// globalPool folds all dimensions of space.
func globalPool(by op.Reduction) func(*plan.Call) {
	return func(c *plan.Call) { c.SetLike(0, Reduce(by)(c, c.Float(0), SpaceAxes(c), true), 0) }
}

// SpaceAxes returns the axes of the dimensions of space.
func SpaceAxes(c *plan.Call) op.Ints {
	var axes []int
	for i := range Space(c, 0) {
		axes = append(axes, 2+i)
	}
	return op.IntsOf(axes...)
}

// globalLpPool is (Σ |x|^p)^(1/p) over the dimensions of space.
func globalLpPool(c *plan.Call) {
	x, p := c.Float(0), c.AttrFloat("p", 2)
	if a := c.Attribute("p"); a != nil && c.Version() > 1 {
		p = float64(a.Int)
	}
	y := Reduce(op.SumOf)(c, power(c, op.Map(c.B(), op.Abs, x), p), SpaceAxes(c), true)
	c.SetLike(0, power(c, y, 1/p), 0)
}

// power returns x^p.
func power(c *plan.Call, x *graph.Value, p float64) *graph.Value {
	switch p {
	case 1:
		return x
	case 2:
		return op.Mul(c.B(), x, x)
	case 0.5:
		return op.Apply(c.B(), tensor.Sqrt, x)
	}
	return op.Pow(c.B(), x, c.Like(x, p))
}

// lpPool is (Σ |x|^p)^(1/p) over each window. Padding counts as 0, and what is beyond it does not.
func lpPool(c *plan.Call) {
	x, p := c.Float(0), float64(c.AttrInt("p", 2))
	w := window(c, Space(c, 0), kernelOf(c))
	y := slide(c, "lp_pool", w, power(c, op.Map(c.B(), op.Abs, x), p),
		func(at []int, x []float64) float64 {
			total := 0.0
			for _, i := range at {
				total += x[i]
			}
			return total
		})
	c.SetLike(0, power(c, y, 1/p), 0)
}

// slide computes a function of each window: of the indices in an image of those of its elements
// that are not padding.
func slide(c *plan.Call, name string, w windowOver, x *graph.Value,
	f func(at []int, x []float64) float64) *graph.Value {
	shape := native.Dims(x)
	out := slices.Clone(shape)
	for d := range w.kernel {
		out[2+d] = w.places(d, shape[2+d])
	}
	images, pixels, places := shape[0]*shape[1], tensors.Size(shape[2:]), tensors.Size(out[2:])
	taps := w.taps(shape[2:], out[2:])
	wide := op.Cast(c.B(), x, tensor.Float64Type)
	y := c.Native(name, tensor.Float64Type, out, func(in []*tensor.Array,
		out *tensor.Array) func() {
		from, to := tensor.Slot[float64](in[0]), tensor.Slot[float64](out)
		return func() {
			for image := range images {
				for i := range places {
					(*to)[image*places+i] = f(taps[i], (*from)[image*pixels:][:pixels])
				}
			}
		}
	}, wide)
	return op.Cast(c.B(), y, x.DType())
}

// taps returns the indices of each window's elements within an image.
func (w windowOver) taps(space, places []int) [][]int {
	all := make([][]int, tensors.Size(places))
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
func maxPool(c *plan.Call) {
	w := window(c, Space(c, 0), kernelOf(c))
	x := c.Number(0)
	if !x.DType().IsFloat() && c.Wants(1) {
		x = op.Cast(c.B(), x, tensor.Float32Type) // which holds those of 8 bits
	}
	o := op.Pool{Sliding: w.sliding(), By: op.MaxOf, Kernel: op.IntsOf(w.kernel...), Ceil: w.ceil}
	y := c.B().Apply(o, x)
	if c.B().Err() == nil && c.Wants(1) {
		c.Set(1, maxIndices(c, w, x))
	}
	c.SetLike(0, op.Cast(c.B(), y, computed(c, 0)), 0)
}

// computed returns the type that an input's elements are computed with.
func computed(c *plan.Call, i int) tensor.DType {
	if c.Element(i).IsHalf() {
		return tensor.Float32Type
	}
	return c.Element(i).Storage()
}

// maxIndices returns where the largest element of each window is, counted through the whole input.
func maxIndices(c *plan.Call, w windowOver, x *graph.Value) *graph.Value {
	space := Space(c, 0)
	columns := c.AttrInt("storage_order", 0) != 0
	pixels := tensors.Size(space)
	y := slide(c, "max_indices", w, x, func(at []int, x []float64) float64 {
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
	index := op.Cast(c.B(), y, tensor.Int64Type)
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
		index = op.Gather(c.B(), c.B().Constant(tensor.ArrayOf(table, pixels)), index, 0)
	}
	s := c.Shape(0)
	offsets := make([]int64, s[0]*s[1])
	for i := range offsets {
		offsets[i] = int64(i * pixels)
	}
	first := append([]int{s[0], s[1]}, slices.Repeat([]int{1}, len(space))...)
	return op.Add(c.B(), index, c.B().Constant(tensor.ArrayOf(offsets, first...)))
}

// maxUnpool puts elements where MaxPool took them from, among zeros.
func maxUnpool(c *plan.Call) {
	s, kernel := c.Shape(0), kernelOf(c)
	w := window(c, Space(c, 0), kernel)
	shape := slices.Clone(s)
	for d := range kernel {
		shape[2+d] = (s[2+d]-1)*w.stride[d] - w.before[d] - w.after[d] + kernel[d]
	}
	natural := shape
	if c.Has(2) {
		shape = c.Ints(2)
	}
	if len(shape) != len(s) {
		c.Fail("an output of shape %v for %v", shape, c.Val(0))
	}
	// The indices are those of the natural shape.
	x := c.Number(0)
	zeros := op.BroadcastTo(c.B(), c.Like(x, 0), tensors.Size(natural))
	flat := op.ScatterElements(c.B(), zeros, c.Reshape(c.Value(1), tensors.Size(s)), c.Reshape(x,
		tensors.Size(s)), 0,
		op.Replaced)
	y := c.Reshape(flat, natural...)
	before, after := make([]int, len(s)), make([]int, len(s))
	for d := range shape {
		after[d] = shape[d] - natural[d]
	}
	c.SetLike(0, op.Pad(c.B(), y, before, after, 0), 0)
}
