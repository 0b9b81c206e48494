package standard

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/tensor"
)

// products are the operators of linear algebra.
var products = []plan.Operator{
	{Name: "Gemm", Since: 1, Min: 2, Max: 3, Attributes: "alpha beta transA transB broadcast",
		Translate: gemm},
	{Name: "MatMul", Since: 1, Min: 2, Max: 2, Translate: func(c *plan.Call) {
		if z, ok := quantisedMatMul(c, false, nil); ok {
			c.SetLike(0, z, 0)
			return
		}
		x := c.Number(0)
		if z, ok := halfProduct(c, x, 1, false); ok {
			c.SetLike(0, z, 0)
			return
		}
		c.SetLike(0, MatMul(c, x, c.Number(1)), 0)
	}},
}

// MatMul multiplies as NumPy does: of one dimension, the first operand is a row, the second a
// column.
func MatMul(c *plan.Call, x, y *graph.Value) *graph.Value {
	xs, ys := native.Dims(x), native.Dims(y)
	if len(xs) == 0 || len(ys) == 0 {
		c.Fail("a product with a scalar")
	}
	if len(xs) == 1 {
		x = c.Reshape(x, 1, xs[0])
	}
	if len(ys) == 1 {
		y = c.Reshape(y, ys[0], 1)
	}
	z := Product(c, x, y, false, false)
	shape := native.Dims(z)
	if len(xs) == 1 {
		shape = tensors.Without(shape, len(shape)-2)
	}
	if len(ys) == 1 {
		shape = tensors.Without(shape, len(shape)-1)
	}
	return c.Reshape(z, shape...)
}

// productBy multiplies matrices, of which the second is an input: halves as they are if they can
// be.
func productBy(
	c *plan.Call, x *graph.Value, input int, transposeX, transposeY bool,
) *graph.Value {
	if !transposeX {
		if z, ok := halfProduct(c, x, input, transposeY); ok {
			return z
		}
	}
	return Product(c, x, c.Number(input), transposeX, transposeY)
}

// Product multiplies matrices; integers as such.
func Product(c *plan.Call, x, y *graph.Value, transposeX, transposeY bool) *graph.Value {
	if x.DType() != y.DType() || !native.IsNumber(x.DType()) {
		c.Fail("a product of %v by %v", x.DType(), y.DType())
	}
	if x.DType().IsFloat() {
		return c.B().Apply(op.Product{TransposeA: transposeX, TransposeB: transposeY}, x, y)
	}
	if transposeX {
		x = op.Transpose(c.B(), x, -1, -2)
	}
	if transposeY {
		y = op.Transpose(c.B(), y, -1, -2)
	}
	return integerProduct(c, x, y)
}

// integerProduct multiplies matrices of integers, which wrap around.
func integerProduct(c *plan.Call, x, y *graph.Value) *graph.Value {
	xs, ys := native.Dims(x), native.Dims(y)
	m, k, n := xs[len(xs)-2], xs[len(xs)-1], ys[len(ys)-1]
	if ys[len(ys)-2] != k {
		c.Fail("the matrices of %d×%d and %d×%d don't fit", m, k, ys[len(ys)-2], n)
	}
	shape, at, err := broadcastIndices(xs[:len(xs)-2], ys[:len(ys)-2])
	if err != nil {
		c.Fail("%w", err)
	}
	shape = append(shape, m, n)
	return c.Native("integer_matmul", x.DType(), shape, func(in []*tensor.Array,
		out *tensor.Array) func() {
		return native.ForNumbers(x.DType(), multiply[float32], multiply[float64], multiply[int32],
			multiply[int64], multiply[uint32], multiply[uint64])(out, in[0], in[1], m, n, k, at)
	}, x, y)
}

func multiply[T native.Number](out, a, b *tensor.Array, m, n, k int, at [][]int) func() {
	z, x, y := tensor.Slot[T](out), tensor.Slot[T](a), tensor.Slot[T](b)
	return func() {
		clear(*z)
		for batch := range at[0] {
			zs, xs, ys := (*z)[batch*m*n:], (*x)[at[0][batch]*m*k:], (*y)[at[1][batch]*k*n:]
			for i := range m {
				row := zs[i*n:][:n]
				for l := range k {
					f := xs[i*k+l]
					for j, v := range ys[l*n:][:n] {
						row[j] += T(f * v)
					}
				}
			}
		}
	}
}

func gemm(c *plan.Call) { c.SetLike(0, GeneralProduct(c), 0) }

// GeneralProduct returns α·op(A)·op(B) + β·C.
func GeneralProduct(c *plan.Call) *graph.Value {
	x := c.Number(0)
	if len(native.Dims(x)) != 2 || c.Rank(1) != 2 {
		c.Fail("its inputs are not matrices")
	}
	transposeX, transposeY := c.AttrInt("transA", 0) != 0, c.AttrInt("transB", 0) != 0
	z, isQuantised := (*graph.Value)(nil), false
	if !transposeX {
		z, isQuantised = quantisedMatMul(c, transposeY, nil)
	}
	if !isQuantised {
		z = productBy(c, x, 1, transposeX, transposeY)
	}
	z = Scaled(c, z, c.AttrFloat("alpha", 1))
	if c.Has(2) {
		bias := Scaled(c, c.Number(2), c.AttrFloat("beta", 1))
		if _, err := graph.Broadcast(bias.Shape(), z.Shape()); err != nil {
			c.Fail("%w", err)
		}
		z = op.Add(c.B(), z, bias)
	}
	return z
}

// Scaled returns f·x.
func Scaled(c *plan.Call, x *graph.Value, f float64) *graph.Value {
	switch {
	case f == 1:
		return x
	case x.DType().IsFloat():
		return op.Scale(c.B(), x, f)
	}
	return op.Cast(c.B(), op.Scale(c.B(), op.Cast(c.B(), x, tensor.Float64Type), f), x.DType())
}
