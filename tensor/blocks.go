package tensor

import "fmt"

// This file lets kernels, which take slices, run over views whose elements stand in any order. A
// view is gone through in blocks of two dimensions, and those that are not as the kernel wants them
// pass through buffers.

const (
	// blockElements is the size of a block: three stay in L2.
	blockElements = 8192
	// blockRow is the length of a row from which on a kernel is called for each row. A whole block
	// of shorter ones is gathered for a single call.
	blockRow = 32
	// tileCols is the width of blocks that are transposed, whose height then is that of four cache
	// lines of float32. docs/tuning.md has the measurements.
	tileCols = 128
)

// loops go through the elements of a destination and two operands, in the order of the
// destination's memory.
type loops struct {
	dims    []int // from the outermost; at least two
	strides [3][]int
	index   []int
	at      [3]int // where the block at hand begins
	given   [3][]int
	order   []int
}

// set makes the loops those over a shape, with the given strides. Dimensions along which all three
// go on as they do along the next one are taken together.
func (l *loops) set(shape []int) {
	l.dims, l.index, l.at = append(l.dims[:0], 1), l.index[:0], [3]int{}
	for i := range l.strides {
		l.strides[i] = append(l.strides[i][:0], 0)
	}
	l.order = appendByStride(l.order[:0], l.given[0])
	for _, d := range l.order {
		n, last := shape[d], len(l.dims)-1
		if n == 1 {
			continue
		}
		together := last > 0
		for i, s := range l.given {
			together = together && l.strides[i][last] == s[d]*n
		}
		if together {
			l.dims[last] *= n
		} else {
			l.dims = append(l.dims, n)
		}
		for i, s := range l.given {
			if together {
				l.strides[i][last] = s[d]
			} else {
				l.strides[i] = append(l.strides[i], s[d])
			}
		}
	}
	if len(l.dims) == 1 {
		l.dims = append(l.dims, 1)
		for i := range l.strides {
			l.strides[i] = append(l.strides[i], 1)
		}
	}
	l.tile()
	for range len(l.dims) - 2 {
		l.index = append(l.index, 0)
	}
}

// tile puts next to the last dimension the one along which an operand is contiguous that is not so
// along the last.
func (l *loops) tile() {
	last := len(l.dims) - 1
	for _, s := range l.strides[1:] {
		if s[last] == 0 || s[last] == 1 {
			continue
		}
		for d := range last - 1 {
			if s[d] == 1 {
				l.swap(d, last-1)
				return
			}
		}
	}
}

func (l *loops) swap(a, b int) {
	l.dims[a], l.dims[b] = l.dims[b], l.dims[a]
	for i := range l.strides {
		l.strides[i][a], l.strides[i][b] = l.strides[i][b], l.strides[i][a]
	}
}

// next goes on to the next plane of the last two dimensions, or returns false behind the last.
func (l *loops) next() bool {
	for d := len(l.index) - 1; d >= 0; d-- {
		l.index[d]++
		for i := range l.at {
			l.at[i] += l.strides[i][d]
		}
		if l.index[d] < l.dims[d] {
			return true
		}
		for i := range l.at {
			l.at[i] -= l.strides[i][d] * l.dims[d]
		}
		l.index[d] = 0
	}
	return false
}

// view is what a plane shows of one tensor.
type view[T Float] struct {
	data     []T
	row, col int // strides
	buf      []T
	move     transpose[T]
}

// isFlat reports whether a block of so many rows and columns stands in one piece.
func (v *view[T]) isFlat(rows, cols int) bool {
	return (v.col == 1 || cols == 1) && (v.row == cols || rows == 1)
}

// inRows reports whether the elements of each row are next to each other.
func (v *view[T]) inRows() bool { return v.col == 1 }

// gather copies the block that begins at an element to the buffer.
func (v *view[T]) gather(at, rows, cols int) []T {
	buf := v.buf[:rows*cols]
	if v.row == 1 && v.col > 1 {
		v.move(buf, cols, v.data[at:], v.col, cols, rows)
		return buf
	}
	for i := range rows {
		gatherRow(buf[i*cols:][:cols], v.data, at+i*v.row, v.col)
	}
	return buf
}

// scatter copies the buffer to the block that begins at an element.
func (v *view[T]) scatter(at, rows, cols int) {
	for i := range rows {
		for j, c := range v.buf[i*cols:][:cols] {
			v.data[at+i*v.row+j*v.col] = c
		}
	}
}

// unary runs a kernel over x, broadcast to the shape of dst.
func (e *Engine[T]) unary(op string, dst, x *Tensor[T], kernel func(dst, x []T)) {
	e.binary(op, dst, x, x, func(dst, x, _ []T) { kernel(dst, x) })
}

// binary runs a kernel over the elements of x and y, broadcast to the shape of dst.
func (e *Engine[T]) binary(op string, dst, x, y *Tensor[T], kernel func(dst, x, y []T)) {
	requireInPlaceOrApart(op, dst, x)
	requireInPlaceOrApart(op, dst, y)
	if sameShape(dst, x) && sameShape(dst, y) && dst.IsContiguous() && x.IsContiguous() &&
		y.IsContiguous() {
		if dst.Len() > 0 {
			kernel(dst.Data(), x.Data(), y.Data())
		}
		return
	}
	requireWritable(op, dst)
	s := e.buffers[0].get()
	defer e.buffers[0].put(s)
	l, p := &s.loops, &s.plane
	l.given[0] = append(l.given[0][:0], dst.strides...)
	l.given[1] = appendBroadcast(l.given[1][:0], op, x, dst.shape)
	l.given[2] = appendBroadcast(l.given[2][:0], op, y, dst.shape)
	if dst.Len() == 0 {
		return
	}
	l.set(dst.shape)
	p.set(l, [3][]T{dst.data, x.data, y.data}, grow(&s.blocks, 3*blockElements))
	p.shared = x == y
	for more := true; more; more = l.next() {
		p.run(l.at, kernel)
	}
	p.views = [3]view[T]{} // nothing is kept alive
}

// plane runs a kernel over two dimensions, block by block.
type plane[T Float] struct {
	rows, cols           int
	blockRows, blockCols int
	views                [3]view[T]
	byRow                bool // a call for each row of a block, else one for the block
	shared               bool // both operands are one
	move                 transpose[T]
}

// set makes the plane that of the last two dimensions.
func (p *plane[T]) set(l *loops, data [3][]T, bufs []T) {
	last := len(l.dims) - 1
	p.rows, p.cols = l.dims[last-1], l.dims[last]
	if p.move == nil {
		p.move = transposeOf[T]()
	}
	direct := true
	for i := range p.views {
		p.views[i] = view[T]{data: data[i], row: l.strides[i][last-1], col: l.strides[i][last],
			buf: bufs[i*blockElements:][:blockElements], move: p.move}
		direct = direct && p.views[i].inRows()
	}
	p.byRow = p.cols >= blockRow
	switch {
	case p.byRow && direct:
		p.blockRows, p.blockCols = p.rows, p.cols
	case p.byRow && p.rows == 1:
		p.blockRows, p.blockCols = 1, blockElements
	case p.byRow:
		p.blockRows, p.blockCols = blockElements/tileCols, tileCols
	default:
		p.blockRows, p.blockCols = blockElements/p.cols, p.cols
	}
}

// run runs the kernel over the plane that begins at these elements.
func (p *plane[T]) run(at [3]int, kernel func(dst, x, y []T)) {
	for j := 0; j < p.cols; j += p.blockCols {
		cols := min(p.blockCols, p.cols-j)
		for i := 0; i < p.rows; i += p.blockRows {
			var from [3]int
			for v := range p.views {
				from[v] = at[v] + i*p.views[v].row + j*p.views[v].col
			}
			p.block(from, min(p.blockRows, p.rows-i), cols, kernel)
		}
	}
}

// block runs the kernel over the block that begins at these elements.
func (p *plane[T]) block(at [3]int, rows, cols int, kernel func(dst, x, y []T)) {
	var slices [3][]T
	var steps [3]int // from row to row
	direct := true   // the destination needs no buffer
	for i := range p.views {
		v := &p.views[i]
		switch {
		case p.byRow && v.inRows() || v.isFlat(rows, cols):
			slices[i], steps[i] = v.data[at[i]:], v.row
		case i == 0:
			slices[i], steps[i], direct = v.buf, cols, false
		case i == 2 && p.shared:
			slices[i], steps[i] = slices[1], steps[1]
		default:
			slices[i], steps[i] = v.gather(at[i], rows, cols), cols
		}
	}
	if p.byRow {
		for i := range rows {
			kernel(slices[0][i*steps[0]:][:cols], slices[1][i*steps[1]:][:cols],
				slices[2][i*steps[2]:][:cols])
		}
	} else {
		n := rows * cols
		kernel(slices[0][:n], slices[1][:n], slices[2][:n])
	}
	if !direct {
		p.views[0].scatter(at[0], rows, cols)
	}
}

// partElements is the number of elements that a view is gathered by: they stay in L2.
const partElements = 1 << 15

// parts calls f with the elements of t in row-major order: all at once if it is contiguous, else
// part by part.
func (e *Engine[T]) parts(t *Tensor[T], f func(part []T)) {
	if data, ok := t.Contiguous(); ok {
		f(data)
		return
	}
	s := e.buffers[0].get()
	defer e.buffers[0].put(s)
	outer, inner := 0, t.Len() // the dimensions before this one, the elements of each
	for inner > partElements && outer < len(t.shape) {
		inner /= t.shape[outer]
		outer++
	}
	if outer == 0 {
		m := NewMove[T](t.shape, contiguousStrides(t.shape), t.strides)
		f(t.gather(m, 0, grow(&s.blocks, inner)))
		return
	}
	d := outer - 1 // the dimension that is cut
	count := max(1, partElements/inner)
	shape := append([]int{count}, t.shape[outer:]...)
	strides := append([]int{t.strides[d]}, t.strides[outer:]...)
	whole := NewMove[T](shape, contiguousStrides(shape), strides)
	rest := whole
	if n := t.shape[d] % count; n > 0 {
		shape[0] = n
		rest = NewMove[T](shape, contiguousStrides(shape), strides)
	}
	buf := grow(&s.blocks, count*inner)
	index := make([]int, d)
	for more := true; more; more = nextIndex(index, t.shape) {
		at := placeOf(index, t.strides)
		for i := 0; i < t.shape[d]; i += count {
			if n := t.shape[d] - i; n < count {
				f(t.gather(rest, at+i*t.strides[d], buf[:n*inner]))
			} else {
				f(t.gather(whole, at+i*t.strides[d], buf))
			}
		}
	}
}

// gather moves a part of the view to a buffer and returns it.
func (t *Tensor[T]) gather(m *Move[T], at int, buf []T) []T {
	m.RunAt(buf, 0, t.data, at)
	return buf
}

// nextIndex goes on to the next index in row-major order, or returns false behind the last.
func nextIndex(index, shape []int) bool {
	for d := len(index) - 1; d >= 0; d-- {
		if index[d]++; index[d] < shape[d] {
			return true
		}
		index[d] = 0
	}
	return false
}

// placeOf returns where the element at an index stands.
func placeOf(index, strides []int) int {
	at := 0
	for d, i := range index {
		at += i * strides[d]
	}
	return at
}

// contiguousStrides returns the strides of a shape in row-major order.
func contiguousStrides(shape []int) []int {
	strides := make([]int, len(shape))
	stride := 1
	for d := len(shape) - 1; d >= 0; d-- {
		strides[d] = stride
		stride *= shape[d]
	}
	return strides
}

// broadcastStrides returns the strides with which t is read when it is broadcast to shape by
// NumPy's rule: dimensions are matched from the last one, and a dimension that is missing or has
// length 1 is repeated.
func broadcastStrides[T Element](op string, t *Tensor[T], shape []int) []int {
	return appendBroadcast(nil, op, t, shape)
}

// appendBroadcast appends what broadcastStrides returns.
func appendBroadcast[T Element](strides []int, op string, t *Tensor[T], shape []int) []int {
	skip := len(shape) - len(t.shape)
	for d, n := range shape {
		switch {
		case d < skip:
			strides = append(strides, 0)
		case skip >= 0 && t.shape[d-skip] == n:
			strides = append(strides, t.strides[d-skip])
		case skip >= 0 && t.shape[d-skip] == 1:
			strides = append(strides, 0)
		default:
			skip = -1
		}
	}
	if skip < 0 {
		panic(fmt.Sprintf("tensor: %s: the shape %v can't be broadcast to %v", op, t.shape, shape))
	}
	return strides
}
