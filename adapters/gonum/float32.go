// Code generated from the file for float64 by go generate; DO NOT EDIT.

package simdnn

import (
	"gonum.org/v1/gonum/blas"

	"simdnn/tensor"
)

// The methods of this file hand each routine of [blas.Float32] to the core, and to gonum what the
// core leaves to it; gonum documents them. Triangles are set field by field, since a literal would be
// copied, and the loads that follow so soon would wait.

func (i Implementation) Sdot(n int, x []float32, incX int, y []float32, incY int) float32 {
	if n > 0 && incX == 1 && incY == 1 && n <= len(x) && n <= len(y) {
		if n <= few {
			return dotFew(x[:n], y[:n])
		}
		return i.f32.k.Reduce.Dot(x[:n], y[:n])
	}
	if v, ok := i.f32.dot(n, x, incX, y, incY); ok {
		return v
	}
	return i.Implementation.Sdot(n, x, incX, y, incY)
}

func (i Implementation) Snrm2(n int, x []float32, incX int) float32 {
	if v, ok := i.f32.nrm2(n, x, incX); ok {
		return v
	}
	return i.Implementation.Snrm2(n, x, incX)
}

func (i Implementation) Sasum(n int, x []float32, incX int) float32 {
	if v, ok := i.f32.asum(n, x, incX); ok {
		return v
	}
	return i.Implementation.Sasum(n, x, incX)
}

func (i Implementation) Isamax(n int, x []float32, incX int) int {
	if incX == 1 && n > 0 && n < fewAbsolutes && n <= len(x) {
		return iamaxFew(n, x, 1)
	}
	if v, ok := i.f32.iamax(n, x, incX); ok {
		return v
	}
	return i.Implementation.Isamax(n, x, incX)
}

func (i Implementation) Scopy(n int, x []float32, incX int, y []float32, incY int) {
	if n > 0 && arePairs(incX, incY) && n <= len(x) && n <= len(y) {
		copy(y[:n], x)
		return
	}
	i.Implementation.Scopy(n, x, incX, y, incY)
}

func (i Implementation) Saxpy(n int, alpha float32, x []float32, incX int, y []float32, incY int) {
	if n > 0 && incX == 1 && incY == 1 && n <= len(x) && n <= len(y) && alpha != 0 {
		if n <= tiny {
			axpyFew(y[:n], x[:n], alpha)
		} else {
			i.f32.k.Parametric[tensor.Axpy](y[:n], x[:n], alpha)
		}
		return
	}
	if !i.f32.axpy(n, alpha, x, incX, y, incY) {
		i.Implementation.Saxpy(n, alpha, x, incX, y, incY)
	}
}

func (i Implementation) Sscal(n int, alpha float32, x []float32, incX int) {
	if n > 0 && incX == 1 && n <= len(x) && alpha != 0 {
		if n <= tiny {
			scaleFew(x[:n], alpha)
		} else {
			i.f32.k.Parametric[tensor.Scale](x[:n], x[:n], alpha)
		}
		return
	}
	if !i.f32.scal(n, alpha, x, incX) {
		i.Implementation.Sscal(n, alpha, x, incX)
	}
}

func (i Implementation) Sgemv(tA blas.Transpose, m int, n int, alpha float32, a []float32,
	lda int, x []float32, incX int, beta float32, y []float32, incY int) {

	if max(m, n) <= tinyOrder && gemvTiny(tA, m, n, alpha, a, lda, x, incX, beta, y, incY) {
		return
	}
	if !i.f32.gemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY) {
		i.Implementation.Sgemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
	}
}

func (i Implementation) Sgbmv(tA blas.Transpose, m int, n int, kL int, kU int, alpha float32,
	a []float32, lda int, x []float32, incX int, beta float32, y []float32, incY int) {

	if !i.f32.gbmv(tA, m, n, kL, kU, alpha, a, lda, x, incX, beta, y, incY) {
		i.Implementation.Sgbmv(tA, m, n, kL, kU, alpha, a, lda, x, incX, beta, y, incY)
	}
}

func (i Implementation) Sger(m int, n int, alpha float32, x []float32, incX int, y []float32,
	incY int, a []float32, lda int) {

	if !i.f32.ger(m, n, alpha, x, incX, y, incY, a, lda) {
		i.Implementation.Sger(m, n, alpha, x, incX, y, incY, a, lda)
	}
}

func (i Implementation) Strmv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int,
	a []float32, lda int, x []float32, incX int) {

	if n <= tinyOrder && mulTiny(full, ul, tA, d, n, a, lda, x, incX) {
		return
	}
	var t triangle[float32]
	t.form, t.n, t.a, t.ld = full, n, a, lda
	if !i.f32.mulVector(&t, ul, tA, d, x, incX) {
		i.Implementation.Strmv(ul, tA, d, n, a, lda, x, incX)
	}
}

func (i Implementation) Strsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int,
	a []float32, lda int, x []float32, incX int) {

	if n <= tinyOrder && solveTiny(full, ul, tA, d, n, a, lda, x, incX) {
		return
	}
	var t triangle[float32]
	t.form, t.n, t.a, t.ld = full, n, a, lda
	if !i.f32.solveVector(&t, ul, tA, d, x, incX) {
		i.Implementation.Strsv(ul, tA, d, n, a, lda, x, incX)
	}
}

func (i Implementation) Ssymv(ul blas.Uplo, n int, alpha float32, a []float32, lda int,
	x []float32, incX int, beta float32, y []float32, incY int) {

	if n <= tinyOrder && mulSymmetricTiny(full, ul, n, alpha, a, lda, x, incX, beta, y, incY) {
		return
	}
	var t triangle[float32]
	t.form, t.n, t.a, t.ld = full, n, a, lda
	if !i.f32.mulSymmetric(&t, ul, alpha, x, incX, beta, y, incY) {
		i.Implementation.Ssymv(ul, n, alpha, a, lda, x, incX, beta, y, incY)
	}
}

func (i Implementation) Ssyr(ul blas.Uplo, n int, alpha float32, x []float32, incX int,
	a []float32, lda int) {

	var t triangle[float32]
	t.form, t.n, t.a, t.ld = full, n, a, lda
	if !i.f32.addSquare(&t, ul, alpha, x, incX) {
		i.Implementation.Ssyr(ul, n, alpha, x, incX, a, lda)
	}
}

func (i Implementation) Ssyr2(ul blas.Uplo, n int, alpha float32, x []float32, incX int,
	y []float32, incY int, a []float32, lda int) {

	var t triangle[float32]
	t.form, t.n, t.a, t.ld = full, n, a, lda
	if !i.f32.addProducts(&t, ul, alpha, x, incX, y, incY) {
		i.Implementation.Ssyr2(ul, n, alpha, x, incX, y, incY, a, lda)
	}
}

func (i Implementation) Stbmv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, k int,
	a []float32, lda int, x []float32, incX int) {

	var t triangle[float32]
	t.form, t.n, t.k, t.a, t.ld = band, n, k, a, lda
	if !i.f32.mulVector(&t, ul, tA, d, x, incX) {
		i.Implementation.Stbmv(ul, tA, d, n, k, a, lda, x, incX)
	}
}

func (i Implementation) Stbsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, k int,
	a []float32, lda int, x []float32, incX int) {

	var t triangle[float32]
	t.form, t.n, t.k, t.a, t.ld = band, n, k, a, lda
	if !i.f32.solveVector(&t, ul, tA, d, x, incX) {
		i.Implementation.Stbsv(ul, tA, d, n, k, a, lda, x, incX)
	}
}

func (i Implementation) Ssbmv(ul blas.Uplo, n int, k int, alpha float32, a []float32, lda int,
	x []float32, incX int, beta float32, y []float32, incY int) {

	var t triangle[float32]
	t.form, t.n, t.k, t.a, t.ld = band, n, k, a, lda
	if !i.f32.mulSymmetric(&t, ul, alpha, x, incX, beta, y, incY) {
		i.Implementation.Ssbmv(ul, n, k, alpha, a, lda, x, incX, beta, y, incY)
	}
}

func (i Implementation) Stpmv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int,
	ap []float32, x []float32, incX int) {

	if n <= tinyOrder && mulTiny(packed, ul, tA, d, n, ap, n, x, incX) {
		return
	}
	var t triangle[float32]
	t.form, t.n, t.a = packed, n, ap
	if !i.f32.mulVector(&t, ul, tA, d, x, incX) {
		i.Implementation.Stpmv(ul, tA, d, n, ap, x, incX)
	}
}

func (i Implementation) Stpsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int,
	ap []float32, x []float32, incX int) {

	if n <= tinyOrder && solveTiny(packed, ul, tA, d, n, ap, n, x, incX) {
		return
	}
	var t triangle[float32]
	t.form, t.n, t.a = packed, n, ap
	if !i.f32.solveVector(&t, ul, tA, d, x, incX) {
		i.Implementation.Stpsv(ul, tA, d, n, ap, x, incX)
	}
}

func (i Implementation) Sspmv(ul blas.Uplo, n int, alpha float32, ap []float32, x []float32,
	incX int, beta float32, y []float32, incY int) {

	if n <= tinyOrder && mulSymmetricTiny(packed, ul, n, alpha, ap, n, x, incX, beta, y, incY) {
		return
	}
	var t triangle[float32]
	t.form, t.n, t.a = packed, n, ap
	if !i.f32.mulSymmetric(&t, ul, alpha, x, incX, beta, y, incY) {
		i.Implementation.Sspmv(ul, n, alpha, ap, x, incX, beta, y, incY)
	}
}

func (i Implementation) Sspr(ul blas.Uplo, n int, alpha float32, x []float32, incX int,
	ap []float32) {

	var t triangle[float32]
	t.form, t.n, t.a = packed, n, ap
	if !i.f32.addSquare(&t, ul, alpha, x, incX) {
		i.Implementation.Sspr(ul, n, alpha, x, incX, ap)
	}
}

func (i Implementation) Sspr2(ul blas.Uplo, n int, alpha float32, x []float32, incX int,
	y []float32, incY int, ap []float32) {

	var t triangle[float32]
	t.form, t.n, t.a = packed, n, ap
	if !i.f32.addProducts(&t, ul, alpha, x, incX, y, incY) {
		i.Implementation.Sspr2(ul, n, alpha, x, incX, y, incY, ap)
	}
}

func (i Implementation) Sgemm(tA blas.Transpose, tB blas.Transpose, m int, n int, k int,
	alpha float32, a []float32, lda int, x []float32, ldb int, beta float32, c []float32,
	ldc int) {

	if !i.f32.gemm(tA, tB, m, n, k, alpha, a, lda, x, ldb, beta, c, ldc) {
		i.Implementation.Sgemm(tA, tB, m, n, k, alpha, a, lda, x, ldb, beta, c, ldc)
	}
}

func (i Implementation) Ssymm(s blas.Side, ul blas.Uplo, m int, n int, alpha float32,
	a []float32, lda int, x []float32, ldb int, beta float32, c []float32, ldc int) {

	if !i.f32.symm(s, ul, m, n, alpha, a, lda, x, ldb, beta, c, ldc) {
		i.Implementation.Ssymm(s, ul, m, n, alpha, a, lda, x, ldb, beta, c, ldc)
	}
}

func (i Implementation) Ssyrk(ul blas.Uplo, tA blas.Transpose, n int, k int, alpha float32,
	a []float32, lda int, beta float32, c []float32, ldc int) {

	if !i.f32.syrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc) {
		i.Implementation.Ssyrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc)
	}
}

func (i Implementation) Ssyr2k(ul blas.Uplo, tA blas.Transpose, n int, k int, alpha float32,
	a []float32, lda int, x []float32, ldb int, beta float32, c []float32, ldc int) {

	if !i.f32.syr2k(ul, tA, n, k, alpha, a, lda, x, ldb, beta, c, ldc) {
		i.Implementation.Ssyr2k(ul, tA, n, k, alpha, a, lda, x, ldb, beta, c, ldc)
	}
}

func (i Implementation) Strmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag,
	m int, n int, alpha float32, a []float32, lda int, x []float32, ldb int) {

	if !i.f32.trmm(s, ul, tA, d, m, n, alpha, a, lda, x, ldb) {
		i.Implementation.Strmm(s, ul, tA, d, m, n, alpha, a, lda, x, ldb)
	}
}

func (i Implementation) Strsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag,
	m int, n int, alpha float32, a []float32, lda int, x []float32, ldb int) {

	if !i.f32.trsm(s, ul, tA, d, m, n, alpha, a, lda, x, ldb) {
		i.Implementation.Strsm(s, ul, tA, d, m, n, alpha, a, lda, x, ldb)
	}
}
