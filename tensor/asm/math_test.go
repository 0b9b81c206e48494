package asm

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSpecialValues checks every set at the arguments for which the contract names the result.
func TestSpecialValues(t *testing.T) {
	bothTypes(t, testSpecialValues[float32], testSpecialValues[float64])
}

func testSpecialValues[T Float](t *testing.T) {
	smallest, largest := math.SmallestNonzeroFloat64, math.MaxFloat64
	if isFloat32[T]() {
		smallest, largest = math.SmallestNonzeroFloat32, math.MaxFloat32
	}
	for _, f := range functions {
		x, want := f.special(smallest, largest)
		for i := range Available() {
			set := &Available()[i]
			got := make([]T, len(x))
			kernelOf(For[T](set), f)(got, converted[T](x))
			for j, w := range converted[T](want) {
				require.True(t, same(w, got[j]), "%s/%s(%v) is %v, want %v", f.op, set.Name, x[j], got[j], w)
			}
		}
	}
}

func converted[T Float](x []float64) []T {
	c := make([]T, len(x))
	for i, v := range x {
		c[i] = T(v)
	}
	return c
}

// TestSlopes compares gradients with the derivatives in float64. Where these are differences, near
// 0 in the middle of the left side, bits are lost, so that the error is counted in units of 1.
func TestSlopes(t *testing.T) { bothTypes(t, testSlopes[float32], testSlopes[float64]) }

func testSlopes[T Float](t *testing.T) {
	x := converted[T]([]float64{-inf, inf, -math.MaxFloat32, math.MaxFloat32, 0, negativeZero})
	for i := -4000; i <= 4000; i++ {
		x = append(x, T(i)/100)
	}
	ones, dst := make([]T, len(x)), make([]T, len(x))
	for i := range ones {
		ones[i] = 1
	}
	for _, f := range functions {
		if f.slope == nil {
			continue
		}
		for i := range Available() {
			gradientOf(For[T](&Available()[i]), f)(dst, ones, x)
			for j, v := range x {
				requireWithin(t, f.slope(float64(v)), dst[j], f.slopeError*epsilon[T](),
					f.op.String()+" gradient(%v)", v)
			}
		}
	}
}

func requireWithin[T Float](
	t *testing.T, want float64, got T, tolerance float64, format string, v T,
) {
	t.Helper()
	if !(math.Abs(float64(got)-want) <= tolerance) {
		t.Fatalf(format+" is %v, want %v", v, got, want)
	}
}
