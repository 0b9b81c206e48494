package rewrite_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// inferenceNet returns a random network for images of one shape, as importers get them: weights are
// constants, biases sums of their own, activations written out.
func inferenceNet(seed uint64) (*graph.Graph, error) {
	r, b := rand.New(rand.NewPCG(seed, 8)), graph.NewBuilder()
	constant := func(shape ...int) *graph.Value {
		a := tensor.NewArray(tensor.Float32Type, shape...)
		for i := range tensor.Elements[float32](a) {
			tensor.Elements[float32](a)[i] = float32(r.NormFloat64() * 0.4)
		}
		return b.Constant(a)
	}
	number := func(v float64) *graph.Value { return op.Scalar(b, tensor.Float32Type, v) }
	h := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(1+r.IntN(2), 1+r.IntN(3), 5, 6)...))
	for range 2 + r.IntN(8) {
		shape, _ := h.Shape().Ints()
		channels := shape[1]
		switch r.IntN(8) {
		case 0, 1:
			c, filters := op.Conv{Sliding: op.Slide(1, 1)}, 2+r.IntN(20)
			h = op.Convolve(b, c, h, constant(filters, channels, 3, 3), nil)
			h = op.Add(b, constant([][]int{{1, filters, 1, 1}, {filters, 1, 1}}[r.IntN(2)]...), h)
		case 2:
			h = op.Convolve(b, op.Conv{}, h, constant(5, channels, 1, 1), constant(5))
			h = op.Apply(b, tensor.Relu, h)
		case 3: // hard swish
			h = op.Div(b, op.Mul(b, h, op.Clip(b, op.Add(b, h, number(3)), 0, 6)), number(6))
		case 4:
			h = op.Sub(b, number(0.5), op.Mul(b, h, constant(1)))
		case 5:
			h = op.Mul(b, h, op.Apply(b, tensor.Sigmoid, constant(1, channels, 1, 1)))
		case 6:
			index := b.Constant(tensor.ArrayOf([]int64{0, 0, 1, 2, 2, 3}, 6))
			h = op.Gather(b, h, index, 2)
		case 7:
			h = op.Concat(b, 1, h, op.Apply(b, tensor.Tanh, h))
		}
	}
	b.Output("h", h)
	b.Output("sum", op.Add(b, op.Sum(b, h), number(1))) // of no dimensions
	return b.Graph()
}

// TestInferencePassesKeepTheBits compares networks with constant weights, rewritten, in chains and with
// their weights packed, with the same networks run node by node by the reference kernels.
func TestInferencePassesKeepTheBits(t *testing.T) {
	reference, err := tensor.ISAByName("reference")
	require.NoError(t, err)
	oracle, engines := exec.NewEngines(reference, 1), exec.NewEngines(tensor.ActiveISA(), 2)
	if tensor.ActiveISA().Name == "generic" { // which rounds twice
		oracle = engines
	}
	packing := rewrite.NewPacking(engines.Float32, engines.Float64)
	all := append(rewrite.Passes(), rewrite.Pass{Name: "chain", Run: rewrite.Chains},
		rewrite.Pass{Name: "pack", Run: packing.Run})
	seen := map[string]int{}
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 9))
		passes := slices.DeleteFunc(slices.Clone(all), func(rewrite.Pass) bool { return r.IntN(7) == 0 })
		g, err := inferenceNet(seed)
		require.NoError(t, err, "seed %d", seed)
		shape, _ := g.Inputs()[0].Shape().Ints()
		x := make([]float32, shape[0]*shape[1]*shape[2]*shape[3])
		for i := range x {
			x[i] = float32(3 * r.NormFloat64())
		}
		plain, err := exec.Compile(g, oracle, nil)
		require.NoError(t, err, "seed %d", seed)
		want := run(t, plain, g, arrays{"x": x})
		rewritten, err := rewrite.Run(g, passes)
		require.NoError(t, err, "seed %d", seed)
		for _, n := range rewritten.Nodes() {
			seen[n.Operator.Name()]++
		}
		p, err := exec.Compile(rewritten, engines, nil)
		require.NoError(t, err, "seed %d", seed)
		for range 2 {
			got := run(t, p, g, arrays{"x": x})
			if !sameBits(want["h"], got["h"]) || !sameBits(want["sum"], got["sum"]) {
				t.Fatalf("seed %d: %v, not %v", seed, got, want)
			}
		}
		require.Zero(t, testing.AllocsPerRun(5, func() { require.NoError(t, p.Run()) }))
	}
	for _, name := range []string{"chain", "conv_kept"} {
		require.NotZero(t, seen[name], name)
	}
}
