package nn

import (
	"fmt"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// SelfAttention lets each step of sequences (batch, time, Width) take a weighted mean of what the
// others say (Vaswani et al. 2017), by several heads of Width/Heads elements:
//
//	q, k, v = x·in_projᵀ + bias; softmax(q·kᵀ/√d)·v of each head; times out_projᵀ + bias
//
// Its parameters are those of PyTorch's MultiheadAttention: in_proj_weight (3·Width, Width),
// in_proj_bias, out_proj.weight (Width, Width) and out_proj.bias.
type SelfAttention struct {
	Width int `json:"width"`
	Heads int `json:"heads"`
	// Causal lets a step see itself and those before it.
	Causal bool `json:"causal,omitempty"`
	// Rotary turns queries and keys by angles that grow with their places (Su et al. 2021), so that
	// scores depend on distances: 0 for none, else the base, as a rule 10,000.
	Rotary float64 `json:"rotary,omitempty"`

	weight, bias *graph.Variable
	output       *Dense
}

// NewSelfAttention returns the layer of so many heads, each of width/heads elements.
func NewSelfAttention(width, heads int, causal bool) *SelfAttention {
	return &SelfAttention{Width: width, Heads: heads, Causal: causal}
}

// Apply returns what each step has taken from the others.
func (a *SelfAttention) Apply(b *Builder, x *graph.Value) *graph.Value {
	s := x.Shape()
	switch {
	case a.Heads < 1 || a.Width < 1 || a.Width%a.Heads != 0:
		b.Fail("a width of %d for %d heads, which don't divide it", a.Width, a.Heads)
	case len(s) != 3 || !s[2].Is(a.Width):
		b.Fail("it takes (batch, time, %d), not %v", a.Width, s)
	}
	if b.Err() != nil {
		return x
	}
	if a.output == nil {
		a.output = NewDense(a.Width, a.Width, Linear)
	}
	g := b.Builder
	w := b.Parameter(&a.weight, Spec{Name: "in_proj_weight", Shape: []int{3 * a.Width, a.Width},
		Order: []int{1, 0}, Draw: GlorotUniform.Weights(a.Width, 3*a.Width)})
	bias := b.Parameter(&a.bias, Spec{Name: "in_proj_bias", Shape: []int{3 * a.Width}})
	all := op.Add(g, op.MatMul(g, x, w), bias)
	heads := op.Reshape(g, all, 0, 0, 3*a.Heads, a.Width/a.Heads)
	parts := op.Split(g, heads, 2, a.Heads, a.Heads, a.Heads)
	if b.Err() != nil {
		return x
	}
	q, k := parts[0], parts[1]
	if a.Rotary != 0 {
		q, k = a.turn(b, q), a.turn(b, k)
	}
	y := op.Attend(g, op.Attention{Causal: a.Causal}, q, k, parts[2], nil)
	return b.Layer("out_proj", a.output, op.Reshape(g, y, 0, 0, a.Width))
}

// turn turns queries or keys by their places.
func (a *SelfAttention) turn(b *Builder, v *graph.Value) *graph.Value {
	time, known := v.Shape()[1].Value()
	if !known {
		b.Fail("rotary positions need sequences of a known length, not %v", v.Shape()[1])
		return v
	}
	places := make([]int64, time)
	for i := range places {
		places[i] = int64(i)
	}
	return b.Apply(op.Rotary{Base: a.Rotary}, v, b.Constant(tensor.ArrayOf(places, time)))
}

// String describes the layer: "SelfAttention 64, 4 heads".
func (a *SelfAttention) String() string {
	return fmt.Sprintf("SelfAttention %d, %d heads", a.Width, a.Heads)
}

// Positions adds a row of its weight (Count, Size), drawn from N(0, 1), to each step of sequences
// (batch, time, Size) of at most Count steps, by its place.
type Positions struct {
	Count int `json:"count"`
	Size  int `json:"size"`

	weight *graph.Variable
}

// NewPositions returns the layer.
func NewPositions(count, size int) *Positions { return &Positions{Count: count, Size: size} }

// Apply returns x with the rows added.
func (p *Positions) Apply(b *Builder, x *graph.Value) *graph.Value {
	s := x.Shape()
	if p.Count < 1 || p.Size < 1 || len(s) != 3 || !s[2].Is(p.Size) {
		b.Fail("it takes (batch, time, %d), not %v", p.Size, s)
		return x
	}
	time, known := s[1].Value()
	if !known || time > p.Count {
		b.Fail("%v steps, of which at most %d have rows", s[1], p.Count)
		return x
	}
	rows := b.Parameter(&p.weight, Spec{Name: "weight", Shape: []int{p.Count, p.Size}, Draw: normal})
	if time < p.Count {
		rows = op.Slice(b.Builder, rows, 0, 0, time, 1)
	}
	return op.Add(b.Builder, x, rows)
}

// String describes the layer: "Positions 128 × 64".
func (p *Positions) String() string { return fmt.Sprintf("Positions %d × %d", p.Count, p.Size) }
