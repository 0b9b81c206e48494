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
	// those of the last keys, as with a cache of keys before them.
	Causal bool `json:"causal,omitempty"`
	AtEnd  bool `json:"atEnd,omitempty"`
	Masked bool `json:"masked,omitempty"`
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
	return []graph.Type{in[0].With(graph.Shape{q[0], q[1], q[2], v[3]}), in[0].With(weights)}, nil
}

// Bind returns a step that goes through the heads.
func (o Attention) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindAttention[float32], bindAttention[float64])
}

// heads are the sizes of an attention, and a place to put the matrices of one head: they lie in
// rows of all heads.
type heads[T tensor.Float] struct {
	kernels                          *tensor.Kernels[T]
	batch, m, n, heads, groups, d, e int
	q, k, v, y                       []T
}

func newHeads[T tensor.Float](b *graph.Binding, q, k, v []int) *heads[T] {
	h := &heads[T]{kernels: graph.Engine[T](b).Kernels(), batch: q[0], m: q[1], heads: q[2], d: q[3],
		n: k[1], groups: k[2], e: v[3]}
	h.q, h.k = make([]T, h.m*h.d), make([]T, h.n*h.d)
	h.v, h.y = make([]T, h.n*h.e), make([]T, h.m*h.e)
	return h
}

// take copies the matrix of a head, of rows of so many columns, from those of all.
func (h *heads[T]) take(dst, src []T, batch, head, heads, columns int) {
	from := src[batch*len(dst)*heads+head*columns:]
	h.kernels.Gemm.Pack(dst, columns, from, 1, columns*heads, columns, len(dst)/columns)
}

// give copies it back.
func (h *heads[T]) give(dst, src []T, batch, head, heads, columns int) {
	to := dst[batch*len(src)*heads+head*columns:]
	h.kernels.Gemm.Pack(to, columns*heads, src, 1, columns, columns, len(src)/columns)
}

// scoresProduct plans q·kᵀ, m×n. A single key is a column, see [columnProduct].
func scoresProduct[T tensor.Float](b *graph.Binding, m, n, k int) func(c, q, keys []T) {
	if n == 1 {
		p := newColumnProduct[T](b, m, 1, k, false, nil)
		return func(c, q, key []T) {
			p.prepare(q)
			p.set(c, q, key)
		}
	}
	plan := graph.Engine[T](b).Plan(m, n, k, tensor.NT)
	b.Shared = b.Shared || plan.Parts() > 1
	return plan.MatMul
}

func bindAttention[T tensor.Float](o Attention, b *graph.Binding) (graph.Step, error) {
	h := newHeads[T](b, b.Inputs[0].Shape(), b.Inputs[1].Shape(), b.Inputs[2].Shape())
	y, weights := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Outputs[1])
	if b.Outputs[1].Len() == 0 || h.d == 0 || h.e == 0 {
		return func() { clear(*y); clear(*weights) }, nil
	}
	q, k, v := tensor.Slot[T](b.Inputs[0]), tensor.Slot[T](b.Inputs[1]), tensor.Slot[T](b.Inputs[2])
	product := scoresProduct[T](b, h.m, h.n, h.d)
	sums := graph.Engine[T](b).Plan(h.m, h.e, h.n, tensor.NN)
	b.Shared = b.Shared || sums.Parts() > 1
	kernels := h.kernels
	mask := func([]T, int) {}
	if o.Masked {
		mask = addMask[T](b, h)
	}
	scale := T(o.Scale)
	return func() {
		for at := range h.batch * h.heads {
			batch, head := at/h.heads, at%h.heads
			if per := h.heads / h.groups; head%per == 0 {
				h.take(h.k, *k, batch, head/per, h.groups, h.d)
				h.take(h.v, *v, batch, head/per, h.groups, h.e)
			}
			h.take(h.q, *q, batch, head, h.heads, h.d)
			p := (*weights)[at*h.m*h.n:][:h.m*h.n]
			product(p, h.q, h.k)
			if o.Masked {
				kernels.Parametric[tensor.Scale](p, p, scale)
				mask(p, at)
			}
			h.weigh(o, p)
			sums.MatMul(h.y, p, h.v)
			h.give(*y, h.y, batch, head, h.heads, h.e)
		}
	}, nil
}

// visible returns how many keys a query sees, the first ones: none if negative, all if more than
// there are.
func (h *heads[T]) visible(o Attention, query int) int {
	switch {
	case o.Causal && o.AtEnd:
		return query + 1 + h.n - h.m
	case o.Causal:
		return query + 1
	}
	return h.n
}

// addMask returns what adds a mask to the scores of a head, to which it is broadcast.
func addMask[T tensor.Float](b *graph.Binding, h *heads[T]) func(scores []T, i int) {
	mask, kernel := tensor.Slot[T](b.Inputs[3]), graph.Engine[T](b).Kernels().Binary[tensor.Add]
	steps := broadcastStrides(b.Inputs[3].Shape(), 4)
	row := make([]T, h.n)
	return func(scores []T, i int) {
		at := i/h.heads*steps[0] + i%h.heads*steps[1]
		for r := range h.m {
			from, to := (*mask)[at+r*steps[2]:], scores[r*h.n:][:h.n]
			if steps[3] == 0 {
				fillWith(row, from[0])
				from = row
			}
			kernel(to, to, from)
		}
	}
}

// weigh makes weights of the scores of a head, in place: softmax of what a query sees. What is
// masked has weights of 0, as it has by scores of −∞, unless the others are NaN. Rows that are
// masked everywhere become 0.
func (h *heads[T]) weigh(o Attention, scores []T) {
	step := 0
	if o.Causal {
		step = 1
	}
	k := h.kernels
	if !o.Masked {
		k.Classifier.MaskedSoftmax(scores, h.n, h.visible(o, 0), step, T(o.Scale))
		return
	}
	first := 0 // of the rows that are still to be done, before the one at hand
	for r := range h.m + 1 {
		if r < h.m && !h.isMasked(scores[r*h.n:][:max(min(h.visible(o, r), h.n), 0)]) {
			continue
		}
		if rows := scores[first*h.n : r*h.n]; len(rows) > 0 {
			k.Classifier.MaskedSoftmax(rows, h.n, h.visible(o, first), step, 1)
		}
		if first = r + 1; r < h.m {
			clear(scores[r*h.n:][:h.n])
		}
	}
}

// isMasked reports whether all scores are −∞.
func (h *heads[T]) isMasked(scores []T) bool {
	none := T(math.Inf(-1))
	return len(scores) == 0 || scores[0] == none && h.kernels.Reduce.Max(scores) == none
}

// Gradient goes back through the heads for queries, keys and values. That of a mask is the gradient
// of the scores, built of operators since hardly anybody wants it.
func (o Attention) Gradient(b *graph.Builder, n *graph.Node, up []*graph.Value) []*graph.Value {
	if up[1] != nil {
		b.Fail("%v has no gradient for its weights", n)
	}
	gradients := make([]*graph.Value, len(n.Inputs))
	if b.Err() != nil {
		return gradients
	}
	q, k, v, weights := n.Inputs[0], n.Inputs[1], n.Inputs[2], n.Outputs[1]
	copy(gradients, b.ApplyAll(AttentionGradient{o.Scale}, up[0], q, k, v, weights))
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
// values, the three, and the weights of an [Attention].
type AttentionGradient struct {
	Scale float64 `json:"scale"`
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

// Bind returns a step that goes through the heads.
func (o AttentionGradient) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindAttentionGradient[float32], bindAttentionGradient[float64])
}

func bindAttentionGradient[T tensor.Float](o AttentionGradient, b *graph.Binding) (graph.Step,
	error) {
	h := newHeads[T](b, b.Inputs[1].Shape(), b.Inputs[2].Shape(), b.Inputs[3].Shape())
	dq, dk, dv := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Outputs[1]),
		tensor.Slot[T](b.Outputs[2])
	if b.Inputs[4].Len() == 0 || h.d == 0 || h.e == 0 {
		return func() { clear(*dq); clear(*dk); clear(*dv) }, nil
	}
	dy, q, k := tensor.Slot[T](b.Inputs[0]), tensor.Slot[T](b.Inputs[1]), tensor.Slot[T](b.Inputs[2])
	v, weights := tensor.Slot[T](b.Inputs[3]), tensor.Slot[T](b.Inputs[4])
	e := graph.Engine[T](b)
	plan := func(m, n, k int, trans tensor.Trans) *tensor.Product[T] {
		p := e.Plan(m, n, k, trans)
		b.Shared = b.Shared || p.Parts() > 1
		return p
	}
	ofWeights := scoresProduct[T](b, h.m, h.n, h.e)
	ofQueries, ofKeys := plan(h.m, h.d, h.n, tensor.NN), plan(h.n, h.d, h.m, tensor.TN)
	ofValues := plan(h.n, h.e, h.m, tensor.TN)
	kernels, scale := h.kernels, T(o.Scale)
	block := max(rowBlockElements/h.n, 1) * h.n // which stays in L1 from one kernel to the next
	scores, gq := make([]T, h.m*h.n), make([]T, h.m*h.d)
	gk, gv := make([]T, h.n*h.d), make([]T, h.n*h.e)
	per := h.heads / h.groups
	return func() {
		for at := range h.batch * h.heads {
			batch, head := at/h.heads, at%h.heads
			if head%per == 0 {
				h.take(h.k, *k, batch, head/per, h.groups, h.d)
				h.take(h.v, *v, batch, head/per, h.groups, h.e)
				clear(gk)
				clear(gv)
			}
			h.take(h.q, *q, batch, head, h.heads, h.d)
			h.take(h.y, *dy, batch, head, h.heads, h.e)
			p := (*weights)[at*h.m*h.n:][:h.m*h.n]
			ofWeights(scores, h.y, h.v)
			for from := 0; from < len(scores); from += block {
				part := scores[from:min(from+block, len(scores))]
				kernels.Classifier.SoftmaxGradient(part, part, p[from:], h.n)
				kernels.Parametric[tensor.Scale](part, part, scale)
			}
			ofQueries.MatMul(gq, scores, h.k)
			h.give(*dq, gq, batch, head, h.heads, h.d)
			ofKeys.MatMulAdd(gk, scores, h.q)
			ofValues.MatMulAdd(gv, p, h.y)
			if head%per == per-1 {
				h.give(*dk, gk, batch, head/per, h.groups, h.d)
				h.give(*dv, gv, batch, head/per, h.groups, h.e)
			}
		}
	}, nil
}
