package onnx

import (
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// features are the operators of ai.onnx.ml that prepare columns of numbers.
var features = []operator{
	{name: "ArrayFeatureExtractor", since: 1, min: 2, max: 2, translate: extract,
		host: extractStrings},
	{name: "Binarizer", since: 1, min: 1, max: 1, attributes: "threshold", translate: binarize},
	{name: "FeatureVectorizer", since: 1, min: 1, max: many, attributes: "inputdimensions",
		translate: vectorize},
	{name: "Imputer", since: 1, min: 1, max: 1, attributes: "imputed_value_floats " +
		"imputed_value_int64s replaced_value_float replaced_value_int64", translate: impute},
	{name: "Normalizer", since: 1, min: 1, max: 1, attributes: "norm=MAX,L1,L2",
		translate: normalize},
	{name: "Scaler", since: 1, min: 1, max: 1, attributes: "offset scale", translate: scaler},
}

// extract takes columns. What has one dimension becomes a row.
func extract(c *call) {
	if c.rank(0) == 0 {
		c.fail("its input has no dimensions")
	}
	x := c.value(0)
	if c.rank(0) == 1 {
		x = c.reshape(x, 1, c.shape(0)[0])
	}
	c.setLike(0, op.Gather(c.b(), x, c.reshape(c.index(1), sizeOf(c.shape(1))), -1), 0)
}

func extractStrings(h *hostCall) ([]*Value, error) {
	x, at := h.input(0), h.ints(1)
	if len(x.shape) == 0 {
		return nil, fmt.Errorf("its input has no dimensions")
	}
	last := len(x.shape) - 1
	n, shape := x.shape[last], x.Shape()
	shape[last] = len(at)
	if last == 0 {
		shape = []int{1, len(at)}
	}
	out := make([]string, 0, sizeOf(shape))
	for row := range sizeOf(x.shape[:last]) {
		for _, i := range at {
			if i < 0 {
				i += int64(n)
			}
			if i < 0 || i >= int64(n) {
				return nil, fmt.Errorf("index %d is out of range for %d elements", i, n)
			}
			out = append(out, h.strings(0)[row*n+int(i)])
		}
	}
	return []*Value{NewStrings(out, shape...)}, nil
}

// binarize gives 1 above the threshold, and else 0; NaN stays.
func binarize(c *call) {
	x := c.number(0)
	y := op.Cast(c.b(), c.greater(x, c.like(x, c.attrFloat("threshold", 0))), x.DType())
	if x.DType().IsFloat() {
		y = c.where(c.b().Apply(op.Tested{For: op.IsNaN}, x), x, y)
	}
	c.setLike(0, y, 0)
}

// columns returns the length of the rows of an input: of all of it if it has one dimension.
func (c *call) columns(i int) int {
	switch s := c.shape(i); len(s) {
	case 1:
		return s[0]
	case 2:
		return s[1]
	}
	c.fail("its input %d is %v, neither a row nor rows", i, c.val(i))
	return 0
}

// floatRows returns an input of numbers as rows of float32.
func (c *call) floatRows(i int) *graph.Value {
	n := c.columns(i)
	x := op.Cast(c.b(), c.number(i), tensor.Float32Type)
	if c.rank(i) == 1 {
		return c.reshape(x, 1, n)
	}
	return x
}

// vectorize joins its inputs' columns, of each as many as an attribute says: columns that it doesn't
// have are 0.
func vectorize(c *call) {
	widths := c.attrInts("inputdimensions")
	if len(widths) != len(c.inputs) {
		c.fail("it has %d inputs and the dimensions of %d", len(c.inputs), len(widths))
	}
	var parts []*graph.Value
	for i, width := range widths {
		x := c.floatRows(i)
		rows, n := dims(x)[0], dims(x)[1]
		if width < 0 || rows != dims(c.floatRows(0))[0] {
			c.fail("its input %d is %v, for %d columns", i, c.val(i), width)
		}
		if n > width {
			x = op.Slice(c.b(), x, 1, 0, width, 1)
		}
		if parts = append(parts, x); n < width {
			c.checkBytes(4*float64(rows)*float64(width-n), "columns of zeros")
			zeros := tensor.NewArray(tensor.Float32Type, rows, width-n)
			parts = append(parts, c.b().Constant(zeros))
		}
	}
	c.set(0, op.Concat(c.b(), 1, parts...))
}

// perColumn returns a list as a constant, for each column one number or the same for all.
func (c *call) perColumn(name string, d tensor.DType, list []float64) *graph.Value {
	if len(list) == 1 {
		return c.scalar(d, list[0])
	}
	if n := c.columns(0); len(list) != n {
		c.fail("it has %d numbers in %s, for %d columns", len(list), name, n)
	}
	return op.Cast(c.b(), c.b().Constant(tensor.ArrayOf(list, len(list))), d)
}

// impute replaces one value by others: NaN too, if that is the one.
func impute(c *call) {
	x := c.number(0)
	var with *graph.Value
	replaced := c.attrFloat("replaced_value_float", 0)
	if x.DType().IsFloat() {
		with = c.perColumn("imputed_value_floats", x.DType(),
			widened(c.attrFloats("imputed_value_floats")))
	} else {
		list := c.attrInt64s("imputed_value_int64s")
		if len(list) != 1 && len(list) != c.columns(0) {
			c.fail("it has %d numbers in imputed_value_int64s, for %d columns", len(list), c.columns(0))
		}
		with = op.Cast(c.b(), c.b().Constant(tensor.ArrayOf(list, len(list))), x.DType())
	}
	switch {
	case !x.DType().IsFloat():
		value := tensor.ArrayOf([]int64{int64(c.attrInt("replaced_value_int64", 0))})
		same := c.b().Apply(op.Compare{By: op.IsEqual}, x,
			op.Cast(c.b(), c.b().Constant(value), x.DType()))
		c.setLike(0, c.where(same, with, x), 0)
	case math.IsNaN(replaced):
		c.setLike(0, c.where(c.b().Apply(op.Tested{For: op.IsNaN}, x), with, x), 0)
	default:
		same := c.b().Apply(op.Compare{By: op.IsEqual}, x, c.like(x, replaced))
		c.setLike(0, c.where(same, with, x), 0)
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
func scaler(c *call) {
	x := c.number(0)
	if !x.DType().IsFloat() {
		x = op.Cast(c.b(), x, tensor.Float32Type)
	}
	offset, scale := widened(c.attrFloats("offset")), widened(c.attrFloats("scale"))
	if len(offset) > 0 {
		x = op.Sub(c.b(), x, c.perColumn("offset", x.DType(), offset))
	}
	if len(scale) > 0 {
		x = op.Mul(c.b(), x, c.perColumn("scale", x.DType(), scale))
	}
	c.set(0, op.Cast(c.b(), x, tensor.Float32Type))
}

// normalize divides rows by a norm, unless that is 0. ONNX Runtime takes the largest element for MAX,
// here as in scikit-learn it is the largest absolute one.
func normalize(c *call) {
	by := map[string]func(y, x []float64){"MAX": byMax, "L1": bySum,
		"L2": bySquares}[c.attrString("norm", "MAX")]
	n := c.columns(0)
	y := c.native("normalize", tensor.Float32Type, c.shape(0), func(in []*tensor.Array,
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
	}, op.Cast(c.b(), c.number(0), tensor.Float64Type))
	c.set(0, y)
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
