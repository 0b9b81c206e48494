package standard

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// reductions are the operators that fold axes.
var reductions = []plan.Operator{
	{Name: "CumSum", Since: 11, Min: 2, Max: 2, Attributes: "exclusive reverse", Translate: cumSum},
	{Name: "Hardmax", Since: 1, Min: 1, Max: 1, Attributes: "axis", Translate: overAxis(hardmax)},
	{Name: "LogSoftmax", Since: 1, Min: 1, Max: 1, Attributes: "axis",
		Translate: overAxis(func(c *plan.Call, x *graph.Value) *graph.Value {
			return c.B().Apply(op.LogSoftmaxRows{}, x)
		})},
	reduction("ReduceL1", reduceL1), reduction("ReduceL2", reduceL2),
	reduction("ReduceLogSum", reduceLogSum), reduction("ReduceLogSumExp", reduceLogSumExp),
	reduction("ReduceMax", Reduce(op.MaxOf)), reduction("ReduceMean", reduceMean),
	reduction("ReduceMin", Reduce(op.MinOf)), reduction("ReduceProd", Reduce(op.ProdOf)),
	reduction("ReduceSum", Reduce(op.SumOf)), reduction("ReduceSumSquare", reduceSumSquare),
	{Name: "Softmax", Since: 1, Min: 1, Max: 1, Attributes: "axis", Translate: overAxis(Softmax)},
}

// Reducer folds axes of x.
type Reducer func(c *plan.Call, x *graph.Value, axes op.Ints, keep bool) *graph.Value

// reduction returns the entry of an operator that folds the axes that an attribute, or since
// version 18 (13 for ReduceSum) an input, gives.
//
//go:noinline
func reduction(name string, f Reducer) plan.Operator {
	since := 18
	if name == "ReduceSum" {
		since = 13
	}
	return plan.Operator{Name: name, Since: 1, Min: 1, Max: 2, Attributes: "axes keepdims " +
		"noop_with_empty_axes", Translate: func(c *plan.Call) {
		r := c.Rank(0)
		axes := givenAxes(c, since)
		if len(axes) == 0 && c.AttrInt("noop_with_empty_axes", 0) == 0 {
			axes = nil
			for i := range r {
				axes = append(axes, i)
			}
		}
		x, isBool := c.Number(0), c.Element(0) == value.Bool
		if isBool {
			x = op.Cast(c.B(), x, tensor.Uint8Type)
		}
		y := f(c, x, op.IntsOf(c.Axes(axes, r)...), c.AttrInt("keepdims", 1) != 0)
		if isBool {
			y = op.Cast(c.B(), y, tensor.BoolType)
		}
		c.SetLike(0, y, 0)
	}}
}

// Reduce returns the reduction by a function.
func Reduce(by op.Reduction) Reducer {
	return func(c *plan.Call, x *graph.Value, axes op.Ints, keep bool) *graph.Value {
		return c.B().Apply(op.Reduce{By: by, Axes: axes, KeepDims: keep}, x)
	}
}

// inFloat computes a function of integers in float64.
func inFloat(c *plan.Call, x *graph.Value, f func(x *graph.Value) *graph.Value) *graph.Value {
	if x.DType().IsFloat() {
		return f(x)
	}
	return op.Cast(c.B(), f(op.Cast(c.B(), x, tensor.Float64Type)), x.DType())
}

func reduceMean(c *plan.Call, x *graph.Value, axes op.Ints, keep bool) *graph.Value {
	return inFloat(c, x, func(x *graph.Value) *graph.Value {
		n := 1
		for _, a := range axes.Values() {
			n *= native.Dims(x)[a]
		}
		if n == 0 { // the mean of nothing
			return op.Div(c.B(), Reduce(op.SumOf)(c, x, axes, keep), c.Like(x, 0))
		}
		return Reduce(op.MeanOf)(c, x, axes, keep)
	})
}

func reduceL1(c *plan.Call, x *graph.Value, axes op.Ints, keep bool) *graph.Value {
	return Reduce(op.SumOf)(c, op.Map(c.B(), op.Abs, x), axes, keep)
}

func reduceSumSquare(c *plan.Call, x *graph.Value, axes op.Ints, keep bool) *graph.Value {
	return Reduce(op.SumOf)(c, op.Mul(c.B(), x, x), axes, keep)
}

func reduceL2(c *plan.Call, x *graph.Value, axes op.Ints, keep bool) *graph.Value {
	return inFloat(c, x, func(x *graph.Value) *graph.Value {
		return op.Apply(c.B(), tensor.Sqrt, reduceSumSquare(c, x, axes, keep))
	})
}

func reduceLogSum(c *plan.Call, x *graph.Value, axes op.Ints, keep bool) *graph.Value {
	return inFloat(c, x, func(x *graph.Value) *graph.Value {
		return op.Apply(c.B(), tensor.Log, Reduce(op.SumOf)(c, x, axes, keep))
	})
}

// reduceLogSumExp is m + ln Σ exp(x − m) with m the largest finite element.
func reduceLogSumExp(c *plan.Call, x *graph.Value, axes op.Ints, keep bool) *graph.Value {
	return inFloat(c, x, func(x *graph.Value) *graph.Value {
		m := Reduce(op.MaxOf)(c, x, axes, true)
		m = c.Where(c.B().Apply(op.Tested{For: op.IsInf}, m), c.Like(m, 0), m)
		y := op.Apply(c.B(), tensor.Exp, op.Sub(c.B(), x, m))
		y = op.Add(c.B(), op.Apply(c.B(), tensor.Log, Reduce(op.SumOf)(c, y, axes, true)), m)
		if keep {
			return y
		}
		var shape []int
		for i, n := range native.Dims(y) {
			if !axes.Has(i) {
				shape = append(shape, n)
			}
		}
		return c.Reshape(y, shape...)
	})
}

// overAxis returns the translation of a function along an axis.
func overAxis(f func(c *plan.Call, x *graph.Value) *graph.Value) func(*plan.Call) {
	return func(c *plan.Call) {
		otherwise := -1
		if c.Version() < 13 {
			otherwise = 1
		}
		c.SetLike(0, AlongAxis(c, c.Float(0), c.Version(), otherwise, f), 0)
	}
}

// AlongAxis applies a function of rows along an axis: below version 13 along that and all that
// follow, as one.
func AlongAxis(c *plan.Call, x *graph.Value, version, otherwise int,
	f func(c *plan.Call, x *graph.Value) *graph.Value) *graph.Value {
	s, axis := native.Dims(x), c.AttrInt("axis", otherwise)
	if version < 13 {
		if axis < 0 {
			axis += len(s)
		}
		if axis < 0 || axis > len(s) {
			c.Fail("axis %d of %v", axis, c.Val(0))
		}
		return c.Reshape(f(c, c.Reshape(x, tensors.Size(s[:axis]), tensors.Size(s[axis:]))), s...)
	}
	axis = c.Axis(axis, len(s))
	if axis == len(s)-1 {
		return f(c, x)
	}
	return op.Transpose(c.B(), f(c, op.Transpose(c.B(), x, axis, -1)), axis, -1)
}

// Softmax is that of the last axis.
func Softmax(c *plan.Call, x *graph.Value) *graph.Value { return op.Softmax(c.B(), x) }

// hardmax is 1 at the first of the largest elements of each row, and else 0.
func hardmax(c *plan.Call, x *graph.Value) *graph.Value {
	s := native.Dims(x)
	if s[len(s)-1] == 0 {
		return x
	}
	at := c.B().Apply(op.ArgOf{By: op.MaxOf, Axis: len(s) - 1}, x)
	return op.OneHot(c.B(), at, s[len(s)-1], x.DType())
}

func cumSum(c *plan.Call) {
	axis := c.Axis(c.Int(1), c.Rank(0))
	c.SetLike(0, cumulative(c, c.Number(0), axis, c.AttrInt("exclusive", 0) != 0,
		c.AttrInt("reverse", 0) != 0), 0)
}

// cumulative returns running sums along an axis, in the order of the elements.
func cumulative(c *plan.Call, x *graph.Value, axis int, exclusive, reverse bool) *graph.Value {
	if !native.IsNumber(x.DType()) {
		c.Fail("running sums of %v", x.DType())
	}
	shape := native.Dims(x)
	n, inner := shape[axis], tensors.Size(shape[axis+1:])
	return c.Native("cumsum", x.DType(), shape, func(in []*tensor.Array, out *tensor.Array) func() {
		return native.ForNumbers(x.DType(), cumulate[float32], cumulate[float64], cumulate[int32],
			cumulate[int64], cumulate[uint32], cumulate[uint64])(out, in[0], n, inner, exclusive,
			reverse)
	}, x)
}

func cumulate[T native.Number](out, in *tensor.Array, n, inner int, exclusive,
	reverse bool) func() {
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
