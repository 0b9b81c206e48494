package rewrite_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// spelledRotary turns x as exporters spell it out, the minus being one of two operators.
func spelledRotary(b *graph.Builder, x, cos, sin *graph.Value, minus graph.Operator) *graph.Value {
	last := len(x.Shape()) - 1
	d, _ := x.Shape()[last].Value()
	first, second := op.Slice(b, x, last, 0, d/2, 1), op.Slice(b, x, last, d/2, op.ToEnd, 1)
	h := op.Concat(b, last, b.Apply(minus, second), first)
	return op.Add(b, op.Mul(b, x, cos), op.Mul(b, sin, h))
}

// TestRotary compares rotary positions with and without the pass: one angle a place, a head or a
// sequence, of few rows and of as many as are cut for threads.
func TestRotary(t *testing.T) {
	for _, c := range []struct{ x, cos, sin []int }{
		{[]int{1, 8, 1, 64}, []int{1, 1, 1, 64}, []int{64}},
		{[]int{2, 3, 5, 6}, []int{5, 6}, []int{1, 1, 5, 6}},
		{[]int{2, 3, 5, 6}, []int{2, 1, 5, 6}, []int{3, 1, 6}},
		{[]int{2, 5, 3, 6}, []int{2, 5, 1, 6}, []int{5, 1, 6}},
		{[]int{3, 2}, []int{3, 2}, []int{1, 2}},
		{[]int{4, 2, 300, 128}, []int{300, 128}, []int{4, 1, 300, 128}},
	} {
		for _, minus := range []graph.Operator{op.Mapping{By: op.Neg},
			op.Parametric{Function: tensor.Scale, Alpha: -1}} {
			r, b := rand.New(rand.NewPCG(1, 2)), graph.NewBuilder()
			inputs := arrays{}
			input := func(name string, shape []int) *graph.Value {
				a := tensor.NewArray(tensor.Float32Type, shape...)
				for i := range tensor.Elements[float32](a) {
					tensor.Elements[float32](a)[i] = float32(r.NormFloat64())
				}
				inputs[name] = tensor.Elements[float32](a)
				return b.Input(name, graph.TypeOf[float32](graph.ShapeOf(shape...)...))
			}
			x := input("x", c.x)
			b.Output("y", spelledRotary(b, op.Scale(b, x, 0.5), input("cos", c.cos),
				input("sin", c.sin), minus))
			g, err := b.Graph()
			require.NoError(t, err)
			rewritten, err := rewrite.Run(g, []rewrite.Pass{{Name: "rotary", Run: rewrite.Rotary},
				{Name: "dead", Run: rewrite.Dead}})
			require.NoError(t, err)
			require.Equal(t, "scale turn_halves", operators(rewritten))
			for _, threads := range []int{1, 2} {
				var results []arrays
				for _, g := range []*graph.Graph{g, rewritten} {
					p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), threads,
						tensor.WithFixedPlans()), nil)
					require.NoError(t, err)
					results = append(results, run(t, p, g, inputs))
				}
				require.Equal(t, results[0], results[1], "%v on %d threads", c, threads)
			}
		}
	}
}

// TestRotaryTakesNothingElse leaves sums alone that turn nothing.
func TestRotaryTakesNothingElse(t *testing.T) {
	minus := func(b *graph.Builder, x *graph.Value) *graph.Value { return op.Map(b, op.Neg, x) }
	for name, h := range map[string]func(b *graph.Builder, first, second *graph.Value) *graph.Value{
		"no minus": func(b *graph.Builder, first, second *graph.Value) *graph.Value {
			return op.Concat(b, 1, second, first)
		},
		"a minus before the first half": func(b *graph.Builder, first, second *graph.Value) *graph.Value {
			return op.Concat(b, 1, second, minus(b, first))
		},
		"halves in their order": func(b *graph.Builder, first, second *graph.Value) *graph.Value {
			return op.Concat(b, 1, minus(b, first), second)
		},
		"halves of another value": func(b *graph.Builder, first, second *graph.Value) *graph.Value {
			return op.Concat(b, 1, minus(b, op.Slice(b, op.Scale(b, second, 2), 1, 0, 2, 1)), first)
		},
	} {
		b := graph.NewBuilder()
		input := func(name string) *graph.Value {
			return b.Input(name, graph.TypeOf[float32](graph.ShapeOf(3, 4)...))
		}
		x, cos, sin := input("x"), input("cos"), input("sin")
		first, second := op.Slice(b, x, 1, 0, 2, 1), op.Slice(b, x, 1, -2, op.ToEnd, 1)
		b.Output("y", op.Add(b, op.Mul(b, x, cos), op.Mul(b, h(b, first, second), sin)))
		g, err := b.Graph()
		require.NoError(t, err)
		rewritten, err := rewrite.Rotary(g)
		require.NoError(t, err)
		require.Same(t, g, rewritten, name)
	}
}

func TestTurnHalvesRefuses(t *testing.T) {
	of := func(shape ...int) graph.Type { return graph.TypeOf[float32](graph.ShapeOf(shape...)...) }
	_, err := op.TurnHalves{}.Infer([]graph.Type{of(2, 3, 4), of(3, 4), of(4)})
	require.NoError(t, err)
	for name, in := range map[string][]graph.Type{
		"two inputs":     {of(2, 4), of(2, 4)},
		"an odd length":  {of(2, 3), of(2, 3), of(2, 3)},
		"another length": {of(2, 4), of(2, 1), of(2, 4)},
		"more rows":      {of(2, 4), of(3, 2, 4), of(2, 4)},
		"no dimension":   {of(), of(), of()},
		"float64": {graph.TypeOf[float64](graph.ShapeOf(2)...), graph.TypeOf[float64](graph.ShapeOf(2)...),
			graph.TypeOf[float64](graph.ShapeOf(2)...)},
	} {
		_, err := op.TurnHalves{}.Infer(in)
		require.Error(t, err, name)
	}
}
