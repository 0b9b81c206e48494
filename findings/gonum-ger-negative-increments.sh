#!/bin/sh
# gonum: Dger with a negative increment takes other elements of x, or does nothing at all, on amd64.
#
# Guess before the run: A += x·yᵀ with incX = -1 or incY = -1 reads that vector in reverse order, as
# BLAS defines it and as gonum's Dgemv, Daxpy and Ddot do; [1 2 3]·[1 10]ᵀ reversed is
# [3 30 2 20 1 10] and [10 1 20 2 30 3].
# Seen: with incY = -1 A stays as it was. With incX = -1 the elements come from eight times as far
# behind the first as they should, beyond the end of the slice that was given (here: a part of a longer
# array). With both negative A stays as it was, too. Tag noasm gives the right numbers.
# It matters to code that runs vectors backwards: nothing panics, and the result is another one.
#
# Output seen:
#   incX -1, incY  1: [0 0 0 0 0 0]
#   incX  1, incY -1: [0 0 0 0 0 0]
#   noasm, incX -1, incY  1: [3 30 2 20 1 10]
#   noasm, incX  1, incY -1: [10 1 20 2 30 3]
set -eu
[ "$(go env GOARCH)" = amd64 ] || exit 2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'END'
package main

import (
	"fmt"

	"gonum.org/v1/gonum/blas/gonum"
)

func main() {
	array := make([]float64, 64) // x is in its middle, what is beside it is 0
	x := array[30:33]
	copy(x, []float64{1, 2, 3})
	y := []float64{1, 10}
	for _, inc := range [][2]int{{-1, 1}, {1, -1}} {
		a := make([]float64, 6)
		gonum.Implementation{}.Dger(3, 2, 1, x, inc[0], y, inc[1], a, 2)
		fmt.Printf("incX %2d, incY %2d: %v\n", inc[0], inc[1], a)
	}
}
END
go mod init example >/dev/null 2>&1
go get gonum.org/v1/gonum@v0.17.0 >/dev/null 2>&1 || exit 2
go run . | tee seen
go run -tags noasm . | sed 's/^/noasm, /' | tee -a seen
cat >want <<'END'
incX -1, incY  1: [0 0 0 0 0 0]
incX  1, incY -1: [0 0 0 0 0 0]
noasm, incX -1, incY  1: [3 30 2 20 1 10]
noasm, incX  1, incY -1: [10 1 20 2 30 3]
END
cmp -s seen want
