package rewrite_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// TestTransposedWeights multiplies by constant matrices that are stored transposed: small ones that
// are turned, larger ones that are packed, those of halves, and columns. The bits are those of the
// reference kernels, and no product reads its matrix transposed.
func TestTransposedWeights(t *testing.T) {
	reference, err := tensor.ISAByName("reference")
	require.NoError(t, err)
	oracle := exec.NewEngines(reference, 1)
	engines := exec.NewEngines(tensor.ActiveISA(), 1,
		tensor.WithTuning(tensor.Tuning{MCBytes: 40 * 64 * 4}))
	if tensor.ActiveISA().Name == "generic" { // which rounds twice
		oracle = engines
	}
	for _, c := range []struct {
		k, n   int
		halves bool
		want   string
	}{
		{5, 7, false, "matmul_fused matmul"},
		{40, 64, false, "matmul_packed matmul_packed"},
		{512, 520, true, "matmul_packed matmul_packed"},
		{300, 1, false, "matmul_fused matmul"},
		{1, 9, false, "matmul_fused matmul"},
	} {
		for _, rows := range []int{1, 3} {
			t.Run(fmt.Sprintf("%d×%d×%d", rows, c.n, c.k), func(t *testing.T) {
				r, b := rand.New(rand.NewPCG(uint64(c.k), uint64(c.n))), graph.NewBuilder()
				random := func(n int) []float32 {
					x := make([]float32, n)
					for i := range x {
						if x[i] = float32(r.NormFloat64()); c.halves {
							x[i] = float32(r.IntN(256) - 128)
						}
					}
					return x
				}
				x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(rows, c.k)...))
				w := b.Constant(tensor.ArrayOf(random(c.n*c.k), c.n, c.k))
				bias := b.Constant(tensor.ArrayOf(random(c.n), c.n))
				product := func() *graph.Value { return b.Apply(op.Product{TransposeB: true}, x, w) }
				b.Output("h", op.Apply(b, tensor.Relu, op.Add(b, product(), bias)))
				b.Output("y", product())
				g, err := b.Graph()
				require.NoError(t, err)
				plain, err := exec.Compile(g, oracle, nil)
				require.NoError(t, err)
				inputs := arrays{"x": random(rows * c.k)}
				want := run(t, plain, g, inputs)
				packed, err := rewrite.Run(g, []rewrite.Pass{
					{Name: "epilogue", Run: rewrite.Epilogue}, {Name: "dead", Run: rewrite.Dead}})
				require.NoError(t, err)
				packed, err = rewrite.Pack(packed, engines.Float32, engines.Float64)
				require.NoError(t, err)
				require.Equal(t, c.want, operators(packed))
				for _, n := range packed.Nodes() {
					require.NotContains(t, fmt.Sprintf("%+v", n.Operator), "TransposeB:true")
				}
				p, err := exec.Compile(packed, engines, nil)
				require.NoError(t, err)
				got := run(t, p, g, inputs)
				require.True(t, sameBits(want["h"], got["h"]))
				require.True(t, sameBits(want["y"], got["y"]))
			})
		}
	}
}

// TestMatrixReadBothWays leaves a constant alone by which one product multiplies as it stands, and
// another transposed.
func TestMatrixReadBothWays(t *testing.T) {
	b := graph.NewBuilder()
	w := b.Constant(tensor.NewArray(tensor.Float32Type, 6, 6))
	b.Output("y", op.MatMul(b, b.Apply(op.Product{TransposeB: true}, b.Input("x", matrix(6)), w), w))
	g, err := b.Graph()
	require.NoError(t, err)
	e := exec.NewEngines(tensor.ActiveISA(), 1, tensor.WithTuning(tensor.Tuning{MCBytes: 1}))
	g, err = rewrite.Pack(g, e.Float32, e.Float64)
	require.NoError(t, err)
	require.Equal(t, "matmul matmul", operators(g))
}
