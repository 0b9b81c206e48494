package tensor

import "simdnn/tensor/asm"

// convTask is a convolution under way, cut into parts of bands of images.
type convTask[T Float] struct {
	engine       *Engine[T]
	windows      *windows[T]
	y, x, packed []T
	kept         []int // of weights that are kept, see [Conv.keptSteps]
	ends         bool  // stand behind them, see [Conv.packEnds]
	parts, batch int
	output[T]
	end    Epilogue[T] // a copy, which outlives the caller's
	bias   []T         // its bias, repeated
	counts []int       // room for kept
}

// run packs the weights and computes all windows, those of gradients without taps beyond the image.
func (c *Conv[T]) run(w *windows[T], y, x, weights []T, epilogue *Epilogue[T]) {
	s, t := c.engine.buffers[0].get(), c.tasks.get()
	packed := s.packB(w.panels * w.packedGroups())
	c.pack(w, packed, weights)
	if w == &c.backward && w.border != nil {
		if t.counts == nil {
			t.counts = make([]int, len(w.border.places))
		}
		t.kept = c.keptSteps(w, packed, weights, t.counts, s)
	}
	c.runTask(t, w, y, x, packed, epilogue)
	c.engine.buffers[0].put(s)
}

// runPacked computes all windows by packed weights, without taps beyond the image if it is known
// what of them counts.
func (c *Conv[T]) runPacked(w *windows[T], y, x, packed []T, kept []int, ends bool,
	epilogue *Epilogue[T]) {
	t := c.tasks.get()
	t.kept, t.ends = kept, ends
	c.runTask(t, w, y, x, packed, epilogue)
}

func (c *Conv[T]) runTask(t *convTask[T], w *windows[T], y, x, packed []T, epilogue *Epilogue[T]) {
	t.engine, t.windows, t.y, t.x, t.batch = c.engine, w, y, x, c.shape.Batch
	if epilogue != nil {
		t.end = *epilogue
		t.epilogue = &t.end
	}
	t.repeatBias()
	t.packed = packed
	t.parts = c.parts(w.work, c.shape.Batch*w.units())
	Parallel(t, t.parts, c.engine.rules.threads)
	*t = convTask[T]{bias: t.bias, counts: t.counts}
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

// Run computes the units of one part.
func (t *convTask[T]) Run(part int) {
	buffers := &t.engine.buffers[part]
	s := buffers.get()
	w := t.windows
	lo, hi := Share(t.batch*w.units(), 1, part, t.parts)
	for i := lo; i < hi; i++ {
		u := w.unit(i)
		from := w.read(&t.engine.k.Gemm, t.x, u, s)
		for j := 0; j < w.resultG; j += w.chunk {
			for p := range w.phases {
				t.phase(&w.phases[p], from, u, j, s)
			}
		}
	}
	s.block = Epilogue[T]{}
	buffers.put(s)
}

// phase computes the windows of a phase in a unit, some channels of each group from the given one
// on.
func (t *convTask[T]) phase(p *phase, from []T, u unit, channel int, s *scratch[T]) {
	w := t.windows
	rows, columns := min(u.rows, p.count[1]-u.row), min(u.columns, p.count[2]-u.column)
	if u.plane >= p.count[0] || rows <= 0 || columns <= 0 {
		return
	}
	s.window = p.window
	if w.planes && p.window.K > 0 {
		t.planesOf(p, from, u, rows, columns, s)
		return
	}
	if w.slides {
		t.slide(p, from, u, rows, columns, s)
		return
	}
	s.window.M, s.window.MR = columns, balanced(columns, t.engine.k.Gemm.MR)
	s.window.APanel = s.window.MR * s.window.ARow
	if columns <= t.engine.k.Gemm.MR { // a row is a row block, of others below it
		s.window.APanel = w.step[1] * w.row
	}
	for block := (reached{0, w.depth}); ; block.first, block.end = block.end, block.end+w.depth {
		block.end = min(block.end, p.window.K)
		for i, n := 0, 0; i < rows; i += n {
			at := w.at(p, u, i)
			a := from[i*w.step[1]*w.row:]
			n = 1
			switch {
			case p.window.K == 0:
				t.eachPixel(p, columns, at, t.finishZeros)
			case w.depthwise:
				t.engine.k.Conv.Depthwise(&t.y[at], &a[0], &t.packed[p.panels], &s.window, false)
				if t.epilogue != nil {
					t.eachPixel(p, columns, at, t.finishSums)
				}
			default:
				n = t.together(p, u, i, rows, columns)
				t.row(p, a, u, band{i, n}, at, channel, block, s)
			}
		}
		if block.end == p.window.K {
			return
		}
	}
}

// at returns where the result of the first window of a phase in a row of a unit stands.
//
//go:noinline
func (w *windows[T]) at(p *phase, u unit, row int) int {
	at := (u.image*w.result[0]+p.origin[0]+u.plane*p.step[0])*w.result[1] + p.origin[1] +
		(u.row+row)*p.step[1]
	return (at*w.result[2] + p.origin[2] + u.column*p.step[2]) * w.resultC
}

// band is rows of windows of a unit from one on, which a kernel takes as row blocks.
type band struct{ row, rows int }

// together returns how many of a unit's rows of windows from the given one on a kernel takes in one
// call: those that are no wider than a tile, whose results follow each other and that leave the same
// taps out.
func (t *convTask[T]) together(p *phase, u unit, row, rows, columns int) int {
	w := t.windows
	cut := w.border != nil && t.kept != nil
	if columns > t.engine.k.Gemm.MR || columns != w.result[2] || p.step != [3]int{1, 1, 1} ||
		cut && len(w.border.columns) > 2 {
		return 1
	}
	n := 1
	for row+n < rows && (!cut || w.sameTaps(u.row+row, u.row+row+n)) {
		n++
	}
	return n
}

// row computes the windows of rows of a unit, whose first pixel's elements begin at an offset, by a
// block of steps.
func (t *convTask[T]) row(p *phase, a []T, u unit, b band, at, channel int, block reached,
	s *scratch[T]) {
	w := t.windows
	s.window.M = min(u.columns, p.count[2]-u.column) * b.rows
	s.window.N = min(w.chunk, w.resultG-channel)
	whole := block.end == p.window.K
	if w.border != nil && t.kept != nil {
		t.rowInParts(p, a, u, b, at, channel, block, s)
	} else {
		s.window.Steps, s.window.K = &p.steps[block.first], block.end-block.first
		t.multiply(p, a, at, channel, block.first, s, block.first > 0, whole)
	}
	if last := whole && channel+w.chunk >= w.resultG; last && t.epilogue != nil &&
		(t.epilogue.Activate != nil || t.epilogue.Gradient != nil) {
		t.eachPixel(p, s.window.M, at, t.epilogue.finish)
	}
}

// multiply computes windows of a row by the weights from a step on, or goes on with them. The last
// steps end with the epilogue.
func (t *convTask[T]) multiply(p *phase, a []T, at, channel, step int, s *scratch[T], accumulate,
	last bool) {
	w := t.windows
	for g := range w.groups {
		var end *asm.Epilogue[T]
		first := g*w.resultG + channel
		if last && t.epilogue != nil {
			s.block.Epilogue = t.epilogue.Epilogue.From(first, at+first, s.window.N)
			end = &s.block.Epilogue
		}
		packed := t.packed[g*w.panels+p.panels+channel*p.window.K:]
		t.engine.k.Conv.MulWindows(&t.y[at+first], &a[g*w.sourceG], &packed[step*p.window.BRow], nil,
			&s.window, accumulate, end)
	}
}

// finishSums passes pixels of sums through the epilogue, finishZeros those that no tap reaches.
func (t *convTask[T]) finishSums(pixels []T, offset int) { t.apply(t.engine.k, pixels, offset) }

func (t *convTask[T]) finishZeros(pixels []T, offset int) {
	clear(pixels)
	t.apply(t.engine.k, pixels, offset)
}

// eachPixel calls f with the pixels of so many windows of a row that begin at an offset, with all
// of them at once if they follow each other.
func (t *convTask[T]) eachPixel(p *phase, windows, at int, f func(pixel []T, offset int)) {
	w := t.windows
	c := w.resultG * w.groups
	if p.step[2] == 1 && c == w.resultC {
		f(t.y[at:][:windows*c], at)
		return
	}
	for range windows {
		f(t.y[at:][:c], at)
		at += p.step[2] * w.resultC
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
	}
	filter, channel, tap := c.shape.Channels/c.shape.Groups, 1, pairs // strides of byTap
	switch {
	case w.beside > 1:
		c.besideByTap(byTap, weights)
		filter, tap = filter*c.taps, filter*w.beside
	case c.taps > 1:
		c.engine.interleave(byTap, weights, c.taps, pairs)
	}
	of, from := filter, channel
	if w == &c.backward {
		of, from = channel, filter
	}
	nr := c.engine.rules.nr
	for i := range w.phases {
		p := &w.phases[i]
		for t, index := range p.taps {
			plane := byTap[index*tap:]
			if w.planes {
				w.packPlanes(packed[p.panels:], plane, p.window.K, t, of, from)
				continue
			}
			if w.depthwise {
				at := t
				if w.mirrored {
					at = len(p.taps) - 1 - t
				}
				copy(packed[p.panels+at*w.resultC:], plane[:pairs])
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
