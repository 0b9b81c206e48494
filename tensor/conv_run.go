package tensor

import "simdnn/tensor/asm"

// convTask is a convolution under way, cut into parts of bands of images.
type convTask[T Float] struct {
	engine       *Engine[T]
	windows      *windows[T]
	y, x, packed []T
	parts, batch int
	output[T]
	end Epilogue[T] // a copy, which outlives the caller's
}

// run packs the weights and computes all windows.
func (c *Conv[T]) run(w *windows[T], y, x, weights []T, epilogue *Epilogue[T]) {
	s := c.engine.buffers[0].get()
	packed := s.packB(w.panels * w.packedGroups())
	c.pack(w, packed, weights)
	c.runPacked(w, y, x, packed, epilogue)
	c.engine.buffers[0].put(s)
}

// runPacked computes all windows by packed weights.
func (c *Conv[T]) runPacked(w *windows[T], y, x, packed []T, epilogue *Epilogue[T]) {
	t := c.tasks.get()
	t.engine, t.windows, t.y, t.x, t.batch = c.engine, w, y, x, c.shape.Batch
	if epilogue != nil {
		t.end = *epilogue
		t.epilogue = &t.end
	}
	t.packed = packed
	t.parts = c.parts(w.work, c.shape.Batch*w.units())
	Parallel(t, t.parts, c.engine.rules.threads)
	*t = convTask[T]{}
	c.tasks.put(t)
}

// packedGroups returns the number of groups whose weights are packed one by one.
func (w *windows[T]) packedGroups() int {
	if w.depthwise {
		return 1
	}
	return w.groups
}

// parts returns the number of parts for threads that so many units of an image's work are cut into.
func (c *Conv[T]) parts(work int64, units int) int {
	enough := work * int64(c.shape.Batch) / int64(c.engine.rules.tuning.ThreadWork)
	return max(min(c.engine.rules.threads, units, int(min(enough, MaxThreads))), 1)
}

// Run computes the bands of one part.
func (t *convTask[T]) Run(part int) {
	buffers := &t.engine.buffers[part]
	s := buffers.get()
	w := t.windows
	image, result := product3(w.source)*w.sourceC, product3(w.result)*w.resultC
	lo, hi := Share(t.batch*w.units(), 1, part, t.parts)
	for unit := lo; unit < hi; unit++ {
		n, rest := unit/w.units(), unit%w.units()
		plane, row := rest/w.bands, rest%w.bands*w.band
		rows := min(w.band, w.count[1]-row)
		from := w.read(t.x[n*image:][:image], plane, row, rows, s)
		for i := range w.phases {
			t.phase(&w.phases[i], from, n*result, plane, row, rows, s)
		}
	}
	s.block = Epilogue[T]{}
	buffers.put(s)
}

// phase computes the windows of a phase in a band. The result's image begins at an offset.
func (t *convTask[T]) phase(p *phase, from []T, image, plane, row, rows int, s *scratch[T]) {
	w := t.windows
	if plane >= p.count[0] {
		return
	}
	for i := range min(rows, p.count[1]-row) {
		at := ((p.origin[0]+plane*p.step[0])*w.result[1] + p.origin[1] + (row+i)*p.step[1]) * w.result[2]
		at = image + (at+p.origin[2])*w.resultC
		a := from[i*w.step[1]*w.row:]
		switch {
		case p.window.K == 0:
			t.eachPixel(p, at, func(pixel []T, offset int) { clear(pixel); t.apply(t.engine.k, pixel, offset) })
		case w.depthwise:
			t.engine.k.Conv.Depthwise(&t.y[at], &a[0], &t.packed[p.panels], &p.window, false)
			if t.epilogue != nil {
				t.eachPixel(p, at, func(pixel []T, offset int) { t.apply(t.engine.k, pixel, offset) })
			}
		default:
			t.row(p, a, at, s)
		}
	}
}

// row computes the windows of one row, whose first pixel's elements begin at an offset.
func (t *convTask[T]) row(p *phase, a []T, at int, s *scratch[T]) {
	w := t.windows
	for g := range w.groups {
		var end *asm.Epilogue[T]
		if t.epilogue != nil {
			s.block.Epilogue = t.epilogue.Epilogue.From(g*w.resultG, at+g*w.resultG, w.resultG)
			end = &s.block.Epilogue
		}
		t.engine.k.Conv.MulWindows(&t.y[at+g*w.resultG], &a[g*w.sourceG],
			&t.packed[g*w.panels+p.panels], nil, &p.window, false, end)
	}
	if t.epilogue != nil && (t.epilogue.Activate != nil || t.epilogue.Gradient != nil) {
		t.eachPixel(p, at, t.epilogue.finish)
	}
}

// eachPixel calls f with the pixels of a row of windows that begins at an offset, with all of them
// at once if they follow each other.
func (t *convTask[T]) eachPixel(p *phase, at int, f func(pixel []T, offset int)) {
	c := t.windows.resultC
	if p.step[2] == 1 {
		f(t.y[at:][:p.count[2]*c], at)
		return
	}
	for range p.count[2] {
		f(t.y[at:][:c], at)
		at += p.step[2] * c
	}
}

// pack sets packed to the weights in the order in which the kernels read them: by group, phase and
// panel of the result's channels, the steps of the windows in their order.
func (c *Conv[T]) pack(w *windows[T], packed, weights []T) {
	pairs := c.parameters / c.taps // of a filter and a channel
	s := c.engine.buffers[0].get()
	byTap := weights
	if c.taps > 1 {
		byTap = s.packB(len(weights))
		c.engine.interleave(byTap, weights, c.taps, pairs)
	}
	filter, channel := c.shape.Channels/c.shape.Groups, 1 // strides of byTap
	of, from := filter, channel
	if w == &c.backward {
		of, from = channel, filter
	}
	nr := c.engine.rules.nr
	for i := range w.phases {
		p := &w.phases[i]
		for t, index := range p.taps {
			plane := byTap[index*pairs:][:pairs]
			if w.depthwise {
				copy(packed[p.panels+t*w.resultC:], plane)
				continue
			}
			for g := range w.groups {
				group := plane[g*pairs/w.groups:]
				for j := 0; j < w.resultG; j += nr {
					to := packed[g*w.panels+p.panels+j*p.window.K+t*w.sourceG*nr:]
					c.engine.k.Gemm.Pack(to, nr, group[j*of:], of, from, min(nr, w.resultG-j), w.sourceG)
				}
			}
		}
	}
	c.engine.buffers[0].put(s)
}

// interleave sets dst, of n rows, to the transpose of src, of m rows.
func (e *Engine[T]) interleave(dst, src []T, n, m int) { e.k.Gemm.Pack(dst, m, src, n, 1, m, n) }
