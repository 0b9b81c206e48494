package onnx

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// products are the operators of linear algebra.
var products = []operator{
	{name: "Gemm", since: 1, min: 2, max: 3, attributes: "alpha beta transA transB broadcast",
		translate: gemm},
	{name: "MatMul", since: 1, min: 2, max: 2, translate: func(c *call) {
		if z, ok := c.quantisedMatMul(); ok {
			c.setLike(0, z, 0)
			return
		}
		c.setLike(0, c.matMul(c.number(0), c.number(1)), 0)
	}},
}

// matMul multiplies as NumPy does: of one dimension, the first operand is a row, the second a column.
func (c *call) matMul(x, y *graph.Value) *graph.Value {
	xs, ys := dims(x), dims(y)
	if len(xs) == 0 || len(ys) == 0 {
		c.fail("a product with a scalar")
	}
	if len(xs) == 1 {
		x = c.reshape(x, 1, xs[0])
	}
	if len(ys) == 1 {
		y = c.reshape(y, ys[0], 1)
	}
	z := c.product(x, y, false, false)
	shape := dims(z)
	if len(xs) == 1 {
		shape = without(shape, len(shape)-2)
	}
	if len(ys) == 1 {
		shape = without(shape, len(shape)-1)
	}
	return c.reshape(z, shape...)
}

// product multiplies matrices; integers as such.
func (c *call) product(x, y *graph.Value, transposeX, transposeY bool) *graph.Value {
	if x.DType().IsFloat() {
		return c.b().Apply(op.Product{TransposeA: transposeX, TransposeB: transposeY}, x, y)
	}
	if transposeX {
		x = op.Transpose(c.b(), x, -1, -2)
	}
	if transposeY {
		y = op.Transpose(c.b(), y, -1, -2)
	}
	return c.integerProduct(x, y)
}

// integerProduct multiplies matrices of integers, which wrap around.
func (c *call) integerProduct(x, y *graph.Value) *graph.Value {
	xs, ys := dims(x), dims(y)
	m, k, n := xs[len(xs)-2], xs[len(xs)-1], ys[len(ys)-1]
	if ys[len(ys)-2] != k {
		c.fail("the matrices of %d×%d and %d×%d don't fit", m, k, ys[len(ys)-2], n)
	}
	shape, at, err := broadcastIndices(xs[:len(xs)-2], ys[:len(ys)-2])
	if err != nil {
		panic(failure{err})
	}
	shape = append(shape, m, n)
	return c.native("integer_matmul", x.DType(), shape, func(in []*tensor.Array,
		out *tensor.Array) func() {
		return forNumbers(x.DType(), multiply[float32], multiply[float64], multiply[int32],
			multiply[int64], multiply[uint32], multiply[uint64])(out, in[0], in[1], m, n, k, at)
	}, x, y)
}

func multiply[T native](out, a, b *tensor.Array, m, n, k int, at [][]int) func() {
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

func gemm(c *call) { c.setLike(0, c.generalProduct(), 0) }

// generalProduct returns α·op(A)·op(B) + β·C.
func (c *call) generalProduct() *graph.Value {
	x, y := c.number(0), c.number(1)
	if len(dims(x)) != 2 || len(dims(y)) != 2 {
		c.fail("its inputs are not matrices")
	}
	z := c.product(x, y, c.attrInt("transA", 0) != 0, c.attrInt("transB", 0) != 0)
	z = c.scaled(z, c.attrFloat("alpha", 1))
	if c.has(2) {
		bias := c.scaled(c.number(2), c.attrFloat("beta", 1))
		if _, err := graph.Broadcast(bias.Shape(), z.Shape()); err != nil {
			panic(failure{err})
		}
		z = op.Add(c.b(), z, bias)
	}
	return z
}

// scaled returns f·x.
func (c *call) scaled(x *graph.Value, f float64) *graph.Value {
	switch {
	case f == 1:
		return x
	case x.DType().IsFloat():
		return op.Scale(c.b(), x, f)
	}
	return op.Cast(c.b(), op.Scale(c.b(), op.Cast(c.b(), x, tensor.Float64Type), f), x.DType())
}
