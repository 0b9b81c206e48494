package asm

import (
	"cmp"
	"fmt"
	"math"
	"testing"
)

// genericErrors returns how far generic may be from reference in a function and in its gradient, in
// units of epsilon·(1+|result|). The elementary functions and what builds on them round
// multiply-adds twice; the others have the same bits.
func genericErrors(op fmt.Stringer) (value, gradient float64) {
	switch op {
	case Axpy:
		return 2, 0
	case ExpSub:
		return 4, 0
	}
	for _, f := range functions {
		if f.op == op {
			return 4, cmp.Or(f.genericGradient, 8)
		}
	}
	return 0, 0
}

// alphas are the scalars that parametric functions are tested with.
func alphas[T Float]() []T { return []T{0.7, 0.01, -0.3, 0, T(math.Inf(1))} }

func TestUnary(t *testing.T) { bothTypes(t, testUnary[float32], testUnary[float64]) }

func testUnary[T Float](t *testing.T) {
	for f := range Unaries {
		generic, genericGradient := genericErrors(f)
		check(t, f.String(), operation[T]{slices: 2, written: 1, inPlace: true, generic: generic,
			run: func(k *Kernels[T], s [][]T) []T {
				k.Unary[f](s[0], s[1])
				return nil
			}})
		if f.Gradient() == NoGradient {
			continue
		}
		check(t, f.String()+" gradient", operation[T]{slices: 3, written: 1, inPlace: true,
			generic: genericGradient, run: func(k *Kernels[T], s [][]T) []T {
				k.UnaryGradient[f](s[0], s[1], s[2])
				return nil
			}})
	}
}

func TestParametric(t *testing.T) { bothTypes(t, testParametric[float32], testParametric[float64]) }

func testParametric[T Float](t *testing.T) {
	for f := range Parametrics {
		generic, genericGradient := genericErrors(f)
		for _, alpha := range alphas[T]() {
			check(t, f.String(), operation[T]{
				slices: 2, written: 1, inPlace: true, generic: generic,
				run: func(k *Kernels[T], s [][]T) []T {
					k.Parametric[f](s[0], s[1], alpha)
					return nil
				}})
			if f.Gradient() == NoGradient {
				continue
			}
			check(t, f.String()+" gradient", operation[T]{slices: 3, written: 1, inPlace: true,
				generic: genericGradient, run: func(k *Kernels[T], s [][]T) []T {
					k.ParametricGradient[f](s[0], s[1], s[2], alpha)
					return nil
				}})
		}
	}
}

func TestBinary(t *testing.T) { bothTypes(t, testBinary[float32], testBinary[float64]) }

func testBinary[T Float](t *testing.T) {
	for f := range Binaries {
		check(t, f.String(), operation[T]{slices: 3, written: 1, inPlace: true,
			run: func(k *Kernels[T], s [][]T) []T {
				k.Binary[f](s[0], s[1], s[2])
				return nil
			}})
	}
}

func TestClamp(t *testing.T) { bothTypes(t, testClamp[float32], testClamp[float64]) }

func testClamp[T Float](t *testing.T) {
	inf, zero := T(math.Inf(1)), T(math.Copysign(0, -1))
	for _, bounds := range [][2]T{{-0.5, 0.75}, {0, 6}, {zero, inf}, {0, 0}, {zero, 0}, {-inf, zero},
		{zero, zero}, {-inf, 0}, {0.25, 0.5}, {-2, -1}, {inf, inf}} {
		check(t, "clamp", operation[T]{slices: 2, written: 1, inPlace: true,
			run: func(k *Kernels[T], s [][]T) []T {
				k.Clamp(s[0], s[1], bounds[0], bounds[1])
				return nil
			}})
	}
}

func TestHardGate(t *testing.T) { bothTypes(t, testHardGate[float32], testHardGate[float64]) }

func testHardGate[T Float](t *testing.T) {
	inf := T(math.Inf(1))
	for _, c := range [][4]T{{3, 0, 6, 6}, {0.5, 0, 1, 1}, {-3, 0, 6, -6}, {1, 0.25, 0.5, 0},
		{2, 0, 0, 3},
		{1, 0.5, inf, inf}, {inf, 0, 6, 6}} {
		check(t, "hard gate", operation[T]{slices: 2, written: 1, inPlace: true,
			run: func(k *Kernels[T], s [][]T) []T {
				k.HardGate(s[0], s[1], c[0], c[1], c[2], c[3])
				return nil
			}})
	}
}

// TestFamiliesAreComplete demands a name, a count of flops, and a gradient kernel exactly where the
// data says so, of every function.
func TestFamiliesAreComplete(t *testing.T) {
	k := For[float32](&Available()[0])
	for f := range Unaries {
		requireComplete(t, unaries[f], k.UnaryGradient[f] != nil)
	}
	for f := range Parametrics {
		requireComplete(t, parametrics[f], k.ParametricGradient[f] != nil)
	}
	for f := range Binaries {
		requireComplete(t, binaries[f], false)
	}
}

func requireComplete(t *testing.T, f elementwise, gradient bool) {
	t.Helper()
	if f.name == "" || f.flops == 0 || gradient != (f.gradient != NoGradient) {
		t.Errorf("%+v is incomplete, or has gradient kernels: %v", f, gradient)
	}
}

func TestOptimizers(t *testing.T) { bothTypes(t, testOptimizers[float32], testOptimizers[float64]) }

func testOptimizers[T Float](t *testing.T) {
	check(t, "Momentum", operation[T]{slices: 3, written: 2, generic: 10,
		run: func(k *Kernels[T], s [][]T) []T {
			k.Optimizer.Momentum(s[0], s[1], s[2], 0.07, 0.9)
			return nil
		}})
	check(t, "Nesterov", operation[T]{slices: 3, written: 2, generic: 10,
		run: func(k *Kernels[T], s [][]T) []T {
			k.Optimizer.Nesterov(s[0], s[1], s[2], 0.07, 0.9)
			return nil
		}})
	// The fields differ from one another, so that a kernel can't take one for another, and so far
	// that the order of rounding shows.
	step := AdamStep[T]{Decay: 0.99, Beta1: 0.9, OneMinusBeta1: 0.1, Beta2: 0.97, OneMinusBeta2: 0.03,
		InvSqrtCorrection: 1.3, Epsilon: 0.003, Step: 0.02}
	check(t, "Adam", operation[T]{slices: 4, written: 3, generic: 2000,
		run: func(k *Kernels[T], s [][]T) []T {
			for i, v := range s[2] {
				s[2][i] = T(math.Abs(float64(v))) // second moments are not negative
			}
			k.Optimizer.Adam(s[0], s[1], s[2], s[3], step)
			return nil
		}})
}
