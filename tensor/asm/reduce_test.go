package asm

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReduce(t *testing.T) { bothTypes(t, testReduce[float32], testReduce[float64]) }

func testReduce[T Float](t *testing.T) {
	check(t, "Dot", operation[T]{slices: 2, inPlace: true, generic: 500, run: func(k *Kernels[T], s [][]T) []T {
		return []T{k.Reduce.Dot(s[0], s[1])}
	}})
	check(t, "Sum", operation[T]{slices: 1, run: func(k *Kernels[T], s [][]T) []T { return []T{k.Reduce.Sum(s[0])} }})
	check(t, "Max", operation[T]{slices: 1, run: func(k *Kernels[T], s [][]T) []T { return []T{k.Reduce.Max(s[0])} }})
}

func TestMaxFindsEveryPlace(t *testing.T) {
	bothTypes(t, testMaxFindsEveryPlace[float32], testMaxFindsEveryPlace[float64])
}

func testMaxFindsEveryPlace[T Float](t *testing.T) {
	for i := range Available() {
		k := For[T](&Available()[i])
		require.Equal(t, math.Inf(-1), float64(k.Reduce.Max(nil)), Available()[i].Name)
		for n := 1; n <= 140; n++ {
			x := make([]T, n)
			for j := range x {
				x[j] = T(-1 - j%7)
			}
			for j, old := range x {
				for _, v := range []T{-0.5, T(math.Inf(1)), T(math.Copysign(0, -1)), T(math.NaN()), -T(math.NaN())} {
					x[j] = v
					want := v
					if v == 0 {
						want = 0
					}
					if got := k.Reduce.Max(x); !same(got, want) {
						t.Fatalf("%s: the largest of %d elements is %v at place %d, not %v", Available()[i].Name, n, v, j, got)
					}
				}
				x[j] = old
			}
		}
	}
}

// TestDotKeepsNegativeZero makes every lane underflow to −0, and then the lowest ones once more: a kernel that adds +0 to the lanes
// that the tail does not reach gives +0 in the end.
func TestDotKeepsNegativeZero(t *testing.T) {
	bothTypes(t, testDotKeepsNegativeZero[float32], testDotKeepsNegativeZero[float64])
}

func testDotKeepsNegativeZero[T Float](t *testing.T) {
	tiny := T(math.SmallestNonzeroFloat64)
	if isFloat32[T]() {
		tiny = math.SmallestNonzeroFloat32
	}
	for i := range Available() {
		if Available()[i].Name == "generic" {
			continue // it rounds the product to −0 first, and +0 + −0 is +0
		}
		k := For[T](&Available()[i])
		for n := 1; n <= 200; n++ {
			x, y := make([]T, n), make([]T, n)
			for j := range x {
				x[j], y[j] = tiny, -tiny
			}
			got := k.Reduce.Dot(x, y)
			require.Zero(t, got)
			require.Equal(t, n >= laneCount[T](), math.Signbit(float64(got)), "%s: sign of the dot product of %d elements", Available()[i].Name, n)
		}
	}
}
