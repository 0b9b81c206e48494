package tensor

import "simdnn/tensor/asm"

// panels are the buffers of one thread for packed blocks of A and B, and the epilogues of its part of C and of the block at hand.
type panels[T Float] struct {
	a, b        []T
	part, block Epilogue[T]
}

// growA returns the buffer of A with at least n elements.
func (p *panels[T]) growA(n int) []T { return grow(&p.a, n) }

// growB returns the buffer of B with at least n elements.
func (p *panels[T]) growB(n int) []T { return grow(&p.b, n) }

// grow returns the first n elements of a buffer, which it replaces if it is too small.
func grow[T Float](buf *[]T, n int) []T {
	if len(*buf) < n {
		*buf = alignedSlice[T](n)
	}
	return (*buf)[:n]
}

// gemm computes a product whose C has contiguous rows.
func (e *Engine[T]) gemm(f *factors[T], o output[T]) {
	if e.isDirect(f) { // decided without a plan, which takes as long as a product of some ten thousand multiply-adds
		e.direct(f, o)
		return
	}
	if e.turnsB(f) {
		e.turnB(f, o)
		return
	}
	b := e.plan(f)
	e.blocked(f, &b, o, nil)
}

// direct multiplies plain operands in one kernel call.
func (e *Engine[T]) direct(f *factors[T], o output[T]) {
	l := f.layout(&e.k.Gemm, e.blockHeight(f.c.rows))
	e.kernel(&l, o)(&f.c.data[0], &f.a.data[0], &f.b.data[0], nil, asm.Noescape(&l), o.accumulate, o.forKernel())
	o.finish(f.c)
}

// kernel returns the kernel for plain operands.
func (e *Engine[T]) kernel(l *asm.Layout, o output[T]) asm.Multiply[T] {
	switch {
	case o.onlyMul():
		return e.k.Gemm.Mul
	case l.M == 1:
		return e.k.Gemm.Row
	case e.isNarrow(l):
		return e.k.Gemm.Narrow
	default:
		return e.k.Gemm.Mul
	}
}

// layout returns the layout of plain operands, in row blocks of mr rows.
func (f *factors[T]) layout(g *asm.Gemm[T], mr int) asm.Layout {
	return asm.Layout{M: f.c.rows, N: f.c.cols, K: f.a.cols, LDC: f.c.rs, APanel: mr * f.a.rs, ARow: f.a.rs, ACol: f.a.cs,
		BPanel: g.NR, BRow: f.b.rs, MR: mr}
}

// blocked computes a product by a plan, and adds the rows of B to the sums unless they are nil.
func (e *Engine[T]) blocked(f *factors[T], b *blocking, o output[T], sums []T) {
	t := e.tasks.get()
	t.engine, t.factors, t.blocking, t.output, t.sums = e, *f, *b, o, sums
	Parallel(t, b.parts, e.threads)
	*t = gemmTask[T]{}
	e.tasks.put(t)
}

// gemmTask is a product under way, cut into parts of rows or columns.
type gemmTask[T Float] struct {
	engine *Engine[T]
	factors[T]
	blocking
	output[T]
	sums []T // of the rows of B; or nil
}

// Run computes one part, with buffers of its own.
func (t *gemmTask[T]) Run(part int) {
	f := t.factors
	buffers := &t.engine.buffers[part]
	p := buffers.get()
	column, distance := 0, 0
	var sums []T
	if t.byRows {
		lo, hi := share(f.c.rows, t.mr, part, t.parts)
		f.c, f.a = f.c.from(lo, 0, hi-lo, f.c.cols), f.a.from(lo, 0, hi-lo, f.a.cols)
		distance = lo * f.c.rs
		if part == 0 { // every part reads all of B
			sums = t.sums
		}
	} else {
		lo, hi := share(f.c.cols, t.engine.k.Gemm.NR, part, t.parts)
		f.c, f.b = f.c.from(0, lo, f.c.rows, hi-lo), f.b.from(0, lo, f.b.rows, hi-lo)
		column, distance = lo, lo
		if t.sums != nil {
			sums = t.sums[lo:hi]
		}
	}
	var o output[T]
	if t.epilogue != nil {
		p.part = t.epilogue.from(column, distance, f.c.cols)
		o.epilogue = &p.part
	}
	t.blocks(&f, o, sums, p)
	p.part, p.block = Epilogue[T]{}, Epilogue[T]{}
	buffers.put(p)
}

// share returns the range of part out of parts of n items, cut at multiples of unit.
func share(n, unit, part, parts int) (lo, hi int) {
	units := (n + unit - 1) / unit
	return min(part*units/parts*unit, n), min((part+1)*units/parts*unit, n)
}

// blocks runs the three outer loops of the product: over the columns of B in steps of nc, over the depth in steps of kc, over the rows
// of A in steps of mc. The two inner loops over the register tiles are the kernel's.
func (t *gemmTask[T]) blocks(f *factors[T], last output[T], sums []T, p *panels[T]) {
	n, k := f.c.cols, f.a.cols
	for j := 0; j < n; j += t.nc { // 5th loop
		nc := min(t.nc, n-j)
		for d := 0; d < k; d += t.kc { // 4th loop: resumes the chains from C
			kc := min(t.kc, k-d)
			o := output[T]{accumulate: t.accumulate || d > 0}
			if d+kc == k {
				o.epilogue = last.epilogue
			}
			b := f.b.from(d, j, kc, nc)
			if sums != nil {
				t.engine.k.Rows.ColumnSum(sums[j:j+nc], b.data[:(kc-1)*b.rs+nc], b.rs)
			}
			t.rows(factors[T]{f.c.from(0, j, f.c.rows, nc), f.a.from(0, d, f.a.rows, kc), b}, o, j, p)
		}
	}
}

// rows multiplies all rows of A by one block of B, which begins at the given column.
func (t *gemmTask[T]) rows(f factors[T], o output[T], column int, p *panels[T]) {
	g := &t.engine.k.Gemm
	l := f.layout(g, t.mr)
	b := f.b.data
	var panel *T
	switch {
	case t.packB == whole:
		b, l.BPanel, l.BRow = t.panelsOfB(f.b, p)
	case t.packB == beforehand:
		l.BPanel, l.BRow = f.b.cs*g.NR, f.b.rs
	case t.packB == byPanel:
		panel = &p.growB(f.b.rows * g.NR)[0]
	}
	mul := g.Mul
	if t.packB == plain && !t.packA {
		product := l // decides, not the part, which may have but one column: too few for any kernel but Mul
		product.M, product.N = t.c.rows, t.c.cols
		mul = t.engine.kernel(&product, o)
	}
	for i := 0; i < f.c.rows; i += t.mc { // 3rd loop
		l.M = min(t.mc, f.c.rows-i)
		a := f.a.data[i*f.a.rs:]
		if t.packA {
			a, l.APanel, l.ARow, l.ACol = t.panelsOfA(f.a.from(i, 0, l.M, f.a.cols), p)
		}
		block := o
		if o.epilogue != nil {
			p.block = o.epilogue.from(column, i*f.c.rs+column, f.c.cols)
			block.epilogue = &p.block
		}
		mul(&f.c.data[i*f.c.rs], &a[0], &b[0], panel, asm.Noescape(&l), o.accumulate, block.forKernel())
		block.finish(f.c.from(i, 0, l.M, f.c.cols))
	}
}

// panelsOfA packs a block of A into panels of mr rows, and returns them with their strides.
func (t *gemmTask[T]) panelsOfA(a matrix[T], p *panels[T]) (data []T, panel, row, col int) {
	data = p.growA(roundUp(a.rows, t.mr) * a.cols)
	t.engine.packPanels(data, a.transposed(), t.mr)
	return data, t.mr * a.cols, 1, t.mr
}

// panelsOfB packs a block of B into panels of NR columns, and returns them with their strides.
func (t *gemmTask[T]) panelsOfB(b matrix[T], p *panels[T]) (data []T, panel, row int) {
	nr := t.engine.k.Gemm.NR
	data = p.growB(roundUp(b.cols, nr) * b.rows)
	t.engine.packPanels(data, b, nr)
	return data, nr * b.rows, nr
}

// packPanels copies a matrix into panels of so many columns, contiguous rows packDepth at a time.
func (e *Engine[T]) packPanels(panels []T, x matrix[T], width int) {
	depth := x.rows
	if x.cs == 1 {
		depth = min(depth, packDepth)
	}
	for d := 0; d < x.rows; d += depth {
		steps := min(depth, x.rows-d)
		for j := 0; j < x.cols; j += width {
			e.k.Gemm.Pack(panels[j*x.rows+d*width:], width, x.data[d*x.rs+j*x.cs:], x.cs, x.rs, min(width, x.cols-j), steps)
		}
	}
}
