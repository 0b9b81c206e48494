package simdnn_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"

	simdnn "simdnn/adapters/gonum"
)

// packedOf returns a triangle of an n×n matrix row by row.
func packedOf(ul blas.Uplo, n int, a []float64, ld int) (p []float64) {
	for i := range n {
		if ul == blas.Upper {
			p = append(p, a[i*ld+i:i*ld+n]...)
		} else {
			p = append(p, a[i*ld:i*ld+i+1]...)
		}
	}
	return p
}

// TestTinyMatrices holds matrices of up to 4 rows, which are read into registers, to the bits of
// the same ones in the corner of larger ones: with ones on the diagonal and zeros beside them.
func TestTinyMatrices(t *testing.T) {
	const room = 9
	rng := rand.New(rand.NewPCG(9, 9))
	impl := simdnn.BLAS()
	for range 1000 {
		n, inc := 1+rng.IntN(4), []int{1, 2, -1, -3}[rng.IntN(4)]
		ul := []blas.Uplo{blas.Upper, blas.Lower}[rng.IntN(2)]
		tA := []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans}[rng.IntN(3)]
		d := []blas.Diag{blas.Unit, blas.NonUnit}[rng.IntN(2)]
		alpha, beta := []float64{1, -1.3}[rng.IntN(2)], []float64{0, 1, 0.7}[rng.IntN(3)]
		a, large := normal(rng, n*room), make([]float64, room*room)
		for i := range room {
			large[i*room+i] = 1
		}
		for i := range n {
			copy(large[i*room:], a[i*room:][:n])
		}
		x, y := normal(rng, n), normal(rng, n)
		compare := func(what string, of func(n int, a, p, x, y []float64)) {
			t.Helper()
			spread := func(v []float64, n int) []float64 {
				s := make([]float64, (n-1)*max(inc, -inc)+1)
				for i, e := range v {
					if inc < 0 {
						i = n - 1 - i
					}
					s[i*max(inc, -inc)] = e
				}
				return s
			}
			xs, ys := spread(x, n), spread(y, n)
			of(n, a, packedOf(ul, n, a, room), xs, ys)
			xl, yl := spread(x, room), spread(y, room)
			of(room, large, packedOf(ul, room, large, room), xl, yl)
			if inc < 0 {
				xl, yl = xl[len(xl)-len(xs):], yl[len(yl)-len(ys):]
			}
			require.True(t, slices.EqualFunc(xs, xl[:len(xs)], sameBits) &&
				slices.EqualFunc(ys, yl[:len(ys)], sameBits),
				"%s: n = %d, inc = %d, %c%c%c: %v %v, in the larger one %v %v", what, n, inc, ul,
				tA, d, xs, ys, xl, yl)
		}
		compare("trmv", func(n int, a, p, x, y []float64) {
			impl.Dtrmv(ul, tA, d, n, a, room, x, inc)
			impl.Dtpmv(ul, tA, d, n, p, y, inc)
		})
		compare("trsv", func(n int, a, p, x, y []float64) {
			impl.Dtrsv(ul, tA, d, n, a, room, x, inc)
			impl.Dtpsv(ul, tA, d, n, p, y, inc)
		})
		compare("symv", func(n int, a, _, x, y []float64) {
			impl.Dsymv(ul, n, alpha, a, room, x, inc, beta, y, inc)
		})
		compare("spmv", func(n int, _, p, x, y []float64) {
			impl.Dspmv(ul, n, alpha, p, x, inc, beta, y, inc)
		})
		compare("gemv", func(n int, a, _, x, y []float64) {
			impl.Dgemv(tA, n, n, alpha, a, room, x, inc, beta, y, inc)
		})
	}
}
