package rewrite_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/internal/race"
	"simdnn/tensor"
)

// bandedNet returns a random network of convolutions of images that are large for a cache of 32 KiB.
func bandedNet(seed uint64) (*graph.Graph, error) {
	r, b := rand.New(rand.NewPCG(seed, 3)), graph.NewBuilder()
	constant := func(shape ...int) *graph.Value {
		a := tensor.NewArray(tensor.Float32Type, shape...)
		for i := range tensor.Elements[float32](a) {
			tensor.Elements[float32](a)[i] = float32(r.NormFloat64() * 0.4)
		}
		return b.Constant(a)
	}
	h := b.Input("x",
		graph.TypeOf[float32](graph.ShapeOf(1+r.IntN(3), 8+r.IntN(9), 28+r.IntN(9), 21+r.IntN(9))...))
	for range 2 + r.IntN(5) {
		shape, _ := h.Shape().Ints()
		channels, filters, skip := shape[1], 8+r.IntN(14), h
		var bias *graph.Value
		if r.IntN(2) == 0 {
			bias = constant(filters)
		}
		switch r.IntN(4) {
		case 0:
			size := 2 + r.IntN(2)
			c := op.Conv{Sliding: op.Slide(1, 1)}
			h = op.Convolve(b, c, h, constant(filters, channels, size, size), bias)
		case 1:
			h = op.Convolve(b, op.Conv{}, h, constant(filters, channels, 1, 1), bias)
		default:
			size := 3 + 2*r.IntN(2)
			c := op.Conv{Sliding: op.Slide(1+r.IntN(5)/4, size/2), Groups: channels}
			if bias != nil {
				bias = constant(channels)
			}
			h = op.Convolve(b, c, h, constant(channels, 1, size, size), bias)
		}
		switch r.IntN(4) {
		case 0:
			h = op.Clip(b, h, 0, 6)
		case 1:
			h = op.Add(b, op.Mul(b, op.Apply(b, tensor.Tanh, h), constant(1)), constant(1))
		case 2:
			if h.Shape().Equal(skip.Shape()) {
				h = op.Add(b, h, skip)
			}
		}
	}
	if shape, _ := h.Shape().Ints(); r.IntN(2) == 0 { // pixels with gaps between them
		shape[1] = 3
		h = op.Concat(b, 1, constant(shape...), h)
	}
	b.Output("h", h)
	return b.Graph()
}

// countBands counts kinds of bands.
func countBands(seen map[string]int, g *graph.Graph) {
	for _, n := range g.Nodes() {
		o, ok := n.Operator.(op.ConvBands)
		if !ok {
			continue
		}
		seen["bands"]++
		seen[fmt.Sprint("of two: ", len(o.Stages.Convs) == 2)]++
		for _, c := range o.Stages.Convs {
			if c.Chain != nil {
				seen[fmt.Sprint("array: ", slices.Contains(c.Chain.Fixed[1:], false))]++
			}
		}
	}
}

// TestBandsOfConvolutionsKeepTheBits compares networks in bands with the same ones, convolution by
// convolution, by the kernels of every ISA and on several threads.
func TestBandsOfConvolutionsKeepTheBits(t *testing.T) {
	tuning := tensor.WithTuning(tensor.Tuning{Caches: tensor.Caches{L1: 8 << 10, L2: 32 << 10},
		ThreadWork: 1 << 10})
	seen := map[string]int{}
	for _, isa := range tensor.AvailableISAs() {
		isActive, nets := isa.Name == tensor.ActiveISA().Name, uint64(10)
		switch {
		case isActive:
			nets = 32
		case race.Enabled: // which takes ten times as long
			continue
		}
		for seed := range nets {
			r := rand.New(rand.NewPCG(seed, 4))
			g, err := bandedNet(seed)
			require.NoError(t, err, "seed %d", seed)
			engines := exec.NewEngines(&isa, 1+int(seed%3), tuning)
			packing := rewrite.NewPacking(engines.Float32, engines.Float64)
			passes := append(rewrite.Imported(), rewrite.Pass{Name: "pack", Run: packing.Run},
				rewrite.Pass{Name: "convchain", Run: rewrite.ConvChains},
				rewrite.Pass{Name: "dead", Run: rewrite.Dead})
			whole, err := rewrite.Run(g, passes)
			require.NoError(t, err, "seed %d", seed)
			banded, err := packing.ConvBands(whole)
			require.NoError(t, err, "seed %d", seed)
			countBands(seen, banded)
			p, err := exec.Compile(whole, engines, nil)
			require.NoError(t, err, "seed %d", seed)
			q, err := exec.Compile(banded, engines, nil)
			require.NoError(t, err, "seed %d", seed)
			if operators(whole) != operators(banded) && p.ArenaBytes() > q.ArenaBytes() {
				seen["less memory"]++
			}
			shape, _ := g.Inputs()[0].Shape().Ints()
			x := make([]float32, shape[0]*shape[1]*shape[2]*shape[3])
			for range 2 {
				for i := range x {
					x[i] = float32(3 * r.NormFloat64())
				}
				want, got := run(t, p, g, arrays{"x": x}), run(t, q, g, arrays{"x": x})
				require.True(t, sameBits(want["h"], got["h"]), "%s, seed %d", isa.Name, seed)
			}
			allocs := func(p *exec.Program) float64 {
				return testing.AllocsPerRun(5, func() { require.NoError(t, p.Run()) })
			}
			if engines.Float32.Threads() == 1 && allocs(p) == 0 { // some kernels in Go do allocate
				require.Zero(t, allocs(q), "%s, seed %d", isa.Name, seed)
			}
		}
	}
	for _, kind := range []string{"bands", "of two: true", "of two: false", "array: true",
		"array: false", "less memory"} {
		require.NotZero(t, seen[kind], "%s: %v", kind, seen)
	}
}
