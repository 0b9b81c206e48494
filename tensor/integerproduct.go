package tensor

import (
	"fmt"

	"simdnn/internal/race"
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
	p := &IntegerProduct{integerRows: newIntegerRows(e, w, rows, signed), rows: rows}
	if rows <= integerTile && !p.tiled {
		p.columns = fewColumns
	}
	p.setSteps(p.stepsOfRows(w.groups()))
	p.tasks.make = func() *integerTask { return &integerTask{plan: p} }
	return p
}

// Parts returns the number of parts that the product is cut into for threads.
func (p *IntegerProduct) Parts() int {
	parts := p.threadParts(p.rows)
	if p.byColumns(parts) {
		beside := max(p.weights.beside, 1)
		return min(parts, (p.panels()+beside-1)/beside)
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
		first, last = Share(last, max(p.weights.beside, 1), part, t.parts)
	} else {
		lo, hi = Share(p.rows, integerTile, part, t.parts)
	}
	s := p.scratch[part].get()
	p.span(s, t.a[lo*p.weights.rows:], lo, hi-lo, first, last, &t.result)
	p.end(part, s)
}
