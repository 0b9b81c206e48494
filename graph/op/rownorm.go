package op

import (
	"fmt"
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// RowNorm normalises each row, which is all dimensions from an axis on: layer normalisation (Ba,
// Kiros and Hinton 2016),
//
//	y = (x − mean)/√(variance + Epsilon)·gamma + beta
//
// of x and, if it has them, gamma and beta of a row's shape. With RMS there is no mean, and the
// mean of the squares takes the place of the variance (Zhang and Sennrich 2019). Its second output
// is, for each row, the factor 1/√(…), its third one the mean. Sums are those of rows.
type RowNorm struct {
	Axis    int     `json:"axis"` // not negative
	Epsilon float64 `json:"epsilon"`
	RMS     bool    `json:"rms,omitempty"`
	Gamma   bool    `json:"gamma,omitempty"`
	Beta    bool    `json:"beta,omitempty"` // only with Gamma
}

// LayerNorm returns x normalised over the dimensions of gamma, its last ones, times gamma plus
// beta. Either may be nil, beta is if gamma is; axes then says over how many dimensions.
func LayerNorm(b *graph.Builder, x *graph.Value, axes int, epsilon float64, gamma,
	beta *graph.Value) *graph.Value {
	return applyRowNorm(b, RowNorm{Axis: len(x.Shape()) - axes, Epsilon: epsilon}, x, gamma, beta)
}

// RMSNorm returns x divided by the root of the mean of its squares over as many dimensions, its
// last ones, times gamma, which may be nil.
func RMSNorm(b *graph.Builder, x *graph.Value, axes int, epsilon float64,
	gamma *graph.Value) *graph.Value {
	o := RowNorm{Axis: len(x.Shape()) - axes, Epsilon: epsilon, RMS: true}
	return applyRowNorm(b, o, x, gamma, nil)
}

// GroupNorm returns images (batch, channels, …) normalised over the pixels and channels of each
// group (Wu and He 2018), times gamma plus beta, which have an element for each channel and may be
// nil. As many groups as channels make it instance normalisation.
func GroupNorm(b *graph.Builder, x *graph.Value, groups int, epsilon float64, gamma,
	beta *graph.Value) *graph.Value {
	if b.Err() != nil {
		return x
	}
	y := b.Apply(SplitChannels{groups}, x)
	if b.Err() != nil {
		return x
	}
	y = ReshapeLike(b, LayerNorm(b, y, len(y.Shape())-2, epsilon, nil, nil), x)
	if gamma != nil {
		y = Mul(b, y, overChannels(b, gamma, x, false))
	}
	if beta != nil {
		y = Add(b, y, overChannels(b, beta, x, false))
	}
	return y
}

// applyRowNorm applies the operator and returns its first output.
func applyRowNorm(b *graph.Builder, o RowNorm, x, gamma, beta *graph.Value) *graph.Value {
	inputs := []*graph.Value{x}
	if o.Gamma = gamma != nil; o.Gamma {
		inputs = append(inputs, gamma)
	}
	if o.Beta = beta != nil; o.Beta {
		inputs = append(inputs, beta)
	}
	return first(b.ApplyAll(o, inputs...))
}

// SplitChannels makes channels, the second dimension, two dimensions: groups and the channels of
// each.
type SplitChannels struct {
	Groups int `json:"groups"`
}

// Name returns "split_channels".
func (SplitChannels) Name() string { return "split_channels" }

// Infer returns the shape with the channels split.
func (o SplitChannels) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 1 || len(in[0].Shape) < 2 {
		return nil, fmt.Errorf("channels of %v", in)
	}
	s := in[0].Shape
	each, whole := s[1].Over(graph.Fixed(o.Groups))
	if !whole {
		return nil, fmt.Errorf("%d groups of %v channels", o.Groups, s[1])
	}
	shape := append(graph.Shape{s[0], graph.Fixed(o.Groups), each}, s[2:]...)
	return []graph.Type{in[0].With(shape)}, nil
}

// IsView says that no element moves.
func (SplitChannels) IsView() bool { return true }

// Bind returns no step: the output is the input.
func (SplitChannels) Bind(*graph.Binding) (graph.Step, error) { return nil, nil }

// Gradient gives the upstream gradient the input's shape.
func (SplitChannels) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	return []*graph.Value{ReshapeLike(b, g[0], n.Inputs[0])}
}

// Name returns "row_norm".
func (RowNorm) Name() string { return "row_norm" }

// parameters returns how many inputs there are beside x.
func (o RowNorm) parameters() int {
	switch {
	case o.Beta:
		return 2
	case o.Gamma:
		return 1
	}
	return 0
}

// Infer returns the type of x, that of the factors, and that of the means if there are any.
func (o RowNorm) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(1+o.parameters(), in); err != nil {
		return nil, err
	}
	s := in[0].Shape
	if o.Axis < 0 || o.Axis >= len(s) || o.Beta && !o.Gamma || o.RMS && o.Beta {
		return nil, fmt.Errorf("a norm %+v of %v", o, in[0])
	}
	for _, t := range in[1:] {
		if !t.Shape.Equal(s[o.Axis:]) {
			return nil, fmt.Errorf("%v for rows of the shape %v", t.Shape, s[o.Axis:])
		}
	}
	out := []graph.Type{in[0], in[0].With(s[:o.Axis])}
	if !o.RMS {
		out = append(out, out[1])
	}
	return out, nil
}

// Bind returns a step that goes row by row.
func (o RowNorm) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindRowNorm[float32], bindRowNorm[float64])
}

func bindRowNorm[T tensor.Float](o RowNorm, b *graph.Binding) (graph.Step, error) {
	if b.Inputs[0].Len() == 0 {
		return nil, nil
	}
	y, x := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	factor, mean := tensor.Slot[T](b.Outputs[1]), new([]T)
	if !o.RMS {
		mean = tensor.Slot[T](b.Outputs[2])
	}
	n := product(b.Inputs[0].Shape()[o.Axis:])
	gamma, beta := gammaOrOnes[T](b, o, 1, n), new([]T)
	if o.Beta {
		beta = tensor.Slot[T](b.Inputs[2])
	} else {
		*beta = make([]T, n)
		negativeZeros(*beta)
	}
	return inRowBlocks(b, b.Outputs[1].Len(), n, false, func(r *rowBlock[T], first, rows int) {
		to, of := (*y)[first*n:][:rows*n], (*x)[first*n:][:rows*n]
		f, m := (*factor)[first:][:rows], r.zeros
		if o.RMS {
			r.k.RowNorm.Dots(f, of, of, n)
			for i, squares := range f {
				f[i] = 1 / T(math.Sqrt(float64(squares/T(n)+T(o.Epsilon))))
			}
		} else {
			m = (*mean)[first:][:rows]
			r.moments(m, f, of, T(o.Epsilon))
		}
		r.k.RowNorm.Normalize(to, of, m, f, *gamma, *beta)
	}), nil
}

// gammaOrOnes returns an input, or ones if there is no gamma.
func gammaOrOnes[T tensor.Float](b *graph.Binding, o RowNorm, input, n int) *[]T {
	if o.Gamma {
		return tensor.Slot[T](b.Inputs[input])
	}
	ones := slices.Repeat([]T{1}, n)
	return &ones
}

// Gradient is one operator for all inputs.
func (o RowNorm) Gradient(b *graph.Builder, n *graph.Node, up []*graph.Value) []*graph.Value {
	for _, u := range up[1:] {
		if u != nil {
			b.Fail("%v has no gradient for its moments", n)
		}
	}
	if b.Err() != nil || up[0] == nil {
		return make([]*graph.Value, len(n.Inputs))
	}
	inputs := append([]*graph.Value{up[0], n.Inputs[0]}, n.Outputs[1:]...)
	if o.Gamma {
		inputs = append(inputs, n.Inputs[1])
	}
	return b.ApplyAll(RowNormGradient{o}, inputs...)
}

// RowNormGradient is the gradient of a [RowNorm] by its inputs, of the upstream gradient, x, the
// factors, the means if there are any, and gamma if it has one: with h = (x − mean)·factor and
// g' = g·gamma,
//
//	dx = factor·(g' − Σ g'/n − h·Σ(g'·h)/n), without the first sum for RMS
//	dgamma = Σ g·h and dbeta = Σ g, both down the rows
type RowNormGradient struct{ RowNorm }

// Name returns "row_norm_gradient".
func (RowNormGradient) Name() string { return "row_norm_gradient" }

// Gradient says that there is none, where that of [RowNorm] would take other inputs.
func (o RowNormGradient) Gradient(b *graph.Builder, n *graph.Node,
	_ []*graph.Value) []*graph.Value {
	b.Fail("%v has no gradient: second derivatives of %v are not built", n, o.RowNorm.Name())
	return make([]*graph.Value, len(n.Inputs))
}

// Infer returns the types of x, gamma and beta.
func (o RowNormGradient) Infer(in []graph.Type) ([]graph.Type, error) {
	n := 3
	for _, more := range []bool{!o.RMS, o.Gamma} {
		if more {
			n++
		}
	}
	if err := floats(n, in); err != nil {
		return nil, err
	}
	out := []graph.Type{in[1]}
	for range o.parameters() {
		out = append(out, in[1].With(in[1].Shape[o.Axis:]))
	}
	if !in[0].Equal(in[1]) || o.Gamma && !in[n-1].Equal(out[1]) {
		return nil, fmt.Errorf("a gradient %v of %v", in[0], in[1])
	}
	return out, nil
}

// Bind returns a step that goes row by row.
func (o RowNormGradient) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindRowNormGradient[float32], bindRowNormGradient[float64])
}

func bindRowNormGradient[T tensor.Float](o RowNormGradient, b *graph.Binding) (graph.Step, error) {
	dx, g, x := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0]), tensor.Slot[T](b.Inputs[1])
	factor, mean := tensor.Slot[T](b.Inputs[2]), new([]T)
	if !o.RMS {
		mean = tensor.Slot[T](b.Inputs[3])
	}
	dGamma, dBeta := new([]T), new([]T)
	if o.Gamma {
		dGamma = tensor.Slot[T](b.Outputs[1])
	}
	if o.Beta {
		dBeta = tensor.Slot[T](b.Outputs[2])
	}
	if b.Inputs[1].Len() == 0 {
		return func() { clear(*dGamma); clear(*dBeta) }, nil
	}
	e, n, rows := graph.Engine[T](b), product(b.Inputs[1].Shape()[o.Axis:]), b.Inputs[2].Len()
	gamma, products := gammaOrOnes[T](b, o.RowNorm, len(b.Inputs)-1, n), make([]T, 0) // g·h
	// One thread adds up the rows of a block while L1 has them.
	alone := partsOf(b, rows*n) < 2
	if o.Gamma && !alone {
		products = make([]T, len(*g))
	}
	ofGamma, ofBeta := tensor.NewColumnAdder(e.Kernels(), rows), tensor.NewColumnAdder(e.Kernels(), rows)
	back := inRowBlocks(b, rows, n, true, func(r *rowBlock[T], first, rows int) {
		to, up, of := (*dx)[first*n:][:rows*n], (*g)[first*n:][:rows*n], (*x)[first*n:][:rows*n]
		p, m := r.products[:rows*n], r.zeros
		if len(products) > 0 {
			p = products[first*n:][:rows*n]
		}
		if !o.RMS {
			m = (*mean)[first:][:rows]
		}
		if alone && o.Beta {
			ofBeta.Add(up)
		}
		r.gradient(to, p, up, of, m, (*factor)[first:][:rows], *gamma, !o.RMS)
		if alone && o.Gamma {
			ofGamma.Add(p)
		}
	})
	if alone {
		return func() {
			ofGamma.Begin(*dGamma)
			ofBeta.Begin(*dBeta)
			back()
			ofGamma.Finish()
			ofBeta.Finish()
		}, nil
	}
	return func() {
		back()
		if o.Gamma {
			e.ColumnSums(*dGamma, products)
		}
		if o.Beta {
			e.ColumnSums(*dBeta, *g)
		}
	}, nil
}
