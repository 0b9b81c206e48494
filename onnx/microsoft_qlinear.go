package onnx

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// microsoftLinear are the operators of ONNX Runtime's domain on codes of 8 bits: each input of codes is
// followed by its scale and its zero point, as the output is. The numbers are rounded where its CPU
// kernels round them.
var microsoftLinear = []operator{
	{name: "QLinearAdd", since: 1, min: 7, max: 8, translate: qLinearAdd},
	{name: "QLinearAveragePool", since: 1, min: 4, max: 5, attributes: window + " ceil_mode " +
		"count_include_pad channels_last=0", translate: qLinearAveragePool},
	{name: "QLinearConcat", since: 1, min: 5, max: many, attributes: "axis", translate: qLinearConcat},
	{name: "QLinearConv", since: 1, min: 8, max: 9, attributes: window + " group channels_last=0",
		translate: qLinearConv},
	{name: "QLinearGlobalAveragePool", since: 1, min: 5, max: 5, attributes: "channels_last",
		translate: qLinearGlobalAveragePool},
	{name: "QLinearLeakyRelu", since: 1, min: 4, max: 5, attributes: "alpha",
		translate: byTable(func(c *call, x *graph.Value) *graph.Value {
			return c.b().Apply(op.Parametric{Function: tensor.LeakyRelu, Alpha: c.attrFloat("alpha", 0.01)}, x)
		})},
	{name: "QLinearMul", since: 1, min: 7, max: 8, translate: qLinearMul},
	{name: "QLinearSigmoid", since: 1, min: 4, max: 5,
		translate: byTable(func(c *call, x *graph.Value) *graph.Value {
			return op.Apply(c.b(), tensor.Sigmoid, x)
		})},
	{name: "QLinearSoftmax", since: 1, min: 5, max: 5, attributes: "axis opset",
		translate: qLinearSoftmax},
	{name: "QLinearWhere", since: 1, min: 9, max: 9, translate: qLinearWhere},
	{name: "QGemm", since: 1, min: 6, max: 9, attributes: "alpha transA transB", translate: qGemm},
}

// one returns an input of a single number as float32, 0 where there is none.
func (c *call) one(i int) *graph.Value {
	if !c.has(i) {
		return c.scalar(tensor.Float32Type, 0)
	}
	return op.Cast(c.b(), c.reshape(c.value(i)), tensor.Float32Type)
}

// numbersOfCodes returns what codes stand for: less their zero point, times their scale.
func (c *call) numbersOfCodes(codes *graph.Value, scale, zero int) *graph.Value {
	x := op.Cast(c.b(), codes, tensor.Float32Type)
	if c.has(zero) {
		x = op.Sub(c.b(), x, c.one(zero))
	}
	return op.Mul(c.b(), x, c.one(scale))
}

// codesOf returns round(x/scale) + zero point, within the codes of an element type.
func (c *call) codesOf(x *graph.Value, scale, zero int, e ElementType) *graph.Value {
	return c.saturate(op.Div(c.b(), x, c.one(scale)), c.one(zero), e)
}

// lookup returns, for each code of an input, the code that f gives for the number it stands for: of all
// 256 codes once.
func (c *call) lookup(input, scale, zero int, to [2]int, f func(x *graph.Value) *graph.Value) *graph.Value {
	e := c.element(input)
	if e != Uint8 && e != Int8 {
		c.fail("its input %d is %v, not of 8 bits", input, c.val(input))
	}
	all := tensor.NewArray(e.storage(), 256)
	for i := range tensor.Words[uint8](all) {
		tensor.Words[uint8](all)[i] = uint8(i)
	}
	table := f(c.numbersOfCodes(c.b().Constant(all), scale, zero))
	table = c.codesOf(table, to[0], to[1], e)
	return c.native("lookup", e.storage(), c.shape(input), func(in []*tensor.Array,
		out *tensor.Array) func() {
		return func() {
			table, to := tensor.Words[uint8](in[1]), tensor.Words[uint8](out)
			for i, code := range tensor.Words[uint8](in[0]) {
				to[i] = table[code]
			}
		}
	}, c.value(input), table)
}

// byTable returns the translation of a function of one number.
func byTable(f func(c *call, x *graph.Value) *graph.Value) func(*call) {
	return func(c *call) {
		y := c.lookup(0, 1, 2, [2]int{3, 4}, func(x *graph.Value) *graph.Value { return f(c, x) })
		c.setLike(0, y, 0)
	}
}

func same(x *graph.Value) *graph.Value { return x }

func qLinearConcat(c *call) {
	var parts []*graph.Value
	if len(c.inputs)%3 != 2 {
		c.fail("%d inputs, which are no tensors with scale and zero point", len(c.inputs))
	}
	for i := 2; i < len(c.inputs); i += 3 {
		parts = append(parts, c.lookup(i, i+1, i+2, [2]int{0, 1}, same))
	}
	axis := c.axis(c.attrInt("axis", 0), c.rank(2))
	c.setLike(0, op.Concat(c.b(), axis, parts...), 2)
}

func qLinearWhere(c *call) {
	x, y := c.lookup(1, 2, 3, [2]int{7, 8}, same), c.lookup(4, 5, 6, [2]int{7, 8}, same)
	c.setLike(0, c.where(c.value(0), x, y), 1)
}

// scales are what the codes of two operands and of the result stand for.
type scales struct{ scale, zero [3]float32 }

// pair computes a function of pairs of codes, which are broadcast. Its result is within 8 bits.
func (c *call) pair(name string, x, y *graph.Value, order [2]int,
	f func(s scales) func(a, b, low, high float32) float32) {
	e := c.element(0)
	if e != Uint8 && e != Int8 || c.element(3) != e {
		c.fail("its inputs %v and %v are not of the same 8 bits", c.val(0), c.val(3))
	}
	shape, err := graph.Broadcast(x.Shape(), y.Shape())
	if err != nil {
		panic(failure{err})
	}
	s, _ := shape.Ints()
	inputs := []*graph.Value{op.BroadcastTo(c.b(), x, s...), op.BroadcastTo(c.b(), y, s...)}
	for _, i := range []int{order[0] + 1, order[1] + 1, 6} {
		inputs = append(inputs, c.one(i), c.one(i+1))
	}
	lowest, highest := limits(e)
	c.setLike(0, c.native(name, e.storage(), s, func(in []*tensor.Array, out *tensor.Array) func() {
		prepare := func() func(a, b, low, high float32) float32 {
			var s scales
			for i := range 3 {
				s.scale[i] = tensor.Elements[float32](in[2+2*i])[0]
				s.zero[i] = tensor.Elements[float32](in[3+2*i])[0]
			}
			return f(s)
		}
		if e == Int8 {
			return combine[int8](out, in[0], in[1], float32(lowest), float32(highest), prepare)
		}
		return combine[uint8](out, in[0], in[1], float32(lowest), float32(highest), prepare)
	}, inputs...), 0)
}

func combine[T uint8 | int8](out, x, y *tensor.Array, low, high float32,
	prepare func() func(a, b, low, high float32) float32) func() {
	to, from, other := tensor.Slot[T](out), tensor.Slot[T](x), tensor.Slot[T](y)
	return func() {
		f := prepare()
		b := (*other)[:len(*from)]
		for i, a := range *from {
			(*to)[i] = T(int32(f(float32(a), float32(b[i]), low, high)))
		}
	}
}

// qLinearAdd is round(a·ra + (b·rb + z)), each sum and product rounded as one, where the ratios of the
// scales are ra and rb, and z is all that zero points contribute. It does not commute: where one operand
// has a single number for what the other has side by side, that is b.
func qLinearAdd(c *call) {
	x, y, order := c.value(0), c.value(3), [2]int{0, 3}
	if innermost(dims(x), dims(y)) {
		x, y, order = y, x, [2]int{3, 0}
	}
	c.pair("qlinear_add", x, y, order, func(s scales) func(a, b, low, high float32) float32 {
		ra, rb := float64(s.scale[0]/s.scale[2]), float64(s.scale[1]/s.scale[2])
		z := float32(rb * float64(s.zero[1]))
		z = float32(float64(ra*float64(s.zero[0])) + float64(z))
		constant := float64(s.zero[2] - z)
		return func(a, b, low, high float32) float32 {
			sum := float32(float64(float64(b)*rb) + constant)
			return rounded(float32(float64(float64(a)*ra)+float64(sum)), low, high)
		}
	})
}

// innermost reports whether x has one number where y has several, in the last dimension in which one of
// the two has.
func innermost(x, y []int) bool {
	for i := 1; i <= max(len(x), len(y)); i++ {
		at := func(s []int) int {
			if i > len(s) {
				return 1
			}
			return s[len(s)-i]
		}
		if at(x) != 1 || at(y) != 1 {
			return at(x) == 1
		}
	}
	return false
}

func qLinearMul(c *call) {
	c.pair("qlinear_mul", c.value(0), c.value(3), [2]int{0, 3},
		func(s scales) func(a, b, low, high float32) float32 {
			factor := s.scale[0] * s.scale[1] / s.scale[2]
			return func(a, b, low, high float32) float32 {
				product := float32((a-s.zero[0])*(b-s.zero[1])) * factor
				return rounded(float32(product)+s.zero[2], low, high)
			}
		})
}

// qLinearAveragePool rounds once, after the zero point was added.
func qLinearAveragePool(c *call) {
	y := c.averages(c.numbersOfCodes(c.value(0), 1, 2))
	y = op.Add(c.b(), op.Div(c.b(), y, c.one(3)), c.one(4))
	c.setLike(0, c.saturate(y, nil, c.element(0)), 0)
}

func qLinearGlobalAveragePool(c *call) {
	b, axes := c.b(), c.spaceAxes()
	if c.attrInt("channels_last", 0) != 0 {
		var inner []int
		for i := range c.space(0) {
			inner = append(inner, 1+i)
		}
		axes = op.IntsOf(inner...)
	}
	x := op.Sub(b, op.Cast(b, c.value(0), tensor.Float32Type), c.one(2))
	shape, n := c.shape(0), 1
	for _, axis := range axes.Values() {
		n *= shape[axis]
	}
	if 255*n >= exactFloats {
		x = op.Cast(b, x, tensor.Float64Type)
	}
	sum := op.Cast(b, reduce(op.SumOf)(c, x, axes, true), tensor.Float32Type)
	factor := op.Div(b, c.one(1), op.Scale(b, c.one(3), float64(n)))
	c.setLike(0, c.saturate(op.Mul(b, sum, factor), c.one(4), c.element(0)), 0)
}

// qLinearSoftmax multiplies by the largest whole number in 1/scale: with the scale 1/255, 1 becomes 254.
func qLinearSoftmax(c *call) {
	b := c.b()
	p := c.alongAxis(c.numbersOfCodes(c.value(0), 1, 2), c.attrInt("opset", 13), -1, softmax)
	p = op.Mul(b, p, op.Map(b, op.Floor, op.Div(b, c.scalar(tensor.Float32Type, 1), c.one(3))))
	c.setLike(0, c.saturate(p, c.one(4), c.element(0)), 0)
}

// qGemm is α·op(A)·op(B) + C of integers; without a scale for the result, as floats.
func qGemm(c *call) {
	b := c.b()
	transposeB := c.attrInt("transB", 0) != 0
	x, y := c.centred(0, 2, false), c.centred(3, 5, transposeB)
	if c.rank(0) != 2 || c.rank(3) != 2 {
		c.fail("its inputs %v and %v are not matrices", c.val(0), c.val(3))
	}
	if c.attrInt("transA", 0) != 0 {
		x.value = op.Transpose(b, x.value, 0, 1)
	}
	if transposeB {
		y = y.transposed(c)
	}
	z, isFloat := c.integerMatMul(x, y)
	if c.has(6) {
		z, isFloat = op.Add(b, op.Cast(b, z, tensor.Int32Type), c.value(6)), false
	}
	factor := op.Mul(b, op.Scale(b, c.one(1), c.attrFloat("alpha", 1)), c.float(4))
	if !c.has(7) {
		c.set(0, op.Mul(b, c.asFloat(z, isFloat), factor))
		return
	}
	y2 := op.Mul(b, c.asFloat(z, isFloat), op.Div(b, factor, c.one(7)))
	c.setLike(0, c.saturate(y2, c.one(8), c.element(0)), 0)
}

// transposed returns the transpose of a matrix.
func (w integers) transposed(c *call) integers {
	s := dims(w.value)
	if w.known != nil {
		known := make([]float32, len(w.known))
		for i, v := range w.known {
			known[i%s[1]*s[0]+i/s[1]] = v
		}
		w.known = known
	}
	w.value = op.Transpose(c.b(), w.value, 0, 1)
	return w
}
