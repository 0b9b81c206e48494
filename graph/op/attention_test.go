package op_test

import (
	"math"
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

// TestCausalBlocks compares attention that leaves out blocks of what is masked with attention by a
// mask that says the same, on all ISAs but generic and on two threads, and gradients as well.
func TestCausalBlocks(t *testing.T) {
	for _, c := range []struct{ m, n, heads, groups, d, e int }{
		{64, 64, 1, 1, 3, 5}, {130, 130, 4, 2, 16, 16}, {70, 95, 2, 1, 1, 2}, {95, 70, 2, 2, 8, 1},
		{1100, 64, 1, 1, 4, 4}, {64, 1100, 2, 2, 4, 4},
	} {
		for _, atEnd := range []bool{false, true} {
			o := op.Attention{Causal: true, AtEnd: atEnd}
			shapes := [][]int{{2, c.m, c.heads, c.d}, {2, c.n, c.groups, c.d}, {2, c.n, c.groups, c.e}}
			mask := make([]bool, c.m*c.n)
			for i := range mask {
				behind := 0
				if atEnd {
					behind = c.n - c.m
				}
				mask[i] = i%c.n <= i/c.n+behind
			}
			want := attentionOf(t, exec.NewEngines(exactISA(), 1), op.Attention{}, shapes,
				tensor.ArrayOf(mask, 1, 1, c.m, c.n), 0)
			for _, isa := range tensor.AvailableISAs() {
				for threads := 1; threads <= 2 && isa.Name != "generic"; threads++ {
					got := attentionOf(t, exec.NewEngines(&isa, threads), o, shapes, nil, 0)
					require.Equal(t, want, got, "%v, at the end %v, %s", c, atEnd, isa.Name)
				}
			}
		}
	}
}

// TestCausalBlocksOfNaN gives a last key and value of NaN: queries of other blocks don't see it,
// and nothing of it is left for the next run.
func TestCausalBlocksOfNaN(t *testing.T) {
	shapes := [][]int{{1, 70, 2, 3}, {1, 70, 2, 3}, {1, 70, 2, 3}}
	e := exec.NewEngines(exactISA(), 1)
	o := op.Attention{Causal: true}
	want, got := attentionOf(t, e, o, shapes, nil, 0), attentionOf(t, e, o, shapes, nil, 1)
	require.Equal(t, want[0][:64*6], got[0][:64*6])
	require.NotEqual(t, want[0][69*6:], got[0][69*6:])
	require.Equal(t, want, attentionOf(t, e, o, shapes, nil, 2), "after a run with NaN")
}

// attentionOf returns the sums of values and the gradients of random queries, keys and values. With
// nan they have a last value and query of NaN: 1 in the only run, 2 in one before.
func attentionOf(t *testing.T, e exec.Engines, o op.Attention, shapes [][]int, mask *tensor.Array,
	nan int) [][]float32 {
	r := rand.New(rand.NewPCG(5, 6))
	b := graph.NewBuilder()
	var x values
	var inputs [][]float32
	for i, shape := range shapes {
		data := make([]float32, shape[0]*shape[1]*shape[2]*shape[3])
		for j := range data {
			data[j] = r.Float32() - 0.5
		}
		inputs = append(inputs, data)
		x = append(x, b.Input(string(rune('a'+i)), graph.TypeOf[float32](graph.ShapeOf(shape...)...)))
	}
	var masked *graph.Value
	if mask != nil {
		masked = b.Constant(mask)
	}
	y := op.Attend(b, o, x[0], x[1], x[2], masked)
	b.Output("y", y)
	for i, d := range op.Gradients(b, op.Sum(b, op.Mul(b, y, y)), x...) {
		b.Output(string(rune('0'+i)), d)
	}
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, e, nil)
	require.NoError(t, err)
	run := func(nan bool) (results [][]float32) {
		for i, data := range inputs {
			data = slices.Clone(data)
			if nan {
				data[len(data)-1] = float32(math.NaN())
			}
			in, err := p.Input(string(rune('a' + i)))
			require.NoError(t, err)
			copy(tensor.Elements[float32](in), data)
		}
		require.NoError(t, p.Run())
		for _, o := range g.Outputs() {
			a, err := p.Output(o.Name)
			require.NoError(t, err)
			results = append(results, slices.Clone(tensor.Elements[float32](a)))
		}
		return results
	}
	if nan == 2 {
		run(true)
	}
	return run(nan == 1)
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

// TestFusedAttentionRefuses gives it views beyond their arrays.
func TestFusedAttentionRefuses(t *testing.T) {
	view := func(rows, columns int) op.HeadView {
		return op.HeadView{At: []int{0, rows * columns}, Row: columns, Column: 1}
	}
	in := []graph.Type{graph.TypeOf[float32](graph.ShapeOf(2, 3, 5)...),
		graph.TypeOf[float32](graph.ShapeOf(2, 4, 5)...),
		graph.TypeOf[float32](graph.ShapeOf(2, 4, 6)...), graph.TypeOf[bool](graph.ShapeOf(4)...)}
	for name, change := range map[string]func(o *op.HeadsProgram){
		"":                   func(*op.HeadsProgram) {},
		"queries":            func(o *op.HeadsProgram) { o.Queries.Row++ },
		"keys":               func(o *op.HeadsProgram) { o.Keys.At[1]++ },
		"values of one head": func(o *op.HeadsProgram) { o.Values.At = o.Values.At[:1] },
		"sums":               func(o *op.HeadsProgram) { o.Shape = graph.ShapeOf(2, 3, 5) },
		"a mask":             func(o *op.HeadsProgram) { o.Masks[0].View.Row = 1 },
		"no mask":            func(o *op.HeadsProgram) { o.Masks = nil },
	} {
		o := op.FusedAttention{HeadsProgram: &op.HeadsProgram{M: 3, N: 4, D: 5, E: 6,
			Queries: view(3, 5), Keys: view(4, 5), Values: view(4, 6), Sums: view(3, 6),
			Shape: graph.ShapeOf(2, 3, 6), Masks: []op.ScoreMask{{Kind: op.FilledMask,
				View: op.HeadView{At: make([]int, 2), Column: 1}}}}}
		change(o.HeadsProgram)
		_, err := o.Infer(in)
		require.Equal(t, name == "", err == nil, name)
	}
}
