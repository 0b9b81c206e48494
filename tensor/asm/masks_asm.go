//go:build !purego && (amd64 || arm64)

package asm

// selectInBlocks returns a choice that leaves slices shorter than a block to Go.
func selectInBlocks[U uint32 | uint64](block int, long func(dst, yes, no []U, mask []uint8)) func(
	dst, yes, no []U, mask []uint8) {
	return func(dst, yes, no []U, mask []uint8) {
		if len(dst) < block {
			selectWords(dst, yes, no, mask)
			return
		}
		long(dst, yes, no, mask)
	}
}

// compareInBlocks returns comparisons that leave slices shorter than a block to Go.
func compareInBlocks[T Float | int32 | int64](block int, long Comparing[T]) Comparing[T] {
	short := comparing[T]()
	var all Comparing[T]
	for c := range all {
		all[c] = func(mask []uint8, x, y []T) {
			if len(mask) < block {
				short[c](mask, x, y)
				return
			}
			long[c](mask, x, y)
		}
	}
	return all
}
