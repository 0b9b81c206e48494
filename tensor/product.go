package tensor

import "fmt"

// Product is a matrix product of fixed sizes whose kernel and blocking were chosen beforehand, for callers that repeat it. It may be
// used by many goroutines at once.
type Product[T Float] struct {
	engine  *Engine[T]
	trans   Trans
	factors factors[T] // strides and sizes; no data
	direct  bool
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
	return &Product[T]{engine: e, trans: trans, factors: f, direct: e.isDirect(&f), blocking: e.plan(&f)}
}

// MatMul sets C = op(A)·op(B), as [Engine.MatMul] does. The slices hold the matrices in row-major order without gaps.
func (p *Product[T]) MatMul(c, a, b []T) { p.run(c, a, b, output[T]{}) }

// MatMulAdd adds op(A)·op(B) to C, as [Engine.MatMulAdd] does.
func (p *Product[T]) MatMulAdd(c, a, b []T) { p.run(c, a, b, output[T]{accumulate: true}) }

// run checks the lengths, which is all there is to check, and multiplies.
func (p *Product[T]) run(c, a, b []T, o output[T]) {
	f := p.factors
	if len(c) != f.c.rows*f.c.cols || len(a) != f.a.rows*f.a.cols || len(b) != f.b.rows*f.b.cols {
		panic(fmt.Sprintf("tensor: Product %v %d×%d×%d: C, A and B have %d, %d and %d elements",
			p.trans, f.c.rows, f.c.cols, f.a.cols, len(c), len(a), len(b)))
	}
	f.c.data, f.a.data, f.b.data = c, a, b
	switch {
	case f.c.cols == 1:
		p.engine.dots(&f, o)
	case p.direct:
		p.engine.direct(&f, o)
	default:
		p.engine.blocked(&f, &p.blocking, o)
	}
}
