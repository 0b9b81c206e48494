package op_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// imageCases are operators of images with gradients.
func imageCases() []gradientCase {
	conv := func(c op.Conv) func(*graph.Builder, values) *graph.Value {
		return func(b *graph.Builder, x values) *graph.Value {
			if len(x) > 2 {
				return op.Convolve(b, c, x[0], x[1], x[2])
			}
			return op.Convolve(b, c, x[0], x[1], nil)
		}
	}
	transposed := func(c op.Conv) func(*graph.Builder, values) *graph.Value {
		return func(b *graph.Builder, x values) *graph.Value {
			if len(x) > 2 {
				return op.ConvolveTransposed(b, c, x[0], x[1], x[2])
			}
			return op.ConvolveTransposed(b, c, x[0], x[1], nil)
		}
	}
	pool := func(p op.Pool) func(*graph.Builder, values) *graph.Value {
		return func(b *graph.Builder, x values) *graph.Value { return b.Apply(p, x[0]) }
	}
	norm := func(o graph.Operator) func(*graph.Builder, values) *graph.Value {
		return func(b *graph.Builder, x values) *graph.Value { return b.ApplyAll(o, x...)[0] }
	}
	last := op.Slide(2, 1)
	last.ChannelsLast = true
	uneven := op.Sliding{Stride: op.IntsOf(2, 1), Dilation: op.IntsOf(1, 2), Before: op.IntsOf(0, 2),
		After: op.IntsOf(1, 1)}
	two, three := op.IntsOf(2, 2), op.IntsOf(3, 3)
	return []gradientCase{
		{name: "conv", shapes: [][]int{{0, 2, 5, 4}, {3, 2, 3, 2}, {3}}, f: conv(op.Conv{})},
		{name: "conv, strides", shapes: [][]int{{0, 2, 5, 6}, {3, 2, 3, 3}, {3}},
			f: conv(op.Conv{Sliding: op.Slide(2, 1)})},
		{name: "conv, channels last", shapes: [][]int{{0, 5, 6, 2}, {3, 2, 3, 3}, {3}},
			f: conv(op.Conv{Sliding: last})},
		{name: "conv, uneven", shapes: [][]int{{0, 2, 5, 6}, {3, 2, 3, 3}},
			f: conv(op.Conv{Sliding: uneven})},
		{name: "conv, groups", shapes: [][]int{{0, 4, 4, 4}, {6, 2, 2, 2}},
			f: conv(op.Conv{Groups: 2})},
		{name: "conv, depthwise", shapes: [][]int{{0, 3, 4, 4}, {3, 1, 3, 3}, {3}},
			f: conv(op.Conv{Sliding: op.Slide(1, 1), Groups: 3})},
		{name: "conv of pixels", shapes: [][]int{{0, 4, 2, 3}, {5, 4, 1, 1}, {5}}, f: conv(op.Conv{})},
		{name: "conv of sequences", shapes: [][]int{{0, 2, 7}, {3, 2, 3}, {3}},
			f: conv(op.Conv{Sliding: op.Sliding{Stride: op.IntsOf(2)}})},
		{name: "conv of volumes", shapes: [][]int{{0, 2, 3, 3, 4}, {2, 2, 2, 2, 2}}, f: conv(op.Conv{})},
		{name: "conv_transpose", shapes: [][]int{{0, 2, 3, 2}, {2, 3, 3, 3}, {3}},
			f: transposed(op.Conv{Sliding: op.Sliding{Stride: op.IntsOf(2, 3)}})},
		{name: "conv_transpose, output padding", shapes: [][]int{{0, 2, 3, 2}, {2, 3, 3, 3}},
			f: transposed(op.Conv{Sliding: op.Sliding{Stride: op.IntsOf(2, 2), Before: op.IntsOf(1, 1),
				After: op.IntsOf(0, -1)}})},
		{name: "conv_transpose, groups, channels last", shapes: [][]int{{0, 3, 2, 4}, {4, 3, 2, 2}, {6}},
			f: transposed(op.Conv{Sliding: op.Sliding{ChannelsLast: true}, Groups: 2})},
		{name: "max_pool", shapes: [][]int{{0, 2, 4, 6}}, once: true,
			f: pool(op.Pool{By: op.MaxOf, Kernel: two, Sliding: op.Slide(2, 0)})},
		{name: "max_pool, overlapping", shapes: [][]int{{0, 2, 5, 5}}, once: true,
			f: pool(op.Pool{By: op.MaxOf, Kernel: three, Sliding: op.Slide(2, 1)})},
		{name: "max_pool, global", shapes: [][]int{{0, 2, 5, 3}}, once: true,
			f: func(b *graph.Builder, x values) *graph.Value { return op.GlobalPool(b, op.MaxOf, x[0]) }},
		{name: "average_pool", shapes: [][]int{{0, 2, 5, 5}},
			f: pool(op.Pool{By: op.MeanOf, Kernel: three, Sliding: op.Slide(2, 1)})},
		{name: "average_pool, padding counts", shapes: [][]int{{0, 2, 5, 6}},
			f: pool(op.Pool{By: op.MeanOf, Kernel: three, Sliding: op.Slide(2, 1), CountPadding: true,
				Ceil: true})},
		{name: "average_pool, channels last", shapes: [][]int{{0, 5, 6, 2}},
			f: pool(op.Pool{By: op.MeanOf, Kernel: two, Sliding: last})},
		{name: "average_pool, adaptive", shapes: [][]int{{0, 2, 7, 5}},
			f: pool(op.Pool{By: op.MeanOf, Kernel: op.IntsOf(3, 2), Adaptive: true})},
		{name: "resize", shapes: [][]int{{0, 2, 3, 2}},
			f: func(b *graph.Builder, x values) *graph.Value { return op.Upsample(b, x[0], false, 2, 1.5) }},
		{name: "resize, linear", shapes: [][]int{{0, 2, 3, 2}},
			f: func(b *graph.Builder, x values) *graph.Value { return op.Upsample(b, x[0], true, 2, 3) }},
		{name: "batch_norm_training", shapes: [][]int{{0, 2, 3, 2}, {2}, {2}}, once: true,
			f: norm(op.BatchNormTraining{Epsilon: 1e-2})},
		{name: "batch_norm_training, columns", shapes: [][]int{{0, 4}, {4}, {4}}, once: true,
			f: norm(op.BatchNormTraining{Epsilon: 1e-2, ChannelsLast: true})},
		{name: "batch_norm", shapes: [][]int{{0, 2, 3, 2}, {2}, {2}},
			f: func(b *graph.Builder, x values) *graph.Value {
				moments := b.Constant(tensor.ArrayOf([]float64{0.5, 2}, 2))
				return b.Apply(op.BatchNorm{Epsilon: 1e-2}, x[0], x[1], x[2], moments, moments)
			}},
		{name: "layer_norm", shapes: [][]int{{0, 2, 3}, {2, 3}, {2, 3}}, once: true,
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.LayerNorm(b, x[0], 2, 1e-2, x[1], x[2])
			}},
		{name: "layer_norm without parameters", shapes: [][]int{{0, 5}}, once: true,
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.LayerNorm(b, x[0], 1, 1e-2, nil, nil)
			}},
		{name: "rms_norm", shapes: [][]int{{0, 2, 4}, {4}}, once: true,
			f: func(b *graph.Builder, x values) *graph.Value { return op.RMSNorm(b, x[0], 1, 1e-2, x[1]) }},
		{name: "group_norm", shapes: [][]int{{0, 4, 3, 2}, {4}, {4}}, once: true,
			f: func(b *graph.Builder, x values) *graph.Value {
				return op.GroupNorm(b, x[0], 2, 1e-2, x[1], x[2])
			}},
	}
}

// fullUpstream returns random numbers in the shape of y, one for each element but of one batch.
func fullUpstream(b *graph.Builder, y *graph.Value) *graph.Value {
	r := rand.New(rand.NewPCG(8, 8))
	if b.Err() != nil {
		return y
	}
	dims, ok := y.Shape()[1:].Ints()
	if !ok {
		return upstream(b, y)
	}
	a := tensor.NewArray(tensor.Float64Type, dims...)
	for i := range tensor.Elements[float64](a) {
		tensor.Elements[float64](a)[i] = r.NormFloat64()
	}
	return op.Expand(b, b.Constant(a), y)
}

// TestImageGradients compares derived gradients with central differences in float64, with random
// upstream gradients.
func TestImageGradients(t *testing.T) {
	for i, c := range imageCases() {
		t.Run(c.name, func(t *testing.T) {
			checkGradients(t, c, func(b *graph.Builder, x values) *graph.Value {
				y := c.f(b, x)
				return op.Sum(b, op.Mul(b, y, fullUpstream(b, y)))
			}, uint64(i))
		})
	}
}

// TestImageSecondDerivatives does so with the sum of the squares of first derivatives.
func TestImageSecondDerivatives(t *testing.T) {
	for i, c := range imageCases() {
		if c.once {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			checkGradients(t, c, func(b *graph.Builder, x values) *graph.Value {
				y := c.f(b, x)
				l := op.Mean(b, op.Mul(b, op.Mul(b, y, y), fullUpstream(b, y)))
				sum := op.Scalar(b, tensor.Float64Type, 0)
				for _, g := range op.Gradients(b, l, x...) {
					sum = op.Add(b, sum, op.Sum(b, op.Mul(b, g, g)))
				}
				return sum
			}, uint64(i))
		})
	}
}

// TestImageShapes checks the shape rules and what they refuse.
func TestImageShapes(t *testing.T) {
	batch, any := graph.Symbol("batch"), graph.Symbol("height")
	images := func(d ...graph.Dim) graph.Type { return graph.TypeOf[float32](append([]graph.Dim{batch}, d...)...) }
	fixed := func(n ...int) graph.Type { return graph.TypeOf[float32](graph.ShapeOf(n...)...) }
	f := graph.Fixed
	for _, c := range []struct {
		o    graph.Operator
		in   []graph.Type
		want string
	}{
		{op.Conv{Sliding: op.Slide(2, 3)}, []graph.Type{images(f(3), f(224), f(224)), fixed(64, 3, 7, 7)},
			"float32[batch 64 112 112]"},
		{op.Conv{Sliding: op.Slide(1, 1)}, []graph.Type{images(f(3), any, f(8)), fixed(4, 3, 3, 3)},
			"float32[batch 4 height 8]"},
		{op.Conv{}, []graph.Type{images(f(3), any, f(8)), fixed(4, 3, 3, 3)},
			"float32[batch 4 ((height-3)/1+1) 6]"},
		{op.ConvTranspose{Conv: op.Conv{Sliding: op.Slide(2, 1)}},
			[]graph.Type{images(f(3), f(8), f(9)), fixed(3, 5, 4, 4)}, "float32[batch 5 16 18]"},
		{op.Pool{By: op.MaxOf, Kernel: op.IntsOf(3, 3), Sliding: op.Slide(2, 0), Ceil: true},
			[]graph.Type{images(f(3), f(8), f(7))}, "float32[batch 3 4 3]"},
		{op.Pool{By: op.MaxOf, Kernel: op.IntsOf(1, 1), Sliding: op.Slide(3, 0), Ceil: true},
			[]graph.Type{images(f(3), f(6), f(7))}, "float32[batch 3 2 3]"}, // none begins beyond the image
		{op.Pool{By: op.MeanOf, Kernel: op.IntsOf(1, 1), Adaptive: true},
			[]graph.Type{images(f(3), any, any)}, "float32[batch 3 1 1]"},
	} {
		got, err := c.o.Infer(c.in)
		require.NoError(t, err)
		require.Equal(t, c.want, got[0].String(), "%+v", c.o)
	}
	for _, c := range []struct {
		o    graph.Operator
		in   []graph.Type
		want string
	}{
		{op.Conv{}, []graph.Type{images(f(3), f(4)), fixed(1, 3, 5)},
			"a window that reaches over 5 elements of a dimension of 4 with padding"},
		{op.Conv{Groups: 2}, []graph.Type{images(f(3), f(4)), fixed(1, 3, 1)},
			"weights [1 3 1] in 2 groups for 3 channels"},
		{op.Conv{Groups: -1}, []graph.Type{images(f(3), f(4)), fixed(1, 3, 1)},
			"-1 groups of channels"},
		{op.ConvTranspose{Conv: op.Conv{Groups: -2}}, []graph.Type{images(f(3), f(4)), fixed(3, 1, 1)},
			"-2 groups of channels"},
		{op.Conv{Sliding: op.Slide(1, 0)}, []graph.Type{images(f(3), f(4)), fixed(1, 3, 1)},
			"2 strides for 1 dimensions of space"},
		{op.Conv{Bias: true}, []graph.Type{images(f(3), f(4)), fixed(1, 3, 1), fixed(2)},
			"a bias [2] for 1 filters"},
		{op.Pool{By: op.MaxOf, Kernel: op.IntsOf(2)}, []graph.Type{images(f(3), f(4), f(4))},
			"a kernel of [2] for 2 dimensions of space"},
	} {
		_, err := c.o.Infer(c.in)
		require.EqualError(t, err, c.want)
	}
}
