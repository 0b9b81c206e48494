package tensor

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"simdnn/internal/race"
	"simdnn/tensor/asm"
)

// integerTile is the height of the kernels' tiles, and integerColumns the width of what they are
// asked for at once, whose B stays in the nearest cache; of one tile, which reads it once, the width
// is fewColumns.
const (
	integerTile    = 6
	integerColumns = 64
	fewColumns     = 512
)

// integerRows computes rows of products of integers, wherever A's are.
type integerRows struct {
	quant      *asm.Quant
	mul        asm.QuantMultiply
	mulTile    func(y unsafe.Pointer, a *uint8, b *int8, l *asm.QuantLayout, t *asm.QuantTile)
	tiled      bool // whether these are of tiles
	add        func(dst, x, y []float32)
	times      func(dst, x []float32, alpha float32)
	weights    *Integers
	nr         int      // columns of a panel
	columns    int      // that kernels are asked for at once
	form       asm.Form // of A's codes
	signed     bool
	steps      []int32 // of a row's groups, in bytes
	chainSteps []int32 // those of the groups of all panels' chains, if there are such
	scratch    []freelist[integerScratch]
	threads    int
	tuning     *Tuning
	blockBytes int // of A, which stay in the second cache while all panels pass
	tileBytes  int // of sums, which stay in the first one
}

// integerScratch is the memory of one part.
type integerScratch struct {
	columns []uint8 // of taps that are side by side
	codes   []uint8
	words   []int16
	sums    []int32
	ones    []int32   // the sums of A's rows, and what fills their panel
	offset  []int32   // of the columns, what zero points that all rows share contribute included
	scale   []float32 // of the columns: the result's, or padded ones
	padded  []float32
	biases  []float32 // of the columns, for activations
	floats  []float32 // of a tile
	bias    []float32 // of its columns, in all rows
	bytes   []uint8   // its codes
	zeros   asm.QuantZeros
	tile    asm.QuantTile
	// What becomes of the tile's floats, if anything, and whose bias has the first of its columns.
	activation asm.QuantActivation
}

// integerSpan is m rows of A as the kernels read them. The first of them gives row number of the
// result, and its sum is in place base.
type integerSpan struct {
	codes           *uint8
	stride          int // bytes
	m, number, base int
	// If not 0, so many rows are stride apart, and the next ones begin line bytes after they do.
	width, line int
}

// from returns the rows from the i-th on, of a span without lines or the first.
func (a integerSpan) from(i int) integerSpan {
	a.codes = bytesOn(a.codes, i*a.stride)
	a.m, a.number, a.base = a.m-i, a.number+i, a.base+i
	return a
}

// bytesOn returns what stands so many bytes on.
func bytesOn(p *uint8, n int) *uint8 { return (*uint8)(unsafe.Add(unsafe.Pointer(p), n)) }

// newIntegerRows prepares products whose rows stand side by side in at least so many.
func newIntegerRows[T Float](e *Engine[T], w *Integers, rows int, signed bool) integerRows {
	if w.isa != e.ISA() {
		panic(fmt.Sprintf("tensor: integers that were packed for the ISA %s, and this is %s", w.isa,
			e.ISA()))
	}
	t := &e.rules.tuning
	p := integerRows{quant: &e.isa.Quant, add: e.isa.F32.Binary[Add],
		times: e.isa.F32.Parametric[Scale], weights: w, signed: signed, scratch: e.integers,
		threads: e.rules.threads, tuning: t, columns: integerColumns,
		blockBytes: t.MCBytes / 2, tileBytes: t.Caches.L1 / 2}
	p.nr, p.form = w.nr, w.form
	p.mul, p.mulTile = p.quant.Mul, p.quant.MulTile
	if w.chains != nil {
		p.mulTile = nil
	}
	tiles := &p.quant.Tiles
	work := min(rows, 64) * w.rows * (w.cols / w.parts)
	if w.unit > asm.QuantGroup && rows >= tiles.Rows && work >= tiles.Work {
		p.mul, p.mulTile, p.tiled = tiles.Mul, tiles.MulTile, true
	}
	if w.taps != nil {
		p.nr, p.form = p.quant.Depthwise.NR, asm.UnsignedBytes
	}
	return p
}

// integersPerFloat is how many products of integers take the time of one of floats, about.
const integersPerFloat = 3

// span computes the results of some rows of a by some panels: the first of them is row number of
// the result.
func (p *integerRows) span(s *integerScratch, a []uint8, number, rows, first, last int,
	r *IntegerResult) {
	p.begin(s, r)
	k := p.weights.rows
	height := p.blockRows(k * p.form.Bytes())
	for row := 0; row < rows; row += height {
		m := min(height, rows-row)
		codes, stride := p.codes(s, a[row*k:(row+m)*k], k)
		block := integerSpan{codes: codes, stride: stride, m: m, number: number + row}
		if p.weights.hasZeros {
			growAny(&s.ones, m*p.nr)
			p.sumRows(s, block)
		}
		wide := p.wide()
		count := (last - first + wide - 1) / wide
		for i := range count {
			if r.Backwards {
				i = count - 1 - i
			}
			panel := first + i*wide
			p.tiles(s, block, panel, min(panel+wide, last), r)
		}
	}
}

// wide returns the number of panels that are multiplied by at once.
func (p *integerRows) wide() int { return max(p.columns/p.nr, 1) }

// blockRows returns the number of rows of A, of so many bytes, that all panels are multiplied by
// one after the other.
func (p *integerRows) blockRows(bytes int) int {
	return max(p.blockBytes/bytes/integerTile, 1) * integerTile
}

// tileRows returns how many of m rows are multiplied at once by so many panels: no tile of one row
// is left if it can share with another.
func (p *integerRows) tileRows(m, panels int) int {
	most := max(p.tileBytes/(4*panels*p.nr)/integerTile, 1) * integerTile
	switch {
	case p.tiled: // in equal parts
		return (m-1)/((m+most-1)/most) + 1
	case m > most:
		return most
	case m > integerTile && m%integerTile == 1:
		return m - integerTile/2
	}
	return m
}

// stepsOfRows returns the places of the groups of rows that stand in memory one by one.
func (p *integerRows) stepsOfRows(groups int) []int32 {
	steps := make([]int32, groups)
	for i := range steps {
		steps[i] = int32(i * asm.QuantGroup * p.form.Bytes())
	}
	return steps
}

// setSteps sets the places of the groups of rows.
func (p *integerRows) setSteps(steps []int32) {
	if p.steps = steps; p.weights.chains != nil {
		p.chainSteps = p.weights.chains.steps(steps)
	}
}

// panels returns the number of panels of columns.
func (p *integerRows) panels() int { return len(p.weights.sums) / p.nr }

// threadParts returns the number of parts that pay for so many rows.
func (p *integerRows) threadParts(rows int) int {
	enough := p.tuning.threadWork(rows, p.weights.cols, p.weights.rows,
		len(p.weights.panels) >= p.tuning.PackBytes) /
		(int64(p.tuning.ThreadWork) * integersPerFloat)
	return max(min(p.threads, int(min(enough, MaxThreads))), 1)
}

// check panics over a result that does not fit.
func (p *integerRows) check(op string, r *IntegerResult, rows int) {
	n := rows * p.weights.cols
	fits := len(r.Zeros) == 1 || len(r.Zeros) == rows
	switch {
	case r.Integers != nil:
		fits = fits && len(r.Integers) == n
		race.Write(r.Integers)
	case r.Floats != nil:
		fits = fits && len(r.Floats) == n && len(r.Scale) == p.weights.cols
		race.Write(r.Floats)
	default:
		fits = fits && len(r.Codes) == n && len(r.Scale) == p.weights.cols
		if r.Apply == nil {
			fits = fits && (r.Bias == nil || r.Activation != nil) && r.RowScale == nil
		}
		race.Write(r.Codes)
	}
	fits = fits && (r.Bias == nil || len(r.Bias) == p.weights.cols) &&
		(r.RowScale == nil || len(r.RowScale) == rows)
	if !fits || r.Offset != nil && len(r.Offset) != p.weights.cols {
		panic(fmt.Sprintf("tensor: %s: results, scales or zero points of other sizes than %d×%d", op,
			rows, p.weights.cols))
	}
}

// offset returns what A's codes are larger by than its integers, and the bits that make codes.
func (p *integerRows) offset() (offset int32, flip uint8) {
	switch {
	case p.tiled:
	case p.form == asm.SignedBytes && !p.signed:
		return -128, 128
	case p.form != asm.SignedBytes && p.signed:
		return 128, 128
	}
	return 0, 0
}

// codes returns rows of k integers as the kernels read them, and the distance of rows in bytes.
func (p *integerRows) codes(s *integerScratch, a []uint8, k int) (codes *uint8, stride int) {
	_, flip := p.offset()
	padded := p.weights.padded()
	rows := len(a) / k
	if p.form == asm.WordForm {
		words := growAny(&s.words, rows*padded)
		if padded == k {
			p.quant.Widen(words, a, flip)
		} else {
			for i := range rows {
				p.quant.Widen(words[i*padded:][:k], a[i*k:], flip)
			}
		}
		return (*uint8)(unsafe.Pointer(&words[0])), 2 * padded
	}
	if flip == 0 && padded == k {
		return &a[0], k
	}
	bytes := growAny(&s.codes, rows*padded)
	for i := range rows {
		flipBytes(bytes[i*padded:], a[i*k:][:k], flip)
	}
	return &bytes[0], padded
}

// flipBytes sets dst to src ^ flip.
func flipBytes(dst, src []uint8, flip uint8) {
	if flip == 0 {
		copy(dst, src)
		return
	}
	pattern := uint64(flip) * 0x0101010101010101
	i := 0
	for ; i+8 <= len(src); i += 8 {
		binary.LittleEndian.PutUint64(dst[i:], binary.LittleEndian.Uint64(src[i:])^pattern)
	}
	for ; i < len(src); i++ {
		dst[i] = src[i] ^ flip
	}
}

// growAny returns the first n elements of a buffer, which it replaces if it is too small.
//
//go:noinline
func growAny[E Element](buf *[]E, n int) []E {
	if len(*buf) < n {
		*buf = alignedSlice[E](n)
	}
	return (*buf)[:n]
}

// begin finds what is added to the sums of each column in all rows.
func (p *integerRows) begin(s *integerScratch, r *IntegerResult) {
	w := p.weights
	offset := growAny(&s.offset, len(w.sums))
	inPanels(w, offset, r.Offset)
	if s.scale = r.Scale; len(r.Scale) != len(w.sums) {
		s.scale = growAny(&s.padded, len(w.sums))
		inPanels(w, s.scale, r.Scale)
	}
	if r.Activation != nil {
		s.activation = *r.Activation
		inPanels(w, growAny(&s.biases, len(w.sums)), r.Bias)
	}
	more, _ := p.offset()
	if len(r.Zeros) == 1 && r.Zeros[0]+more != 0 {
		s.zeros = asm.QuantZeros{Sums: &w.sums[0], Zeros: &w.sums[0], A: r.Zeros[0] + more}
		p.quant.Center(offset, &s.zeros)
	}
}

// end gives the memory of a part back, without the result's.
func (p *integerRows) end(part int, s *integerScratch) {
	s.scale = nil
	p.scratch[part].put(s)
}

// inPanels copies what columns have, if anything, to where they are among the padded ones.
//
//go:noinline
func inPanels[E Element](w *Integers, padded, x []E) {
	clear(padded)
	for of, per := 0, w.cols/w.parts; of*per < len(x); of++ {
		copy(padded[of*w.width():], x[of*per:][:per])
	}
}

// sumRows adds rows of A up, by the panel of ones, into the scratch's memory of that.
func (p *integerRows) sumRows(s *integerScratch, a integerSpan) {
	p.multiply(&s.ones[a.base*p.nr], a, p.panels(), p.panels()+1)
}

// multiply sets sums to the products of rows by some panels.
func (p *integerRows) multiply(sums *int32, a integerSpan, first, last int) {
	w := p.weights
	l := p.layout(a, first, last)
	if w.taps != nil {
		d := &p.quant.Depthwise
		l.Groups = len(p.steps) / d.Taps
		d.Mul(sums, bytesOn(a.codes, first*p.nr), &w.taps[first*p.nr*len(p.steps)], asm.Noescape(&l))
		return
	}
	if c := w.chains; c != nil {
		l := c.layout(first, last, p.chainSteps)
		l.M, l.LDC, l.ARow = a.m, l.Panels*p.nr, a.stride
		p.quant.Chains.Mul(sums, a.codes, &w.panels[int(c.starts[first])*p.nr*asm.QuantGroup],
			asm.Noescape(&l))
		return
	}
	p.mul(sums, a.codes, p.panel(first), asm.Noescape(&l))
}

// layout returns that of the product of rows by some panels.
func (p *integerRows) layout(a integerSpan, first, last int) asm.QuantLayout {
	return asm.QuantLayout{M: a.m, Groups: p.weights.groups(), Panels: last - first,
		LDC: (last - first) * p.nr, ARow: a.stride, Steps: &p.steps[0],
		Beside: p.weights.beside, Run: p.weights.unit / asm.QuantGroup, Signed: p.signed,
		Width: a.width, ALine: a.line}
}

// panel returns where a panel begins, the first of those beside each other.
func (p *integerRows) panel(i int) *int8 {
	return &p.weights.panels[i*p.weights.groups()*p.nr*asm.QuantGroup]
}
