package simdnn

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/lapack"

	"simdnn/tensor"
)

// Dgesvd computes the singular values of an m×n matrix A in descending order, and with them the
// vectors of A = U·Σ·Vᵀ that jobU and jobVT ask for: all (SVDAll), the first min(m, n) (SVDStore)
// or none. It destroys A. It reports whether the iteration came to an end. Values without vectors
// are gonum's own, and so is what has fewer than 20 of them, wrong arguments or is not finite.
func (f Factorizations) Dgesvd(jobU, jobVT lapack.SVDJob, m, n int, a []float64, lda int,
	s, u []float64, ldu int, vt []float64, ldvt int, work []float64, lwork int) bool {

	isJob := func(j lapack.SVDJob) bool {
		return j == lapack.SVDAll || j == lapack.SVDStore || j == lapack.SVDNone
	}
	few := min(m, n)
	valid := few >= fewValues && isJob(jobU) && isJob(jobVT) && isMatrix(a, m, n, lda) &&
		(jobU != lapack.SVDNone || jobVT != lapack.SVDNone) && len(s) >= few &&
		lwork >= max(3*few+max(m, n), 5*few) && len(work) >= lwork
	var U, VT tensor.Matrix[float64]
	if columns := vectors(jobU, m, few); valid && columns > 0 {
		U, valid = matrix(u, m, columns, ldu), isMatrix(u, m, columns, ldu)
	}
	if rows := vectors(jobVT, n, few); valid && rows > 0 {
		VT, valid = matrix(vt, rows, n, ldvt), isMatrix(vt, rows, n, ldvt)
	}
	if !valid || !isFinite(f.Dlange(lapack.MaxAbs, m, n, a, lda, nil)) {
		return f.Implementation.Dgesvd(jobU, jobVT, m, n, a, lda, s, u, ldu, vt, ldvt, work, lwork)
	}
	A := matrix(a, m, n, lda)
	if m < n { // of the transposed matrix U and V change places
		turned := matrix(make([]float64, m*n), n, m, m)
		copyMatrix(turned, A.T())
		A, U, VT = turned, VT.T(), U.T()
	}
	ok := f.svd(A, s[:few], U, VT, work[3*few:lwork])
	work[0] = float64(lwork)
	return ok
}

// vectors returns how many vectors of n elements a job asks for.
func vectors(job lapack.SVDJob, n, few int) int {
	switch job {
	case lapack.SVDAll:
		return n
	case lapack.SVDStore:
		return few
	}
	return 0
}

// fewValues is below how many values gonum's own routines are as fast.
const fewValues = 20

func isFinite(x float64) bool { return x-x == 0 }

// copyMatrix copies the elements of a matrix to one of other strides.
func copyMatrix(dst, src tensor.Matrix[float64]) {
	for i := range dst.Rows {
		for j := range dst.Cols {
			dst.Data[i*dst.RowStride+j*dst.ColStride] = src.Data[i*src.RowStride+j*src.ColStride]
		}
	}
}

// tall is from how many rows a column on a matrix is made square first, by QR.
const tall = 1.6

// svd decomposes a matrix A of at least as many rows as columns, and destroys it. U and VT have any
// strides, and no elements if they are not wanted.
func (f Factorizations) svd(A tensor.Matrix[float64], s []float64, U, VT tensor.Matrix[float64],
	work []float64) bool {

	was, is := f.scale(A)
	n, columns := A.Cols, U.Cols
	square, tau := A, []float64(nil)
	if float64(A.Rows) >= tall*float64(n) {
		tau = make([]float64, n)
		withWork(func(work []float64, lwork int) {
			f.Dgeqrf(A.Rows, n, A.Data, A.RowStride, tau, work, lwork)
		})
		square = matrix(make([]float64, n*n), n, n, n)
		f.Dlacpy(blas.Upper, n, n, A.Data, A.RowStride, square.Data, n)
		columns = min(columns, n)
	}
	b := f.bidiagonalize(square, s, columns, VT.Rows > 0, work)
	ok := b.diagonalize()
	order, sign := sortValues(s)
	if was != is {
		f.Dlascl(lapack.General, 0, 0, is, was, 1, n, s, n)
	}
	if b.right != nil {
		b.right.store(VT, order, sign)
	}
	switch {
	case b.left == nil:
	case tau == nil:
		b.left.store(U.T(), order, nil)
	default:
		f.multiplyQ(U, A, tau, b.left, order)
	}
	return ok
}

// The norms between which squares of elements neither overflow nor vanish.
const smallNorm, largeNorm = 0x1p-459, 0x1p+459

// scale brings the largest element of A to where squares neither overflow nor vanish, as gonum
// does, and returns what it was and what it is.
func (f Factorizations) scale(A tensor.Matrix[float64]) (was, is float64) {
	was = f.Dlange(lapack.MaxAbs, A.Rows, A.Cols, A.Data, A.RowStride, nil)
	is = min(max(was, smallNorm), largeNorm)
	if was == 0 || was == is {
		return 1, 1
	}
	f.Dlascl(lapack.General, 0, 0, was, is, A.Rows, A.Cols, A.Data, A.RowStride)
	return was, is
}

// bidiagonalize reduces A to a bidiagonal matrix with the diagonal d, and makes what its rotations
// turn: the first columns of Q and, if wanted, the rows of Pᵀ of A = Q·B·Pᵀ.
func (f Factorizations) bidiagonalize(A tensor.Matrix[float64], d []float64, columns int,
	wantsRows bool, work []float64) *bidiagonal {

	n := A.Cols
	b := &bidiagonal{d: d, e: make([]float64, n)}
	tauQ, tauP := make([]float64, n), make([]float64, n)
	f.Dgebrd(A.Rows, n, A.Data, A.RowStride, d, b.e, tauQ, tauP, work, len(work))
	if columns > 0 {
		q := matrix(make([]float64, A.Rows*columns), A.Rows, columns, columns)
		f.Dlacpy(blas.Lower, A.Rows, n, A.Data, A.RowStride, q.Data, columns)
		withWork(func(work []float64, lwork int) {
			f.Dorgbr(lapack.GenerateQ, A.Rows, columns, n, q.Data, columns, tauQ, work, lwork)
		})
		b.left = newRotations(f.core.k, q.T())
	}
	if wantsRows {
		p := matrix(make([]float64, n*n), n, n, n)
		f.Dlacpy(blas.Upper, n, n, A.Data, A.RowStride, p.Data, n)
		withWork(func(work []float64, lwork int) {
			f.Dorgbr(lapack.GeneratePT, n, n, n, p.Data, n, tauP, work, lwork)
		})
		b.right = newRotations(f.core.k, p)
	}
	return b
}

// withWork calls a routine with as much memory as it wants to work with.
func withWork(call func(work []float64, lwork int)) {
	query := []float64{0}
	call(query, -1)
	work := make([]float64, int(query[0]))
	call(work, len(work))
}

// multiplyQ sets U to the columns of Q times the left singular vectors of R, and behind them the
// columns of Q that R has no part in. A holds Q as reflectors.
func (f Factorizations) multiplyQ(U, A tensor.Matrix[float64], tau []float64, left *rotations,
	order []int) {

	W := U
	if U.ColStride != 1 {
		W = matrix(make([]float64, U.Rows*U.Cols), U.Rows, U.Cols, U.Cols)
	}
	for i := range W.Rows {
		r := rowOf(W, i)
		clear(r)
		if i >= left.rows && i < len(r) {
			r[i] = 1
		}
	}
	left.store(W.T(), order, nil)
	withWork(func(work []float64, lwork int) {
		f.Dormqr(blas.Left, blas.NoTrans, W.Rows, W.Cols, len(tau), A.Data, A.RowStride, tau, W.Data,
			W.RowStride, work, lwork)
	})
	if U.ColStride != 1 {
		copyMatrix(U, W)
	}
}

// sortValues makes values positive and sorts them in descending order. It returns which one each
// was, and the signs that they had where they were.
func sortValues(s []float64) (order []int, sign []float64) {
	values := slices.Clone(s)
	order, sign = make([]int, len(s)), make([]float64, len(s))
	for i, v := range values {
		order[i], sign[i], values[i] = i, math.Copysign(1, v), math.Abs(v)
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(values[j], values[i]) })
	for i, from := range order {
		s[i] = values[from]
	}
	return order, sign
}
