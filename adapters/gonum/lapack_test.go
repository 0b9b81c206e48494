package simdnn_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/testlapack"
	"gonum.org/v1/gonum/mat"

	simdnn "simdnn/adapters/gonum"
)

// TestLAPACK runs gonum's tests of the routines that are not gonum's own; those of singular values,
// which take a minute in Go, only with assembly and on two threads.
func TestLAPACK(t *testing.T) {
	defer blas64.Use(gonum.Implementation{})
	for name, impl := range implementations() {
		blas64.Use(impl)
		lapack := impl.LAPACK()
		t.Run(name+"/dpotrf", func(t *testing.T) { testlapack.DpotrfTest(t, lapack) })
		t.Run(name+"/dgetrf", func(t *testing.T) { testlapack.DgetrfTest(t, lapack) })
		t.Run(name+"/dpocon", func(t *testing.T) { testlapack.DpoconTest(t, lapack) })
		t.Run(name+"/dgecon", func(t *testing.T) { testlapack.DgeconTest(t, lapack) })
		t.Run(name+"/dtrcon", func(t *testing.T) { testlapack.DtrconTest(t, lapack) })
		t.Run(name+"/dsyev", func(t *testing.T) { testlapack.DsyevTest(t, lapack) })
		if name == "avx2/threads=2" || name == "avx512/threads=2" || name == "neon/threads=2" {
			t.Run(name+"/dgesvd", func(t *testing.T) { testlapack.DgesvdTest(t, lapack, 1e-13) })
		}
	}
}

// factorise returns the results of all routines for a random m×n matrix and its square.
func factorise(f simdnn.Factorizations, rng *rand.Rand, m, n int) []float64 {
	var results []float64
	a, few := normal(rng, m*n), min(m, n)
	work, iwork := make([]float64, 100*(m+n)), make([]int, n)
	for _, job := range []lapack.SVDJob{lapack.SVDStore, lapack.SVDAll} {
		s, u, vt := make([]float64, few), make([]float64, m*m), make([]float64, n*n)
		ok := f.Dgesvd(job, job, m, n, slices.Clone(a), n, s, u, m, vt, n, work, len(work))
		results = slices.Concat(results, s, u, vt, []float64{btof(ok)})
	}
	lu, ipiv := slices.Clone(a), make([]int, few)
	f.Dgetrf(m, n, lu, n, ipiv)
	results = append(results, lu...)
	square := make([]float64, n*n)
	blas64.Implementation().Dsyrk(blas.Lower, blas.Trans, n, m, 1, a, n, 0, square, n)
	for i := range n {
		square[i*n+i]++ // so that it is positive definite
	}
	for _, ul := range []blas.Uplo{blas.Lower, blas.Upper} {
		factor := slices.Clone(square)
		f.Dpotrf(ul, n, factor, n)
		results = append(append(results, factor...), f.Dpocon(ul, n, factor, n, 10, work, iwork))
	}
	values := make([]float64, n)
	f.Dsyev(lapack.EVCompute, blas.Lower, n, square, n, values, work, len(work))
	return slices.Concat(results, values, square)
}

func btof(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// TestLAPACKBits compares the bits of all routines on every instruction set, on one thread and two.
func TestLAPACKBits(t *testing.T) {
	defer blas64.Use(gonum.Implementation{})
	for _, shape := range [][2]int{{3, 3}, {40, 40}, {41, 33}, {33, 50}, {90, 35}, {20, 100}} {
		var want []float64
		for name, impl := range implementations() {
			if strings.HasPrefix(name, "generic") {
				continue
			}
			blas64.Use(impl)
			rng := rand.New(rand.NewPCG(1, 1))
			results := factorise(impl.LAPACK(), rng, shape[0], shape[1])
			if want == nil {
				want = results
			}
			for i, v := range results {
				require.Equalf(t, math.Float64bits(want[i]), math.Float64bits(v),
					"%s, %v, result %d of %d: %v, %v", name, shape, i, len(want), want[i], v)
			}
		}
	}
}

// TestSingularVectors multiplies decompositions of matrices of all kinds of shapes out.
func TestSingularVectors(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, shape := range [][2]int{{20, 20}, {21, 20}, {20, 33}, {64, 63}, {100, 20}, {25, 70}} {
		m, n := shape[0], shape[1]
		a := mat.NewDense(m, n, normal(rng, m*n))
		for _, rank := range []int{0, 1, 7, m} { // the rows beyond repeat the first ones
			for i := rank; i < m; i++ {
				for j := range n {
					a.Set(i, j, 0)
					if rank > 0 {
						a.Set(i, j, a.At(i%rank, j))
					}
				}
			}
			work, few := make([]float64, 100*(m+n)), min(m, n)
			s, u, vt := make([]float64, few), mat.NewDense(m, m, nil), mat.NewDense(n, n, nil)
			copied := mat.DenseCopyOf(a)
			require.True(t, simdnn.LAPACK().Dgesvd(lapack.SVDAll, lapack.SVDAll, m, n,
				copied.RawMatrix().Data, n, s, u.RawMatrix().Data, m, vt.RawMatrix().Data, n, work,
				len(work)))
			var product mat.Dense
			sigma := mat.NewDense(m, n, nil)
			for i, v := range s {
				sigma.Set(i, i, v)
			}
			product.Product(u, sigma, vt)
			require.Truef(t, mat.EqualApprox(a, &product, 1e-12), "%v, rank %d", shape, rank)
			for _, q := range []*mat.Dense{u, vt} {
				product.Reset()
				product.Mul(q, q.T())
				one := mat.NewDiagDense(product.RawMatrix().Rows, nil)
				for i := range product.RawMatrix().Rows {
					one.SetDiag(i, 1)
				}
				require.Truef(t, mat.EqualApprox(one, &product, 1e-12), "%v, rank %d", shape, rank)
			}
			a = mat.NewDense(m, n, normal(rng, m*n))
		}
	}
}

// TestSmallSingularValues decomposes an upper bidiagonal matrix whose singular values are graded
// over 60 powers of ten: the product of all is its determinant to nearly full accuracy.
func TestSmallSingularValues(t *testing.T) {
	const n = 40
	a, determinant := make([]float64, n*n), 0.0
	for i := range n {
		a[i*n+i] = math.Pow(10, -1.5*float64(i))
		determinant += math.Log(a[i*n+i])
		if i+1 < n {
			a[i*n+i+1] = a[i*n+i] / 2
		}
	}
	s, u, vt, work := make([]float64, n), make([]float64, n*n), make([]float64, n*n),
		make([]float64, 100*n)
	f := simdnn.LAPACK()
	require.True(t, f.Dgesvd(lapack.SVDAll, lapack.SVDAll, n, n, a, n, s, u, n, vt, n, work,
		len(work)))
	product := 0.0
	for _, v := range s {
		product += math.Log(v)
	}
	require.InDelta(t, determinant, product, 1e-12*n)
}

// TestCholeskyOfNaN spoils positive definite matrices, which are then no more.
func TestCholeskyOfNaN(t *testing.T) {
	const n = 30
	f := simdnn.LAPACK()
	for _, ul := range []blas.Uplo{blas.Lower, blas.Upper} {
		a := make([]float64, n*n)
		for i := range n {
			a[i*n+i] = 2
		}
		require.True(t, f.Dpotrf(ul, n, slices.Clone(a), n))
		a[5*n+7], a[7*n+5] = math.NaN(), math.NaN()
		require.False(t, f.Dpotrf(ul, n, a, n))
	}
}
