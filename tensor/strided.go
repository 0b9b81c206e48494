package tensor

// Move copies a block of elements from one place to another, where they stand at other distances
// from each other. It is prepared once, for one goroutine at a time.
type Move[E any] struct {
	dims     []int // from the outermost
	dst, src []int // strides, as dims; any, 0 and negative ones included
	tiled    bool  // the last two dimensions are moved tile by tile
	index    []int
}

// NewMove prepares copies of blocks with these dimensions and strides. Dimensions that both sides
// go through as if they were one are taken together. The destination's strides are best given from
// the largest to the smallest.
func NewMove[E any](shape, dst, src []int) *Move[E] {
	m := &Move[E]{}
	for d, n := range shape {
		last := len(m.dims) - 1
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

// tile puts the dimension along which the source is contiguous next to the last one, along which
// the destination is, unless that is the same.
func (m *Move[E]) tile() {
	last := len(m.dims) - 1
	for d := range last {
		if m.src[d] != 1 || m.src[last] == 1 || m.src[last] == 0 {
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
			m.plane(dst, to, src, from)
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
	switch {
	case ds == 1 && ss == 1:
		copy(dst[to:][:n], src[from:])
	case ds == 1 && ss == 0:
		v, row := src[from], dst[to:][:n]
		for i := range row {
			row[i] = v
		}
	case ds == 1:
		row := dst[to:][:n]
		for i := range row {
			row[i] = src[from+i*ss]
		}
	default:
		for i := range n {
			dst[to+i*ds] = src[from+i*ss]
		}
	}
}

const (
	// moveTile is the side of a tile: a cache line of float32.
	moveTile = 16
	// moveBlock is the side of a block of tiles, of which neither side has more rows than a
	// processor remembers pages: going on along whole rows or columns would miss a page with each
	// line.
	moveBlock = 128
)

// plane copies along the last two dimensions, of which the source is contiguous along the first.
func (m *Move[E]) plane(dst []E, to int, src []E, from int) {
	last := len(m.dims) - 1
	for i := 0; i < m.dims[last-1]; i += moveBlock {
		for j := 0; j < m.dims[last]; j += moveBlock {
			m.block(dst, to, src, from, i, j)
		}
	}
}

// block copies the block that begins in row top and column left. Its tiles pass through a buffer,
// so that each cache line of either side is touched once: rows a power of two apart would else
// evict each other.
func (m *Move[E]) block(dst []E, to int, src []E, from, top, left int) {
	var tile [moveTile * moveTile]E
	last := len(m.dims) - 1
	rows, cols := min(m.dims[last-1], top+moveBlock), min(m.dims[last], left+moveBlock)
	for j := left; j < cols; j += moveTile {
		width := min(moveTile, cols-j)
		for i := top; i < rows; i += moveTile {
			height := min(moveTile, rows-i)
			at := from + i + j*m.src[last]
			for c := range width {
				copy(tile[c*moveTile:][:moveTile], src[at:][:height])
				at += m.src[last]
			}
			at = to + i*m.dst[last-1] + j*m.dst[last]
			for r := range height {
				if m.dst[last] == 1 {
					column(dst[at:][:width], &tile, r)
				} else {
					for c := range width {
						dst[at+c*m.dst[last]] = tile[c*moveTile+r]
					}
				}
				at += m.dst[last-1]
			}
		}
	}
}

// column sets dst to a column of a tile.
func column[E any](dst []E, tile *[moveTile * moveTile]E, r int) {
	t := tile[r:]
	if len(dst) == moveTile { // the usual case, without checks
		_, t = dst[moveTile-1], t[:(moveTile-1)*moveTile+1]
		for c := range moveTile {
			dst[c] = t[c*moveTile]
		}
		return
	}
	for c := range dst {
		dst[c] = t[c*moveTile]
	}
}
