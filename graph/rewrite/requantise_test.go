package rewrite_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// codes returns x quantised around a zero point.
func (b quantisedNet) codes(x *graph.Value, scale float32, zero int8) *graph.Value {
	return b.Apply(op.Quantize{To: tensor.Int8Type}, x, b.scalar(scale),
		b.Constant(tensor.ArrayOf([]int8{zero})))
}

// productOf returns one of integers as floats, of (2, 4) by (4, columns), with scales and a bias that
// is a multiple of them.
func (b quantisedNet) productOf(columns int, convolves bool) *graph.Value {
	rows, weights := make([]uint8, 8), make([]uint8, 4*columns)
	for i := range weights {
		weights[i], rows[i%8] = uint8(b.rng.Uint32()), uint8(b.rng.Uint32())
	}
	scales, bias := make([]float32, columns), make([]float32, columns)
	for j := range scales {
		scales[j] = float32(1+b.rng.IntN(9)) / 256
		bias[j] = scales[j] * float32(b.rng.IntN(20000)-10000)
	}
	o := op.IntegerProduct{Weights: op.NewIntegerWeights(weights, 4, columns, true, nil),
		To: tensor.Float32Type, Zero: true, Scale: true, Bias: true}
	in := []*graph.Value{b.Constant(tensor.ArrayOf(rows, 2, 4)),
		b.Constant(tensor.ArrayOf([]uint8{99})), b.Constant(tensor.ArrayOf(scales, columns)),
		b.Constant(tensor.ArrayOf(bias, columns))}
	if !convolves {
		return b.Apply(o, in...)
	}
	o.Weights = op.NewIntegerFilters(weights, tensor.ConvShape{Channels: 4, Filters: columns,
		Kernel: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}}, true, nil)
	in[0] = b.Constant(tensor.ArrayOf(rows, 1, 4, 2))
	return b.Apply(op.IntegerConv{IntegerProduct: o, Kernel: op.IntsOf(1)}, in...)
}

// product is that of six columns.
func (b quantisedNet) product(convolves bool) *graph.Value { return b.productOf(6, convolves) }

var requantisedNets = []struct {
	name, after string
	build       func(b quantisedNet)
}{
	{"a product", "integer_matmul_packed", func(b quantisedNet) {
		b.Output("y", b.codes(b.product(false), 2, 3))
	}},
	{"a convolution with a relu", "integer_conv", func(b quantisedNet) {
		b.Output("y", b.codes(op.Apply(b.Builder, tensor.Relu, b.product(true)), 2, -100))
	}},
	{"a convolution with a clip", "integer_conv", func(b quantisedNet) {
		b.Output("y", b.codes(op.Clip(b.Builder, b.product(true), -30, 99), 2, -9))
	}},
	{"floats that others need", "integer_matmul_packed quantize", func(b quantisedNet) {
		y := b.product(false)
		b.Output("z", y)
		b.Output("y", b.codes(y, 2, 3))
	}},
	{"another function", "integer_matmul_packed tanh quantize", func(b quantisedNet) {
		b.Output("y", b.codes(op.Apply(b.Builder, tensor.Tanh, b.product(false)), 0.01, 3))
	}},
	{"floats that are moved and joined",
		"integer_matmul_packed gather integer_matmul_packed concat transpose", func(b quantisedNet) {
			rows := b.Constant(tensor.ArrayOf([]int64{1, 0, 0}, 3))
			x := op.Gather(b.Builder, b.product(false), rows, 0)
			x = op.Concat(b.Builder, 0, x, op.Apply(b.Builder, tensor.Relu, b.product(false)))
			b.Output("y", b.codes(op.Permute(b.Builder, x, 1, 0), 2, 3))
		}},
	{"joined floats that others need", "integer_matmul_packed integer_matmul_packed concat quantize",
		func(b quantisedNet) {
			x := op.Concat(b.Builder, 0, b.product(false), b.product(false))
			b.Output("z", x)
			b.Output("y", b.codes(x, 2, 3))
		}},
	{"few of the floats", "integer_matmul_packed gather quantize", func(b quantisedNet) {
		row := b.Constant(tensor.ArrayOf([]int64{1}, 1))
		b.Output("y", b.codes(op.Gather(b.Builder, b.product(false), row, 0), 2, 3))
	}},
	{"a bias beyond the integers", "integer_matmul_packed add add quantize", func(b quantisedNet) {
		y := b.product(false)
		y = op.Add(b.Builder, op.Add(b.Builder, y, b.constant(1e9, 6)), b.constant(1e9, 6))
		b.Output("y", b.codes(y, 1e7, 3))
	}},
}

// TestRequantise compares graphs with the pass and without it: operators, and codes within one
// step.
func TestRequantise(t *testing.T) {
	for _, net := range requantisedNets {
		t.Run(net.name, func(t *testing.T) {
			b := quantisedNet{graph.NewBuilder(), rand.New(rand.NewPCG(4, 5))}
			net.build(b)
			g, err := b.Graph()
			require.NoError(t, err)
			rewritten, err := rewrite.Run(g, []rewrite.Pass{{Name: "requantise", Run: rewrite.Requantise},
				{Name: "dead", Run: rewrite.Dead}})
			require.NoError(t, err)
			require.Equal(t, net.after, operators(rewritten))
			want, got := outputBytes(t, g, "y"), outputBytes(t, rewritten, "y")
			different := 0
			for i, v := range want {
				require.InDelta(t, int8(v), int8(got[i]), 1)
				if got[i] != want[0] {
					different++
				}
			}
			require.Greater(t, different, 2, "of %d codes", len(got))
		})
	}
}

// TestLookup compares graphs with the pass and without it: operators and bits.
func TestLookup(t *testing.T) {
	for _, net := range []struct {
		name, after string
		build       func(b quantisedNet, x *graph.Value) *graph.Value
	}{
		{"a function", "lookup", func(b quantisedNet, x *graph.Value) *graph.Value {
			return b.codes(op.Scale(b.Builder, op.Apply(b.Builder, tensor.Tanh, x), 0.5), 0.01, 3)
		}},
		{"a function between moves", "lookup transpose reshape slice",
			func(b quantisedNet, x *graph.Value) *graph.Value {
				x = op.Sub(b.Builder, b.scalar(1), op.Permute(b.Builder, x, 1, 0))
				x = op.Clip(b.Builder, op.Reshape(b.Builder, x, 2, -1), -1, 2)
				return b.codes(op.Slice(b.Builder, x, 1, 3, 9, 2), 0.1, 3)
			}},
		{"moves alone", "transpose", func(b quantisedNet, x *graph.Value) *graph.Value {
			return b.codes(op.Permute(b.Builder, x, 1, 0), 0.25, -7)
		}},
		{"another scale", "lookup", func(b quantisedNet, x *graph.Value) *graph.Value {
			return b.codes(x, 0.125, -7)
		}},
		{"the largest", "reshape max_pool", func(b quantisedNet, x *graph.Value) *graph.Value {
			x = op.MaxPool(b.Builder, op.Slide(2, 1), op.Reshape(b.Builder, x, 1, 4, 8, 8), 3, 3)
			return b.codes(x, 0.25, -7)
		}},
		{"the largest by another scale", "lookup reshape max_pool",
			func(b quantisedNet, x *graph.Value) *graph.Value {
				x = op.MaxPool(b.Builder, op.Slide(1, 1), op.Reshape(b.Builder, x, 1, 2, 8, 16), 3, 2)
				return b.codes(x, 0.125, 9)
			}},
		{"the largest of a function", "dequantize mul reshape max_pool quantize",
			func(b quantisedNet, x *graph.Value) *graph.Value {
				x = op.Reshape(b.Builder, op.Mul(b.Builder, x, b.scalar(-1)), 1, 4, 8, 8)
				return b.codes(op.MaxPool(b.Builder, op.Slide(2, 1), x, 3, 3), 0.25, -7)
			}},
		{"other numbers for each", "dequantize mul quantize",
			func(b quantisedNet, x *graph.Value) *graph.Value {
				return b.codes(op.Mul(b.Builder, x, b.constant(1, 8)), 0.25, -7)
			}},
		{"a sum", "dequantize softmax quantize", func(b quantisedNet, x *graph.Value) *graph.Value {
			return b.codes(op.Softmax(b.Builder, x), 0.01, -7)
		}},
	} {
		t.Run(net.name, func(t *testing.T) {
			b := quantisedNet{graph.NewBuilder(), rand.New(rand.NewPCG(4, 5))}
			all := make([]int8, 256)
			for i := range all {
				all[i] = int8(i)
			}
			x := b.Apply(op.Dequantize{}, b.Constant(tensor.ArrayOf(all, 32, 8)), b.scalar(0.25),
				b.Constant(tensor.ArrayOf([]int8{-7})))
			b.Output("y", net.build(b, x))
			g, err := b.Graph()
			require.NoError(t, err)
			rewritten, err := rewrite.Run(g, []rewrite.Pass{{Name: "lookup", Run: rewrite.Lookup},
				{Name: "dead", Run: rewrite.Dead}})
			require.NoError(t, err)
			require.Equal(t, outputBytes(t, g, "y"), outputBytes(t, rewritten, "y"))
			found := operators(rewritten)
			if table := strings.Index(found, "lookup"); table > 0 {
				found = found[table:] // without what makes the table of constants
			}
			require.Equal(t, net.after, found)
		})
	}
}

// TestChainsOfCodes compares chains of what codes stand for with the operators one by one: bits.
func TestChainsOfCodes(t *testing.T) {
	for name, c := range map[string]struct {
		after string
		build func(b quantisedNet, x, y *graph.Value)
	}{
		"a sum": {"chain", func(b quantisedNet, x, y *graph.Value) {
			sum := op.Apply(b.Builder, tensor.Relu, op.Add(b.Builder, x, y))
			b.Output("y", b.codes(sum, 0.5, -9))
		}},
		"floats": {"chain", func(b quantisedNet, x, y *graph.Value) {
			b.Output("y", op.Mul(b.Builder, op.Mul(b.Builder, x, b.constant(1, 50)), x))
		}},
		"floats before codes": {"chain", func(b quantisedNet, x, y *graph.Value) {
			b.Output("y", b.codes(op.Mul(b.Builder, b.constant(1, 60, 50), b.constant(1, 50)), 0.1, 1))
		}},
		"two": {"chain chain", func(b quantisedNet, x, y *graph.Value) {
			b.Output("y", op.Sub(b.Builder, x, y))
			b.Output("z", b.codes(op.Sub(b.Builder, y, x), 1, 0))
		}},
		"floats that others need": {"chain quantize", func(b quantisedNet, x, y *graph.Value) {
			z := op.Sub(b.Builder, x, y)
			b.Output("z", z)
			b.Output("y", b.codes(z, 1, 0))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := quantisedNet{graph.NewBuilder(), rand.New(rand.NewPCG(4, 5))}
			var xs [2]*graph.Value
			for i := range xs {
				all := make([]uint8, 60*50)
				for j := range all {
					all[j] = uint8(b.rng.Uint32())
				}
				xs[i] = b.Apply(op.Dequantize{}, b.Constant(tensor.ArrayOf(all, 60, 50)),
					b.scalar(0.25*float32(i+1)), b.Constant(tensor.ArrayOf([]uint8{uint8(100 * i)})))
			}
			c.build(b, xs[0], xs[1])
			g, err := b.Graph()
			require.NoError(t, err)
			rewritten, err := rewrite.Run(g, []rewrite.Pass{{Name: "chain", Run: rewrite.Chains},
				{Name: "dead", Run: rewrite.Dead}})
			require.NoError(t, err)
			require.Equal(t, c.after, operators(rewritten))
			for _, o := range g.Outputs() {
				require.Equal(t, outputBytes(t, g, o.Name), outputBytes(t, rewritten, o.Name))
			}
		})
	}
}
