package onnx

import (
	"fmt"
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// integers are integers in float32, for whose products the kernels of floats are used: a chain of sums
// that all stay below 2²⁴ is exact, whatever its order.
type integers struct {
	value *graph.Value
	// most is the largest magnitude that an element may have.
	most float64
	// known are the elements of a constant.
	known []float32
}

// exactFloats is the magnitude up to which all integers are float32.
const exactFloats = 1 << 24

// centred returns 8-bit integers less their zero point, if there is one: for all, or, of the first
// operand of a product, for each row (perRow), else for each column.
func (c *call) centred(input, zero int, perRow bool) integers {
	return c.centredAs(input, zero, func(shape []int) []int {
		if perRow {
			return append(shape, 1)
		}
		return shape
	})
}

// centredAs is centred where spread says how a list of zero points is broadcast.
func (c *call) centredAs(input, zero int, spread func(shape []int) []int) integers {
	v := c.val(input)
	var shape []int // of the zero points, as they are broadcast
	if c.has(zero) {
		if shape = c.shape(zero); sizeOf(shape) == 1 {
			shape = []int{}
		} else if len(shape) == 1 {
			shape = spread(shape)
		}
	}
	switch {
	case v.constant != nil && !c.has(zero):
		return c.constantIntegers(v.constant, nil, shape)
	case v.constant != nil && c.val(zero).constant != nil:
		return c.constantIntegers(v.constant, c.val(zero).constant, shape)
	}
	if len(shape) == 0 && c.element(input).bits() == 8 {
		var z *graph.Value
		if c.has(zero) {
			z = c.value(zero)
		}
		return integers{value: c.centredBytes(c.value(input), z), most: 255}
	}
	x := op.Cast(c.b(), c.value(input), tensor.Float32Type)
	if c.has(zero) {
		z := c.reshape(op.Cast(c.b(), c.value(zero), tensor.Float32Type), shape...)
		x = op.Sub(c.b(), x, z)
	}
	return integers{value: x, most: 255}
}

// centredBytes returns 8-bit integers less one zero point, or none if it is nil.
func (c *call) centredBytes(x, zero *graph.Value) *graph.Value {
	inputs := []*graph.Value{x}
	if zero != nil {
		inputs = append(inputs, op.Cast(c.b(), c.reshape(zero), tensor.Float32Type))
	}
	one, none := []float32{1}, []float32{0}
	return c.native("centre", tensor.Float32Type, dims(x), func(in []*tensor.Array,
		out *tensor.Array) func() {
		return func() {
			z := none
			if len(in) == 2 {
				z = tensor.Elements[float32](in[1])
			}
			bytesToFloats(out, in[0], one, z, out.Len())
		}
	}, inputs...)
}

// constantIntegers returns constants less their zero points, which are broadcast from a shape. They are
// computed once for all plans of a session.
func (c *call) constantIntegers(x, zero *Value, zeroShape []int) integers {
	key := derivedKey{settings: fmt.Sprint(zeroShape), of: x, zero: zero}
	v := derive(c.machine.session, key, func() *Value {
		out := tensor.NewArray(tensor.Float32Type, x.shape...)
		to := tensor.Elements[float32](out)
		for i, n := range numbersOf[int64](x.array) {
			to[i] = float32(n)
		}
		if zero != nil {
			subtractZeros(to, x.shape, numbersOf[int64](zero.array), zeroShape)
		}
		return NewTensor(out)
	})
	w := integers{value: c.tracer.value(constantVal(v)), known: tensor.Elements[float32](v.array)}
	for _, n := range w.known {
		w.most = max(w.most, math.Abs(float64(n)))
	}
	return w
}

// subtractZeros subtracts zero points, which are broadcast from zeroShape.
func subtractZeros(x []float32, shape []int, zero []int64, zeroShape []int) {
	columns, step := 1, 0
	if n := len(shape); n > 0 {
		columns = shape[n-1]
	}
	if n := len(zeroShape); n > 0 && zeroShape[n-1] > 1 {
		step = 1
	}
	for row := 0; row*columns < len(x); row++ {
		at, stride, rest := 0, 1, row
		for d := len(shape) - 1; d >= 0; d-- {
			z := d - len(shape) + len(zeroShape)
			if z < 0 {
				break
			}
			if d < len(shape)-1 {
				if zeroShape[z] > 1 {
					at += rest % shape[d] * stride
				}
				rest /= shape[d]
			}
			stride *= zeroShape[z]
		}
		for j := range columns {
			x[row*columns+j] -= float32(zero[at+j*step])
		}
	}
}

// columnSums returns the largest sum of magnitudes of a column of constant matrices.
func (w integers) columnSums(rows, columns int) float64 {
	most := 0.0
	sums := make([]float64, columns)
	for at := 0; at+rows*columns <= len(w.known); at += rows * columns {
		clear(sums)
		for i, n := range w.known[at:][:rows*columns] {
			sums[i%columns] += math.Abs(float64(n))
		}
		most = max(most, slices.Max(sums))
	}
	return most
}

// filterSums returns the largest sum of magnitudes of one of the filters, of so many taps.
func (w integers) filterSums(taps int) float64 {
	most := 0.0
	for filter := range slices.Chunk(w.known, max(taps, 1)) {
		sum := 0.0
		for _, n := range filter {
			sum += math.Abs(float64(n))
		}
		most = max(most, sum)
	}
	return most
}

// integerMatMul multiplies as MatMul does. The result is exact: in float32 if it fits (isFloat), else
// in int32, of products over parts of the depth.
func (c *call) integerMatMul(x, y integers) (z *graph.Value, isFloat bool) {
	xs, ys := dims(x.value), dims(y.value)
	if len(xs) == 0 || len(ys) == 0 {
		c.fail("a product with a scalar")
	}
	depth := xs[len(xs)-1]
	bound := float64(depth) * x.most * y.most
	if len(ys) >= 2 && y.known != nil && sizeOf(ys) > 0 {
		bound = x.most * y.columnSums(ys[len(ys)-2], ys[len(ys)-1])
	}
	if bound < exactFloats {
		return c.matMul(x.value, y.value), true
	}
	step := max(int(exactFloats/(x.most*y.most))-1, 1)
	axis := max(len(ys)-2, 0)
	for from := 0; from < depth; from += step {
		to := min(from+step, depth)
		part := c.matMul(op.Slice(c.b(), x.value, len(xs)-1, from, to, 1),
			op.Slice(c.b(), y.value, axis, from, to, 1))
		part = op.Cast(c.b(), part, tensor.Int32Type)
		if z == nil {
			z = part
		} else {
			z = op.Add(c.b(), z, part)
		}
	}
	return z, false
}

// setIntegers gives an output of int32, and remembers the float32 that it was made of.
func (c *call) setIntegers(i int, z *graph.Value, isFloat bool) {
	if !isFloat {
		c.set(i, z)
		return
	}
	n := op.Cast(c.b(), z, tensor.Int32Type)
	c.exact[n] = z
	c.set(i, n)
}

// asFloat returns exact integers in float32, rounded if they don't fit.
func (c *call) asFloat(z *graph.Value, isFloat bool) *graph.Value {
	if isFloat {
		return z
	}
	return op.Cast(c.b(), z, tensor.Float32Type)
}
