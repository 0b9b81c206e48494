package tensor

import (
	"slices"
	"unsafe"

	"simdnn/tensor/asm"
)

// Move copies a block of elements, of 1, 2, 4 or 8 bytes each, from one place to another, where
// they stand at other distances from each other. It is prepared once, for one goroutine at a time.
type Move[E any] struct {
	dims      []int // from the outermost
	dst, src  []int // strides, as dims; any, 0 and negative ones included
	tiled     bool  // the last two dimensions are transposed
	index     []int
	transpose transpose[E]
}

// NewMove prepares copies of blocks with these dimensions and strides. The destination is gone
// through in the order of its memory; dimensions that both sides go through as if they were one are
// taken together.
func NewMove[E any](shape, dst, src []int) *Move[E] {
	m := &Move[E]{transpose: transposeOf[E]()}
	for _, d := range appendByStride(nil, dst) {
		n, last := shape[d], len(m.dims)-1
		switch {
		case n == 1:
		case last >= 0 && m.dst[last] == dst[d]*n && m.src[last] == src[d]*n:
			m.dims[last] *= n
			m.dst[last], m.src[last] = dst[d], src[d]
		default:
			m.dims, m.dst, m.src = append(m.dims, n), append(m.dst, dst[d]), append(m.src, src[d])
		}
	}
	if len(m.dims) == 0 {
		m.dims, m.dst, m.src = []int{1}, []int{1}, []int{1}
	}
	m.tile()
	m.index = make([]int, len(m.dims))
	return m
}

// appendByStride appends the numbers of dimensions from the largest stride to the smallest.
func appendByStride(order, strides []int) []int {
	for d := range strides {
		order = append(order, d)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return max(strides[b], -strides[b]) - max(strides[a], -strides[a])
	})
	return order
}

// tile puts the dimension along which the source is contiguous next to the last one, along which
// the destination is, unless that is the same.
func (m *Move[E]) tile() {
	last := len(m.dims) - 1
	if m.dst[last] != 1 || m.src[last] == 1 || m.src[last] == 0 {
		return
	}
	for d := range last {
		if m.src[d] != 1 {
			continue
		}
		for ; d < last-1; d++ {
			m.dims[d], m.dims[d+1] = m.dims[d+1], m.dims[d]
			m.dst[d], m.dst[d+1] = m.dst[d+1], m.dst[d]
			m.src[d], m.src[d+1] = m.src[d+1], m.src[d]
		}
		m.tiled = true
		return
	}
}

// Run copies a block whose first elements stand at the beginning of dst and src. The sides have no
// element in common.
func (m *Move[E]) Run(dst, src []E) { m.RunAt(dst, 0, src, 0) }

// RunAt copies a block whose first elements stand at dst[to] and src[from].
func (m *Move[E]) RunAt(dst []E, to int, src []E, from int) {
	inner := len(m.dims) - 1
	if m.tiled {
		inner--
	}
	for _, n := range m.dims {
		if n == 0 {
			return
		}
	}
	for {
		if m.tiled {
			m.plane(dst[to:], src[from:])
		} else {
			m.row(dst, to, src, from)
		}
		d := inner - 1
		for ; d >= 0; d-- {
			m.index[d]++
			to, from = to+m.dst[d], from+m.src[d]
			if m.index[d] < m.dims[d] {
				break
			}
			to, from = to-m.dst[d]*m.dims[d], from-m.src[d]*m.dims[d]
			m.index[d] = 0
		}
		if d < 0 {
			return
		}
	}
}

// row copies along the last dimension.
func (m *Move[E]) row(dst []E, to int, src []E, from int) {
	last := len(m.dims) - 1
	n, ds, ss := m.dims[last], m.dst[last], m.src[last]
	if ds == 1 {
		gatherRow(dst[to:][:n], src, from, ss)
		return
	}
	for i := range n {
		dst[to+i*ds] = src[from+i*ss]
	}
}

// gatherRow sets dst to elements that stand stride apart from src[from] on.
//
//go:noinline
func gatherRow[E any](dst, src []E, from, stride int) {
	switch stride {
	case 1:
		copy(dst, src[from:])
	case 0:
		v, n := src[from], min(len(dst), 16)
		for i := range dst[:n] {
			dst[i] = v
		}
		for ; n > 0 && n < len(dst); n *= 2 {
			copy(dst[n:], dst[:n])
		}
	default:
		for i := range dst {
			dst[i] = src[from+i*stride]
		}
	}
}

const (
	// planeRows and planeCols are the sides of a block of a plane: a processor remembers few pages
	// that are written to, each of which takes some cache lines of a block at once, and more that
	// are read. Blocks of fewer columns are higher.
	planeRows = 32
	planeCols = 128
	// planeLeast is what a kernel's lanes and steps are at least: the last block overlaps the one
	// before it for that.
	planeLeast = 16
)

// plane transposes along the last two dimensions.
func (m *Move[E]) plane(dst, src []E) {
	last := len(m.dims) - 1
	rows, cols := m.dims[last-1], m.dims[last]
	width, lane := m.dst[last-1], m.src[last]
	if cols == 2 && width == 2 && rows < shortLanes {
		interleave(dst[:2*rows], src[:rows], src[lane:][:rows])
		return
	}
	height := max(planeRows, planeRows*planeCols/cols&^(planeLeast-1))
	for left := 0; left < cols; left += planeCols {
		j := min(left, max(cols-planeLeast, 0))
		for top := 0; top < rows; top += height {
			i := min(top, max(rows-planeLeast, 0))
			m.transpose(dst[i*width+j:], width, src[i+j*lane:], lane, min(planeCols, cols-j),
				min(height, rows-i))
		}
	}
}

// shortLanes is the length from which two lanes are interleaved by the kernel, which takes one row
// after the other where they end.
const shortLanes = 1024

// interleave sets dst to the elements of two lanes in turns, as a shuffle of channels has them.
func interleave[E any](dst, a, b []E) {
	b = b[:len(a)]
	for i, v := range a {
		pair := dst[2*i:][:2]
		pair[0], pair[1] = v, b[i]
	}
}

// transpose is [asm.Transpose] for elements of any type.
type transpose[E any] func(dst []E, width int, src []E, lane, lanes, k int)

// transposeOf returns the active ISA's kernel for elements of the size of E: moving them needs no
// more of their type.
func transposeOf[E any]() transpose[E] {
	moves := &asm.Active().Moves
	var zero E
	switch unsafe.Sizeof(zero) {
	case 1:
		return transposeWords[E](moves.Transpose8)
	case 2:
		return transposeWords[E](moves.Transpose16)
	case 4:
		return transposeWords[E](moves.Transpose32)
	case 8:
		return transposeWords[E](moves.Transpose64)
	}
	panic("tensor: NewMove: elements of 1, 2, 4 or 8 bytes are moved")
}

// transposeWords returns a kernel for words as one for elements of their size.
func transposeWords[E any, U Word](kernel asm.Transpose[U]) transpose[E] {
	return func(dst []E, width int, src []E, lane, lanes, k int) {
		kernel(bitsOf[U](dst), width, bitsOf[U](src), lane, lanes, k)
	}
}

// bitsOf returns elements as words of their size.
func bitsOf[U Word, E any](x []E) []U {
	return unsafe.Slice((*U)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}
