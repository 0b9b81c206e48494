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
	for _, n := range []int{8, 16, 32, 64, 512, 1024} {
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
	for _, n := range []int{8, 16, 32, 64, 128, 512} {
		x := mat.NewDense(n, n, normal(rng, n*n))
		rhs := mat.NewDense(n, n, normal(rng, n*n))
		var sym mat.SymDense
		sym.SymOuterK(1, x)
		both(b, fmt.Sprintf("QR/%d", n), func() { var q mat.QR; q.Factorize(x) })
		both(b, fmt.Sprintf("Cholesky/%d", n), func() { var q mat.Cholesky; q.Factorize(&sym) })
		both(b, fmt.Sprintf("LU/%d", n), func() { var q mat.LU; q.Factorize(x) })
		both(b, fmt.Sprintf("Solve/%d", n), func() { var q mat.Dense; q.Solve(x, rhs) })
		both(b, fmt.Sprintf("Inverse/%d", n), func() { var q mat.Dense; q.Inverse(x) })
		both(b, fmt.Sprintf("Det/%d", n), func() { mat.Det(x) })
		both(b, fmt.Sprintf("SVD/%d", n), func() { var q mat.SVD; q.Factorize(x, mat.SVDThin) })
		both(b, fmt.Sprintf("SVDValues/%d", n), func() { var q mat.SVD; q.Factorize(x, mat.SVDNone) })
		both(b, fmt.Sprintf("EigenSym/%d", n), func() { var q mat.EigenSym; q.Factorize(&sym, true) })
	}
}

// routine is a call of one, with its name.
type routine struct {
	name string
	call func()
}

func normals[T float32 | float64](rng *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(rng.NormFloat64())
	}
	return x
}

// each times routines, whose names get a suffix.
func each(b *testing.B, suffix string, routines ...[]routine) {
	for _, list := range routines {
		for _, r := range list {
			both(b, r.name+suffix, r.call)
		}
	}
}

var increments = []int{1, 2, -1}

func BenchmarkVectors(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, inc := range increments {
		for _, n := range []int{8, 16, 64, 1000, 100_000, 1_000_000} {
			each(b, fmt.Sprintf("/inc=%d/%d", inc, n), vectors64(rng, n, inc), vectors32(rng, n, inc))
		}
	}
}

func BenchmarkMatrices(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, inc := range increments {
		for _, n := range []int{3, 8, 16, 64, 300, 1000} {
			each(b, fmt.Sprintf("/inc=%d/%d", inc, n), matrices64(rng, n, inc), matrices32(rng, n, inc))
		}
	}
}

func BenchmarkBands(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, inc := range increments {
		for _, k := range []int{1, 4, 30} {
			for _, n := range []int{8, 64, 1000, 100_000} {
				each(b, fmt.Sprintf("/inc=%d/k=%d/%d", inc, k, n), bands64(rng, n, k, inc),
					bands32(rng, n, k, inc))
			}
		}
	}
}
