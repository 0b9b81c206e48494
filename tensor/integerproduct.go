package tensor

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"simdnn/internal/race"
	"simdnn/tensor/asm"
)

// IntegerProduct is a product of integers of 8 bits by constant ones, of fixed sizes, which is
// prepared for callers that repeat it. It may be used by many goroutines at once. Its sums are
// exact in int32, which wraps around.
type IntegerProduct struct {
	integerRows
	rows  int
	tasks freelist[integerTask]
}

// PlanIntegers prepares products of rows of integers, signed or not, by packed ones.
func (e *Engine[T]) PlanIntegers(rows int, w *Integers, signed bool) *IntegerProduct {
	if rows < 1 {
		panic(fmt.Sprintf("tensor: PlanIntegers: %d rows", rows))
	}
	p := &IntegerProduct{integerRows: newIntegerRows(e, w, signed), rows: rows}
	p.steps = p.stepsOfRows(w.groups())
	p.tasks.make = func() *integerTask { return &integerTask{plan: p} }
	return p
}

// Parts returns the number of parts that the product is cut into for threads.
func (p *IntegerProduct) Parts() int {
	parts := p.threadParts(p.rows)
	if p.byColumns(parts) {
		return min(parts, p.panels())
	}
	return parts
}

// byColumns reports whether the parts are of columns, since there are few rows.
func (p *IntegerProduct) byColumns(parts int) bool { return p.rows < integerTile*parts }

// Run multiplies a, of as many rows as were planned.
func (p *IntegerProduct) Run(a []uint8, r *IntegerResult) {
	if len(a) != p.rows*p.weights.rows {
		panic(fmt.Sprintf("tensor: IntegerProduct.Run: %d integers for %d rows of %d", len(a), p.rows,
			p.weights.rows))
	}
	p.check("IntegerProduct.Run", r, p.rows)
	race.Read(a)
	t := p.tasks.get()
	t.a, t.result, t.parts = a, *r, p.Parts()
	Parallel(t, t.parts, p.threads)
	t.a, t.result = nil, IntegerResult{}
	p.tasks.put(t)
}

// integerTask is a product under way.
type integerTask struct {
	plan   *IntegerProduct
	a      []uint8
	result IntegerResult
	parts  int
}

// Run computes the rows, or the columns, of one part.
func (t *integerTask) Run(part int) {
	p := t.plan
	lo, hi, first, last := 0, p.rows, 0, p.panels()
	if p.byColumns(t.parts) {
		first, last = Share(last, 1, part, t.parts)
	} else {
		lo, hi = Share(p.rows, integerTile, part, t.parts)
	}
	s := p.scratch[part].get()
	p.span(s, t.a[lo*p.weights.rows:], lo, hi-lo, first, last, &t.result)
	p.scratch[part].put(s)
}

// integerTile is the height of the kernels' tiles.
const integerTile = 6

// integerRows computes rows of products of integers, wherever A's are.
type integerRows struct {
	quant      *asm.Quant
	add        func(dst, x, y []float32)
	times      func(dst, x []float32, alpha float32)
	weights    *Integers
	signed     bool
	steps      []int32 // of a row's groups, in bytes
	scratch    []freelist[integerScratch]
	threads    int
	threadWork int64
	blockBytes int // of sums
}

// integerScratch is the memory of one part.
type integerScratch struct {
	codes []uint8
	words []int16
	sums  []int32
	ones  []int32 // the sums of A's rows, and what fills their panel
	row   asm.QuantRow
}

func newIntegerRows[T Float](e *Engine[T], w *Integers, signed bool) integerRows {
	if w.isa != e.ISA() {
		panic(fmt.Sprintf("tensor: integers that were packed for the ISA %s, and this is %s", w.isa,
			e.ISA()))
	}
	return integerRows{quant: &e.isa.Quant, add: e.isa.F32.Binary[Add],
		times: e.isa.F32.Parametric[Scale], weights: w, signed: signed, scratch: e.integers,
		threads:    e.rules.threads,
		threadWork: int64(e.rules.tuning.ThreadWork) * integersPerFloat,
		blockBytes: e.rules.tuning.MCBytes / 2}
}

// integersPerFloat is how many products of integers take the time of one of floats, about.
const integersPerFloat = 3

// span computes the results of some rows of a by some panels: the first of them is row number of
// the result.
func (p *integerRows) span(s *integerScratch, a []uint8, number, rows, first, last int,
	r *IntegerResult) {
	k := p.weights.rows
	height := p.height(first, last)
	for row := 0; row < rows; row += height {
		m := min(height, rows-row)
		codes, stride := p.codes(s, a[row*k:(row+m)*k], k)
		p.multiply(s, codes, stride, m, first, last)
		for i := range m {
			at := number + row + i
			p.finish(s, i, at, at*p.weights.cols, first, last, r)
		}
	}
}

// height returns the number of rows that are multiplied at once by some panels.
func (p *integerRows) height(first, last int) int {
	return max(p.blockBytes/(4*(last-first)*p.quant.NR)/integerTile, 1) * integerTile
}

// stepsOfRows returns the places of the groups of rows that stand in memory one by one.
func (p *integerRows) stepsOfRows(groups int) []int32 {
	steps := make([]int32, groups)
	for i := range steps {
		steps[i] = int32(i * asm.QuantGroup * p.quant.Form.Bytes())
	}
	return steps
}

// panels returns the number of panels of columns.
func (p *integerRows) panels() int { return len(p.weights.sums) / p.quant.NR }

// threadParts returns the number of parts that pay for so many rows.
func (p *integerRows) threadParts(rows int) int {
	enough := work(rows, p.weights.cols, p.weights.rows) / p.threadWork
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
		fits = fits && len(r.Floats) == n && len(r.Scale) == p.weights.cols &&
			(r.Bias == nil || len(r.Bias) == p.weights.cols) &&
			(r.RowScale == nil || len(r.RowScale) == rows)
		race.Write(r.Floats)
	default:
		fits = fits && len(r.Codes) == n && len(r.Scale) == p.weights.cols && r.Bias == nil &&
			r.RowScale == nil
		race.Write(r.Codes)
	}
	if !fits || r.Offset != nil && len(r.Offset) != p.weights.cols {
		panic(fmt.Sprintf("tensor: %s: results, scales or zero points of other sizes than %d×%d", op,
			rows, p.weights.cols))
	}
}

// offset returns what A's codes are larger by than its integers, and the bits that make codes.
func (p *integerRows) offset() (offset int32, flip uint8) {
	switch {
	case p.quant.Form == asm.SignedBytes && !p.signed:
		return -128, 128
	case p.quant.Form != asm.SignedBytes && p.signed:
		return 128, 128
	}
	return 0, 0
}

// codes returns rows of k integers as the kernels read them, and the distance of rows in bytes.
func (p *integerRows) codes(s *integerScratch, a []uint8, k int) (codes *uint8, stride int) {
	_, flip := p.offset()
	padded := roundUp(k, asm.QuantGroup)
	rows := len(a) / k
	if p.quant.Form == asm.WordForm {
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
func growAny[E Element](buf *[]E, n int) []E {
	if len(*buf) < n {
		*buf = alignedSlice[E](n)
	}
	return (*buf)[:n]
}

// multiply sets the scratch's sums to the products of m rows of codes by some panels.
func (p *integerRows) multiply(s *integerScratch, codes *uint8, stride, m, first, last int) {
	w, nr := p.weights, p.quant.NR
	panel := w.groups() * nr * asm.QuantGroup
	l := asm.QuantLayout{M: m, Groups: w.groups(), Panels: last - first, LDC: (last - first) * nr,
		ARow: stride, Steps: &p.steps[0]}
	sums := growAny(&s.sums, m*l.LDC)
	p.quant.Mul(&sums[0], codes, &w.panels[first*panel], asm.Noescape(&l))
	if w.hasZeros {
		l.Panels, l.LDC = 1, nr
		ones := growAny(&s.ones, m*nr)
		p.quant.Mul(&ones[0], codes, &w.panels[p.panels()*panel], asm.Noescape(&l))
	}
}

// finish stores the results of row i of the sums: row number of A, whose results begin at an
// offset.
func (p *integerRows) finish(s *integerScratch, i, number, at, first, last int, r *IntegerResult) {
	nr := p.quant.NR
	lo, hi := first*nr, min(last*nr, p.weights.cols)
	row := p.row(s, i, number, lo, (last-first)*nr, r)
	switch {
	case r.Integers != nil:
		p.quant.Integers(r.Integers[at+lo:at+hi], row)
	case r.Floats != nil:
		row.Scale = &r.Scale[lo]
		dst := r.Floats[at+lo : at+hi]
		if p.quant.Floats(dst, row); r.RowScale != nil {
			p.times(dst, dst, r.RowScale[number])
		}
		if r.Bias != nil {
			p.add(dst, dst, r.Bias[lo:hi])
		}
	default:
		row.Scale, row.CodeRange = &r.Scale[lo], r.Range
		p.quant.Codes(r.Codes[at+lo:at+hi], row)
	}
}

// row returns row i of the sums, of so many columns from lo on.
func (p *integerRows) row(s *integerScratch, i, number, lo, width int,
	r *IntegerResult) *asm.QuantRow {
	offset, _ := p.offset()
	row := &s.row
	row.X, row.Sums, row.Zeros = &s.sums[i*width], &p.weights.sums[lo], &p.weights.zeros[lo]
	row.A, row.Row = r.Zeros[number%len(r.Zeros)]+offset, 0
	if p.weights.hasZeros {
		row.Row = s.ones[i*p.quant.NR]
	}
	if row.Offset = &p.weights.none[lo]; r.Offset != nil {
		row.Offset = &r.Offset[lo]
	}
	return row
}
