package onnx

import (
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// microsoftAttentions are the operators of transformers in ONNX Runtime's domain. Packed queries, keys
// and values, which only its GPU versions have, are taken apart as its documents say.
var microsoftAttentions = []operator{
	{name: "Attention", since: 1, min: 2, max: 7, attributes: "num_heads qkv_hidden_sizes scale " +
		"mask_filter_value unidirectional do_rotary=0 rotary_embedding_dim past_present_share_buffer=0",
		refused: map[int]string{6: "past_sequence_length"}, translate: projectedAttention},
	{name: "GroupQueryAttention", since: 1, min: 7, max: 17, attributes: "num_heads kv_num_heads scale " +
		"softcap do_rotary rotary_interleaved causal local_window_size smooth_softmax qk_output " +
		"k_quant_type=NONE v_quant_type=NONE kv_cache_bit_width sliding_window_cache=0 " +
		"qk_norm_epsilon q_norm_epsilon k_norm_epsilon",
		refused: map[int]string{12: "k_scale", 13: "v_scale", 14: "q_norm_weight", 15: "k_norm_weight",
			16: "query_seqlens"}, translate: groupQueryAttention},
	{name: "MultiHeadAttention", since: 1, min: 1, max: 10, attributes: "num_heads scale " +
		"mask_filter_value unidirectional",
		refused:   map[int]string{8: "past_sequence_length", 9: "cache_indirection"},
		translate: multiHeadAttention},
	{name: "QAttention", since: 1, min: 5, max: 9, attributes: "num_heads scale mask_filter_value " +
		"unidirectional do_rotary=0 past_present_share_buffer=0", translate: quantisedAttention},
	{name: "RotaryEmbedding", since: 1, min: 4, max: 4, attributes: "interleaved num_heads " +
		"rotary_embedding_dim scale is_packed_batching=0", translate: microsoftRotary},
}

// projectedAttention is self-attention of x·w + bias, which holds queries, keys and values.
func projectedAttention(c *call) {
	if c.rank(0) != 3 || c.rank(1) != 2 {
		c.fail("an input %v with weights %v", c.val(0), c.val(1))
	}
	n := c.shape(1)[1]
	sizes := c.attrInts("qkv_hidden_sizes")
	if sizes == nil {
		sizes = []int{n / 3, n / 3, n / 3}
	}
	x := c.matMul(c.float(0), c.float(1))
	if c.has(2) {
		x = op.Add(c.b(), x, c.float(2))
	}
	c.selfAttention(x, sizes, attentionInputs{past: 4, mask: 3, bias: 5}, c.element(0))
}

// quantisedAttention is that of integers.
func quantisedAttention(c *call) {
	if c.rank(0) != 3 || c.rank(1) != 2 {
		c.fail("an input %v with weights %v", c.val(0), c.val(1))
	}
	n := c.shape(1)[1] / 3
	z := c.asFloat(c.integerMatMul(c.centred(0, 6, false), c.centred(1, 7, false)))
	x := c.scaledProduct(z, c.float(3), c.float(4), 2)
	c.selfAttention(x, []int{n, n, n}, attentionInputs{past: 8, mask: 5, bias: -1}, c.element(3))
}

// attentionInputs are the numbers of inputs, of which any may be missing.
type attentionInputs struct{ past, mask, bias int }

// selfAttention divides x into queries, keys and values of so many numbers. The past and the present are
// keys and values in one, (2, batch, heads, tokens, size).
func (c *call) selfAttention(x *graph.Value, sizes []int, at attentionInputs, e ElementType) {
	b, heads := c.b(), c.attrInt("num_heads", 0)
	if s := dims(x); len(sizes) != 3 || sizes[0]+sizes[1]+sizes[2] != s[2] {
		c.fail("queries, keys and values of %v numbers out of %v", sizes, s)
	}
	var qkv [3]*graph.Value
	for i, part := range op.Split(b, x, 2, sizes...) {
		qkv[i] = c.heads(part, heads)
	}
	q, k, v := qkv[0], qkv[1], qkv[2]
	past := 0
	if c.has(at.past) {
		s := c.shape(at.past)
		if len(s) != 5 || s[0] != 2 {
			c.fail("a past %v", c.val(at.past))
		}
		past = s[3]
		half := func(i int) *graph.Value {
			return c.reshape(op.Slice(b, c.float(at.past), 0, i, i+1, 1), s[1:]...)
		}
		k, v = op.Concat(b, 2, half(0), k), op.Concat(b, 2, half(1), v)
	}
	if c.wants(1) {
		one := func(x *graph.Value) *graph.Value { return c.reshape(x, append([]int{1}, dims(x)...)...) }
		c.setAs(1, op.Concat(b, 0, one(k), one(v)), e)
	}
	y, _ := c.attend(q, k, v, c.keyMask(at.mask, at.bias, q, k, past))
	c.setAs(0, y, e)
}

// multiHeadAttention has queries, keys and values of their own, to which the three parts of a bias are
// added. Keys and values that are divided into heads already get no bias.
func multiHeadAttention(c *call) {
	b, n := c.b(), c.attrInt("num_heads", 0)
	q, k, v := c.packedHeads()
	if c.has(3) {
		all := c.float(3)
		hidden := n * dims(q)[len(dims(q))-1]
		if len(dims(q)) == 3 {
			hidden = dims(q)[2]
		}
		add := func(x *graph.Value, from, to int) *graph.Value {
			part := op.Slice(b, all, 0, from, to, 1)
			if s := dims(x); len(s) == 4 { // batch, heads, tokens, size
				part = c.reshape(part, s[1], 1, s[3])
			}
			return op.Add(b, x, part)
		}
		q = add(q, 0, hidden)
		if !c.has(1) || c.rank(1) != 4 {
			k, v = add(k, hidden, 2*hidden), add(v, 2*hidden, c.shape(3)[0])
		}
	}
	q, k, v = c.heads(q, n), c.heads(k, n), c.heads(v, n)
	past := 0
	if c.has(6) != c.has(7) {
		c.fail("a past of keys or values alone")
	}
	if c.has(6) {
		past = c.shape(6)[2]
		k, v = op.Concat(b, 2, c.float(6), k), op.Concat(b, 2, c.float(7), v)
	}
	c.setLike(1, k, 0)
	c.setLike(2, v, 0)
	y, scores := c.attend(q, k, v, c.keyMask(4, 5, q, k, past))
	c.setLike(3, scores, 0)
	c.setLike(0, y, 0)
}

// packedHeads returns queries, keys and values as they are, those that are packed, (batch, tokens,
// heads, 2 or 3, size), divided into heads.
func (c *call) packedHeads() (q, k, v *graph.Value) {
	var all []*graph.Value
	for i := range 3 {
		if !c.has(i) {
			continue
		}
		x, s := c.float(i), c.shape(i)
		if len(s) != 5 {
			all = append(all, x)
			continue
		}
		for j := range s[3] {
			part := c.reshape(op.Slice(c.b(), x, 3, j, j+1, 1), s[0], s[1], s[2], s[4])
			all = append(all, op.Permute(c.b(), part, 0, 2, 1, 3))
		}
	}
	if len(all) != 3 {
		c.fail("queries, keys and values in %d parts", len(all))
	}
	return all[0], all[1], all[2]
}

// attend returns softmax(q·kᵀ·scale + mask)·v as (batch, tokens, heads·size), and what the softmax is
// of. A scale of 0 stands for 1/√size.
func (c *call) attend(q, k, v, mask *graph.Value) (y, scores *graph.Value) {
	scores = c.scaledScores(q, k)
	if mask != nil {
		scores = op.Add(c.b(), scores, mask)
	}
	return c.flatHeads(c.byGroups(op.Product{}, op.Softmax(c.b(), scores), v)), scores
}

func (c *call) scaledScores(q, k *graph.Value) *graph.Value {
	scale := c.attrFloat("scale", 0)
	if scale == 0 {
		scale = 1 / math.Sqrt(float64(dims(q)[3]))
	}
	return op.Scale(c.b(), c.byGroups(op.Product{TransposeB: true}, q, k), scale)
}

// keyMask returns what is added to the scores, nil if nothing is: the input bias, mask_filter_value for
// keys that the input mask leaves out, and the lowest number for those after a query. (Where there are
// more keys than queries and past, ONNX Runtime lets the last query see all of them.)
func (c *call) keyMask(mask, bias int, q, k *graph.Value, past int) *graph.Value {
	b := c.b()
	batch, queries, keys := dims(q)[0], dims(q)[2], dims(k)[2]
	var sum *graph.Value
	if keep := c.keptKeys(mask, batch, queries, keys); keep != nil {
		sum = c.where(keep, c.like(q, 0), c.like(q, c.attrFloat("mask_filter_value", -10000)))
	}
	if c.attrInt("unidirectional", 0) != 0 && queries > 1 {
		if sum == nil {
			sum = c.like(q, 0)
		}
		sum = c.where(b.Constant(earlierKeys(queries, keys, past)), sum, c.like(q, -math.MaxFloat32))
	}
	if !c.has(bias) {
		return sum
	}
	if s := c.shape(bias); len(s) != 4 || s[2] != queries || s[3] != keys {
		c.fail("a bias %v for %d queries of %d keys", c.val(bias), queries, keys)
	}
	if sum == nil {
		return c.float(bias)
	}
	return op.Add(b, c.float(bias), sum)
}

// earlierKeys says for each query which keys are not after it, of which so many are of the past.
func earlierKeys(queries, keys, past int) *tensor.Array {
	keep := tensor.NewArray(tensor.BoolType, queries, keys)
	for i := range queries {
		for j := range keys {
			tensor.Elements[bool](keep)[i*keys+j] = j <= i+past
		}
	}
	return keep
}

// keptKeys returns which keys an input keeps, nil if all: it has a number for each key, for each query
// and key, or for each sequence its length, behind which its start may stand, or places in a batch
// without padding.
func (c *call) keptKeys(input, batch, queries, keys int) *graph.Value {
	if !c.has(input) {
		return nil
	}
	b, s := c.b(), c.shape(input)
	mask := op.Cast(b, c.value(input), tensor.Int32Type)
	zero := c.scalar(tensor.Int32Type, 0)
	switch {
	case len(s) == 2 && s[0] == batch && s[1] == keys:
		return c.greater(c.reshape(mask, batch, 1, 1, keys), zero)
	case len(s) == 2 && (s[0] == batch || s[0] == 1) && s[1] == 1 && keys != 1: // a dummy
		return nil
	case len(s) == 3 && s[0] == batch && s[1] == queries && s[2] == keys:
		return c.greater(c.reshape(mask, batch, 1, queries, keys), zero)
	case len(s) == 1 && (s[0] == batch || s[0] == 2*batch || s[0] == 3*batch+2):
		index := make([]int32, keys)
		for i := range index {
			index[i] = int32(i)
		}
		at := b.Constant(tensor.ArrayOf(index, keys))
		each := func(i int) *graph.Value {
			return c.reshape(op.Slice(b, mask, 0, i*batch, (i+1)*batch, 1), batch, 1, 1, 1)
		}
		keep := op.Less(b, at, each(0))
		if s[0] == 2*batch && batch > 0 {
			keep = b.Apply(op.Pairwise{By: op.AndOf}, keep,
				b.Apply(op.Compare{By: op.IsGreaterEqual}, at, each(1)))
		}
		return keep
	}
	c.fail("a mask %v for %d sequences, %d queries and %d keys", c.val(input), batch, queries, keys)
	return nil
}
