package nn

import (
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// FakeQuantized is a chain of layers that is trained for integers of few bits: its weights, the
// parameters of that name of two dimensions or more, count as rounded to multiples of a scale for
// each of their first dimension, output or filter:
//
//	scale = max |w|/(2^(Bits−1) − 1)        w' = round(w/scale)·scale, half to even
//
// The gradient passes the rounding as if it were not there (the straight-through estimator, Bengio
// et al. 2013), and scales count as fixed: see [op.FakeQuantize]. Parameters and files hold w
// itself, by the names that a [Sequential] gives them. [Quantize] then loses little, to whatever
// bits it goes that hold these.
type FakeQuantized struct {
	Bits   int        `json:"bits"` // 2 to 16
	Layers Sequential `json:"chain"`
}

// NewFakeQuantized returns layers whose weights have so many bits.
func NewFakeQuantized(bits int, layers ...Layer) *FakeQuantized {
	return &FakeQuantized{Bits: bits, Layers: layers}
}

// InputShape returns that of the first layer.
func (f *FakeQuantized) InputShape() []int { return f.Layers.InputShape() }

// Incremental reports whether all layers are.
func (f *FakeQuantized) Incremental() bool { return f.Layers.Incremental() }

// Apply applies the layers with their weights rounded.
func (f *FakeQuantized) Apply(b *Builder, x *graph.Value) *graph.Value {
	if f.Bits < 2 || f.Bits > 16 {
		b.Fail("weights of %d bits, not of 2 to 16", f.Bits)
		return x
	}
	before := b.weightBits
	b.weightBits = f.Bits
	defer func() { b.weightBits = before }()
	return f.Layers.Apply(b, x)
}

// isWeight reports whether a parameter is rounded in a chain of few bits.
func (s Spec) isWeight() bool { return s.Name == "weight" && len(s.Shape) > 1 }

// rounded returns weights rounded to so many bits as the builder is told.
func (b *Builder) rounded(w *graph.Value, s Spec) *graph.Value {
	if b.Err() != nil {
		return w
	}
	channel := 0 // of the value's dimensions, that of the first one in files
	for i, d := range s.Order {
		if d == 0 {
			channel = i
		}
	}
	var others []int
	for d := range s.Shape {
		if d != channel {
			others = append(others, d)
		}
	}
	most := 1<<(b.weightBits-1) - 1
	scale := b.Apply(op.Reduce{By: op.MaxOf, Axes: op.IntsOf(others...)}, op.Map(b.Builder, op.Abs, w))
	scale = op.Scale(b.Builder, scale, 1/float64(most))
	least := 0x1p-126 // so that no quotient of zeros is NaN
	if b.dtype == tensor.Float64Type {
		least = math.Ldexp(1, -1022)
	}
	scale = op.Maximum(b.Builder, scale, op.Scalar(b.Builder, b.dtype, least))
	return b.Apply(op.FakeQuantize{Low: -most, High: most, Axis: channel}, w, scale,
		op.Sub(b.Builder, scale, scale))
}
