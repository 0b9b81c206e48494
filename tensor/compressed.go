package tensor

import (
	"encoding/binary"
	"fmt"

	"simdnn/internal/race"
	"simdnn/tensor/asm"
)

// Coding names how weights of fewer bits than float32 are stored, see package asm.
type Coding = asm.Coding

// The codings, see package asm.
const (
	BFloat16Coding = asm.BFloat16Coding
	Float16Coding  = asm.Float16Coding
	Int8Coding     = asm.Int8Coding
	Int4Coding     = asm.Int4Coding
)

// Compressed is a constant k×n matrix of weights of few bits: halves, or integers with a scale and
// a zero point for each column of a block of rows. Products by it read no more memory than that,
// and give the bits of the product by its weights as float32. It is packed once, and may be used by
// many goroutines at once, on engines with the same ISA.
type Compressed struct {
	isa        string
	coding     Coding
	rows, cols int
	nr         int
	block      int // rows of a block
	panels     []uint8
	scales     []float32 // of a panel, block by block
	zeros      []float32 // with CodeBias; of all panels and blocks, or of one panel for all
	uniform    bool      // zeros are one number
}

// Codes are integers of few bits with what makes weights of them: (code − zero)·scale, rounded
// once.
type Codes struct {
	Bits       int // 8 or 4, without sign
	Rows, Cols int
	Block      int // rows of a block; the last one may be shorter
	// Column sets codes to those of a column.
	Column func(codes []uint8, column int)
	// Scales and Zeros hold those of each block of a column: Scales[column·blocks + block]. Without
	// Zeros, the zero point is the middle of the codes, 128 or 8.
	Scales []float32
	Zeros  []uint8
}

// newCompressed returns a matrix of zero bits.
func newCompressed(e *Engine[float32], c Coding, rows, cols, block int) *Compressed {
	nr := e.isa.Compressed.NR
	w := &Compressed{isa: e.ISA(), coding: c, rows: rows, cols: cols, nr: nr, block: block}
	w.panels = alignedSlice[uint8](w.panelCount() * w.panelBytes())
	return w
}

func (w *Compressed) panelCount() int { return (w.cols + w.nr - 1) / w.nr }
func (w *Compressed) blocks() int     { return (w.rows + w.block - 1) / w.block }

// panelBytes returns the bytes of a panel.
func (w *Compressed) panelBytes() int {
	return roundUp(w.rows, w.coding.Group()) / w.coding.Group() * w.coding.GroupBytes() * w.nr
}

// CompressHalves copies a matrix of halves, k×n, or n×k if it is transposed, as PyTorch keeps
// weights.
func CompressHalves[H Half](e *Engine[float32], b []H, k, n int, transposed bool) *Compressed {
	if k < 1 || n < 1 || len(b) != k*n {
		panic(fmt.Sprintf("tensor: CompressHalves: %d elements of a matrix of %d×%d", len(b), k, n))
	}
	coding := Float16Coding
	if DTypeOf[H]() == BFloat16Type {
		coding = BFloat16Coding
	}
	w := newCompressed(e, coding, k, n, k)
	row, column := n, 1
	if transposed {
		row, column = 1, k
	}
	bits := halfBits(b)
	for j := range n {
		at := j/w.nr*k*w.nr + j%w.nr
		for p := range k {
			binary.LittleEndian.PutUint16(w.panels[2*(at+p*w.nr):], bits[p*row+j*column])
		}
	}
	return w
}

// coding returns how kernels read the codes.
func (c *Codes) coding() Coding {
	if c.Bits == 4 {
		return Int4Coding
	}
	return Int8Coding
}

// HasKernels reports whether there are kernels for codes of these bits and blocks: all blocks must
// be as long as each other, and in four bits hold multiples of the eight rows that stand together.
func (c *Codes) HasKernels() bool {
	block := min(c.Block, c.Rows)
	return (c.Bits == 4 || c.Bits == 8) && c.Rows%block == 0 && block%c.coding().Group() == 0
}

// CompressCodes copies a matrix of integers that there are kernels for.
func CompressCodes(e *Engine[float32], c *Codes) *Compressed {
	if c.Bits != 4 && c.Bits != 8 || c.Rows < 1 || c.Cols < 1 || c.Block < 1 {
		panic(fmt.Sprintf("tensor: CompressCodes: %d bits of a matrix of %d×%d in blocks of %d",
			c.Bits, c.Rows, c.Cols, c.Block))
	}
	if !c.HasKernels() {
		panic(fmt.Sprintf("tensor: CompressCodes: no kernels for %d bits and %d rows in blocks of %d",
			c.Bits, c.Rows, c.Block))
	}
	w := newCompressed(e, c.coding(), c.Rows, c.Cols, min(c.Block, c.Rows))
	n := w.blocks() * c.Cols
	if len(c.Scales) != n || c.Zeros != nil && len(c.Zeros) != n {
		panic(fmt.Sprintf("tensor: CompressCodes: %d scales and %d zero points for %d blocks of %d "+
			"columns", len(c.Scales), len(c.Zeros), w.blocks(), c.Cols))
	}
	w.setCodes(c)
	w.setScales(c)
	return w
}

// setCodes copies the codes of all columns.
func (w *Compressed) setCodes(c *Codes) {
	codes := make([]uint8, w.rows)
	for j := range w.cols {
		c.Column(codes, j)
		panel := w.panels[j/w.nr*w.panelBytes():][:w.panelBytes()]
		if w.coding == Int8Coding {
			for p, code := range codes {
				panel[p*w.nr+j%w.nr] = code
			}
			continue
		}
		for p := 0; p < w.rows; p += 2 { // two codes a byte, four bytes a column
			panel[(p/8*w.nr+j%w.nr)*4+p%8/2] = codes[p]&15 | codes[p+1]<<4
		}
	}
}

// setScales copies scales and zero points.
func (w *Compressed) setScales(c *Codes) {
	w.scales = alignedSlice[float32](w.panelCount() * w.blocks() * w.nr)
	middle := uint8(1) << (c.Bits - 1)
	first := middle
	if c.Zeros != nil {
		first = c.Zeros[0]
	}
	w.uniform = true
	for _, z := range c.Zeros {
		w.uniform = w.uniform && z == first
	}
	w.zeros = make([]float32, w.nr)
	if !w.uniform {
		w.zeros = alignedSlice[float32](len(w.scales))
	}
	for i := range w.zeros {
		w.zeros[i] = asm.CodeBias + float32(first)
	}
	for j := range w.cols {
		for b := range w.blocks() {
			at := (j/w.nr*w.blocks()+b)*w.nr + j%w.nr
			w.scales[at] = c.Scales[j*w.blocks()+b]
			if !w.uniform {
				w.zeros[at] = asm.CodeBias + float32(c.Zeros[j*w.blocks()+b])
			}
		}
	}
}

// Shape returns the rows and columns of the matrix.
func (w *Compressed) Shape() []int { return []int{w.rows, w.cols} }

// Bytes returns the memory of the weights.
func (w *Compressed) Bytes() int { return len(w.panels) + 4*(len(w.scales)+len(w.zeros)) }

// layout returns the layout of a panel from a row on, which is the first of a block unless there is
// one block only, and the address of its codes.
func (w *Compressed) layout(panel, row, rows int) (asm.CompressedLayout, *uint8) {
	l := asm.CompressedLayout{Blocks: 1, Block: rows, Uniform: w.uniform}
	if w.coding.Scaled() {
		if rows > w.block {
			l.Blocks, l.Block = rows/w.block, w.block
		}
		at := (panel*w.blocks() + row/w.block) * w.nr
		l.Scales, l.Zeros = &w.scales[at], &w.zeros[0]
		if !w.uniform {
			l.Zeros, l.ZeroRow = &w.zeros[at], w.nr
		}
	}
	group := row / w.coding.Group() * w.coding.GroupBytes() * w.nr
	return l, &w.panels[panel*w.panelBytes()+group]
}

// stretchBytes is half of the smallest L1 there is.
const stretchBytes = 16 << 10

// stretch returns the rows of a panel that are worked on at a time, whose bytes, or those of whose
// weights as float32, stay in the nearest cache, and which end with blocks or within one.
func (w *Compressed) stretch(bytes int) int {
	rows := max(bytes*w.coding.Group()/(w.coding.GroupBytes()*w.nr), w.coding.Group())
	if w.block >= w.rows || !w.coding.Scaled() {
		return min(rows/w.coding.Group()*w.coding.Group(), w.rows)
	}
	return min(max(rows/w.block, 1)*w.block, w.rows)
}

// CompressedProduct is a product by weights of few bits, of fixed sizes, which is prepared for
// callers that repeat it. It may be used by many goroutines at once.
type CompressedProduct struct {
	engine  *Engine[float32]
	weights *Compressed
	kernels *asm.ISA
	rows    int
	parts   int
	threads int
	steps   int // of the runs that rows are rounded in, see PlanDots; 0 if they stay floats
	tasks   freelist[compressedTask]
}

// PlanCompressed prepares products of rows of floats by weights of few bits.
func PlanCompressed(e *Engine[float32], rows int, w *Compressed) *CompressedProduct {
	if rows < 1 || w.isa != e.ISA() {
		panic(fmt.Sprintf("tensor: PlanCompressed: %d rows, and weights that were packed for the ISA "+
			"%s, where this is %s", rows, w.isa, e.ISA()))
	}
	p := &CompressedProduct{engine: e, weights: w, kernels: e.isa, rows: rows,
		threads: e.rules.threads}
	t := &e.rules.tuning
	enough := t.threadWork(rows, w.cols, w.rows, w.Bytes() >= t.PackBytes) / int64(t.ThreadWork)
	p.parts = max(min(p.threads, int(min(enough, MaxThreads)), w.panelCount()), 1)
	p.tasks.make = func() *compressedTask {
		return &compressedTask{CompressedProduct: p, scratch: make([]compressedScratch, p.parts)}
	}
	return p
}

// Parts returns the number of parts that the product is cut into for threads.
func (p *CompressedProduct) Parts() int { return p.parts }

// Run sets c, rows×n, to the product of a, rows×k, and the weights, and passes its elements through
// an epilogue unless that is nil.
func (p *CompressedProduct) Run(c, a []float32, epilogue *Epilogue[float32]) {
	const op = "CompressedProduct.Run"
	w := p.weights
	if len(c) != p.rows*w.cols || len(a) != p.rows*w.rows || !apart(c, a) {
		panic(fmt.Sprintf("tensor: %s: %d and %d elements of %d×%d×%d, or not apart", op, len(c), len(a),
			p.rows, w.cols, w.rows))
	}
	race.Read(a)
	race.Write(c)
	if epilogue != nil {
		epilogue.check(op, p.rows, w.cols, true)
		epilogue.checkSlicesApart(op, c, a, nil)
		race.Read(epilogue.Bias)
		race.Read(epilogue.Mask)
	}
	t := p.tasks.get()
	t.c, t.a, t.epilogue = c, a, epilogue
	if p.steps > 0 {
		t.round()
	}
	Parallel(t, p.parts, p.threads)
	t.c, t.a, t.epilogue = nil, nil, nil
	p.tasks.put(t)
}

// compressedTask is a product under way.
type compressedTask struct {
	*CompressedProduct
	c, a     []float32
	epilogue *Epilogue[float32]
	scratch  []compressedScratch // of each part
	runs     []asm.Run           // the rows, if they are rounded
}

// compressedScratch is the memory of one part.
type compressedScratch struct {
	c       []float32 // of a panel that is narrower than the kernels'
	weights []float32 // a stretch of a panel as float32
	a       []float32 // rows of A in panels
	end     Epilogue[float32]
}

// Run computes the columns of one part, panel by panel.
func (t *compressedTask) Run(part int) {
	w := t.weights
	first, last := Share(w.panelCount(), 1, part, t.parts)
	if t.expands() {
		t.expand(part, first, last)
		return
	}
	for panel := first; panel < last; panel++ {
		columns, beside := min(w.nr, w.cols-panel*w.nr), 0
		c, ldc := t.columns(part, panel, 0, t.rows)
		if t.takesPairs() && panel+1 < last && (panel+2)*w.nr <= w.cols {
			columns, beside = 2*w.nr, w.panelBytes()
		}
		if t.steps > 0 {
			t.multiplyRuns(panel, c, ldc)
		} else {
			t.multiply(panel, beside, c, ldc)
		}
		t.finish(panel, columns, 0, t.rows, c, ldc)
		panel += columns / (w.nr + 1)
	}
}

// takesPairs reports whether panels are multiplied in pairs.
func (p *CompressedProduct) takesPairs() bool {
	return p.rows == 1 && p.kernels.Compressed.Pairs && !p.weights.coding.Scaled()
}

// columns returns where the kernels write some rows of a panel of C, and how far apart: a kernel
// writes whole panels, so elsewhere if it is narrower.
func (t *compressedTask) columns(part, panel, row, rows int) (c []float32, ldc int) {
	w := t.weights
	if (panel+1)*w.nr > w.cols {
		return grow(&t.scratch[part].c, rows*w.nr), w.nr
	}
	return t.c[row*w.cols+panel*w.nr:], w.cols
}

// finish copies some rows of columns of C to their place, if they are not there, and passes them
// through the epilogue.
func (t *compressedTask) finish(panel, columns, first, rows int, c []float32, ldc int) {
	elsewhere := columns < t.weights.nr
	for i := range rows {
		at := (first+i)*t.weights.cols + panel*t.weights.nr
		row := t.c[at:][:columns]
		if elsewhere {
			copy(row, c[i*ldc:])
		}
		if t.epilogue != nil {
			e := t.epilogue.from(panel*t.weights.nr, at, columns)
			e.Apply(&t.kernels.F32, row, 0)
			e.finish(row, 0)
		}
	}
}

// multiply computes a panel of C, and another one if its codes are beside, by the kernels for weights
// of few bits: a stretch of the panel for all rows, while it is in the nearest cache, and then the
// next one.
func (t *compressedTask) multiply(panel, beside int, c []float32, ldc int) {
	w, k := t.weights, &t.kernels.Compressed
	stretch := w.rows
	if t.rows > k.Rows {
		stretch = w.stretch(stretchBytes)
	}
	for row := 0; row < w.rows; row += stretch {
		l, codes := w.layout(panel, row, min(stretch, w.rows-row))
		l.LDC, l.ARow, l.Resume, l.Beside = ldc, w.rows, row > 0, beside
		for i := 0; i < t.rows; i += k.Rows {
			l.M = min(k.Rows, t.rows-i)
			k.Mul[w.coding](&c[i*ldc], &t.a[i*w.rows+row], codes, asm.Noescape(&l))
		}
	}
}

// Weights returns the matrix as float32, k×n.
func (w *Compressed) Weights(e *Engine[float32]) *Tensor[float32] {
	all := New[float32](w.rows, w.cols)
	panel := make([]float32, w.rows*w.nr)
	var unread float32
	for p := range w.panelCount() {
		l, codes := w.layout(p, 0, w.rows)
		l.LDC = w.nr
		e.isa.Compressed.Mul[w.coding](&panel[0], &unread, codes, asm.Noescape(&l))
		columns := min(w.nr, w.cols-p*w.nr)
		for row := range w.rows {
			copy(all.data[row*w.cols+p*w.nr:][:columns], panel[row*w.nr:])
		}
	}
	return all
}
