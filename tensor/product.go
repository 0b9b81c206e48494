package tensor

import (
	"fmt"
	"math"

	"simdnn/internal/race"
	"simdnn/tensor/asm"
)

// Product is a matrix product of fixed sizes that was decided on beforehand, for callers that
// repeat it. It may be used by many goroutines at once.
type Product[T Float] struct {
	engine   *Engine[T]
	trans    Trans
	operands operands[T] // strides and sizes; no data
	packed   bool        // B is the panels of a Packed
	c, a, b  int         // number of elements
	plans    [uses]plan[T]
	sums     plan[T] // of MatMulSums
	axpy     plan[T] // of MatMulAxpy
	fuses    bool    // see FusesAxpy
	gaps     bool    // between rows, see PlanRows
}

// plan is a decision with the kernel that it names, and the trials that may replace it; nil if
// there is nothing to try.
type plan[T Float] struct {
	multiply asm.Multiply[T]
	decision
	trials *trials[T]
}

// Plan prepares products of the m×k matrix op(A) and the k×n matrix op(B), all sizes at least 1.
//
// Products that are large enough to be timed, of [Tuning.TrialWork] multiply-adds, try a few ways
// on some dozens of runs after the first thirty-two, and keep the fastest, see [WithFixedPlans].
// The result has the same bits in all of them. The engine's plans for the same sizes try together.
func (e *Engine[T]) Plan(m, n, k int, trans Trans) *Product[T] {
	checkPlan(m, n, k, elementBytes[T](), trans)
	f := operands[T]{matrix[T]{nil, m, n, n, 1}, matrix[T]{nil, m, k, k, 1}, matrix[T]{nil, k, n, n,
		1}}
	if trans == TN || trans == TT {
		f.a.rs, f.a.cs = 1, m
	}
	if trans == NT || trans == TT {
		f.b.rs, f.b.cs = 1, k
	}
	p := &Product[T]{engine: e, trans: trans, operands: f, c: m * n, a: m * k, b: k * n}
	p.decide()
	if trans&NT == 0 {
		p.sums = e.plan(p.problem(useStore), true)
	}
	p.axpy, p.fuses = e.planAxpy(p.problem(useMulEpilogue))
	return p
}

// checkPlan panics over sizes and transposes that no product has.
func checkPlan(m, n, k, elem int, trans Trans) {
	if m < 1 || n < 1 || k < 1 {
		panic(fmt.Sprintf("tensor: Plan: the sizes %d×%d×%d are not all positive", m, n, k))
	}
	if max(size([]int{m, n, elem}), size([]int{m, k, elem}), size([]int{k, n, elem})) == math.MaxInt {
		panic(fmt.Sprintf("tensor: Plan: the sizes %d×%d×%d are beyond any memory", m, n, k))
	}
	if trans > TT {
		panic(fmt.Sprintf("tensor: Plan: %v is not NN, NT, TN or TT", trans))
	}
}

// PlanPacked prepares products of an A of m rows, at least 1, and a packed B, as Plan does. They
// take [Packed.Data] for B.
func (e *Engine[T]) PlanPacked(m int, b *Packed[T]) *Product[T] {
	const op = "PlanPacked"
	if m < 1 || b.rows < 1 || b.cols < 1 {
		panic(fmt.Sprintf("tensor: %s: the sizes %d×%d×%d are not all positive", op, m, b.cols,
			b.rows))
	}
	b.checkISA(op, e)
	n, k := b.cols, b.rows
	p := &Product[T]{engine: e, packed: true, c: m * n, a: m * k, b: len(b.panels)}
	p.operands = operands[T]{matrix[T]{nil, m, n, n, 1}, matrix[T]{nil, m, k, k, 1},
		b.matrix(e.rules.nr)}
	p.operands.b.data = nil
	p.decide()
	return p
}

// decide sets the plans for all uses.
func (p *Product[T]) decide() {
	for u := range p.plans {
		p.plans[u] = p.engine.plan(p.problem(use(u)), false)
	}
}

// planAxpy returns the rules' own way for MatMulAxpy, and whether it pays. No other is tried, since
// some store sums before they are done.
func (e *Engine[T]) planAxpy(p problem) (plan[T], bool) {
	d := e.rules.decide(p)
	return plan[T]{e.multiply(d.kernel), d, nil}, e.rules.fusesAxpy(&d, p)
}

// problem returns what is to be decided about a use.
func (p *Product[T]) problem(u use) problem {
	f := p.operands.problem(u)
	f.prepacked = p.packed
	return f
}

// Settled reports whether the product has chosen how to do all that it was used for, see
// [Engine.Plan]: its next run is like all that follow. It is true before the first run.
func (p *Product[T]) Settled() bool {
	for u := range p.plans {
		if t := p.plans[u].trials; t != nil && t.begun() && !t.settled() {
			return false
		}
	}
	t := p.sums.trials
	return t == nil || !t.begun() || t.settled()
}

// PacksB reports whether the rules let the product copy B into panels each time, which
// [Engine.MatMulPacked] spares.
func (p *Product[T]) PacksB() bool {
	packB := p.plans[useStore].packB
	return p.isBlocked() && packB != unpacked && packB != prepacked
}

// Parts returns the number of parts that the rules cut the product into for threads: 1 if the
// caller's thread alone computes it.
func (p *Product[T]) Parts() int {
	if !p.isBlocked() {
		return 1
	}
	return p.plans[useStore].parts
}

// isBlocked reports whether the product runs block by block, whatever becomes of it.
func (p *Product[T]) isBlocked() bool { return p.plans[useStore].way == wayBlocks }

// MatMul sets C = op(A)·op(B), as [Engine.MatMul] does. The slices hold the matrices in row-major
// order without gaps; A and B have no element in common with C.
func (p *Product[T]) MatMul(c, a, b []T) {
	d := &p.plans[useStore]
	if d.way != wayOneCall || d.trials != nil || p.gaps || len(c) != p.c || len(a) != p.a ||
		len(b) != p.b || !apart(c, a) || !apart(c, b) {
		p.run(d, c, a, b, output[T]{})
		return
	}
	race.Read(a) // as run does it, in half the instructions
	race.Read(b)
	race.Write(c)
	d.multiply(&c[0], &a[0], &b[0], nil, &d.layout, false, nil)
}

// MatMulAdd adds op(A)·op(B) to C, as [Engine.MatMulAdd] does.
func (p *Product[T]) MatMulAdd(c, a, b []T) {
	p.run(&p.plans[useAdd], c, a, b, output[T]{accumulate: true})
}

// MatMulEpilogue sets C to op(A)·op(B) and passes its elements through an epilogue, as
// [Engine.MatMulEpilogue] does.
func (p *Product[T]) MatMulEpilogue(c, a, b []T, epilogue *Epilogue[T]) {
	if epilogue == nil {
		panic("tensor: Product.MatMulEpilogue: the epilogue is nil")
	}
	if !p.gaps && p.addsBiasInOneCall(c, a, b, epilogue) {
		return
	}
	if len(epilogue.Bias) != p.operands.c.cols || !apart(c, epilogue.Bias) || !epilogue.isBias() {
		const op = "Product.MatMulEpilogue"
		epilogue.check(op, p.operands.c.rows, p.operands.c.cols, p.operands.c.rs == p.operands.c.cols)
		epilogue.checkSlicesApart(op, c, a, b)
	}
	o, d := output[T]{epilogue: epilogue}, &p.plans[useEpilogue]
	if o.onlyMul() {
		d = &p.plans[useMulEpilogue]
	}
	p.run(d, c, a, b, o)
}

// MatMulSums sets C = op(A)·B as MatMul does, and sums to the sums down the columns of B, which is
// not transposed: chains of additions over ascending rows. A block of B is added up when the
// product comes to it, and so is read from memory once for both.
func (p *Product[T]) MatMulSums(c, a, b, sums []T) {
	if p.packed {
		panic("tensor: Product.MatMulSums: B is packed")
	}
	if !p.takesSums(c, a, b, sums) {
		p.refuseSums("Product.MatMulSums", c, a, b, sums)
	}
	if t := p.sums.trials; t != nil {
		t.run(func(d *plan[T]) { p.runSums(d, c, a, b, sums) })
		return
	}
	p.runSums(&p.sums, c, a, b, sums)
}

// runSums multiplies by a plan, and adds up the rows of B.
func (p *Product[T]) runSums(d *plan[T], c, a, b, sums []T) {
	if d.way == wayBlocks {
		f := p.over(c, a, b)
		if race.Enabled {
			f.raceAnnotate()
		}
		p.engine.blocked(&f, &d.decision, output[T]{}, sums)
		return
	}
	race.Write(sums)
	p.engine.addColumns(sums, b)
	p.run(d, c, a, b, output[T]{})
}

// refuseSums panics over operands that do not fit, or sums that do not fit the columns of B.
func (p *Product[T]) refuseSums(op string, c, a, b, sums []T) {
	switch {
	case p.trans&NT != 0:
		panic(fmt.Sprintf("tensor: %s %v: B is transposed", op, p.trans))
	case p.gaps:
		panic(fmt.Sprintf("tensor: %s %v: there are gaps between rows", op, p.trans))
	case len(sums) != p.operands.c.cols:
		panic(fmt.Sprintf("tensor: %s %v: %d sums for %d columns of B", op, p.trans, len(sums),
			p.operands.c.cols))
	}
	for _, x := range [...][]T{c, a, b} {
		requireMemoryApart(op, "the sums", "a matrix", extentOf(sums), extentOf(x))
	}
	p.refuse(c, a, b)
}

// takesSums reports whether the operands fit, and the sums the columns of B.
func (p *Product[T]) takesSums(c, a, b, sums []T) bool {
	return p.trans&NT == 0 && !p.gaps && len(sums) == p.operands.c.cols && apart(sums, c) &&
		apart(sums, a) && apart(sums, b) && apart(c, a) && apart(c, b) && len(c) == p.c && len(a) == p.a &&
		len(b) == p.b
}

// FusesAxpy reports whether MatMulAxpy takes the product, and is faster than its two parts.
func (p *Product[T]) FusesAxpy() bool { return p.fuses }

// MatMulAxpy adds alpha times each element of op(A)·B to that of Y, and sums up the columns of B,
// as MatMulSums with [Axpy] behind it does, and with the same bits: a step of gradient descent. The
// product itself never stands in memory. It panics unless FusesAxpy.
func (p *Product[T]) MatMulAxpy(y []T, alpha T, a, b, sums []T) {
	if !p.FusesAxpy() {
		panic(fmt.Sprintf("tensor: Product.MatMulAxpy %v: the product can't be fused", p.trans))
	}
	if !p.takesSums(y, a, b, sums) {
		p.refuseSums("Product.MatMulAxpy", y, a, b, sums)
	}
	d := &p.axpy
	end := Epilogue[T]{Epilogue: asm.Epilogue[T]{Mask: y, Slope: alpha, Activation: asm.AxpyEpilogue}}
	o := output[T]{epilogue: asm.Noescape(&end)}
	if d.way == wayBlocks {
		f := p.over(y, a, b)
		if race.Enabled {
			f.raceAnnotate()
		}
		p.engine.blocked(&f, &d.decision, o, sums)
		return
	}
	race.Write(sums)
	p.engine.addColumns(sums, b)
	p.run(d, y, a, b, o)
}

// over returns the product's matrices.
func (p *Product[T]) over(c, a, b []T) operands[T] {
	f := p.operands
	f.c.data, f.a.data, f.b.data = c, a, b
	return f
}

// announce tells the race detector what is read and written, but not what lies in gaps.
func (p *Product[T]) announce(c, a, b []T) {
	if !p.gaps {
		race.Read(a)
		race.Read(b)
		race.Write(c)
		return
	}
	f := p.over(c, a, b)
	if p.packed {
		f.b = matrix[T]{b, 1, len(b), len(b), 1}
	}
	f.raceAnnotate()
}

// refuse panics over operands that do not fit.
func (p *Product[T]) refuse(c, a, b []T) {
	if len(c) == p.c && len(a) == p.a && len(b) == p.b {
		requireMemoryApart("Product", "C", "A", extentOf(c), extentOf(a))
		requireMemoryApart("Product", "C", "B", extentOf(c), extentOf(b))
	}
	panic(fmt.Sprintf("tensor: Product %v %d×%d×%d: C, A and B have %d, %d and %d elements",
		p.trans, p.operands.c.rows, p.operands.c.cols, p.operands.a.cols, len(c), len(a), len(b)))
}

// run multiplies by a plan. The ways that take least are carried out here.
func (p *Product[T]) run(d *plan[T], c, a, b []T, o output[T]) {
	if len(c) != p.c || len(a) != p.a || len(b) != p.b || !apart(c, a) || !apart(c, b) {
		p.refuse(c, a, b)
	}
	if d.trials != nil {
		d.trials.run(func(d *plan[T]) { p.run(d, c, a, b, o) })
		return
	}
	if race.Enabled {
		p.announce(c, a, b)
	}
	switch {
	case d.way == wayOneCall:
		d.multiply(&c[0], &a[0], &b[0], nil, &d.layout, o.accumulate, o.forKernel())
		if o.epilogue != nil {
			m := p.operands.c
			m.data = c
			o.finish(m)
		}
	case d.way == wayDots && d.unpacked:
		p.engine.k.Reduce.Gemv(c, a, p.operands.a.rs, b)
		o.apply(p.engine.k, c, 0)
	default:
		f := p.over(c, a, b)
		p.engine.compute(&f, &d.decision, o)
	}
}

// PaysToPack reports whether products by a matrix of this many rows and columns that stays are
// faster once it is packed, however few rows they multiply it by. Packed it takes at most a
// twentieth more memory.
func (e *Engine[T]) PaysToPack(rows, cols int) bool { return e.rules.paysToPack(rows, cols) }

// Packed is a matrix in the order in which products read it fastest: weights that stay, packed once
// for many products. It is a copy, and may be used by many goroutines at once, on engines with the
// same ISA.
type Packed[T Float] struct {
	rows, cols int
	isa        string
	panels     []T // of NR columns each, row by row
}

// Pack copies a matrix, for [Engine.MatMulPacked]. The matrix may be a strided view, such as a
// transposed one.
func (e *Engine[T]) Pack(b *Tensor[T]) *Packed[T] {
	if len(b.shape) != 2 {
		panic(fmt.Sprintf("tensor: Pack: the shape %v is not that of a matrix", b.shape))
	}
	m, nr := b.matrix(), e.k.Gemm.NR
	p := &Packed[T]{rows: m.rows, cols: m.cols, isa: e.ISA()}
	p.panels = alignedSlice[T](roundUp(m.cols, nr) * m.rows)
	if m.rows > 0 {
		e.packPanels(p.panels, m, nr)
	}
	return p
}

// Shape returns the matrix's rows and columns.
func (p *Packed[T]) Shape() []int { return []int{p.rows, p.cols} }

// Data returns the elements in the packed order, for the products of [Engine.PlanPacked]. They must
// not be changed.
func (p *Packed[T]) Data() []T { return p.panels }

// checkISA panics if the matrix was packed for another ISA than the engine's.
func (p *Packed[T]) checkISA(op string, e *Engine[T]) {
	if p.isa != e.ISA() {
		panic(fmt.Sprintf("tensor: %s: the matrix was packed for the ISA %s, and this is %s", op,
			p.isa, e.ISA()))
	}
}

// matrix returns a view in which an element (i, j) stands where it does in the panels if j is a
// multiple of nr.
func (p *Packed[T]) matrix(nr int) matrix[T] {
	return matrix[T]{p.panels, p.rows, p.cols, nr, p.rows}
}

// MatMulPacked sets C = A·B, as [Engine.MatMul] does and with the same bits, and passes it through
// an epilogue, as [Engine.MatMulEpilogue] does, unless that is nil. The rows of C are contiguous; A
// may be any view.
func (e *Engine[T]) MatMulPacked(c, a *Tensor[T], b *Packed[T], epilogue *Epilogue[T]) {
	const op = "MatMulPacked"
	b.checkISA(op, e)
	if len(c.shape) != 2 || len(a.shape) != 2 || a.shape[0] != c.shape[0] || a.shape[1] != b.rows ||
		c.shape[1] != b.cols {
		panic(fmt.Sprintf("tensor: %s: shapes %v and %v do not give %v", op, a.shape, b.Shape(),
			c.shape))
	}
	if c.strides[1] != 1 && b.cols > 1 {
		panic(fmt.Sprintf("tensor: %s: the rows of C are not contiguous, but have the stride %d",
			op, c.strides[1]))
	}
	if epilogue != nil {
		epilogue.check(op, c.shape[0], b.cols, c.IsContiguous())
	}
	requireApart(op, "C", "A", c, a)
	if epilogue != nil {
		epilogue.checkApart(op, c, a, a)
	}
	o := output[T]{epilogue: epilogue}
	f := operands[T]{c.matrix(), a.matrix(), b.matrix(e.rules.nr)}
	if race.Enabled {
		f.a.forEachRun(race.Read)
		f.c.forEachRun(race.Write)
		race.Read(b.panels)
	}
	problem := f.problem(o.use())
	problem.prepacked = true
	d := e.rules.decide(problem)
	e.compute(&f, &d, o)
}
