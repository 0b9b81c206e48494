package standard

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// fewWeights is how many constant halves become float32 for a product: they stay in L2, where
// packed floats are as fast, and take part in what passes fuse.
const fewWeights = 1 << 17

// halfProduct multiplies rows of float32 by a constant matrix of halves as they are, or says that
// the input is none. The result has the bits of the product by them as float32.
func halfProduct(
	c *plan.Call, x *graph.Value, input int, transposed bool,
) (z *graph.Value, ok bool) {
	w := c.Val(input).Constant
	if c.Translating() || w == nil || x.DType() != tensor.Float32Type || len(w.Dims()) != 2 || w.Len() < fewWeights {
		return nil, false
	}
	k, n := w.Dims()[0], w.Dims()[1]
	if transposed {
		k, n = n, k
	}
	shape := native.Dims(x)
	if n == 1 || len(shape) == 0 || shape[len(shape)-1] != k {
		return nil, false
	}
	var compress func() *op.CompressedWeights
	switch w.Element() {
	case value.Float16:
		compress = func() *op.CompressedWeights {
			return op.HalfWeights(tensor.Elements[tensor.Float16](w.Array()), k, n, transposed)
		}
	case value.BFloat16:
		compress = func() *op.CompressedWeights {
			return op.HalfWeights(tensor.Elements[tensor.BFloat16](w.Array()), k, n, transposed)
		}
	default:
		return nil, false
	}
	key := plan.DerivedKey{Of: w, Packed: true, Settings: transposed}
	weights := plan.Derive(c.Machine.Session, key, compress)
	return c.B().Apply(op.CompressedProduct{Weights: weights}, x), true
}
