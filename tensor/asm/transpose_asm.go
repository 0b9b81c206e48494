//go:build !purego && (amd64 || arm64)

package asm

import "unsafe"

// transposer is a kernel that transposes a fixed number of lanes over at least steps steps.
type transposer[E any] struct {
	lanes, steps int
	run          func(dst []E, width int, src []E, lane, k int)
}

// transposeBy returns a [Transpose] that goes through the lanes by the first of the kernels that
// fits. The last group of lanes overlaps the one before it. What is too small is left to Go.
func transposeBy[U Word](kernels ...transposer[U]) Transpose[U] {
	return func(dst []U, width int, src []U, lane, lanes, k int) {
		for i := range kernels {
			if t := &kernels[i]; lanes >= t.lanes && k >= t.steps {
				for l := 0; l < lanes; l += t.lanes {
					l = min(l, lanes-t.lanes)
					t.run(dst[l:], width, src[l*lane:], lane, k)
				}
				return
			}
		}
		transpose(dst, width, src, lane, lanes, k)
	}
}

// ofFloats returns a kernel that moves floats as one that moves words of their size.
func ofFloats[U Word, T Float](run func(dst []T, width int, src []T, lane, k int)) func(
	dst []U, width int, src []U, lane, k int) {
	return func(dst []U, width int, src []U, lane, k int) {
		run(asFloats[T](dst), width, asFloats[T](src), lane, k)
	}
}

// asFloats returns the same memory as floats of the size of U, which kernels that only move bits
// take for either.
func asFloats[T Float, U Word](x []U) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}
