package tensor_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

// TestKeptConvolutions compares convolutions by weights that were packed once, for images of
// another size, with those by weights as they come.
func TestKeptConvolutions(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	draw := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		return x
	}
	for _, isa := range tensor.AvailableISAs() {
		e := tensor.NewEngine[float32](&isa, 2)
		kept := 0
		for _, c := range []struct{ channels, filters, groups, kernel, stride int }{
			{3, 20, 1, 3, 2}, {8, 6, 2, 3, 1}, {16, 16, 16, 5, 1}, {160, 140, 1, 1, 1}, {5, 7, 1, 1, 1},
			{24, 70, 1, 1, 1}, {65, 40, 1, 1, 2},
		} {
			shape := func(size int) tensor.ConvShape {
				pad := c.kernel / 2
				return tensor.ConvShape{Batch: 2, Size: [3]int{1, size, size + 1},
					Channels: c.channels, Filters: c.filters, Groups: c.groups,
					Kernel: [3]int{1, c.kernel, c.kernel}, Stride: [3]int{1, c.stride, c.stride},
					Dilation: [3]int{1, 1, 1}, Before: [3]int{0, pad, pad}, After: [3]int{0, pad, pad}}
			}
			w := draw(c.filters * c.channels / c.groups * c.kernel * c.kernel)
			packed := e.PlanConvForward(shape(4)).Pack(w)
			if packed == nil {
				continue // products that read their weights where they are
			}
			kept++
			conv := e.PlanConv(shape(9))
			out := conv.OutputSize()
			x, want := draw(2*9*10*c.channels), make([]float32, 2*out[1]*out[2]*c.filters)
			got := make([]float32, len(want))
			for _, end := range []*tensor.Epilogue[float32]{nil, {}} {
				if end != nil {
					end.Bias, end.Activation = draw(c.filters), tensor.ReluActivation
				}
				conv.Forward(want, x, w, end)
				e.PlanConvForward(shape(9)).Keep(packed).Forward(got, x, end)
				require.Equal(t, want, got, "%s, %+v", isa.Name, c)
			}
		}
		require.GreaterOrEqual(t, kept, 3)
	}
	conv := tensor.NewEngine[float32](tensor.ActiveISA(), 1).PlanConv(tensor.ConvShape{Batch: 1,
		Size: [3]int{1, 4, 4}, Channels: 2, Filters: 3, Groups: 1, Kernel: [3]int{1, 3, 3},
		Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}})
	require.Panics(t, func() { conv.Pack(draw(5)) })
	forward := tensor.Default[float32]().PlanConvForward(tensor.ConvShape{Batch: 1,
		Size: [3]int{1, 1, 1}, Channels: 1, Filters: 1, Groups: 1, Kernel: [3]int{1, 1, 1},
		Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}})
	const without = ": a convolution that was planned without gradients"
	require.PanicsWithValue(t, "tensor: Conv.WeightGradient"+without, func() {
		forward.WeightGradient(draw(1), draw(1), draw(1))
	})
	require.PanicsWithValue(t, "tensor: Conv.InputGradient"+without, func() {
		forward.InputGradient(draw(1), draw(1), draw(1), nil)
	})
	require.Panics(t, func() { conv.Keep(&tensor.ConvWeights[float32]{}) })
}
