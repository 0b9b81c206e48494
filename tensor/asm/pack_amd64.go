//go:build !purego

package asm

import "unsafe"

// copyPanelAVX2 copies rows of row bytes, at least 16, from src to dst, whose rows start srcStep and dstStep bytes apart.
//
//go:noescape
func copyPanelAVX2(dst, src unsafe.Pointer, dstStep, srcStep, row, rows int)

// transpose8F32AVX2 packs 8 lanes: dst[p·width+l] = src[l·lane+p] for l < 8 and p < k, where k ≥ 4.
//
//go:noescape
func transpose8F32AVX2(dst []float32, width int, src []float32, lane, k int)

// transpose4F32AVX2 packs 4 lanes, where k ≥ 4.
//
//go:noescape
func transpose4F32AVX2(dst []float32, width int, src []float32, lane, k int)

// transpose4F64AVX2 packs 4 lanes, where k ≥ 2.
//
//go:noescape
func transpose4F64AVX2(dst []float64, width int, src []float64, lane, k int)

// transpose2F64AVX2 packs 2 lanes, where k ≥ 2.
//
//go:noescape
func transpose2F64AVX2(dst []float64, width int, src []float64, lane, k int)

// transpose16F32AVX512 packs 16 lanes, where k ≥ 4.
//
//go:noescape
func transpose16F32AVX512(dst []float32, width int, src []float32, lane, k int)

// transpose8F64AVX512 packs 8 lanes, where k ≥ 2.
//
//go:noescape
func transpose8F64AVX512(dst []float64, width int, src []float64, lane, k int)

// transposer is a kernel that packs a fixed number of lanes, over at least steps steps.
type transposer[T Float] struct {
	lanes, steps int
	run          func(dst []T, width int, src []T, lane, k int)
}

// The transposing kernels of AVX2.
var (
	transposersF32AVX2 = []transposer[float32]{{8, 4, transpose8F32AVX2}, {4, 4, transpose4F32AVX2}}
	transposersF64AVX2 = []transposer[float64]{{4, 2, transpose4F64AVX2}, {2, 2, transpose2F64AVX2}}
)

// packAVX2 returns a [Gemm.Pack] that copies contiguous lanes and transposes contiguous steps by the first of the kernels, from wide to narrow, that fits. The last group of lanes
// overlaps the one before it. What is too small or has neither contiguous is left to Go.
func packAVX2[T Float](transposers ...transposer[T]) func(dst []T, width int, src []T, lane, step, lanes, k int) {
	return func(dst []T, width int, src []T, lane, step, lanes, k int) {
		elem := int(unsafe.Sizeof(dst[0]))
		if lane == 1 && lanes*elem >= 16 {
			copyPanelAVX2(unsafe.Pointer(&dst[0]), unsafe.Pointer(&src[0]), width*elem, step*elem, lanes*elem, k)
			return
		}
		if step == 1 {
			for i := range transposers {
				if t := &transposers[i]; lanes >= t.lanes && k >= t.steps {
					for l := 0; l < lanes; l += t.lanes {
						l = min(l, lanes-t.lanes)
						t.run(dst[l:], width, src[l*lane:], lane, k)
					}
					return
				}
			}
		}
		pack(dst, width, src, lane, step, lanes, k)
	}
}
