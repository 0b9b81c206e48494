package asm

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDots compares a matrix times a vector with the dots of the reference, for rows with and without gaps.
func TestDots(t *testing.T) {
	forEachSetName(t, func(t *testing.T, name string) {
		set, err := ByName(name)
		require.NoError(t, err)
		testDots(t, noted(&set.F32), rounding(name != "generic"))
		testDots(t, noted(&set.F64), rounding(name != "generic"))
	})
}

func testDots[T Float](t *testing.T, k *Kernels[T], r rounding) {
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
