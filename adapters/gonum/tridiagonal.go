package simdnn

import "math"

// tridiagonal is a symmetric tridiagonal matrix T on its way to its eigenvalues, by the implicit QR
// algorithm with Wilkinson's shift (Golub and Van Loan, Matrix Computations, 8.3). Every rotation
// turns rows of vectors too: with vectors = Qᵀ, Q·T·Qᵀ stays what it was.
type tridiagonal struct {
	d, e    []float64 // the diagonal, and the one beside it
	vectors *rotations
	turns   []float64 // of a sweep
	x, y    []float64 // a block as the sweep meets it
}

// mostEigenSweeps is how many sweeps an eigenvalue may take.
const mostEigenSweeps = 30

// diagonalize makes the eigenvalues, in no order, of the diagonal. It reports whether it came to an
// end.
func (t *tridiagonal) diagonalize() bool {
	n := len(t.d)
	t.x, t.y, t.turns = make([]float64, n), make([]float64, n), make([]float64, 0, 2*n)
	left := mostEigenSweeps * n
	lastLo, lastHi, up := n, -1, false
	for hi := n - 1; hi > 0; {
		lo := t.block(hi)
		if lo == hi {
			hi--
			continue
		}
		if left--; left < 0 {
			return false
		}
		if lo > lastHi || hi < lastLo { // a new one: a sweep goes from its large end to its small one
			up = math.Abs(t.d[lo]) < math.Abs(t.d[hi])
		}
		lastLo, lastHi = lo, hi
		t.sweep(lo, hi, up)
	}
	return true
}

// block returns the first row of the block that ends with row hi: nothing joins it to those above.
func (t *tridiagonal) block(hi int) int {
	for lo := hi - 1; lo >= 0; lo-- {
		product := math.Abs(t.d[lo]) * math.Abs(t.d[lo+1])
		if t.e[lo]*t.e[lo] <= epsilon*epsilon*product+0x1p-1022 {
			t.e[lo] = 0
			return lo + 1
		}
	}
	return 0
}

// sweep makes one of the block from row lo to row hi, down or, as if it stood upside down, up.
func (t *tridiagonal) sweep(lo, hi int, up bool) {
	k := hi - lo
	x, y := t.x[:k+1], t.y[:k]
	copyInOrder(x, t.d[lo:], up)
	copyInOrder(y, t.e[lo:], up)
	t.chase(x, y)
	copyInOrder(t.d[lo:], x, up)
	copyInOrder(t.e[lo:], y, up)
	t.vectors.add(lo, t.turns, up)
}

// chase shifts by the eigenvalue of the last two rows that is nearer to the last element, and
// chases the element that the first rotation makes out of the matrix.
func (t *tridiagonal) chase(x, y []float64) {
	k := len(y)
	half := (x[k-1] - x[k]) / (2 * y[k-1])
	root := math.Copysign(math.Hypot(half, 1), half)
	g := x[0] - x[k] + y[k-1]/(half+root)
	c, s, r, moved := 1.0, 1.0, 0.0, 0.0
	t.turns = t.turns[:0]
	for i := range k {
		f, b := s*y[i], c*y[i]
		c, s, r = turn(g, f)
		if i > 0 {
			y[i-1] = r
		}
		t.turns = append(t.turns, c, s)
		g = x[i] - moved
		r = float64((x[i+1]-g)*s) + float64(2*c*b)
		moved = s * r
		x[i] = g + moved
		g = float64(c*r) - b
	}
	x[k] -= moved
	y[k-1] = g
}
