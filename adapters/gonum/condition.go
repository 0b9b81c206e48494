package simdnn

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/lapack"
)

// The condition numbers that mat.Cholesky, mat.LU and mat.QR compute with each factorisation take
// longer than it, unless triangular solves go along rows. Gonum's, which scale every solve lest it
// overflow, are left what doesn't stay finite without.

// Dpocon estimates the reciprocal condition number of A in the 1-norm, anorm being its norm and a
// its Cholesky factor.
func (f Factorizations) Dpocon(ul blas.Uplo, n int, a []float64, lda int, anorm float64,
	work []float64, iwork []int) float64 {

	if isUplo(ul) && isMatrix(a, n, n, lda) && anorm > 0 && len(work) >= 3*n && len(iwork) >= n {
		first, second := blas.NoTrans, blas.Trans
		if ul == blas.Upper {
			first, second = second, first
		}
		norm, ok := f.inverseNorm(n, work, iwork, func(x []float64, _ bool) {
			f.solve(ul, first, blas.NonUnit, a, lda, x)
			f.solve(ul, second, blas.NonUnit, a, lda, x)
		})
		if ok {
			return 1 / norm / anorm
		}
	}
	return f.Implementation.Dpocon(ul, n, a, lda, anorm, work, iwork)
}

// Dgecon estimates the reciprocal condition number of A in the 1-norm or the ∞-norm, anorm being
// its norm and a its LU factors.
func (f Factorizations) Dgecon(norm lapack.MatrixNorm, n int, a []float64, lda int, anorm float64,
	work []float64, iwork []int) float64 {

	if isNorm(norm) && isMatrix(a, n, n, lda) && anorm > 0 && len(work) >= 4*n && len(iwork) >= n {
		inverse, ok := f.inverseNorm(n, work, iwork, func(x []float64, transposed bool) {
			if transposed == (norm == lapack.MaxRowSum) {
				f.solve(blas.Lower, blas.NoTrans, blas.Unit, a, lda, x)
				f.solve(blas.Upper, blas.NoTrans, blas.NonUnit, a, lda, x)
			} else {
				f.solve(blas.Upper, blas.Trans, blas.NonUnit, a, lda, x)
				f.solve(blas.Lower, blas.Trans, blas.Unit, a, lda, x)
			}
		})
		if ok {
			return 1 / inverse / anorm
		}
	}
	return f.Implementation.Dgecon(norm, n, a, lda, anorm, work, iwork)
}

// Dtrcon estimates the reciprocal condition number of a triangular A in the 1-norm or the ∞-norm.
func (f Factorizations) Dtrcon(norm lapack.MatrixNorm, ul blas.Uplo, d blas.Diag, n int,
	a []float64, lda int, work []float64, iwork []int) float64 {

	if isNorm(norm) && isUplo(ul) && isDiag(d) && isMatrix(a, n, n, lda) && len(work) >= 3*n &&
		len(iwork) >= n {
		anorm := f.Dlantr(norm, ul, d, n, n, a, lda, work)
		inverse, ok := f.inverseNorm(n, work, iwork, func(x []float64, transposed bool) {
			t := blas.Trans
			if transposed == (norm == lapack.MaxRowSum) {
				t = blas.NoTrans
			}
			f.solve(ul, t, d, a, lda, x)
		})
		if ok && anorm > 0 {
			return 1 / anorm / inverse
		}
	}
	return f.Implementation.Dtrcon(norm, ul, d, n, a, lda, work, iwork)
}

func isNorm(n lapack.MatrixNorm) bool { return n == lapack.MaxColumnSum || n == lapack.MaxRowSum }

func (f Factorizations) solve(ul blas.Uplo, tA blas.Transpose, d blas.Diag, a []float64, lda int,
	x []float64) {

	t := triangle[float64]{form: full, n: len(x), a: a, ld: lda}
	f.core.solveVector(&t, ul, tA, d, x, 1)
}

// inverseNorm estimates the 1-norm of the inverse of an n×n matrix from a few solutions (Higham,
// "FORTRAN codes for estimating the one-norm of a real or complex matrix", 1988). solve sets x to
// the product of the inverse, transposed or not, and x. It reports whether all of them stayed
// finite.
func (f Factorizations) inverseNorm(n int, work []float64, iwork []int,
	solve func(x []float64, transposed bool)) (norm float64, ok bool) {

	var state [3]int
	x, v := work[:n], work[n:2*n]
	for kind := 0; ; {
		norm, kind = f.Dlacn2(n, v, x, iwork, norm, kind, &state)
		if kind == 0 {
			return norm, norm > 0
		}
		solve(x, kind == 2)
		for _, value := range x {
			if !isFinite(value) {
				return 0, false
			}
		}
	}
}
