package onnx

import (
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// microsoft are operators of ONNX Runtime's own domain that its optimiser, and exporters for it, put
// into files: activations, norms and products that end with them. ContribOperators.md of ONNX Runtime
// describes them.
var microsoft = []operator{
	{name: "BiasGelu", since: 1, min: 2, max: 2, translate: biased(erfGelu)},
	{name: "CDist", since: 1, min: 2, max: 2, attributes: "metric=sqeuclidean,euclidean",
		translate: distances},
	{name: "DequantizeLinear", since: 1, min: 2, max: 3, attributes: "axis", translate: dequantize},
	{name: "ExpandDims", since: 1, min: 2, max: 2, translate: expandDims},
	{name: "FastGelu", since: 1, min: 1, max: 2, translate: biased(tanhGelu)},
	{name: "FusedConv", since: 1, min: 2, max: 4, attributes: window + " group activation " +
		"activation_params", translate: fusedConv},
	{name: "FusedGemm", since: 1, min: 2, max: 3, attributes: "alpha beta transA transB activation " +
		"activation_alpha activation_beta activation_gamma", translate: fusedGemm},
	{name: "FusedMatMul", since: 1, min: 2, max: 2, attributes: "alpha transA transB transBatchA " +
		"transBatchB", translate: fusedMatMul},
	{name: "GatherND", since: 1, min: 2, max: 2, translate: gatherND},
	{name: "Gelu", since: 1, min: 1, max: 1, translate: biased(erfGelu)},
	{name: "QuantizeLinear", since: 1, min: 2, max: 3, attributes: "axis", translate: quantize},
	{name: "QuickGelu", since: 1, min: 1, max: 1, attributes: "alpha", translate: unary(quickGelu)},
	{name: "SkipLayerNormalization", since: 1, min: 3, max: 5, attributes: "epsilon",
		translate: skipNorm(false)},
	{name: "SkipSimplifiedLayerNormalization", since: 1, min: 3, max: 4, attributes: "epsilon",
		translate: skipNorm(true)},
	{name: "EmbedLayerNormalization", since: 1, min: 7, max: 9, attributes: "epsilon mask_index_type",
		translate: embedNorm},
	{name: "TransposeMatMul", since: 1, min: 2, max: 2, attributes: "alpha transA transB",
		translate: fusedMatMul},
	{name: "Trilu", since: 1, min: 1, max: 2, attributes: "upper", translate: trilu},
}

// biased returns the translation of an activation of x, to which a bias may be added.
func biased(f func(c *call, x *graph.Value) *graph.Value) func(*call) {
	return unary(func(c *call, x *graph.Value) *graph.Value {
		if c.has(1) {
			x = op.Add(c.b(), x, c.float(1))
		}
		return f(c, x)
	})
}

func erfGelu(c *call, x *graph.Value) *graph.Value { return op.Apply(c.b(), tensor.Gelu, x) }

func tanhGelu(c *call, x *graph.Value) *graph.Value { return op.Apply(c.b(), tensor.GeluTanh, x) }

// quickGelu is x·sigmoid(α·x).
func quickGelu(c *call, x *graph.Value) *graph.Value {
	scaled := c.scaled(x, c.attrFloat("alpha", 1.702))
	return op.Mul(c.b(), x, op.Apply(c.b(), tensor.Sigmoid, scaled))
}

// fusedMatMul is α·A·B, either of which may be transposed; of one with transBatch, the first dimension
// is that of its rows, and those of the batch follow.
func fusedMatMul(c *call) {
	operand := func(i int, attribute string) *graph.Value {
		x := c.float(i)
		rank := len(dims(x))
		if c.attrInt(attribute, 0) == 0 || rank < 3 {
			return x
		}
		axes := make([]int, 0, rank)
		for d := 1; d < rank-1; d++ {
			axes = append(axes, d)
		}
		return op.Permute(c.b(), x, append(axes, 0, rank-1)...)
	}
	x, y := operand(0, "transBatchA"), operand(1, "transBatchB")
	transposeX, transposeY := c.attrInt("transA", 0) != 0, c.attrInt("transB", 0) != 0
	var z *graph.Value
	if len(dims(x)) < 2 || len(dims(y)) < 2 { // of one dimension there is nothing to transpose
		z = c.matMul(x, y)
	} else {
		z = c.product(x, y, transposeX, transposeY)
	}
	c.setLike(0, c.scaled(z, c.attrFloat("alpha", 1)), 0)
}

// fusedConv is a convolution, plus a fourth input if there is one, that ends with an activation.
func fusedConv(c *call) {
	y := c.convolution()
	if c.has(3) {
		y = op.Add(c.b(), y, c.float(3))
	}
	c.setLike(0, c.activated(y, c.attrFloats("activation_params")), 0)
}

// fusedGemm is Gemm that ends with an activation.
func fusedGemm(c *call) {
	var numbers []float32
	for _, name := range []string{"activation_alpha", "activation_beta", "activation_gamma"} {
		if c.attribute(name) != nil {
			numbers = append(numbers, float32(c.attrFloat(name, 0)))
		}
	}
	c.setLike(0, c.activated(c.generalProduct(), numbers), 0)
}

// activated ends a product with the activation of the attributes, with its numbers.
func (c *call) activated(x *graph.Value, numbers []float32) *graph.Value {
	number := func(i int, otherwise float64) float64 {
		if i < len(numbers) {
			return float64(numbers[i])
		}
		return otherwise
	}
	b := c.b()
	switch name := c.attrString("activation", ""); name {
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
		return c.hardSigmoid(x, number(0, 0.2), number(1, 0.5))
	default:
		c.fail("the activation %q is not supported", name)
	}
	return nil
}

// skipNorm normalises the rows of input + skip + bias, which is the fourth output. Without a mean it
// has no beta, and ONNX Runtime gives zeros for the mean.
func skipNorm(simplified bool) func(*call) {
	return func(c *call) {
		bias := 4
		if simplified {
			bias = 3
		}
		sum := op.Add(c.b(), c.float(0), c.float(1))
		if c.has(bias) {
			sum = op.Add(c.b(), sum, c.float(bias))
		}
		o := op.RowNorm{Axis: c.rank(0) - 1, Epsilon: c.attrFloat("epsilon", 1e-12), RMS: simplified,
			Gamma: true, Beta: !simplified && c.has(3)}
		inputs := []*graph.Value{sum, c.float(2)}
		if o.Beta {
			inputs = append(inputs, c.float(3))
		}
		out := c.rows(o, inputs)
		c.setLike(0, out[0], 0)
		rows := append(c.shape(0)[:c.rank(0)-1], 1)
		c.set(2, c.reshape(out[1], rows...))
		if simplified {
			c.set(1, op.BroadcastTo(c.b(), c.scalar(tensor.Float32Type, 0), rows...))
		} else {
			c.set(1, c.reshape(out[2], rows...))
		}
		c.setLike(3, sum, 0)
	}
}

// rows applies a norm of rows.
func (c *call) rows(o op.RowNorm, inputs []*graph.Value) []*graph.Value {
	out := c.b().ApplyAll(o, inputs...)
	if err := c.b().Err(); err != nil {
		panic(failure{err})
	}
	return out
}

// embedNorm adds up the embeddings of words, positions and segments, the third output, and normalises
// them. The second output counts the entries of the mask that are 1.
func embedNorm(c *call) {
	b, s := c.b(), c.shape(0)
	if len(s) != 2 || c.attrInt("mask_index_type", 0) != 0 {
		c.fail("words %v with a mask of type %d", c.val(0), c.attrInt("mask_index_type", 0))
	}
	sum := op.Gather(b, c.float(2), c.index(0), 0)
	position := op.Slice(b, c.float(3), 0, 0, s[1], 1)
	if c.has(8) {
		position = op.Gather(b, c.float(3), c.index(8), 0)
	}
	sum = op.Add(b, sum, position)
	if c.has(1) && c.has(4) {
		sum = op.Add(b, sum, op.Gather(b, c.float(4), c.index(1), 0))
	}
	o := op.RowNorm{Axis: 2, Epsilon: c.attrFloat("epsilon", 1e-12), Gamma: true, Beta: c.has(6)}
	inputs := []*graph.Value{sum, c.float(5)}
	if o.Beta {
		inputs = append(inputs, c.float(6))
	}
	c.setLike(0, c.rows(o, inputs)[0], 2)
	counts := op.BroadcastTo(b, c.scalar(tensor.Int32Type, 0), s[0])
	if c.has(7) {
		ones := b.Apply(op.Compare{By: op.IsEqual}, c.value(7), c.scalar(c.value(7).DType(), 1))
		counts = b.Apply(op.Reduce{By: op.SumOf, Axes: op.IntsOf(1)}, op.Cast(b, ones, tensor.Int32Type))
	}
	c.set(1, counts)
	c.setLike(2, sum, 2)
}

// distances are those of each row of one matrix from each of another. The differences are squared, so
// that near rows keep their order.
func distances(c *call) {
	x, y := c.float(0), c.float(1)
	if c.rank(0) != 2 || c.rank(1) != 2 || c.shape(0)[1] != c.shape(1)[1] {
		c.fail("its inputs %v and %v are not rows of one length", c.val(0), c.val(1))
	}
	shape := []int{c.shape(0)[0], c.shape(1)[0]}
	z := c.native("squared_distances", x.DType(), shape, func(in []*tensor.Array,
		out *tensor.Array) func() {
		return forFloats(x.DType(), squaredDistances[float32], squaredDistances[float64])(out, in[0], in[1])
	}, x, y)
	if c.attrString("metric", "sqeuclidean") == "euclidean" {
		z = op.Apply(c.b(), tensor.Sqrt, z)
	}
	c.setLike(0, z, 0)
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
func expandDims(c *call) {
	s := c.shape(0)
	axis := c.axis(c.int(1), len(s)+1)
	c.setLike(0, c.reshape(c.value(0), slices.Insert(s, axis, 1)...), 0)
}
