package tensor

import "simdnn/tensor/asm"

// scratch holds the buffers of one thread for packed blocks of A and B, and the epilogues of its
// part of C and of the block at hand.
type scratch[T Float] struct {
	a, b, sums  []T
	band        []T // of C
	blocks      []T // of views, see binary and parts
	negated     []T // see smallest
	zeros       []T // which nothing writes
	loops       loops
	plane       plane[T]
	part, block Epilogue[T]
	window      asm.Window // of a convolution's row
	rows        asm.Band   // of a depthwise one
}

// packA returns the buffer of A with at least n elements.
func (s *scratch[T]) packA(n int) []T { return grow(&s.a, n) }

// packB returns the buffer of B with at least n elements.
func (s *scratch[T]) packB(n int) []T { return grow(&s.b, n) }

// grow returns the first n elements of a buffer, which it replaces if it is too small.
//
//go:noinline
func grow[T Float](buf *[]T, n int) []T {
	if len(*buf) < n {
		*buf = alignedSlice[T](n)
	}
	return (*buf)[:n]
}

// blocked computes a product block by block, and adds the rows of B to the sums unless they are
// nil.
func (e *Engine[T]) blocked(f *operands[T], d *decision, o output[T], sums []T) {
	t := e.tasks.get()
	t.engine, t.operands, t.decision, t.output, t.sums = e, *f, *d, o, sums
	if o.epilogue != nil {
		t.end = *o.epilogue
		t.epilogue = &t.end
	}
	Parallel(t, d.parts, e.rules.threads)
	*t = gemmTask[T]{}
	e.tasks.put(t)
}

// gemmTask is a product under way, cut into parts of rows or columns.
type gemmTask[T Float] struct {
	engine *Engine[T]
	operands[T]
	decision
	output[T]
	end  Epilogue[T] // a copy, which outlives the caller's
	sums []T         // of the rows of B; or nil
}

// Run computes one part, with buffers of its own.
func (t *gemmTask[T]) Run(part int) {
	f := t.operands
	buffers := &t.engine.buffers[part]
	s := buffers.get()
	column, offset := 0, 0
	var sums []T
	if t.byRows {
		lo, hi := Share(f.c.rows, t.mr, part, t.parts)
		f.c, f.a = f.c.from(lo, 0, hi-lo, f.c.cols), f.a.from(lo, 0, hi-lo, f.a.cols)
		offset = lo * f.c.rs
		if part == 0 { // every part reads all of B
			sums = t.sums
		}
	} else {
		lo, hi := Share(f.c.cols, t.engine.k.Gemm.NR, part, t.parts)
		f.c, f.b = f.c.from(0, lo, f.c.rows, hi-lo), f.b.from(0, lo, f.b.rows, hi-lo)
		column, offset = lo, lo
		if t.sums != nil {
			sums = t.sums[lo:hi]
		}
	}
	o := output[T]{each: t.each, at: offset}
	if t.epilogue != nil {
		s.part = t.epilogue.from(column, offset, f.c.cols)
		o.epilogue = &s.part
	}
	t.blocks(&f, o, sums, s)
	s.part, s.block = Epilogue[T]{}, Epilogue[T]{}
	buffers.put(s)
}

// blocks runs the three outer loops of the product: over the columns of B in steps of nc, over the
// depth in steps of kc, over the rows of A in steps of mc. The two inner loops over the register
// tiles are the kernel's.
func (t *gemmTask[T]) blocks(f *operands[T], last output[T], sums []T, s *scratch[T]) {
	n, k := f.c.cols, f.a.cols
	for j := 0; j < n; j += t.nc { // 5th loop
		nc := min(t.nc, n-j)
		var adder columnSums[T]
		if sums != nil {
			adder = newColumnSums(t.engine.k, sums[j:j+nc], k, s)
		}
		for d := 0; d < k; d += t.kc { // 4th loop: resumes the chains from C
			kc := min(t.kc, k-d)
			o := output[T]{accumulate: t.accumulate || d > 0}
			if d+kc == k {
				o.epilogue, o.each, o.at = last.epilogue, last.each, last.at+j
			}
			b := f.b.from(d, j, kc, nc)
			if sums != nil {
				adder.add(b)
			}
			t.rows(operands[T]{f.c.from(0, j, f.c.rows, nc), f.a.from(0, d, f.a.rows, kc), b}, o, j,
				s)
		}
		if sums != nil {
			adder.finish()
		}
	}
}

// rows multiplies all rows of A by one block of B, which begins at the given column.
func (t *gemmTask[T]) rows(f operands[T], o output[T], column int, s *scratch[T]) {
	g := &t.engine.k.Gemm
	l := asm.Layout{N: f.c.cols, K: f.a.cols, LDC: f.c.rs, APanel: t.mr * f.a.rs, ARow: f.a.rs,
		ACol: f.a.cs, BPanel: g.NR, BRow: f.b.rs, MR: t.mr, Far: t.far}
	var panel *T
	b, group := f.b.data, f.c.cols
	switch t.packB {
	case packBlock:
		group = min(t.group, f.c.cols)
		l.BPanel, l.BRow = g.NR*f.b.rows, g.NR
		b = s.packB(roundUp(group, g.NR) * f.b.rows)
	case prepacked:
		l.BPanel, l.Ahead = f.b.cs*g.NR, t.ahead
	case packOnTheFly:
		panel = &s.packB(f.b.rows * g.NR)[0]
	}
	kernel := t.kernel
	if o.epilogue == nil {
		kernel = t.early
	}
	if kernel == kernelWide || kernel == kernelRowBands {
		l.Ahead = t.ahead
	}
	multiply := t.engine.multiply(kernel)
	block, columns := o, o.epilogue == nil || o.epilogue.isByColumns()
	for i := 0; i < f.c.rows; i += t.mc { // 3rd loop
		l.M = min(t.mc, f.c.rows-i)
		a := f.a.data[i*f.a.rs:]
		if t.packA {
			a, l.APanel, l.ARow, l.ACol = t.panelsOfA(f.a.from(i, 0, l.M, f.a.cols), s)
		}
		var c []T
		if o.each == nil {
			c = f.c.data[i*f.c.rs:]
		} else {
			c, l.LDC = grow(&s.band, l.M*f.c.cols), f.c.cols
		}
		for j := 0; j < f.c.cols; j += group {
			l.N = min(group, f.c.cols-j)
			if t.packB == packBlock && i == 0 {
				t.engine.packPanels(b, f.b.from(0, j, f.b.rows, l.N), g.NR)
			}
			if o.epilogue != nil && (i == 0 || group < f.c.cols || !columns) {
				s.block = o.epilogue.from(column+j, i*f.c.rs+column+j, l.N)
				block.epilogue = &s.block
			}
			multiply(&c[j], &a[0], &b[0], panel, asm.Noescape(&l), o.accumulate,
				block.forKernel())
		}
		if o.each != nil {
			o.hand(c, f.c.cols, f.c.rs, o.at+i*f.c.rs)
			continue
		}
		if columns {
			continue
		}
		s.block = o.epilogue.from(column, i*f.c.rs+column, f.c.cols)
		block.finish(f.c.from(i, 0, l.M, f.c.cols))
	}
}

// panelsOfA packs a block of A into panels of mr rows, and returns them with their strides.
func (t *gemmTask[T]) panelsOfA(a matrix[T], s *scratch[T]) (data []T, panel, row, col int) {
	data = s.packA(roundUp(a.rows, t.mr) * a.cols)
	t.engine.packPanels(data, a.transposed(), t.mr)
	return data, t.mr * a.cols, 1, t.mr
}

// packPanels copies a matrix into panels of so many columns, contiguous rows PackDepth at a time.
func (e *Engine[T]) packPanels(panels []T, x matrix[T], width int) {
	depth := x.rows
	if x.cs == 1 {
		depth = min(depth, e.rules.tuning.PackDepth)
	}
	for d := 0; d < x.rows; d += depth {
		steps := min(depth, x.rows-d)
		for j := 0; j < x.cols; j += width {
			from := x.data[d*x.rs+j*x.cs:]
			e.k.Gemm.Pack(panels[j*x.rows+d*width:], width, from, x.cs, x.rs, min(width, x.cols-j),
				steps)
		}
	}
}
