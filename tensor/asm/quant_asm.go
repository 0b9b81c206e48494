//go:build !purego && (amd64 || arm64)

package asm

// tileInBlocks returns a kernel that leaves rows shorter than a block to another one, as [inBlocks]
// does.
func tileInBlocks[Y any](block int, short, long func(y *Y, t *QuantTile)) func(y *Y, t *QuantTile) {
	return func(y *Y, t *QuantTile) {
		if t.Cols < block {
			short(y, t)
			return
		}
		long(y, t)
	}
}

func activatedInBlocks(block int, short, long func(y *uint8, t *QuantTile,
	a *QuantActivation)) func(y *uint8, t *QuantTile, a *QuantActivation) {
	return func(y *uint8, t *QuantTile, a *QuantActivation) {
		if t.Cols < block {
			short(y, t, a)
			return
		}
		long(y, t, a)
	}
}

func channelsInBlocks(block int, short, long func(c, a *uint8, w *Window,
	flip uint8)) func(c, a *uint8, w *Window, flip uint8) {
	return func(c, a *uint8, w *Window, flip uint8) {
		if w.N < block {
			short(c, a, w, flip)
			return
		}
		long(c, a, w, flip)
	}
}

func flippedInBlocks(block int, short, long func(dst []int16, src []uint8,
	flip uint8)) func(dst []int16, src []uint8, flip uint8) {
	return func(dst []int16, src []uint8, flip uint8) {
		if len(dst) < block {
			short(dst, src, flip)
			return
		}
		long(dst, src, flip)
	}
}

// quantizeInBlocks leaves scales, too, by which the other one can't divide.
func quantizeInBlocks(block int, short, long func(dst []uint8, x []float32, scale float32,
	r *CodeRange)) func(dst []uint8, x []float32, scale float32, r *CodeRange) {
	return func(dst []uint8, x []float32, scale float32, r *CodeRange) {
		if len(dst) < block || !CanDivideCodes(scale) {
			short(dst, x, scale, r)
			return
		}
		long(dst, x, scale, r)
	}
}

func dequantizeInBlocks(block int, short, long func(dst []float32, x []uint8, flip uint8,
	zero int32, scale float32)) func(dst []float32, x []uint8, flip uint8, zero int32, scale float32) {
	return func(dst []float32, x []uint8, flip uint8, zero int32, scale float32) {
		if len(dst) < block {
			short(dst, x, flip, zero, scale)
			return
		}
		long(dst, x, flip, zero, scale)
	}
}
