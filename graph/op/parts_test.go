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

// TestElementwiseOnThreads compares functions of so many elements that threads share them, and
// their gradients, with those on one thread.
func TestElementwiseOnThreads(t *testing.T) {
	const n = 3<<16 + 77
	r := rand.New(rand.NewPCG(8, 9))
	draw := func() *tensor.Array {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		return tensor.ArrayOf(x, n)
	}
	b := graph.NewBuilder()
	x, y := b.Constant(draw()), b.Constant(draw())
	z := op.Mul(b, op.Apply(b, tensor.Relu, x), op.Apply(b, tensor.Tanh, op.Sub(b, x, y)))
	b.Output("z", z)
	b.Output("gradient", op.Gradients(b, op.Sum(b, op.Mul(b, z, y)), x)[0])
	g, err := b.Graph()
	require.NoError(t, err)
	var want [][]float32
	for threads := 1; threads <= 3; threads++ {
		p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), threads), nil)
		require.NoError(t, err)
		require.NoError(t, p.Run())
		require.Zero(t, testing.AllocsPerRun(5, func() { require.NoError(t, p.Run()) }))
		var got [][]float32
		for _, o := range g.Outputs() {
			a, err := p.Output(o.Name)
			require.NoError(t, err)
			got = append(got, slices.Clone(tensor.Elements[float32](a)))
		}
		if want == nil {
			want = got
		}
		require.True(t, slices.EqualFunc(want, got, slices.Equal[[]float32]), "%d threads", threads)
	}
}
