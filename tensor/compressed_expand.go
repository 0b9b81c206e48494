package tensor

import "simdnn/tensor/asm"

// expands reports whether there are so many rows that weights had better become float32 once for
// all of them.
func (p *CompressedProduct) expands() bool {
	return p.steps == 0 && p.rows > p.kernels.Compressed.Direct[p.weights.coding]
}

// expandedRows returns the rows of a stretch of a panel that becomes float32 at a time: as many as
// a product of float32 takes at once, so that it stays in L2.
func (p *CompressedProduct) expandedRows() int {
	w := p.weights
	depth := p.engine.rules.tuning.KCBytes / p.engine.rules.elem
	return w.stretch(depth * w.coding.GroupBytes() * w.nr / w.coding.Group())
}

// packedBand is how much larger the rows of A are that are packed at a time than a block of A that
// stays in L2: the weights become float32 once for all of them.
const packedBand = 4

// bandRows returns the rows of A that are multiplied by all weights before the next ones are, and
// whether they are packed: as in a product of float32, if a set of L1 can't hold a line of each row
// of a tile.
func (p *CompressedProduct) bandRows() (rows int, packed bool) {
	r, k := &p.engine.rules, p.weights.rows
	if p.weights.panelCount() < 2 || !r.isOnOnePage(k) || r.leavesA(p.rows, false) {
		return p.rows, false
	}
	return min(roundUp(max(packedBand*r.tuning.MCBytes/(r.elem*k), 1), r.mr), p.rows), true
}

// expand computes some panels of C by the kernel for float32, from stretches of weights made
// float32.
func (t *compressedTask) expand(part, first, last int) {
	w, g, s := t.weights, &t.kernels.F32.Gemm, &t.scratch[part]
	k := w.rows
	height, packed := t.bandRows()
	for row := 0; row < t.rows; row += height {
		m := min(height, t.rows-row)
		mr := balanced(m, g.MR)
		a, step := t.a[row*k:], 1 // of A, and between its columns
		l := asm.Layout{M: m, N: w.nr, APanel: mr * k, ARow: k, ACol: 1, BPanel: g.NR, BRow: w.nr, MR: mr}
		if packed {
			of := matrix[float32]{data: a, rows: m, cols: k, rs: k, cs: 1}
			a, step = grow(&s.a, roundUp(m, mr)*k), mr
			t.engine.packPanels(a, of.transposed(), mr)
			l.ARow, l.ACol = 1, mr
		}
		for panel := first; panel < last; panel++ {
			t.expandPanel(part, panel, row, a, step, &l)
		}
	}
	s.end = Epilogue[float32]{}
}

// expandPanel computes some rows of one panel of C from those of A, whose columns are a step apart.
func (t *compressedTask) expandPanel(part, panel, first int, a []float32, step int, l *asm.Layout) {
	w, g, s := t.weights, &t.kernels.F32.Gemm, &t.scratch[part]
	columns := min(w.nr, w.cols-panel*w.nr)
	c, ldc := t.columns(part, panel, first, l.M)
	l.LDC = ldc
	stretch := t.expandedRows()
	weights := grow(&s.weights, stretch*w.nr)
	o := output[float32]{}
	for row := 0; row < w.rows; row += stretch {
		l.K = min(stretch, w.rows-row)
		from, codes := w.layout(panel, row, l.K)
		from.LDC = w.nr
		t.kernels.Compressed.Mul[w.coding](&weights[0], &t.a[0], codes, asm.Noescape(&from))
		if row+l.K == w.rows && t.epilogue != nil && columns == w.nr {
			s.end = t.epilogue.from(panel*w.nr, first*w.cols+panel*w.nr, columns)
			o.epilogue = &s.end
		}
		g.Mul(&c[0], &a[row*step], &weights[0], nil, asm.Noescape(l), row > 0, o.forKernel())
	}
	if columns < w.nr {
		t.finish(panel, columns, first, l.M, c, ldc)
		return
	}
	o.finish(matrix[float32]{data: c, rows: l.M, cols: columns, rs: ldc, cs: 1})
}
