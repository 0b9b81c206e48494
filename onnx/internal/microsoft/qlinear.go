package microsoft

import (
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/standard"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// microsoftLinear are the operators of ONNX Runtime's domain on codes of 8 bits: each input of
// codes is followed by its scale and its zero point, as the output is. The numbers are rounded
// where its CPU kernels round them.
var microsoftLinear = []plan.Operator{
	{Name: "QLinearAdd", Since: 1, Min: 7, Max: 8, Translate: qLinearAdd},
	{Name: "QLinearAveragePool", Since: 1, Min: 4, Max: 5, Attributes: standard.Window +
		" ceil_mode " +
		"count_include_pad channels_last=0", Translate: qLinearAveragePool},
	{Name: "QLinearConcat", Since: 1, Min: 5, Max: plan.Many, Attributes: "axis",
		Translate: qLinearConcat},
	{Name: "QLinearConv", Since: 1, Min: 8, Max: 9, Attributes: standard.Window +
		" group channels_last=0",
		Translate: standard.QLinearConv},
	{Name: "QLinearGlobalAveragePool", Since: 1, Min: 5, Max: 5, Attributes: "channels_last",
		Translate: qLinearGlobalAveragePool},
	{Name: "QLinearLeakyRelu", Since: 1, Min: 4, Max: 5, Attributes: "alpha",
		Translate: byTable(func(c *plan.Call, x *graph.Value) *graph.Value {
			return c.B().Apply(op.Parametric{Function: tensor.LeakyRelu,
				Alpha: c.AttrFloat("alpha", 0.01)}, x)
		})},
	{Name: "QLinearMul", Since: 1, Min: 7, Max: 8, Translate: qLinearMul},
	{Name: "QLinearSigmoid", Since: 1, Min: 4, Max: 5,
		Translate: byTable(func(c *plan.Call, x *graph.Value) *graph.Value {
			return op.Apply(c.B(), tensor.Sigmoid, x)
		})},
	{Name: "QLinearSoftmax", Since: 1, Min: 5, Max: 5, Attributes: "axis opset",
		Translate: qLinearSoftmax},
	{Name: "QLinearWhere", Since: 1, Min: 9, Max: 9, Translate: qLinearWhere},
	{Name: "QGemm", Since: 1, Min: 6, Max: 9, Attributes: "alpha transA transB", Translate: qGemm},
}

// one returns an input of a single number as float32, 0 where there is none.
func one(c *plan.Call, i int) *graph.Value {
	if !c.Has(i) {
		return c.Scalar(tensor.Float32Type, 0)
	}
	return op.Cast(c.B(), c.Reshape(c.Value(i)), tensor.Float32Type)
}

// numbersOfCodes returns what codes stand for: less their zero point, times their scale.
func numbersOfCodes(c *plan.Call, codes *graph.Value, scale, zero int) *graph.Value {
	x := op.Cast(c.B(), codes, tensor.Float32Type)
	if c.Has(zero) {
		x = op.Sub(c.B(), x, one(c, zero))
	}
	return op.Mul(c.B(), x, one(c, scale))
}

// codesOf returns round(x/scale) + zero point, within the codes of an element type.
func codesOf(c *plan.Call, x *graph.Value, scale, zero int, e value.ElementType) *graph.Value {
	return standard.Saturate(c, op.Div(c.B(), x, one(c, scale)), one(c, zero), e)
}

// lookup returns, for each code of an input, the code that f gives for the number it stands for: of
// all 256 codes once.
func lookup(c *plan.Call, input, scale, zero int, to [2]int,
	f func(x *graph.Value) *graph.Value) *graph.Value {
	e := c.Element(input)
	if e != value.Uint8 && e != value.Int8 {
		c.Fail("its input %d is %v, not of 8 bits", input, c.Val(input))
	}
	all := tensor.NewArray(e.Storage(), 256)
	for i := range tensor.Words[uint8](all) {
		tensor.Words[uint8](all)[i] = uint8(i)
	}
	table := f(numbersOfCodes(c, c.B().Constant(all), scale, zero))
	table = codesOf(c, table, to[0], to[1], e)
	c.KeepWhole()
	return c.B().Apply(op.Lookup{}, c.Value(input), c.Reshape(table, 256))
}

// byTable returns the translation of a function of one number.
func byTable(f func(c *plan.Call, x *graph.Value) *graph.Value) func(*plan.Call) {
	return func(c *plan.Call) {
		y := lookup(c, 0, 1, 2, [2]int{3, 4}, func(x *graph.Value) *graph.Value { return f(c, x) })
		c.SetLike(0, y, 0)
	}
}

func same(x *graph.Value) *graph.Value { return x }

func qLinearConcat(c *plan.Call) {
	var parts []*graph.Value
	if len(c.Inputs)%3 != 2 {
		c.Fail("%d inputs, which are no tensors with scale and zero point", len(c.Inputs))
	}
	for i := 2; i < len(c.Inputs); i += 3 {
		parts = append(parts, lookup(c, i, i+1, i+2, [2]int{0, 1}, same))
	}
	axis := c.Axis(c.AttrInt("axis", 0), c.Rank(2))
	c.SetLike(0, op.Concat(c.B(), axis, parts...), 2)
}

func qLinearWhere(c *plan.Call) {
	x, y := lookup(c, 1, 2, 3, [2]int{7, 8}, same), lookup(c, 4, 5, 6, [2]int{7, 8}, same)
	c.SetLike(0, c.Where(c.Value(0), x, y), 1)
}

// scales are what the codes of two operands and of the result stand for.
type scales struct{ scale, zero [3]float32 }

// pair computes a function of pairs of codes, which are broadcast. Its result is within 8 bits.
func pair(c *plan.Call, name string, x, y *graph.Value, order [2]int,
	f func(s scales) func(a, b, low, high float32) float32) {
	e := c.Element(0)
	if e != value.Uint8 && e != value.Int8 || c.Element(3) != e {
		c.Fail("its inputs %v and %v are not of the same 8 bits", c.Val(0), c.Val(3))
	}
	shape, err := graph.Broadcast(x.Shape(), y.Shape())
	if err != nil {
		c.Fail("%w", err)
	}
	s, _ := shape.Ints()
	inputs := []*graph.Value{op.BroadcastTo(c.B(), x, s...), op.BroadcastTo(c.B(), y, s...)}
	if table := pairTable(c, order, e, f); table != nil {
		c.KeepWhole()
		c.SetLike(0, c.B().Apply(op.LookupPair{}, append(inputs, table)...), 0)
		return
	}
	for _, i := range []int{order[0] + 1, order[1] + 1, 6} {
		inputs = append(inputs, one(c, i), one(c, i+1))
	}
	lowest, highest := standard.Limits(e)
	c.SetLike(0, c.Native(name, e.Storage(), s, func(in []*tensor.Array, out *tensor.Array) func() {
		prepare := func() func(a, b, low, high float32) float32 {
			var s scales
			for i := range 3 {
				s.scale[i] = tensor.Elements[float32](in[2+2*i])[0]
				s.zero[i] = tensor.Elements[float32](in[3+2*i])[0]
			}
			return f(s)
		}
		if e == value.Int8 {
			return combine[int8](out, in[0], in[1], float32(lowest), float32(highest), prepare)
		}
		return combine[uint8](out, in[0], in[1], float32(lowest), float32(highest), prepare)
	}, inputs...), 0)
}

// pairTable returns the results of all pairs of codes, of bytes 256·a + b, nil unless all scales
// are known.
func pairTable(c *plan.Call, order [2]int, e value.ElementType,
	f func(s scales) func(a, b, low, high float32) float32) *graph.Value {
	var s scales
	for i, at := range []int{order[0] + 1, order[1] + 1, 6} {
		scale := c.Val(at).Constant
		if scale == nil || scale.Len() != 1 || c.Has(at+1) && c.Val(at+1).Constant == nil {
			return nil
		}
		s.scale[i] = float32(tensors.Numbers[float64](scale.Array())[0])
		if c.Has(at + 1) {
			s.zero[i] = float32(tensors.Numbers[float64](c.Val(at + 1).Constant.Array())[0])
		}
	}
	result, table := f(s), tensor.NewArray(e.Storage(), 1<<16)
	lowest, highest := standard.Limits(e)
	number := func(b uint8) float32 {
		if e.IsSigned() {
			return float32(int8(b))
		}
		return float32(b)
	}
	for i := range tensor.Words[uint8](table) {
		v := result(number(uint8(i>>8)), number(uint8(i)), float32(lowest), float32(highest))
		tensor.Words[uint8](table)[i] = uint8(int32(v))
	}
	return c.B().Constant(table)
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

// qLinearAdd is round(a·ra + (b·rb + z)), each sum and product rounded as one, where the ratios of
// the scales are ra and rb, and z is all that zero points contribute. It does not commute: where
// one operand has a single number for what the other has side by side, that is b.
func qLinearAdd(c *plan.Call) {
	x, y, order := c.Value(0), c.Value(3), [2]int{0, 3}
	if innermost(native.Dims(x), native.Dims(y)) {
		x, y, order = y, x, [2]int{3, 0}
	}
	pair(c, "qlinear_add", x, y, order, func(s scales) func(a, b, low, high float32) float32 {
		ra, rb := float64(s.scale[0]/s.scale[2]), float64(s.scale[1]/s.scale[2])
		z := float32(rb * float64(s.zero[1]))
		z = float32(float64(ra*float64(s.zero[0])) + float64(z))
		constant := float64(s.zero[2] - z)
		return func(a, b, low, high float32) float32 {
			sum := float32(float64(float64(b)*rb) + constant)
			return standard.Rounded(float32(float64(float64(a)*ra)+float64(sum)), low, high)
		}
	})
}

// innermost reports whether x has one number where y has several, in the last dimension in which
// one of the two has.
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

func qLinearMul(c *plan.Call) {
	pair(c, "qlinear_mul", c.Value(0), c.Value(3), [2]int{0, 3},
		func(s scales) func(a, b, low, high float32) float32 {
			factor := s.scale[0] * s.scale[1] / s.scale[2]
			return func(a, b, low, high float32) float32 {
				product := float32((a-s.zero[0])*(b-s.zero[1])) * factor
				return standard.Rounded(float32(product)+s.zero[2], low, high)
			}
		})
}

// qLinearAveragePool rounds once, after the zero point was added.
func qLinearAveragePool(c *plan.Call) {
	y := standard.Averages(c, numbersOfCodes(c, c.Value(0), 1, 2))
	y = op.Add(c.B(), op.Div(c.B(), y, one(c, 3)), one(c, 4))
	c.SetLike(0, standard.Saturate(c, y, nil, c.Element(0)), 0)
}

func qLinearGlobalAveragePool(c *plan.Call) {
	b, axes := c.B(), standard.SpaceAxes(c)
	if c.AttrInt("channels_last", 0) != 0 {
		var inner []int
		for i := range standard.Space(c, 0) {
			inner = append(inner, 1+i)
		}
		axes = op.IntsOf(inner...)
	}
	x := op.Sub(b, op.Cast(b, c.Value(0), tensor.Float32Type), one(c, 2))
	shape, n := c.Shape(0), 1
	for _, axis := range axes.Values() {
		n *= shape[axis]
	}
	if 255*n >= standard.ExactFloats {
		x = op.Cast(b, x, tensor.Float64Type)
	}
	sum := op.Cast(b, standard.Reduce(op.SumOf)(c, x, axes, true), tensor.Float32Type)
	factor := op.Div(b, one(c, 1), op.Scale(b, one(c, 3), float64(n)))
	c.SetLike(0, standard.Saturate(c, op.Mul(b, sum, factor), one(c, 4), c.Element(0)), 0)
}

// qLinearSoftmax multiplies by the largest whole number in 1/scale: with the scale 1/255, 1 becomes
// 254. Where that is the quotient itself, the codes are those of [op.Quantize].
func qLinearSoftmax(c *plan.Call) {
	b := c.B()
	x := b.Apply(op.Dequantize{}, c.Value(0), one(c, 1), standard.ZeroPoint(c, c.Element(0), 2))
	p := standard.AlongAxis(c, x, c.AttrInt("opset", 13), -1, standard.Softmax)
	if s := c.Val(3).Constant; s != nil && c.Element(4).IsByte() {
		scale := tensor.Elements[float32](s.Array())[0]
		if fraction, _ := math.Frexp(float64(scale)); fraction == 0.5 && scale <= 1 { // a power of two
			c.SetAs(0, b.Apply(op.Quantize{To: c.Element(4).Storage()}, p, one(c, 3),
				standard.ZeroPoint(c, c.Element(4), 4)), c.Element(4))
			return
		}
	}
	p = op.Mul(b, p, op.Map(b, op.Floor, op.Div(b, c.Scalar(tensor.Float32Type, 1), one(c, 3))))
	c.SetLike(0, standard.Saturate(c, p, one(c, 4), c.Element(0)), 0)
}

// qGemm is α·op(A)·op(B) + C of integers; without a scale for the result, as floats.
func qGemm(c *plan.Call) {
	b := c.B()
	transposeA, transposeB := c.AttrInt("transA", 0) != 0, c.AttrInt("transB", 0) != 0
	if c.Rank(0) != 2 || c.Rank(3) != 2 {
		c.Fail("its inputs %v and %v are not matrices", c.Val(0), c.Val(3))
	}
	factor := op.Mul(b, op.Scale(b, one(c, 1), c.AttrFloat("alpha", 1)), c.Float(4))
	p, ok := standard.PackedProduct(c, 0, 2, 3, 5, transposeB)
	if ok && !transposeA && p.Add(c, 6) && packedGemm(c, p, factor) {
		return
	}
	x, y := standard.Centred(c, 0, 2, false), standard.Centred(c, 3, 5, transposeB)
	if transposeA {
		x.Value = op.Transpose(b, x.Value, 0, 1)
	}
	if transposeB {
		y = transposed(y, c)
	}
	z, isFloat := standard.IntegerMatMul(c, x, y)
	if c.Has(6) {
		z, isFloat = op.Add(b, op.Cast(b, z, tensor.Int32Type), c.Value(6)), false
	}
	if !c.Has(7) {
		c.Set(0, op.Mul(b, standard.AsFloat(c, z, isFloat), factor))
		return
	}
	y2 := op.Mul(b, standard.AsFloat(c, z, isFloat), op.Div(b, factor, one(c, 7)))
	c.SetLike(0, standard.Saturate(c, y2, one(c, 8), c.Element(0)), 0)
}

// packedGemm gives a packed product times a factor, over the result's scale if there is one, or
// reports that it can't.
func packedGemm(c *plan.Call, p standard.PackedRows, factor *graph.Value) bool {
	if !c.Has(7) {
		z, ok := p.Scaled(c, factor, nil)
		if ok {
			c.Set(0, z)
		}
		return ok
	}
	codes, ok := p.Requantised(c, op.Div(c.B(), factor, one(c, 7)), 8)
	if ok {
		c.SetAs(0, codes, c.Element(8))
	}
	return ok
}

// transposed returns the transpose of a matrix.
func transposed(w standard.Integers, c *plan.Call) standard.Integers {
	s := native.Dims(w.Value)
	if w.Known != nil {
		known := make([]float32, len(w.Known))
		for i, v := range w.Known {
			known[i%s[1]*s[0]+i/s[1]] = v
		}
		w.Known = known
	}
	w.Value = op.Transpose(c.B(), w.Value, 0, 1)
	return w
}
