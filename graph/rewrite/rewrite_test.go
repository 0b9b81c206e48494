package rewrite_test

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/internal/graphtest"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// TestPassesKeepTheBits compares compiled graphs, with some passes and with others, with the same
// graph run node by node by the reference kernels: outputs, and parameters after some steps.
func TestPassesKeepTheBits(t *testing.T) {
	graphs := 600
	if testing.Short() {
		graphs = 100
	}
	reference, err := tensor.ISAByName("reference")
	require.NoError(t, err)
	oracle := exec.NewEngines(reference, 1)
	engines := exec.NewEngines(tensor.ActiveISA(), 2)
	if tensor.ActiveISA().Name == "generic" { // which rounds twice
		oracle = engines
	}
	for seed := range uint64(graphs) {
		r := rand.New(rand.NewPCG(seed, 4))
		passes := slices.DeleteFunc(rewrite.Passes(), func(rewrite.Pass) bool { return r.IntN(4) == 0 })
		want := train(t, seed, func(g graphtest.Generated, inputs map[string][]float32) map[string][]float32 {
			outputs, err := graphtest.Interpret(g.Graph, oracle, inputs, g.Shapes)
			require.NoError(t, err)
			return outputs
		})
		var program *exec.Program
		got := train(t, seed, func(g graphtest.Generated, inputs map[string][]float32) map[string][]float32 {
			if program == nil {
				rewritten, err := rewrite.Run(g.Graph, passes)
				require.NoError(t, err, "seed %d", seed)
				program, err = exec.Compile(rewritten, engines, g.Shapes)
				require.NoError(t, err, "seed %d", seed)
			}
			return run(t, program, g.Graph, inputs)
		})
		for name := range want {
			if !sameBits(want[name], got[name]) {
				t.Fatalf("seed %d: %s: %v, not %v", seed, name, got[name], want[name])
			}
		}
	}
}

// sameBits reports whether two slices hold the same numbers, NaN being one of them.
func sameBits(x, y []float32) bool {
	return slices.EqualFunc(x, y, func(x, y float32) bool {
		return math.Float32bits(x) == math.Float32bits(y) || x != x && y != y
	})
}

// train runs a generated graph three times and returns its outputs and its parameters afterwards.
func train(t *testing.T, seed uint64,
	step func(graphtest.Generated, map[string][]float32) map[string][]float32) map[string][]float32 {
	g, err := graphtest.Generate(seed)
	require.NoError(t, err, "seed %d", seed)
	all := map[string][]float32{}
	for i := range uint64(3) {
		maps.Copy(all, step(g, g.Inputs(i)))
	}
	for _, v := range g.Graph.Variables() {
		all[v.Name] = tensor.Elements[float32](v.Value)
	}
	return all
}

// run runs a program and returns its outputs.
func run(t *testing.T, p *exec.Program, g *graph.Graph,
	inputs map[string][]float32) map[string][]float32 {
	for name, data := range inputs {
		a, err := p.Input(name)
		require.NoError(t, err)
		tensor.SetElements(a, data)
	}
	require.NoError(t, p.Run())
	outputs := map[string][]float32{}
	for _, o := range g.Outputs() {
		a, err := p.Output(o.Name)
		require.NoError(t, err)
		outputs[o.Name] = slices.Clone(tensor.Elements[float32](a))
	}
	return outputs
}

// operators returns the names of the graph's operators.
func operators(g *graph.Graph) string {
	var names []string
	for _, n := range g.Nodes() {
		names = append(names, n.Operator.Name())
	}
	return strings.Join(names, " ")
}

// matrix returns the type of a float32 matrix with the batch as its rows.
func matrix(columns int) graph.Type {
	return graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(columns))
}

// parameter returns the value of a new parameter.
func parameter(b *graph.Builder, name string, shape ...int) *graph.Value {
	return b.Variable(&graph.Variable{Name: name, Value: tensor.NewArray(tensor.Float32Type, shape...)})
}

// TestWhatPassesDo shows the operators before and after each pass.
func TestWhatPassesDo(t *testing.T) {
	for _, c := range []struct {
		name          string
		pass          func(*graph.Graph) (*graph.Graph, error)
		build         func(b *graph.Builder)
		before, after string
	}{
		{"dead", rewrite.Dead, func(b *graph.Builder) {
			x := b.Input("x", matrix(3))
			op.Apply(b, tensor.Exp, op.Scale(b, x, 2))
			b.Output("y", op.Apply(b, tensor.Relu, x))
		}, "scale exp relu", "relu"},
		{"common", rewrite.Common, func(b *graph.Builder) {
			x := b.Input("x", matrix(3))
			b.Output("y", op.Add(b, op.Scale(b, op.Apply(b, tensor.Exp, x), 2),
				op.Scale(b, op.Apply(b, tensor.Exp, x), 3)))
		}, "exp scale exp scale add", "exp scale scale add"},
		{"epilogue", rewrite.Epilogue, func(b *graph.Builder) {
			x := b.Input("x", matrix(3))
			h := op.Add(b, op.MatMul(b, x, parameter(b, "w", 3, 4)), parameter(b, "b", 4))
			b.Output("y", op.Apply(b, tensor.Relu, h))
		}, "matmul add relu", "matmul matmul_fused matmul_fused"},
		{"epilogue, bias first", rewrite.Epilogue, func(b *graph.Builder) {
			x := b.Input("x", matrix(3))
			b.Output("y", op.Add(b, parameter(b, "b", 4), op.MatMul(b, x, parameter(b, "w", 3, 4))))
		}, "matmul add", "matmul matmul_fused"},
		{"epilogue, others need the product", rewrite.Epilogue, func(b *graph.Builder) {
			h := op.MatMul(b, b.Input("x", matrix(3)), parameter(b, "w", 3, 4))
			b.Output("y", op.Add(b, h, parameter(b, "b", 4)))
			b.Output("h", h)
		}, "matmul add", "matmul add"},
		{"columnsum", rewrite.ColumnSum, func(b *graph.Builder) {
			x := b.Input("x", matrix(3))
			w, bias := parameter(b, "w", 3, 4), parameter(b, "b", 4)
			h := op.Add(b, op.MatMul(b, x, w), bias)
			d := op.Gradients(b, op.Sum(b, h), w, bias)
			b.Output("dw", d[0])
			b.Output("db", d[1])
		}, "matmul add reduce_sum expand_axes reduce_sum matmul matmul",
			"matmul add reduce_sum expand_axes matmul_sums matmul"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := graph.NewBuilder()
			c.build(b)
			g, err := b.Graph()
			require.NoError(t, err)
			require.Equal(t, c.before, operators(g))
			g, err = c.pass(g)
			require.NoError(t, err)
			require.Equal(t, c.after, operators(g))
		})
	}
}
