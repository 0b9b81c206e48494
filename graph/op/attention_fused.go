package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// FusedAttention is scaled dot-product attention as models from elsewhere spell it out. It makes
// the scores of a block of queries at a time, which stay in L2, reads queries, keys and values and
// writes the sums of values where they stand, and has the bits of the operators one by one. Its
// inputs are the arrays in which the three are, and the masks. The rewriting of graphs makes it; it
// has no gradient.
//
// For each head of M queries q, N keys k of D elements, and N values v of E it computes
//
//	z = Scale·((QueryScale·q)·(KeyScale·k)ᵀ), or divided by Scale
//	z = z + mask, or Fill where a mask says so: for each mask
//	y = softmax(z)·v
type FusedAttention struct {
	M       int      `json:"m"`
	N       int      `json:"n"`
	D       int      `json:"d"`
	E       int      `json:"e"`
	Queries HeadView `json:"queries"` // (M, D)
	Keys    HeadView `json:"keys"`    // (N, D)
	Values  HeadView `json:"values"`  // (N, E)
	Sums    HeadView `json:"sums"`    // (M, E) in the output
	Shape   Ints     `json:"shape"`   // of the output

	QueryScale float64 `json:"queryScale"`
	KeyScale   float64 `json:"keyScale"`
	Scale      float64 `json:"scale"`
	Divide     bool    `json:"divide,omitempty"`
	// Masks are as many as there are until one of NoMask.
	Masks [2]ScoreMask `json:"masks"`
	// NaNAsZero makes rows of weights 0 that are no numbers, such as those of scores of −∞ alone.
	NaNAsZero bool `json:"nanAsZero,omitempty"`
}

// ScoreMask is what becomes of scores (M, N) by a mask: see [MaskKind].
type ScoreMask struct {
	Kind MaskKind `json:"kind"`
	View HeadView `json:"view"`
	Fill Number   `json:"fill"`
}

// MaskKind names what a mask does to scores.
type MaskKind uint8

// The kinds of masks.
const (
	NoMask     MaskKind = iota
	AddedMask           // floats are added
	FilledMask          // bools are true where scores become Fill
	KeptMask            // bools are true where scores stay, and the others become Fill
)

// Name returns "attention_fused".
func (FusedAttention) Name() string { return "attention_fused" }

// masks returns those that there are.
func (o FusedAttention) masks() []ScoreMask {
	count := 0
	for count < len(o.Masks) && o.Masks[count].Kind != NoMask {
		count++
	}
	return o.Masks[:count]
}

// Infer returns the shape of the output.
func (o FusedAttention) Infer(in []graph.Type) ([]graph.Type, error) {
	masks := o.masks()
	if len(in) != 3+len(masks) {
		return nil, fmt.Errorf("%d inputs, not %d", len(in), 3+len(masks))
	}
	if err := floats(3, in[:3]); err != nil {
		return nil, err
	}
	out := in[0].With(graph.ShapeOf(o.Shape.Values()...))
	heads := product(o.Sums.Sizes.Values())
	if min(o.M, o.N, o.D, o.E, heads) < 1 || o.Sums.Column != 1 {
		return nil, fmt.Errorf("attention of %d heads, %d×%d×%d×%d", heads, o.M, o.N, o.D, o.E)
	}
	for i, c := range []struct {
		view          HeadView
		rows, columns int
	}{{o.Queries, o.M, o.D}, {o.Keys, o.N, o.D}, {o.Values, o.N, o.E}, {o.Sums, o.M, o.E}} {
		t := out
		if i < 3 {
			t = in[i]
		}
		if err := c.view.check(t, heads, c.rows, c.columns); err != nil {
			return nil, err
		}
	}
	for i, mask := range masks {
		want := in[0].DType
		if mask.Kind != AddedMask {
			want = tensor.BoolType
		}
		if t := in[3+i]; t.DType != want || mask.Kind > KeptMask || mask.View.Column > 1 {
			return nil, fmt.Errorf("a mask %v of the kind %d", t, mask.Kind)
		}
		if err := mask.View.check(in[3+i], heads, o.M, o.N); err != nil {
			return nil, err
		}
	}
	return []graph.Type{out}, nil
}

// Bind returns a step that goes through the heads.
func (o FusedAttention) Bind(b *graph.Binding) (graph.Step, error) {
	if b.Outputs[0].DType() == tensor.Float32Type {
		return bindFusedAttention[float32](o, b), nil
	}
	return bindFusedAttention[float64](o, b), nil
}

func bindFusedAttention[T tensor.Float](o FusedAttention, b *graph.Binding) graph.Step {
	a := &attending[T]{m: o.M, n: o.N, d: o.D, e: o.E, perGroup: 1,
		queryScale: T(o.QueryScale), keyScale: T(o.KeyScale), blocks: allQueries[T](b, o.M, o.N),
		q: matricesOf[T](b.Inputs[0], o.Queries), k: matricesOf[T](b.Inputs[1], o.Keys),
		v: matricesOf[T](b.Inputs[2], o.Values), y: matricesOf[T](b.Outputs[0], o.Sums)}
	k := graph.Engine[T](b).Kernels()
	a.newWeigh = func() weigh[T] {
		masks := make([]func(row []T, head, query int), len(o.masks()))
		for i, mask := range o.masks() {
			masks[i] = maskScores[T](b, i, mask, o.N)
		}
		divisors := make([]T, o.N)
		fillWith(divisors, T(o.Scale))
		return func(p []T, head int, s headBlock) {
			scale := T(o.Scale)
			switch {
			case o.Divide:
				for at := 0; at < len(p); at += o.N {
					k.Binary[tensor.Div](p[at:at+o.N], p[at:], divisors)
				}
				scale = 1
			case len(masks) > 0 && scale != 1:
				k.Parametric[tensor.Scale](p, p, scale)
				scale = 1
			}
			for _, mask := range masks {
				for r := range s.rows {
					mask(p[r*o.N:][:o.N], head, s.first+r)
				}
			}
			k.Classifier.MaskedSoftmax(p, o.N, o.N, 0, scale)
			for at := 0; o.NaNAsZero && at < len(p); at += o.N {
				if p[at] != p[at] { // then all of the row are
					clear(p[at:][:o.N])
				}
			}
		}
	}
	return a.bind(b)
}

// maskScores returns what a mask does to a row of scores of n keys.
func maskScores[T tensor.Float](b *graph.Binding, i int, mask ScoreMask,
	n int) func(row []T, head, query int) {
	input := b.Inputs[3+i]
	if mask.Kind == AddedMask {
		rows := newMaskRows(matricesOf[T](input, mask.View), n)
		add := graph.Engine[T](b).Kernels().Binary[tensor.Add]
		return func(row []T, head, query int) { add(row, row, rows.of(head, query)) }
	}
	rows := newMaskRows(headMatrices[bool]{tensor.Slot[bool](input), mask.View.heads(), mask.View.Row,
		mask.View.Column}, n)
	fill, keep := T(mask.Fill), mask.Kind == KeptMask
	return func(row []T, head, query int) {
		for j, is := range rows.of(head, query) {
			if is != keep {
				row[j] = fill
			}
		}
	}
}
