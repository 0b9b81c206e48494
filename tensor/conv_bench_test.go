package tensor

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkConv times convolutions and their gradients on one thread.
func BenchmarkConv(b *testing.B) {
	one, k3, pad1 := [3]int{1, 1, 1}, [3]int{1, 3, 3}, [3]int{0, 1, 1}
	for _, c := range []struct {
		name  string
		shape ConvShape
	}{
		{"3x3x64@56", ConvShape{1, [3]int{1, 56, 56}, 64, 64, 1, k3, one, one, pad1, pad1}},
		{"1x1x256@14", ConvShape{1, [3]int{1, 14, 14}, 256, 256, 1, one, one, one, [3]int{}, [3]int{}}},
		{"1x1s2x512@28", ConvShape{1, [3]int{1, 28, 28}, 512, 1024, 1, one, [3]int{1, 2, 2}, one,
			[3]int{}, [3]int{}}},
		{"7x7s2x3@224", ConvShape{1, [3]int{1, 224, 224}, 3, 64, 1, [3]int{1, 7, 7}, [3]int{1, 2, 2}, one,
			[3]int{0, 3, 3}, [3]int{0, 3, 3}}},
		{"depthwise32@112", depthwise(32, 112, 3, 1)},
		{"depthwise96s2@112", depthwise(96, 112, 3, 2)},
		{"depthwise144@56", depthwise(144, 56, 3, 1)},
		{"depthwise144s2@56", depthwise(144, 56, 3, 2)},
		{"depthwise192@28", depthwise(192, 28, 3, 1)},
		{"depthwise576@14", depthwise(576, 14, 3, 1)},
		{"depthwise576s2@14", depthwise(576, 14, 3, 2)},
		{"depthwise960@7", depthwise(960, 7, 3, 1)},
		{"depthwise120@28k5", depthwise(120, 28, 5, 1)},
		{"cnn1", ConvShape{64, [3]int{1, 28, 28}, 1, 32, 1, k3, one, one, [3]int{}, [3]int{}}},
		{"cnn2", ConvShape{64, [3]int{1, 26, 26}, 32, 64, 1, k3, one, one, [3]int{}, [3]int{}}},
		{"resnet", ConvShape{32, [3]int{1, 32, 32}, 16, 16, 1, k3, one, one, pad1, pad1}},
	} {
		b.Run(c.name, func(b *testing.B) { benchmarkConv(b, c.shape) })
	}
}

// depthwise returns the shape of a depthwise convolution whose output is as large as its input, or
// half.
func depthwise(channels, size, kernel, stride int) ConvShape {
	square := func(outer, n int) [3]int { return [3]int{outer, n, n} }
	return ConvShape{1, square(1, size), channels, channels, channels, square(1, kernel),
		square(1, stride), square(1, 1), square(0, kernel/2), square(0, kernel/2)}
}

// benchmarkConv times a convolution forward, without and with packed weights, and its gradients by
// the input and the weights.
func benchmarkConv(b *testing.B, s ConvShape) {
	p := NewEngine[float32](ActiveISA(), 1).PlanConv(s)
	o := newConvOracle[float32](s, ActiveISA(), rand.New(rand.NewPCG(1, 1)))
	y, dx, dw := make([]float32, len(o.dy)), make([]float32, len(o.x)), make([]float32, len(o.weights))
	kept := func() { p.Forward(y, o.x, o.weights, nil) }
	if w := p.Pack(o.weights); w != nil {
		k := p.Keep(w)
		kept = func() { k.Forward(y, o.x, nil) }
	}
	for _, pass := range []struct {
		name string
		work int64
		run  func()
	}{
		{"forward", p.forward.work, func() { p.Forward(y, o.x, o.weights, nil) }},
		{"kept", p.forward.work, kept},
		{"input", p.backward.work, func() { p.InputGradient(dx, o.dy, o.weights, nil) }},
		{"weights", p.forward.work, func() { p.WeightGradient(dw, o.x, o.dy) }},
	} {
		b.Run(pass.name, func(b *testing.B) {
			for b.Loop() {
				pass.run()
			}
			flops := 2 * float64(pass.work) * float64(s.Batch) * float64(b.N)
			b.ReportMetric(flops/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}
