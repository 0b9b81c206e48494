package main

import (
	"sync"
	"time"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// peak returns the highest rate in GFLOP/s at which the threads together run fused multiply-adds of
// the active set on registers: the limit of every product with these instructions. It is the best
// of several runs, since a limit is what is sought.
func peak[T tensor.Float](threads int) float64 {
	const runs = 20
	iterations := 1000
	for elapsed := time.Duration(0); elapsed < 2*time.Millisecond; iterations *= 2 {
		start := time.Now()
		asm.PeakFMA[T](asm.Active(), iterations)
		elapsed = time.Since(start)
	}
	best := 0.0
	for range runs {
		var group sync.WaitGroup
		flops := make([]int, threads)
		start := time.Now()
		for i := range flops {
			group.Go(func() { flops[i] = asm.PeakFMA[T](asm.Active(), iterations) })
		}
		group.Wait()
		elapsed := time.Since(start)
		total := 0
		for _, f := range flops {
			total += f
		}
		best = max(best, float64(total)/float64(elapsed.Nanoseconds()))
	}
	return best
}
