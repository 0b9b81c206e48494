package microsoft

import (
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/standard"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// microsoftAttentions are the operators of transformers in ONNX Runtime's domain. Packed queries,
// keys and values, which only its GPU versions have, are taken apart as its documents say.
var microsoftAttentions = []plan.Operator{
	{Name: "Attention", Since: 1, Min: 2, Max: 7, Attributes: "num_heads qkv_hidden_sizes scale " +
		"mask_filter_value unidirectional do_rotary=0 rotary_embedding_dim past_present_share_buffer=0",
		Refused: map[int]string{6: "past_sequence_length"}, Translate: projectedAttention},
	{Name: "GroupQueryAttention", Since: 1, Min: 7, Max: 17,
		Attributes: "num_heads kv_num_heads scale " +
			"softcap do_rotary rotary_interleaved causal local_window_size smooth_softmax qk_output " +
			"k_quant_type=NONE v_quant_type=NONE kv_cache_bit_width sliding_window_cache=0 " +
			"qk_norm_epsilon q_norm_epsilon k_norm_epsilon",
		Refused: map[int]string{12: "k_scale", 13: "v_scale", 14: "q_norm_weight",
			15: "k_norm_weight",
			16: "query_seqlens"}, Translate: groupQueryAttention},
	{Name: "MultiHeadAttention", Since: 1, Min: 1, Max: 10, Attributes: "num_heads scale " +
		"mask_filter_value unidirectional",
		Refused:   map[int]string{8: "past_sequence_length", 9: "cache_indirection"},
		Translate: multiHeadAttention},
	{Name: "QAttention", Since: 1, Min: 5, Max: 9,
		Attributes: "num_heads scale mask_filter_value " +
			"unidirectional do_rotary=0 past_present_share_buffer=0",
		Translate: quantisedAttention},
	{Name: "RotaryEmbedding", Since: 1, Min: 4, Max: 4, Attributes: "interleaved num_heads " +
		"rotary_embedding_dim scale is_packed_batching=0", Translate: microsoftRotary},
}

// projectedAttention is self-attention of x·w + bias, which holds queries, keys and values.
func projectedAttention(c *plan.Call) {
	if c.Rank(0) != 3 || c.Rank(1) != 2 {
		c.Fail("an input %v with weights %v", c.Val(0), c.Val(1))
	}
	n := c.Shape(1)[1]
	sizes := c.AttrInts("qkv_hidden_sizes")
	if sizes == nil {
		sizes = []int{n / 3, n / 3, n / 3}
	}
	x := standard.MatMul(c, c.Float(0), c.Float(1))
	if c.Has(2) {
		x = op.Add(c.B(), x, c.Float(2))
	}
	selfAttention(c, x, sizes, attentionInputs{past: 4, mask: 3, bias: 5}, c.Element(0))
}

// quantisedAttention is that of integers.
func quantisedAttention(c *plan.Call) {
	if c.Rank(0) != 3 || c.Rank(1) != 2 {
		c.Fail("an input %v with weights %v", c.Val(0), c.Val(1))
	}
	n := c.Shape(1)[1] / 3
	product, isFloat := standard.IntegerMatMul(c, standard.Centred(c, 0, 6, false),
		standard.Centred(c, 1, 7, false))
	z := standard.AsFloat(c, product, isFloat)
	x := scaledProduct(c, z, c.Float(3), c.Float(4), 2)
	selfAttention(c, x, []int{n, n, n}, attentionInputs{past: 8, mask: 5, bias: -1}, c.Element(3))
}

// attentionInputs are the numbers of inputs, of which any may be missing.
type attentionInputs struct{ past, mask, bias int }

// selfAttention divides x into queries, keys and values of so many numbers. The past and the
// present are keys and values in one, (2, batch, heads, tokens, size).
func selfAttention(c *plan.Call, x *graph.Value, sizes []int, at attentionInputs,
	e value.ElementType) {
	b, heads := c.B(), c.AttrInt("num_heads", 0)
	if s := native.Dims(x); len(sizes) != 3 || sizes[0]+sizes[1]+sizes[2] != s[2] {
		c.Fail("queries, keys and values of %v numbers out of %v", sizes, s)
	}
	var qkv [3]*graph.Value
	for i, part := range op.Split(b, x, 2, sizes...) {
		qkv[i] = standard.Heads(c, part, heads)
	}
	q, k, v := qkv[0], qkv[1], qkv[2]
	past := 0
	if c.Has(at.past) {
		s := c.Shape(at.past)
		if len(s) != 5 || s[0] != 2 {
			c.Fail("a past %v", c.Val(at.past))
		}
		past = s[3]
		half := func(i int) *graph.Value {
			return c.Reshape(op.Slice(b, c.Float(at.past), 0, i, i+1, 1), s[1:]...)
		}
		k, v = op.Concat(b, 2, half(0), k), op.Concat(b, 2, half(1), v)
	}
	if c.Wants(1) {
		one := func(x *graph.Value) *graph.Value {
			return c.Reshape(x, append([]int{1},
				native.Dims(x)...)...)
		}
		c.SetAs(1, op.Concat(b, 0, one(k), one(v)), e)
	}
	y, _ := attend(c, q, k, v, keyMask(c, at.mask, at.bias, q, k, past))
	c.SetAs(0, y, e)
}

// multiHeadAttention has queries, keys and values of their own, to which the three parts of a bias
// are added. Keys and values that are divided into heads already get no bias.
func multiHeadAttention(c *plan.Call) {
	b, n := c.B(), c.AttrInt("num_heads", 0)
	q, k, v := packedHeads(c)
	if c.Has(3) {
		all := c.Float(3)
		hidden := n * native.Dims(q)[len(native.Dims(q))-1]
		if len(native.Dims(q)) == 3 {
			hidden = native.Dims(q)[2]
		}
		add := func(x *graph.Value, from, to int) *graph.Value {
			part := op.Slice(b, all, 0, from, to, 1)
			if s := native.Dims(x); len(s) == 4 { // batch, heads, tokens, size
				part = c.Reshape(part, s[1], 1, s[3])
			}
			return op.Add(b, x, part)
		}
		q = add(q, 0, hidden)
		if !c.Has(1) || c.Rank(1) != 4 {
			k, v = add(k, hidden, 2*hidden), add(v, 2*hidden, c.Shape(3)[0])
		}
	}
	q, k, v = standard.Heads(c, q, n), standard.Heads(c, k, n), standard.Heads(c, v, n)
	past := 0
	if c.Has(6) != c.Has(7) {
		c.Fail("a past of keys or values alone")
	}
	if c.Has(6) {
		past = c.Shape(6)[2]
		k, v = op.Concat(b, 2, c.Float(6), k), op.Concat(b, 2, c.Float(7), v)
	}
	c.SetLike(1, k, 0)
	c.SetLike(2, v, 0)
	y, scores := attend(c, q, k, v, keyMask(c, 4, 5, q, k, past))
	c.SetLike(3, scores, 0)
	c.SetLike(0, y, 0)
}

// packedHeads returns queries, keys and values as they are, those that are packed, (batch, tokens,
// heads, 2 or 3, size), divided into heads.
func packedHeads(c *plan.Call) (q, k, v *graph.Value) {
	var all []*graph.Value
	for i := range 3 {
		if !c.Has(i) {
			continue
		}
		x, s := c.Float(i), c.Shape(i)
		if len(s) != 5 {
			all = append(all, x)
			continue
		}
		for j := range s[3] {
			part := c.Reshape(op.Slice(c.B(), x, 3, j, j+1, 1), s[0], s[1], s[2], s[4])
			all = append(all, op.Permute(c.B(), part, 0, 2, 1, 3))
		}
	}
	if len(all) != 3 {
		c.Fail("queries, keys and values in %d parts", len(all))
	}
	return all[0], all[1], all[2]
}

// attend returns softmax(q·kᵀ·scale + mask)·v as (batch, tokens, heads·size), and what the softmax
// is of. A scale of 0 stands for 1/√size.
func attend(c *plan.Call, q, k, v, mask *graph.Value) (y, scores *graph.Value) {
	scores = scaledScores(c, q, k)
	if mask != nil {
		scores = op.Add(c.B(), scores, mask)
	}
	return standard.FlatHeads(c, standard.ByGroups(c, op.Product{}, op.Softmax(c.B(), scores), v)),
		scores
}

func scaledScores(c *plan.Call, q, k *graph.Value) *graph.Value {
	scale := c.AttrFloat("scale", 0)
	if scale == 0 {
		scale = 1 / math.Sqrt(float64(native.Dims(q)[3]))
	}
	return op.Scale(c.B(), standard.ByGroups(c, op.Product{TransposeB: true}, q, k), scale)
}

// keyMask returns what is added to the scores, nil if nothing is: the input bias, mask_filter_value
// for keys that the input mask leaves out, and the lowest number for those after a query. (Where
// there are more keys than queries and past, ONNX Runtime lets the last query see all of them.)
func keyMask(c *plan.Call, mask, bias int, q, k *graph.Value, past int) *graph.Value {
	b := c.B()
	batch, queries, keys := native.Dims(q)[0], native.Dims(q)[2], native.Dims(k)[2]
	var sum *graph.Value
	if keep := keptKeys(c, mask, batch, queries, keys); keep != nil {
		sum = c.Where(keep, c.Like(q, 0), c.Like(q, c.AttrFloat("mask_filter_value", -10000)))
	}
	if c.AttrInt("unidirectional", 0) != 0 && queries > 1 {
		if sum == nil {
			sum = c.Like(q, 0)
		}
		sum = c.Where(b.Constant(standard.EarlierKeys(queries, keys, past)), sum,
			c.Like(q, -math.MaxFloat32))
	}
	if !c.Has(bias) {
		return sum
	}
	if s := c.Shape(bias); len(s) != 4 || s[2] != queries || s[3] != keys {
		c.Fail("a bias %v for %d queries of %d keys", c.Val(bias), queries, keys)
	}
	if sum == nil {
		return c.Float(bias)
	}
	return op.Add(b, c.Float(bias), sum)
}

// keptKeys returns which keys an input keeps, nil if all: it has a number for each key, for each
// query and key, or for each sequence its length, behind which its start may stand, or places in a
// batch without padding.
func keptKeys(c *plan.Call, input, batch, queries, keys int) *graph.Value {
	if !c.Has(input) {
		return nil
	}
	b, s := c.B(), c.Shape(input)
	mask := op.Cast(b, c.Value(input), tensor.Int32Type)
	zero := c.Scalar(tensor.Int32Type, 0)
	switch {
	case len(s) == 2 && s[0] == batch && s[1] == keys:
		return c.Greater(c.Reshape(mask, batch, 1, 1, keys), zero)
	case len(s) == 2 && (s[0] == batch || s[0] == 1) && s[1] == 1 && keys != 1: // a dummy
		return nil
	case len(s) == 3 && s[0] == batch && s[1] == queries && s[2] == keys:
		return c.Greater(c.Reshape(mask, batch, 1, queries, keys), zero)
	case len(s) == 1 && (s[0] == batch || s[0] == 2*batch || s[0] == 3*batch+2):
		index := make([]int32, keys)
		for i := range index {
			index[i] = int32(i)
		}
		at := b.Constant(tensor.ArrayOf(index, keys))
		each := func(i int) *graph.Value {
			return c.Reshape(op.Slice(b, mask, 0, i*batch, (i+1)*batch, 1), batch, 1, 1, 1)
		}
		keep := op.Less(b, at, each(0))
		if s[0] == 2*batch && batch > 0 {
			keep = b.Apply(op.Pairwise{By: op.AndOf}, keep,
				b.Apply(op.Compare{By: op.IsGreaterEqual}, at, each(1)))
		}
		return keep
	}
	c.Fail("a mask %v for %d sequences, %d queries and %d keys", c.Val(input), batch, queries, keys)
	return nil
}
