package bench

import (
	"fmt"
	"testing"

	"simdnn/tensor"
)

// products are shapes M×N×K that networks use: layers of small networks, and those large enough to be packed.
var products = []struct{ m, n, k int }{{1, 64, 10}, {32, 64, 10}, {32, 1, 64}, {64, 64, 64}, {128, 256, 512}, {512, 512, 512}}

func BenchmarkMatMul(b *testing.B) {
	forEachSet(b, benchmarkProducts[float32])
	forEachSet(b, benchmarkProducts[float64])
}

func benchmarkProducts[T tensor.Float](b *testing.B, e *tensor.Engine[T]) {
	for _, p := range products {
		for trans := tensor.NN; trans <= tensor.TT; trans++ {
			b.Run(fmt.Sprintf("%v/%dx%dx%d", trans, p.m, p.n, p.k), func(b *testing.B) {
				x, y, z := filled[T](p.m, p.k), filled[T](p.k, p.n), tensor.New[T](p.m, p.n)
				if trans == tensor.TN || trans == tensor.TT {
					x = filled[T](p.k, p.m)
				}
				if trans == tensor.NT || trans == tensor.TT {
					y = filled[T](p.n, p.k)
				}
				for b.Loop() {
					e.MatMul(z, x, y, trans)
				}
				flops := 2 * float64(p.m) * float64(p.n) * float64(p.k) * float64(b.N)
				b.ReportMetric(flops/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}
