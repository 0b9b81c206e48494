//go:build !purego

package asm

// movesAVX2 replaces the kernels that move elements by those of AVX2.
func movesAVX2(s *ISA) {
	s.Moves = Moves{
		Transpose8:  transposeBy(transposersU8AVX2...),
		Transpose16: transposeBy(transposersU16AVX2...),
		Transpose32: transposeThrees(transposeBy(transposersU32AVX2...)),
		Transpose64: transposeBy(transposersU64AVX2...),
	}
}

// movesAVX512 replaces the kernels that move elements by those of AVX-512.
func movesAVX512(s *ISA) {
	s.Moves = Moves{
		Transpose8:  transposeBy(transposersU8AVX512...),
		Transpose16: transposeBy(transposersU16AVX512...),
		Transpose32: transposeThrees(transposeBy(transposersU32AVX512...)),
		Transpose64: transposeBy(transposersU64AVX512...),
	}
}

// The transposing kernels, from wide to narrow. Those of AVX-512 come before those of AVX2.
var (
	transposersU8AVX2  = []transposer[uint8]{{8, 16, transpose8By8AVX2}}
	transposersU16AVX2 = []transposer[uint16]{{8, 8, transpose8By16AVX2}}
	transposersU32AVX2 = []transposer[uint32]{
		{8, 4, ofFloats[uint32](transpose8F32AVX2)}, {4, 4, ofFloats[uint32](transpose4F32AVX2)}}
	transposersU64AVX2 = []transposer[uint64]{
		{4, 2, ofFloats[uint64](transpose4F64AVX2)}, {2, 2, ofFloats[uint64](transpose2F64AVX2)}}

	transposersU8AVX512 = append(
		[]transposer[uint8]{{16, 16, transpose16By8AVX512}}, transposersU8AVX2...)
	transposersU16AVX512 = append(
		[]transposer[uint16]{{16, 8, transpose16By16AVX512}}, transposersU16AVX2...)
	transposersU32AVX512 = append([]transposer[uint32]{{16, 16, transpose16Lines32AVX512},
		{16, 4, ofFloats[uint32](transpose16F32AVX512)}}, transposersU32AVX2...)
	transposersU64AVX512 = append([]transposer[uint64]{{8, 8, transpose8Lines64AVX512},
		{8, 2, ofFloats[uint64](transpose8F64AVX512)}}, transposersU64AVX2...)
)

// transposeThrees returns a [Transpose] that has kernels of their own for three lanes and for three
// steps: the colours of an image.
func transposeThrees(general Transpose[uint32]) Transpose[uint32] {
	return func(dst []uint32, width int, src []uint32, lane, lanes, k int) {
		switch {
		case lanes == 3 && width == 3 && k >= 8:
			interleave3F32AVX2(asFloats[float32](dst), asFloats[float32](src), lane, k)
		case k == 3 && lane == 3 && lanes >= 8:
			deinterleave3F32AVX2(asFloats[float32](dst), asFloats[float32](src), width, lanes)
		default:
			general(dst, width, src, lane, lanes, k)
		}
	}
}

// transposition is the order of bytes within 16, and of words or pairs of words, that the kernels
// of small elements want.
//
//lint:ignore U1000 read by the assembly
var transposition = struct {
	pairs  [4][16]uint8 // of 2 bytes, lanes and steps exchanged
	bytes  [4][16]uint8
	words8 [8]uint32 // of two groups
	_      [8]uint32
	pairs4 [8]uint64  // of four groups of 2 bytes
	words4 [16]uint32 // of four groups
}{
	pairs:  [4][16]uint8{pairsOf2, pairsOf2, pairsOf2, pairsOf2},
	bytes:  [4][16]uint8{bytesOf4, bytesOf4, bytesOf4, bytesOf4},
	words8: [8]uint32{0, 4, 1, 5, 2, 6, 3, 7},
	pairs4: [8]uint64{0, 2, 4, 6, 1, 3, 5, 7},
	words4: [16]uint32{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15},
}

var (
	pairsOf2 = [16]uint8{0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15}
	bytesOf4 = [16]uint8{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15}
)

// transpose8By8AVX2 transposes 8 lanes of 1 byte: dst[p·width+l] = src[l·lane+p] for l < 8 and p <
// k, where k ≥ 16.
//
//go:noescape
func transpose8By8AVX2(dst []uint8, width int, src []uint8, lane, k int)

// transpose8By16AVX2 transposes 8 lanes of 2 bytes, where k ≥ 8.
//
//go:noescape
func transpose8By16AVX2(dst []uint16, width int, src []uint16, lane, k int)

// transpose16By8AVX512 transposes 16 lanes of 1 byte, where k ≥ 16.
//
//go:noescape
func transpose16By8AVX512(dst []uint8, width int, src []uint8, lane, k int)

// transpose16By16AVX512 transposes 16 lanes of 2 bytes, where k ≥ 8.
//
//go:noescape
func transpose16By16AVX512(dst []uint16, width int, src []uint16, lane, k int)

// transpose16Lines32AVX512 transposes 16 lanes of 4 bytes, where k ≥ 16.
//
//go:noescape
func transpose16Lines32AVX512(dst []uint32, width int, src []uint32, lane, k int)

// transpose8Lines64AVX512 transposes 8 lanes of 8 bytes, where k ≥ 8.
//
//go:noescape
func transpose8Lines64AVX512(dst []uint64, width int, src []uint64, lane, k int)
