package op_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// TestAttentionGradients compares derived gradients with central differences.
func TestAttentionGradients(t *testing.T) {
	for i, c := range []gradientCase{
		{name: "heads", shapes: [][]int{{0, 3, 2, 4}, {0, 5, 2, 4}, {0, 5, 2, 3}},
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.Attend(b, op.Attention{}, x[0], x[1], x[2], nil)
			}},
		{name: "groups, queries at the end, and a mask", low: -1,
			shapes: [][]int{{2, 3, 4, 4}, {2, 5, 2, 4}, {2, 5, 2, 3}, {4, 1, 5}},
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.Attend(b, op.Attention{Causal: true, AtEnd: true}, x[0], x[1], x[2], x[3])
			}},
		{name: "a mask by query", shapes: [][]int{{1, 3, 2, 4}, {1, 5, 2, 4}, {1, 5, 2, 3}, {3, 1}},
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.Attend(b, op.Attention{Scale: 2}, x[0], x[1], x[2], x[3])
			}},
		{name: "one key", shapes: [][]int{{2, 3, 2, 4}, {2, 1, 2, 4}, {2, 1, 2, 3}},
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.Attend(b, op.Attention{}, x[0], x[1], x[2], nil)
			}},
		{name: "rotary", shapes: [][]int{{0, 3, 2, 4}}, f: func(b *graph.Builder, x values) *graph.Value {
			return b.Apply(op.Rotary{Base: 100}, x[0], indices(b, 0, 2, 9))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkGradients(t, c, func(b *graph.Builder, x values) *graph.Value {
				y := c.f(b, x)
				return op.Sum(b, op.Mul(b, y, upstream(b, y)))
			}, uint64(i))
		})
	}
}

// TestAttentionBits compares all ISAs but generic, with one thread and two, and the queries one by
// one with the keys up to them, as a cache has them.
func TestAttentionBits(t *testing.T) {
	const time, heads, d = 5, 2, 7
	var want [][]float32
	for _, isa := range tensor.AvailableISAs() {
		if isa.Name == "generic" {
			continue
		}
		for threads := 1; threads <= 2; threads++ {
			got := runAttention(t, exec.NewEngines(&isa, threads), 0, time)
			if want == nil {
				want = got
			}
			require.True(t, slices.EqualFunc(want, got, slices.Equal[[]float32]), isa.Name)
		}
	}
	for i := range time {
		got := runAttention(t, exec.NewEngines(exactISA(), 1), i, i+1)
		const row = heads * d
		require.Equal(t, want[0][i*row:][:row], got[0], "query %d", i)
	}
}

// runAttention returns the sums of values and the gradients of queries, keys and values for the
// queries of some times and the keys up to them.
func runAttention(t *testing.T, e exec.Engines, from, end int) [][]float32 {
	r := rand.New(rand.NewPCG(3, 4))
	b := graph.NewBuilder()
	var x values
	for i := range 3 {
		data := make([]float32, 5*2*7)
		for j := range data {
			data[j] = r.Float32() - 0.5
		}
		v := b.Constant(tensor.ArrayOf(data, 1, 5, 2, 7))
		start := 0
		if i == 0 {
			start = from
		}
		x = append(x, op.Slice(b, v, 1, start, end, 1))
	}
	y := op.Attend(b, op.Attention{Causal: true, AtEnd: true}, x[0], x[1], x[2], nil)
	b.Output("y", y)
	for i, d := range op.Gradients(b, op.Sum(b, op.Mul(b, y, y)), x...) {
		b.Output(string(rune('0'+i)), d)
	}
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, e, nil)
	require.NoError(t, err)
	require.NoError(t, p.Run())
	require.Zero(t, testing.AllocsPerRun(5, func() { require.NoError(t, p.Run()) }))
	var results [][]float32
	for _, o := range g.Outputs() {
		a, err := p.Output(o.Name)
		require.NoError(t, err)
		results = append(results, slices.Clone(tensor.Elements[float32](a)))
	}
	return results
}
