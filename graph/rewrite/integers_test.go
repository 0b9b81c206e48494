package rewrite_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// integerNet is a product of integers and what follows it.
type integerNet struct {
	name, after string
	build       func(b *graph.Builder, product *graph.Value,
		ofColumns func(d tensor.DType, shape ...int) *graph.Value)
}

var integerNets = []integerNet{
	{"a convolution with a bias of integers", "reshape integer_conv",
		func(b *graph.Builder, y *graph.Value, v func(tensor.DType, ...int) *graph.Value) {
			y = op.Add(b, v(tensor.Int32Type, 1, 5, 1), y)
			b.Output("y", op.Mul(b, op.Cast(b, y, tensor.Float32Type), v(tensor.Float32Type)))
		}},
	{"a convolution with a bias of floats", "reshape integer_conv",
		func(b *graph.Builder, y *graph.Value, v func(tensor.DType, ...int) *graph.Value) {
			y = op.Cast(b, y, tensor.Float32Type)
			y = op.Mul(b, v(tensor.Float32Type, 5, 1), y)
			b.Output("y", op.Add(b, y, v(tensor.Float32Type, 5, 1)))
		}},
	{"a product", "integer_matmul_packed",
		func(b *graph.Builder, y *graph.Value, v func(tensor.DType, ...int) *graph.Value) {
			y = op.Mul(b, op.Cast(b, y, tensor.Float32Type), v(tensor.Float32Type, 1, 1, 1))
			b.Output("y", op.Add(b, y, v(tensor.Float32Type, 5)))
		}},
	{"a product with scales of rows", "integer_matmul_packed",
		func(b *graph.Builder, y *graph.Value, v func(tensor.DType, ...int) *graph.Value) {
			y = op.Mul(b, op.Cast(b, y, tensor.Float32Type), v(tensor.Float32Type, 5))
			y = op.Mul(b, v(tensor.Float32Type, 1, 5, 1), y)
			b.Output("y", op.Add(b, y, v(tensor.Float32Type, 5)))
		}},
	{"two scales of rows, one after a bias", "integer_matmul_packed mul add mul",
		func(b *graph.Builder, y *graph.Value, v func(tensor.DType, ...int) *graph.Value) {
			y = op.Mul(b, op.Cast(b, y, tensor.Float32Type), v(tensor.Float32Type, 1, 5, 1))
			y = op.Mul(b, y, v(tensor.Float32Type, 1, 5, 1))
			b.Output("y", op.Mul(b, op.Add(b, y, v(tensor.Float32Type, 5)), v(tensor.Float32Type, 1, 5, 1)))
		}},
	{"what is needed elsewhere", "integer_matmul_packed cast",
		func(b *graph.Builder, y *graph.Value, v func(tensor.DType, ...int) *graph.Value) {
			y = op.Add(b, y, v(tensor.Int32Type, 5))
			b.Output("y", y)
			b.Output("z", op.Cast(b, y, tensor.Float32Type))
		}},
	{"rows and larger shapes", "integer_matmul_packed add cast cast mul",
		func(b *graph.Builder, y *graph.Value, v func(tensor.DType, ...int) *graph.Value) {
			b.Output("y", op.Cast(b, op.Add(b, y, v(tensor.Int32Type, 1, 5, 1)), tensor.Float32Type))
			b.Output("z", op.Mul(b, op.Cast(b, y, tensor.Float32Type), v(tensor.Float32Type, 2, 1, 1, 1)))
		}},
}

// TestIntegers compares graphs with the pass and without it: operators and bits.
func TestIntegers(t *testing.T) {
	for _, net := range integerNets {
		t.Run(net.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(6, 7))
			b := graph.NewBuilder()
			weights := make([]uint8, 4*5)
			for i := range weights {
				weights[i] = uint8(rng.Uint32())
			}
			w := op.NewIntegerWeights(weights, 4, 5, true, nil)
			x := b.Constant(tensor.ArrayOf([]uint8{1, 2, 3, 200, 9, 0, 255, 4, 5, 6, 7, 8, 3, 3, 1, 0, 9, 9,
				1, 2}, 1, 5, 4))
			zero := b.Constant(tensor.ArrayOf([]uint8{3}))
			product := op.IntegerProduct{Weights: w, To: tensor.Int32Type, Zero: true}
			y := b.Apply(product, x, zero)
			if strings.HasPrefix(net.name, "a convolution") { // of 4 pixels with 5 channels
				product.Weights = op.NewIntegerFilters(weights, tensor.ConvShape{Channels: 1, Filters: 5,
					Kernel: [3]int{1, 1, 4}, Dilation: [3]int{1, 1, 1}}, true, nil)
				o := op.IntegerConv{IntegerProduct: product, Kernel: op.IntsOf(4)}
				y = b.Apply(o, op.Reshape(b, x, 2, 1, 10), zero)
			}
			net.build(b, y, func(d tensor.DType, shape ...int) *graph.Value {
				a := tensor.NewArray(d, shape...)
				for i := range a.Len() {
					if v := rng.IntN(1000); d == tensor.Int32Type {
						tensor.Elements[int32](a)[i] = int32(v)
					} else {
						tensor.Elements[float32](a)[i] = float32(v) / 8
					}
				}
				return b.Constant(a)
			})
			g, err := b.Graph()
			require.NoError(t, err)
			rewritten, err := rewrite.Run(g, []rewrite.Pass{{Name: "integers", Run: rewrite.Integers},
				{Name: "dead", Run: rewrite.Dead}})
			require.NoError(t, err)
			require.Equal(t, net.after, operators(rewritten))
			for _, o := range g.Outputs() {
				require.Equal(t, outputBytes(t, g, o.Name), outputBytes(t, rewritten, o.Name))
			}
		})
	}
}

// outputBytes runs a graph without inputs.
func outputBytes(t *testing.T, g *graph.Graph, name string) []byte {
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	require.NoError(t, p.Run())
	y, err := p.Output(name)
	require.NoError(t, err)
	return slices.Clone(y.Bytes())
}
