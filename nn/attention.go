package nn

import (
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Attention lets each step of sequences (batch, time, Width) take a weighted mean of what other
// steps say (Vaswani et al. 2017), by several heads of d = Width/Heads elements:
//
//	q, k, v = query, key, value · in_projᵀ + bias
//	softmax(q·kᵀ/√d + mask)·v of each head, times out_projᵀ + bias
//
// As a layer it is self-attention, in which all three are x; see [Attention.Attend] for others. Its
// parameters are those of PyTorch's MultiheadAttention with batch_first: in_proj_weight (3·Width,
// Width), in_proj_bias, out_proj.weight (Width, Width) and out_proj.bias.
type Attention struct {
	Width int `json:"width"`
	Heads int `json:"heads"`
	// Groups is the number of heads that keys and values have, each for Heads/Groups of the
	// queries' (Ainslie et al. 2023); 0 is Heads. in_proj then has Width + 2·Groups·d rows.
	Groups int `json:"groups,omitempty"`
	// KeyWidth and ValueWidth are those of the sequences that keys and values come from; 0 is
	// Width. If one of them is another, in_proj_weight is in three parts, as PyTorch has it:
	// q_proj_weight, k_proj_weight and v_proj_weight.
	KeyWidth   int  `json:"key_width,omitempty"`
	ValueWidth int  `json:"value_width,omitempty"`
	NoBias     bool `json:"no_bias,omitempty"`
	// Causal lets a step see itself and those before it.
	Causal bool `json:"causal,omitempty"`
	// Rotary turns queries and keys by angles that grow with their places (Su et al. 2021), so that
	// scores depend on distances: 0 for none, else the base, as a rule 10,000.
	Rotary float64 `json:"rotary,omitempty"`
	// Dropout is the share of the weights of values that are set to 0 in training.
	Dropout float64 `json:"dropout,omitempty"`

	weight, bias      *graph.Variable
	query, key, value *graph.Variable // of in_proj in parts
	output            *Dense
}

// NewSelfAttention returns the layer of so many heads, each of width/heads elements.
func NewSelfAttention(width, heads int, causal bool) *Attention {
	return &Attention{Width: width, Heads: heads, Causal: causal}
}

// NewAttention returns a layer whose queries may attend to sequences of other widths.
func NewAttention(width, heads, keyWidth, valueWidth int) *Attention {
	return &Attention{Width: width, Heads: heads, KeyWidth: keyWidth, ValueWidth: valueWidth}
}

// Apply returns what each step has taken from the others.
func (a *Attention) Apply(b *Builder, x *graph.Value) *graph.Value {
	return a.Attend(b, x, x, x, nil)
}

// Attend returns what each step of query (batch, m, Width) has taken from value (batch, n,
// ValueWidth), by its scores with key (batch, n, KeyWidth). mask is nil, or is broadcast to the
// scores (batch, Heads, m, n): bools that say which keys a query sees, such as a [PaddingMask], or
// floats that are added to the scores. A query that sees nothing takes 0. PyTorch's masks of bools
// say the opposite: what is not seen.
func (a *Attention) Attend(b *Builder, query, key, value, mask *graph.Value) *graph.Value {
	if a.check(b, query, key, value); b.Err() != nil {
		return query
	}
	if a.output == nil {
		a.output = NewDense(a.Width, a.Width, Linear)
		a.output.noBias = a.NoBias
	}
	q, k, v := a.project(b, query, key, value)
	if b.Err() != nil {
		return query
	}
	causal := a.Causal
	switch inSteps := b.inSteps(query); {
	case inSteps && causal:
		q, k, v, mask = a.append(b, q, k, v, mask)
		causal = false // the mask says it
	case inSteps:
		q, k, v = a.recall(b, q, k, v)
	case a.Rotary != 0:
		q, k = a.turn(b, q, nil), a.turn(b, k, nil)
	}
	y := a.sums(b, q, k, v, mask, causal)
	return b.Layer("out_proj", a.output, op.Reshape(b.Builder, y, 0, 0, a.Width))
}

// check tells what is wrong with the settings or the sequences.
func (a *Attention) check(b *Builder, query, key, value *graph.Value) {
	switch {
	case a.Heads < 1 || a.Width < 1 || a.Width%a.Heads != 0:
		b.Fail("a width of %d for %d heads, which don't divide it", a.Width, a.Heads)
	case a.Groups < 0 || a.Heads%a.groups() != 0:
		b.Fail("%d heads can't share %d groups of keys", a.Heads, a.Groups)
	case !(a.Dropout >= 0 && a.Dropout < 1):
		b.Fail("a dropout rate of %v, which is not in [0, 1)", a.Dropout)
	case b.inSteps(query) && a.Causal && (key != query || value != query):
		b.Fail("step by step there is no causal attention to other sequences")
	case !a.Causal && (b.inSteps(key) || b.inSteps(value)):
		b.Fail("step by step there is no attention to steps that come later")
	}
	for _, c := range []struct {
		of    *graph.Value
		width int
	}{{query, a.Width}, {key, a.keyWidth()}, {value, a.valueWidth()}} {
		if s := c.of.Shape(); len(s) != 3 || !s[2].Is(c.width) {
			b.Fail("it takes (batch, time, %d), not %v", c.width, s)
		}
	}
}

func (a *Attention) groups() int     { return orElse(a.Groups, a.Heads) }
func (a *Attention) keyWidth() int   { return orElse(a.KeyWidth, a.Width) }
func (a *Attention) valueWidth() int { return orElse(a.ValueWidth, a.Width) }

// orElse returns n unless it is 0.
func orElse(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// project returns queries, keys and values (batch, time, heads, d).
func (a *Attention) project(b *Builder, query, key, value *graph.Value) (q, k, v *graph.Value) {
	g, d := b.Builder, a.Width/a.Heads
	shared := a.groups() * d
	all := a.Width + 2*shared
	var bias *graph.Value
	if !a.NoBias {
		bias = b.Parameter(&a.bias, Spec{Name: "in_proj_bias", Shape: []int{all}})
	}
	plus := func(x *graph.Value, from, to int) *graph.Value {
		switch {
		case bias == nil:
			return x
		case to-from == all:
			return op.Add(g, x, bias)
		}
		return op.Add(g, x, op.Slice(g, bias, 0, from, to, 1))
	}
	split := func(x *graph.Value, heads int) *graph.Value {
		return op.Reshape(g, x, 0, 0, heads, d)
	}
	if a.keyWidth() != a.Width || a.valueWidth() != a.Width {
		part := func(slot **graph.Variable, name string, x *graph.Value,
			in, from, to int) *graph.Value {
			w := b.Parameter(slot, Spec{Name: name, Shape: []int{to - from, in}, Order: []int{1, 0},
				Draw: GlorotUniform.Weights(in, to-from)})
			return split(plus(op.MatMul(g, x, w), from, to), (to-from)/d)
		}
		return part(&a.query, "q_proj_weight", query, a.Width, 0, a.Width),
			part(&a.key, "k_proj_weight", key, a.keyWidth(), a.Width, a.Width+shared),
			part(&a.value, "v_proj_weight", value, a.valueWidth(), a.Width+shared, all)
	}
	w := b.Parameter(&a.weight, Spec{Name: "in_proj_weight", Shape: []int{all, a.Width},
		Order: []int{1, 0}, Draw: GlorotUniform.Weights(a.Width, all)})
	product := func(x *graph.Value, from, to int) *graph.Value {
		part := w
		if to-from < all {
			part = op.Slice(g, w, 1, from, to, 1)
		}
		return split(plus(op.MatMul(g, x, part), from, to), (to-from)/d)
	}
	if key != value { // three products; else one of all, or one of keys and values
		return product(query, 0, a.Width), product(key, a.Width, a.Width+shared),
			product(value, a.Width+shared, all)
	}
	if query == key {
		parts := op.Split(g, product(query, 0, all), 2, a.Heads, a.groups(), a.groups())
		if b.Err() != nil {
			return query, key, value
		}
		return parts[0], parts[1], parts[2]
	}
	parts := op.Split(g, product(key, a.Width, all), 2, a.groups(), a.groups())
	if b.Err() != nil {
		return query, key, value
	}
	return product(query, 0, a.Width), parts[0], parts[1]
}

// turn turns queries or keys by their places: those of the steps, or after so many before them.
func (a *Attention) turn(b *Builder, v, before *graph.Value) *graph.Value {
	time, known := v.Shape()[1].Value()
	if !known {
		b.Fail("rotary positions need sequences of a known length, not %v", v.Shape()[1])
		return v
	}
	places := b.Constant(tensor.ArrayOf(numbers(0, time), time))
	if before != nil {
		places = op.Add(b.Builder, places, before)
	}
	return b.Apply(op.Rotary{Base: a.Rotary}, v, places)
}

// numbers returns count numbers from first on.
func numbers(first, count int) []int64 {
	n := make([]int64, count)
	for i := range n {
		n[i] = int64(first + i)
	}
	return n
}

// sums returns the sums of values (batch, m, Heads, d).
func (a *Attention) sums(b *Builder, q, k, v, mask *graph.Value, causal bool) *graph.Value {
	if a.Dropout == 0 || !b.Training() || b.Err() != nil {
		return op.Attend(b.Builder, op.Attention{Causal: causal}, q, k, v, mask)
	}
	g := b.Builder
	if per := a.Heads / a.groups(); per > 1 {
		group := numbers(0, a.Heads)
		for i := range group {
			group[i] /= int64(per)
		}
		index := b.Constant(tensor.ArrayOf(group, a.Heads))
		k, v = op.Gather(g, k, index, 2), op.Gather(g, v, index, 2)
	}
	byHead := func(x *graph.Value) *graph.Value { return op.Permute(g, x, 0, 2, 1, 3) }
	scores := b.Apply(op.Product{TransposeB: true}, byHead(q), byHead(k))
	scores = op.Scale(g, scores, 1/math.Sqrt(float64(a.Width/a.Heads)))
	for _, m := range []*graph.Value{mask, a.causalMask(b, scores, causal)} {
		switch {
		case m == nil || b.Err() != nil:
		case m.DType() == tensor.BoolType:
			scores = op.Where(g, m, scores, op.Scalar(g, b.dtype, math.Inf(-1)))
		default:
			scores = op.Add(g, scores, m)
		}
	}
	weights := Dropout{a.Dropout}.Apply(b, softmaxOfSeen(b, scores, mask))
	return byHead(b.Apply(op.Product{}, weights, byHead(v)))
}

// softmaxOfSeen is the softmax of scores with a mask, which may leave a query nothing but −∞: its
// weights are then 0, not NaN.
func softmaxOfSeen(b *Builder, scores, mask *graph.Value) *graph.Value {
	if mask == nil || b.Err() != nil {
		return op.Softmax(b.Builder, scores)
	}
	g, zero := b.Builder, op.Scalar(b.Builder, b.dtype, 0)
	top := op.StopGradient(g, b.Apply(op.Reduce{By: op.MaxOf, Axes: op.IntsOf(3), KeepDims: true},
		scores))
	blind := op.Equal(g, top, op.Scalar(g, b.dtype, math.Inf(-1)))
	return op.Where(g, blind, zero, op.Softmax(g, op.Where(g, blind, zero, scores)))
}

// append keeps keys and values behind those of the steps before, of which there are as many as the
// graph's limit says, and returns all of them with a mask of those that a step doesn't see yet.
func (a *Attention) append(b *Builder, q, k, v, mask *graph.Value) (query, keys, values,
	seen *graph.Value) {
	before, limit, _ := b.Steps()
	s := q.Shape()
	batch, _ := s[0].Value()
	n, _ := s[1].Value()
	if mask != nil {
		b.Fail("step by step there are no other masks than the causal one")
		return q, k, v, mask
	}
	if a.Rotary != 0 {
		q, k = a.turn(b, q, before), a.turn(b, k, before)
	}
	keep := func(name string, v *graph.Value) *graph.Value {
		cache := b.Kept(name, batch, limit, a.groups(), a.Width/a.Heads)
		all := b.Apply(op.WriteRows{}, cache, v, before)
		if b.Err() == nil {
			b.Update(cache, all)
		}
		return all
	}
	places := b.Constant(tensor.ArrayOf(numbers(0, limit), 1, 1, 1, limit))
	ends := op.Add(b.Builder, b.Constant(tensor.ArrayOf(numbers(1, n), 1, 1, n, 1)), before)
	return q, keep("keys", k), keep("values", v), op.Less(b.Builder, places, ends)
}

// recall keeps the keys and values of another sequence, the same for all steps.
func (a *Attention) recall(b *Builder, q, k, v *graph.Value) (query, keys, values *graph.Value) {
	if a.Rotary != 0 {
		q, k = a.turn(b, q, b.steps.before), a.turn(b, k, nil)
	}
	kept := b.Once("memory", func() []*graph.Value { return []*graph.Value{k, v} })
	return q, kept[0], kept[1]
}

// Incremental reports whether the steps see nothing that comes later.
func (a *Attention) Incremental() bool { return a.Causal }

// causalMask returns bools (m, n) that let a query see the keys up to its own number, nil if it
// sees all.
func (a *Attention) causalMask(b *Builder, scores *graph.Value, causal bool) *graph.Value {
	if !causal || b.Err() != nil {
		return nil
	}
	m, known1 := scores.Shape()[2].Value()
	n, known2 := scores.Shape()[3].Value()
	if !known1 || !known2 {
		b.Fail("dropout of causal attention needs sequences of a known length, not %v",
			scores.Shape())
		return nil
	}
	seen := make([]bool, m*n)
	for i := range seen {
		seen[i] = i%n <= i/n
	}
	return b.Constant(tensor.ArrayOf(seen, m, n))
}

// String describes the layer: "Attention 64, 4 heads".
func (a *Attention) String() string {
	return fmt.Sprintf("Attention %d, %d heads", a.Width, a.Heads)
}

// PaddingMask returns which steps of sequences x (batch, time, …), padded to one length, are none
// of the padding, for [Attention.Attend]: bools (batch, 1, 1, time), of the lengths (batch).
func PaddingMask(b *Builder, lengths, x *graph.Value) *graph.Value {
	s := x.Shape()
	if len(s) < 2 || len(lengths.Shape()) != 1 {
		b.Fail("a mask of padding needs sequences (batch, time, …) and lengths (batch), not %v "+
			"and %v",
			s, lengths.Shape())
		return x
	}
	time, known := s[1].Value()
	if !known {
		b.Fail("a mask of padding needs sequences padded to a known length, not %v", s[1])
		return x
	}
	g := b.Builder
	column := op.Reshape(g, op.Cast(g, lengths, tensor.Int64Type), -1, 1, 1, 1)
	return op.Less(g, b.Constant(tensor.ArrayOf(numbers(0, time), 1, 1, 1, time)), column)
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
	rows := b.Parameter(&p.weight, Spec{Name: "weight", Shape: []int{p.Count, p.Size},
		Draw: normal})
	if before, limit, _ := b.Steps(); b.inSteps(x) {
		if limit > p.Count {
			b.Fail("%d steps, of which at most %d have rows", limit, p.Count)
		}
		places := op.Add(b.Builder, b.Constant(tensor.ArrayOf(numbers(0, time), time)), before)
		return op.Add(b.Builder, x, op.Gather(b.Builder, rows, places, 0))
	}
	if time < p.Count {
		rows = op.Slice(b.Builder, rows, 0, 0, time, 1)
	}
	return op.Add(b.Builder, x, rows)
}

// Incremental returns true: the rows of steps stand behind those of the steps before.
func (p *Positions) Incremental() bool { return true }

// String describes the layer: "Positions 128 × 64".
func (p *Positions) String() string { return fmt.Sprintf("Positions %d × %d", p.Count, p.Size) }
