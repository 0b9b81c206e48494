package simdnn

import (
	"gonum.org/v1/gonum/blas"

	"simdnn/tensor"
)

//go:generate sh -c "sed -f float32.sed float64.go >float32.go"

// The methods of this file hand each routine of [blas.Float64] to the core, and to gonum what the
// core leaves to it; gonum documents them. Triangles are set field by field, since a literal would be
// copied, and the loads that follow so soon would wait.

func (i Implementation) Ddot(n int, x []float64, incX int, y []float64, incY int) float64 {
	if n > 0 && incX == 1 && incY == 1 && n <= len(x) && n <= len(y) {
		if n <= few {
			return dotFew(x[:n], y[:n])
		}
		return i.f64.k.Reduce.Dot(x[:n], y[:n])
	}
	if v, ok := i.f64.dot(n, x, incX, y, incY); ok {
		return v
	}
	return i.Implementation.Ddot(n, x, incX, y, incY)
}

func (i Implementation) Dnrm2(n int, x []float64, incX int) float64 {
	if v, ok := i.f64.nrm2(n, x, incX); ok {
		return v
	}
	return i.Implementation.Dnrm2(n, x, incX)
}

func (i Implementation) Dasum(n int, x []float64, incX int) float64 {
	if v, ok := i.f64.asum(n, x, incX); ok {
		return v
	}
	return i.Implementation.Dasum(n, x, incX)
}

func (i Implementation) Idamax(n int, x []float64, incX int) int {
	if incX == 1 && n > 0 && n < fewAbsolutes && n <= len(x) {
		return iamaxFew(n, x, 1)
	}
	if v, ok := i.f64.iamax(n, x, incX); ok {
		return v
	}
	return i.Implementation.Idamax(n, x, incX)
}

func (i Implementation) Dcopy(n int, x []float64, incX int, y []float64, incY int) {
	if n > 0 && arePairs(incX, incY) && n <= len(x) && n <= len(y) {
		copy(y[:n], x)
		return
	}
	i.Implementation.Dcopy(n, x, incX, y, incY)
}

func (i Implementation) Daxpy(n int, alpha float64, x []float64, incX int, y []float64, incY int) {
	if n > 0 && incX == 1 && incY == 1 && n <= len(x) && n <= len(y) && alpha != 0 {
		if n <= tiny {
			axpyFew(y[:n], x[:n], alpha)
		} else {
			i.f64.k.Parametric[tensor.Axpy](y[:n], x[:n], alpha)
		}
		return
	}
	if !i.f64.axpy(n, alpha, x, incX, y, incY) {
		i.Implementation.Daxpy(n, alpha, x, incX, y, incY)
	}
}

func (i Implementation) Dscal(n int, alpha float64, x []float64, incX int) {
	if n > 0 && incX == 1 && n <= len(x) && alpha != 0 {
		if n <= tiny {
			scaleFew(x[:n], alpha)
		} else {
			i.f64.k.Parametric[tensor.Scale](x[:n], x[:n], alpha)
		}
		return
	}
	if !i.f64.scal(n, alpha, x, incX) {
		i.Implementation.Dscal(n, alpha, x, incX)
	}
}

func (i Implementation) Dgemv(tA blas.Transpose, m int, n int, alpha float64, a []float64,
	lda int, x []float64, incX int, beta float64, y []float64, incY int) {

	if max(m, n) <= tinyOrder && gemvTiny(tA, m, n, alpha, a, lda, x, incX, beta, y, incY) {
		return
	}
	if !i.f64.gemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY) {
		i.Implementation.Dgemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
	}
}

func (i Implementation) Dgbmv(tA blas.Transpose, m int, n int, kL int, kU int, alpha float64,
	a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {

	if !i.f64.gbmv(tA, m, n, kL, kU, alpha, a, lda, x, incX, beta, y, incY) {
		i.Implementation.Dgbmv(tA, m, n, kL, kU, alpha, a, lda, x, incX, beta, y, incY)
	}
}

func (i Implementation) Dger(m int, n int, alpha float64, x []float64, incX int, y []float64,
	incY int, a []float64, lda int) {

	if !i.f64.ger(m, n, alpha, x, incX, y, incY, a, lda) {
		i.Implementation.Dger(m, n, alpha, x, incX, y, incY, a, lda)
	}
}

func (i Implementation) Dtrmv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int,
	a []float64, lda int, x []float64, incX int) {

	if n <= tinyOrder && mulTiny(full, ul, tA, d, n, a, lda, x, incX) {
		return
	}
	var t triangle[float64]
	t.form, t.n, t.a, t.ld = full, n, a, lda
	if !i.f64.mulVector(&t, ul, tA, d, x, incX) {
		i.Implementation.Dtrmv(ul, tA, d, n, a, lda, x, incX)
	}
}

func (i Implementation) Dtrsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int,
	a []float64, lda int, x []float64, incX int) {

	if n <= tinyOrder && solveTiny(full, ul, tA, d, n, a, lda, x, incX) {
		return
	}
	var t triangle[float64]
	t.form, t.n, t.a, t.ld = full, n, a, lda
	if !i.f64.solveVector(&t, ul, tA, d, x, incX) {
		i.Implementation.Dtrsv(ul, tA, d, n, a, lda, x, incX)
	}
}

func (i Implementation) Dsymv(ul blas.Uplo, n int, alpha float64, a []float64, lda int,
	x []float64, incX int, beta float64, y []float64, incY int) {

	if n <= tinyOrder && mulSymmetricTiny(full, ul, n, alpha, a, lda, x, incX, beta, y, incY) {
		return
	}
	var t triangle[float64]
	t.form, t.n, t.a, t.ld = full, n, a, lda
	if !i.f64.mulSymmetric(&t, ul, alpha, x, incX, beta, y, incY) {
		i.Implementation.Dsymv(ul, n, alpha, a, lda, x, incX, beta, y, incY)
	}
}

func (i Implementation) Dsyr(ul blas.Uplo, n int, alpha float64, x []float64, incX int,
	a []float64, lda int) {

	var t triangle[float64]
	t.form, t.n, t.a, t.ld = full, n, a, lda
	if !i.f64.addSquare(&t, ul, alpha, x, incX) {
		i.Implementation.Dsyr(ul, n, alpha, x, incX, a, lda)
	}
}

func (i Implementation) Dsyr2(ul blas.Uplo, n int, alpha float64, x []float64, incX int,
	y []float64, incY int, a []float64, lda int) {

	var t triangle[float64]
	t.form, t.n, t.a, t.ld = full, n, a, lda
	if !i.f64.addProducts(&t, ul, alpha, x, incX, y, incY) {
		i.Implementation.Dsyr2(ul, n, alpha, x, incX, y, incY, a, lda)
	}
}

func (i Implementation) Dtbmv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, k int,
	a []float64, lda int, x []float64, incX int) {

	var t triangle[float64]
	t.form, t.n, t.k, t.a, t.ld = band, n, k, a, lda
	if !i.f64.mulVector(&t, ul, tA, d, x, incX) {
		i.Implementation.Dtbmv(ul, tA, d, n, k, a, lda, x, incX)
	}
}

func (i Implementation) Dtbsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, k int,
	a []float64, lda int, x []float64, incX int) {

	var t triangle[float64]
	t.form, t.n, t.k, t.a, t.ld = band, n, k, a, lda
	if !i.f64.solveVector(&t, ul, tA, d, x, incX) {
		i.Implementation.Dtbsv(ul, tA, d, n, k, a, lda, x, incX)
	}
}

func (i Implementation) Dsbmv(ul blas.Uplo, n int, k int, alpha float64, a []float64, lda int,
	x []float64, incX int, beta float64, y []float64, incY int) {

	var t triangle[float64]
	t.form, t.n, t.k, t.a, t.ld = band, n, k, a, lda
	if !i.f64.mulSymmetric(&t, ul, alpha, x, incX, beta, y, incY) {
		i.Implementation.Dsbmv(ul, n, k, alpha, a, lda, x, incX, beta, y, incY)
	}
}

func (i Implementation) Dtpmv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int,
	ap []float64, x []float64, incX int) {

	if n <= tinyOrder && mulTiny(packed, ul, tA, d, n, ap, n, x, incX) {
		return
	}
	var t triangle[float64]
	t.form, t.n, t.a = packed, n, ap
	if !i.f64.mulVector(&t, ul, tA, d, x, incX) {
		i.Implementation.Dtpmv(ul, tA, d, n, ap, x, incX)
	}
}

func (i Implementation) Dtpsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int,
	ap []float64, x []float64, incX int) {

	if n <= tinyOrder && solveTiny(packed, ul, tA, d, n, ap, n, x, incX) {
		return
	}
	var t triangle[float64]
	t.form, t.n, t.a = packed, n, ap
	if !i.f64.solveVector(&t, ul, tA, d, x, incX) {
		i.Implementation.Dtpsv(ul, tA, d, n, ap, x, incX)
	}
}

func (i Implementation) Dspmv(ul blas.Uplo, n int, alpha float64, ap []float64, x []float64,
	incX int, beta float64, y []float64, incY int) {

	if n <= tinyOrder && mulSymmetricTiny(packed, ul, n, alpha, ap, n, x, incX, beta, y, incY) {
		return
	}
	var t triangle[float64]
	t.form, t.n, t.a = packed, n, ap
	if !i.f64.mulSymmetric(&t, ul, alpha, x, incX, beta, y, incY) {
		i.Implementation.Dspmv(ul, n, alpha, ap, x, incX, beta, y, incY)
	}
}

func (i Implementation) Dspr(ul blas.Uplo, n int, alpha float64, x []float64, incX int,
	ap []float64) {

	var t triangle[float64]
	t.form, t.n, t.a = packed, n, ap
	if !i.f64.addSquare(&t, ul, alpha, x, incX) {
		i.Implementation.Dspr(ul, n, alpha, x, incX, ap)
	}
}

func (i Implementation) Dspr2(ul blas.Uplo, n int, alpha float64, x []float64, incX int,
	y []float64, incY int, ap []float64) {

	var t triangle[float64]
	t.form, t.n, t.a = packed, n, ap
	if !i.f64.addProducts(&t, ul, alpha, x, incX, y, incY) {
		i.Implementation.Dspr2(ul, n, alpha, x, incX, y, incY, ap)
	}
}

func (i Implementation) Dgemm(tA blas.Transpose, tB blas.Transpose, m int, n int, k int,
	alpha float64, a []float64, lda int, x []float64, ldb int, beta float64, c []float64,
	ldc int) {

	if !i.f64.gemm(tA, tB, m, n, k, alpha, a, lda, x, ldb, beta, c, ldc) {
		i.Implementation.Dgemm(tA, tB, m, n, k, alpha, a, lda, x, ldb, beta, c, ldc)
	}
}

func (i Implementation) Dsymm(s blas.Side, ul blas.Uplo, m int, n int, alpha float64,
	a []float64, lda int, x []float64, ldb int, beta float64, c []float64, ldc int) {

	if !i.f64.symm(s, ul, m, n, alpha, a, lda, x, ldb, beta, c, ldc) {
		i.Implementation.Dsymm(s, ul, m, n, alpha, a, lda, x, ldb, beta, c, ldc)
	}
}

func (i Implementation) Dsyrk(ul blas.Uplo, tA blas.Transpose, n int, k int, alpha float64,
	a []float64, lda int, beta float64, c []float64, ldc int) {

	if !i.f64.syrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc) {
		i.Implementation.Dsyrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc)
	}
}

func (i Implementation) Dsyr2k(ul blas.Uplo, tA blas.Transpose, n int, k int, alpha float64,
	a []float64, lda int, x []float64, ldb int, beta float64, c []float64, ldc int) {

	if !i.f64.syr2k(ul, tA, n, k, alpha, a, lda, x, ldb, beta, c, ldc) {
		i.Implementation.Dsyr2k(ul, tA, n, k, alpha, a, lda, x, ldb, beta, c, ldc)
	}
}

func (i Implementation) Dtrmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag,
	m int, n int, alpha float64, a []float64, lda int, x []float64, ldb int) {

	if !i.f64.trmm(s, ul, tA, d, m, n, alpha, a, lda, x, ldb) {
		i.Implementation.Dtrmm(s, ul, tA, d, m, n, alpha, a, lda, x, ldb)
	}
}

func (i Implementation) Dtrsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag,
	m int, n int, alpha float64, a []float64, lda int, x []float64, ldb int) {

	if !i.f64.trsm(s, ul, tA, d, m, n, alpha, a, lda, x, ldb) {
		i.Implementation.Dtrsm(s, ul, tA, d, m, n, alpha, a, lda, x, ldb)
	}
}
