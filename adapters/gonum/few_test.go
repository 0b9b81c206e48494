package simdnn_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"

	simdnn "simdnn/adapters/gonum"
)

// fewCall are the arguments of routines with few rows and columns.
type fewCall struct {
	m, n, ld, incX, incY int
	alpha, beta          float64
	t                    blas.Transpose
	ul                   blas.Uplo
	x, y, a              []float64 // no longer than they must be
}

// draw returns arguments for m×n matrices, whose results are NaN where beta is 0.
func draw(rng *rand.Rand, m, n int) fewCall {
	inc := func() int { return []int{1, 1, 2, -1, -3}[rng.IntN(5)] }
	c := fewCall{m: m, n: n, ld: n + rng.IntN(3), incX: inc(), incY: inc(),
		alpha: []float64{1, -1.3}[rng.IntN(2)], beta: []float64{0, 1, 0.7}[rng.IntN(3)],
		t:  []blas.Transpose{blas.NoTrans, blas.Trans}[rng.IntN(2)],
		ul: []blas.Uplo{blas.Upper, blas.Lower}[rng.IntN(2)]}
	room := func(n, inc int) int { return (n-1)*max(inc, -inc) + 1 }
	c.x = normal(rng, room(max(m, n), c.incX))
	c.y = normal(rng, room(max(m, n), c.incY))
	c.a = normal(rng, max(m, n)*max(c.ld, m))
	if c.beta == 0 {
		for i := range c.y {
			c.y[i] = math.NaN()
		}
	}
	c.x[rng.IntN(len(c.x))] = math.Copysign(0, -1)
	return c
}

// results returns what routines make of copies of the arguments, in float64 and float32.
func (c fewCall) results(impl simdnn.Implementation) (wide [][]float64, narrow [][]float32) {
	a, x, y := slices.Clone(c.a), c.x, slices.Clone(c.y)
	impl.Dgemv(c.t, c.m, c.n, c.alpha, a, c.ld, x, c.incX, c.beta, y, c.incY)
	wide = append(wide, y)
	z := slices.Clone(c.a)[:len(c.y)]
	impl.Dger(c.m, c.n, c.alpha, x, c.incX, z, c.incY, a, c.ld)
	wide = append(wide, a)
	full, packed := slices.Clone(c.a), slices.Clone(c.a)
	n, ld := min(c.m, c.n), max(c.ld, c.m)
	impl.Dsyr(c.ul, n, c.alpha, x, c.incX, full, ld)
	impl.Dsyr2(c.ul, n, c.alpha, x, c.incX, z, c.incY, full, ld)
	impl.Dspr(c.ul, n, c.alpha, x, c.incX, packed)
	impl.Dspr2(c.ul, n, c.alpha, x, c.incX, z, c.incY, packed)
	wide = append(wide, full, packed)

	alpha, beta := float32(c.alpha), float32(c.beta)
	a32, x32, y32 := single(c.a), single(c.x), single(c.y)
	impl.Sgemv(c.t, c.m, c.n, alpha, a32, c.ld, x32, c.incX, beta, y32, c.incY)
	narrow = append(narrow, y32)
	z32 := single(c.a)[:len(c.y)]
	impl.Sger(c.m, c.n, alpha, x32, c.incX, z32, c.incY, a32, c.ld)
	narrow = append(narrow, a32)
	full32, packed32 := single(c.a), single(c.a)
	impl.Ssyr(c.ul, n, alpha, x32, c.incX, full32, ld)
	impl.Ssyr2(c.ul, n, alpha, x32, c.incX, z32, c.incY, full32, ld)
	impl.Sspr(c.ul, n, alpha, x32, c.incX, packed32)
	impl.Sspr2(c.ul, n, alpha, x32, c.incX, z32, c.incY, packed32)
	return wide, append(narrow, full32, packed32)
}

// TestFewRows compares matrices of up to 33 rows and columns on every instruction set with those of
// the reference, bit by bit: gaps, what lies beside, and results that are not to be read included.
func TestFewRows(t *testing.T) {
	all := implementations()
	rng := rand.New(rand.NewPCG(3, 4))
	for m := 1; m <= 33; m++ {
		for n := 1; n <= 33; n++ {
			c := draw(rng, m, n)
			wide, narrow := c.results(all["reference/threads=1"])
			for name, impl := range all {
				if strings.HasPrefix(name, "generic") || strings.HasPrefix(name, "reference") {
					continue // the one rounds otherwise
				}
				w, s := c.results(impl)
				where := fmt.Sprintf("%s: %d×%d, %+v", name, m, n, c)
				for i := range wide {
					require.True(t, slices.EqualFunc(wide[i], w[i], sameBits), "%d: %s", i, where)
					require.True(t, slices.EqualFunc(narrow[i], s[i], sameBits), "%d: %s", i, where)
				}
			}
		}
	}
}

// TestChains compares triangles in every form, times vectors and solved, and vectors with gaps, on
// every instruction set with the reference.
func TestChains(t *testing.T) {
	all := implementations()
	rng := rand.New(rand.NewPCG(5, 6))
	for n := 1; n <= 19; n++ {
		for draws := 0; draws < 24; draws++ {
			incX, incY := []int{1, 2, -1, -3}[rng.IntN(4)], []int{1, 2, -2}[rng.IntN(3)]
			k := rng.IntN(min(n+2, 18))
			ul := []blas.Uplo{blas.Upper, blas.Lower}[rng.IntN(2)]
			tA := []blas.Transpose{blas.NoTrans, blas.Trans}[rng.IntN(2)]
			d := []blas.Diag{blas.Unit, blas.NonUnit}[rng.IntN(2)]
			x := normal(rng, (n-1)*max(incX, -incX)+1)
			y := normal(rng, (n-1)*max(incY, -incY)+1)
			lda := n + rng.IntN(3)
			a, band := normal(rng, lda*(n-1)+n), normal(rng, (k+2)*(n-1)+k+1)
			of := func(impl simdnn.Implementation) (wide []float64, narrow []float32) {
				vectors := [8][]float64{}
				singles := [8][]float32{}
				for i := range vectors {
					vectors[i], singles[i] = slices.Clone(x), single(x)
				}
				v, s, a32, band32 := &vectors, &singles, single(a), single(band)
				impl.Dtrmv(ul, tA, d, n, a, lda, v[0], incX)
				impl.Dtrsv(ul, tA, d, n, a, lda, v[1], incX)
				impl.Dtpmv(ul, tA, d, n, a[:n*(n+1)/2], v[2], incX)
				impl.Dtpsv(ul, tA, d, n, a[:n*(n+1)/2], v[3], incX)
				impl.Dtbmv(ul, tA, d, n, k, band, k+2, v[4], incX)
				impl.Dtbsv(ul, tA, d, n, k, band, k+2, v[5], incX)
				impl.Strmv(ul, tA, d, n, a32, lda, s[0], incX)
				impl.Strsv(ul, tA, d, n, a32, lda, s[1], incX)
				impl.Stpmv(ul, tA, d, n, a32[:n*(n+1)/2], s[2], incX)
				impl.Stpsv(ul, tA, d, n, a32[:n*(n+1)/2], s[3], incX)
				impl.Stbmv(ul, tA, d, n, k, band32, k+2, s[4], incX)
				impl.Stbsv(ul, tA, d, n, k, band32, k+2, s[5], incX)
				beta := float64(n % 3)
				impl.Dsymv(ul, n, 0.7, a, lda, x, incX, beta, v[7], incX)
				impl.Dspmv(ul, n, 0.7, a[:n*(n+1)/2], x, incX, beta, v[7], incX)
				impl.Dsbmv(ul, n, k, 0.7, band, k+2, x, incX, beta, v[7], incX)
				impl.Ssymv(ul, n, 0.7, a32, lda, single(x), incX, float32(beta), s[7], incX)
				impl.Sspmv(ul, n, 0.7, a32[:n*(n+1)/2], single(x), incX, float32(beta), s[7], incX)
				impl.Ssbmv(ul, n, k, 0.7, band32, k+2, single(x), incX, float32(beta), s[7], incX)
				impl.Dscal(n, 0.3, v[6], max(incX, -incX))
				impl.Sscal(n, 0.3, s[6], max(incX, -incX))
				z, z32 := slices.Clone(y), single(y)
				impl.Daxpy(n, 0.7, x, incX, z, incY)
				impl.Saxpy(n, 0.7, single(x), incX, z32, incY)
				z = append(z, impl.Ddot(n, x, incX, y, incY))
				z32 = append(z32, impl.Sdot(n, single(x), incX, single(y), incY))
				return slices.Concat(slices.Concat(v[:]...), z), slices.Concat(slices.Concat(s[:]...), z32)
			}
			wide, narrow := of(all["reference/threads=1"])
			for name, impl := range all {
				if strings.HasPrefix(name, "generic") {
					continue // rounds otherwise
				}
				w, s := of(impl)
				require.True(t, slices.EqualFunc(wide, w, sameBits) &&
					slices.EqualFunc(narrow, s, sameBits),
					"%s: %c%c%c n=%d k=%d incX=%d incY=%d", name, ul, tA, d, n, k, incX, incY)
			}
		}
	}
}

// sameBits reports whether two numbers are the same, a NaN any NaN, and zeros of one sign.
func sameBits[T float32 | float64](p, q T) bool {
	return p != p && q != q ||
		p == q && math.Signbit(float64(p)) == math.Signbit(float64(q))
}
