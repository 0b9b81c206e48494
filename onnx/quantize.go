package onnx

import (
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// quantised are the operators of quantised models. Their integers are exact.
var quantised = []operator{
	{name: "ConvInteger", since: 10, min: 2, max: 4, attributes: window + " group",
		translate: convInteger},
	{name: "DequantizeLinear", since: 10, min: 2, max: 3, attributes: "axis block_size output_dtype",
		translate: dequantize},
	{name: "DynamicQuantizeLinear", since: 11, min: 1, max: 1, translate: dynamicQuantize},
	{name: "MatMulInteger", since: 10, min: 2, max: 4, translate: matMulInteger},
	{name: "QLinearConv", since: 10, min: 8, max: 9, attributes: window + " group",
		translate: qLinearConv},
	{name: "QLinearMatMul", since: 10, min: 8, max: 8, translate: qLinearMatMul},
	{name: "QuantizeLinear", since: 10, min: 2, max: 3,
		attributes: "axis block_size output_dtype precision saturate", translate: quantize},
}

// limits returns the lowest and the highest number of a type of integers.
func limits(e ElementType) (lowest, highest float64) {
	n := e.bits()
	if e.isSigned() {
		return -math.Ldexp(1, n-1), math.Ldexp(1, n-1) - 1
	}
	return 0, math.Ldexp(1, n) - 1
}

// spread returns scales or zero points in a shape that is broadcast to x's: one for all, one for each
// index along the axis, or one for each block of it.
func (c *call) spread(v *graph.Value, shape []int) *graph.Value {
	s := dims(v)
	axis := c.attrInt("axis", 1)
	switch {
	case sizeOf(s) == 1:
		return c.reshape(v)
	case len(s) == 1:
		axis = c.axis(axis, len(shape))
		ones := slices.Repeat([]int{1}, len(shape))
		ones[axis] = s[0]
		return c.reshape(v, ones...)
	}
	axis = c.axis(axis, len(shape))
	block := c.attrInt("block_size", 0)
	if block < 1 || len(s) != len(shape) || (shape[axis]+block-1)/block != s[axis] {
		c.fail("scales of shape %v for %v in blocks of %d along axis %d", s, shape, block, axis)
	}
	index := make([]int64, shape[axis])
	for i := range index {
		index[i] = int64(i / block)
	}
	return op.Gather(c.b(), v, c.b().Constant(tensor.ArrayOf(index, len(index))), axis)
}

// quantize is round(x/scale) + zero point, half to even, saturating.
func quantize(c *call) {
	e := ElementType(c.attrInt("output_dtype", 0))
	if c.has(2) {
		e = c.element(2)
	} else if e == Undefined {
		e = Uint8
	}
	s := c.shape(0)
	x := c.number(0)
	scale := c.spread(c.number(1), s)
	if !x.DType().IsFloat() {
		x = op.Cast(c.b(), x, scale.DType())
	}
	scale = op.Cast(c.b(), scale, x.DType())
	if !e.isTiny() && e.bits() <= 16 && len(dims(scale)) == 0 && x.DType() == tensor.Float32Type {
		c.setAs(0, c.codes(x, scale, e), e)
		return
	}
	y := op.Div(c.b(), x, scale)
	if e.isTiny() {
		y = op.Cast(c.b(), y, tensor.Float32Type)
		c.setAs(0, c.convert(y, Float, e, c.attrInt("saturate", 1) != 0), e)
		return
	}
	var zero *graph.Value
	if c.has(2) {
		zero = c.spread(op.Cast(c.b(), c.value(2), x.DType()), s)
	}
	c.setAs(0, c.saturate(y, zero, e), e)
}

// codes quantises by one scale, and one zero point if there is one.
func (c *call) codes(x, scale *graph.Value, e ElementType) *graph.Value {
	lowest, highest := limits(e)
	inputs := []*graph.Value{x, scale}
	if c.has(2) {
		inputs = append(inputs, op.Cast(c.b(), c.reshape(c.value(2)), tensor.Float32Type))
	}
	return c.native("quantize", e.storage(), dims(x), func(in []*tensor.Array, out *tensor.Array) func() {
		x, scale := tensor.Slot[float32](in[0]), tensor.Slot[float32](in[1])
		zero := &[]float32{0}
		if len(in) == 3 {
			zero = tensor.Slot[float32](in[2])
		}
		low, high := float32(lowest), float32(highest)
		switch e.storage() {
		case tensor.Uint8Type, tensor.Int8Type:
			return func() {
				z := (*zero)[0]
				tensor.Quantize(tensor.Words[uint8](out), *x, (*scale)[0],
					tensor.CodeRange{Low: low - z, High: high - z, Zero: int32(z)})
			}
		case tensor.Uint16Type:
			return storeCodes[uint16](out, x, scale, zero, low, high)
		}
		return storeCodes[int16](out, x, scale, zero, low, high)
	}, inputs...)
}

func storeCodes[T uint16 | int16](out *tensor.Array, x, scale, zero *[]float32, low,
	high float32) func() {
	to := tensor.Slot[T](out)
	return func() {
		s, z := (*scale)[0], (*zero)[0]
		dst := (*to)[:len(*x)]
		for i, v := range *x {
			dst[i] = T(int32(rounded(v/s, low-z, high-z) + z))
		}
	}
}

// rounded returns x as an integer, half to even, within bounds that are integers of at most 17 bits. NaN
// becomes the lower one.
func rounded(x, low, high float32) float32 {
	const whole = 3 << 22 // beyond which float32 has no fractions
	if !(x > low) {
		x = low
	}
	if x > high {
		x = high
	}
	return x + whole - whole
}

// saturate returns round(y) + zero point within a type of integers. NaN becomes the lowest number.
func (c *call) saturate(y, zero *graph.Value, e ElementType) *graph.Value {
	y = op.Map(c.b(), op.Round, y)
	if zero != nil {
		y = op.Add(c.b(), y, zero)
	}
	lowest, highest := limits(e)
	y = op.Minimum(c.b(), op.Maximum(c.b(), y, c.like(y, lowest)), c.like(y, highest))
	y = c.where(c.b().Apply(op.Tested{For: op.IsNaN}, y), c.like(y, lowest), y)
	return op.Cast(c.b(), y, e.storage())
}

// dequantize is (x − zero point)·scale.
func dequantize(c *call) {
	e, s := c.element(0), c.shape(0)
	to := ElementType(c.attrInt("output_dtype", 0))
	if to == Undefined {
		to = c.element(1)
	}
	if scale := c.val(1); to == Float && e.bits() <= 8 && !e.isTiny() && len(scale.shape) < 2 {
		axis := 0
		if len(scale.shape) == 1 && scale.shape[0] > 1 {
			axis = c.axis(c.attrInt("axis", 1), len(s))
		}
		c.dequantizeBytes(axis)
		return
	}
	scale := c.spread(c.number(1), s)
	b := c.b()
	var x *graph.Value
	if e.isTiny() {
		x = op.Cast(b, c.convert(c.value(0), e, Float, true), scale.DType())
	} else {
		x = c.value(0)
		if c.has(2) {
			x = op.Cast(b, x, tensor.Int32Type)
			x = op.Sub(b, x, c.spread(op.Cast(b, c.value(2), tensor.Int32Type), s))
		}
		x = op.Cast(b, x, scale.DType())
	}
	c.setAs(0, c.narrowTo(op.Mul(b, x, scale), to), to)
}

// dequantizeBytes sets the output to 8-bit integers less their zero point, times their scale: one for
// all, or one for each index along an axis. Of constants it is made once.
func (c *call) dequantizeBytes(axis int) {
	s := c.shape(0)
	n := sizeOf(c.shape(1))
	if n > 1 && n != s[axis] || c.has(2) && sizeOf(c.shape(2)) != n {
		c.fail("%d scales for %v along axis %d", n, c.val(0), axis)
	}
	inner := sizeOf(s)
	if n > 1 {
		inner = sizeOf(s[axis+1:])
	}
	isConstant := c.val(0).constant != nil && c.val(1).constant != nil &&
		(!c.has(2) || c.val(2).constant != nil)
	if isConstant {
		key := derivedKey{settings: axis, of: c.val(0).constant, scale: c.val(1).constant}
		if c.has(2) {
			key.zero = c.val(2).constant
		}
		v := derive(c.machine.session, key, func() *Value {
			out := tensor.NewArray(tensor.Float32Type, s...)
			zero := make([]float32, n)
			if c.has(2) {
				zero = floatsOf(c.val(2).constant.array)
			}
			bytesToFloats(out, c.val(0).constant.array, floatsOf(c.val(1).constant.array), zero, inner)
			return NewTensor(out)
		})
		c.machine.session.setOrigin(v, &dequantised{key: key, axis: axis})
		c.setConstant(0, v)
		return
	}
	inputs := []*graph.Value{c.value(0), op.Cast(c.b(), c.value(1), tensor.Float32Type)}
	if c.has(2) {
		inputs = append(inputs, op.Cast(c.b(), c.value(2), tensor.Float32Type))
	}
	none := make([]float32, n)
	y := c.native("dequantize", tensor.Float32Type, s, func(in []*tensor.Array,
		out *tensor.Array) func() {
		return func() {
			zero := none
			if len(in) == 3 {
				zero = tensor.Elements[float32](in[2])
			}
			bytesToFloats(out, in[0], tensor.Elements[float32](in[1]), zero, inner)
		}
	}, inputs...)
	if n == 1 && c.element(0).isByte() {
		d := dequantised{codes: c.value(0), scale: inputs[1]}
		if c.has(2) {
			d.zero = c.value(2)
		}
		c.dequantised[y] = d
	}
	c.set(0, y)
}

// floatsOf returns numbers as float32.
func floatsOf(a *tensor.Array) []float32 {
	out := make([]float32, a.Len())
	for i, v := range numbersOf[float64](a) {
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
func (c *call) narrowTo(v *graph.Value, e ElementType) *graph.Value {
	if e == Double {
		return op.Cast(c.b(), v, tensor.Float64Type)
	}
	return op.Cast(c.b(), v, tensor.Float32Type)
}

// dynamicQuantize chooses the scale and the zero point so that all elements and 0 fit.
func dynamicQuantize(c *call) {
	codes, scale, zero := c.dynamicCodes(c.float(0))
	c.set(0, codes)
	c.set(1, scale)
	c.set(2, zero)
}

// dynamicCodes quantises floats as DynamicQuantizeLinear does.
func (c *call) dynamicCodes(x *graph.Value) (codes, scale, zero *graph.Value) {
	types := []graph.Type{{DType: tensor.Uint8Type, Shape: x.Shape()}, {DType: tensor.Float32Type},
		{DType: tensor.Uint8Type}}
	out := c.natives("dynamic_quantize", types, func(b *graph.Binding) graph.Step {
		from := tensor.Slot[float32](b.Inputs[0])
		to, scale := tensor.Slot[uint8](b.Outputs[0]), tensor.Slot[float32](b.Outputs[1])
		zero := tensor.Slot[uint8](b.Outputs[2])
		return func() {
			var ok bool
			if (*scale)[0], (*zero)[0], ok = quantizeDynamically(*to, *from); !ok {
				b.Fail(errNaN)
			}
		}
	}, x)
	return out[0], out[1], out[2]
}

// quantizeDynamically quantises so that all elements and 0 fit.
func quantizeDynamically(to []uint8, x []float32) (scale float32, zero uint8, ok bool) {
	lowest, highest, ok := tensor.RangeOf(x)
	if !ok {
		return 1, 0, false
	}
	if scale = (highest - lowest) / 255; scale == 0 {
		scale = 1
	}
	middle := rounded(-lowest/scale, 0, 255)
	tensor.Quantize(to, x, scale, tensor.CodeRange{Low: -middle, High: 255 - middle, Zero: int32(middle)})
	return scale, uint8(middle), true
}

func matMulInteger(c *call) {
	if p, ok := c.packedProduct(0, 2, 1, 3); ok {
		n := p.apply(c, tensor.Int32Type)
		c.exact[n] = p.apply(c, tensor.Float32Type)
		c.set(0, n)
		return
	}
	z, isFloat := c.integerMatMul(c.centred(0, 2, true), c.centred(1, 3, false))
	c.setIntegers(0, z, isFloat)
}

// qLinearMatMul is the product of integers, quantised again: the codes of T(sum)·(a·b/y), in float32 as
// ONNX Runtime has it, where a, b and y are the scales.
func qLinearMatMul(c *call) {
	scale := op.Div(c.b(), op.Mul(c.b(), c.rowScale(1), c.single(4)), c.single(6))
	e, n := c.element(7), sizeOf(dims(scale))
	if p, ok := c.packedProduct(0, 2, 3, 5); ok && c.isRange(7) && sizeOf(c.shape(1)) == 1 &&
		(n == 1 || n == p.Weights.Shape()[1]) {
		p.Codes, p.Scale = c.codeRange(7), true
		p.inputs = append(p.inputs, c.reshape(scale, n))
		c.setAs(0, p.apply(c, e.storage()), e)
		return
	}
	z := c.asFloat(c.integerMatMul(c.centred(0, 2, true), c.centred(3, 5, false)))
	y := op.Mul(c.b(), z, scale)
	if len(dims(y)) > len(dims(z)) {
		y = c.reshape(y, dims(z)...)
	}
	c.setAs(0, c.saturate(y, op.Cast(c.b(), c.value(7), tensor.Float32Type), e), e)
}

// rowScale returns the scale of a product's first operand: for all, or one for each row.
func (c *call) rowScale(input int) *graph.Value {
	v := c.single(input)
	if s := dims(v); len(s) == 1 && s[0] > 1 {
		return c.reshape(v, s[0], 1)
	}
	return v
}

// single returns numbers as float32.
func (c *call) single(input int) *graph.Value {
	return op.Cast(c.b(), c.number(input), tensor.Float32Type)
}

// isRange reports whether the zero point of codes in bytes is known, and is one for all.
func (c *call) isRange(zero int) bool {
	return c.element(zero).isByte() && c.val(zero).constant != nil && c.val(zero).constant.len() == 1
}

// isBias reports whether a bias of so many integers is known.
func (c *call) isBias(i, n int) bool {
	v := c.val(i).constant
	return v != nil && v.element == Int32 && v.len() == n
}

// codeRange returns the range of codes around a zero point.
func (c *call) codeRange(zero int) tensor.CodeRange {
	lowest, highest := limits(c.element(zero))
	z := numbersOf[float64](c.val(zero).constant.array)[0]
	return tensor.CodeRange{Low: float32(lowest - z), High: float32(highest - z), Zero: int32(z)}
}

// integerConv is the convolution of integers: exact in float32 where no sum can pass what is, else in
// float64.
func (c *call) integerConv(x, w, xZero, wZero int) (z *graph.Value, isFloat bool) {
	b, kernel := c.b(), c.space(w)
	images, weights := c.centred(x, xZero, false), c.filterIntegers(w, wZero)
	o := op.Conv{Sliding: c.window(c.space(x), kernel).sliding(), Groups: c.attrInt("group", 1)}
	taps := sizeOf(c.shape(w)[1:])
	bound := images.most * weights.most * float64(taps)
	if weights.known != nil {
		bound = images.most * weights.filterSums(taps)
	}
	if bound < exactFloats {
		return op.Convolve(b, o, images.value, weights.value, nil), true
	}
	wide := func(v *graph.Value) *graph.Value { return op.Cast(b, v, tensor.Float64Type) }
	return op.Convolve(b, o, wide(images.value), wide(weights.value), nil), false
}

// filterIntegers returns filters less their zero point, for all of them or one for each.
func (c *call) filterIntegers(w, zero int) integers {
	return c.centredAs(w, zero, func(shape []int) []int {
		return append(shape, slices.Repeat([]int{1}, c.rank(w)-1)...)
	})
}

func convInteger(c *call) {
	if p, ok := c.packedConv(0, 2, 1, 3); ok {
		n := p.images(c, tensor.Int32Type)
		c.exact[n] = p.images(c, tensor.Float32Type)
		c.set(0, n)
		return
	}
	z, isFloat := c.integerConv(0, 1, 2, 3)
	if !isFloat {
		z = op.Cast(c.b(), z, tensor.Int32Type)
	}
	c.setIntegers(0, z, isFloat)
}

// qLinearConv is the convolution of integers, with a bias of integers, quantised again: the codes of
// T(sum + bias)·(x·w/y), in float32 as ONNX Runtime has it, where x, w and y are the scales.
func qLinearConv(c *call) {
	b, e := c.b(), c.element(7)
	list := func(i int) *graph.Value { return c.reshape(c.single(i), sizeOf(c.shape(i))) }
	scale := op.Div(b, op.Mul(b, list(1), list(4)), list(6))
	n := sizeOf(dims(scale))
	if p, ok := c.packedConv(0, 2, 3, 5); ok && c.isRange(7) && (n == 1 || n == c.shape(3)[0]) &&
		(!c.has(8) || c.isBias(8, c.shape(3)[0])) {
		if c.has(8) {
			offset := tensor.Elements[int32](c.val(8).constant.array)
			p.Offset = &offset
		}
		p.Codes, p.Scale = c.codeRange(7), true
		p.inputs = append(p.inputs, scale)
		c.setAs(0, p.images(c, e.storage()), e)
		return
	}
	z, isFloat := c.integerConv(0, 3, 2, 5)
	perChannel := func(v *graph.Value) *graph.Value {
		if n := sizeOf(dims(v)); n > 1 {
			return c.reshape(v, append([]int{n}, slices.Repeat([]int{1}, c.rank(0)-2)...)...)
		}
		return c.reshape(v)
	}
	if c.has(8) {
		z = op.Add(b, op.Cast(b, z, tensor.Int32Type), perChannel(c.value(8)))
		isFloat = false
	}
	y := op.Mul(b, c.asFloat(z, isFloat), perChannel(scale))
	c.setAs(0, c.saturate(y, perChannel(op.Cast(b, c.value(7), tensor.Float32Type)), e), e)
}
