package simdnn

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/lapack"
	gonum "gonum.org/v1/gonum/lapack/gonum"
)

// Factorizations is a [lapack.Float64]: Cholesky, LU, singular values, symmetric eigenvalues and
// condition numbers are its own, everything else is gonum's. It may be used by many goroutines at once.
//
//   - Dpotrf and Dgetrf halve the matrix until columns or rows are left, so that nearly all of
//     their work is products (Toledo, "Locality of reference in LU decomposition with partial
//     pivoting", 1997).
//   - Dgesvd and Dsyev with vectors keep the rotations of their sweeps and apply many at once.
//   - Dpocon, Dgecon and Dtrcon solve along rows.
//
// What gonum defines is as there, the texts of panics included. Signs of singular vectors and
// eigenvectors are others, as they are from one LAPACK to the next. Bits are the same on every
// instruction set (generic excepted) of a processor architecture, and with any number of threads.
type Factorizations struct {
	gonum.Implementation // the routines that are not overridden, and what these refuse
	core                 *core[float64]
}

var _ lapack.Float64 = Factorizations{}

// LAPACK returns factorisations over [BLAS]:
//
//	blas64.Use(simdnn.BLAS())
//	lapack64.Use(simdnn.LAPACK())
//
// Gonum's own routines call what blas64.Use was given.
func LAPACK() Factorizations { return BLAS().LAPACK() }

// LAPACK returns factorisations that compute with the engine for float64.
func (impl Implementation) LAPACK() Factorizations { return Factorizations{core: &impl.f64} }

// Dpotrf sets the triangle of a symmetric positive definite A to its Cholesky factor, L of A = L·Lᵀ
// or U of A = Uᵀ·U, and reports whether A is positive definite. Where A is not finite it may say no
// and gonum yes.
func (f Factorizations) Dpotrf(ul blas.Uplo, n int, a []float64, lda int) bool {
	if !isUplo(ul) || !isMatrix(a, n, n, lda) {
		return f.Implementation.Dpotrf(ul, n, a, lda)
	}
	return f.core.cholesky(ul, matrix(a, n, n, lda))
}

// Dgetrf sets an m×n matrix A to the factors of P·A = L·U, and ipiv to the rows that each of the
// first min(m, n) was swapped with in turn. It reports whether no pivot was zero.
func (f Factorizations) Dgetrf(m, n int, a []float64, lda int, ipiv []int) bool {
	if !isMatrix(a, m, n, lda) || len(ipiv) != min(m, n) {
		return f.Implementation.Dgetrf(m, n, a, lda, ipiv)
	}
	return f.core.lu(matrix(a, m, n, lda), ipiv, 0)
}
