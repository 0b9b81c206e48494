package asm

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// maskLengths are lengths around one and several blocks of every ISA.
var maskLengths = func() []int {
	var lengths []int
	for n := range 70 {
		lengths = append(lengths, n)
	}
	return append(lengths, 127, 128, 129, 1000)
}()

// TestSelect compares the choices of all ISAs with their definition.
func TestSelect(t *testing.T) {
	for i := range Available() {
		m := &Available()[i].Masks
		t.Run(Available()[i].Name, func(t *testing.T) {
			testSelect(t, m.Select32)
			testSelect(t, m.Select64)
		})
	}
}

func testSelect[U uint32 | uint64](t *testing.T, choose func(dst, yes, no []U, mask []uint8)) {
	for _, n := range maskLengths {
		dst, want := make([]U, n+1), make([]U, n+1)
		yes, no, mask := make([]U, n), make([]U, n), make([]uint8, n)
		dst[n], want[n] = 7, 7 // stays
		for i := range n {
			yes[i], no[i], mask[i] = ^U(0)-U(i), U(i*i), uint8(i*i/3%2)
			if want[i] = no[i]; mask[i] == 1 {
				want[i] = yes[i]
			}
		}
		choose(dst[:n], yes, no, mask)
		require.Equal(t, want, dst, "%d elements", n)
	}
}

// TestComparisons compares those of all ISAs with their definitions, for every pair of numbers that
// might matter.
func TestComparisons(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for i := range Available() {
		m := &Available()[i].Masks
		t.Run(Available()[i].Name, func(t *testing.T) {
			testComparisons(t, m.Float32, []float32{0, float32(math.Copysign(0, -1)), 1, -1,
				float32(inf), float32(-inf), float32(nan), 1e-45, 2})
			testComparisons(t, m.Float64, []float64{0, math.Copysign(0, -1), 1, -1, inf, -inf, nan,
				math.SmallestNonzeroFloat64, 2})
			testComparisons(t, m.Int32, []int32{0, 1, -1, math.MaxInt32, math.MinInt32, 1 << 16})
			testComparisons(t, m.Int64, []int64{0, 1, -1, math.MaxInt64, math.MinInt64, 1 << 32,
				1<<32 + 1, -1 << 32})
		})
	}
}

func testComparisons[T Float | int32 | int64](t *testing.T, compare Comparing[T], numbers []T) {
	definitions := [Comparisons]func(x, y T) bool{
		Equal:     func(x, y T) bool { return x == y },
		NotEqual:  func(x, y T) bool { return x != y },
		Less:      func(x, y T) bool { return x < y },
		LessEqual: func(x, y T) bool { return x <= y },
	}
	for c, holds := range definitions {
		for _, n := range maskLengths {
			x, y := make([]T, n), make([]T, n)
			mask, want := make([]uint8, n+1), make([]uint8, n+1)
			mask[n], want[n] = 7, 7 // stays
			for i := range n {
				x[i], y[i] = numbers[i%len(numbers)], numbers[(i+i/len(numbers))%len(numbers)]
				if holds(x[i], y[i]) {
					want[i] = 1
				}
			}
			compare[c](mask[:n], x, y)
			require.Equal(t, want, mask, fmt.Sprintf("%T %v, %d elements", x, Comparison(c), n))
		}
	}
}
