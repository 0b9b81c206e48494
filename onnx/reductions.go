package onnx

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// reductions are the operators that fold axes.
var reductions = []operator{
	{name: "CumSum", since: 11, min: 2, max: 2, attributes: "exclusive reverse", translate: cumSum},
	{name: "Hardmax", since: 1, min: 1, max: 1, attributes: "axis", translate: overAxis(hardmax)},
	{name: "LogSoftmax", since: 1, min: 1, max: 1, attributes: "axis",
		translate: overAxis(func(c *call, x *graph.Value) *graph.Value {
			return c.b().Apply(op.LogSoftmaxRows{}, x)
		})},
	reduction("ReduceL1", reduceL1), reduction("ReduceL2", reduceL2),
	reduction("ReduceLogSum", reduceLogSum), reduction("ReduceLogSumExp", reduceLogSumExp),
	reduction("ReduceMax", reduce(op.MaxOf)), reduction("ReduceMean", reduceMean),
	reduction("ReduceMin", reduce(op.MinOf)), reduction("ReduceProd", reduce(op.ProdOf)),
	reduction("ReduceSum", reduce(op.SumOf)), reduction("ReduceSumSquare", reduceSumSquare),
	{name: "Softmax", since: 1, min: 1, max: 1, attributes: "axis", translate: overAxis(softmax)},
}

// reducer folds axes of x.
type reducer func(c *call, x *graph.Value, axes op.Ints, keep bool) *graph.Value

// reduction returns the entry of an operator that folds the axes that an attribute, or since
// version 18 (13 for ReduceSum) an input, gives.
func reduction(name string, f reducer) operator {
	since := 18
	if name == "ReduceSum" {
		since = 13
	}
	return operator{name: name, since: 1, min: 1, max: 2, attributes: "axes keepdims " +
		"noop_with_empty_axes", translate: func(c *call) {
		r := c.rank(0)
		axes := c.givenAxes(since)
		if len(axes) == 0 && c.attrInt("noop_with_empty_axes", 0) == 0 {
			axes = nil
			for i := range r {
				axes = append(axes, i)
			}
		}
		x, isBool := c.number(0), c.element(0) == Bool
		if isBool {
			x = op.Cast(c.b(), x, tensor.Uint8Type)
		}
		y := f(c, x, op.IntsOf(c.axes(axes, r)...), c.attrInt("keepdims", 1) != 0)
		if isBool {
			y = op.Cast(c.b(), y, tensor.BoolType)
		}
		c.setLike(0, y, 0)
	}}
}

func reduce(by op.Reduction) reducer {
	return func(c *call, x *graph.Value, axes op.Ints, keep bool) *graph.Value {
		return c.b().Apply(op.Reduce{By: by, Axes: axes, KeepDims: keep}, x)
	}
}

// inFloat computes a function of integers in float64.
func inFloat(c *call, x *graph.Value, f func(x *graph.Value) *graph.Value) *graph.Value {
	if x.DType().IsFloat() {
		return f(x)
	}
	return op.Cast(c.b(), f(op.Cast(c.b(), x, tensor.Float64Type)), x.DType())
}

func reduceMean(c *call, x *graph.Value, axes op.Ints, keep bool) *graph.Value {
	return inFloat(c, x, func(x *graph.Value) *graph.Value {
		n := 1
		for _, a := range axes.Values() {
			n *= dims(x)[a]
		}
		if n == 0 { // the mean of nothing
			return op.Div(c.b(), reduce(op.SumOf)(c, x, axes, keep), c.like(x, 0))
		}
		return reduce(op.MeanOf)(c, x, axes, keep)
	})
}

func reduceL1(c *call, x *graph.Value, axes op.Ints, keep bool) *graph.Value {
	return reduce(op.SumOf)(c, op.Map(c.b(), op.Abs, x), axes, keep)
}

func reduceSumSquare(c *call, x *graph.Value, axes op.Ints, keep bool) *graph.Value {
	return reduce(op.SumOf)(c, op.Mul(c.b(), x, x), axes, keep)
}

func reduceL2(c *call, x *graph.Value, axes op.Ints, keep bool) *graph.Value {
	return inFloat(c, x, func(x *graph.Value) *graph.Value {
		return op.Apply(c.b(), tensor.Sqrt, reduceSumSquare(c, x, axes, keep))
	})
}

func reduceLogSum(c *call, x *graph.Value, axes op.Ints, keep bool) *graph.Value {
	return inFloat(c, x, func(x *graph.Value) *graph.Value {
		return op.Apply(c.b(), tensor.Log, reduce(op.SumOf)(c, x, axes, keep))
	})
}

// reduceLogSumExp is m + ln Σ exp(x − m) with m the largest finite element.
func reduceLogSumExp(c *call, x *graph.Value, axes op.Ints, keep bool) *graph.Value {
	return inFloat(c, x, func(x *graph.Value) *graph.Value {
		m := reduce(op.MaxOf)(c, x, axes, true)
		m = c.where(c.b().Apply(op.Tested{For: op.IsInf}, m), c.like(m, 0), m)
		y := op.Apply(c.b(), tensor.Exp, op.Sub(c.b(), x, m))
		y = op.Add(c.b(), op.Apply(c.b(), tensor.Log, reduce(op.SumOf)(c, y, axes, true)), m)
		if keep {
			return y
		}
		var shape []int
		for i, n := range dims(y) {
			if !axes.Has(i) {
				shape = append(shape, n)
			}
		}
		return c.reshape(y, shape...)
	})
}

// overAxis returns the translation of a function along an axis.
func overAxis(f func(c *call, x *graph.Value) *graph.Value) func(*call) {
	return func(c *call) {
		otherwise := -1
		if c.version() < 13 {
			otherwise = 1
		}
		c.setLike(0, c.alongAxis(c.float(0), c.version(), otherwise, f), 0)
	}
}

// alongAxis applies a function of rows along an axis: below version 13 along that and all that
// follow, as one.
func (c *call) alongAxis(x *graph.Value, version, otherwise int,
	f func(c *call, x *graph.Value) *graph.Value) *graph.Value {
	s, axis := dims(x), c.attrInt("axis", otherwise)
	if version < 13 {
		if axis < 0 {
			axis += len(s)
		}
		if axis < 0 || axis > len(s) {
			c.fail("axis %d of %v", axis, c.val(0))
		}
		return c.reshape(f(c, c.reshape(x, sizeOf(s[:axis]), sizeOf(s[axis:]))), s...)
	}
	axis = c.axis(axis, len(s))
	if axis == len(s)-1 {
		return f(c, x)
	}
	return op.Transpose(c.b(), f(c, op.Transpose(c.b(), x, axis, -1)), axis, -1)
}

func softmax(c *call, x *graph.Value) *graph.Value { return op.Softmax(c.b(), x) }

// hardmax is 1 at the first of the largest elements of each row, and else 0.
func hardmax(c *call, x *graph.Value) *graph.Value {
	s := dims(x)
	if s[len(s)-1] == 0 {
		return x
	}
	at := c.b().Apply(op.ArgOf{By: op.MaxOf, Axis: len(s) - 1}, x)
	return op.OneHot(c.b(), at, s[len(s)-1], x.DType())
}

func cumSum(c *call) {
	axis := c.axis(c.int(1), c.rank(0))
	c.setLike(0, c.cumSum(c.number(0), axis, c.attrInt("exclusive", 0) != 0,
		c.attrInt("reverse", 0) != 0), 0)
}

// cumSum returns running sums along an axis, in the order of the elements.
func (c *call) cumSum(x *graph.Value, axis int, exclusive, reverse bool) *graph.Value {
	shape := dims(x)
	n, inner := shape[axis], sizeOf(shape[axis+1:])
	return c.native("cumsum", x.DType(), shape, func(in []*tensor.Array, out *tensor.Array) func() {
		return forNumbers(x.DType(), cumulate[float32], cumulate[float64], cumulate[int32],
			cumulate[int64], cumulate[uint32], cumulate[uint64])(out, in[0], n, inner, exclusive, reverse)
	}, x)
}

func cumulate[T native](out, in *tensor.Array, n, inner int, exclusive, reverse bool) func() {
	y, x := tensor.Slot[T](out), tensor.Slot[T](in)
	return func() {
		for outer := 0; outer < len(*x); outer += n * inner {
			for i := range inner {
				var total T
				for k := range n {
					at := outer + k*inner + i
					if reverse {
						at = outer + (n-1-k)*inner + i
					}
					v := (*x)[at]
					if exclusive {
						(*y)[at] = total
						total += v
					} else {
						total += v
						(*y)[at] = total
					}
				}
			}
		}
	}
}

// without returns a shape without the dimensions at some axes.
func without(shape []int, axes ...int) []int {
	var out []int
	for i, n := range shape {
		if !slices.Contains(axes, i) {
			out = append(out, n)
		}
	}
	return out
}
