package op

import (
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/tensor"
)

// Attention is scaled dot-product attention (Vaswani et al. 2017). Its inputs are queries (batch,
// m, heads, d), keys (batch, n, groups, d) and values (batch, n, groups, e), of which each group
// serves heads/groups heads, and with Masked what is added to the scores and broadcast to them. Its
// outputs are the sums of values (batch, m, heads, e), and for the gradient their weights (batch,
// heads, m, n).
//
// For each head it computes softmax(Scale·q·kᵀ + mask)·v: a product, scaling, the mask, a softmax
// over whole rows, a product. A row that is masked everywhere has weights of 0.
type Attention struct {
	Scale float64 `json:"scale"`
	// Causal masks the keys behind a query: those of larger numbers. With AtEnd the queries are
	// those of the last keys, as with a cache of keys before them. Blocks of queries multiply by the
	// keys up to the last one that they see: what lies behind is not even 0 times infinity.
	Causal bool `json:"causal,omitempty"`
	AtEnd  bool `json:"atEnd,omitempty"`
	Masked bool `json:"masked,omitempty"`
	// Alone leaves out the weights, as the rewriting of graphs does where nobody wants them: then
	// only those of a block of queries are in memory.
	Alone bool `json:"alone,omitempty"`
}

// Attend returns the sums of values, see [Attention], for the scale 1/√d if it is 0. mask is nil,
// or floats that are added to the scores, or bools that say which keys a query sees.
func Attend(b *graph.Builder, o Attention, q, k, v, mask *graph.Value) *graph.Value {
	if b.Err() != nil {
		return q
	}
	if d, ok := q.Shape()[len(q.Shape())-1].Value(); ok && o.Scale == 0 {
		o.Scale = 1 / math.Sqrt(float64(d))
	}
	in := []*graph.Value{q, k, v}
	if o.Masked = mask != nil; o.Masked {
		if mask.DType() == tensor.BoolType {
			mask = Where(b, mask, Scalar(b, q.DType(), 0), Scalar(b, q.DType(), math.Inf(-1)))
		}
		in = append(in, mask)
	}
	return first(b.ApplyAll(o, in...))
}

// Name returns "attention".
func (Attention) Name() string { return "attention" }

// Infer returns the shapes of the sums of values and of their weights.
func (o Attention) Infer(in []graph.Type) ([]graph.Type, error) {
	inputs := 3
	if o.Masked {
		inputs = 4
	}
	if err := floats(inputs, in); err != nil {
		return nil, err
	}
	q, k, v := in[0].Shape, in[1].Shape, in[2].Shape
	if len(q) != 4 || len(k) != 4 || len(v) != 4 {
		return nil, fmt.Errorf("attention needs 4 dimensions, not %v, %v and %v", q, k, v)
	}
	if q[0] != k[0] || !v[:3].Equal(k[:3]) || q[3] != k[3] {
		return nil, fmt.Errorf("queries %v, keys %v and values %v don't fit", q, k, v)
	}
	heads, known := q[2].Value()
	if groups, ok := k[2].Value(); !ok || !known || groups < 1 || heads%groups != 0 {
		return nil, fmt.Errorf("%v heads can't share %v groups of keys", q[2], k[2])
	}
	weights := graph.Shape{q[0], q[2], q[1], k[1]}
	if o.Masked {
		if s, err := graph.Broadcast(in[3].Shape, weights); err != nil || !s.Equal(weights) {
			return nil, fmt.Errorf("the mask %v can't be broadcast to the scores %v", in[3], weights)
		}
	}
	sums := in[0].With(graph.Shape{q[0], q[1], q[2], v[3]})
	if o.Alone {
		return []graph.Type{sums}, nil
	}
	return []graph.Type{sums, in[0].With(weights)}, nil
}

// TakesGaps says that there may be gaps between the rows of queries, keys and values.
func (Attention) TakesGaps(_ []graph.Type, operand, dims int) bool {
	return 0 <= operand && operand < 3 && dims == 2
}

// Bind returns a step that goes through the heads.
func (o Attention) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindAttention[float32], bindAttention[float64])
}

// Gradient goes back through the heads for queries, keys and values. That of a mask is the gradient
// of the scores, built of operators since hardly anybody wants it.
func (o Attention) Gradient(b *graph.Builder, n *graph.Node, up []*graph.Value) []*graph.Value {
	if o.Alone || up[1] != nil {
		b.Fail("%v has no gradient for its weights", n)
	}
	gradients := make([]*graph.Value, len(n.Inputs))
	if b.Err() != nil {
		return gradients
	}
	q, k, v, weights := n.Inputs[0], n.Inputs[1], n.Inputs[2], n.Outputs[1]
	back := AttentionGradient{o.Scale, o.Causal, o.AtEnd}
	copy(gradients, b.ApplyAll(back, up[0], q, k, v, weights))
	if !o.Masked {
		return gradients
	}
	heads, _ := q.Shape()[2].Value()
	groups, _ := k.Shape()[2].Value()
	if groups != heads {
		group := make([]int64, heads)
		for i := range group {
			group[i] = int64(i * groups / heads)
		}
		v = Gather(b, v, b.Constant(tensor.ArrayOf(group, heads)), 2)
	}
	byHead := func(x *graph.Value) *graph.Value { return Permute(b, x, 0, 2, 1, 3) }
	scores := b.Apply(Product{TransposeB: true}, byHead(up[0]), byHead(v))
	scores = b.Apply(SoftmaxGradient{}, scores, weights)
	gradients[3] = SumLike(b, scores, n.Inputs[3])
	return gradients
}

// AttentionGradient computes the gradients of queries, keys and values from that of the sums of
// values, the three, and the weights of an [Attention], some of whose settings it has.
type AttentionGradient struct {
	Scale  float64 `json:"scale"`
	Causal bool    `json:"causal,omitempty"`
	AtEnd  bool    `json:"atEnd,omitempty"`
}

// Name returns "attention_gradient".
func (AttentionGradient) Name() string { return "attention_gradient" }

// Infer returns the types of queries, keys and values.
func (o AttentionGradient) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 5 {
		return nil, fmt.Errorf("%d inputs, not 5", len(in))
	}
	out, err := Attention{}.Infer(in[1:4])
	switch {
	case err != nil:
		return nil, err
	case !in[0].Equal(out[0]) || !in[4].Equal(out[1]):
		return nil, fmt.Errorf("the gradient %v and the weights %v are not those of %v and %v", in[0],
			in[4], out[0], out[1])
	}
	return in[1:4], nil
}

// TakesGaps says that there may be gaps between the rows of queries, keys and values.
func (AttentionGradient) TakesGaps(_ []graph.Type, operand, dims int) bool {
	return 1 <= operand && operand < 4 && dims == 2
}

// Bind returns a step that goes through the heads.
func (o AttentionGradient) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindAttentionGradient[float32], bindAttentionGradient[float64])
}
