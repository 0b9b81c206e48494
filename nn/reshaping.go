package nn

import (
	"fmt"
	"math/rand/v2"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Flatten makes a row of each sample: (batch, …) becomes (batch, features).
type Flatten struct{}

// Apply returns x as a matrix.
func (Flatten) Apply(b *Builder, x *graph.Value) *graph.Value {
	if len(x.Shape()) == 2 {
		return x
	}
	return op.Flatten(b.Builder, x, 1, -1)
}

// String returns "Flatten".
func (Flatten) String() string { return "Flatten" }

// Reshape gives each sample another shape with as many elements: (batch, …) becomes (batch,
// Shape…).
type Reshape struct {
	Shape []int `json:"shape"`
}

// Apply returns x with the samples' shape.
func (r Reshape) Apply(b *Builder, x *graph.Value) *graph.Value {
	want := 1
	for _, n := range r.Shape {
		want *= n
	}
	if s := x.Shape(); len(s) < 1 || !s[1:].Size().Is(want) {
		b.Fail("samples of %v don't have the elements of %v", s, r.Shape)
		return x
	}
	return op.Reshape(b.Builder, x, append([]int{-1}, r.Shape...)...)
}

// String returns "Reshape 28×28".
func (r Reshape) String() string { return "Reshape " + sizes(r.Shape) }

// Permute changes the order of the samples' dimensions: dimension i of the output is Axes[i] of the
// input, the batch being dimension 0 and staying first.
type Permute struct {
	Axes []int `json:"axes"`
}

// Apply returns x with the dimensions in another order.
func (p Permute) Apply(b *Builder, x *graph.Value) *graph.Value {
	return op.Permute(b.Builder, x, append([]int{0}, p.Axes...)...)
}

// String returns "Permute 2×1".
func (p Permute) String() string { return "Permute " + sizes(p.Axes) }

// Upsample enlarges images (batch, channels, …) by a factor along each dimension of space: by
// repeating pixels, or with Linear by weighting their neighbours, bilinear for two dimensions.
// AlignCorners then lets the outer pixels of both stand over one another.
type Upsample struct {
	Factors      []float64 `json:"factors"`
	Linear       bool      `json:"linear,omitempty"`
	AlignCorners bool      `json:"align_corners,omitempty"`
}

// Apply returns the enlarged images.
func (u Upsample) Apply(b *Builder, x *graph.Value) *graph.Value {
	if s := x.Shape(); len(s) != len(u.Factors)+2 {
		b.Fail("it takes (batch, channels, …) of %d dimensions of space, not %v", len(u.Factors), s)
		return x
	}
	return b.Apply(op.Resize{Linear: u.Linear, AlignCorners: u.AlignCorners,
		Scale: op.FloatsOf(u.Factors...)}, x)
}

// String returns "Upsample [2 2]".
func (u Upsample) String() string { return fmt.Sprintf("Upsample %v", u.Factors) }

// Dropout sets a share of the elements to 0 while training, and multiplies the others by 1/(1−Rate)
// (Srivastava et al. 2014). Which ones is a function of the model's seed, the layer's place, the
// step and the element.
type Dropout struct {
	Rate float64 `json:"rate"`
}

// Apply returns x with some elements set to 0.
func (d Dropout) Apply(b *Builder, x *graph.Value) *graph.Value {
	if !(d.Rate >= 0 && d.Rate < 1) {
		b.Fail("a dropout rate of %v, which is not in [0, 1)", d.Rate)
		return x
	}
	if !b.Training() || d.Rate == 0 {
		return x
	}
	return op.Dropout(b.Builder, x, op.Counter(b.Builder), d.Rate, b.seed)
}

// Incremental returns true: each element is for itself.
func (Dropout) Incremental() bool { return true }

// String returns "Dropout 0.5".
func (d Dropout) String() string { return fmt.Sprintf("Dropout %g", d.Rate) }

// Embedding gives a row of its weight (Count, Size) for each index, 0 up to Count−1: of indices
// (batch, …) it makes (batch, …, Size). Weights are drawn from N(0, 1), as PyTorch's are.
type Embedding struct {
	Count int `json:"count"`
	Size  int `json:"size"`

	weight *graph.Variable
}

// NewEmbedding returns an embedding of so many rows of a size.
func NewEmbedding(count, size int) *Embedding { return &Embedding{Count: count, Size: size} }

// Apply returns the rows that the indices name.
func (e *Embedding) Apply(b *Builder, x *graph.Value) *graph.Value {
	if e.Count < 1 || e.Size < 1 {
		b.Fail("an embedding of %d rows of %d", e.Count, e.Size)
		return x
	}
	weight := b.Parameter(&e.weight, Spec{Name: "weight", Shape: []int{e.Count, e.Size}, Draw: normal})
	if x.DType().IsFloat() {
		x = op.Cast(b.Builder, x, tensor.Int64Type)
	}
	return op.Gather(b.Builder, weight, x, 0)
}

// Incremental returns true: each index is for itself.
func (e *Embedding) Incremental() bool { return true }

// String returns "Embedding 65 × 64".
func (e *Embedding) String() string { return fmt.Sprintf("Embedding %d × %d", e.Count, e.Size) }

// PReLU is [LeakyReLU] with a slope for each channel, dimension 1, that training changes (He et al.
// 2015); it begins at a quarter. With one channel all elements have the same slope.
type PReLU struct {
	Channels int `json:"channels"`

	weight *graph.Variable
}

// NewPReLU returns the layer for so many channels.
func NewPReLU(channels int) *PReLU { return &PReLU{Channels: channels} }

// Apply returns max(x, 0) + slope·min(x, 0).
func (p *PReLU) Apply(b *Builder, x *graph.Value) *graph.Value {
	rank := len(x.Shape())
	if p.Channels < 1 || rank < 2 || p.Channels > 1 && !x.Shape()[1].Is(p.Channels) {
		b.Fail("it takes (batch, %d, …), not %v", p.Channels, x.Shape())
		return x
	}
	quarter := func(*rand.Rand) float64 { return 0.25 }
	slope := b.Parameter(&p.weight, Spec{Name: "weight", Shape: []int{p.Channels}, Draw: quarter})
	shape := make([]int, rank-1)
	for i := range shape {
		shape[i] = 1
	}
	shape[0] = p.Channels
	g := b.Builder
	positive := op.Apply(g, tensor.Relu, x)
	negative := op.Sub(g, x, positive)
	return op.Add(g, positive, op.Mul(g, negative, op.Reshape(g, slope, shape...)))
}

// String returns "PReLU 16".
func (p *PReLU) String() string { return fmt.Sprintf("PReLU %d", p.Channels) }

// Parallel applies several layers to one value and joins what they give along dimension 1:
// channels, or features.
type Parallel []Layer

// Apply returns the outputs of the branches, one behind the other.
func (p Parallel) Apply(b *Builder, x *graph.Value) *graph.Value {
	if len(p) == 0 {
		b.Fail("no branches")
		return x
	}
	outputs := make([]*graph.Value, len(p))
	for i, l := range p {
		outputs[i] = b.Layer(moduleName(l, i), l, x)
	}
	if len(outputs) == 1 {
		return outputs[0]
	}
	return op.Concat(b.Builder, 1, outputs...)
}

// MarshalJSON returns the layers' records.
func (p Parallel) MarshalJSON() ([]byte, error) { return Sequential(p).MarshalJSON() }

// UnmarshalJSON reads what MarshalJSON returns.
func (p *Parallel) UnmarshalJSON(text []byte) error { return (*Sequential)(p).UnmarshalJSON(text) }
