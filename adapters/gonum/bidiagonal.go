package simdnn

import (
	"math"

	lapack "gonum.org/v1/gonum/lapack/gonum"
)

// bidiagonal is an upper bidiagonal matrix B on its way to its singular values, by the implicit QR
// algorithm, without a shift where one would cost small singular values their relative accuracy
// (Demmel and Kahan, "Accurate singular values of bidiagonal matrices", 1990). Every rotation of
// its columns turns rows of right, every one of its rows turns rows of left: with left = Uᵀ and
// right = Vᵀ, U·B·Vᵀ stays what it was. Either may be nil.
type bidiagonal struct {
	d, e        []float64 // the diagonal, and the one above it
	left, right *rotations

	threshold     float64   // what is nothing beside the smallest singular value
	x, y          []float64 // a block as the sweep meets it
	first, second []float64 // the turns of a sweep
}

const (
	epsilon = 0x1p-53
	// tolerance is how much of a singular value may be lost, the least that LAPACK takes.
	tolerance = 10 * epsilon
	// mostSweeps times n² is the number of rotations after which there is no hope.
	mostSweeps = 6
)

// diagonalize makes the singular values, of either sign and in no order, of the diagonal. It
// reports whether it came to an end.
func (b *bidiagonal) diagonalize() bool {
	n := len(b.d)
	b.threshold = b.negligible()
	b.x, b.y = make([]float64, n), make([]float64, n)
	b.first, b.second = make([]float64, 0, 2*n), make([]float64, 0, 2*n)
	left := mostSweeps * n * n
	lastLo, lastHi, up := n, -1, false
	for hi := n - 1; hi > 0; {
		lo := b.block(hi)
		if hi-lo == 0 {
			hi--
			continue
		}
		if left -= hi - lo; left < 0 {
			return false
		}
		if hi-lo == 1 {
			b.solveTwo(lo)
			hi -= 2
			continue
		}
		if lo > lastHi || hi < lastLo { // a new one: a sweep goes from its large end to its small one
			up = math.Abs(b.d[lo]) < math.Abs(b.d[hi])
		}
		lastLo, lastHi = lo, hi
		b.sweep(lo, hi, up)
	}
	return true
}

// negligible returns below what an element above the diagonal is nothing: a part of a lower bound
// of the smallest singular value.
func (b *bidiagonal) negligible() float64 {
	smallest := math.Abs(b.d[0])
	for mu, i := smallest, 1; i < len(b.d) && smallest > 0; i++ {
		mu = math.Abs(b.d[i]) * (mu / (mu + math.Abs(b.e[i-1])))
		smallest = min(smallest, mu)
	}
	n := float64(len(b.d))
	return max(tolerance*smallest/math.Sqrt(n), mostSweeps*n*n*0x1p-1022)
}

// block returns the first row of the block that ends with row hi: nothing joins it to those above.
func (b *bidiagonal) block(hi int) int {
	for lo := hi - 1; lo >= 0; lo-- {
		if math.Abs(b.e[lo]) <= b.threshold {
			b.e[lo] = 0
			return lo + 1
		}
	}
	return 0
}

// solveTwo solves a block of two rows directly.
func (b *bidiagonal) solveTwo(lo int) {
	small, large, sinR, cosR, sinL, cosL := lapack.Implementation{}.Dlasv2(b.d[lo], b.e[lo], b.d[lo+1])
	b.d[lo], b.e[lo], b.d[lo+1] = large, 0, small
	b.right.add(lo, []float64{cosR, sinR}, false)
	b.left.add(lo, []float64{cosL, sinL}, false)
}

// sweep makes one of the block from row lo to row hi. Seen from below a block is an upper
// bidiagonal matrix again, the transposed one, so that both directions are one: only what the
// rotations turn changes places.
func (b *bidiagonal) sweep(lo, hi int, up bool) {
	k := hi - lo
	x, y := b.x[:k+1], b.y[:k]
	copyInOrder(x, b.d[lo:], up)
	copyInOrder(y, b.e[lo:], up)
	if smallest, done := splits(x, y); !done {
		b.first, b.second = b.first[:0], b.second[:0]
		if shift := shiftOf(x, y, smallest, len(b.d)); shift == 0 {
			b.chaseUnshifted(x, y)
		} else {
			b.chase(x, y, shift)
		}
		if math.Abs(y[k-1]) <= b.threshold {
			y[k-1] = 0
		}
		first, second := b.right, b.left
		if up {
			first, second = second, first
		}
		first.add(lo, b.first, up)
		second.add(lo, b.second, up)
	}
	copyInOrder(b.d[lo:], x, up)
	copyInOrder(b.e[lo:], y, up)
}

// copyInOrder copies the first elements of one slice to the other, as many as the shorter one has,
// backwards if up.
func copyInOrder(dst, src []float64, up bool) {
	n := min(len(dst), len(src))
	for i := range n {
		from := i
		if up {
			from = n - 1 - i
		}
		dst[i] = src[from]
	}
}

// splits reports whether an element above the diagonal is nothing beside the singular values, and
// clears it, or returns a lower bound of the smallest of these.
func splits(x, y []float64) (smallest float64, done bool) {
	k := len(y)
	if math.Abs(y[k-1]) <= tolerance*math.Abs(x[k]) {
		y[k-1] = 0
		return 0, true
	}
	mu := math.Abs(x[0])
	smallest = mu
	for i := range y {
		if math.Abs(y[i]) <= tolerance*mu {
			y[i] = 0
			return 0, true
		}
		mu = math.Abs(x[i+1]) * (mu / (mu + math.Abs(y[i])))
		smallest = min(smallest, mu)
	}
	return smallest, false
}

// shiftOf returns the smaller singular value of the last two rows, or 0 where a shift would harm or
// not help.
func shiftOf(x, y []float64, smallest float64, n int) float64 {
	k, largest := len(y), 0.0
	for i, v := range x {
		largest = max(largest, math.Abs(v))
		if i < k {
			largest = max(largest, math.Abs(y[i]))
		}
	}
	if float64(n)*tolerance*(smallest/largest) <= max(epsilon, 0.01*tolerance) {
		return 0
	}
	shift, _ := lapack.Implementation{}.Dlas2(x[k-1], y[k-1], x[k])
	if ratio := shift / math.Abs(x[0]); ratio*ratio < epsilon {
		return 0
	}
	return shift
}

// chaseUnshifted makes a sweep without a shift, in which nothing is subtracted.
func (b *bidiagonal) chaseUnshifted(x, y []float64) {
	k := len(y)
	c, oldC, s, oldS, r := 1.0, 1.0, 0.0, 0.0, 0.0
	for i := range k {
		c, s, r = turn(x[i]*c, y[i])
		if i > 0 {
			y[i-1] = oldS * r
		}
		oldC, oldS, x[i] = turn(oldC*r, x[i+1]*s)
		b.first = append(b.first, c, s)
		b.second = append(b.second, oldC, oldS)
	}
	last := x[k] * c
	x[k], y[k-1] = last*oldC, last*oldS
}

// chase makes a sweep with a shift: the first rotation makes an element where none belongs, the
// others chase it out of the matrix.
func (b *bidiagonal) chase(x, y []float64, shift float64) {
	k := len(y)
	f := (math.Abs(x[0]) - shift) * (math.Copysign(1, x[0]) + shift/x[0])
	g := y[0]
	for i := range k {
		c, s, r := turn(f, g)
		if i > 0 {
			y[i-1] = r
		}
		b.first = append(b.first, c, s)
		f, y[i] = rotate(c, s, x[i], y[i])
		g, x[i+1] = s*x[i+1], c*x[i+1]
		c, s, x[i] = turn(f, g)
		b.second = append(b.second, c, s)
		f, x[i+1] = rotate(c, s, y[i], x[i+1])
		if i < k-1 {
			g, y[i+1] = s*y[i+1], c*y[i+1]
		}
	}
	y[k-1] = f
}
