package tensor

import (
	"fmt"

	"simdnn/internal/race"
	"simdnn/tensor/asm"
)

// Product is a matrix product of fixed sizes whose kernel and blocking were chosen beforehand, for callers that repeat it. It may be
// used by many goroutines at once.
type Product[T Float] struct {
	engine  *Engine[T]
	trans   Trans
	factors factors[T] // strides and sizes; no data
	c, a, b int        // number of elements

	kernel asm.Multiply[T] // what multiplies directly, by the layout; nil if nothing does
	layout asm.Layout

	turned         *turned[T] // how it is computed if it takes the output, see [turned.takes]; nil if as others
	contiguousDots bool       // one column, and rows of A that one kernel call takes as they stand
	blocking
}

// Plan prepares products of the m×k matrix op(A) and the k×n matrix op(B), all sizes at least 1.
func (e *Engine[T]) Plan(m, n, k int, trans Trans) *Product[T] {
	if m < 1 || n < 1 || k < 1 {
		panic(fmt.Sprintf("tensor: Plan: the sizes %d×%d×%d are not all positive", m, n, k))
	}
	f := factors[T]{matrix[T]{nil, m, n, n, 1}, matrix[T]{nil, m, k, k, 1}, matrix[T]{nil, k, n, n, 1}}
	if trans == TN || trans == TT {
		f.a.rs, f.a.cs = 1, m
	}
	if trans == NT || trans == TT {
		f.b.rs, f.b.cs = 1, k
	}
	p := &Product[T]{engine: e, trans: trans, factors: f, c: m * n, a: m * k, b: k * n, blocking: e.plan(&f)}
	p.contiguousDots = n == 1 && f.a.cs == 1
	p.turned = e.turn(&f, trans)
	if n > 1 && e.isDirect(&f) {
		p.layout = f.layout(&e.k.Gemm, p.mr)
		p.kernel = e.kernel(&p.layout, output[T]{})
	}
	return p
}

// PacksB tells whether the product copies B into panels each time, which [Engine.MatMulPacked] spares.
func (p *Product[T]) PacksB() bool { return p.isBlocked() && p.packB != plain }

// Parts returns the number of parts that the product is cut into for threads: 1 if the caller's thread alone computes it.
func (p *Product[T]) Parts() int {
	if !p.isBlocked() {
		return 1
	}
	return p.blocking.parts
}

// isBlocked tells whether the product runs block by block.
func (p *Product[T]) isBlocked() bool {
	return p.kernel == nil && p.turned == nil && p.factors.c.cols > 1
}

// MatMul sets C = op(A)·op(B), as [Engine.MatMul] does. The slices hold the matrices in row-major order without gaps.
func (p *Product[T]) MatMul(c, a, b []T) { p.run(c, a, b, output[T]{}) }

// MatMulAdd adds op(A)·op(B) to C, as [Engine.MatMulAdd] does.
func (p *Product[T]) MatMulAdd(c, a, b []T) { p.run(c, a, b, output[T]{accumulate: true}) }

// MatMulEpilogue sets C to op(A)·op(B) and passes its elements through an epilogue, as [Engine.MatMulEpilogue] does.
func (p *Product[T]) MatMulEpilogue(c, a, b []T, epilogue *Epilogue[T]) {
	epilogue.check("Product.MatMulEpilogue", p.factors.c.rows, p.factors.c.cols, true)
	p.run(c, a, b, output[T]{epilogue: epilogue})
}

// MatMulSums sets C = op(A)·B as MatMul does, and sums to the sums down the columns of B, which is not transposed: chains of additions over
// ascending rows. A block of B is added up when the product comes to it, and so is read from memory once for both.
func (p *Product[T]) MatMulSums(c, a, b, sums []T) {
	switch {
	case p.trans&NT != 0:
		panic(fmt.Sprintf("tensor: Product.MatMulSums %v: B is transposed", p.trans))
	case len(sums) != p.factors.c.cols:
		panic(fmt.Sprintf("tensor: Product.MatMulSums %v: %d sums for %d columns of B", p.trans, len(sums), p.factors.c.cols))
	}
	clear(sums)
	if p.isBlocked() {
		if !p.fit(c, a, b) {
			p.refuse(c, a, b)
		}
		f := p.operands(c, a, b)
		if race.Enabled {
			f.announce()
		}
		p.engine.blocked(&f, &p.blocking, output[T]{}, sums)
		return
	}
	p.engine.k.Rows.ColumnSum(sums, b, len(sums))
	p.run(c, a, b, output[T]{})
}

// operands returns the product's matrices.
func (p *Product[T]) operands(c, a, b []T) factors[T] {
	f := p.factors
	f.c.data, f.a.data, f.b.data = c, a, b
	return f
}

// fit tells whether the operands have the lengths that the product was planned for, which is all there is to check.
func (p *Product[T]) fit(c, a, b []T) bool { return len(c) == p.c && len(a) == p.a && len(b) == p.b }

// refuse panics over operands that do not fit.
func (p *Product[T]) refuse(c, a, b []T) {
	panic(fmt.Sprintf("tensor: Product %v %d×%d×%d: C, A and B have %d, %d and %d elements",
		p.trans, p.factors.c.rows, p.factors.c.cols, p.factors.a.cols, len(c), len(a), len(b)))
}

// run multiplies.
func (p *Product[T]) run(c, a, b []T, o output[T]) {
	if !p.fit(c, a, b) {
		p.refuse(c, a, b)
	}
	race.Read(a)
	race.Read(b)
	race.Write(c)
	if p.turned != nil && p.turned.takes(o) {
		p.turned.run(p.engine, c, a, b, o)
		return
	}
	if p.kernel != nil {
		multiply := p.kernel
		if o.onlyMul() {
			multiply = p.engine.k.Gemm.Mul
		}
		multiply(&c[0], &a[0], &b[0], nil, &p.layout, o.accumulate, o.forKernel())
		if o.epilogue != nil {
			o.epilogue.finish(c, 0)
		}
		return
	}
	if p.contiguousDots && !o.accumulate {
		p.engine.k.Reduce.Gemv(c, a, p.factors.a.rs, b)
		o.apply(p.engine.k, c, 0)
		return
	}
	f := p.operands(c, a, b)
	if f.c.cols == 1 {
		p.engine.dots(&f, o)
		return
	}
	p.engine.blocked(&f, &p.blocking, o, nil)
}
