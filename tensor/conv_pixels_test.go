package tensor_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

// TestConvolutionsOfPixelsApart compares convolutions of images with gaps between pixels with those
// of images without, by weights as they come and by packed ones, with every end, and checks that
// they write nothing to the gaps and read nothing there.
func TestConvolutionsOfPixelsApart(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	draw := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		return x
	}
	activate := func(dst, x []float32) {
		for i, v := range x {
			dst[i] = 1 - v
		}
	}
	for _, isa := range tensor.AvailableISAs() {
		for _, threads := range []int{1, 2} {
			e := tensor.NewEngine[float32](&isa, threads,
				tensor.WithTuning(tensor.Tuning{ThreadWork: 1 << 12}))
			for _, c := range []struct{ channels, filters, kernel, stride, dilation int }{
				{3, 20, 3, 2, 1}, {5, 7, 1, 1, 1}, {48, 33, 1, 1, 1}, {20, 40, 1, 2, 1}, {40, 36, 3, 1, 4},
				{6, 1, 3, 1, 1}, {1, 9, 1, 1, 1}, {160, 70, 1, 1, 1},
			} {
				pad := c.kernel / 2 * c.dilation
				s := tensor.ConvShape{Batch: 2, Size: [3]int{1, 7, 9}, Channels: c.channels,
					Filters: c.filters, Groups: 1, Kernel: [3]int{1, c.kernel, c.kernel},
					Stride: [3]int{1, c.stride, c.stride}, Dilation: [3]int{1, c.dilation, c.dilation},
					Before: [3]int{0, pad, pad}, After: [3]int{0, pad, pad}}
				out, err := s.OutputSize()
				require.NoError(t, err)
				x, w := draw(2*7*9*c.channels), draw(c.filters*c.channels*c.kernel*c.kernel)
				want := make([]float32, 2*out[1]*out[2]*c.filters)
				ends := []*tensor.Epilogue[float32]{nil, {}, {Activate: activate}}
				ends[1].Bias, ends[1].Activation = draw(c.filters), tensor.ReluActivation
				for _, gaps := range [][2]int{{0, 5}, {3, 0}, {4, 16}} {
					steps := tensor.PixelSteps{Input: c.channels + gaps[0], Output: c.filters + gaps[1]}
					conv := e.PlanConvPixels(s, steps)
					from := spread(x, c.channels, steps.Input)
					for _, end := range ends {
						e.PlanConv(s).Forward(want, x, w, end)
						apart := spread(want, c.filters, steps.Output)
						got := spread(make([]float32, len(want)), c.filters, steps.Output)
						conv.Forward(got, from, w, end)
						requireSameBits32(t, apart, got, "%s, %+v, %v", isa.Name, c, gaps)
						if packed := conv.Pack(w); packed != nil {
							got = spread(make([]float32, len(want)), c.filters, steps.Output)
							conv.Keep(packed).Forward(got, from, end)
							requireSameBits32(t, apart, got, "%s, %+v, %v, packed", isa.Name, c, gaps)
						}
					}
				}
			}
		}
	}
	s := tensor.ConvShape{Batch: 1, Size: [3]int{1, 4, 4}, Channels: 4, Filters: 4, Groups: 2,
		Kernel: [3]int{1, 1, 1}, Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}}
	e := tensor.NewEngine[float32](tensor.ActiveISA(), 1)
	require.Panics(t, func() { e.PlanConvPixels(s, tensor.PixelSteps{Output: 5}) }, "groups")
	s.Groups = 1
	require.Panics(t, func() { e.PlanConvPixels(s, tensor.PixelSteps{Input: 3}) }, "pixels overlap")
}

// spread returns rows a step apart, with NaN between them.
func spread(x []float32, row, step int) []float32 {
	rows := len(x) / row
	apart := make([]float32, (rows-1)*step+row)
	for i := range apart {
		apart[i] = float32(math.NaN())
	}
	for i := range rows {
		copy(apart[i*step:], x[i*row:][:row])
	}
	return apart
}

func requireSameBits32(t *testing.T, want, got []float32, format string, args ...any) {
	t.Helper()
	require.Len(t, got, len(want))
	for i, v := range want {
		if math.Float32bits(v) != math.Float32bits(got[i]) {
			require.Failf(t, "other bits", "element %d is %v, not %v: "+format,
				append([]any{i, got[i], v}, args...)...)
		}
	}
}
