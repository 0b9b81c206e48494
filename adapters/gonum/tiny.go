package simdnn

import (
	"gonum.org/v1/gonum/blas"

	"simdnn/tensor"
)

// Matrices of up to tinyOrder rows are read into registers, since to find a kernel's way takes
// longer than they do. What is added up in which order is as there.

// tinyOrder is the largest order of them.
const tinyOrder = 4

// tinyOf returns the way over a triangle in the rows of a matrix or packed, and over a vector
// beside it. That of op(A) is turned by half if it is the upper one. Then its element r, c ≤ r is at
//
//	p + r·row + r·(r−1)/2·rowGrowth + c·col + c·(c−1)/2·colGrowth
//
// and that of the vector at at + r·step.
func tinyOf(f form, ul blas.Uplo, tA blas.Transpose, n, ld, room, inc int) (p, row, rowGrowth,
	col, colGrowth, at, step int, ok bool) {

	upper := ul == blas.Upper
	row, col = ld, 1
	size := ld*(n-1) + n
	if f == packed {
		if row, rowGrowth = 1, 1; upper {
			row, rowGrowth = n-1, -1
		}
		size = n * (n + 1) >> 1
	}
	if n < 1 || !isUplo(ul) || ld < n || room < size {
		return
	}
	transposes, ok := isTranspose(tA)
	if at, step = first(n, inc), inc; upper != transposes {
		p = (n-1)*(row+1) + (n-1)*(n-2)>>1*rowGrowth
		at, step = at+(n-1)*inc, -inc
		row, col = -row-(n-2)*rowGrowth, -1
	}
	if transposes {
		row, rowGrowth, col, colGrowth = col, 0, row, rowGrowth
	}
	return p, row, rowGrowth, col, colGrowth, at, step, ok
}

// mulTiny is mulVector of a tiny triangle.
func mulTiny[T tensor.Float](f form, ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []T,
	ld int, x []T, incX int) bool {

	p, row, rowGrowth, col, colGrowth, at, step, ok := tinyOf(f, ul, tA, n, ld, len(a), incX)
	if !ok || !isDiag(d) || !holds(x, n, incX) {
		return false
	}
	unit := d == blas.Unit
	x0 := x[at]
	if !unit {
		x[at] = x0 * a[p]
	}
	if n == 1 {
		return true
	}
	at, p = at+step, p+row
	x1 := x[at]
	v := x1
	if !unit {
		v = T(v * a[p+col])
	}
	x[at] = v + T(a[p]*x0)
	if n == 2 {
		return true
	}
	col2, col3 := 2*col+colGrowth, 3*(col+colGrowth)
	at, p = at+step, p+row+rowGrowth
	x2 := x[at]
	if v = x2; !unit {
		v = T(v * a[p+col2])
	}
	x[at] = v + T(a[p+col]*x1) + T(a[p]*x0)
	if n == 3 {
		return true
	}
	at, p = at+step, p+row+2*rowGrowth
	if v = x[at]; !unit {
		v = T(v * a[p+col3])
	}
	x[at] = v + T(a[p+col2]*x2) + T(a[p+col]*x1) + T(a[p]*x0)
	return true
}

// solveTiny is solveVector of a tiny triangle.
func solveTiny[T tensor.Float](f form, ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []T,
	ld int, x []T, incX int) bool {

	p, row, rowGrowth, col, colGrowth, at, step, ok := tinyOf(f, ul, tA, n, ld, len(a), incX)
	if !ok || !isDiag(d) || !holds(x, n, incX) {
		return false
	}
	unit := d == blas.Unit
	x0 := x[at]
	if !unit {
		x0 /= a[p]
	}
	x[at] = x0
	if n == 1 {
		return true
	}
	at, p = at+step, p+row
	x1 := x[at] - T(a[p]*x0)
	if !unit {
		x1 /= a[p+col]
	}
	x[at] = x1
	if n == 2 {
		return true
	}
	col2, col3 := 2*col+colGrowth, 3*(col+colGrowth)
	at, p = at+step, p+row+rowGrowth
	x2 := x[at] - T(a[p]*x0) - T(a[p+col]*x1)
	if !unit {
		x2 /= a[p+col2]
	}
	x[at] = x2
	if n == 3 {
		return true
	}
	at, p = at+step, p+row+2*rowGrowth
	x3 := x[at] - T(a[p]*x0) - T(a[p+col]*x1) - T(a[p+col2]*x2)
	if !unit {
		x3 /= a[p+col3]
	}
	x[at] = x3
	return true
}

// mulSymmetricTiny is mulSymmetric of a tiny triangle.
func mulSymmetricTiny[T tensor.Float](f form, ul blas.Uplo, n int, alpha T, a []T, ld int, x []T,
	incX int, beta T, y []T, incY int) bool {

	p, row, rowGrowth, col, colGrowth, at, step, ok := tinyOf(f, ul, blas.NoTrans, n, ld, len(a),
		incX)
	if !ok || alpha == 0 || !holds(x, n, incX) || !holds(y, n, incY) {
		return false
	}
	x0 := x[at]
	s0, s1, s2, s3 := T(a[p]*x0), T(0), T(0), T(0)
	if n > 1 {
		at, p = at+step, p+row
		x1 := x[at]
		s0 += T(a[p] * x1)
		s1 = T(a[p+col]*x1) + T(a[p]*x0)
		if n > 2 {
			col2, col3 := 2*col+colGrowth, 3*(col+colGrowth)
			at, p = at+step, p+row+rowGrowth
			x2 := x[at]
			s0 += T(a[p] * x2)
			s1 += T(a[p+col] * x2)
			s2 = T(a[p+col2]*x2) + T(a[p+col]*x1) + T(a[p]*x0)
			if n > 3 {
				at, p = at+step, p+row+2*rowGrowth
				x3 := x[at]
				s0 += T(a[p] * x3)
				s1 += T(a[p+col] * x3)
				s2 += T(a[p+col2] * x3)
				s3 = T(a[p+col3]*x3) + T(a[p+col2]*x2) + T(a[p+col]*x1) + T(a[p]*x0)
			}
		}
	}
	if at, step = first(n, incY), incY; ul == blas.Upper {
		at, step = at+(n-1)*incY, -incY
	}
	for range n {
		v := T(alpha * s0)
		if beta != 0 {
			v = T(beta*y[at]) + v
		}
		y[at] = v
		at += step
		s0, s1, s2 = s1, s2, s3
	}
	return true
}

// gemvTiny is gemv of a matrix of few columns as it stands, by dots in lanes that begin at 0.
func gemvTiny[T tensor.Float](tA blas.Transpose, m, n int, alpha T, a []T, ld int, x []T, incX int,
	beta T, y []T, incY int) bool {

	if tA != blas.NoTrans || m < 1 || n < 1 || n > tinyOrder || ld < n || alpha == 0 ||
		len(a) < ld*(m-1)+n || !holds(x, n, incX) || !holds(y, m, incY) {
		return false
	}
	at := first(n, incX)
	x0, x1, x2, x3 := x[at], T(0), T(0), T(0)
	if n > 1 {
		at += incX
		x1 = x[at]
	}
	if n > 2 {
		at += incX
		x2 = x[at]
	}
	if n > 3 {
		x3 = x[at+incX]
	}
	at, p := first(m, incY), 0
	for range m {
		s0, s1 := T(a[p]*x0), T(0)
		if n > 1 {
			s1 = T(a[p+1] * x1)
		}
		if n > 2 {
			s0 += T(a[p+2] * x2)
		}
		if n > 3 {
			s1 += T(a[p+3] * x3)
		}
		v := T(alpha * T(s0+s1+0)) // −0 is no sum
		if beta != 0 {
			v = T(beta*y[at]) + v
		}
		y[at] = v
		at, p = at+incY, p+ld
	}
	return true
}
