package simdnn_test

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

//go:generate sh -c "sed -f float32.sed routines64_bench_test.go >routines32_bench_test.go"

// vectors64 returns the routines of vectors of n elements inc apart, which no call changes for good.
func vectors64(rng *rand.Rand, n, inc int) []routine {
	room := n*max(inc, -inc) + 1
	x, y := normals[float64](rng, room), normals[float64](rng, room)
	use := blas64.Implementation
	all := []routine{
		{"Ddot", func() { use().Ddot(n, x, inc, y, inc) }},
		{"Daxpy", func() { use().Daxpy(n, 1e-9, x, inc, y, inc) }},
		{"Dcopy", func() { use().Dcopy(n, x, inc, y, inc) }},
		{"Dswap", func() { use().Dswap(n, x, inc, y, inc) }},
		{"Drot", func() { use().Drot(n, x, inc, y, inc, 0.6, 0.8) }},
		{"Drotm", func() {
			use().Drotm(n, x, inc, y, inc, blas.DrotmParams{Flag: blas.Rescaling,
				H: [4]float64{0.6, -0.8, 0.8, 0.6}})
		}},
	}
	if inc < 0 { // for which the others do nothing
		return all
	}
	return append(all,
		routine{"Dscal", func() { use().Dscal(n, -1, x, inc) }},
		routine{"Dnrm2", func() { use().Dnrm2(n, x, inc) }},
		routine{"Dasum", func() { use().Dasum(n, x, inc) }},
		routine{"Idamax", func() { use().Idamax(n, x, inc) }},
	)
}

// matrices64 returns the routines of a matrix of order n and vectors whose elements lie inc apart.
func matrices64(rng *rand.Rand, n, inc int) []routine {
	room := n*max(inc, -inc) + 1
	x, y, a := normals[float64](rng, room), normals[float64](rng, room), normals[float64](rng, n*n)
	for i := range a { // so that repeated products and solutions neither grow nor vanish
		a[i] /= 1e4
	}
	const N, T, U, L, unit = blas.NoTrans, blas.Trans, blas.Upper, blas.Lower, blas.Unit
	use := blas64.Implementation
	return []routine{
		{"Dgemv", func() { use().Dgemv(N, n, n, 0.5, a, n, x, inc, 0.5, y, inc) }},
		{"Dgemv T", func() { use().Dgemv(T, n, n, 0.5, a, n, x, inc, 0.5, y, inc) }},
		{"Dger", func() { use().Dger(n, n, 1e-9, x, inc, y, max(inc, -inc), a, n) }},
		{"Dsymv", func() { use().Dsymv(U, n, 0.5, a, n, x, inc, 0.5, y, inc) }},
		{"Dsymv L", func() { use().Dsymv(L, n, 0.5, a, n, x, inc, 0.5, y, inc) }},
		{"Dsyr", func() { use().Dsyr(U, n, 1e-9, x, inc, a, n) }},
		{"Dsyr L", func() { use().Dsyr(L, n, 1e-9, x, inc, a, n) }},
		{"Dsyr2", func() { use().Dsyr2(U, n, 1e-9, x, inc, y, inc, a, n) }},
		{"Dsyr2 L", func() { use().Dsyr2(L, n, 1e-9, x, inc, y, inc, a, n) }},
		{"Dtrmv", func() { use().Dtrmv(U, N, unit, n, a, n, x, inc) }},
		{"Dtrmv LT", func() { use().Dtrmv(L, T, unit, n, a, n, x, inc) }},
		{"Dtrsv", func() { use().Dtrsv(U, N, unit, n, a, n, x, inc) }},
		{"Dtrsv LT", func() { use().Dtrsv(L, T, unit, n, a, n, x, inc) }},
		{"Dspmv", func() { use().Dspmv(U, n, 0.5, a, x, inc, 0.5, y, inc) }},
		{"Dspr", func() { use().Dspr(U, n, 1e-9, x, inc, a) }},
		{"Dspr2", func() { use().Dspr2(L, n, 1e-9, x, inc, y, inc, a) }},
		{"Dtpmv", func() { use().Dtpmv(U, N, unit, n, a, x, inc) }},
		{"Dtpmv LT", func() { use().Dtpmv(L, T, unit, n, a, x, inc) }},
		{"Dtpsv", func() { use().Dtpsv(U, N, unit, n, a, x, inc) }},
		{"Dtpsv LT", func() { use().Dtpsv(L, T, unit, n, a, x, inc) }},
	}
}

// bands64 returns the routines of a matrix of order n with k diagonals on each side.
func bands64(rng *rand.Rand, n, k, inc int) []routine {
	room := n*max(inc, -inc) + 1
	x, y, a := normals[float64](rng, room), normals[float64](rng, room), normals[float64](rng, n*(2*k+1))
	for i := range a {
		a[i] /= 1e4
	}
	const N, T, U, L, unit = blas.NoTrans, blas.Trans, blas.Upper, blas.Lower, blas.Unit
	use := blas64.Implementation
	return []routine{
		{"Dgbmv", func() { use().Dgbmv(N, n, n, k, k, 0.5, a, 2*k+1, x, inc, 0.5, y, inc) }},
		{"Dgbmv T", func() { use().Dgbmv(T, n, n, k, k, 0.5, a, 2*k+1, x, inc, 0.5, y, inc) }},
		{"Dsbmv", func() { use().Dsbmv(U, n, k, 0.5, a, k+1, x, inc, 0.5, y, inc) }},
		{"Dsbmv L", func() { use().Dsbmv(L, n, k, 0.5, a, k+1, x, inc, 0.5, y, inc) }},
		{"Dtbmv", func() { use().Dtbmv(U, N, unit, n, k, a, k+1, x, inc) }},
		{"Dtbmv LT", func() { use().Dtbmv(L, T, unit, n, k, a, k+1, x, inc) }},
		{"Dtbsv", func() { use().Dtbsv(U, N, unit, n, k, a, k+1, x, inc) }},
		{"Dtbsv LT", func() { use().Dtbsv(L, T, unit, n, k, a, k+1, x, inc) }},
	}
}
