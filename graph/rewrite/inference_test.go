package rewrite_test

import (
	"fmt"
	"math"
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
		switch r.IntN(10) {
		case 0, 1:
			c, filters := op.Conv{Sliding: op.Slide(1, 1)}, 2+r.IntN(20)
			h = op.Convolve(b, c, h, constant(filters, channels, 3, 3), nil)
			h = op.Add(b, constant([][]int{{1, filters, 1, 1}, {filters, 1, 1}}[r.IntN(2)]...), h)
		case 2:
			h = op.Convolve(b, op.Conv{}, h, constant(5, channels, 1, 1), constant(5))
			if bounds := [][2]float64{{0, 6}, {-0.3, 0.8}, {-2, -0.5}}; r.IntN(2) == 0 {
				i := r.IntN(len(bounds))
				h = op.Clip(b, h, bounds[i][0], bounds[i][1])
			} else {
				h = op.Apply(b, tensor.Relu, h)
			}
		case 3: // hard swish
			h = op.Div(b, op.Mul(b, h, op.Clip(b, op.Add(b, h, number(3)), 0, 6)), number(6))
		case 4:
			h = op.Sub(b, number(0.5), op.Mul(b, h, constant([][]int{{1}, {1, 1, 1, 1}}[r.IntN(2)]...)))
		case 5:
			h = op.Mul(b, h, op.Apply(b, tensor.Sigmoid, constant(1, channels, 1, 1)))
		case 6:
			index := b.Constant(tensor.ArrayOf([]int64{0, 0, 1, 2, 2, 3}, 6))
			h = op.Gather(b, h, index, 2)
		case 7: // pixels become blocks, or windows overlap
			c, size := op.Conv{Sliding: op.Slide(2, 0)}, 2
			if h.Shape()[3].Is(24) || r.IntN(2) == 0 {
				c.Sliding, size = op.Slide(1, 1), 3
			}
			h = op.ConvolveTransposed(b, c, h, constant(channels, 4, size, size), nil)
			h = op.Apply(b, tensor.Relu, op.Add(b, h, constant(4, 1, 1)))
		case 8: // residual
			skip := h
			h = op.Convolve(b, op.Conv{Sliding: op.Slide(1, 1)}, h, constant(channels, channels, 3, 3),
				nil)
			if r.IntN(2) == 0 {
				skip, h = h, skip
			}
			h = op.Add(b, h, skip)
			if r.IntN(2) == 0 {
				h = op.Apply(b, tensor.Relu, h)
			}
		case 9:
			h = op.Concat(b, 1, h, op.Apply(b, tensor.Tanh, h))
		}
	}
	b.Output("h", h)
	b.Output("sum", op.Add(b, op.Sum(b, h), number(1))) // of no dimensions
	return b.Graph()
}

// TestInferencePassesKeepTheBits compares networks with constant weights, rewritten, in chains and
// with their weights packed, with the same networks run node by node by the reference kernels.
func TestInferencePassesKeepTheBits(t *testing.T) {
	reference, err := tensor.ISAByName("reference")
	require.NoError(t, err)
	oracle, engines := exec.NewEngines(reference, 1), exec.NewEngines(tensor.ActiveISA(), 2)
	if tensor.ActiveISA().Name == "generic" { // which rounds twice
		oracle = engines
	}
	packing := rewrite.NewPacking(engines.Float32, engines.Float64)
	all := append(rewrite.Passes(), rewrite.Pass{Name: "chain", Run: rewrite.Chains},
		rewrite.Pass{Name: "dead", Run: rewrite.Dead}, rewrite.Pass{Name: "pack", Run: packing.Run},
		rewrite.Pass{Name: "convchain", Run: rewrite.ConvChains})
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
			if o, ok := n.Operator.(op.KeptConv); ok && o.Range != (op.Clamp{}) {
				seen[fmt.Sprint("conv_kept, clipped below zero: ", o.Range.High < 0)]++
			}
			if o, ok := n.Operator.(op.KeptConv); ok && o.Chain != nil {
				seen[fmt.Sprint("conv_kept, then an array: ", slices.Contains(o.Chain.Fixed[1:], false))]++
			}
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
	for _, name := range []string{"chain", "conv_kept", "conv_fused",
		"conv_kept, then an array: true", "conv_kept, then an array: false",
		"conv_kept, clipped below zero: true", "conv_kept, clipped below zero: false"} {
		require.NotZero(t, seen[name], name)
	}
}

// TestGatesInChains compares chains with what looks like a hard swish, and what is none, with the
// nodes one by one, by the kernels of every ISA.
func TestGatesInChains(t *testing.T) {
	number := func(b *graph.Builder, v float64) *graph.Value {
		return op.Scalar(b, tensor.Float32Type, v)
	}
	gate := func(shift, low, high, by float64) func(b *graph.Builder, x *graph.Value) *graph.Value {
		return func(b *graph.Builder, x *graph.Value) *graph.Value {
			return op.Div(b, op.Mul(b, x, op.Clip(b, op.Add(b, x, number(b, shift)), low, high)),
				number(b, by))
		}
	}
	for name, build := range map[string]func(b *graph.Builder, x *graph.Value) *graph.Value{
		"hard swish":    gate(3, 0, 6, 6),
		"of one sign":   gate(3, -1, 6, -6),
		"without shift": gate(0, 0, 6, 6),
		"minus zero":    gate(3, math.Copysign(0, -1), 6, 6),
		"twice": func(b *graph.Builder, x *graph.Value) *graph.Value {
			return gate(1, 0, 2, 2)(b, op.Apply(b, tensor.Relu, gate(3, 0, 6, 6)(b, x)))
		},
		"other orders": func(b *graph.Builder, x *graph.Value) *graph.Value {
			return op.Div(b, op.Mul(b, op.Clip(b, op.Add(b, number(b, 3), x), 0, 6), x), number(b, 6))
		},
		"sum needed": func(b *graph.Builder, x *graph.Value) *graph.Value {
			sum := op.Add(b, x, number(b, 3))
			return op.Sub(b, op.Div(b, op.Mul(b, x, op.Clip(b, sum, 0, 6)), number(b, 6)), sum)
		},
		"other factor": func(b *graph.Builder, x *graph.Value) *graph.Value {
			y := op.Apply(b, tensor.Tanh, x)
			return op.Div(b, op.Mul(b, y, op.Clip(b, op.Add(b, x, number(b, 3)), 0, 6)), number(b, 6))
		},
		"dividend": func(b *graph.Builder, x *graph.Value) *graph.Value {
			return op.Div(b, number(b, 6), op.Mul(b, x, op.Clip(b, op.Add(b, x, number(b, 3)), 0, 6)))
		},
		"a row": func(b *graph.Builder, x *graph.Value) *graph.Value {
			row := b.Constant(tensor.ArrayOf([]float32{1, 2, 3, 4, 5, 6, 7}, 7))
			return op.Div(b, op.Mul(b, x, op.Clip(b, op.Add(b, x, row), 0, 6)), row)
		},
	} {
		b := graph.NewBuilder()
		b.Output("y", build(b, b.Input("x", graph.TypeOf[float32](graph.ShapeOf(3, 7)...))))
		g, err := b.Graph()
		require.NoError(t, err)
		chained, err := rewrite.Chains(g)
		require.NoError(t, err)
		x := []float32{0, 3, -3, -2.9999998, 6, 1e-45, float32(math.Inf(1)), float32(math.Inf(-1)),
			float32(math.NaN()), float32(math.Copysign(0, -1)), 1, -1, 2.5, 1e38, -1e38, -3.5, 0.1, 4, 7,
			-6, 3e-39}
		for _, isa := range tensor.AvailableISAs() {
			e := exec.NewEngines(&isa, 1)
			plain, err := exec.Compile(g, e, nil)
			require.NoError(t, err)
			p, err := exec.Compile(chained, e, nil)
			require.NoError(t, err)
			want, got := run(t, plain, g, arrays{"x": x}), run(t, p, g, arrays{"x": x})
			require.True(t, sameBits(want["y"], got["y"]), "%s, %s: %v, not %v", name, isa.Name, got, want)
		}
	}
}
