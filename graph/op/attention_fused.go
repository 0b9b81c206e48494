package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// FusedAttention is scaled dot-product attention of float32 as models from elsewhere spell it out.
// It makes the scores of a block of queries at a time, which stay in L2, reads queries, keys and
// values and writes the sums of values where they stand, and has the bits of the operators one by
// one. Its inputs are the arrays in which the three are, and the masks. The rewriting of graphs
// makes it; it has no gradient, and no form in files.
type FusedAttention struct{ *HeadsProgram }

// HeadsProgram says what a [FusedAttention] computes for each head of M queries q, N keys k of D
// elements, and N values v of E:
//
//	z = Scale·((QueryScale·q)·(KeyScale·k)ᵀ), or divided by Scale
//	z = z + mask, or Fill where a mask says so: for each mask
//	y = softmax(z)·v
type HeadsProgram struct {
	M, N, D, E                  int
	Queries, Keys, Values       HeadView // of M×D, N×D and N×E
	Sums                        HeadView // of M×E in the output
	Shape                       graph.Shape
	QueryScale, KeyScale, Scale float32
	Divide                      bool
	Masks                       []ScoreMask
	// NaNAsZero makes rows of weights 0 that are no numbers, such as those of scores of −∞ alone.
	NaNAsZero bool
}

// ScoreMask is what becomes of scores M×N by a mask.
type ScoreMask struct {
	Kind MaskKind
	View HeadView
	Fill float32
}

// MaskKind names what a mask does to scores.
type MaskKind uint8

// The kinds of masks.
const (
	AddedMask  MaskKind = iota // floats are added
	FilledMask                 // bools are true where scores become Fill
	KeptMask                   // bools are true where scores stay, and the others become Fill
)

// Name returns "attention_fused".
func (FusedAttention) Name() string { return "attention_fused" }

// Infer returns the type of the output.
func (o FusedAttention) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 3+len(o.Masks) {
		return nil, fmt.Errorf("%d inputs, not %d", len(in), 3+len(o.Masks))
	}
	out, heads := in[0].With(o.Shape), len(o.Sums.At)
	fits := o.Sums.fits(out, heads, o.M, o.E) && o.Queries.fits(in[0], heads, o.M, o.D) &&
		o.Keys.fits(in[1], heads, o.N, o.D) && o.Values.fits(in[2], heads, o.N, o.E)
	for i := range o.Masks {
		fits = fits && o.Masks[i].View.fits(in[3+i], heads, o.M, o.N)
	}
	if !fits {
		return nil, fmt.Errorf("%d matrices of %d×%d×%d×%d don't lie in %v", heads, o.M, o.N, o.D, o.E,
			in)
	}
	return []graph.Type{out}, nil
}

// sizes returns the sizes of the attention, without arrays.
func (o FusedAttention) sizes(b *graph.Binding) *attending[float32] {
	return &attending[float32]{m: o.M, n: o.N, d: o.D, e: o.E, perGroup: 1,
		queryScale: o.QueryScale, keyScale: o.KeyScale, blocks: allQueries[float32](b, o.M, o.N),
		v: headMatrices[float32]{HeadView: o.Values}}
}

// Scratch returns the size of keys, queries, values and scores of a head on each thread.
func (o FusedAttention) Scratch(b *graph.Binding, _ []graph.Type) int {
	return o.sizes(b).scratch(b, len(o.Sums.At))
}

// Bind returns a step that goes through the heads.
func (o FusedAttention) Bind(b *graph.Binding) (graph.Step, error) {
	in, a := b.Inputs, o.sizes(b)
	a.q, a.k = matricesOf[float32](in[0], o.Queries), matricesOf[float32](in[1], o.Keys)
	a.v, a.y = matricesOf[float32](in[2], o.Values), matricesOf[float32](b.Outputs[0], o.Sums)
	a.newWeigh = func() weigh[float32] {
		w := &fusedWeights{HeadsProgram: o.HeadsProgram, kernels: b.Float32.Kernels(),
			divisors: make([]float32, o.N)}
		fillWith(w.divisors, o.Scale)
		for i, mask := range o.Masks {
			m := boundMask{ScoreMask: mask}
			if mask.Kind == AddedMask {
				m.added = maskRows[float32]{matricesOf[float32](in[3+i], mask.View), make([]float32, o.N)}
			} else {
				m.says = maskRows[bool]{headMatrices[bool]{tensor.Slot[bool](in[3+i]), mask.View},
					make([]bool, o.N)}
			}
			w.masks = append(w.masks, m)
		}
		return w.weigh
	}
	return a.bind(b), nil
}

// fusedWeights make weights of scores, for one thread.
type fusedWeights struct {
	*HeadsProgram
	kernels  *tensor.Kernels[float32]
	divisors []float32
	masks    []boundMask
}

// boundMask is a mask with the array that says it, of floats or bools.
type boundMask struct {
	ScoreMask
	added maskRows[float32]
	says  maskRows[bool]
}

// weigh makes weights of the scores of a block, in place.
func (w *fusedWeights) weigh(p []float32, head int, s headBlock) {
	scale := w.Scale
	if !w.Divide && len(w.masks) > 0 && scale != 1 {
		w.kernels.Parametric[tensor.Scale](p, p, scale)
	}
	for r := 0; r < s.rows && (w.Divide || len(w.masks) > 0); r++ {
		row := p[r*w.N:][:w.N]
		if w.Divide {
			w.kernels.Binary[tensor.Div](row, row, w.divisors)
		}
		for i := range w.masks {
			w.mask(row, &w.masks[i], head, s.first+r)
		}
		scale = 1
	}
	w.kernels.Classifier.MaskedSoftmax(p, w.N, w.N, 0, scale)
	for at := 0; w.NaNAsZero && at < len(p); at += w.N {
		if p[at] != p[at] { // then all of the row are
			clear(p[at:][:w.N])
		}
	}
}

// mask masks a row of scores.
func (w *fusedWeights) mask(row []float32, m *boundMask, head, query int) {
	if m.Kind == AddedMask {
		w.kernels.Binary[tensor.Add](row, row, m.added.of(head, query))
		return
	}
	for i, is := range m.says.of(head, query) {
		if is != (m.Kind == KeptMask) {
			row[i] = m.Fill
		}
	}
}
