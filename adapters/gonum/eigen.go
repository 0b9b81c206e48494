package simdnn

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/lapack"
)

// Dsyev sets w to the eigenvalues of a symmetric matrix in ascending order, and A, of which it
// reads one triangle, to their vectors, a column each. It reports whether the iteration came to an
// end. Values without vectors are gonum's own, and so is what has fewer than 20 of them or wrong
// arguments, is not finite, or so large or small that it must be scaled.
func (f Factorizations) Dsyev(jobz lapack.EVJob, ul blas.Uplo, n int, a []float64, lda int,
	w, work []float64, lwork int) bool {

	own := jobz == lapack.EVCompute && isUplo(ul) && n >= fewValues &&
		isMatrix(a, n, n, lda) && len(w) >= n && lwork >= 3*n-1 && len(work) >= lwork
	if own {
		norm := f.Dlansy(lapack.MaxAbs, ul, n, a, lda, work)
		own = norm > smallNorm && norm < largeNorm
	}
	if !own {
		return f.Implementation.Dsyev(jobz, ul, n, a, lda, w, work, lwork)
	}
	t := &tridiagonal{d: w[:n], e: make([]float64, n)}
	tau := make([]float64, n)
	withWork(func(work []float64, lwork int) {
		f.Dsytrd(ul, n, a, lda, t.d, t.e, tau, work, lwork)
	})
	withWork(func(work []float64, lwork int) {
		f.Dorgtr(ul, n, a, lda, tau, work, lwork)
	})
	Q := matrix(a, n, n, lda)
	t.vectors = newRotations(f.core.k, Q.T())
	ok := t.diagonalize()
	values := slices.Clone(t.d)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(values[i], values[j]) })
	for i, from := range order {
		w[i] = values[from]
	}
	t.vectors.store(Q.T(), order, nil)
	work[0] = float64(lwork)
	return ok
}
