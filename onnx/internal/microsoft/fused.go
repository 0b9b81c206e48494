package microsoft

import (
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/standard"
	"simdnn/tensor"
)

// microsoft are operators of ONNX Runtime's own domain that its optimiser, and exporters for it,
// put into files: activations, norms and products that end with them. ContribOperators.md of ONNX
// Runtime describes them.
var microsoft = []plan.Operator{
	{Name: "BiasGelu", Since: 1, Min: 2, Max: 2, Translate: biased(erfGelu)},
	{Name: "CDist", Since: 1, Min: 2, Max: 2, Attributes: "metric=sqeuclidean,euclidean",
		Translate: distances},
	{Name: "DequantizeLinear", Since: 1, Min: 2, Max: 3, Attributes: "axis",
		Translate: standard.Dequantize},
	{Name: "ExpandDims", Since: 1, Min: 2, Max: 2, Translate: expandDims},
	{Name: "FastGelu", Since: 1, Min: 1, Max: 2, Translate: biased(tanhGelu)},
	{Name: "FusedConv", Since: 1, Min: 2, Max: 4, Attributes: standard.Window +
		" group activation " +
		"activation_params", Translate: fusedConv},
	{Name: "FusedGemm", Since: 1, Min: 2, Max: 3,
		Attributes: "alpha beta transA transB activation " +
			"activation_alpha activation_beta activation_gamma", Translate: fusedGemm},
	{Name: "FusedMatMul", Since: 1, Min: 2, Max: 2, Attributes: "alpha transA transB transBatchA " +
		"transBatchB", Translate: fusedMatMul},
	{Name: "GatherND", Since: 1, Min: 2, Max: 2, Translate: standard.GatherND},
	{Name: "Gelu", Since: 1, Min: 1, Max: 1, Translate: biased(erfGelu)},
	{Name: "QuantizeLinear", Since: 1, Min: 2, Max: 3, Attributes: "axis",
		Translate: standard.Quantize},
	{Name: "QuickGelu", Since: 1, Min: 1, Max: 1, Attributes: "alpha",
		Translate: standard.Unary(quickGelu)},
	{Name: "SkipLayerNormalization", Since: 1, Min: 3, Max: 5, Attributes: "epsilon",
		Translate: skipNorm(false)},
	{Name: "SkipSimplifiedLayerNormalization", Since: 1, Min: 3, Max: 4, Attributes: "epsilon",
		Translate: skipNorm(true)},
	{Name: "EmbedLayerNormalization", Since: 1, Min: 7, Max: 9,
		Attributes: "epsilon mask_index_type",
		Translate:  embedNorm},
	{Name: "TransposeMatMul", Since: 1, Min: 2, Max: 2, Attributes: "alpha transA transB",
		Translate: fusedMatMul},
	{Name: "Trilu", Since: 1, Min: 1, Max: 2, Attributes: "upper", Translate: standard.Trilu},
}

// biased returns the translation of an activation of x, to which a bias may be added.
func biased(f func(c *plan.Call, x *graph.Value) *graph.Value) func(*plan.Call) {
	return standard.Unary(func(c *plan.Call, x *graph.Value) *graph.Value {
		if c.Has(1) {
			x = op.Add(c.B(), x, c.Float(1))
		}
		return f(c, x)
	})
}

func erfGelu(c *plan.Call, x *graph.Value) *graph.Value { return op.Apply(c.B(), tensor.Gelu, x) }

func tanhGelu(c *plan.Call, x *graph.Value) *graph.Value {
	return op.Apply(c.B(), tensor.GeluTanh,
		x)
}

// quickGelu is x·sigmoid(α·x).
func quickGelu(c *plan.Call, x *graph.Value) *graph.Value {
	scaled := standard.Scaled(c, x, c.AttrFloat("alpha", 1.702))
	return op.Mul(c.B(), x, op.Apply(c.B(), tensor.Sigmoid, scaled))
}

// fusedMatMul is α·A·B, either of which may be transposed; of one with transBatch, the first
// dimension is that of its rows, and those of the batch follow.
func fusedMatMul(c *plan.Call) {
	operand := func(i int, attribute string) *graph.Value {
		x := c.Float(i)
		rank := len(native.Dims(x))
		if c.AttrInt(attribute, 0) == 0 || rank < 3 {
			return x
		}
		axes := make([]int, 0, rank)
		for d := 1; d < rank-1; d++ {
			axes = append(axes, d)
		}
		return op.Permute(c.B(), x, append(axes, 0, rank-1)...)
	}
	x, y := operand(0, "transBatchA"), operand(1, "transBatchB")
	transposeX, transposeY := c.AttrInt("transA", 0) != 0, c.AttrInt("transB", 0) != 0
	var z *graph.Value
	if len(native.Dims(x)) < 2 ||
		len(native.Dims(y)) < 2 { // of one dimension there is nothing to transpose
		z = standard.MatMul(c, x, y)
	} else {
		z = standard.Product(c, x, y, transposeX, transposeY)
	}
	c.SetLike(0, standard.Scaled(c, z, c.AttrFloat("alpha", 1)), 0)
}

// fusedConv is a convolution, plus a fourth input if there is one, that ends with an activation.
func fusedConv(c *plan.Call) {
	y := standard.Convolution(c)
	if c.Has(3) {
		y = op.Add(c.B(), y, c.Float(3))
	}
	c.SetLike(0, activated(c, y, c.AttrFloats("activation_params")), 0)
}

// fusedGemm is Gemm that ends with an activation.
func fusedGemm(c *plan.Call) {
	var numbers []float32
	for _, name := range []string{"activation_alpha", "activation_beta", "activation_gamma"} {
		if c.Attribute(name) != nil {
			numbers = append(numbers, float32(c.AttrFloat(name, 0)))
		}
	}
	c.SetLike(0, activated(c, standard.GeneralProduct(c), numbers), 0)
}

// activated ends a product with the activation of the attributes, with its numbers.
func activated(c *plan.Call, x *graph.Value, numbers []float32) *graph.Value {
	number := func(i int, otherwise float64) float64 {
		if i < len(numbers) {
			return float64(numbers[i])
		}
		return otherwise
	}
	b := c.B()
	switch name := c.AttrString("activation", ""); name {
	case "":
		return x
	case "Relu":
		return op.Apply(b, tensor.Relu, x)
	case "Tanh":
		return op.Apply(b, tensor.Tanh, x)
	case "Sigmoid":
		return op.Apply(b, tensor.Sigmoid, x)
	case "LeakyRelu":
		return b.Apply(op.Parametric{Function: tensor.LeakyRelu, Alpha: number(0, 0.01)}, x)
	case "Clip":
		return op.Clip(b, x, number(0, math.Inf(-1)), number(1, math.Inf(1)))
	case "HardSigmoid":
		return standard.ScaledHardSigmoid(c, x, number(0, 0.2), number(1, 0.5))
	default:
		c.Fail("the activation %q is not supported", name)
	}
	return nil
}

// skipNorm normalises the rows of input + skip + bias, which is the fourth output. Without a mean
// it has no beta, and ONNX Runtime gives zeros for the mean.
func skipNorm(simplified bool) func(*plan.Call) {
	return func(c *plan.Call) {
		bias := 4
		if simplified {
			bias = 3
		}
		sum := op.Add(c.B(), c.Float(0), c.Float(1))
		if c.Has(bias) {
			sum = op.Add(c.B(), sum, c.Float(bias))
		}
		o := op.RowNorm{Axis: c.Rank(0) - 1, Epsilon: c.AttrFloat("epsilon", 1e-12),
			RMS:   simplified,
			Gamma: true, Beta: !simplified && c.Has(3)}
		inputs := []*graph.Value{sum, c.Float(2)}
		if o.Beta {
			inputs = append(inputs, c.Float(3))
		}
		out := rows(c, o, inputs)
		c.SetLike(0, out[0], 0)
		rows := append(c.Shape(0)[:c.Rank(0)-1], 1)
		c.Set(2, c.Reshape(out[1], rows...))
		if simplified {
			c.Set(1, op.BroadcastTo(c.B(), c.Scalar(tensor.Float32Type, 0), rows...))
		} else {
			c.Set(1, c.Reshape(out[2], rows...))
		}
		c.SetLike(3, sum, 0)
	}
}

// rows applies a norm of rows.
func rows(c *plan.Call, o op.RowNorm, inputs []*graph.Value) []*graph.Value {
	out := c.B().ApplyAll(o, inputs...)
	if err := c.B().Err(); err != nil {
		c.Fail("%w", err)
	}
	return out
}

// embedNorm adds up the embeddings of words, positions and segments, the third output, and
// normalises them. The second output counts the entries of the mask that are 1.
func embedNorm(c *plan.Call) {
	b, s := c.B(), c.Shape(0)
	if len(s) != 2 || c.AttrInt("mask_index_type", 0) != 0 {
		c.Fail("words %v with a mask of type %d", c.Val(0), c.AttrInt("mask_index_type", 0))
	}
	sum := op.Gather(b, c.Float(2), standard.Index(c, 0), 0)
	position := op.Slice(b, c.Float(3), 0, 0, s[1], 1)
	if c.Has(8) {
		position = op.Gather(b, c.Float(3), standard.Index(c, 8), 0)
	}
	sum = op.Add(b, sum, position)
	if c.Has(1) && c.Has(4) {
		sum = op.Add(b, sum, op.Gather(b, c.Float(4), standard.Index(c, 1), 0))
	}
	o := op.RowNorm{Axis: 2, Epsilon: c.AttrFloat("epsilon", 1e-12), Gamma: true, Beta: c.Has(6)}
	inputs := []*graph.Value{sum, c.Float(5)}
	if o.Beta {
		inputs = append(inputs, c.Float(6))
	}
	c.SetLike(0, rows(c, o, inputs)[0], 2)
	counts := op.BroadcastTo(b, c.Scalar(tensor.Int32Type, 0), s[0])
	if c.Has(7) {
		ones := b.Apply(op.Compare{By: op.IsEqual}, c.Value(7), c.Scalar(c.Value(7).DType(), 1))
		counts = b.Apply(op.Reduce{By: op.SumOf, Axes: op.IntsOf(1)}, op.Cast(b, ones,
			tensor.Int32Type))
	}
	c.Set(1, counts)
	c.SetLike(2, sum, 2)
}

// distances are those of each row of one matrix from each of another. The differences are squared,
// so that near rows keep their order.
func distances(c *plan.Call) {
	x, y := c.Float(0), c.Float(1)
	if c.Rank(0) != 2 || c.Rank(1) != 2 || c.Shape(0)[1] != c.Shape(1)[1] {
		c.Fail("its inputs %v and %v are not rows of one length", c.Val(0), c.Val(1))
	}
	shape := []int{c.Shape(0)[0], c.Shape(1)[0]}
	z := c.Native("squared_distances", x.DType(), shape, func(in []*tensor.Array,
		out *tensor.Array) func() {
		return native.ForFloats(x.DType(), squaredDistances[float32],
			squaredDistances[float64])(out, in[0], in[1])
	}, x, y)
	if c.AttrString("metric", "sqeuclidean") == "euclidean" {
		z = op.Apply(c.B(), tensor.Sqrt, z)
	}
	c.SetLike(0, z, 0)
}

func squaredDistances[T tensor.Float](out, a, b *tensor.Array) func() {
	n := a.Shape()[1]
	to, x, y := tensor.Slot[T](out), tensor.Slot[T](a), tensor.Slot[T](b)
	columns := b.Shape()[0]
	return func() {
		for i := range *to {
			p, q := (*x)[i/columns*n:][:n], (*y)[i%columns*n:][:n]
			var sum float64
			for j, v := range p {
				d := float64(v) - float64(q[j])
				sum += float64(d * d)
			}
			(*to)[i] = T(sum)
		}
	}
}

// expandDims inserts a dimension of 1, before the last ones if the axis is negative.
func expandDims(c *plan.Call) {
	s := c.Shape(0)
	axis := c.Axis(c.Int(1), len(s)+1)
	c.SetLike(0, c.Reshape(c.Value(0), slices.Insert(s, axis, 1)...), 0)
}
