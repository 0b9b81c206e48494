package asm

import "unsafe"

// peakVectors is the number of independent chains that a probe of the peak keeps in flight: more than the latency of a fused
// multiply-add (4 or 5 cycles) times the units that start one each cycle (2), and few enough to stay in 16 registers.
const peakVectors = 12

// PeakFMA runs nothing but the widest fused multiply-adds of the set, on operands in registers, and returns the number of floating
// point operations done: timing it gives the peak that no matrix product of this set can exceed on one thread.
//
// An iteration makes one fused multiply-add, counted as two operations, in each lane of 12 independent registers: 2·12·64/sizeof(T)
// operations with avx512, 2·12·32/sizeof(T) with avx2 and, in pairs of registers, with neon. The pure-Go sets run 12 scalar chains of
// separate multiplications and additions, 24 operations an iteration.
func PeakFMA[T Float](set *Set, iterations int) (flops int) {
	var zero T
	acc := make([]T, peakVectors*peakBytes(set, int(unsafe.Sizeof(zero)))/int(unsafe.Sizeof(zero)))
	for i := range acc {
		acc[i] = 1
	}
	// The chains converge to 1 or, with neon, grow slowly: no subnormal or infinite value slows them down.
	peakChains(set, acc, 0.75, 0.25, iterations)
	return 2 * len(acc) * iterations
}

// peakChainsPure sets acc[i] = T(acc[i]·m) + c, n times over, in 12 chains held in registers. len(acc) = 12.
func peakChainsPure[T Float](acc []T, m, c T, n int) {
	a := (*[peakVectors]T)(acc)
	a0, a1, a2, a3, a4, a5 := a[0], a[1], a[2], a[3], a[4], a[5]
	a6, a7, a8, a9, a10, a11 := a[6], a[7], a[8], a[9], a[10], a[11]
	for range n {
		a0, a1, a2 = T(a0*m)+c, T(a1*m)+c, T(a2*m)+c
		a3, a4, a5 = T(a3*m)+c, T(a4*m)+c, T(a5*m)+c
		a6, a7, a8 = T(a6*m)+c, T(a7*m)+c, T(a8*m)+c
		a9, a10, a11 = T(a9*m)+c, T(a10*m)+c, T(a11*m)+c
	}
	*a = [peakVectors]T{a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11}
}
