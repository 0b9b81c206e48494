package tensor_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

// borderCases are convolutions of which many taps lie beyond the image.
var borderCases = []struct {
	channels, filters, groups              int
	height, width, kernel, dilation, depth int
}{
	{33, 35, 1, 5, 13, 3, 5, 1}, {32, 20, 1, 7, 7, 3, 1, 1}, {64, 10, 2, 4, 17, 3, 7, 1},
	{33, 9, 1, 1, 30, 3, 12, 1}, {32, 8, 1, 5, 5, 5, 4, 1}, {32, 6, 1, 3, 4, 3, 2, 3},
	{40, 40, 40, 3, 9, 3, 1, 1}, {33, 33, 33, 5, 12, 5, 1, 1}, {35, 35, 35, 1, 8, 5, 1, 1},
	{40, 44, 1, 7, 7, 3, 1, 1}, {34, 33, 1, 9, 7, 3, 1, 2}, {32, 20, 2, 6, 5, 3, 1, 1},
}

// borderEngines returns two of each ISA: of this processor's caches, and of such small ones that deep
// weights are cut.
func borderEngines() []*tensor.Engine[float32] {
	var engines []*tensor.Engine[float32]
	small := tensor.WithTuning(tensor.Tuning{Caches: tensor.Caches{L1: 1 << 10, L2: 4 << 10}})
	for _, isa := range tensor.AvailableISAs() {
		engines = append(engines, tensor.NewEngine[float32](&isa, 2),
			tensor.NewEngine[float32](&isa, 2, small))
	}
	return engines
}

// TestConvolutionsWithoutTapsBeyondTheImage compares convolutions by kept weights, which leave out
// taps beyond the image, with those by weights as they come, which take them all: also where sums
// are −0, where all weights of a filter are negative, and where weights are infinite.
func TestConvolutionsWithoutTapsBeyondTheImage(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 7))
	tiny := float32(math.Ldexp(1, -80))
	for _, e := range borderEngines() {
		for i, c := range borderCases {
			pad := c.dilation * (c.kernel / 2)
			shape := tensor.ConvShape{Batch: 1, Size: [3]int{c.depth, c.height, c.width},
				Channels: c.channels, Filters: c.filters, Groups: c.groups,
				Kernel: [3]int{min(c.depth, 3), min(c.height, c.kernel), c.kernel},
				Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, c.dilation, c.dilation},
				Before: [3]int{min(c.depth-1, 1), pad, pad}, After: [3]int{min(c.depth-1, 1), pad, pad}}
			if c.height == 1 {
				shape.Before[1], shape.After[1] = 0, 0
			}
			perFilter := c.channels / c.groups * shape.Kernel[0] * shape.Kernel[1] * shape.Kernel[2]
			w := make([]float32, c.filters*perFilter)
			x := make([]float32, c.depth*c.height*c.width*c.channels)
			fill := func(scale float32) {
				for i := range x {
					x[i] = scale * float32(r.NormFloat64())
				}
				for i := range w {
					w[i] = scale * float32(r.NormFloat64())
				}
			}
			compare := func(what string) []float32 {
				conv := e.PlanConv(shape)
				out := conv.OutputSize()
				want := make([]float32, out[0]*out[1]*out[2]*c.filters)
				got := make([]float32, len(want))
				relu := &tensor.Epilogue[float32]{}
				relu.Bias, relu.Activation = x[:c.filters], tensor.ReluActivation
				for _, end := range []*tensor.Epilogue[float32]{relu, nil} {
					conv.Forward(want, x, w, end)
					kept := e.PlanConvForward(shape).Keep(e.PlanConvForward(shape).Pack(w))
					kept.Forward(got, x, end)
					for j := range want {
						if math.Float32bits(want[j]) != math.Float32bits(got[j]) && want[j] == want[j] {
							t.Fatalf("%s %d, %s: element %d is %v, not %v", e.ISA(), i, what, j, got[j], want[j])
						}
						require.Equal(t, want[j] != want[j], got[j] != got[j])
					}
					if i == 0 && end == nil {
						require.Zero(t, testing.AllocsPerRun(2, func() { kept.Forward(got, x, end) }))
					}
				}
				return want
			}
			fill(1)
			compare("numbers")
			fill(tiny) // whose products are less than half of the smallest subnormal number
			for j := range perFilter {
				w[j] = -float32(math.Abs(float64(w[j])))
			}
			for j := range x {
				x[j] = float32(math.Abs(float64(x[j])))
			}
			negative := 0
			for _, v := range compare("products that vanish") {
				if v == 0 && math.Signbit(float64(v)) {
					negative++
				}
			}
			require.Equal(t, e.ISA() == "generic", negative == 0) // it adds +0 and −0
			fill(1)
			w[len(w)-1] = float32(math.Inf(1))
			infinite := compare("an infinite weight")
			require.NotEqual(t, infinite[len(infinite)-1], infinite[len(infinite)-1])
		}
	}
}
