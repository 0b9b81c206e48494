//go:build !purego

package asm

// movesNEON replaces the kernels that move elements by those of NEON.
func movesNEON(s *ISA) {
	s.Moves = Moves{
		Transpose8:  transposeBy(transposer[uint8]{8, 8, transpose8By8NEON}),
		Transpose16: transposeBy(transposer[uint16]{8, 8, transpose8By16NEON}),
		Transpose32: transposeBy(transposer[uint32]{4, 4, ofFloats[uint32](transpose4F32NEON)}),
		Transpose64: transposeBy(transposer[uint64]{2, 2, ofFloats[uint64](transpose2F64NEON)}),
	}
}

// transpose8By8NEON transposes 8 lanes of 1 byte: dst[p·width+l] = src[l·lane+p] for l < 8 and p <
// k, where k ≥ 8.
//
//go:noescape
func transpose8By8NEON(dst []uint8, width int, src []uint8, lane, k int)

// transpose8By16NEON transposes 8 lanes of 2 bytes, where k ≥ 8.
//
//go:noescape
func transpose8By16NEON(dst []uint16, width int, src []uint16, lane, k int)
