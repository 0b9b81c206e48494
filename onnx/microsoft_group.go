package onnx

import (
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// groupQueryAttention is attention with fewer heads of keys and values than of queries, and with a cache
// of them, (batch, heads, places, size), that may have more places than there are tokens. Input 5 has
// for each sequence the number of its tokens less one, those of the past and the new ones.
func groupQueryAttention(c *call) {
	b, heads, groups := c.b(), c.attrInt("num_heads", 0), c.attrInt("kv_num_heads", 0)
	q, k, v := c.groupedHeads(heads, groups)
	s := dims(q) // batch, heads, tokens, size
	total, places := c.int(6), 0
	if c.has(3) {
		places = c.shape(3)[2]
	}
	places = max(places, total)
	if c.attrInt("do_rotary", 0) != 0 {
		cos, sin := c.float(7), c.float(8)
		at := c.cachePositions(s[0], s[2], total == s[2])
		cos, sin = op.Gather(b, cos, at, 0), op.Gather(b, sin, at, 0)
		turn := func(x *graph.Value) *graph.Value {
			turned, interleaved := 2*dims(cos)[2], c.attrInt("rotary_interleaved", 0) != 0
			return c.rounded(c.turn(x, cos, sin, turned, interleaved), c.element(0))
		}
		q, k = turn(q), turn(k)
	}
	k, v = c.appended(3, k, places), c.appended(4, v, places)
	c.setLike(1, k, 0)
	c.setLike(2, v, 0)

	visible := c.visible(s[0], s[2], places)
	scores := c.scaledScores(q, k)
	if most := c.attrFloat("softcap", 0); most > 0 {
		scores = op.Scale(b, op.Apply(b, tensor.Tanh, op.Div(b, scores, c.like(scores, most))), most)
	}
	if c.has(10) {
		bias := c.float(10)
		t := dims(bias)
		if len(t) != 4 || t[3] > places {
			c.fail("a bias %v for a cache of %d places", c.val(10), places)
		}
		bias = op.Pad(b, bias, make([]int, 4), []int{0, 0, 0, places - t[3]}, 0)
		scores = op.Add(b, scores, bias)
	}
	output := c.attrInt("qk_output", 0)
	c.setScores(output == 1, c.where(visible, scores, c.like(scores, 0)), total)
	p := c.withSink(c.where(visible, scores, c.like(scores, math.Inf(-1))), heads)
	c.setScores(output == 2, p, total)
	c.setLike(0, c.flatHeads(c.byGroups(op.Product{}, p, v)), 0)
}

// groupedHeads returns queries, keys and values by heads, which may come in one input.
func (c *call) groupedHeads(heads, groups int) (q, k, v *graph.Value) {
	if c.rank(0) != 3 || groups < 1 || heads < 1 || heads%groups != 0 {
		c.fail("%d heads of queries and %d of keys of %v", heads, groups, c.val(0))
	}
	if c.has(1) != c.has(2) {
		c.fail("keys or values alone")
	}
	if c.has(1) {
		return c.heads(c.float(0), heads), c.heads(c.float(1), groups), c.heads(c.float(2), groups)
	}
	all := c.heads(c.float(0), heads+2*groups)
	parts := op.Split(c.b(), all, 1, heads, groups, groups)
	return parts[0], parts[1], parts[2]
}

// rounded returns float32 as it is after a value of an element type.
func (c *call) rounded(x *graph.Value, e ElementType) *graph.Value {
	if !e.isHalf() {
		return x
	}
	return c.widen(c.b().Apply(narrow{To: formatOf(e)}, x), e)
}

// setScores gives the fourth output, of the first keys.
func (c *call) setScores(is bool, scores *graph.Value, keys int) {
	if is && c.wants(3) {
		c.setLike(3, op.Slice(c.b(), scores, 3, 0, keys, 1), 0)
	}
}

// withSink returns softmax of scores that have one more number in each row, which is left out of the
// result: that of the head, or 0 with smooth_softmax.
func (c *call) withSink(scores *graph.Value, heads int) *graph.Value {
	b := c.b()
	var sink *graph.Value
	switch {
	case c.has(11):
		sink = c.reshape(c.float(11), 1, heads, 1, 1)
	case c.attrInt("smooth_softmax", 0) == 1:
		sink = c.like(scores, 0)
	default:
		return op.Softmax(b, scores)
	}
	s := dims(scores)
	sink = op.BroadcastTo(b, sink, s[0], s[1], s[2], 1)
	return op.Slice(b, op.Softmax(b, op.Concat(b, 3, scores, sink)), 3, 0, s[3], 1)
}

// before returns the number of tokens that a sequence had before the new ones, of all there are then. A
// prompt may be padded at its end.
func before(last int32, added int) int { return max(int(last)+1-added, 0) }

// cachePositions returns the position of each new token, (batch, tokens). Of those that an input gives,
// a prompt's start counts alone.
func (c *call) cachePositions(batch, tokens int, isPrompt bool) *graph.Value {
	if c.has(9) && !isPrompt {
		return c.reshape(c.index(9), batch, tokens)
	}
	if c.has(9) {
		start := op.Slice(c.b(), c.reshape(c.index(9), sizeOf(c.shape(9))), 0, 0, 1, 1)
		return c.positionsFrom(c.reshape(start), batch, tokens)
	}
	return c.native("cache_positions", tensor.Int64Type, []int{batch, tokens}, func(in []*tensor.Array,
		out *tensor.Array) func() {
		last, to := tensor.Slot[int32](in[0]), tensor.Slot[int64](out)
		return func() {
			for i := range *to {
				(*to)[i] = int64(before((*last)[i/tokens], tokens) + i%tokens)
			}
		}
	}, c.lastTokens(batch))
}

// lastTokens returns the number of tokens less one of each sequence.
func (c *call) lastTokens(batch int) *graph.Value {
	if c.element(5) != Int32 || sizeOf(c.shape(5)) != batch {
		c.fail("lengths %v of %d sequences", c.val(5), batch)
	}
	return c.value(5)
}

// appended returns a cache of so many places: what the input has of the past, the new tokens, and zeros.
func (c *call) appended(input int, x *graph.Value, places int) *graph.Value {
	s := dims(x) // batch, heads, tokens, size
	inputs := []*graph.Value{c.lastTokens(s[0]), x}
	old := 0
	if c.has(input) {
		inputs = append(inputs, c.float(input))
		t := c.shape(input)
		if old = t[2]; t[0] != s[0] || t[1] != s[1] || t[3] != s[3] {
			c.fail("a past %v for %v", c.val(input), s)
		}
	}
	shape := []int{s[0], s[1], places, s[3]}
	types := []graph.Type{{DType: x.DType(), Shape: graph.ShapeOf(shape...)}}
	return c.natives("append_cache", types, func(b *graph.Binding) graph.Step {
		last, from := tensor.Slot[int32](b.Inputs[0]), tensor.Slot[float32](b.Inputs[1])
		past, to := &[]float32{}, tensor.Slot[float32](b.Outputs[0])
		if len(b.Inputs) == 3 {
			past = tensor.Slot[float32](b.Inputs[2])
		}
		added, size := s[2]*s[3], s[3]
		return func() {
			for i := range s[0] * s[1] {
				n, end := before((*last)[i/s[1]], s[2]), int((*last)[i/s[1]])+1
				if n > old || end > places || end < 1 {
					b.Fail(fmt.Errorf("a sequence of %d tokens, %d of them new, in a cache of %d of %d places",
						end, s[2], old, places))
					return
				}
				row := (*to)[i*places*size:][:places*size]
				copy(row, (*past)[i*old*size:][:n*size])
				m := copy(row[n*size:], (*from)[i*added:][:added])
				clear(row[n*size+m:])
			}
		}
	}, inputs...)[0]
}

// visible returns which places each new token sees, (batch, 1, tokens, places): those of tokens that are
// not after it, and with a window as many of the last ones.
func (c *call) visible(batch, tokens, places int) *graph.Value {
	causal, window := c.attrInt("causal", 1) != 0, c.attrInt("local_window_size", -1)
	if !causal && window > 0 {
		c.fail("a window of %d keys that is not causal", window)
	}
	return c.native("visible_keys", tensor.BoolType, []int{batch, 1, tokens, places},
		func(in []*tensor.Array, out *tensor.Array) func() {
			last, to := tensor.Slot[int32](in[0]), tensor.Slot[bool](out)
			return func() {
				for i := range batch * tokens {
					n := int((*last)[i/tokens]) + 1
					from, end := 0, n
					if causal {
						end = before(int32(n-1), tokens) + i%tokens + 1
					}
					if window > 0 {
						from = max(end-window, 0)
					}
					for j, row := 0, (*to)[i*places:][:places]; j < places; j++ {
						row[j] = from <= j && j < end
					}
				}
			}
		}, c.lastTokens(batch))
}

// positionsFrom returns ascending positions of the tokens of each sequence, (batch, tokens).
func (c *call) positionsFrom(start *graph.Value, batch, tokens int) *graph.Value {
	steps := make([]int64, tokens)
	for i := range steps {
		steps[i] = int64(i)
	}
	at := op.Add(c.b(), op.Cast(c.b(), start, tensor.Int64Type),
		c.b().Constant(tensor.ArrayOf(steps, 1, tokens)))
	return op.BroadcastTo(c.b(), at, batch, tokens)
}

// microsoftRotary turns pairs of numbers by angles of their positions: one for each token, or that of the
// first. The size of a head is twice that of the angles unless their number is given. As in ONNX Runtime
// the attribute scale is without effect.
func microsoftRotary(c *call) {
	b, s := c.b(), c.shape(0)
	turned := c.attrInt("rotary_embedding_dim", 0)
	heads := c.attrInt("num_heads", 0)
	if turned == 0 {
		turned = 2 * c.shape(2)[c.rank(2)-1]
		if len(s) == 3 {
			heads = s[2] / max(turned, 1)
		}
	}
	x := c.heads(c.float(0), heads)
	t := dims(x)
	at := c.index(1)
	if sizeOf(dims(at)) == 1 {
		at = c.positionsFrom(c.reshape(at), t[0], t[2])
	}
	cos, sin := op.Gather(b, c.float(2), at, 0), op.Gather(b, c.float(3), at, 0)
	x = c.turn(x, cos, sin, turned, c.attrInt("interleaved", 0) != 0)
	if len(s) == 3 {
		x = c.flatHeads(x)
	}
	c.setLike(0, x, 0)
}
