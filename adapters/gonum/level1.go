package simdnn

import (
	"math"

	"simdnn/tensor"
)

// Vectors are contiguous if both increments are 1 or, which gives the same pairs, −1.

// few is the number of elements up to which Go is faster than the call of a kernel.
const few = 16

// tiny is the number of elements up to which it is faster still to add and multiply one by one.
const tiny = 8

// gapKernels go through vectors, from an element on, element by element. They are nil where there
// are none.
type gapKernels[T tensor.Float] struct {
	dot   func(x, y *T, n, incX, incY int) T
	axpy  func(x, y *T, n, incX, incY int, alpha T)
	scale func(x *T, n, incX int, alpha T)
}

// arePairs reports whether the elements of two vectors that are met are x[i] and y[i].
func arePairs(incX, incY int) bool { return incX == incY && (incX == 1 || incX == -1) }

// dotFew returns Σ x[i]·y[i] in four lanes: lane l takes the elements l, l+4, …, then lanes fold in
// halves.
func dotFew[T tensor.Float](x, y []T) T {
	y = y[:len(x)]
	var s0, s1, s2, s3 T
	i := 0
	for ; i < len(x)-3; i += 4 {
		s0 += T(x[i] * y[i])
		s1 += T(x[i+1] * y[i+1])
		s2 += T(x[i+2] * y[i+2])
		s3 += T(x[i+3] * y[i+3])
	}
	x, y = x[i:], y[i:]
	y = y[:len(x)]
	if len(x) > 0 {
		s0 += T(x[0] * y[0])
	}
	if len(x) > 1 {
		s1 += T(x[1] * y[1])
	}
	if len(x) > 2 {
		s2 += T(x[2] * y[2])
	}
	return s0 + s2 + (s1 + s3)
}

// scaleFew multiplies x by alpha.
func scaleFew[T tensor.Float](x []T, alpha T) {
	for i := range x {
		x[i] *= alpha
	}
}

// axpyFew adds alpha·x to y.
func axpyFew[T tensor.Float](y, x []T, alpha T) {
	x = x[:len(y)]
	for i := range y {
		y[i] += T(alpha * x[i])
	}
}

// dot returns Σ x[i]·y[i] in virtual lanes; of few elements, or with gaps, in four.
func (c *core[T]) dot(n int, x []T, incX int, y []T, incY int) (sum T, ok bool) {
	switch {
	case !holds(x, n, incX) || !holds(y, n, incY):
		return 0, false
	case !arePairs(incX, incY):
		return c.dotGaps(n, x, incX, y, incY), true
	case n <= few:
		return dotFew(x[:n], y[:n]), true
	}
	return c.k.Reduce.Dot(x[:n], y[:n]), true
}

// dotGaps is dotFew of any number of elements with any increments.
func (c *core[T]) dotGaps(n int, x []T, incX int, y []T, incY int) T {
	var s0, s1, s2, s3 T
	i, j := first(n, incX), first(n, incY)
	if c.gaps.dot != nil {
		return c.gaps.dot(&x[i], &y[j], n, incX, incY)
	}
	for ; n >= 4; n -= 4 {
		s0 += T(x[i] * y[j])
		i, j = i+incX, j+incY
		s1 += T(x[i] * y[j])
		i, j = i+incX, j+incY
		s2 += T(x[i] * y[j])
		i, j = i+incX, j+incY
		s3 += T(x[i] * y[j])
		i, j = i+incX, j+incY
	}
	if n > 0 {
		s0 += T(x[i] * y[j])
	}
	if n > 1 {
		s1 += T(x[i+incX] * y[j+incY])
	}
	if n > 2 {
		s2 += T(x[i+2*incX] * y[j+2*incY])
	}
	return s0 + s2 + (s1 + s3)
}

// axpy sets y[i] = fma(alpha, x[i], y[i]); with gaps, and of up to tiny elements, the product is
// rounded.
func (c *core[T]) axpy(n int, alpha T, x []T, incX int, y []T, incY int) bool {
	if alpha == 0 || !holds(x, n, incX) || !holds(y, n, incY) {
		return false
	}
	switch {
	case !arePairs(incX, incY):
		c.axpyGaps(n, alpha, x, incX, y, incY)
	case n <= tiny:
		axpyFew(y[:n], x[:n], alpha)
	default:
		c.k.Parametric[tensor.Axpy](y[:n], x[:n], alpha)
	}
	return true
}

// axpyGaps adds alpha·x to y, product by product.
func (c *core[T]) axpyGaps(n int, alpha T, x []T, incX int, y []T, incY int) {
	i, j := first(n, incX), first(n, incY)
	if c.gaps.axpy != nil {
		c.gaps.axpy(&x[i], &y[j], n, incX, incY, alpha)
		return
	}
	for range n {
		y[j] += T(alpha * x[i])
		i, j = i+incX, j+incY
	}
}

// scal sets x[i] = alpha·x[i] of elements with gaps. It leaves alpha = 0, which erases x, to gonum's
// own.
func (c *core[T]) scal(n int, alpha T, x []T, incX int) bool {
	if incX < 1 || alpha == 0 || !holds(x, n, incX) {
		return false
	}
	c.scaleGaps(n, alpha, x, incX)
	return true
}

// scaleGaps multiplies the elements of x by alpha.
func (c *core[T]) scaleGaps(n int, alpha T, x []T, incX int) {
	if c.gaps.scale != nil {
		c.gaps.scale(&x[0], n, incX, alpha)
		return
	}
	for i := 0; n > 0; n-- {
		x[i] *= alpha
		i += incX
	}
}

// The sums of squares that are as good as scaled ones: no square overflowed, and what vanished is
// less than what rounding takes.
const (
	leastSquares32, mostSquares32 = 0x1p-80, 0x1p+127
	leastSquares64, mostSquares64 = 0x1p-900, 0x1p+1023
)

// nrm2 returns √Σ x[i]², the sum being a dot. It leaves the norms whose squares overflow or vanish
// to gonum's own, which scales.
func (c *core[T]) nrm2(n int, x []T, incX int) (norm T, ok bool) {
	if incX < 1 {
		return 0, false
	}
	sum, ok := c.dot(n, x, incX, x, incX)
	if !ok {
		return 0, false
	}
	least, most := leastSquares64, mostSquares64
	if _, single := any(sum).(float32); single {
		least, most = leastSquares32, mostSquares32
	}
	if s := float64(sum); s > least && s < most {
		return T(math.Sqrt(s)), true
	}
	return 0, false
}

// A vector of absolute values is made a piece at a time, where L1 holds it; shorter ones than
// fewAbsolutes are not worth it.
const (
	pieceOfAbsolutes = 1024
	fewAbsolutes     = 100
)

// absolutes sets dst to the absolute values of x: max(x, −x).
func (c *core[T]) absolutes(dst, x []T) {
	c.k.Parametric[tensor.Scale](dst, x, -1)
	c.k.Binary[tensor.Maximum](dst, dst, x)
}

// asum returns Σ |x[i]|, a chain of the sums of pieces; of few elements, or with gaps, in four
// lanes.
func (c *core[T]) asum(n int, x []T, incX int) (sum T, ok bool) {
	if incX < 1 || !holds(x, n, incX) {
		return 0, false
	}
	switch {
	case incX != 1:
		return asumGaps(n, x, incX), true
	case n < fewAbsolutes:
		return asumFew(x[:n]), true
	}
	s := c.get()
	buf := grow(&s.y, pieceOfAbsolutes)
	for at := 0; at < n; at += len(buf) {
		piece := x[at:min(at+len(buf), n)]
		c.absolutes(buf[:len(piece)], piece)
		sum += c.k.Reduce.Sum(buf[:len(piece)])
	}
	c.put(s)
	return sum, true
}

// asumFew returns Σ |x[i]| in four lanes, as [dotFew] has them.
func asumFew[T tensor.Float](x []T) T {
	var s0, s1, s2, s3 T
	i := 0
	for ; i < len(x)-3; i += 4 {
		s0 += absolute(x[i])
		s1 += absolute(x[i+1])
		s2 += absolute(x[i+2])
		s3 += absolute(x[i+3])
	}
	x = x[i:]
	if len(x) > 0 {
		s0 += absolute(x[0])
	}
	if len(x) > 1 {
		s1 += absolute(x[1])
	}
	if len(x) > 2 {
		s2 += absolute(x[2])
	}
	return s0 + s2 + (s1 + s3)
}

// asumGaps is asumFew of any number of elements.
func asumGaps[T tensor.Float](n int, x []T, inc int) T {
	var s0, s1, s2, s3 T
	i := 0
	for ; n >= 4; n -= 4 {
		s0 += absolute(x[i])
		s1 += absolute(x[i+inc])
		i += 2 * inc
		s2 += absolute(x[i])
		s3 += absolute(x[i+inc])
		i += 2 * inc
	}
	if n > 0 {
		s0 += absolute(x[i])
	}
	if n > 1 {
		s1 += absolute(x[i+inc])
	}
	if n > 2 {
		s2 += absolute(x[i+2*inc])
	}
	return s0 + s2 + (s1 + s3)
}

func absolute[T tensor.Float](v T) T { return T(math.Abs(float64(v))) }

// iamax returns the index of the first of the largest absolute values. It leaves many with a NaN to
// gonum's own.
func (c *core[T]) iamax(n int, x []T, incX int) (index int, ok bool) {
	if incX < 1 || !holds(x, n, incX) {
		return 0, false
	}
	if incX != 1 || n < fewAbsolutes {
		return iamaxFew(n, x, incX), true
	}
	s := c.get()
	defer c.put(s)
	buf := grow(&s.y, pieceOfAbsolutes)
	largest, where := T(-1), 0
	for at := 0; at < n; at += len(buf) {
		piece := x[at:min(at+len(buf), n)]
		c.absolutes(buf[:len(piece)], piece)
		switch m := c.k.Reduce.Max(buf[:len(piece)]); {
		case m != m:
			return 0, false
		case m > largest:
			largest, where = m, at
		}
	}
	for x[where] != largest && x[where] != -largest {
		where++
	}
	return where, true
}

// iamaxFew compares with both signs of the largest so far, or, where they are to be had by clearing
// a bit, absolute values. A NaN is no such thing, unless it comes first and stays.
func iamaxFew[T tensor.Float](n int, x []T, inc int) (index int) {
	if wide, ok := any(x).([]float64); ok {
		return iamaxWide(n, wide, inc)
	}
	most := absolute(x[0])
	least := -most
	at := inc
	for i := 1; i < n; i++ {
		if v := x[at]; v > most || v < least {
			most = absolute(v)
			least, index = -most, i
		}
		at += inc
	}
	return index
}

// iamaxWide is iamaxFew of float64.
func iamaxWide(n int, x []float64, inc int) (index int) {
	most, at := math.Abs(x[0]), inc
	if inc == 1 {
		for i, v := range x[:n] {
			if v = math.Abs(v); v > most {
				most, index = v, i
			}
		}
		return index
	}
	for i := 1; i < n; i++ {
		if v := math.Abs(x[at]); v > most {
			most, index = v, i
		}
		at += inc
	}
	return index
}
