package rewrite_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// TestIntegerChains compares products and convolutions of integers that end with chains with the
// operators one by one: operators and bits.
func TestIntegerChains(t *testing.T) {
	swish := func(b quantisedNet, x *graph.Value) *graph.Value {
		gate := op.Clip(b.Builder, op.Add(b.Builder, x, b.scalar(3)), 0, 6)
		return op.Scale(b.Builder, op.Mul(b.Builder, x, gate), 1./6)
	}
	for name, c := range map[string]struct {
		after    string
		convolve bool
		build    func(b quantisedNet, x *graph.Value)
	}{
		"codes of a product": {"integer_matmul_packed", false, func(b quantisedNet, x *graph.Value) {
			b.Output("y", b.codes(swish(b, x), 3, 7))
		}},
		"codes of a convolution": {"integer_conv", true, func(b quantisedNet, x *graph.Value) {
			b.Output("y", b.codes(swish(b, x), 3, -100))
		}},
		"floats of a convolution": {"integer_conv", true, func(b quantisedNet, x *graph.Value) {
			b.Output("y", op.Apply(b.Builder, tensor.Tanh, op.Scale(b.Builder, x, 0.01)))
		}},
		"floats that others need": {"integer_conv chain", true, func(b quantisedNet, x *graph.Value) {
			b.Output("y", b.codes(swish(b, x), 3, -100))
			b.Output("z", x)
		}},
		"an array": {"integer_matmul_packed chain", false, func(b quantisedNet, x *graph.Value) {
			b.Output("y", b.codes(op.Mul(b.Builder, swish(b, x), b.constant(1, 2, 6)), 3, -100))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := quantisedNet{graph.NewBuilder(), rand.New(rand.NewPCG(4, 6))}
			c.build(b, b.product(c.convolve))
			g, err := b.Graph()
			require.NoError(t, err)
			rewritten, err := rewrite.Run(g, []rewrite.Pass{{Name: "chain", Run: rewrite.Chains},
				{Name: "dead", Run: rewrite.Dead}, {Name: "convchain", Run: rewrite.ConvChains},
				{Name: "dead", Run: rewrite.Dead}})
			require.NoError(t, err)
			require.Equal(t, c.after, operators(rewritten))
			for _, o := range g.Outputs() {
				want := outputBytes(t, g, o.Name)
				require.Equal(t, want, outputBytes(t, rewritten, o.Name))
				require.NotEqual(t, want[0], want[len(want)-1])
			}
		})
	}
}
