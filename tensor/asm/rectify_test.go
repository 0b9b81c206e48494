package asm

import (
	"math"
	"testing"
)

func TestRectify(t *testing.T) { bothTypes(t, testRectify[float32], testRectify[float64]) }

func testRectify[T Float](t *testing.T) {
	check(t, "Relu", operation[T]{slices: 2, written: 1, inPlace: true, run: func(k *Kernels[T], s [][]T) []T {
		k.Relu(s[0], s[1])
		return nil
	}})
	check(t, "ReluGrad", operation[T]{slices: 3, written: 1, inPlace: true, run: func(k *Kernels[T], s [][]T) []T {
		k.ReluGrad(s[0], s[1], s[2])
		return nil
	}})
	for _, slope := range []T{0.01, -2, 0, T(math.Inf(1))} {
		check(t, "LeakyRelu", operation[T]{slices: 2, written: 1, inPlace: true, run: func(k *Kernels[T], s [][]T) []T {
			k.LeakyRelu(s[0], s[1], slope)
			return nil
		}})
		check(t, "LeakyReluGrad", operation[T]{slices: 3, written: 1, inPlace: true, run: func(k *Kernels[T], s [][]T) []T {
			k.LeakyReluGrad(s[0], s[1], s[2], slope)
			return nil
		}})
	}
	check(t, "TanhGrad", operation[T]{slices: 3, written: 1, inPlace: true, generic: 100, run: func(k *Kernels[T], s [][]T) []T {
		k.TanhGrad(s[0], s[1], s[2])
		return nil
	}})
	check(t, "SigmoidGrad", operation[T]{slices: 3, written: 1, inPlace: true, generic: 100, run: func(k *Kernels[T], s [][]T) []T {
		k.SigmoidGrad(s[0], s[1], s[2])
		return nil
	}})
}
