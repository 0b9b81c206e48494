package op

import "slices"

// walk goes through the rows of an output in order and says where the operands' elements for each
// stand, operands being broadcast. Dimensions along which all operands go on as they do along the
// next one are taken together, so rows are as long as can be.
type walk struct {
	dims    []int   // of the output but its last
	inner   int     // length of a row
	strides [][]int // by operand, as dims and then the row's own: 0 or 1
	index   []int   // of the row at hand
	at      []int   // by operand: where it begins
	block   int     // elements of a row that are computed together
	period  []int   // by operand, of those that repeat in a row
}

// newWalk returns a walk over an output of this shape from its beginning.
func newWalk(shape []int, operands ...[]int) *walk {
	strides := make([][]int, len(operands))
	for i, operand := range operands {
		strides[i] = broadcastStrides(operand, len(shape))
	}
	w := &walk{at: make([]int, len(operands)), strides: make([][]int, len(operands))}
	for d, n := range shape {
		last := len(w.dims) - 1
		switch {
		case n == 1:
		case last >= 0 && extends(w.strides, strides, d, n):
			w.dims[last] *= n
			for i := range strides {
				w.strides[i][last] = strides[i][d]
			}
		default:
			w.dims = append(w.dims, n)
			for i := range strides {
				w.strides[i] = append(w.strides[i], strides[i][d])
			}
		}
	}
	if len(w.dims) == 0 {
		w.dims = []int{1}
		for i := range strides {
			w.strides[i] = []int{1}
		}
	}
	last := len(w.dims) - 1
	w.inner, w.dims = w.dims[last], w.dims[:last]
	w.index = make([]int, last)
	w.block, w.period = repeatedBlock, slices.Repeat([]int{1}, len(operands))
	return w
}

// newBlockWalk is newWalk with longer rows, in which operands may repeat several elements.
func newBlockWalk(shape []int, operands ...[]int) *walk {
	w := newWalk(shape, operands...)
	last := len(w.dims) - 1
	if last < 0 || w.inner < 1 || w.inner > repeatedBlock/2 {
		return w
	}
	for _, s := range w.strides {
		if s[last] != 0 && s[last] != w.inner*s[last+1] {
			return w
		}
	}
	for i, s := range w.strides {
		if s[last] == 0 && s[last+1] == 1 {
			w.period[i] = w.inner
		}
		w.strides[i] = append(s[:last], min(s[last], 1))
	}
	w.block -= repeatedBlock % w.inner
	w.inner *= w.dims[last]
	w.dims, w.index = w.dims[:last], w.index[:last]
	return w
}

// extends reports whether dimension d, of n elements, goes on where the last one taken stops, for
// each operand.
func extends(taken, strides [][]int, d, n int) bool {
	for i := range strides {
		if taken[i][len(taken[i])-1] != strides[i][d]*n {
			return false
		}
	}
	return true
}

// broadcastStrides returns the distance between neighbours along each of rank dimensions in an
// array of this shape in row-major order: 0 where it is broadcast.
func broadcastStrides(shape []int, rank int) []int {
	strides := make([]int, rank)
	stride := 1
	for d := len(shape) - 1; d >= 0; d-- {
		if shape[d] != 1 {
			strides[rank-len(shape)+d] = stride
		}
		stride *= shape[d]
	}
	return strides
}

// isFlat reports whether there is one row, which all operands have.
//
//go:noinline
func (w *walk) isFlat() bool {
	if len(w.dims) > 0 {
		return false
	}
	for _, s := range w.strides {
		if s[0] != 1 {
			return false
		}
	}
	return true
}

// rows returns the number of rows.
func (w *walk) rows() int {
	n := 1
	for _, d := range w.dims {
		n *= d
	}
	if w.inner == 0 {
		return 0
	}
	return n
}

// next goes on to the next row: from the last one to the first.
//
//go:noinline
func (w *walk) next() {
	for d := len(w.dims) - 1; d >= 0; d-- {
		w.index[d]++
		for i, s := range w.strides {
			w.at[i] += s[d]
		}
		if w.index[d] < w.dims[d] {
			return
		}
		for i, s := range w.strides {
			w.at[i] -= s[d] * w.dims[d]
		}
		w.index[d] = 0
	}
}

// repeatedBlock is the number of elements that a row is computed by where operands may be repeated
// in it, so that one that is stays in L1.
const repeatedBlock = 2048

// repeated is an operand of a walk, whose rows may be one element over and over, or some.
type repeated[T any] struct {
	walk    *walk
	operand int
	block   []T // these elements; nil if the rows stand in the operand
	row     []T // at hand, if they do
}

// newRepeated returns the operand of that index. It is not inlined, which would have its text once
// for each pair of types of each operator.
//
//go:noinline
func newRepeated[T any](w *walk, operand int) *repeated[T] {
	r := &repeated[T]{walk: w, operand: operand}
	if w.strides[operand][len(w.dims)] == 0 {
		r.block = make([]T, min(w.inner, w.block))
	}
	return r
}

// begin turns to the walk's row. It is not inlined either.
//
//go:noinline
func (r *repeated[T]) begin(data []T) {
	at := r.walk.at[r.operand]
	if r.block == nil {
		r.row = data[at:][:r.walk.inner]
		return
	}
	r.fill(r.block, data[at:])
}

// fill sets all elements to those that begin in data. Nor is it inlined.
//
//go:noinline
func (r *repeated[T]) fill(to, data []T) {
	period := r.walk.period[r.operand]
	if period == 1 {
		set(to, data[0])
		return
	}
	for n := copy(to, data[:period]); n < len(to); {
		n += copy(to[n:], to[:n])
	}
}

// part returns the row's elements from lo to hi, at most a block.
func (r *repeated[T]) part(lo, hi int) []T {
	if r.block == nil {
		return r.row[lo:hi]
	}
	return r.block[:hi-lo]
}

// copy copies the row at hand.
func (r *repeated[T]) copy(to, data []T) {
	at := r.walk.at[r.operand]
	if r.block == nil {
		copy(to, data[at:])
		return
	}
	r.fill(to, data[at:])
}
