package bench

import (
	"fmt"
	"testing"

	"simdnn/tensor"
)

// lengths lie within the first-level cache, the second-level cache and memory.
var lengths = []int{256, 16384, 1 << 21}

func BenchmarkElementwise(b *testing.B) {
	forEachSet(b, benchmarkElementwise[float32])
	forEachSet(b, benchmarkElementwise[float64])
}

func benchmarkElementwise[T tensor.Float](b *testing.B, e *tensor.Engine[T]) {
	operations := []struct {
		name string
		call func(dst, x, y *tensor.Tensor[T])
	}{
		{"add", e.Add},
		{"axpy", func(dst, x, _ *tensor.Tensor[T]) { e.Axpy(dst, x, 1e-9) }},
		{"dot", func(_, x, y *tensor.Tensor[T]) { e.Dot(x, y) }},
		{"sum", func(_, x, _ *tensor.Tensor[T]) { e.Sum(x) }},
		{"max", func(_, x, _ *tensor.Tensor[T]) { e.Max(x) }},
		{"relu", func(dst, x, _ *tensor.Tensor[T]) { e.Relu(dst, x) }},
		{"sigmoid", func(dst, x, _ *tensor.Tensor[T]) { e.Sigmoid(dst, x) }},
		{"tanh", func(dst, x, _ *tensor.Tensor[T]) { e.Tanh(dst, x) }},
		{"silu", func(dst, x, _ *tensor.Tensor[T]) { e.Silu(dst, x) }},
		{"exp", func(dst, x, _ *tensor.Tensor[T]) { e.Exp(dst, x) }},
		{"log", func(dst, x, _ *tensor.Tensor[T]) { e.Log(dst, x) }},
		{"softmax", func(dst, x, _ *tensor.Tensor[T]) { e.Softmax(dst, x) }},
	}
	for _, op := range operations {
		for _, n := range lengths {
			b.Run(fmt.Sprintf("%s/%d", op.name, n), func(b *testing.B) {
				dst, x, y := tensor.New[T](n), filled[T](n), filled[T](n)
				if op.name == "log" {
					for i := range x.Data() {
						x.Data()[i] += 2.5
					}
				}
				for b.Loop() {
					op.call(dst, x, y)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/elem")
			})
		}
	}
}
