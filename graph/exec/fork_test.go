package exec_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/internal/graphtest"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// TestBranchesKeepTheBits trains by generated graphs, branch beside branch and in turns, and
// compares all outputs and variables with those of one node after the other.
func TestBranchesKeepTheBits(t *testing.T) {
	seeds, forked := 400, 0
	if testing.Short() {
		seeds = 60
	}
	one, two := exec.NewEngines(tensor.ActiveISA(), 1), exec.NewEngines(tensor.ActiveISA(), 2)
	for seed := range uint64(seeds) {
		var results [3]map[string]any
		for way := range results {
			g, err := graphtest.Generate(seed)
			require.NoError(t, err)
			rewritten := g.Graph
			if seed%2 == 0 {
				rewritten, err = rewrite.All(g.Graph)
				require.NoError(t, err)
			}
			var p *exec.Program
			if way == 0 {
				p, err = exec.Compile(rewritten, one, g.Shapes)
			} else {
				var forks []int
				p, forks, err = exec.CompileForked(rewritten, two, g.Shapes, way == 1)
				forked += len(forks)
			}
			require.NoError(t, err)
			results[way] = trained(t, g, p)
		}
		require.Equal(t, results[0], results[1], "seed %d, in turns", seed)
		require.Equal(t, results[0], results[2], "seed %d, side by side", seed)
	}
	require.Greater(t, forked, seeds/4)
}

// trained runs a program a few times, and returns the outputs and the variables.
func trained(t *testing.T, g graphtest.Generated, p *exec.Program) map[string]any {
	result := map[string]any{}
	for step := range 3 {
		for name, data := range g.Inputs(uint64(step)) {
			x, err := p.Input(name)
			require.NoError(t, err)
			copy(tensor.Elements[float32](x), data)
		}
		require.NoError(t, p.Run())
		for _, o := range g.Graph.Outputs() {
			y, err := p.Output(o.Name)
			require.NoError(t, err)
			result[fmt.Sprint(o.Name, step)] = fmt.Sprintf("%x", y.Bytes())
		}
	}
	for _, v := range g.Graph.Sources() {
		if v.Kind() == graph.VariableValue {
			result[v.Name()] = fmt.Sprintf("%x", v.Variable().Value.Bytes())
		}
	}
	return result
}

// towers returns the graph of two chains of layers over one input, whose outputs are joined.
func towers(t testing.TB, layers, width int) *graph.Graph {
	b := graph.NewBuilder()
	r := rand.New(rand.NewPCG(1, 2))
	x := b.Input("x", graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(width)))
	var ends []*graph.Value
	for range 2 {
		h := x
		for range layers {
			w := make([]float32, width*width)
			for i := range w {
				w[i] = float32(r.NormFloat64()) / 16
			}
			weight := b.Constant(tensor.ArrayOf(w, width, width))
			h = op.Apply(b, tensor.Tanh, op.MatMul(b, h, weight))
		}
		ends = append(ends, h)
	}
	b.Output("y", op.Apply(b, tensor.Relu, op.Concat(b, 1, ends...)))
	g, err := b.Graph()
	require.NoError(t, err)
	g, err = rewrite.All(g)
	require.NoError(t, err)
	return g
}

// TestForksOfTowers checks what is found independent: each chain, if it does enough, where there
// are threads.
func TestForksOfTowers(t *testing.T) {
	shapes := map[string][]int{"x": {16, 32}}
	g := towers(t, 3, 32)
	two := exec.NewEngines(tensor.ActiveISA(), 2)
	_, forks, err := exec.CompileForked(g, two, shapes, true)
	require.NoError(t, err)
	require.Equal(t, []int{2}, forks)
	for _, e := range []exec.Engines{exec.NewEngines(tensor.ActiveISA(), 1),
		exec.NewEngines(tensor.ActiveISA(), 2, tensor.WithFixedPlans())} {
		_, forks, err = exec.CompileForked(g, e, shapes, true)
		require.NoError(t, err)
		require.Empty(t, forks)
	}
	small, err := exec.Compile(g, two, shapes)
	require.NoError(t, err)
	serial, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), shapes)
	require.NoError(t, err)
	require.Equal(t, serial.ArenaBytes(), small.ArenaBytes(), "too little work for a fork")
}

// TestBranchesThatFail checks that the error is that of the first node in order, whichever branch
// fails first, and that the next run is a whole one again.
func TestBranchesThatFail(t *testing.T) {
	b := graph.NewBuilder()
	table := b.Constant(tensor.ArrayOf([]float32{1, 2, 3}, 3))
	indices := b.Input("i", graph.TypeOf[int64](graph.Fixed(2)))
	deep := op.Gather(b, table, op.Add(b, indices, indices), 0)
	b.Output("sum", op.Add(b, deep, op.Gather(b, table, indices, 0)))
	g, err := b.Graph()
	require.NoError(t, err)
	e := exec.NewEngines(tensor.ActiveISA(), 2)
	for _, inTurns := range []bool{true, false} {
		p, forks, err := exec.CompileForked(g, e, nil, inTurns)
		require.NoError(t, err)
		require.Equal(t, []int{2}, forks)
		i, err := p.Input("i")
		require.NoError(t, err)
		for range 50 {
			tensor.SetElements(i, []int64{0, 7})
			require.ErrorContains(t, p.Run(), "node 1 (gather): index 1, which is 14,")
			tensor.SetElements(i, []int64{0, 2})
			require.ErrorContains(t, p.Run(), "node 1 (gather): index 1, which is 4,")
			tensor.SetElements(i, []int64{0, 1})
			require.NoError(t, p.Run())
			y, err := p.Output("sum")
			require.NoError(t, err)
			require.Equal(t, []float32{2, 5}, tensor.Elements[float32](y))
		}
	}
}

// BenchmarkTowers runs two independent chains of layers on one thread, with each product on all,
// and by the way that is chosen of these and a thread a chain.
func BenchmarkTowers(b *testing.B) {
	for _, size := range [][2]int{{8, 128}, {64, 128}, {64, 512}} {
		rows, width := size[0], size[1]
		g := towers(b, 4, width)
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%dx%d/threads=%d", rows, width, threads), func(b *testing.B) {
				p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), threads),
					map[string][]int{"x": {rows, width}})
				require.NoError(b, err)
				for b.Loop() {
					if err := p.Run(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(p.ArenaBytes()), "arena-bytes")
			})
		}
	}
}
