package rewrite_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// quantisedNet builds a network of products of quantised values, of x (batch, 8).
type quantisedNet struct {
	*graph.Builder
	rng *rand.Rand
}

// constant returns scale·(numbers of a normal distribution).
func (b quantisedNet) constant(scale float32, shape ...int) *graph.Value {
	a := tensor.NewArray(tensor.Float32Type, shape...)
	for i := range a.Len() {
		tensor.Elements[float32](a)[i] = scale * float32(b.rng.NormFloat64())
	}
	return b.Constant(a)
}

func (b quantisedNet) scalar(v float32) *graph.Value {
	return b.Constant(tensor.ArrayOf([]float32{v}))
}

// weights returns dequantised integers (k, n) with a scale for each column.
func (b quantisedNet) weights(k, n int) *graph.Value { return b.integers(1, n, k, n) }

// filters returns dequantised integers with a scale for each index along the first axis.
func (b quantisedNet) filters(shape ...int) *graph.Value {
	return b.integers(0, shape[0], shape...)
}

func (b quantisedNet) integers(axis, n int, shape ...int) *graph.Value {
	size := 1
	for _, d := range shape {
		size *= d
	}
	codes, scales := make([]int8, size), make([]float32, n)
	for i := range codes {
		codes[i] = int8(b.rng.Uint32())
	}
	for i := range scales {
		scales[i] = (1 + b.rng.Float32()) / 256
	}
	return b.Apply(op.Dequantize{Axis: axis}, b.Constant(tensor.ArrayOf(codes, shape...)),
		b.Constant(tensor.ArrayOf(scales, n)), b.Constant(tensor.ArrayOf(make([]int8, n), n)))
}

// rounded returns x quantised and back, as uint8 around a zero point.
func (b quantisedNet) rounded(x *graph.Value, scale float32, zero uint8) *graph.Value {
	s, z := b.scalar(scale), b.Constant(tensor.ArrayOf([]uint8{zero}))
	return b.Apply(op.Dequantize{}, b.Apply(op.Quantize{To: tensor.Uint8Type}, x, s, z), s, z)
}

var quantisedNets = []struct {
	name, after string
	build       func(b quantisedNet, x *graph.Value)
}{
	{"two layers with a relu", "quantize integer_matmul_packed integer_matmul_packed",
		func(b quantisedNet, x *graph.Value) {
			y := op.MatMul(b.Builder, b.rounded(x, 0.03, 120), b.weights(8, 6))
			y = op.Apply(b.Builder, tensor.Relu, op.Add(b.Builder, y, b.constant(0.5, 6)))
			y = op.MatMul(b.Builder, b.rounded(y, 0.02, 0), b.weights(6, 5))
			b.Output("y", op.Add(b.Builder, y, b.constant(0.5, 5)))
		}},
	{"without a bias, around a zero point", "quantize integer_matmul_packed integer_matmul_packed",
		func(b quantisedNet, x *graph.Value) {
			y := op.MatMul(b.Builder, b.rounded(x, 0.03, 120), b.weights(8, 6))
			b.Output("y", op.MatMul(b.Builder, b.rounded(y, 0.03, 99), b.weights(6, 5)))
		}},
	{"floats that others need", "quantize integer_matmul_packed tanh quantize integer_matmul_packed",
		func(b quantisedNet, x *graph.Value) {
			y := op.MatMul(b.Builder, b.rounded(x, 0.03, 120), b.weights(8, 6))
			b.Output("z", op.Apply(b.Builder, tensor.Tanh, y))
			b.Output("y", op.MatMul(b.Builder, b.rounded(y, 0.03, 99), b.weights(6, 5)))
		}},
	{"a bias beyond the integers", "quantize integer_matmul_packed quantize integer_matmul_packed",
		func(b quantisedNet, x *graph.Value) {
			y := op.MatMul(b.Builder, b.rounded(x, 0.03, 120), b.weights(8, 6))
			y = op.Add(b.Builder, y, b.constant(1e9, 6))
			b.Output("y", op.MatMul(b.Builder, b.rounded(y, 1e7, 128), b.weights(6, 5)))
		}},
	{"rows with ranges of their own", "quantize_rows integer_matmul_packed",
		func(b quantisedNet, x *graph.Value) {
			x = b.Apply(op.Dequantize{}, b.ApplyAll(op.QuantizeRows{}, x)...)
			b.Output("y", op.Add(b.Builder, op.MatMul(b.Builder, x, b.weights(8, 6)), b.constant(1, 6)))
		}},
	{"convolutions with a relu", "quantize reshape integer_conv integer_conv",
		func(b quantisedNet, x *graph.Value) {
			x = op.Reshape(b.Builder, x, 0, 1, 2, 4)
			s := op.Sliding{Before: op.IntsOf(1, 1), After: op.IntsOf(0, 1), Dilation: op.IntsOf(1, 2)}
			y := op.Convolve(b.Builder, op.Conv{Sliding: s}, b.rounded(x, 0.03, 120), b.filters(3, 1, 2, 2),
				b.constant(0.2, 3))
			y = b.rounded(op.Apply(b.Builder, tensor.Relu, y), 0.01, 0)
			b.Output("y", op.Convolve(b.Builder, op.Conv{}, y, b.filters(4, 3, 1, 2), nil))
		}},
	{"groups of channels, and what is looked up",
		"quantize reshape integer_conv reshape arg gather gather unsqueeze gather unsqueeze " +
			"dequantize add",
		func(b quantisedNet, x *graph.Value) {
			y := b.rounded(op.Reshape(b.Builder, x, 0, 2, 4), 0.03, 120)
			y = op.Convolve(b.Builder, op.Conv{Groups: 2}, y, b.filters(4, 1, 1), nil)
			y = op.Reshape(b.Builder, y, 0, 16)
			rows := op.Gather(b.Builder, b.filters(8, 16), op.ArgMax(b.Builder, x, 1), 0)
			b.Output("y", op.Add(b.Builder, y, rows))
		}},
	{"halves", "matmul_compressed arg gather cast add", func(b quantisedNet, x *graph.Value) {
		codes := make([]tensor.BFloat16, 8*6)
		for i := range codes {
			codes[i] = tensor.ToHalf[tensor.BFloat16](b.rng.NormFloat64())
		}
		w := op.Cast(b.Builder, b.Constant(tensor.ArrayOf(codes, 8, 6)), tensor.Float32Type)
		y := op.MatMul(b.Builder, x, w)
		b.Output("y", op.Add(b.Builder, y, op.Gather(b.Builder, w, op.ArgMax(b.Builder, x, 1), 0)))
	}},
	{"weights alone", "matmul_compressed", func(b quantisedNet, x *graph.Value) {
		codes, zeros := make([]uint8, 5*4), make([]uint8, 5)
		for i := range codes {
			codes[i] = uint8(b.rng.Uint32())
		}
		w := b.Apply(op.DequantizeBlocks{Bits: 4, Block: 8}, b.Constant(tensor.ArrayOf(codes, 5, 4)),
			b.constant(0.1, 5, 1), b.Constant(tensor.ArrayOf(zeros, 5, 1)))
		y := op.MatMul(b.Builder, x, w)
		b.Output("y", op.Apply(b.Builder, tensor.Tanh, op.Add(b.Builder, b.constant(1, 5), y)))
	}},
	{"halves with what follows them", "matmul_compressed mul add matmul_compressed add relu",
		func(b quantisedNet, x *graph.Value) {
			codes := make([]tensor.Float16, 8*8)
			for i := range codes {
				codes[i] = tensor.ToHalf[tensor.Float16](b.rng.NormFloat64())
			}
			w := op.Cast(b.Builder, b.Constant(tensor.ArrayOf(codes, 8, 8)), tensor.Float32Type)
			y := op.MatMul(b.Builder, x, w)
			y = b.Apply(op.Parametric{Function: tensor.LeakyRelu, Alpha: 0.1}, y)
			y = op.Add(b.Builder, op.Mul(b.Builder, y, y), b.constant(1, 8)) // no bias of a product
			y = op.Add(b.Builder, op.MatMul(b.Builder, y, w), b.constant(1, 8))
			b.Output("z", y)
			b.Output("y", op.Apply(b.Builder, tensor.Relu, op.Add(b.Builder, y, x)))
		}},
}

// TestQuantised compares graphs with the pass and without it: operators, results within rounding,
// and the same bits on every ISA.
func TestQuantised(t *testing.T) {
	for _, net := range quantisedNets {
		t.Run(net.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(8, 9))
			b := quantisedNet{graph.NewBuilder(), rng}
			net.build(b, b.Input("x", matrix(8)))
			g, err := b.Graph()
			require.NoError(t, err)
			rewritten, err := rewrite.Run(g, []rewrite.Pass{{Name: "quantised", Run: rewrite.Quantised},
				{Name: "fold", Run: rewrite.Fold}, {Name: "integers", Run: rewrite.Integers},
				{Name: "requantise", Run: rewrite.Requantise},
				{Name: "compressed", Run: rewrite.Compressed}, {Name: "dead", Run: rewrite.Dead}})
			require.NoError(t, err)
			require.Equal(t, net.after, operators(rewritten))
			x := make([]float32, 7*8)
			for i := range x {
				x[i] = float32(rng.NormFloat64())
			}
			want := runQuantised(t, g, tensor.ActiveISA(), x)
			reference, err := tensor.ISAByName("reference")
			require.NoError(t, err)
			first := runQuantised(t, rewritten, reference, x)
			for i, v := range want {
				// A code may be another one where a sum is halfway between two, and no more.
				require.InDelta(t, v, first[i], 0.02*max(1, float64(maxOf(want))), "element %d", i)
			}
			for _, isa := range tensor.AvailableISAs() {
				if isa.Name != "generic" || !strings.Contains(net.after, "matmul_compressed") &&
					!strings.Contains(net.after, " conv") { // it rounds twice
					require.Equal(t, first, runQuantised(t, rewritten, &isa, x), isa.Name)
				}
			}
		})
	}
}

// TestCompressedKeepsTheBits compares products by weights of few bits that end with what follows them
// with those that don't.
func TestCompressedKeepsTheBits(t *testing.T) {
	changed := 0
	for _, net := range quantisedNets {
		b := quantisedNet{graph.NewBuilder(), rand.New(rand.NewPCG(8, 9))}
		net.build(b, b.Input("x", matrix(8)))
		g, err := b.Graph()
		require.NoError(t, err)
		g, err = rewrite.Quantised(g)
		require.NoError(t, err)
		ended, err := rewrite.Compressed(g)
		require.NoError(t, err)
		if g != ended {
			changed++
			require.Contains(t, net.after, "matmul_compressed")
		}
		x := make([]float32, 40*8) // rows for which weights become floats
		for i := range x {
			x[i] = float32(b.rng.NormFloat64())
		}
		for _, isa := range tensor.AvailableISAs() {
			require.Equal(t, runQuantised(t, g, &isa, x), runQuantised(t, ended, &isa, x), isa.Name)
		}
	}
	require.Positive(t, changed)
}

func maxOf(x []float32) (most float32) {
	for _, v := range x {
		most = max(most, v, -v)
	}
	return most
}

func runQuantised(t *testing.T, g *graph.Graph, isa *tensor.ISA, x []float32) []float32 {
	p, err := exec.Compile(g, exec.NewEngines(isa, 1), map[string][]int{"x": {len(x) / 8, 8}})
	require.NoError(t, err)
	return run(t, p, g, arrays{"x": x})["y"]
}
