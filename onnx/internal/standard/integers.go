package standard

import (
	"fmt"
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

// Integers are integers in float32, for whose products the kernels of floats are used: a chain of
// sums that all stay below 2²⁴ is exact, whatever its order.
type Integers struct {
	Value *graph.Value
	// Most is the largest magnitude that an element may have.
	Most float64
	// Known are the elements of a constant.
	Known []float32
}

// ExactFloats is the magnitude up to which all integers are float32.
const ExactFloats = 1 << 24

// Centred returns 8-bit integers less their zero point, if there is one: for all, or, of the first
// operand of a product, for each row (perRow), else for each column.
func Centred(c *plan.Call, input, zero int, perRow bool) Integers {
	return centredAs(c, input, zero, func(shape []int) []int {
		if perRow {
			return append(shape, 1)
		}
		return shape
	})
}

// centredAs is centred where spread says how a list of zero points is broadcast.
func centredAs(c *plan.Call, input, zero int, spread func(shape []int) []int) Integers {
	c.Alike(input, zero)
	v := c.Val(input)
	var shape []int // of the zero points, as they are broadcast
	if c.Has(zero) {
		if shape = c.Shape(zero); tensors.Size(shape) == 1 {
			shape = []int{}
		} else if len(shape) == 1 {
			shape = spread(shape)
		}
	}
	switch {
	case v.Constant != nil && !c.Has(zero):
		return constantIntegers(c, v.Constant, nil, shape)
	case v.Constant != nil && c.Val(zero).Constant != nil:
		return constantIntegers(c, v.Constant, c.Val(zero).Constant, shape)
	}
	if len(shape) == 0 && c.Element(input).Bits() == 8 {
		var z *graph.Value
		if c.Has(zero) {
			z = c.Value(zero)
		}
		return Integers{Value: CentredBytes(c, c.Value(input), z), Most: 255}
	}
	x := op.Cast(c.B(), c.Value(input), tensor.Float32Type)
	if c.Has(zero) {
		z := c.Reshape(op.Cast(c.B(), c.Value(zero), tensor.Float32Type), shape...)
		x = op.Sub(c.B(), x, z)
	}
	return Integers{Value: x, Most: 255}
}

// CentredBytes returns 8-bit integers less one zero point, or none if it is nil.
func CentredBytes(c *plan.Call, x, zero *graph.Value) *graph.Value {
	inputs := []*graph.Value{x}
	if zero != nil {
		inputs = append(inputs, op.Cast(c.B(), c.Reshape(zero), tensor.Float32Type))
	}
	one, none := []float32{1}, []float32{0}
	return c.Native("centre", tensor.Float32Type, native.Dims(x), func(in []*tensor.Array,
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

// constantIntegers returns constants less their zero points, which are broadcast from a shape. They
// are computed once for all plans of a session.
func constantIntegers(c *plan.Call, x, zero *value.Value, zeroShape []int) Integers {
	key := plan.DerivedKey{Settings: fmt.Sprint(zeroShape), Of: x, Zero: zero}
	v := plan.Derive(c.Machine.Session, key, func() *value.Value {
		out := tensor.NewArray(tensor.Float32Type, x.Dims()...)
		to := tensor.Elements[float32](out)
		for i, n := range tensors.Numbers[int64](x.Array()) {
			to[i] = float32(n)
		}
		if zero != nil {
			subtractZeros(to, x.Dims(), tensors.Numbers[int64](zero.Array()), zeroShape)
		}
		return value.NewTensor(out)
	})
	w := Integers{Value: c.Tracer.Value(plan.ConstantVal(v)),
		Known: tensor.Elements[float32](v.Array())}
	for _, n := range w.Known {
		w.Most = max(w.Most, math.Abs(float64(n)))
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
func (w Integers) columnSums(rows, columns int) float64 {
	most := 0.0
	sums := make([]float64, columns)
	for at := 0; at+rows*columns <= len(w.Known); at += rows * columns {
		clear(sums)
		for i, n := range w.Known[at:][:rows*columns] {
			sums[i%columns] += math.Abs(float64(n))
		}
		most = max(most, slices.Max(sums))
	}
	return most
}

// filterSums returns the largest sum of magnitudes of one of the filters, of so many taps.
func (w Integers) filterSums(taps int) float64 {
	most := 0.0
	for filter := range slices.Chunk(w.Known, max(taps, 1)) {
		sum := 0.0
		for _, n := range filter {
			sum += math.Abs(float64(n))
		}
		most = max(most, sum)
	}
	return most
}

// IntegerMatMul multiplies as MatMul does. The result is exact: in float32 if it fits (isFloat),
// else in int32, of products over parts of the depth.
func IntegerMatMul(c *plan.Call, x, y Integers) (z *graph.Value, isFloat bool) {
	xs, ys := native.Dims(x.Value), native.Dims(y.Value)
	if len(xs) == 0 || len(ys) == 0 {
		c.Fail("a product with a scalar")
	}
	depth := xs[len(xs)-1]
	bound := float64(depth) * x.Most * y.Most
	if len(ys) >= 2 && y.Known != nil && tensors.Size(ys) > 0 {
		bound = x.Most * y.columnSums(ys[len(ys)-2], ys[len(ys)-1])
	}
	if bound < ExactFloats {
		return MatMul(c, x.Value, y.Value), true
	}
	step := max(int(ExactFloats/(x.Most*y.Most))-1, 1)
	axis := max(len(ys)-2, 0)
	for from := 0; from < depth; from += step {
		to := min(from+step, depth)
		part := MatMul(c, op.Slice(c.B(), x.Value, len(xs)-1, from, to, 1),
			op.Slice(c.B(), y.Value, axis, from, to, 1))
		part = op.Cast(c.B(), part, tensor.Int32Type)
		if z == nil {
			z = part
		} else {
			z = op.Add(c.B(), z, part)
		}
	}
	return z, false
}

// setIntegers gives an output of int32, and remembers the float32 that it was made of.
func setIntegers(c *plan.Call, i int, z *graph.Value, isFloat bool) {
	if !isFloat {
		c.Set(i, z)
		return
	}
	n := op.Cast(c.B(), z, tensor.Int32Type)
	c.Exact[n] = z
	c.Set(i, n)
}

// AsFloat returns exact integers in float32, rounded if they don't fit.
func AsFloat(c *plan.Call, z *graph.Value, isFloat bool) *graph.Value {
	if isFloat {
		return z
	}
	return op.Cast(c.B(), z, tensor.Float32Type)
}
