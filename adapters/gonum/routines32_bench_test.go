// Code generated from the file for float64 by go generate; DO NOT EDIT.

package simdnn_test

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// vectors32 returns the routines of vectors of n elements inc apart, which no call changes for good.
func vectors32(rng *rand.Rand, n, inc int) []routine {
	room := n*max(inc, -inc) + 1
	x, y := normals[float32](rng, room), normals[float32](rng, room)
	use := blas32.Implementation
	all := []routine{
		{"Sdot", func() { use().Sdot(n, x, inc, y, inc) }},
		{"Saxpy", func() { use().Saxpy(n, 1e-9, x, inc, y, inc) }},
		{"Scopy", func() { use().Scopy(n, x, inc, y, inc) }},
		{"Sswap", func() { use().Sswap(n, x, inc, y, inc) }},
		{"Srot", func() { use().Srot(n, x, inc, y, inc, 0.6, 0.8) }},
		{"Srotm", func() {
			use().Srotm(n, x, inc, y, inc, blas.SrotmParams{Flag: blas.Rescaling,
				H: [4]float32{0.6, -0.8, 0.8, 0.6}})
		}},
	}
	if inc < 0 { // for which the others do nothing
		return all
	}
	return append(all,
		routine{"Sscal", func() { use().Sscal(n, -1, x, inc) }},
		routine{"Snrm2", func() { use().Snrm2(n, x, inc) }},
		routine{"Sasum", func() { use().Sasum(n, x, inc) }},
		routine{"Isamax", func() { use().Isamax(n, x, inc) }},
	)
}

// matrices32 returns the routines of a matrix of order n and vectors whose elements lie inc apart.
func matrices32(rng *rand.Rand, n, inc int) []routine {
	room := n*max(inc, -inc) + 1
	x, y, a := normals[float32](rng, room), normals[float32](rng, room), normals[float32](rng, n*n)
	for i := range a { // so that repeated products and solutions neither grow nor vanish
		a[i] /= 1e4
	}
	const N, T, U, L, unit = blas.NoTrans, blas.Trans, blas.Upper, blas.Lower, blas.Unit
	use := blas32.Implementation
	return []routine{
		{"Sgemv", func() { use().Sgemv(N, n, n, 0.5, a, n, x, inc, 0.5, y, inc) }},
		{"Sgemv T", func() { use().Sgemv(T, n, n, 0.5, a, n, x, inc, 0.5, y, inc) }},
		{"Sger", func() { use().Sger(n, n, 1e-9, x, inc, y, max(inc, -inc), a, n) }},
		{"Ssymv", func() { use().Ssymv(U, n, 0.5, a, n, x, inc, 0.5, y, inc) }},
		{"Ssymv L", func() { use().Ssymv(L, n, 0.5, a, n, x, inc, 0.5, y, inc) }},
		{"Ssyr", func() { use().Ssyr(U, n, 1e-9, x, inc, a, n) }},
		{"Ssyr L", func() { use().Ssyr(L, n, 1e-9, x, inc, a, n) }},
		{"Ssyr2", func() { use().Ssyr2(U, n, 1e-9, x, inc, y, inc, a, n) }},
		{"Ssyr2 L", func() { use().Ssyr2(L, n, 1e-9, x, inc, y, inc, a, n) }},
		{"Strmv", func() { use().Strmv(U, N, unit, n, a, n, x, inc) }},
		{"Strmv LT", func() { use().Strmv(L, T, unit, n, a, n, x, inc) }},
		{"Strsv", func() { use().Strsv(U, N, unit, n, a, n, x, inc) }},
		{"Strsv LT", func() { use().Strsv(L, T, unit, n, a, n, x, inc) }},
		{"Sspmv", func() { use().Sspmv(U, n, 0.5, a, x, inc, 0.5, y, inc) }},
		{"Sspr", func() { use().Sspr(U, n, 1e-9, x, inc, a) }},
		{"Sspr2", func() { use().Sspr2(L, n, 1e-9, x, inc, y, inc, a) }},
		{"Stpmv", func() { use().Stpmv(U, N, unit, n, a, x, inc) }},
		{"Stpmv LT", func() { use().Stpmv(L, T, unit, n, a, x, inc) }},
		{"Stpsv", func() { use().Stpsv(U, N, unit, n, a, x, inc) }},
		{"Stpsv LT", func() { use().Stpsv(L, T, unit, n, a, x, inc) }},
	}
}

// bands32 returns the routines of a matrix of order n with k diagonals on each side.
func bands32(rng *rand.Rand, n, k, inc int) []routine {
	room := n*max(inc, -inc) + 1
	x, y, a := normals[float32](rng, room), normals[float32](rng, room), normals[float32](rng, n*(2*k+1))
	for i := range a {
		a[i] /= 1e4
	}
	const N, T, U, L, unit = blas.NoTrans, blas.Trans, blas.Upper, blas.Lower, blas.Unit
	use := blas32.Implementation
	return []routine{
		{"Sgbmv", func() { use().Sgbmv(N, n, n, k, k, 0.5, a, 2*k+1, x, inc, 0.5, y, inc) }},
		{"Sgbmv T", func() { use().Sgbmv(T, n, n, k, k, 0.5, a, 2*k+1, x, inc, 0.5, y, inc) }},
		{"Ssbmv", func() { use().Ssbmv(U, n, k, 0.5, a, k+1, x, inc, 0.5, y, inc) }},
		{"Ssbmv L", func() { use().Ssbmv(L, n, k, 0.5, a, k+1, x, inc, 0.5, y, inc) }},
		{"Stbmv", func() { use().Stbmv(U, N, unit, n, k, a, k+1, x, inc) }},
		{"Stbmv LT", func() { use().Stbmv(L, T, unit, n, k, a, k+1, x, inc) }},
		{"Stbsv", func() { use().Stbsv(U, N, unit, n, k, a, k+1, x, inc) }},
		{"Stbsv LT", func() { use().Stbsv(L, T, unit, n, k, a, k+1, x, inc) }},
	}
}
