package asm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReduce(t *testing.T) { bothTypes(t, testReduce[float32], testReduce[float64]) }

func testReduce[T Float](t *testing.T) {
	check(t, "Dot", operation[T]{slices: 2, inPlace: true, generic: 500,
		run: func(k *Kernels[T], s [][]T) []T {
			return []T{k.Reduce.Dot(s[0], s[1])}
		}})
	check(t, "Sum", operation[T]{slices: 1,
		run: func(k *Kernels[T], s [][]T) []T { return []T{k.Reduce.Sum(s[0])} }})
	check(t, "Max", operation[T]{slices: 1,
		run: func(k *Kernels[T], s [][]T) []T { return []T{k.Reduce.Max(s[0])} }})
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
				nan := T(math.NaN())
				for _, v := range []T{-0.5, T(math.Inf(1)), T(math.Copysign(0, -1)), nan, -nan} {
					x[j] = v
					want := v
					if v == 0 {
						want = 0
					}
					if got := k.Reduce.Max(x); !same(got, want) {
						t.Fatalf("%s: the largest of %d elements is %v at place %d, not %v",
							Available()[i].Name, n, v, j, got)
					}
				}
				x[j] = old
			}
		}
	}
}

// TestDotKeepsNegativeZero makes every lane underflow to −0, and then the lowest ones once more: a
// kernel that adds +0 to the lanes that the tail does not reach gives +0 in the end.
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
			require.Equal(t, n >= laneCount[T](), math.Signbit(float64(got)),
				"%s: sign of the dot product of %d elements", Available()[i].Name, n)
		}
	}
}

// TestGemv compares a matrix times a vector with the dots of the reference, for rows with and
// without gaps.
func TestGemv(t *testing.T) {
	forEachISA(t, func(t *testing.T, isa *ISA) {
		testGemv(t, noted(&isa.F32), rounding(isa.Name != "generic"))
		testGemv(t, noted(&isa.F64), rounding(isa.Name != "generic"))
	})
}

func testGemv[T Float](t *testing.T, k *Kernels[T], r rounding) {
	rng := rand.New(rand.NewPCG(9, 9))
	for n := range 140 {
		for _, rows := range []int{0, 1, 2, 5} {
			xRow := n + n%3
			x, y := randomMatrix[T](rng, max(rows-1, 0)*xRow+n), randomMatrix[T](rng, n)
			got := randomMatrix[T](rng, rows+2)
			want := append([]T(nil), got...)
			for i := range rows {
				want[i] = dot(r, x[i*xRow:][:n], y)
			}
			k.Reduce.Gemv(got[:rows], x, xRow, y)
			require.Equal(t, want, got, "%d rows of %d", rows, n)
		}
	}
}

func TestRows(t *testing.T) { bothTypes(t, testRows[float32], testRows[float64]) }

func testRows[T Float](t *testing.T) {
	check(t, "BroadcastAdd", operation[T]{slices: 2, written: 1, lengths: rowLengths(),
		run: func(k *Kernels[T], s [][]T) []T {
			k.Rows.BroadcastAdd(s[0], s[1])
			return nil
		}})
	for _, gap := range []int{0, 1, 30} {
		check(t, fmt.Sprintf("ColumnSum gap %d", gap), operation[T]{
			slices: 2, written: 1, lengths: columnLengths(gap),
			run: func(k *Kernels[T], s [][]T) []T {
				k.Rows.ColumnSum(s[0], s[1], len(s[0])+gap)
				return nil
			}})
	}
}

// rowLengths returns the lengths of matrices and of their rows: every width up to 70 and some
// larger, with several heights.
func rowLengths() [][]int {
	widths := []int{127, 128, 129, 200, 1001}
	for w := 1; w <= 70; w++ {
		widths = append(widths, w)
	}
	lengths := [][]int{{0, 0}}
	for _, w := range widths {
		for _, rows := range []int{0, 1, 2, 3, 8, 17, 33, 71} {
			if rows*w <= 4000 {
				lengths = append(lengths, []int{rows * w, w})
			}
		}
	}
	return lengths
}

// columnLengths returns the lengths of rows and of matrices with such gaps between their rows, but
// none behind the last.
func columnLengths(gap int) [][]int {
	pairs := rowLengths()
	for i, p := range pairs {
		size, width := p[0], p[1]
		if size > 0 {
			size += (size/width - 1) * gap
		}
		pairs[i] = []int{width, size}
	}
	return pairs
}
