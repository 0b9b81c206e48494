package asm

import (
	"math"
	"testing"
)

func TestOptimizers(t *testing.T) { bothTypes(t, testOptimizers[float32], testOptimizers[float64]) }

func testOptimizers[T Float](t *testing.T) {
	check(t, "Momentum", operation[T]{slices: 3, written: 2, generic: 10, run: func(k *Kernels[T], s [][]T) []T {
		k.Optimizer.Momentum(s[0], s[1], s[2], 0.07, 0.9)
		return nil
	}})
	check(t, "Nesterov", operation[T]{slices: 3, written: 2, generic: 10, run: func(k *Kernels[T], s [][]T) []T {
		k.Optimizer.Nesterov(s[0], s[1], s[2], 0.07, 0.9)
		return nil
	}})
	// The fields differ from one another, so that a kernel can't take one for another, and so far that the order of rounding shows.
	step := AdamStep[T]{Decay: 0.99, Beta1: 0.9, OneMinusBeta1: 0.1, Beta2: 0.97, OneMinusBeta2: 0.03, InvSqrtCorrection: 1.3, Epsilon: 0.003, Step: 0.02}
	check(t, "Adam", operation[T]{slices: 4, written: 3, generic: 2000, run: func(k *Kernels[T], s [][]T) []T {
		for i, v := range s[2] {
			s[2][i] = T(math.Abs(float64(v))) // second moments are not negative
		}
		k.Optimizer.Adam(s[0], s[1], s[2], s[3], step)
		return nil
	}})
}
