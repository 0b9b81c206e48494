#!/bin/sh
# gonum: with beta = 0 Dsyrk keeps a NaN of C in one of its four cases, Sgemv erases more than y.
#
# Guess before the run: beta = 0 means that C is written without being read, whatever its triangle, as
# BLAS defines it; and a routine for vectors of 2 elements leaves the others of the slice alone.
# Seen: Dsyrk of a lower triangle and a transposed A multiplies what stands in C by 0, so that NaN and
# infinities stay; the other three cases erase it. Sgemv and Dgemv of float32 and float64 differ: the
# float32 one, transposed, with beta = 0 sets all of the slice y to 0 first, not its n elements.
# It matters for memory that is used again, and for vectors that are parts of larger ones.
#
# Output seen:
#   upper, A·Aᵀ: 4    upper, Aᵀ·A: 4    lower, A·Aᵀ: 4    lower, Aᵀ·A: NaN
#   Sgemv: [4 6 0 0]    Dgemv: [4 6 7 7]
set -eu
[ "$(go env GOARCH)" = amd64 ] || exit 2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'END'
package main

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

func main() {
	var g gonum.Implementation
	syrk := func(ul blas.Uplo, t blas.Transpose) float64 {
		c := []float64{math.NaN()}
		g.Dsyrk(ul, t, 1, 1, 1, []float64{2}, 1, 0, c, 1)
		return c[0]
	}
	fmt.Printf("upper, A·Aᵀ: %v    upper, Aᵀ·A: %v    lower, A·Aᵀ: %v    lower, Aᵀ·A: %v\n",
		syrk(blas.Upper, blas.NoTrans), syrk(blas.Upper, blas.Trans),
		syrk(blas.Lower, blas.NoTrans), syrk(blas.Lower, blas.Trans))
	y, z := []float32{7, 7, 7, 7}, []float64{7, 7, 7, 7}
	g.Sgemv(blas.Trans, 2, 2, 1, []float32{1, 2, 3, 4}, 2, []float32{1, 1}, 1, 0, y, 1)
	g.Dgemv(blas.Trans, 2, 2, 1, []float64{1, 2, 3, 4}, 2, []float64{1, 1}, 1, 0, z, 1)
	fmt.Printf("Sgemv: %v    Dgemv: %v\n", y, z)
}
END
go mod init example >/dev/null 2>&1
go get gonum.org/v1/gonum@v0.17.0 >/dev/null 2>&1 || exit 2
go run . | tee seen
cat >want <<'END'
upper, A·Aᵀ: 4    upper, Aᵀ·A: 4    lower, A·Aᵀ: 4    lower, Aᵀ·A: NaN
Sgemv: [4 6 0 0]    Dgemv: [4 6 7 7]
END
cmp -s seen want
