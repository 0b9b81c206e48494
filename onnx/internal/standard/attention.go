package standard

import (
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// attentions are the operators of transformers.
var attentions = []plan.Operator{
	{Name: "Attention", Since: 23, Min: 3, Max: 7,
		Attributes: "is_causal kv_num_heads q_num_heads " +
			"qk_matmul_output_mode scale softcap softmax_precision", Translate: attention},
	{Name: "RotaryEmbedding", Since: 23, Min: 3, Max: 4,
		Attributes: "interleaved num_heads rotary_embedding_dim", Translate: rotaryEmbedding},
	{Name: "TensorScatter", Since: 24, Min: 2, Max: 3, Attributes: "axis mode",
		Translate: tensorScatter},
}

// Heads returns (batch, tokens, heads·size) as (batch, heads, tokens, size).
func Heads(c *plan.Call, x *graph.Value, heads int) *graph.Value {
	s := native.Dims(x)
	if len(s) == 4 {
		return x
	}
	if len(s) != 3 || heads < 1 || s[2]%heads != 0 {
		c.Fail("%d heads of %v", heads, s)
	}
	return op.Permute(c.B(), c.Reshape(x, s[0], s[1], heads, s[2]/heads), 0, 2, 1, 3)
}

// attention is softmax(q·kᵀ·scale + bias)·v. A row of which all is masked is 0. The scores are
// capped before the bias is added, as the standard has it since onnx 1.21: so that a cap never lets
// a masked key through.
func attention(c *plan.Call) {
	b, flat := c.B(), c.Rank(0) == 3
	q := Heads(c, c.Float(0), c.AttrInt("q_num_heads", 0))
	k := Heads(c, c.Float(1), c.AttrInt("kv_num_heads", 0))
	v := Heads(c, c.Float(2), c.AttrInt("kv_num_heads", 0))
	past := 0
	if c.Has(4) {
		past = c.Shape(4)[2]
		k = op.Concat(b, 2, c.Float(4), k)
	}
	if c.Has(5) {
		v = op.Concat(b, 2, c.Float(5), v)
	}
	c.SetLike(1, k, 1)
	c.SetLike(2, v, 2)
	qs, ks := native.Dims(q), native.Dims(k)
	scores := ByGroups(c, op.Product{TransposeB: true}, q, k)
	scores = op.Scale(b, scores, c.AttrFloat("scale", 1/math.Sqrt(float64(qs[3]))))
	mode := c.AttrInt("qk_matmul_output_mode", 0)
	product := scores
	mask := attentionBias(c, q, qs[2], ks[2], past)
	if cap := c.AttrFloat("softcap", 0); cap > 0 {
		scores = op.Scale(b, op.Apply(b, tensor.Tanh, op.Div(b, scores, c.Like(scores, cap))), cap)
	}
	if mode == 2 {
		product = scores
	}
	if mask != nil {
		scores = op.Add(b, scores, mask)
	}
	if mode == 1 {
		product = scores
	}
	p := op.Softmax(b, scores)
	if mask != nil {
		p = withoutMasked(c, p, scores)
	}
	if mode == 3 {
		product = p
	}
	c.SetLike(3, product, 0)
	y := ByGroups(c, op.Product{}, p, v)
	if flat {
		y = FlatHeads(c, y)
	}
	c.SetLike(0, y, 0)
}

// FlatHeads returns (batch, heads, tokens, size) as (batch, tokens, heads·size).
func FlatHeads(c *plan.Call, x *graph.Value) *graph.Value {
	s := native.Dims(x)
	return c.Reshape(op.Permute(c.B(), x, 0, 2, 1, 3), s[0], s[2], s[1]*s[3])
}

// withoutMasked returns the probabilities with 0 in rows of which all scores are −∞.
func withoutMasked(c *plan.Call, p, scores *graph.Value) *graph.Value {
	last := op.IntsOf(len(native.Dims(scores)) - 1)
	largest := c.B().Apply(op.Reduce{By: op.MaxOf, Axes: last, KeepDims: true}, scores)
	masked := c.B().Apply(op.Tested{For: op.IsNegInf}, largest)
	return c.Where(masked, c.Like(p, 0), p)
}

// ByGroups multiplies x (batch, heads, tokens, size) by y (batch, groups, …, …), each matrix of
// which serves heads/groups heads that follow one another: so their tokens are rows of one product.
func ByGroups(c *plan.Call, o op.Product, x, y *graph.Value) *graph.Value {
	s, groups := native.Dims(x), native.Dims(y)[1]
	if groups == 0 || s[1]%groups != 0 {
		c.Fail("%d heads for %d groups of keys", s[1], groups)
	}
	z := c.B().Apply(o, c.Reshape(x, s[0], groups, s[1]/groups*s[2], s[3]), y)
	return c.Reshape(z, s[0], s[1], s[2], native.Dims(z)[3])
}

// attentionBias returns what is added to the scores: the mask, −∞ for keys after a query, and for
// keys beyond the length of each sequence. It is nil if there is none of them.
func attentionBias(c *plan.Call, q *graph.Value, queries, keys, past int) *graph.Value {
	b := c.B()
	var bias *graph.Value
	add := func(v *graph.Value) {
		if bias == nil {
			bias = v
		} else {
			bias = op.Add(b, bias, v)
		}
	}
	hide := func(keep *graph.Value) { add(c.Where(keep, c.Like(q, 0), c.Like(q, math.Inf(-1)))) }
	if c.Has(3) {
		mask := c.Value(3)
		if c.Element(3) != value.Bool {
			mask = op.Cast(b, c.Float(3), q.DType())
		}
		if short := keys - native.Dims(mask)[c.Rank(3)-1]; short > 0 {
			before, after := make([]int, c.Rank(3)), make([]int, c.Rank(3))
			after[len(after)-1] = short
			fill := 0.0
			if c.Element(3) != value.Bool {
				fill = math.Inf(-1)
			}
			mask = op.Pad(b, mask, before, after, fill)
		}
		if c.Element(3) == value.Bool {
			hide(mask)
		} else {
			add(mask)
		}
	}
	if c.AttrInt("is_causal", 0) != 0 {
		hide(b.Constant(EarlierKeys(queries, keys, past)))
	}
	if c.Has(6) {
		index := make([]int64, keys)
		for i := range index {
			index[i] = int64(i)
		}
		lengths := c.Reshape(op.Cast(b, c.Value(6), tensor.Int64Type), c.Shape(6)[0], 1, 1, 1)
		hide(op.Less(b, b.Constant(tensor.ArrayOf(index, keys)), lengths))
	}
	return bias
}

// rotaryEmbedding turns pairs of numbers by angles that depend on the position.
func rotaryEmbedding(c *plan.Call) {
	b, x, s := c.B(), c.Float(0), c.Shape(0)
	x = Heads(c, x, c.AttrInt("num_heads", 0))
	t := native.Dims(x) // batch, heads, tokens, size
	turned := c.AttrInt("rotary_embedding_dim", 0)
	if turned == 0 {
		turned = t[3]
	}
	cos, sin := c.Float(1), c.Float(2)
	if c.Has(3) {
		cos, sin = op.Gather(b, cos, Index(c, 3), 0), op.Gather(b, sin, Index(c, 3), 0)
	}
	x = Turn(c, x, cos, sin, turned, c.AttrInt("interleaved", 0) != 0)
	if len(s) == 3 {
		x = FlatHeads(c, x)
	}
	c.SetLike(0, x, 0)
}

// Turn turns pairs of the first elements of x (batch, heads, tokens, size), as many as turned says,
// by angles of cosines and sines (batch, tokens, turned/2). The others stay.
func Turn(c *plan.Call, x, cos, sin *graph.Value, turned int, interleaved bool) *graph.Value {
	b, t := c.B(), native.Dims(x)
	if turned%2 != 0 || turned > t[3] {
		c.Fail("%d of %d numbers to turn", turned, t[3])
	}
	cos, sin = c.Reshape(cos, t[0], 1, t[2], turned/2), c.Reshape(sin, t[0], 1, t[2], turned/2)
	rest := op.Slice(b, x, 3, turned, t[3], 1)
	var x1, x2 *graph.Value
	if interleaved {
		x1, x2 = op.Slice(b, x, 3, 0, turned, 2), op.Slice(b, x, 3, 1, turned, 2)
	} else {
		x1, x2 = op.Slice(b, x, 3, 0, turned/2, 1), op.Slice(b, x, 3, turned/2, turned, 1)
	}
	real := op.Sub(b, op.Mul(b, cos, x1), op.Mul(b, sin, x2))
	imaginary := op.Add(b, op.Mul(b, sin, x1), op.Mul(b, cos, x2))
	if interleaved {
		pair := append(native.Dims(real), 1)
		x = op.Concat(b, 4, c.Reshape(real, pair...), c.Reshape(imaginary, pair...))
		x = c.Reshape(x, t[0], t[1], t[2], turned)
	} else {
		x = op.Concat(b, 3, real, imaginary)
	}
	if turned < t[3] {
		x = op.Concat(b, 3, x, rest)
	}
	return x
}

// tensorScatter writes an update into a cache, for each sequence of a batch from an index on.
func tensorScatter(c *plan.Call) {
	s, update := c.Shape(0), c.Shape(1)
	axis := c.Axis(c.AttrInt("axis", -2), len(s))
	circular := c.AttrString("mode", "linear") == "circular"
	starts := make([]int, s[0])
	if c.Has(2) {
		starts = c.Ints(2)
	}
	if axis == 0 || len(update) != len(s) || len(starts) != s[0] {
		c.Fail("an update %v of %v along axis %d from %v", c.Val(1), c.Val(0), axis, starts)
	}
	n, inner, outer := s[axis], tensors.Size(s[axis+1:]), tensors.Size(s[1:axis])
	rows := update[axis]
	for _, at := range starts {
		if at < 0 || at >= n && rows > 0 || !circular && at+rows > n {
			c.Fail("an update of %d at %d of %d", rows, at, n)
		}
	}
	indices := tensor.NewArray(tensor.Int64Type, s[0]*outer*rows)
	i := 0
	for batch := range s[0] {
		for o := range outer {
			for r := range rows {
				tensor.Elements[int64](indices)[i] = int64((batch*outer+o)*n + (starts[batch]+r)%n)
				i++
			}
		}
	}
	flat := c.Reshape(c.Value(0), s[0]*outer*n, inner)
	index := c.B().Constant(indices.Reshape(i, 1))
	y := op.ScatterND(c.B(), flat, index, c.Reshape(c.Value(1), i, inner), op.Replaced)
	c.SetLike(0, c.Reshape(y, s...), 0)
}

// EarlierKeys says for each query which keys are not after it, of which so many are of the past.
func EarlierKeys(queries, keys, past int) *tensor.Array {
	keep := tensor.NewArray(tensor.BoolType, queries, keys)
	for i := range queries {
		for j := range keys {
			tensor.Elements[bool](keep)[i*keys+j] = j <= i+past
		}
	}
	return keep
}
