package onnx

import (
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// attentions are the operators of transformers.
var attentions = []operator{
	{name: "Attention", since: 23, min: 3, max: 7, attributes: "is_causal kv_num_heads q_num_heads " +
		"qk_matmul_output_mode scale softcap softmax_precision", translate: attention},
	{name: "RotaryEmbedding", since: 23, min: 3, max: 4,
		attributes: "interleaved num_heads rotary_embedding_dim", translate: rotaryEmbedding},
	{name: "TensorScatter", since: 24, min: 2, max: 3, attributes: "axis mode",
		translate: tensorScatter},
}

// heads returns (batch, tokens, heads·size) as (batch, heads, tokens, size).
func (c *call) heads(x *graph.Value, heads int) *graph.Value {
	s := dims(x)
	if len(s) == 4 {
		return x
	}
	if len(s) != 3 || heads < 1 || s[2]%heads != 0 {
		c.fail("%d heads of %v", heads, s)
	}
	return op.Permute(c.b(), c.reshape(x, s[0], s[1], heads, s[2]/heads), 0, 2, 1, 3)
}

// attention is softmax(q·kᵀ·scale + bias)·v. A row of which all is masked is 0. The scores are capped
// before the bias is added, as the standard has it since onnx 1.21: so that a cap never lets a masked key
// through.
func attention(c *call) {
	b, flat := c.b(), c.rank(0) == 3
	q := c.heads(c.float(0), c.attrInt("q_num_heads", 0))
	k := c.heads(c.float(1), c.attrInt("kv_num_heads", 0))
	v := c.heads(c.float(2), c.attrInt("kv_num_heads", 0))
	past := 0
	if c.has(4) {
		past = c.shape(4)[2]
		k = op.Concat(b, 2, c.float(4), k)
	}
	if c.has(5) {
		v = op.Concat(b, 2, c.float(5), v)
	}
	c.setLike(1, k, 1)
	c.setLike(2, v, 2)
	qs, ks := dims(q), dims(k)
	scores := c.byGroups(op.Product{TransposeB: true}, q, k)
	scores = op.Scale(b, scores, c.attrFloat("scale", 1/math.Sqrt(float64(qs[3]))))
	mode := c.attrInt("qk_matmul_output_mode", 0)
	product := scores
	mask := c.attentionBias(q, qs[2], ks[2], past)
	if cap := c.attrFloat("softcap", 0); cap > 0 {
		scores = op.Scale(b, op.Apply(b, tensor.Tanh, op.Div(b, scores, c.like(scores, cap))), cap)
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
		p = c.withoutMasked(p, scores)
	}
	if mode == 3 {
		product = p
	}
	c.setLike(3, product, 0)
	y := c.byGroups(op.Product{}, p, v)
	if flat {
		y = c.flatHeads(y)
	}
	c.setLike(0, y, 0)
}

// flatHeads returns (batch, heads, tokens, size) as (batch, tokens, heads·size).
func (c *call) flatHeads(x *graph.Value) *graph.Value {
	s := dims(x)
	return c.reshape(op.Permute(c.b(), x, 0, 2, 1, 3), s[0], s[2], s[1]*s[3])
}

// withoutMasked returns the probabilities with 0 in rows of which all scores are −∞.
func (c *call) withoutMasked(p, scores *graph.Value) *graph.Value {
	last := op.IntsOf(len(dims(scores)) - 1)
	largest := c.b().Apply(op.Reduce{By: op.MaxOf, Axes: last, KeepDims: true}, scores)
	masked := c.b().Apply(op.Tested{For: op.IsNegInf}, largest)
	return c.where(masked, c.like(p, 0), p)
}

// byGroups multiplies x (batch, heads, tokens, size) by y (batch, groups, …, …), each matrix of
// which serves heads/groups heads that follow one another: so their tokens are rows of one product.
func (c *call) byGroups(o op.Product, x, y *graph.Value) *graph.Value {
	s, groups := dims(x), dims(y)[1]
	if groups == 0 || s[1]%groups != 0 {
		c.fail("%d heads for %d groups of keys", s[1], groups)
	}
	z := c.b().Apply(o, c.reshape(x, s[0], groups, s[1]/groups*s[2], s[3]), y)
	return c.reshape(z, s[0], s[1], s[2], dims(z)[3])
}

// attentionBias returns what is added to the scores: the mask, −∞ for keys after a query, and for
// keys beyond the length of each sequence. It is nil if there is none of them.
func (c *call) attentionBias(q *graph.Value, queries, keys, past int) *graph.Value {
	b := c.b()
	var bias *graph.Value
	add := func(v *graph.Value) {
		if bias == nil {
			bias = v
		} else {
			bias = op.Add(b, bias, v)
		}
	}
	hide := func(keep *graph.Value) { add(c.where(keep, c.like(q, 0), c.like(q, math.Inf(-1)))) }
	if c.has(3) {
		mask := c.value(3)
		if c.element(3) != Bool {
			mask = op.Cast(b, c.float(3), q.DType())
		}
		if short := keys - dims(mask)[c.rank(3)-1]; short > 0 {
			before, after := make([]int, c.rank(3)), make([]int, c.rank(3))
			after[len(after)-1] = short
			fill := 0.0
			if c.element(3) != Bool {
				fill = math.Inf(-1)
			}
			mask = op.Pad(b, mask, before, after, fill)
		}
		if c.element(3) == Bool {
			hide(mask)
		} else {
			add(mask)
		}
	}
	if c.attrInt("is_causal", 0) != 0 {
		hide(b.Constant(earlierKeys(queries, keys, past)))
	}
	if c.has(6) {
		index := make([]int64, keys)
		for i := range index {
			index[i] = int64(i)
		}
		lengths := c.reshape(op.Cast(b, c.value(6), tensor.Int64Type), c.shape(6)[0], 1, 1, 1)
		hide(op.Less(b, b.Constant(tensor.ArrayOf(index, keys)), lengths))
	}
	return bias
}

// rotaryEmbedding turns pairs of numbers by angles that depend on the position.
func rotaryEmbedding(c *call) {
	b, x, s := c.b(), c.float(0), c.shape(0)
	x = c.heads(x, c.attrInt("num_heads", 0))
	t := dims(x) // batch, heads, tokens, size
	turned := c.attrInt("rotary_embedding_dim", 0)
	if turned == 0 {
		turned = t[3]
	}
	cos, sin := c.float(1), c.float(2)
	if c.has(3) {
		cos, sin = op.Gather(b, cos, c.index(3), 0), op.Gather(b, sin, c.index(3), 0)
	}
	x = c.turn(x, cos, sin, turned, c.attrInt("interleaved", 0) != 0)
	if len(s) == 3 {
		x = c.flatHeads(x)
	}
	c.setLike(0, x, 0)
}

// turn turns pairs of the first elements of x (batch, heads, tokens, size), as many as turned says,
// by angles of cosines and sines (batch, tokens, turned/2). The others stay.
func (c *call) turn(x, cos, sin *graph.Value, turned int, interleaved bool) *graph.Value {
	b, t := c.b(), dims(x)
	if turned%2 != 0 || turned > t[3] {
		c.fail("%d of %d numbers to turn", turned, t[3])
	}
	cos, sin = c.reshape(cos, t[0], 1, t[2], turned/2), c.reshape(sin, t[0], 1, t[2], turned/2)
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
		pair := append(dims(real), 1)
		x = op.Concat(b, 4, c.reshape(real, pair...), c.reshape(imaginary, pair...))
		x = c.reshape(x, t[0], t[1], t[2], turned)
	} else {
		x = op.Concat(b, 3, real, imaginary)
	}
	if turned < t[3] {
		x = op.Concat(b, 3, x, rest)
	}
	return x
}

// tensorScatter writes an update into a cache, for each sequence of a batch from an index on.
func tensorScatter(c *call) {
	s, update := c.shape(0), c.shape(1)
	axis := c.axis(c.attrInt("axis", -2), len(s))
	circular := c.attrString("mode", "linear") == "circular"
	starts := make([]int, s[0])
	if c.has(2) {
		starts = c.ints(2)
	}
	if axis == 0 || len(update) != len(s) || len(starts) != s[0] {
		c.fail("an update %v of %v along axis %d from %v", c.val(1), c.val(0), axis, starts)
	}
	n, inner, outer := s[axis], sizeOf(s[axis+1:]), sizeOf(s[1:axis])
	rows := update[axis]
	for _, at := range starts {
		if at < 0 || at >= n && rows > 0 || !circular && at+rows > n {
			c.fail("an update of %d at %d of %d", rows, at, n)
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
	flat := c.reshape(c.value(0), s[0]*outer*n, inner)
	index := c.b().Constant(indices.Reshape(i, 1))
	y := op.ScatterND(c.b(), flat, index, c.reshape(c.value(1), i, inner), op.Replaced)
	c.setLike(0, c.reshape(y, s...), 0)
}
