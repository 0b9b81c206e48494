package measure

import (
	"runtime"
	"sync"
	"time"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// PeakGFLOPS returns the highest rate, in 10⁹ floating point operations a second, at which the
// given number of threads together run fused multiply-adds of the ISA on registers: the limit of
// every product. It is the best of several runs, not the median, since a limit is what is sought.
func PeakGFLOPS[T tensor.Float](isa *tensor.ISA, threads int) float64 {
	const runs = 20
	iterations := 1000
	for elapsed := time.Duration(0); elapsed < batchTime; iterations *= 2 {
		start := time.Now()
		asm.PeakFMA[T](isa, iterations)
		elapsed = time.Since(start)
	}
	threads = min(threads, runtime.GOMAXPROCS(0)) // more add nothing, and would take their time
	best := 0.0
	for range runs {
		best = max(best, together[T](isa, threads, iterations))
	}
	return best
}

// together runs the probe on all threads at once and returns the sum of their rates, which counts
// the time until the last ends.
func together[T tensor.Float](isa *tensor.ISA, threads, iterations int) float64 {
	var wg sync.WaitGroup
	flops := make([]int, threads)
	start := time.Now()
	for i := range flops {
		wg.Go(func() { flops[i] = asm.PeakFMA[T](isa, iterations) })
	}
	wg.Wait()
	elapsed := time.Since(start)
	total := 0
	for _, f := range flops {
		total += f
	}
	return float64(total) / float64(elapsed.Nanoseconds())
}

// CopyGBps returns the bandwidth of one thread that copies memory far larger than the caches, in
// 10⁹ bytes a second. Bytes read and bytes written both count.
func CopyGBps() float64 {
	const size = 64 << 20
	dst, src := make([]byte, size), make([]byte, size)
	for i := range src {
		src[i] = byte(i) // touch every page, or the copy would read one page of zeros
	}
	return 2 * size / Nanoseconds(func() { copy(dst, src) })[0]
}
