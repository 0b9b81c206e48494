package asm

import "unsafe"

// QuantSlide convolves unsigned bytes of neighbouring channels by weights of 8 bits of their own, for
// windows that slide along a row of pixels. Four taps below one another are first put side by side:
// columns of four, which all windows share that reach them. Panels are of NR channels; the last one
// ends with the channels, and so may share some with the one before it.
//
// Its functions are nil where [QuantDepthwise] is as fast.
type QuantSlide struct {
	NR    int
	Place func(j int) int // of a panel's channels, as in QuantDepthwise
	// Interleave sets, for the panels p and i < Pixels,
	//
	//	dst[p·Panel + (i·NR + Place(j))·4 + r] = rows[r][i·Pixel + first(p) + j] ^ Flip
	//
	// where first(p) is the first channel of a panel. No fourth row stands for any bytes.
	Interleave func(dst *uint8, rows *[QuantGroup]*uint8, w *QuantWindows)
	// Mul sets X[i·LDX + first(p) + j] of a tile, for i < M, to
	//
	//	Σ a[p·Panel + i·Stride + Steps[q] + Place(j)·4 + r]·b[((p·Groups + q)·NR + Place(j))·4 + r]
	//
	// over q < Groups and r < 4.
	Mul func(a *uint8, b *int8, w *QuantWindows, t *QuantTile)
	// MulCodes sets y[i·LDY + first(p) + j] to the codes of these, which it does not store.
	MulCodes func(y *uint8, a *uint8, b *int8, w *QuantWindows, t *QuantTile)
}

// QuantWindows holds the sizes of windows that slide along a row of pixels, in bytes where nothing
// else is said.
type QuantWindows struct {
	Channels int // at least NR
	Pixels   int // whose columns are made at once, at least 1
	Pixel    int // from one to the next
	Panel    int // from a panel's columns to those of the next
	M        int // windows, at least 1
	Stride   int // from the columns of one to those of the next
	Groups   int // of taps, at least 1
	Steps    *int32
	Flip     uint8
}

// quantSlidePure returns the pure-Go kernels.
func quantSlidePure() QuantSlide {
	return QuantSlide{NR: quantPureNR, Place: inOrder, Interleave: interleaveTaps,
		Mul: mulColumns, MulCodes: mulColumnsCodes}
}

// eachPanel calls f with the number and the first channel of each panel.
func (w *QuantWindows) eachPanel(f func(p, first int)) {
	for p := 0; p*quantPureNR < w.Channels; p++ {
		f(p, min(p*quantPureNR, w.Channels-quantPureNR))
	}
}

func interleaveTaps(dst *uint8, rows *[QuantGroup]*uint8, w *QuantWindows) {
	w.eachPanel(func(p, first int) {
		columns := unsafe.Slice(element(dst, p*w.Panel), w.Pixels*quantPureNR*QuantGroup)
		for r, row := range rows {
			if row == nil {
				continue
			}
			for i := range w.Pixels {
				pixel := (*[quantPureNR]uint8)(unsafe.Pointer(element(row, i*w.Pixel+first)))
				column := columns[i*quantPureNR*QuantGroup:][:quantPureNR*QuantGroup]
				for j, v := range pixel {
					column[j*QuantGroup+r] = v ^ w.Flip
				}
			}
		}
	})
}

func mulColumns(a *uint8, b *int8, w *QuantWindows, t *QuantTile) {
	w.eachPanel(func(p, first int) {
		for i := range w.M {
			sums := w.sums(a, b, p, i)
			copy(unsafe.Slice(element(t.X, i*t.LDX+first), len(sums)), sums[:])
		}
	})
}

func mulColumnsCodes(y *uint8, a *uint8, b *int8, w *QuantWindows, t *QuantTile) {
	w.eachPanel(func(p, first int) {
		panel := QuantTile{Scale: element(t.Scale, first), CodeRange: t.CodeRange}
		offset := unsafe.Slice(element(t.Offset, first), quantPureNR)
		for i := range w.M {
			sums := w.sums(a, b, p, i)
			quantCodes(unsafe.Slice(element(y, i*t.LDY+first), len(sums)), sums[:], offset, &panel)
		}
	})
}

// sums returns those of a window's channels of a panel.
func (w *QuantWindows) sums(a *uint8, b *int8, panel, window int) (sums [quantPureNR]int32) {
	const column = quantPureNR * QuantGroup
	weights := unsafe.Slice(element(b, panel*w.Groups*column), w.Groups*column)
	for q, step := range unsafe.Slice(w.Steps, w.Groups) {
		x := (*[column]uint8)(unsafe.Pointer(element(a, panel*w.Panel+window*w.Stride+int(step))))
		v := (*[column]int8)(weights[q*column:])
		for j := range sums {
			sums[j] += int32(x[4*j])*int32(v[4*j]) + int32(x[4*j+1])*int32(v[4*j+1]) +
				int32(x[4*j+2])*int32(v[4*j+2]) + int32(x[4*j+3])*int32(v[4*j+3])
		}
	}
	return sums
}
