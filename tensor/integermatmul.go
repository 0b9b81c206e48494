package tensor

import (
	"fmt"
	"unsafe"

	"simdnn/internal/race"
	"simdnn/tensor/asm"
)

// IntegerMatMul is a product of two matrices of integers of 8 bits, of fixed sizes, neither of
// which is constant: the second one is packed in each run. It may be used by many goroutines at
// once. Its sums are exact in int32, which wraps around.
type IntegerMatMul struct {
	integerRows // whose weights give the sizes
	m           int
	flip        uint8
	moves       *asm.Moves
	ones        *uint8 // a row of ones as the kernels read it
	packed      freelist[packedIntegers]
	tasks       freelist[integerMatMulTask]
}

// packedIntegers is a matrix that is packed again and again.
type packedIntegers struct {
	*Integers
	columns []uint8 // of the matrix, one after the other, padded to whole groups
}

// PlanIntegerMatMul prepares products of m×k by k×n integers, each signed or not.
func (e *Engine[T]) PlanIntegerMatMul(m, k, n int, signedA, signedB bool) *IntegerMatMul {
	if m < 1 || k < 1 || n < 1 {
		panic(fmt.Sprintf("tensor: PlanIntegerMatMul: %d×%d by %d×%d", m, k, k, n))
	}
	q := &e.isa.Quant
	sizes := newIntegers(e.ISA(), k, n, 1, k, q)
	p := &IntegerMatMul{integerRows: newIntegerRows(e, sizes, m, signedA), m: m, flip: codeFlip(signedB),
		moves: &e.isa.Moves}
	p.steps = p.stepsOfRows(sizes.groups())
	if q.Form == asm.WordForm {
		ones := make([]int16, sizes.groups()*asm.QuantGroup)
		for i := range ones {
			ones[i] = 1
		}
		p.ones = (*uint8)(unsafe.Pointer(&ones[0]))
	} else {
		ones := make([]uint8, sizes.groups()*asm.QuantGroup)
		for i := range ones {
			ones[i] = 1
		}
		p.ones = &ones[0]
	}
	p.packed.make = p.newPacked
	p.tasks.make = func() *integerMatMulTask { return &integerMatMulTask{plan: p} }
	return p
}

// newPacked returns the memory of a packed matrix, with its panel of ones.
func (p *IntegerMatMul) newPacked() *packedIntegers {
	nr, sizes := p.quant.NR, p.weights
	w := newIntegers(sizes.isa, sizes.rows, sizes.cols, 1, sizes.run, p.quant)
	depth := w.groups() * asm.QuantGroup
	w.panels = alignedSlice[int8]((len(w.sums) + nr) * depth)
	w.hasZeros = true
	w.fillOnes()
	return &packedIntegers{Integers: w, columns: alignedSlice[uint8](len(w.sums) * depth)}
}

// Parts returns the number of parts that so many products are cut into for threads.
func (p *IntegerMatMul) Parts(count int) int { return p.threadParts(count * p.m) }

// Run multiplies the matrices of a batch: A less the result's zero points, which are one for all or
// one for each row of all, by B less one zero point.
func (p *IntegerMatMul) Run(a, b []uint8, zeroB int32, batch Batch, r *IntegerResult) {
	sizeA, sizeB := p.m*p.weights.rows, p.weights.rows*p.weights.cols
	if batch.Count < 1 || batch.AStep < 0 || batch.BStep < 0 ||
		len(a) != (batch.Count-1)*batch.AStep+sizeA || len(b) != (batch.Count-1)*batch.BStep+sizeB {
		panic(fmt.Sprintf("tensor: IntegerMatMul.Run: %d and %d integers for %+v of %d×%d by %d×%d",
			len(a), len(b), batch, p.m, p.weights.rows, p.weights.rows, p.weights.cols))
	}
	p.check("IntegerMatMul.Run", r, batch.Count*p.m)
	race.Read(a)
	race.Read(b)
	t := p.tasks.get()
	t.a, t.b, t.zero, t.batch, t.result, t.parts = a, b, zeroB, batch, *r, p.Parts(batch.Count)
	Parallel(t, t.parts, p.threads)
	t.a, t.b, t.result = nil, nil, IntegerResult{}
	p.tasks.put(t)
}

// integerMatMulTask is a batch under way.
type integerMatMulTask struct {
	plan   *IntegerMatMul
	a, b   []uint8
	zero   int32
	batch  Batch
	result IntegerResult
	parts  int
}

// Run computes some of the rows of all matrices: whole matrices where there are enough, since each
// part packs what it multiplies by.
func (t *integerMatMulTask) Run(part int) {
	p, unit := t.plan, integerTile
	if t.batch.Count >= t.parts {
		unit = t.plan.m
	}
	lo, hi := Share(t.batch.Count*p.m, unit, part, t.parts)
	if lo == hi {
		return
	}
	s, w := p.scratch[part].get(), p.packed.get()
	rows := p.integerRows
	rows.weights = w.Integers
	packed := -1
	for row := lo; row < hi; {
		i := row / p.m
		n := min(hi, (i+1)*p.m) - row
		if at := i * t.batch.BStep; at != packed {
			p.pack(w, s, t.b[at:][:p.weights.rows*p.weights.cols], t.zero)
			packed = at
		}
		rows.span(s, t.a[i*t.batch.AStep+(row-i*p.m)*p.weights.rows:], row, n, 0, p.panels(), &t.result)
		row += n
	}
	p.packed.put(w)
	p.end(part, s)
}

// pack copies a matrix to panels: its columns one after the other, then groups of them side by
// side, as words of a group each. A product by ones adds the columns up.
func (p *IntegerMatMul) pack(w *packedIntegers, s *integerScratch, b []uint8, zero int32) {
	k, n, groups, nr := w.rows, w.cols, w.groups(), p.quant.NR
	depth := groups * asm.QuantGroup
	p.moves.Transpose8(w.columns, depth, b, n, k, n)
	for j := range n {
		for i := k; i < depth; i++ {
			w.columns[j*depth+i] = p.flip
		}
	}
	flipBytes(w.columns, w.columns[:n*depth], p.flip)
	from := unsafe.Slice((*uint32)(unsafe.Pointer(&w.columns[0])), len(w.columns)/asm.QuantGroup)
	to := unsafe.Slice((*uint32)(unsafe.Pointer(&w.panels[0])), len(w.columns)/asm.QuantGroup)
	for j := 0; j < len(w.sums); j += nr {
		at, step := p.quant.PanelPlace(j/nr, p.panels(), groups)
		p.moves.Transpose32(to[at:], step, from[j*groups:], groups, nr, groups)
	}
	l := asm.QuantLayout{M: 1, Groups: groups, Panels: p.panels(), LDC: len(w.sums),
		Steps: &p.steps[0], Beside: w.beside}
	p.quant.Mul(&w.sums[0], p.ones, &w.panels[0], asm.Noescape(&l))
	code := zero - int32(p.flip)
	for j := range w.sums {
		w.zeros[j] = code
		w.sums[j] -= int32(k) * code
	}
}
