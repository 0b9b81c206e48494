package op

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/internal/portable"
	"simdnn/tensor"
)

// Rotary turns pairs of the elements of queries or keys (batch, time, heads, d) by angles that grow
// with their positions (time), int64: pair i of d/2 by position·Base^(−2i/d) (Su et al. 2021).
// Pairs are an element of the first half and one of the second, as in LLaMA, or with Interleaved
// neighbours, as in the paper. Inverse turns back.
type Rotary struct {
	Base        float64 `json:"base"`
	Interleaved bool    `json:"interleaved,omitempty"`
	Inverse     bool    `json:"inverse,omitempty"`
}

// Name returns "rotary".
func (Rotary) Name() string { return "rotary" }

// Infer returns the first input's type.
func (o Rotary) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 2 || !in[0].DType.IsFloat() || len(in[0].Shape) != 4 ||
		!in[1].Equal(graph.Type{DType: tensor.Int64Type, Shape: in[0].Shape[1:2]}) {
		return nil, fmt.Errorf("rotary positions need floats (batch, time, heads, d), and int64 (time)")
	}
	if d, ok := in[0].Shape[3].Value(); !ok || d%2 != 0 || !(o.Base > 0) {
		return nil, fmt.Errorf("%v elements can't be turned in pairs by the base %v", in[0].Shape[3],
			o.Base)
	}
	return in[:1], nil
}

// Overwrites says that the output may stand where the first input does.
func (Rotary) Overwrites(int) []int { return []int{0} }

// Bind returns a step that turns the pairs of each head.
func (o Rotary) Bind(b *graph.Binding) (graph.Step, error) {
	if b.Inputs[0].DType() == tensor.Float32Type {
		return bindRotary[float32](o, b), nil
	}
	return bindRotary[float64](o, b), nil
}

func bindRotary[T tensor.Float](o Rotary, b *graph.Binding) graph.Step {
	y, x := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0])
	positions := tensor.Slot[int64](b.Inputs[1])
	s := b.Inputs[0].Shape()
	time, heads, half := s[1], s[2], s[3]/2
	cos, sin := make([]T, time*half), make([]T, time*half)
	var known []int64
	other, step := half, 1 // from one of a pair to the other, and from pair to pair
	if o.Interleaved {
		other, step = 1, 2
	}
	return func() {
		if !slices.Equal(known, *positions) {
			known = append(known[:0], *positions...)
			o.turns(known, func(i int, c, s float64) { cos[i], sin[i] = T(c), T(s) }, half)
		}
		for at := 0; at < len(*x); at += 2 * half {
			from, to := (*x)[at:][:2*half], (*y)[at:][:2*half]
			t := at / (2 * half) / heads % time
			for i := range half {
				c, s := cos[t*half+i], sin[t*half+i]
				u, v := from[i*step], from[i*step+other]
				to[i*step] = T(u*c) - T(v*s)
				to[i*step+other] = T(u*s) + T(v*c)
			}
		}
	}
}

// turns calls set with the cosine and sine of each pair at each position.
func (o Rotary) turns(positions []int64, set func(i int, cos, sin float64), half int) {
	for t, p := range positions {
		for i := range half {
			angle := float64(p) * portable.Pow(o.Base, -float64(i)/float64(half))
			s := portable.Sin(angle)
			if o.Inverse {
				s = -s
			}
			set(t*half+i, portable.Cos(angle), s)
		}
	}
}

// Gradient turns the upstream gradient back.
func (o Rotary) Gradient(b *graph.Builder, n *graph.Node, g []*graph.Value) []*graph.Value {
	o.Inverse = !o.Inverse
	return []*graph.Value{b.Apply(o, g[0], n.Inputs[1]), nil}
}
