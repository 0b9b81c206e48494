package simdnn_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	factorizations "gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	simdnn "simdnn/adapters/gonum"
)

// both times work with gonum's own routines and with these, and their quotient. Rounds take turns,
// and the best of each counts:
//
//	go test -run '^$' -bench . -benchtime 1x
func both(b *testing.B, name string, work func()) {
	b.Run(name, func(b *testing.B) {
		defer useGonum()
		var best [2]float64
		use := [2]func(){useGonum, useSimdnn}
		calls := 1
		for round := 0; round < 8+b.N; round++ {
			for side := range best {
				use[side]()
				begin := time.Now()
				for range calls {
					work()
				}
				took := time.Since(begin)
				if took < 2*time.Millisecond { // begin anew with more
					calls *= 2
					best, round = [2]float64{}, 0
					continue
				}
				if ns := float64(took) / float64(calls); best[side] == 0 || ns < best[side] {
					best[side] = ns
				}
			}
		}
		b.ReportMetric(best[0], "gonum-ns")
		b.ReportMetric(best[1], "simdnn-ns")
		b.ReportMetric(best[0]/best[1], "ratio")
		b.ReportMetric(0, "ns/op")
	})
}

func useGonum() {
	blas64.Use(gonum.Implementation{})
	blas32.Use(gonum.Implementation{})
	lapack64.Use(factorizations.Implementation{})
}

func useSimdnn() {
	blas64.Use(simdnn.BLAS())
	blas32.Use(simdnn.BLAS())
	lapack64.Use(simdnn.LAPACK())
}

func normal(rng *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

func single(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

func BenchmarkProducts(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{16, 64, 512, 1024} {
		x, y := mat.NewDense(n, n, normal(rng, n*n)), mat.NewDense(n, n, normal(rng, n*n))
		z := mat.NewDense(n, n, nil)
		both(b, fmt.Sprintf("Dense.Mul/%d", n), func() { z.Mul(x, y) })
		f := func() blas32.General {
			return blas32.General{Rows: n, Cols: n, Stride: n, Data: single(normal(rng, n*n))}
		}
		u, v, w := f(), f(), f()
		both(b, fmt.Sprintf("blas32.Gemm/%d", n), func() {
			blas32.Gemm(blas.NoTrans, blas.NoTrans, 1, u, v, 0, w)
		})
	}
}

func BenchmarkFactorizations(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{32, 128, 512} {
		x := mat.NewDense(n, n, normal(rng, n*n))
		rhs := mat.NewDense(n, n, normal(rng, n*n))
		var sym mat.SymDense
		sym.SymOuterK(1, x)
		both(b, fmt.Sprintf("QR/%d", n), func() { var q mat.QR; q.Factorize(x) })
		both(b, fmt.Sprintf("Cholesky/%d", n), func() { var q mat.Cholesky; q.Factorize(&sym) })
		both(b, fmt.Sprintf("LU/%d", n), func() { var q mat.LU; q.Factorize(x) })
		both(b, fmt.Sprintf("Solve/%d", n), func() { var q mat.Dense; q.Solve(x, rhs) })
		both(b, fmt.Sprintf("SVD/%d", n), func() { var q mat.SVD; q.Factorize(x, mat.SVDThin) })
		both(b, fmt.Sprintf("SVDValues/%d", n), func() { var q mat.SVD; q.Factorize(x, mat.SVDNone) })
		both(b, fmt.Sprintf("EigenSym/%d", n), func() { var q mat.EigenSym; q.Factorize(&sym, true) })
	}
}

func BenchmarkVectors(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{8, 64, 1000, 100000} {
		x, y := normal(rng, n*3), normal(rng, n*3)
		u, v := single(x), single(y)
		for _, inc := range []int{1, 3} {
			name := func(s string) string { return fmt.Sprintf("%s/%d/inc=%d", s, n, inc) }
			d, s := blas64.Implementation, blas32.Implementation
			both(b, name("Ddot"), func() { d().Ddot(n, x, inc, y, inc) })
			both(b, name("Sdot"), func() { s().Sdot(n, u, inc, v, inc) })
			both(b, name("Daxpy"), func() { d().Daxpy(n, 1e-9, x, inc, y, inc) })
			both(b, name("Saxpy"), func() { s().Saxpy(n, 1e-9, u, inc, v, inc) })
			both(b, name("Dscal"), func() { d().Dscal(n, -1, x, inc) })
			both(b, name("Dnrm2"), func() { d().Dnrm2(n, x, inc) })
			both(b, name("Dasum"), func() { d().Dasum(n, x, inc) })
			both(b, name("Idamax"), func() { d().Idamax(n, x, inc) })
			both(b, name("Drot"), func() { d().Drot(n, x, inc, y, inc, 0.6, 0.8) })
		}
	}
}

func BenchmarkMatrixVector(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{8, 64, 512, 2048} {
		a, x, y := normal(rng, n*n), normal(rng, n), normal(rng, n)
		for i := range a {
			if i%(n+1) != 0 {
				a[i] /= 1e4
			} else {
				a[i] = 1
			}
		}
		s, u, v := single(a), single(x), single(y)
		d, f := blas64.Implementation, blas32.Implementation
		name := func(s string) string { return fmt.Sprintf("%s/%d", s, n) }
		both(b, name("Dgemv"), func() { d().Dgemv(blas.NoTrans, n, n, 0.5, a, n, x, 1, 0.5, y, 1) })
		both(b, name("DgemvT"), func() { d().Dgemv(blas.Trans, n, n, 0.5, a, n, x, 1, 0.5, y, 1) })
		both(b, name("Sgemv"), func() { f().Sgemv(blas.NoTrans, n, n, 0.5, s, n, u, 1, 0.5, v, 1) })
		both(b, name("SgemvT"), func() { f().Sgemv(blas.Trans, n, n, 0.5, s, n, u, 1, 0.5, v, 1) })
		both(b, name("Dger"), func() { d().Dger(n, n, 1e-9, x, 1, y, 1, a, n) })
		both(b, name("Dsymv"), func() { d().Dsymv(blas.Upper, n, 0.5, a, n, x, 1, 0.5, y, 1) })
		both(b, name("Dsyr"), func() { d().Dsyr(blas.Upper, n, 1e-9, x, 1, a, n) })
		both(b, name("Dsyr2"), func() { d().Dsyr2(blas.Lower, n, 1e-9, x, 1, y, 1, a, n) })
		both(b, name("Dtrmv"), func() { d().Dtrmv(blas.Upper, blas.NoTrans, blas.Unit, n, a, n, x, 1) })
		both(b, name("Dtrsv"), func() { d().Dtrsv(blas.Upper, blas.NoTrans, blas.Unit, n, a, n, x, 1) })
		both(b, name("DtrsvT"), func() { d().Dtrsv(blas.Lower, blas.Trans, blas.Unit, n, a, n, x, 1) })
		both(b, name("Dgbmv"), func() { d().Dgbmv(blas.NoTrans, n, n-4, 2, 1, 1, a, 4, x, 1, 0.5, y, 1) })
	}
}
