package tensor

import (
	"fmt"

	"simdnn/internal/race"
	"simdnn/tensor/asm"
)

// Batch says where the matrices of many products of one size stand: Count of them, C one behind the
// other, A and B each so many elements behind the one before. A step of 0 repeats the matrix, as
// broadcasting does.
type Batch struct{ Count, AStep, BStep int }

// MatMulBatch sets each C of a batch to op(A)·op(B), as MatMul does and with the same bits, but for
// what a call of it costs: products of attention and of recurrent nets are so small that it shows.
// Threads share the batch where each has [Tuning.ThreadWork] to do.
func (p *Product[T]) MatMulBatch(c, a, b []T, batch Batch) {
	if p.gaps || batch.Count < 0 || batch.AStep < 0 || batch.BStep < 0 ||
		len(c) != batch.Count*p.c || batch.Count > 0 &&
		(len(a) != (batch.Count-1)*batch.AStep+p.a || len(b) != (batch.Count-1)*batch.BStep+p.b) {
		panic(fmt.Sprintf("tensor: Product.MatMulBatch %v %d×%d×%d: C, A and B have %d, %d and %d "+
			"elements, which do not fit %+v", p.trans, p.operands.c.rows, p.operands.c.cols,
			p.operands.a.cols, len(c), len(a), len(b), batch))
	}
	if batch.Count == 0 {
		return
	}
	if !apart(c, a) || !apart(c, b) {
		const op = "Product.MatMulBatch"
		requireMemoryApart(op, "C", "A", extentOf(c), extentOf(a))
		requireMemoryApart(op, "C", "B", extentOf(c), extentOf(b))
	}
	if d := &p.plans[useStore]; d.trials != nil || d.way == wayBlocks && d.parts > 1 {
		for i := range batch.Count {
			p.MatMul(c[i*p.c:][:p.c], a[i*batch.AStep:][:p.a], b[i*batch.BStep:][:p.b])
		}
		return
	}
	race.Read(a)
	race.Read(b)
	race.Write(c)
	parts := p.batchParts(batch.Count)
	if parts == 1 {
		p.runBatch(c, a, b, batch)
		return
	}
	t := p.engine.batches.get()
	*t = batchTask[T]{p, c, a, b, batch, parts}
	Parallel(t, parts, p.engine.rules.threads)
	*t = batchTask[T]{}
	p.engine.batches.put(t)
}

// batchParts returns the number of threads that so many products are work for.
func (p *Product[T]) batchParts(count int) int {
	r := &p.engine.rules
	each := work(p.operands.c.rows, p.operands.c.cols, p.operands.a.cols)
	enough := int64(count) * each / int64(r.tuning.ThreadWork) // each is less than TrialWork
	return int(max(1, min(int64(r.threads), int64(count), enough)))
}

// batchTask is a batch under way, cut into parts of about as many products.
type batchTask[T Float] struct {
	product *Product[T]
	c, a, b []T
	batch   Batch
	parts   int
}

// Run computes one part.
func (t *batchTask[T]) Run(part int) {
	lo, hi := Share(t.batch.Count, 1, part, t.parts)
	batch := t.batch
	batch.Count = hi - lo
	t.product.runBatch(t.c[lo*t.product.c:], t.a[lo*batch.AStep:], t.b[lo*batch.BStep:], batch)
}

// runBatch computes products one after the other by the plan for one.
func (p *Product[T]) runBatch(c, a, b []T, batch Batch) {
	d := &p.plans[useStore]
	switch {
	case d.way == wayOneCall:
		l := asm.Noescape(&d.layout)
		for i := range batch.Count {
			d.multiply(&c[i*p.c], &a[i*batch.AStep], &b[i*batch.BStep], nil, l, false, nil)
		}
	case d.way == wayDots && d.unpacked:
		for i := range batch.Count {
			p.engine.k.Reduce.Gemv(c[i*p.c:][:p.c], a[i*batch.AStep:], p.operands.a.rs,
				b[i*batch.BStep:][:p.b])
		}
	default:
		for i := range batch.Count {
			f := p.over(c[i*p.c:][:p.c], a[i*batch.AStep:], b[i*batch.BStep:])
			p.engine.compute(&f, &d.decision, output[T]{})
		}
	}
}
