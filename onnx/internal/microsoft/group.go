package microsoft

import (
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/formats"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/standard"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// groupQueryAttention is attention with fewer heads of keys and values than of queries, and with a
// cache of them, (batch, heads, places, size), that may have more places than there are tokens.
// Input 5 has for each sequence the number of its tokens less one, those of the past and the new
// ones.
func groupQueryAttention(c *plan.Call) {
	b, heads, groups := c.B(), c.AttrInt("num_heads", 0), c.AttrInt("kv_num_heads", 0)
	q, k, v := groupedHeads(c, heads, groups)
	s := native.Dims(q) // batch, heads, tokens, size
	total, places := c.Int(6), 0
	if c.Has(3) {
		places = c.Shape(3)[2]
	}
	places = max(places, total)
	if c.AttrInt("do_rotary", 0) != 0 {
		cos, sin := c.Float(7), c.Float(8)
		at := cachePositions(c, s[0], s[2], total == s[2])
		cos, sin = op.Gather(b, cos, at, 0), op.Gather(b, sin, at, 0)
		turn := func(x *graph.Value) *graph.Value {
			turned, interleaved := 2*native.Dims(cos)[2], c.AttrInt("rotary_interleaved", 0) != 0
			return rounded(c, standard.Turn(c, x, cos, sin, turned, interleaved), c.Element(0))
		}
		q, k = turn(q), turn(k)
	}
	k, v = appended(c, 3, k, places), appended(c, 4, v, places)
	c.SetLike(1, k, 0)
	c.SetLike(2, v, 0)

	visible := visibleKeys(c, s[0], s[2], places)
	scores := scaledScores(c, q, k)
	if most := c.AttrFloat("softcap", 0); most > 0 {
		scores = op.Scale(b, op.Apply(b, tensor.Tanh, op.Div(b, scores, c.Like(scores, most))),
			most)
	}
	if c.Has(10) {
		bias := c.Float(10)
		t := native.Dims(bias)
		if len(t) != 4 || t[3] > places {
			c.Fail("a bias %v for a cache of %d places", c.Val(10), places)
		}
		bias = op.Pad(b, bias, make([]int, 4), []int{0, 0, 0, places - t[3]}, 0)
		scores = op.Add(b, scores, bias)
	}
	output := c.AttrInt("qk_output", 0)
	setScores(c, output == 1, c.Where(visible, scores, c.Like(scores, 0)), total)
	p := withSink(c, c.Where(visible, scores, c.Like(scores, math.Inf(-1))), heads)
	setScores(c, output == 2, p, total)
	c.SetLike(0, standard.FlatHeads(c, standard.ByGroups(c, op.Product{}, p, v)), 0)
}

// groupedHeads returns queries, keys and values by heads, which may come in one input.
func groupedHeads(c *plan.Call, heads, groups int) (q, k, v *graph.Value) {
	if c.Rank(0) != 3 || groups < 1 || heads < 1 || heads%groups != 0 {
		c.Fail("%d heads of queries and %d of keys of %v", heads, groups, c.Val(0))
	}
	if c.Has(1) != c.Has(2) {
		c.Fail("keys or values alone")
	}
	if c.Has(1) {
		return standard.Heads(c, c.Float(0), heads), standard.Heads(c, c.Float(1), groups),
			standard.Heads(c, c.Float(2), groups)
	}
	all := standard.Heads(c, c.Float(0), heads+2*groups)
	parts := op.Split(c.B(), all, 1, heads, groups, groups)
	return parts[0], parts[1], parts[2]
}

// rounded returns float32 as it is after a value of an element type.
func rounded(c *plan.Call, x *graph.Value, e value.ElementType) *graph.Value {
	if !e.IsHalf() {
		return x
	}
	return c.Widen(c.B().Apply(formats.Narrow{To: formats.Of(e)}, x), e)
}

// setScores gives the fourth output, of the first keys.
func setScores(c *plan.Call, is bool, scores *graph.Value, keys int) {
	if is && c.Wants(3) {
		c.SetLike(3, op.Slice(c.B(), scores, 3, 0, keys, 1), 0)
	}
}

// withSink returns softmax of scores that have one more number in each row, which is left out of
// the result: that of the head, or 0 with smooth_softmax.
func withSink(c *plan.Call, scores *graph.Value, heads int) *graph.Value {
	b := c.B()
	var sink *graph.Value
	switch {
	case c.Has(11):
		sink = c.Reshape(c.Float(11), 1, heads, 1, 1)
	case c.AttrInt("smooth_softmax", 0) == 1:
		sink = c.Like(scores, 0)
	default:
		return op.Softmax(b, scores)
	}
	s := native.Dims(scores)
	sink = op.BroadcastTo(b, sink, s[0], s[1], s[2], 1)
	return op.Slice(b, op.Softmax(b, op.Concat(b, 3, scores, sink)), 3, 0, s[3], 1)
}

// before returns the number of tokens that a sequence had before the new ones, of all there are
// then. A prompt may be padded at its end.
func before(last int32, added int) int { return max(int(last)+1-added, 0) }

// cachePositions returns the position of each new token, (batch, tokens). Of those that an input
// gives, a prompt's start counts alone.
func cachePositions(c *plan.Call, batch, tokens int, isPrompt bool) *graph.Value {
	if c.Has(9) && !isPrompt {
		return c.Reshape(standard.Index(c, 9), batch, tokens)
	}
	if c.Has(9) {
		start := op.Slice(c.B(), c.Reshape(standard.Index(c, 9), tensors.Size(c.Shape(9))), 0, 0,
			1, 1)
		return positionsFrom(c, c.Reshape(start), batch, tokens)
	}
	return c.Native("cache_positions", tensor.Int64Type, []int{batch, tokens},
		func(in []*tensor.Array,
			out *tensor.Array) func() {
			last, to := tensor.Slot[int32](in[0]), tensor.Slot[int64](out)
			return func() {
				for i := range *to {
					(*to)[i] = int64(before((*last)[i/tokens], tokens) + i%tokens)
				}
			}
		}, lastTokens(c, batch))
}

// lastTokens returns the number of tokens less one of each sequence.
func lastTokens(c *plan.Call, batch int) *graph.Value {
	if c.Element(5) != value.Int32 || tensors.Size(c.Shape(5)) != batch {
		c.Fail("lengths %v of %d sequences", c.Val(5), batch)
	}
	return c.Value(5)
}

// appended returns a cache of so many places: what the input has of the past, the new tokens, and
// zeros.
func appended(c *plan.Call, input int, x *graph.Value, places int) *graph.Value {
	s := native.Dims(x) // batch, heads, tokens, size
	inputs := []*graph.Value{lastTokens(c, s[0]), x}
	old := 0
	if c.Has(input) {
		inputs = append(inputs, c.Float(input))
		t := c.Shape(input)
		if old = t[2]; t[0] != s[0] || t[1] != s[1] || t[3] != s[3] {
			c.Fail("a past %v for %v", c.Val(input), s)
		}
	}
	shape := []int{s[0], s[1], places, s[3]}
	types := []graph.Type{{DType: x.DType(), Shape: graph.ShapeOf(shape...)}}
	return c.Natives("append_cache", types, func(b *graph.Binding) graph.Step {
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

// visibleKeys returns which places each new token sees, (batch, 1, tokens, places): those of tokens
// that are not after it, and with a window as many of the last ones.
func visibleKeys(c *plan.Call, batch, tokens, places int) *graph.Value {
	causal, window := c.AttrInt("causal", 1) != 0, c.AttrInt("local_window_size", -1)
	if !causal && window > 0 {
		c.Fail("a window of %d keys that is not causal", window)
	}
	return c.Native("visible_keys", tensor.BoolType, []int{batch, 1, tokens, places},
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
		}, lastTokens(c, batch))
}

// positionsFrom returns ascending positions of the tokens of each sequence, (batch, tokens).
func positionsFrom(c *plan.Call, start *graph.Value, batch, tokens int) *graph.Value {
	steps := make([]int64, tokens)
	for i := range steps {
		steps[i] = int64(i)
	}
	at := op.Add(c.B(), op.Cast(c.B(), start, tensor.Int64Type),
		c.B().Constant(tensor.ArrayOf(steps, 1, tokens)))
	return op.BroadcastTo(c.B(), at, batch, tokens)
}

// microsoftRotary turns pairs of numbers by angles of their positions: one for each token, or that
// of the first. The size of a head is twice that of the angles unless their number is given. As in
// ONNX Runtime the attribute scale is without effect.
func microsoftRotary(c *plan.Call) {
	b, s := c.B(), c.Shape(0)
	turned := c.AttrInt("rotary_embedding_dim", 0)
	heads := c.AttrInt("num_heads", 0)
	if turned == 0 {
		turned = 2 * c.Shape(2)[c.Rank(2)-1]
		if len(s) == 3 {
			heads = s[2] / max(turned, 1)
		}
	}
	x := standard.Heads(c, c.Float(0), heads)
	t := native.Dims(x)
	at := standard.Index(c, 1)
	if tensors.Size(native.Dims(at)) == 1 {
		at = positionsFrom(c, c.Reshape(at), t[0], t[2])
	}
	cos, sin := op.Gather(b, c.Float(2), at, 0), op.Gather(b, c.Float(3), at, 0)
	x = standard.Turn(c, x, cos, sin, turned, c.AttrInt("interleaved", 0) != 0)
	if len(s) == 3 {
		x = standard.FlatHeads(c, x)
	}
	c.SetLike(0, x, 0)
}
