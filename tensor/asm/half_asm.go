//go:build !purego && (amd64 || arm64)

package asm

// inBlocks returns a conversion that leaves slices shorter than a block to another one.
func inBlocks[Y, X any](block int, short, long func(dst []Y, src []X)) func(dst []Y, src []X) {
	return func(dst []Y, src []X) {
		if len(dst) < block {
			short(dst, src)
			return
		}
		long(dst, src)
	}
}
