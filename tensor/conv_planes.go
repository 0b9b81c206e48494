package tensor

import "simdnn/tensor/asm"

// A convolution to few filters would leave most of a register of them empty. It computes a register
// of pixels for one filter at a time instead, and reads the image in a copy that has the channels
// of each row in planes, one after the other. Where windows are several pixels apart, so are the
// pixels of a plane: each channel has a plane for each place within that distance.

// planesShare is the part of a panel of the result's channels up to which they are few.
const planesShare = 8

// takesPlanes reports whether so many channels of the result are few.
func (e *Engine[T]) takesPlanes(results, groups int) bool {
	return groups == 1 && results <= max(e.rules.nr/planesShare, 1)
}

// apart returns into how many planes the pixels of a channel's row are dealt out.
func (w *windows[T]) apart() int {
	if w.planes {
		return w.step[2]
	}
	return 1
}

// inRow returns where the channel of a pixel stands in a row of what is read.
func (w *windows[T]) inRow(pixel, channel int) int {
	if !w.planes {
		return pixel*w.sourceC + channel
	}
	apart := w.apart()
	return (channel*apart+pixel%apart)*(w.width/apart) + pixel/apart
}

// copyPlanes copies the pixels of a source's row in [from, to) to planes that begin with the pixel
// at left.
func (w *windows[T]) copyPlanes(g *asm.Gemm[T], row, source []T, from, to, left int) {
	clear(row)
	apart := w.apart()
	for x := from; x < min(from+apart, to); x++ {
		g.Pack(row[w.inRow(x-left, 0):], w.width, source[x*w.sourceC:], apart*w.sourceC, 1,
			(to-x+apart-1)/apart, w.sourceC)
	}
}

// planesOf computes the windows of a phase in a unit, filter by filter, and puts each to its
// pixels.
func (t *convTask[T]) planesOf(p *phase, from []T, u unit, rows, columns int, s *scratch[T]) {
	w, k := t.windows, t.engine.k
	s.window.M, s.window.N, s.window.LDC = rows, columns, columns
	sums := grow(&s.band, rows*columns*w.resultC)
	for f := range w.resultC {
		k.Conv.Planes(&sums[f*rows*columns], &from[0], &t.packed[p.panels+f*p.window.K], &s.window, false)
	}
	for i := range rows {
		at := w.at(p, u, i)
		k.Gemm.Pack(t.y[at:], p.step[2]*w.resultC, sums[i*columns:], rows*columns, 1, w.resultC, columns)
		if t.epilogue != nil {
			t.eachPixel(p, columns, at, t.finishSums)
		}
	}
}

// packPlanes sets packed to the weights of one filter after the other, of a tap, whose strides are
// of and from.
func (w *windows[T]) packPlanes(packed, plane []T, steps, tap, of, from int) {
	for f := range w.resultC {
		for c := range w.sourceC {
			packed[f*steps+tap*w.sourceC+c] = plane[f*of+c*from]
		}
	}
}
