package tensor

import "simdnn/tensor/asm"

// weightWindows is how the gradient by the weights is computed: as products whose A is the
// transposed windows of the input, some pixels of the output deep.
type weightWindows struct {
	runs  []tapRun
	block int     // the most pixels of a block: of several rows, or of a part of one
	rows  int     // rows of a block, 0 if it is a part of one
	steps []int32 // from the first pixel of a block to the others, in the image that is read
	slide bool    // by rows of depthwise windows, of an image in its place
	band  asm.Band
}

// tapRun is taps whose elements of all windows follow each other in the image: those of a row of
// the kernel, or one.
type tapRun struct {
	first, taps int
	offset      int // in a window
	stride      int // from one tap to the next
}

// weightPixels returns the most pixels of so many channels in a block: as many as half of L1 holds,
// since the tiles of a run of taps go over all of them, but enough to outweigh the sums on their way.
func (e *Engine[T]) weightPixels(channels int) int {
	t := &e.rules.tuning
	most := max(t.KCBytes/4/elementBytes[T](), 1)
	return min(max(t.Caches.L1/2/elementBytes[T]()/channels, most/2, 1), most)
}

// newWeightWindows returns them for blocks of at most so many pixels.
func newWeightWindows[T Float](s ConvShape, out [3]int, w *windows[T], most int) weightWindows {
	v := weightWindows{rows: min(most/out[2], w.band)}
	v.block = v.rows * out[2]
	if v.rows == 0 || w.blocks > 1 {
		v.rows, v.block = 0, balanced(w.block, most)
	}
	for i := range v.block {
		row, pixel := i/out[2], i%out[2]
		v.steps = append(v.steps, int32(row*w.step[1]*w.row+pixel*w.step[2]*w.sourceC))
	}
	v.steps = append(v.steps, 0) // which the kernels read
	together := w.depthwise || s.Groups == 1 && s.Dilation[2] == 1
	for z := range s.Kernel[0] {
		for y := range s.Kernel[1] {
			r := tapRun{first: (z*s.Kernel[1] + y) * s.Kernel[2], taps: s.Kernel[2],
				offset: z*s.Dilation[0]*w.plane + y*s.Dilation[1]*w.row, stride: s.Dilation[2] * w.sourceC}
			if together {
				v.runs = append(v.runs, r)
				continue
			}
			for x := range s.Kernel[2] {
				v.runs = append(v.runs, tapRun{r.first + x, 1, r.offset + x*r.stride, r.stride})
			}
		}
	}
	return v
}

// weightTask is a gradient by the weights under way, cut into parts of runs of taps and panels of
// filters.
type weightTask[T Float] struct {
	conv        *Conv[T]
	sums, x, dy []T // sums is (group, tap, channel, filter)
	parts       int
}

// runWeights computes the gradient by the weights.
func (c *Conv[T]) runWeights(dw, x, dy []T) {
	s := c.engine.buffers[0].get()
	t := c.weightTasks.get()
	*t = weightTask[T]{conv: c, sums: s.packB(len(dw)), x: x, dy: dy}
	t.parts = c.parts(c.byPixel.work, t.units())
	Parallel(t, t.parts, c.engine.rules.threads)
	c.unpack(dw, t.sums)
	*t = weightTask[T]{}
	c.weightTasks.put(t)
	c.engine.buffers[0].put(s)
}

// panels returns the number of panels of a group's filters.
func (t *weightTask[T]) panels() int {
	if t.conv.forward.depthwise {
		return 1
	}
	return (t.conv.forward.resultG + t.conv.engine.rules.nr - 1) / t.conv.engine.rules.nr
}

// units returns the pieces of work: a run of taps and a panel of each group, or a register of channels.
func (t *weightTask[T]) units() int {
	if c := t.conv; c.weights.slide {
		return (c.shape.Channels + c.lanes() - 1) / c.lanes()
	}
	return len(t.conv.weights.runs) * t.panels()
}

// Run computes the sums of one part: over all pixels, image by image and band by band.
func (t *weightTask[T]) Run(part int) {
	c := t.conv
	w, v := &c.byPixel, &c.weights
	buffers := &c.engine.buffers[part]
	s := buffers.get()
	lo, hi := Share(t.units(), 1, part, t.parts)
	if v.slide {
		t.slide(lo*c.lanes(), min(hi*c.lanes(), c.shape.Channels), s)
		buffers.put(s)
		return
	}
	begun := false
	for i := range c.shape.Batch * w.units() {
		u := w.unit(i)
		from := w.read(&c.engine.k.Gemm, t.x, u, s)
		pixel := (u.image*w.count[0]+u.plane)*w.count[1] + u.row // of all rows of the output
		pixel = pixel*w.count[2] + u.column
		for i := 0; i < u.rows; i += max(v.rows, 1) {
			a, dy := from[i*w.step[1]*w.row:], t.dy[(pixel+i*w.count[2])*w.resultC:]
			if v.rows > 0 {
				t.block(a, dy, min(v.rows, u.rows-i)*w.count[2], begun, lo, hi, s)
				begun = true
				continue
			}
			for x := 0; x < u.columns; x += v.block {
				t.block(a[x*w.step[2]*w.sourceC:], dy[x*w.resultC:], min(v.block, u.columns-x), begun,
					lo, hi, s)
				begun = true
			}
		}
	}
	buffers.put(s)
}

// block adds the products of a block of pixels to the sums of a part's units.
func (t *weightTask[T]) block(a, dy []T, pixels int, accumulate bool, lo, hi int, s *scratch[T]) {
	c := t.conv
	w, v := &c.byPixel, &c.weights
	nr := c.engine.rules.nr
	var copied *T // a panel of dy, whose rows would share few sets of L1
	if w.resultC > nr {
		copied = &s.packB(pixels * nr)[0]
	}
	for unit := lo; unit < hi; unit++ {
		run, panel := &v.runs[unit/t.panels()], unit%t.panels()*nr
		l := asm.Window{Steps: &v.steps[0], Layout: asm.Layout{K: pixels, BRow: w.resultC, BPanel: nr}}
		if w.depthwise {
			l.M, l.N, l.LDC, l.ARow = run.taps, w.resultC, w.resultC, run.stride
			c.engine.k.Conv.Depthwise(&t.sums[run.first*w.resultC], &a[run.offset], &dy[0],
				asm.Noescape(&l), accumulate)
			continue
		}
		l.M, l.N, l.LDC, l.ARow = run.taps*w.sourceG, min(nr, w.resultG-panel), w.resultG, 1
		l.MR = balanced(l.M, c.engine.k.Gemm.MR)
		l.APanel = l.MR
		for g := range w.groups {
			sums := t.sums[(g*c.taps+run.first)*w.sourceG*w.resultG+panel:]
			c.engine.k.Conv.MulWindows(&sums[0], &a[run.offset+g*w.sourceG], &dy[g*w.resultG+panel], copied,
				asm.Noescape(&l), accumulate, nil)
		}
	}
}

// unpack sets dw to the sums in the order of the weights.
func (c *Conv[T]) unpack(dw, sums []T) {
	w := &c.byPixel
	pairs := w.sourceG * w.resultG // of a channel and a filter of a group
	if w.depthwise {
		c.engine.interleave(dw, sums, w.resultC, c.taps)
		return
	}
	s := c.engine.buffers[0].get()
	byTap := s.packB(pairs * c.taps)
	for g := range w.groups {
		for tap := range c.taps {
			c.engine.k.Gemm.Pack(byTap[tap*pairs:], w.sourceG, sums[(g*c.taps+tap)*pairs:], w.resultG, 1,
				w.sourceG, w.resultG)
		}
		c.engine.interleave(dw[g*pairs*c.taps:][:pairs*c.taps], byTap, pairs, c.taps)
	}
	c.engine.buffers[0].put(s)
}
