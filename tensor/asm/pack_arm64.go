//go:build !purego

package asm

import "unsafe"

// copyPanelNEON copies rows of row bytes, at least 16, from src to dst, whose rows start srcStep and dstStep bytes apart.
//
//go:noescape
func copyPanelNEON(dst, src unsafe.Pointer, dstStep, srcStep, row, rows int)

// transpose4F32NEON packs 4 lanes: dst[p·width+l] = src[l·lane+p] for l < 4 and p < k, where k ≥ 4.
//
//go:noescape
func transpose4F32NEON(dst []float32, width int, src []float32, lane, k int)

// transpose2F64NEON packs 2 lanes, where k ≥ 2.
//
//go:noescape
func transpose2F64NEON(dst []float64, width int, src []float64, lane, k int)

// packNEON returns a [Gemm.Pack] that copies contiguous lanes and transposes contiguous steps, a register of lanes at a time, of which the
// last overlaps the one before it. What is smaller than a register or has neither contiguous is left to Go.
func packNEON[T Float](transpose func(dst []T, width int, src []T, lane, k int)) func(dst []T, width int, src []T, lane, step, lanes, k int) {
	var zero T
	elem := int(unsafe.Sizeof(zero))
	register := 16 / elem
	return func(dst []T, width int, src []T, lane, step, lanes, k int) {
		switch {
		case lane == 1 && lanes >= register:
			copyPanelNEON(unsafe.Pointer(&dst[0]), unsafe.Pointer(&src[0]), width*elem, step*elem, lanes*elem, k)
		case step == 1 && lanes >= register && k >= register:
			for l := 0; l < lanes; l += register {
				l = min(l, lanes-register)
				transpose(dst[l:], width, src[l*lane:], lane, k)
			}
		default:
			pack(dst, width, src, lane, step, lanes, k)
		}
	}
}
