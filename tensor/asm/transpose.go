package asm

// Word is the bits of an element: moving elements needs no more of their type than its size.
type Word interface {
	uint8 | uint16 | uint32 | uint64
}

// Transpose turns runs of elements into steps, dst[p·width+l] = src[l·lane+p] for the lanes l <
// lanes and the steps p < k: it makes a (k, lanes) matrix of one of (lanes, k). It touches nothing
// between its elements. The slices do not overlap.
type Transpose[U Word] func(dst []U, width int, src []U, lane, lanes, k int)

// Moves are the kernels that move elements of a size and compute nothing.
type Moves struct {
	Transpose8  Transpose[uint8]
	Transpose16 Transpose[uint16]
	Transpose32 Transpose[uint32]
	Transpose64 Transpose[uint64]
}

// movesPure returns the pure-Go kernels.
func movesPure() Moves {
	return Moves{transpose[uint8], transpose[uint16], transpose[uint32], transpose[uint64]}
}

const (
	// transposeTile is the side of a tile: a cache line of float32.
	transposeTile = 16
	// transposeBlock is the number of steps that lanes are transposed over before the next ones.
	transposeBlock = 128
	// fewLanes, the colours of an image among them, leave most of a tile empty.
	fewLanes = 4
)

// transpose is the pure-Go [Transpose]. Its tiles pass through a buffer, so that each cache line of
// either side is touched once: lanes a power of two apart would else evict each other.
func transpose[U Word](dst []U, width int, src []U, lane, lanes, k int) {
	var tile [transposeTile * transposeTile]U
	for top := 0; top < k; top += transposeBlock {
		rows := min(k, top+transposeBlock)
		if lanes <= fewLanes {
			for l := range lanes {
				at := top*width + l
				for _, v := range src[l*lane+top:][:rows-top] {
					dst[at] = v
					at += width
				}
			}
			continue
		}
		for left := 0; left < lanes; left += transposeTile {
			cols := min(transposeTile, lanes-left)
			for i := top; i < rows; i += transposeTile {
				height := min(transposeTile, rows-i)
				for c := range cols {
					copy(tile[c*transposeTile:][:transposeTile], src[(left+c)*lane+i:][:height])
				}
				for r := range height {
					column(dst[(i+r)*width+left:][:cols], &tile, r)
				}
			}
		}
	}
}

// column sets dst to a column of a tile.
func column[U Word](dst []U, tile *[transposeTile * transposeTile]U, r int) {
	t := tile[r:]
	if len(dst) == transposeTile { // the usual case, without checks
		_, t = dst[transposeTile-1], t[:(transposeTile-1)*transposeTile+1]
		for c := range transposeTile {
			dst[c] = t[c*transposeTile]
		}
		return
	}
	for c := range dst {
		dst[c] = t[c*transposeTile]
	}
}
