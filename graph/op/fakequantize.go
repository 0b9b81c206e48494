package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// FakeQuantize rounds floats to the numbers that integers of few bits stand for, as training for
// them does (Jacob et al. 2018):
//
//	code = round(x/scale) + zero point        half to even, within Low and High
//	y    = (code − zero point)·scale
//
// Its inputs are x, the scales and the zero points, whole numbers, of x's type: one for all, or a
// list of one for each index along Axis. NaN stays NaN.
//
// Its gradient is that of the straight-through estimator (Bengio et al. 2013): dL/dx is dL/dy where
// the code is within the range before it is cut off, else 0; scales and zero points count as fixed.
type FakeQuantize struct {
	Low  int `json:"low"`
	High int `json:"high"`
	Axis int `json:"axis,omitempty"` // not negative
}

// Name returns "fake_quantize".
func (FakeQuantize) Name() string { return "fake_quantize" }

// Infer returns x's type.
func (o FakeQuantize) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(3, in); err != nil {
		return nil, err
	}
	return o.infer(in)
}

// infer checks x, scales and zero points.
func (o FakeQuantize) infer(in []graph.Type) ([]graph.Type, error) {
	s, scale := in[0].Shape, in[1].Shape
	isList := len(scale) == 1 && o.Axis >= 0 && o.Axis < len(s) && s[o.Axis] == scale[0]
	switch {
	case o.Low >= o.High || o.Low < -1<<16 || o.High > 1<<16:
		return nil, fmt.Errorf("codes from %d to %d", o.Low, o.High)
	case !in[2].Shape.Equal(scale) || !scale.Size().Is(1) && !isList:
		return nil, fmt.Errorf("scales %v and zero points %v of %v along axis %d", in[1], in[2], in[0],
			o.Axis)
	}
	return in[:1], nil
}

// Bind returns a step that rounds stretches with one scale.
func (o FakeQuantize) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindFakeQuantize[float32], bindFakeQuantize[float64])
}

func bindFakeQuantize[T tensor.Float](o FakeQuantize, b *graph.Binding) (graph.Step, error) {
	y, x := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	w := newScaleWalk[T](o, b.Inputs[0], b.Inputs[1], b.Inputs[2])
	return func() {
		w.each(func(at, stretch int, scale, low, high T) {
			to := (*y)[at:][:stretch]
			for i, v := range (*x)[at:][:stretch] {
				to[i] = fakeQuantized(v, scale, low, high)
			}
		})
	}, nil
}

// fakeQuantized returns x rounded to a multiple of the scale, from low to high of them.
func fakeQuantized[T tensor.Float](x, scale, low, high T) T {
	q := x / scale
	switch {
	case q < low:
		q = low
	case q > high:
		q = high
	default:
		q = wholeOf(q)
	}
	return q * scale
}

// wholeOf rounds a number of less than 2²¹ half to even.
func wholeOf[T tensor.Float](x T) T {
	whole := T(3 << 22) // beyond which float32 has no fractions
	if tensor.DTypeOf[T]() == tensor.Float64Type {
		whole = T(0x3p51)
	}
	return (x + whole) - whole
}

// scaleWalk goes through stretches of x with one scale.
type scaleWalk[T tensor.Float] struct {
	o           FakeQuantize
	scale, zero *[]T
	stretch, n  int
}

func newScaleWalk[T tensor.Float](o FakeQuantize, x, scale, zero *tensor.Array) *scaleWalk[T] {
	w := &scaleWalk[T]{o: o, scale: tensor.Slot[T](scale), zero: tensor.Slot[T](zero),
		stretch: x.Len(), n: x.Len()}
	if scale.Len() > 1 {
		w.stretch = product(x.Shape()[o.Axis+1:])
	}
	return w
}

// each calls f for each stretch, with its scale and its range in multiples of that.
func (w *scaleWalk[T]) each(f func(at, stretch int, scale, low, high T)) {
	for at, i := 0, 0; at < w.n; at, i = at+w.stretch, (i+1)%len(*w.scale) {
		zero := (*w.zero)[i]
		f(at, w.stretch, (*w.scale)[i], T(w.o.Low)-zero, T(w.o.High)-zero)
	}
}

// Overwrites says that the output may stand where x does.
func (FakeQuantize) Overwrites(int) []int { return []int{0} }

// Gradient is that of the straight-through estimator.
func (o FakeQuantize) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	return []*graph.Value{b.Apply(FakeQuantizeGradient{o}, g[0], n.Inputs[0], n.Inputs[1],
		n.Inputs[2]), nil, nil}
}

// FakeQuantizeGradient is g where the code of x is within the range of [FakeQuantize] before it is
// cut off, else 0. Its inputs are g, x, the scales and the zero points.
type FakeQuantizeGradient struct{ FakeQuantize }

// Name returns "fake_quantize_gradient".
func (FakeQuantizeGradient) Name() string { return "fake_quantize_gradient" }

// Infer returns x's type.
func (o FakeQuantizeGradient) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(4, in); err != nil {
		return nil, err
	}
	if !in[0].Equal(in[1]) {
		return nil, fmt.Errorf("the types %v and %v differ", in[0], in[1])
	}
	return o.infer(in[1:])
}

// Bind returns a step that goes through stretches with one scale.
func (o FakeQuantizeGradient) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindFakeQuantizeGradient[float32], bindFakeQuantizeGradient[float64])
}

func bindFakeQuantizeGradient[T tensor.Float](o FakeQuantizeGradient, b *graph.Binding) (
	graph.Step, error) {
	d, g, x := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0]), tensor.Slot[T](b.Inputs[1])
	w := newScaleWalk[T](o.FakeQuantize, b.Inputs[1], b.Inputs[2], b.Inputs[3])
	return func() {
		w.each(func(at, stretch int, scale, low, high T) {
			for i := at; i < at+stretch; i++ {
				if q := (*x)[i] / scale; isWithin(q, low, high) {
					(*d)[i] = (*g)[i]
				} else {
					(*d)[i] = 0
				}
			}
		})
	}, nil
}

// isWithin reports whether q, rounded half to even, is from low to high, or NaN. The ends are
// whole: half a step beyond one counts where the end is even.
func isWithin[T tensor.Float](q, low, high T) bool {
	if q < low-1 || q > high+1 {
		return false
	}
	whole := wholeOf(q)
	return !(whole < low) && !(whole > high)
}

// Gradient is linear in g: x counts as fixed, where the derivative is constant on either side.
func (o FakeQuantizeGradient) Gradient(b *graph.Builder, n *graph.Node,
	u []*graph.Value) []*graph.Value {
	return []*graph.Value{b.Apply(o, u[0], n.Inputs[1], n.Inputs[2], n.Inputs[3]), nil, nil, nil}
}
