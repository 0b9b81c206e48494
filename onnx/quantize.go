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
		case tensor.Uint8Type:
			return storeCodes[uint8](out, x, scale, zero, low, high)
		case tensor.Int8Type:
			return storeCodes[int8](out, x, scale, zero, low, high)
		case tensor.Uint16Type:
			return storeCodes[uint16](out, x, scale, zero, low, high)
		}
		return storeCodes[int16](out, x, scale, zero, low, high)
	}, inputs...)
}

func storeCodes[T uint8 | int8 | uint16 | int16](out *tensor.Array, x, scale, zero *[]float32, low,
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
		key := derivedKey{of: c.val(0).constant, scale: c.val(1).constant}
		if c.has(2) {
			key.zero = c.val(2).constant
		}
		c.setConstant(0, c.machine.session.derive(key, func() *Value {
			out := tensor.NewArray(tensor.Float32Type, s...)
			zero := make([]float32, n)
			if c.has(2) {
				zero = floatsOf(c.val(2).constant.array)
			}
			bytesToFloats(out, c.val(0).constant.array, floatsOf(c.val(1).constant.array), zero, inner)
			return NewTensor(out)
		}))
		return
	}
	inputs := []*graph.Value{c.value(0), op.Cast(c.b(), c.value(1), tensor.Float32Type)}
	if c.has(2) {
		inputs = append(inputs, op.Cast(c.b(), c.value(2), tensor.Float32Type))
	}
	none := make([]float32, n)
	c.set(0, c.native("dequantize", tensor.Float32Type, s, func(in []*tensor.Array,
		out *tensor.Array) func() {
		return func() {
			zero := none
			if len(in) == 3 {
				zero = tensor.Elements[float32](in[2])
			}
			bytesToFloats(out, in[0], tensor.Elements[float32](in[1]), zero, inner)
		}
	}, inputs...))
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
	if x.DType() == tensor.Int8Type {
		scaleBytes(tensor.Elements[float32](out), tensor.Elements[int8](x), scale, zero, inner)
		return
	}
	scaleBytes(tensor.Elements[float32](out), tensor.Words[uint8](x), scale, zero, inner)
}

func scaleBytes[T int8 | uint8](to []float32, x []T, scale, zero []float32, inner int) {
	for at, i := 0, 0; at < len(x); at, i = at+inner, i+1 {
		s, z := scale[i%len(scale)], zero[i%len(zero)]
		row := to[at:][:inner]
		for j, v := range x[at:][:inner] {
			row[j] = (float32(v) - z) * s
		}
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
	x, s := c.float(0), c.shape(0)
	types := []graph.Type{{DType: tensor.Uint8Type, Shape: graph.ShapeOf(s...)},
		{DType: tensor.Float32Type}, {DType: tensor.Uint8Type}}
	out := c.natives("dynamic_quantize", types, func(b *graph.Binding) graph.Step {
		from := tensor.Slot[float32](b.Inputs[0])
		to, scale := tensor.Slot[uint8](b.Outputs[0]), tensor.Slot[float32](b.Outputs[1])
		zero := tensor.Slot[uint8](b.Outputs[2])
		return func() { (*scale)[0], (*zero)[0] = quantizeDynamically(b, *to, *from) }
	}, x)
	for i, v := range out {
		c.set(i, v)
	}
}

func quantizeDynamically(b *graph.Binding, to []uint8, x []float32) (scale float32, zero uint8) {
	scale, middle, ok := codeRange(x)
	if !ok {
		b.Fail(errNaN)
		return 1, 0
	}
	for i, v := range x {
		to[i] = uint8(int32(rounded(v/scale, -middle, 255-middle) + middle))
	}
	return scale, uint8(middle)
}

// centredCodes quantises dynamically, but gives codes less the zero point. It returns the scale, and
// whether no element is NaN.
func centredCodes[T tensor.Float](to, x []T) (scale T, ok bool) {
	scale, zero, ok := codeRange(x)
	if !ok {
		return scale, false
	}
	for i, v := range x {
		to[i] = T(rounded(float32(v/scale), float32(-zero), float32(255-zero)))
	}
	return scale, true
}

// codeRange chooses the scale and the zero point of codes of 8 bits, so that all elements and 0 fit.
// It reports whether no element is NaN.
func codeRange[T tensor.Float](x []T) (scale, zero T, ok bool) {
	var lowest, highest, sum T
	for _, v := range x {
		if v < lowest {
			lowest = v
		}
		if v > highest {
			highest = v
		}
		sum += v - v // NaN of NaN, and of infinities
	}
	if sum != 0 {
		for _, v := range x {
			if v != v {
				return 1, 0, false
			}
		}
	}
	if scale = (highest - lowest) / 255; scale == 0 {
		scale = 1
	}
	return scale, T(rounded(float32(-lowest/scale), 0, 255)), true
}

func matMulInteger(c *call) {
	z, isFloat := c.integerMatMul(c.centred(0, 2, true), c.centred(1, 3, false))
	c.setIntegers(0, z, isFloat)
}

// qLinearMatMul is the product of integers times the product of scales, quantised again. As in ONNX
// Runtime the factor is computed in float32, which decides what lies halfway between two codes.
func qLinearMatMul(c *call) {
	z := c.asFloat(c.integerMatMul(c.centred(0, 2, true), c.centred(3, 5, false)))
	single := func(i int) *graph.Value { return op.Cast(c.b(), c.number(i), tensor.Float32Type) }
	row := single(1)
	if s := dims(row); len(s) == 1 && s[0] > 1 {
		row = c.reshape(row, s[0], 1)
	}
	factor := op.Div(c.b(), op.Mul(c.b(), row, single(4)), single(6))
	y := op.Mul(c.b(), z, factor)
	if len(dims(y)) > len(dims(z)) {
		y = c.reshape(y, dims(z)...)
	}
	e := c.element(7)
	c.setAs(0, c.saturate(y, op.Cast(c.b(), c.value(7), tensor.Float32Type), e), e)
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
	z, isFloat := c.integerConv(0, 1, 2, 3)
	if !isFloat {
		z = op.Cast(c.b(), z, tensor.Int32Type)
	}
	c.setIntegers(0, z, isFloat)
}

// qLinearConv is the convolution of integers, with a bias of integers, quantised again as by
// qLinearMatMul.
func qLinearConv(c *call) {
	b := c.b()
	z, _ := c.integerConv(0, 3, 2, 5)
	channels := append([]int{-1}, slices.Repeat([]int{1}, c.rank(0)-2)...)
	perChannel := func(i int) *graph.Value {
		v := c.number(i)
		if n := sizeOf(dims(v)); n > 1 {
			channels[0] = n
			return c.reshape(v, channels...)
		}
		return c.reshape(v)
	}
	if c.has(8) {
		z = op.Add(b, op.Cast(b, z, tensor.Int32Type), perChannel(8))
	}
	factor := op.Div(b, op.Mul(b, perChannel(1), perChannel(4)), perChannel(6))
	y, e := op.Mul(b, op.Cast(b, z, tensor.Float32Type), factor), c.element(7)
	c.setAs(0, c.saturate(y, op.Cast(b, perChannel(7), tensor.Float32Type), e), e)
}
