package asm

import "unsafe"

// peakScalars is the number of chains of the pure-Go probe: more than the latency of a
// multiplication and an addition (6 to 8 cycles) times the units for each (2) would need more
// registers than there are.
const peakScalars = 12

// PeakFMA runs nothing but the widest fused multiply-adds of the ISA, on operands in registers, and
// returns the number of floating point operations done: timing it gives the peak that no matrix
// product of this set can exceed on one thread.
//
// An iteration makes one fused multiply-add, counted as two operations, in each lane of as many
// independent registers as keep all units busy: 2·12·64/sizeof(T) operations with avx512,
// 2·12·32/sizeof(T) with avx2, 2·24·16/sizeof(T) with neon. The pure-Go ISAs run 12 scalar chains
// of separate multiplications and additions, 24 operations an iteration.
func PeakFMA[T Float](isa *ISA, iterations int) (flops int) {
	acc := make([]T, peakLanes[T](isa))
	for i := range acc {
		acc[i] = 1
	}
	// The chains grow so slowly that no value becomes infinite, and none is subnormal.
	peakChains(isa, acc, 0x1p-60, iterations)
	return 2 * len(acc) * iterations
}

// peakLanes returns the number of chains that an ISA's probe runs.
func peakLanes[T Float](isa *ISA) int {
	var zero T
	if bytes := peakBytes(isa); bytes != 0 {
		return bytes / int(unsafe.Sizeof(zero))
	}
	return peakScalars
}

// peakChainsPure sets acc[i] = T(acc[i]·m) + acc[i], n times over, in 12 chains held in registers.
// len(acc) = 12.
func peakChainsPure[T Float](acc []T, m T, n int) {
	a := (*[peakScalars]T)(acc)
	a0, a1, a2, a3, a4, a5 := a[0], a[1], a[2], a[3], a[4], a[5]
	a6, a7, a8, a9, a10, a11 := a[6], a[7], a[8], a[9], a[10], a[11]
	for range n {
		a0, a1, a2 = T(a0*m)+a0, T(a1*m)+a1, T(a2*m)+a2
		a3, a4, a5 = T(a3*m)+a3, T(a4*m)+a4, T(a5*m)+a5
		a6, a7, a8 = T(a6*m)+a6, T(a7*m)+a7, T(a8*m)+a8
		a9, a10, a11 = T(a9*m)+a9, T(a10*m)+a10, T(a11*m)+a11
	}
	*a = [peakScalars]T{a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11}
}
