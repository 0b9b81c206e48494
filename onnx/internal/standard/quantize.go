package standard

import (
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// quantised are the operators of quantised models. Their integers are exact.
var quantised = []plan.Operator{
	{Name: "ConvInteger", Since: 10, Min: 2, Max: 4, Attributes: Window + " group",
		Translate: convInteger},
	{Name: "DequantizeLinear", Since: 10, Min: 2, Max: 3,
		Attributes: "axis block_size output_dtype",
		Translate:  Dequantize},
	{Name: "DynamicQuantizeLinear", Since: 11, Min: 1, Max: 1, Translate: dynamicQuantize},
	{Name: "MatMulInteger", Since: 10, Min: 2, Max: 4, Translate: matMulInteger},
	{Name: "QLinearConv", Since: 10, Min: 8, Max: 9, Attributes: Window + " group",
		Translate: QLinearConv},
	{Name: "QLinearMatMul", Since: 10, Min: 8, Max: 8, Translate: qLinearMatMul},
	{Name: "QuantizeLinear", Since: 10, Min: 2, Max: 3,
		Attributes: "axis block_size output_dtype precision saturate", Translate: Quantize},
}

// Limits returns the lowest and the highest number of a type of integers.
func Limits(e value.ElementType) (lowest, highest float64) {
	n := e.Bits()
	if e.IsSigned() {
		return -math.Ldexp(1, n-1), math.Ldexp(1, n-1) - 1
	}
	return 0, math.Ldexp(1, n) - 1
}

// spread returns scales or zero points in a shape that is broadcast to x's: one for all, one for
// each index along the axis, or one for each block of it.
func spread(c *plan.Call, v *graph.Value, shape []int) *graph.Value {
	s := native.Dims(v)
	axis := c.AttrInt("axis", 1)
	switch {
	case tensors.Size(s) == 1:
		return c.Reshape(v)
	case len(s) == 1:
		axis = c.Axis(axis, len(shape))
		ones := slices.Repeat([]int{1}, len(shape))
		ones[axis] = s[0]
		return c.Reshape(v, ones...)
	}
	axis = c.Axis(axis, len(shape))
	block := c.AttrInt("block_size", 0)
	if block < 1 || len(s) != len(shape) || (shape[axis]+block-1)/block != s[axis] {
		c.Fail("scales of shape %v for %v in blocks of %d along axis %d", s, shape, block, axis)
	}
	index := make([]int64, shape[axis])
	for i := range index {
		index[i] = int64(i / block)
	}
	return op.Gather(c.B(), v, c.B().Constant(tensor.ArrayOf(index, len(index))), axis)
}

// Quantize is round(x/scale) + zero point, half to even, saturating.
func Quantize(c *plan.Call) {
	e := value.ElementType(c.AttrInt("output_dtype", 0))
	if c.Has(2) {
		e = c.Element(2)
	} else if e == value.Undefined {
		e = value.Uint8
	}
	if e.IsFloat() || e == value.Bool || e == value.String {
		c.Fail("codes of %v", e)
	}
	s := c.Shape(0)
	x := c.Number(0)
	scale := spread(c, c.Number(1), s)
	if !x.DType().IsFloat() {
		x = op.Cast(c.B(), x, scale.DType())
	}
	scale = op.Cast(c.B(), scale, x.DType())
	if !e.IsTiny() && e.Bits() <= 16 && len(native.Dims(scale)) == 0 &&
		x.DType() == tensor.Float32Type {
		c.SetAs(0, codes(c, x, scale, e), e)
		return
	}
	y := op.Div(c.B(), x, scale)
	if e.IsTiny() {
		y = op.Cast(c.B(), y, tensor.Float32Type)
		c.SetAs(0, Convert(c, y, value.Float, e, c.AttrInt("saturate", 1) != 0), e)
		return
	}
	var zero *graph.Value
	if c.Has(2) {
		zero = spread(c, op.Cast(c.B(), c.Value(2), x.DType()), s)
	}
	c.SetAs(0, Saturate(c, y, zero, e), e)
}

// codes quantises by one scale, and one zero point if there is one.
func codes(c *plan.Call, x, scale *graph.Value, e value.ElementType) *graph.Value {
	if e.IsByte() {
		return c.B().Apply(op.Quantize{To: e.Storage()}, x, scale, ZeroPoint(c, e, 2))
	}
	lowest, highest := Limits(e)
	inputs := []*graph.Value{x, scale}
	if c.Has(2) {
		inputs = append(inputs, op.Cast(c.B(), c.Reshape(c.Value(2)), tensor.Float32Type))
	}
	return c.Native("quantize", e.Storage(), native.Dims(x), func(in []*tensor.Array,
		out *tensor.Array) func() {
		x, scale := tensor.Slot[float32](in[0]), tensor.Slot[float32](in[1])
		zero := &[]float32{0}
		if len(in) == 3 {
			zero = tensor.Slot[float32](in[2])
		}
		low, high := float32(lowest), float32(highest)
		if e.Storage() == tensor.Uint16Type {
			return storeCodes[uint16](out, x, scale, zero, low, high)
		}
		return storeCodes[int16](out, x, scale, zero, low, high)
	}, inputs...)
}

// ZeroPoint returns an input of one zero point, 0 if it is missing.
func ZeroPoint(c *plan.Call, e value.ElementType, i int) *graph.Value {
	if !c.Has(i) {
		return c.B().Constant(tensor.NewArray(e.Storage()))
	}
	return c.Reshape(c.Value(i))
}

func storeCodes[T uint16 | int16](out *tensor.Array, x, scale, zero *[]float32, low,
	high float32) func() {
	to := tensor.Slot[T](out)
	return func() {
		s, z := (*scale)[0], (*zero)[0]
		dst := (*to)[:len(*x)]
		for i, v := range *x {
			dst[i] = T(int32(Rounded(v/s, low-z, high-z) + z))
		}
	}
}

// Rounded returns x as an integer, half to even, within bounds that are integers of at most 17
// bits. NaN becomes the lower one.
func Rounded(x, low, high float32) float32 {
	const whole = 3 << 22 // beyond which float32 has no fractions
	if !(x > low) {
		x = low
	}
	if x > high {
		x = high
	}
	return x + whole - whole
}

// Saturate returns round(y) + zero point within a type of integers. NaN becomes the lowest number.
func Saturate(c *plan.Call, y, zero *graph.Value, e value.ElementType) *graph.Value {
	y = op.Map(c.B(), op.Round, y)
	if zero != nil {
		y = op.Add(c.B(), y, zero)
	}
	lowest, highest := Limits(e)
	y = op.Minimum(c.B(), op.Maximum(c.B(), y, c.Like(y, lowest)), c.Like(y, highest))
	y = c.Where(c.B().Apply(op.Tested{For: op.IsNaN}, y), c.Like(y, lowest), y)
	return op.Cast(c.B(), y, e.Storage())
}

// Dequantize is (x − zero point)·scale.
func Dequantize(c *plan.Call) {
	e, s := c.Element(0), c.Shape(0)
	to := value.ElementType(c.AttrInt("output_dtype", 0))
	if to == value.Undefined {
		to = c.Element(1)
	}
	if scale := c.Val(1); to == value.Float && e.Bits() <= 8 && !e.IsTiny() &&
		len(scale.Shape) < 2 {
		axis := 0
		if len(scale.Shape) == 1 && scale.Shape[0] > 1 {
			axis = c.Axis(c.AttrInt("axis", 1), len(s))
		}
		dequantizeBytes(c, axis)
		return
	}
	scale := spread(c, c.Number(1), s)
	b := c.B()
	var x *graph.Value
	if e.IsTiny() {
		x = op.Cast(b, Convert(c, c.Value(0), e, value.Float, true), scale.DType())
	} else {
		x = c.Value(0)
		if c.Has(2) {
			x = op.Cast(b, x, tensor.Int32Type)
			x = op.Sub(b, x, spread(c, op.Cast(b, c.Value(2), tensor.Int32Type), s))
		}
		x = op.Cast(b, x, scale.DType())
	}
	c.SetAs(0, narrowTo(c, op.Mul(b, x, scale), to), to)
}

// dequantizeBytes sets the output to 8-bit integers less their zero point, times their scale: one
// for all, or one for each index along an axis. Of constants it is made once, if it is needed: a
// product of integers doesn't read it.
func dequantizeBytes(c *plan.Call, axis int) {
	s := c.Shape(0)
	n := tensors.Size(c.Shape(1))
	if n > 1 && n != s[axis] || c.Has(2) && tensors.Size(c.Shape(2)) != n {
		c.Fail("%d scales for %v along axis %d", n, c.Val(0), axis)
	}
	inner := tensors.Size(s)
	if n > 1 {
		inner = tensors.Size(s[axis+1:])
	}
	isConstant := c.Val(0).Constant != nil && c.Val(1).Constant != nil &&
		(!c.Has(2) || c.Val(2).Constant != nil)
	if isConstant && !c.Translating() {
		key := plan.DerivedKey{Settings: axis, Of: c.Val(0).Constant, Scale: c.Val(1).Constant}
		if c.Has(2) {
			key.Zero = c.Val(2).Constant
		}
		v := plan.Derive(c.Machine.Session, key, func() *value.Value {
			return value.Later(value.Float, tensor.NewLazy(tensor.Float32Type, s, func(out *tensor.Array) {
				zero := make([]float32, n)
				if key.Zero != nil {
					zero = floatsOf(key.Zero.Array())
				}
				bytesToFloats(out, key.Of.Array(), floatsOf(key.Scale.Array()), zero, inner)
			}))
		})
		c.Machine.Session.SetOrigin(v, &plan.Dequantised{Key: key, Axis: axis})
		c.SetConstant(0, v)
		return
	}
	scale := op.Cast(c.B(), c.Value(1), tensor.Float32Type)
	if c.Element(0).IsByte() {
		d := plan.Dequantised{Codes: c.Value(0), Scale: scale}
		if c.Has(2) {
			d.Zero = c.Value(2)
		}
		if n > 1 {
			zeros := d.Zero
			if zeros == nil {
				zeros = c.B().Constant(tensor.NewArray(c.Element(0).Storage(), n))
			}
			c.Set(0, c.B().Apply(op.Dequantize{Axis: axis}, d.Codes, scale, zeros))
			return
		}
		y := c.B().Apply(op.Dequantize{}, d.Codes, c.Reshape(scale), ZeroPoint(c, c.Element(0), 2))
		c.Dequantised[y] = d
		c.Set(0, y)
		return
	}
	inputs := []*graph.Value{c.Value(0), scale}
	if c.Has(2) {
		inputs = append(inputs, op.Cast(c.B(), c.Value(2), tensor.Float32Type))
	}
	none := make([]float32, n)
	y := c.Native("dequantize", tensor.Float32Type, s, func(in []*tensor.Array,
		out *tensor.Array) func() {
		return func() {
			zero := none
			if len(in) == 3 {
				zero = tensor.Elements[float32](in[2])
			}
			bytesToFloats(out, in[0], tensor.Elements[float32](in[1]), zero, inner)
		}
	}, inputs...)
	c.Set(0, y)
}

// floatsOf returns numbers as float32.
func floatsOf(a *tensor.Array) []float32 {
	out := make([]float32, a.Len())
	for i, v := range tensors.Numbers[float64](a) {
		out[i] = float32(v)
	}
	return out
}

// bytesToFloats computes (x − zero)·scale, of which there is one for inner elements, in turns.
func bytesToFloats(out, x *tensor.Array, scale, zero []float32, inner int) {
	to, from := tensor.Elements[float32](out), tensor.Words[uint8](x)
	for at, i := 0, 0; at < len(from); at, i = at+inner, i+1 {
		tensor.Dequantize(to[at:][:inner], from[at:][:inner], x.DType() == tensor.Int8Type,
			int32(zero[i%len(zero)]), scale[i%len(scale)])
	}
}

// narrowTo returns floats in the type that those of an element type are computed with.
func narrowTo(c *plan.Call, v *graph.Value, e value.ElementType) *graph.Value {
	if e == value.Double {
		return op.Cast(c.B(), v, tensor.Float64Type)
	}
	return op.Cast(c.B(), v, tensor.Float32Type)
}

// dynamicQuantize chooses the scale and the zero point so that all elements and 0 fit.
func dynamicQuantize(c *plan.Call) {
	codes, scale, zero := DynamicCodes(c, c.Float(0))
	c.Set(0, codes)
	c.Set(1, scale)
	c.Set(2, zero)
}

// DynamicCodes quantises floats as DynamicQuantizeLinear does. NaN, such as the angle of 0 in a
// spectrum, counts for nothing in the range and becomes the lowest code, as in ONNX Runtime.
func DynamicCodes(c *plan.Call, x *graph.Value) (codes, scale, zero *graph.Value) {
	if x.DType() != tensor.Float32Type {
		c.Fail("codes of %v, not of float32", x.DType())
	}
	types := []graph.Type{{DType: tensor.Uint8Type, Shape: x.Shape()}, {DType: tensor.Float32Type},
		{DType: tensor.Uint8Type}}
	out := c.Natives("dynamic_quantize", types, func(b *graph.Binding) graph.Step {
		from := tensor.Slot[float32](b.Inputs[0])
		to, scale := tensor.Slot[uint8](b.Outputs[0]), tensor.Slot[float32](b.Outputs[1])
		zero := tensor.Slot[uint8](b.Outputs[2])
		return func() {
			(*scale)[0], (*zero)[0], _ = tensor.QuantizeByRange(*to, *from)
		}
	}, x)
	return out[0], out[1], out[2]
}

func matMulInteger(c *plan.Call) {
	if p, ok := PackedProduct(c, 0, 2, 1, 3, false); ok {
		n := p.apply(c, tensor.Int32Type)
		c.Exact[n] = p.apply(c, tensor.Float32Type)
		c.Set(0, n)
		return
	}
	z, isFloat := IntegerMatMul(c, Centred(c, 0, 2, true), Centred(c, 1, 3, false))
	setIntegers(c, 0, z, isFloat)
}

// qLinearMatMul is the product of integers, quantised again: the codes of T(sum)·(a·b/y), in
// float32 as ONNX Runtime has it, where a, b and y are the scales.
func qLinearMatMul(c *plan.Call) {
	scale := op.Div(c.B(), op.Mul(c.B(), rowScale(c, 1), single(c, 4)), single(c, 6))
	e := c.Element(7)
	if p, ok := PackedProduct(c, 0, 2, 3, 5, false); ok && tensors.Size(c.Shape(1)) == 1 {
		if codes, ok := p.Requantised(c, scale, 7); ok {
			c.SetAs(0, codes, e)
			return
		}
	}
	product, isFloat := IntegerMatMul(c, Centred(c, 0, 2, true), Centred(c, 3, 5, false))
	z := AsFloat(c, product, isFloat)
	y := op.Mul(c.B(), z, scale)
	if len(native.Dims(y)) > len(native.Dims(z)) {
		y = c.Reshape(y, native.Dims(z)...)
	}
	c.SetAs(0, Saturate(c, y, op.Cast(c.B(), c.Value(7), tensor.Float32Type), e), e)
}

// rowScale returns the scale of a product's first operand: for all, or one for each row.
func rowScale(c *plan.Call, input int) *graph.Value {
	v := single(c, input)
	if s := native.Dims(v); len(s) == 1 && s[0] > 1 {
		return c.Reshape(v, s[0], 1)
	}
	return v
}

// single returns numbers as float32.
func single(c *plan.Call, input int) *graph.Value {
	return op.Cast(c.B(), c.Number(input), tensor.Float32Type)
}

// isRange reports whether the zero point of codes in bytes is known, and is one for all.
func isRange(c *plan.Call, zero int) bool {
	return c.Element(zero).IsByte() && c.Val(zero).Constant != nil &&
		c.Val(zero).Constant.Len() == 1
}

// isBias reports whether a bias of so many integers is known.
func isBias(c *plan.Call, i, n int) bool {
	v := c.Val(i).Constant
	return v != nil && v.Element() == value.Int32 && v.Len() == n
}

// codeRange returns the range of codes around a zero point.
func codeRange(c *plan.Call, zero int) tensor.CodeRange {
	lowest, highest := Limits(c.Element(zero))
	z := tensors.Numbers[float64](c.Val(zero).Constant.Array())[0]
	return tensor.CodeRange{Low: float32(lowest - z), High: float32(highest - z), Zero: int32(z)}
}

// integerConv is the convolution of integers: exact in float32 where no sum can pass what is, else
// in float64.
func integerConv(c *plan.Call, x, w, xZero, wZero int) (z *graph.Value, isFloat bool) {
	b, kernel := c.B(), Space(c, w)
	images, weights := Centred(c, x, xZero, false), filterIntegers(c, w, wZero)
	o := op.Conv{Sliding: window(c, Space(c, x), kernel).sliding(), Groups: c.AttrInt("group", 1)}
	taps := tensors.Size(c.Shape(w)[1:])
	bound := images.Most * weights.Most * float64(taps)
	if weights.Known != nil {
		bound = images.Most * weights.filterSums(taps)
	}
	if bound < ExactFloats {
		return op.Convolve(b, o, images.Value, weights.Value, nil), true
	}
	wide := func(v *graph.Value) *graph.Value { return op.Cast(b, v, tensor.Float64Type) }
	return op.Convolve(b, o, wide(images.Value), wide(weights.Value), nil), false
}

// filterIntegers returns filters less their zero point, for all of them or one for each.
func filterIntegers(c *plan.Call, w, zero int) Integers {
	return centredAs(c, w, zero, func(shape []int) []int {
		return append(shape, slices.Repeat([]int{1}, c.Rank(w)-1)...)
	})
}

func convInteger(c *plan.Call) {
	if p, ok := packedConv(c, 0, 2, 1, 3); ok {
		n := p.images(c, tensor.Int32Type)
		c.Exact[n] = p.images(c, tensor.Float32Type)
		c.Set(0, n)
		return
	}
	z, isFloat := integerConv(c, 0, 1, 2, 3)
	if !isFloat {
		z = op.Cast(c.B(), z, tensor.Int32Type)
	}
	setIntegers(c, 0, z, isFloat)
}

// QLinearConv is the convolution of integers, with a bias of integers, quantised again: the codes
// of T(sum + bias)·(x·w/y), in float32 as ONNX Runtime has it, where x, w and y are the scales.
func QLinearConv(c *plan.Call) {
	b, e := c.B(), c.Element(7)
	list := func(i int) *graph.Value { return c.Reshape(single(c, i), tensors.Size(c.Shape(i))) }
	scale := op.Div(b, op.Mul(b, list(1), list(4)), list(6))
	n := tensors.Size(native.Dims(scale))
	if p, ok := packedConv(c, 0, 2, 3, 5); ok && isRange(c, 7) && (n == 1 || n == c.Shape(3)[0]) &&
		(!c.Has(8) || isBias(c, 8, c.Shape(3)[0])) {
		if c.Has(8) {
			offset := tensor.Elements[int32](c.Val(8).Constant.Array())
			p.Offset = &offset
		}
		p.Codes, p.Scale = codeRange(c, 7), true
		p.In.Scale = scale
		c.SetAs(0, p.images(c, e.Storage()), e)
		return
	}
	z, isFloat := integerConv(c, 0, 3, 2, 5)
	perChannel := func(v *graph.Value) *graph.Value {
		if n := tensors.Size(native.Dims(v)); n > 1 {
			return c.Reshape(v, append([]int{n}, slices.Repeat([]int{1}, c.Rank(0)-2)...)...)
		}
		return c.Reshape(v)
	}
	if c.Has(8) {
		z = op.Add(b, op.Cast(b, z, tensor.Int32Type), perChannel(c.Value(8)))
		isFloat = false
	}
	y := op.Mul(b, AsFloat(c, z, isFloat), perChannel(scale))
	c.SetAs(0, Saturate(c, y, perChannel(op.Cast(b, c.Value(7), tensor.Float32Type)), e), e)
}
