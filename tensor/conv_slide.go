package tensor

import (
	"math"

	"simdnn/tensor/asm"
)

// A depthwise convolution by kernels of three, five or seven taps a row goes over whole rows of windows,
// by kernels that read the image where it is and know where it ends: nothing is copied to give it a
// border of zeros.

// slideColumns is the least number of windows of a row that [asm.Band] takes.
const slideColumns = 7

// settleSlide lets a convolution go over whole rows of windows where there is a kernel for it. The
// taps of the gradient by the input go the other way than the pixels that they meet: its images are
// mirrored, so that the kernel takes both in order.
func (w *windows[T]) settleSlide(e *Engine[T], s ConvShape, mirrored bool) {
	slide, ok := asm.SlideOf(s.Kernel[2], w.step[2])
	ok = ok && e.k.Conv.Slide[slide] != nil
	lead := w.lead
	if mirrored {
		for d := range lead {
			reach := s.Dilation[d] * (s.Kernel[d] - 1)
			ok = ok && s.Stride[d] == 1 && max(s.Before[d], s.After[d]) <= reach
			lead[d] = w.needed(d, w.count[d]) - lead[d] - w.source[d]
		}
	}
	fewest := e.rules.nr / 2
	if e.k.Conv.SlideHalves {
		fewest /= 2
	}
	beyond := w.needed(2, w.count[2]) - lead[2] - w.source[2]
	switch edge := slide.Taps() / 2; {
	case !ok || s.Groups == 1 || s.Channels != s.Groups || s.Filters != s.Groups,
		s.Channels < fewest,
		s.Kernel[0] > 1 || lead[0] > 0 || w.needed(0, w.count[0]) > w.source[0],
		s.Dilation[2] > 1 || lead[2] > edge || beyond > edge || w.count[2] < slideColumns:
		return
	}
	w.slides, w.slide, w.mirrored, w.lead = true, slide, mirrored, lead
	w.band0 = asm.Band{Channels: s.Channels, Height: w.source[1], Width: w.source[2],
		Stride: w.step[1], KernelRows: s.Kernel[1], Dilation: s.Dilation[1],
		CRow: w.result[2] * s.Channels, CPixel: s.Channels, Mirrored: mirrored}
	if mirrored {
		w.band0.CRow, w.band0.CPixel = -w.band0.CRow, -w.band0.CPixel
	}
	if pixel := s.Channels * e.rules.elem; e.k.Conv.LineByLine && pixel%stagedBytes == 0 {
		lines := w.band0.KernelRows*(slide.Pixels()+slide.Taps()) + 8 // of a tile
		if room := e.rules.tuning.Caches.L1 / (pixel & -pixel); lines > room+room/4 {
			w.staged = stagedBytes / e.rules.elem
			w.band0.Channels = w.staged
		}
	}
}

// needed returns how many elements of a dimension so many windows reach over.
func (w *windows[T]) needed(d, windows int) int { return (windows-1)*w.step[d] + w.reach[d] }

// slideBlock returns into what blocks a single row of windows is cut for threads: the last is not
// too narrow either.
func slideBlock(count, threads int) int {
	for blocks := threads; blocks > 1; blocks-- {
		block := (count + blocks - 1) / blocks
		if rest := count % block; block >= slideColumns && (rest == 0 || rest >= slideColumns) {
			return block
		}
	}
	return count
}

// slideRows returns of how many rows a band has at most. Of images that L2 does not hold beside the
// result, what eight windows reach over is to fit into a quarter of L1: the kernel then takes all
// channels of a pixel before they leave it, and goes through the image nearly as it lies in memory.
// Seven taps, whose weights are many, take all rows.
// Kernels that go line by line take all rows. With a smaller L2 a band of three taps has as many rows
// as fit, with their results, into half of the sets of L1 that pixels so far apart use: the line
// beside, which comes along, is still there when its turn comes.
func (w *windows[T]) slideRows(e *Engine[T]) int {
	r := &e.rules
	if w.staged > 0 {
		room := r.tuning.MCBytes / 2 / (w.source[2] * w.staged * r.elem)
		return max((room-w.reach[1])/w.step[1]+1, w.reach[1])
	}
	if e.k.Conv.LineByLine {
		return w.count[1]
	}
	caches := r.tuning.Caches
	all := product3(w.source)*w.sourceC + product3(w.result)*w.resultC
	pixel, columns := w.sourceC*r.elem, w.slide.Pixels()
	if all*r.elem <= caches.L2/4*3 || w.reach[1]*columns*pixel > caches.L1 || w.slide == asm.Slide7 {
		return w.count[1]
	}
	if w.slide.Taps() == 3 && r.fetchesAhead() {
		room := caches.L1 / (pixel & -pixel) / 2
		return max((room-columns*(w.reach[1]-w.step[1]))/(columns*w.step[1]+8), 2)
	}
	return max((caches.L1/4/(columns*pixel)-w.reach[1])/w.step[1]+1, 1)
}

// ends returns how many zeros stand behind packed weights by which rows of windows may leave out
// rows of the kernel, see [asm.Band].
func (c *Conv[T]) ends() int {
	if !c.forward.depthwise || c.shape.Kernel[0] > 1 {
		return 0
	}
	return c.shape.Kernel[1] * c.forward.resultC
}

// packEnds sets them, and reports whether there are any: all weights are to be finite.
func (c *Conv[T]) packEnds(packed, weights []T, s *scratch[T]) bool {
	n, channels := c.ends(), c.forward.resultC
	if n == 0 || !c.engine.areFinite(weights, s) {
		return false
	}
	ends := packed[c.forward.panels:][:n]
	row := len(weights) / c.shape.Kernel[1]
	for i := n - 1; i >= 0; i-- {
		ends[i] = T(math.Copysign(0, -1))
		if below := i + channels; below < n {
			ends[i] = ends[below]
		}
		if untilPositive(packed[i/channels*row+i%channels:][:row-i%channels], channels) > 0 {
			ends[i] = 0
		}
	}
	return true
}

// slide computes rows of windows in a unit of an image, whose first pixel is given.
func (t *convTask[T]) slide(p *phase, image []T, u unit, rows, columns int, s *scratch[T]) {
	w, k := t.windows, t.engine.k
	s.rows = w.band0
	s.rows.Ends = t.ends
	s.rows.Rows, s.rows.Columns = rows, columns
	s.rows.Top, s.rows.Left = u.row*w.step[1]-w.lead[1], u.column*w.step[2]-w.lead[2]
	var end *asm.Epilogue[T]
	finish := t.finishSums
	if e := t.epilogue; e != nil && e.Activation != ReluBackward {
		end, finish = &e.Epilogue, e.finish
	}
	zeros := grow(&s.zeros, w.slide.Pixels()*w.resultC)
	c, from, weights, zero := w.at(p, u, 0), 0, p.panels, 0
	if w.mirrored { // from the last pixels on
		u.row, u.column = w.count[1]-u.row-rows, w.count[2]-u.column-columns
		c = w.at(p, u, rows-1) + (columns-1)*w.resultC
		from = (w.source[1]*w.source[2] - 1) * w.sourceC
		weights += (len(p.taps) - 1) * w.resultC
		zero = len(zeros) - w.resultC
	}
	if w.staged > 0 {
		t.slideStaged(image, c, zero, end, s)
	} else {
		k.Conv.Slide[w.slide](&t.y[c], &image[from], &t.packed[weights], &zeros[zero], end, &s.rows)
	}
	if e := t.epilogue; e == nil || end != nil && e.Activate == nil && e.Gradient == nil {
		return
	}
	for i := range rows {
		t.eachPixel(p, columns, w.at(p, u, i), finish)
	}
}

// Pixels a multiple of a high power of two apart share so few sets of L1 that it does not keep those
// of a tile: rows of them are copied first, so many bytes of each at a time, with their weights.
const stagedBytes = 128

// slideStaged computes rows of windows, the first of which stands at c, by copies of some channels.
func (t *convTask[T]) slideStaged(image []T, c, zero int, end *asm.Epilogue[T], s *scratch[T]) {
	w, k, rows := t.windows, t.engine.k, &s.rows
	part, channels := w.staged, w.resultC
	top := max(rows.Top, 0)
	rows.Height = max(min(rows.Top+w.needed(1, rows.Rows), w.source[1])-top, 0)
	rows.Top -= top
	pixels, taps := rows.Height*rows.Width, rows.KernelRows*w.slide.Taps()
	weights, last, from := taps, 0, top*rows.Width
	if w.mirrored { // from the last pixels on
		last, from = part, w.source[1]*rows.Width-from-pixels
	} else if rows.Ends {
		weights += rows.KernelRows
	}
	staged := s.packA((weights + pixels + 1) * part)
	source := staged[weights*part:]
	for j := 0; j < channels; j += part {
		k.Gemm.Pack(staged, part, t.packed[j:], 1, channels, part, weights)
		if pixels > 0 {
			k.Gemm.Pack(source, part, image[from*channels+j:], 1, channels, part, pixels)
		}
		partEnd := end
		if end != nil {
			s.block.Epilogue = end.From(j, 0, part)
			partEnd = &s.block.Epilogue
		}
		k.Conv.Slide[w.slide](&t.y[c+j], &source[max(pixels-1, 0)*last], &staged[(taps-1)*last],
			&s.zeros[zero], partEnd, rows)
	}
}
