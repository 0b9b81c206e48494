package rewrite_test

import (
	"fmt"
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
	affine := func(b quantisedNet, x *graph.Value, times, plus float32) *graph.Value {
		return op.Add(b.Builder, op.Mul(b.Builder, b.scalar(times), x), b.scalar(plus))
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
		"a gate between": {"integer_conv", true, func(b quantisedNet, x *graph.Value) {
			x = affine(b, x, 0.7, -0.25)
			gate := op.Clip(b.Builder, op.Add(b.Builder, x, b.scalar(3)), 0, 6)
			x = op.Div(b.Builder, op.Mul(b.Builder, x, gate), b.scalar(6))
			b.Output("y", b.codes(affine(b, x, 1.5, 0.125), 0.37, -60))
		}},
		"a relu between": {"integer_matmul_packed", false, func(b quantisedNet, x *graph.Value) {
			x = op.Apply(b.Builder, tensor.Relu, affine(b, x, 0.4, 0.5))
			b.Output("y", b.codes(affine(b, x, 3, -1.25), 16, 9))
		}},
		"a clamp before sums": {"integer_conv", true, func(b quantisedNet, x *graph.Value) {
			x = op.Clip(b.Builder, op.Mul(b.Builder, x, b.scalar(0.3)), -2, 5)
			x = op.Add(b.Builder, op.Add(b.Builder, x, b.scalar(0.3)), b.scalar(0.7))
			b.Output("y", b.codes(x, 0.1, 3))
		}},
		"products of products": {"integer_conv", true, func(b quantisedNet, x *graph.Value) {
			x = op.Mul(b.Builder, op.Mul(b.Builder, x, b.scalar(0.3)), b.scalar(0.7))
			b.Output("y", b.codes(op.Mul(b.Builder, x, b.scalar(0.9)), 0.1, 3))
		}},
		"codes of tiny steps": {"integer_conv", true, func(b quantisedNet, x *graph.Value) {
			b.Output("y", b.codes(affine(b, x, 0x1p-70, 0x1p-69), 0x1p-68, 3))
		}},
		"floats of a convolution": {"integer_conv", true, func(b quantisedNet, x *graph.Value) {
			b.Output("y", op.Apply(b.Builder, tensor.Tanh, op.Scale(b.Builder, x, 0.01)))
		}},
		"floats that others need": {"integer_conv chain", true, func(b quantisedNet, x *graph.Value) {
			b.Output("y", b.codes(swish(b, x), 3, -100))
			b.Output("z", x)
		}},
		"an array": {"integer_matmul_packed chain", false, func(b quantisedNet, x *graph.Value) {
			dims, _ := x.Shape().Ints()
			b.Output("y", b.codes(op.Mul(b.Builder, swish(b, x), b.constant(1, dims...)), 3, -100))
		}},
	} {
		for _, columns := range []int{6, 40} { // few columns are not kept in registers
			t.Run(fmt.Sprintf("%s of %d columns", name, columns), func(t *testing.T) {
				b := quantisedNet{graph.NewBuilder(), rand.New(rand.NewPCG(4, 6))}
				c.build(b, b.productOf(columns, c.convolve))
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
}
