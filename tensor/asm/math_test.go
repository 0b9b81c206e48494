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
	inf, nan, negativeZero := T(math.Inf(1)), T(math.NaN()), T(math.Copysign(0, -1))
	smallest, largest := T(math.SmallestNonzeroFloat64), math.MaxFloat64
	if isFloat32[T]() {
		smallest, largest = math.SmallestNonzeroFloat32, math.MaxFloat32
	}
	for _, c := range []struct {
		op   Unary
		x    []T
		want []T
	}{
		{Exp,
			[]T{0, negativeZero, inf, -inf, nan, T(largest), -T(largest), smallest, -smallest, 800, -800},
			[]T{1, 1, inf, 0, nan, inf, 0, 1, 1, inf, 0}},
		{Log,
			[]T{0, negativeZero, 1, inf, -inf, nan, -1, -smallest, -T(largest)},
			[]T{-inf, -inf, 0, inf, nan, nan, nan, nan, nan}},
		{Tanh,
			[]T{0, negativeZero, inf, -inf, nan, smallest, -smallest, 3 * smallest, T(largest),
				-T(largest), 20, -20},
			[]T{0, negativeZero, 1, -1, nan, smallest, -smallest, 3 * smallest, 1, -1, 1, -1}},
		{Sigmoid,
			[]T{0, negativeZero, inf, -inf, nan, smallest, -smallest, T(largest), -T(largest), 40, -800},
			[]T{0.5, 0.5, 1, 0, nan, 0.5, 0.5, 1, 0, 1, 0}},
		{Silu,
			[]T{0, negativeZero, inf, -inf, nan, 4 * smallest, -4 * smallest, T(largest), -T(largest), 40,
				-800},
			[]T{0, negativeZero, inf, nan, nan, 2 * smallest, -2 * smallest, T(largest), negativeZero, 40,
				negativeZero}},
		{Gelu,
			[]T{0, negativeZero, inf, -inf, nan, 4 * smallest, -4 * smallest, T(largest), -T(largest), 40,
				-40},
			[]T{0, negativeZero, inf, nan, nan, 2 * smallest, -2 * smallest, T(largest), negativeZero, 40,
				negativeZero}},
		{GeluTanh,
			[]T{0, negativeZero, inf, -inf, nan, 4 * smallest, -4 * smallest, T(largest), -T(largest), 40,
				-40},
			[]T{0, negativeZero, inf, nan, nan, 2 * smallest, -2 * smallest, T(largest), negativeZero, 40,
				negativeZero}},
	} {
		for i := range Available() {
			set := &Available()[i]
			got := make([]T, len(c.x))
			For[T](set).Unary[c.op](got, c.x)
			for j := range got {
				require.True(t, same(c.want[j], got[j]),
					"%s/%s(%v) is %v, want %v", c.op, set.Name, c.x[j], got[j], c.want[j])
			}
		}
	}
}

// TestGeluGradients compares the derivatives with their formulas in float64. Near 0 in the middle
// of the left side they are differences, so that the error is counted in units of 1.
func TestGeluGradients(t *testing.T) {
	bothTypes(t, testGeluGradients[float32], testGeluGradients[float64])
}

func testGeluGradients[T Float](t *testing.T) {
	x := []T{T(math.Inf(-1)), T(math.Inf(1)), -T(math.MaxFloat32), math.MaxFloat32, 0,
		T(math.Copysign(0, -1))}
	for i := -4000; i <= 4000; i++ {
		x = append(x, T(i)/100)
	}
	ones, dst := make([]T, len(x)), make([]T, len(x))
	for i := range ones {
		ones[i] = 1
	}
	for i := range Available() {
		k := For[T](&Available()[i])
		k.UnaryGradient[Gelu](dst, ones, x)
		for j, v := range x {
			requireWithin(t, trueGeluSlope(float64(v)), dst[j], 2*epsilon[T](), "GeluGrad(%v)", v)
		}
		k.UnaryGradient[GeluTanh](dst, ones, x)
		for j, v := range x {
			requireWithin(t, trueGeluTanhSlope(float64(v)), dst[j], 4*epsilon[T](), "GeluTanhGrad(%v)", v)
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

func trueGeluSlope(x float64) float64 {
	if math.Abs(x) > 50 {
		return max(0, math.Copysign(1, x))
	}
	return math.Erfc(-x/math.Sqrt2)/2 + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
}

func trueGeluTanhSlope(x float64) float64 {
	if math.Abs(x) > 50 {
		return max(0, math.Copysign(1, x))
	}
	c := math.Sqrt(8 / math.Pi)
	v := c * (x + float64(0.044715*x*x*x))
	return trueSigmoid(v) + float64(trueSigmoid(v)*trueSigmoid(-v)*x*c*(1+float64(3*0.044715*x*x)))
}
