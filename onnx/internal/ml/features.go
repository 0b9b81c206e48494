package ml

import (
	"fmt"
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

// features are the operators of ai.onnx.ml that prepare columns of numbers.
var features = []plan.Operator{
	{Name: "ArrayFeatureExtractor", Since: 1, Min: 2, Max: 2, Translate: extract,
		Host: extractStrings},
	{Name: "Binarizer", Since: 1, Min: 1, Max: 1, Attributes: "threshold", Translate: binarize},
	{Name: "FeatureVectorizer", Since: 1, Min: 1, Max: plan.Many, Attributes: "inputdimensions",
		Translate: vectorize},
	{Name: "Imputer", Since: 1, Min: 1, Max: 1, Attributes: "imputed_value_floats " +
		"imputed_value_int64s replaced_value_float replaced_value_int64", Translate: impute},
	{Name: "Normalizer", Since: 1, Min: 1, Max: 1, Attributes: "norm=MAX,L1,L2",
		Translate: normalize},
	{Name: "Scaler", Since: 1, Min: 1, Max: 1, Attributes: "offset scale", Translate: scaler},
}

// extract takes columns. What has one dimension becomes a row.
func extract(c *plan.Call) {
	if c.Rank(0) == 0 {
		c.Fail("its input has no dimensions")
	}
	x := c.Value(0)
	if c.Rank(0) == 1 {
		x = c.Reshape(x, 1, c.Shape(0)[0])
	}
	c.SetLike(0, op.Gather(c.B(), x, c.Reshape(standard.Index(c, 1), tensors.Size(c.Shape(1))),
		-1), 0)
}

func extractStrings(h *plan.HostCall) ([]*value.Value, error) {
	x, at := h.Input(0), h.Ints(1)
	if len(x.Dims()) == 0 {
		return nil, fmt.Errorf("its input has no dimensions")
	}
	last := len(x.Dims()) - 1
	n, shape := x.Dims()[last], x.Shape()
	shape[last] = len(at)
	if last == 0 {
		shape = []int{1, len(at)}
	}
	out := make([]string, 0, tensors.Size(shape))
	for row := range tensors.Size(x.Dims()[:last]) {
		for _, i := range at {
			if i < 0 {
				i += int64(n)
			}
			if i < 0 || i >= int64(n) {
				return nil, fmt.Errorf("index %d is out of range for %d elements", i, n)
			}
			out = append(out, h.Strings(0)[row*n+int(i)])
		}
	}
	return []*value.Value{value.NewStrings(out, shape...)}, nil
}

// binarize gives 1 above the threshold, and else 0; NaN stays.
func binarize(c *plan.Call) {
	x := c.Number(0)
	y := op.Cast(c.B(), c.Greater(x, c.Like(x, c.AttrFloat("threshold", 0))), x.DType())
	if x.DType().IsFloat() {
		y = c.Where(c.B().Apply(op.Tested{For: op.IsNaN}, x), x, y)
	}
	c.SetLike(0, y, 0)
}

// columns returns the length of the rows of an input: of all of it if it has one dimension.
func columns(c *plan.Call, i int) int {
	switch s := c.Shape(i); len(s) {
	case 1:
		return s[0]
	case 2:
		return s[1]
	}
	c.Fail("its input %d is %v, neither a row nor rows", i, c.Val(i))
	return 0
}

// floatRows returns an input of numbers as rows of float32.
func floatRows(c *plan.Call, i int) *graph.Value {
	n := columns(c, i)
	x := op.Cast(c.B(), c.Number(i), tensor.Float32Type)
	if c.Rank(i) == 1 {
		return c.Reshape(x, 1, n)
	}
	return x
}

// vectorize joins its inputs' columns, of each as many as an attribute says: columns that it
// doesn't have are 0.
func vectorize(c *plan.Call) {
	widths := c.AttrInts("inputdimensions")
	if len(widths) != len(c.Inputs) {
		c.Fail("it has %d inputs and the dimensions of %d", len(c.Inputs), len(widths))
	}
	var parts []*graph.Value
	for i, width := range widths {
		x := floatRows(c, i)
		rows, n := native.Dims(x)[0], native.Dims(x)[1]
		if width < 0 || rows != native.Dims(floatRows(c, 0))[0] {
			c.Fail("its input %d is %v, for %d columns", i, c.Val(i), width)
		}
		if n > width {
			x = op.Slice(c.B(), x, 1, 0, width, 1)
		}
		if parts = append(parts, x); n < width {
			c.CheckBytes(4*float64(rows)*float64(width-n), "columns of zeros")
			zeros := tensor.NewArray(tensor.Float32Type, rows, width-n)
			parts = append(parts, c.B().Constant(zeros))
		}
	}
	c.Set(0, op.Concat(c.B(), 1, parts...))
}

// perColumn returns a list as a constant, for each column one number or the same for all.
func perColumn(c *plan.Call, name string, d tensor.DType, list []float64) *graph.Value {
	if len(list) == 1 {
		return c.Scalar(d, list[0])
	}
	if n := columns(c, 0); len(list) != n {
		c.Fail("it has %d numbers in %s, for %d columns", len(list), name, n)
	}
	return op.Cast(c.B(), c.B().Constant(tensor.ArrayOf(list, len(list))), d)
}

// impute replaces one value by others: NaN too, if that is the one.
func impute(c *plan.Call) {
	x := c.Number(0)
	var with *graph.Value
	replaced := c.AttrFloat("replaced_value_float", 0)
	if x.DType().IsFloat() {
		with = perColumn(c, "imputed_value_floats", x.DType(),
			widened(c.AttrFloats("imputed_value_floats")))
	} else {
		list := c.AttrInt64s("imputed_value_int64s")
		if len(list) != 1 && len(list) != columns(c, 0) {
			c.Fail("it has %d numbers in imputed_value_int64s, for %d columns", len(list),
				columns(c, 0))
		}
		with = op.Cast(c.B(), c.B().Constant(tensor.ArrayOf(list, len(list))), x.DType())
	}
	switch {
	case !x.DType().IsFloat():
		value := tensor.ArrayOf([]int64{int64(c.AttrInt("replaced_value_int64", 0))})
		same := c.B().Apply(op.Compare{By: op.IsEqual}, x,
			op.Cast(c.B(), c.B().Constant(value), x.DType()))
		c.SetLike(0, c.Where(same, with, x), 0)
	case math.IsNaN(replaced):
		c.SetLike(0, c.Where(c.B().Apply(op.Tested{For: op.IsNaN}, x), with, x), 0)
	default:
		same := c.B().Apply(op.Compare{By: op.IsEqual}, x, c.Like(x, replaced))
		c.SetLike(0, c.Where(same, with, x), 0)
	}
}

func widened(list []float32) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = float64(v)
	}
	return out
}

// scaler is (x − offset)·scale, in the type of x, and integers in float32; then float32.
func scaler(c *plan.Call) {
	x := c.Number(0)
	if !x.DType().IsFloat() {
		x = op.Cast(c.B(), x, tensor.Float32Type)
	}
	offset, scale := widened(c.AttrFloats("offset")), widened(c.AttrFloats("scale"))
	if len(offset) > 0 {
		x = op.Sub(c.B(), x, perColumn(c, "offset", x.DType(), offset))
	}
	if len(scale) > 0 {
		x = op.Mul(c.B(), x, perColumn(c, "scale", x.DType(), scale))
	}
	c.Set(0, op.Cast(c.B(), x, tensor.Float32Type))
}

// normalize divides rows by a norm, unless that is 0. ONNX Runtime takes the largest element for
// MAX, here as in scikit-learn it is the largest absolute one.
func normalize(c *plan.Call) {
	by := map[string]func(y, x []float64){"MAX": byMax, "L1": bySum,
		"L2": bySquares}[c.AttrString("norm", "MAX")]
	n := columns(c, 0)
	y := c.Native("normalize", tensor.Float32Type, c.Shape(0), func(in []*tensor.Array,
		out *tensor.Array) func() {
		x, wide := tensor.Slot[float64](in[0]), make([]float64, n)
		to := tensor.Slot[float32](out)
		return func() {
			for at := 0; at < len(*x); at += n {
				by(wide, (*x)[at:][:n])
				for i, v := range wide {
					(*to)[at+i] = float32(v)
				}
			}
		}
	}, op.Cast(c.B(), c.Number(0), tensor.Float64Type))
	c.Set(0, y)
}

// divide sets y to x/norm, rounded to float32 as ONNX Runtime does, or to x.
func divide(y, x []float64, norm float32) {
	for i, v := range x {
		if y[i] = v; norm != 0 {
			y[i] = float64(float32(v) / norm)
		}
	}
}

func byMax(y, x []float64) {
	var norm float32
	for _, v := range x {
		norm = max(norm, float32(math.Abs(v)))
	}
	divide(y, x, norm)
}

func bySum(y, x []float64) {
	var norm float32
	for _, v := range x {
		norm += float32(math.Abs(v))
	}
	divide(y, x, norm)
}

// bySquares gives each element the root of its part of the sum of squares.
func bySquares(y, x []float64) {
	var sum float32
	for i, v := range x {
		y[i] = float64(float32(v * v))
		sum += float32(y[i])
	}
	for i, v := range x {
		if sum == 0 {
			y[i] = v
			continue
		}
		if y[i] = math.Sqrt(float64(float32(y[i]) / sum)); v < 0 {
			y[i] = -y[i]
		}
	}
}
