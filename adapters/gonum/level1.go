package simdnn

import (
	"math"

	"simdnn/tensor"
)

// Vectors with gaps between their elements are left to gonum's own: to copy them takes longer.

// dot returns Σ x[i]·y[i], in virtual lanes.
func (c *core[T]) dot(n int, x []T, incX int, y []T, incY int) (sum T, ok bool) {
	if incX != 1 || incY != 1 || n < 1 || n > len(x) || n > len(y) {
		return 0, false
	}
	return c.k.Reduce.Dot(x[:n], y[:n]), true
}

// axpy sets y[i] = fma(alpha, x[i], y[i]).
func (c *core[T]) axpy(n int, alpha T, x []T, incX int, y []T, incY int) bool {
	if incX != 1 || incY != 1 || n < 1 || n > len(x) || n > len(y) || alpha == 0 {
		return false
	}
	c.k.Parametric[tensor.Axpy](y[:n], x[:n], alpha)
	return true
}

// scal sets x[i] = alpha·x[i]. It leaves alpha = 0, which erases x, to gonum's own.
func (c *core[T]) scal(n int, alpha T, x []T, incX int) bool {
	if incX != 1 || n < 1 || n > len(x) || alpha == 0 {
		return false
	}
	c.k.Parametric[tensor.Scale](x[:n], x[:n], alpha)
	return true
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

// asum returns Σ |x[i]|, a chain of the sums of pieces. Gonum's own, for few elements, is a chain.
func (c *core[T]) asum(n int, x []T, incX int) (sum T, ok bool) {
	if incX != 1 || n < fewAbsolutes || n > len(x) {
		return 0, false
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

// iamax returns the index of the first of the largest absolute values. It leaves vectors with a NaN
// to gonum's own.
func (c *core[T]) iamax(n int, x []T, incX int) (index int, ok bool) {
	if incX != 1 || n < fewAbsolutes || n > len(x) {
		return 0, false
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
