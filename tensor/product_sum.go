package tensor

import (
	"fmt"

	"simdnn/internal/race"
	"simdnn/tensor/asm"
)

// Terms says where the matrices of a sum of products stand: Count of them, at least one, A and B
// each so many elements behind the one before.
type Terms struct{ Count, AStep, BStep int }

// ProductSum adds up products A·Bᵀ of fixed sizes as one chain for each element of C: over the
// terms, and in each over k. It is the product of matrices whose columns are those of all terms,
// which need not be put beside one another. It may be used by many goroutines at once.
type ProductSum[T Float] struct {
	engine  *Engine[T]
	m, n, k int
	terms   Terms
	block   int     // terms whose B are packed together
	steps   []int32 // of a block's columns of A
	window  asm.Window
	tasks   freelist[sumTask[T]]
}

// PlanSum prepares sums of products of an m×k matrix A and the transpose of an n×k matrix B, all
// sizes at least 1, and n at least 2: products of one column are dots.
func (e *Engine[T]) PlanSum(m, n, k int, terms Terms) *ProductSum[T] {
	if m < 1 || n < 2 || k < 1 || terms.Count < 1 || terms.AStep < 0 || terms.BStep < 0 {
		panic(fmt.Sprintf("tensor: PlanSum: %d×%d×%d, %+v", m, n, k, terms))
	}
	g := &e.k.Gemm
	p := &ProductSum[T]{engine: e, m: m, n: n, k: k, terms: terms}
	// A quarter of what L2 has for blocks of A: those, and C, are there as well.
	room := e.rules.tuning.MCBytes / 4 / elementBytes[T]() / (roundUp(n, g.NR) * k)
	p.block = balanced(terms.Count, max(room, 1))
	for i := range p.block * k {
		p.steps = append(p.steps, int32(i/k*terms.AStep+i%k))
	}
	p.steps = append(p.steps, 0) // which the kernels read
	p.window = asm.Window{Steps: &p.steps[0], Layout: asm.Layout{N: n, LDC: n, ARow: k, BRow: g.NR}}
	return p
}

// sumTask is a sum under way: the terms of a block, cut into parts of rows.
type sumTask[T Float] struct {
	*ProductSum[T]
	c, a, packed []T
	columns      int
	accumulate   bool
	parts        int
}

// MatMulAdd adds the sum to C if accumulate says so, else sets C to it. The slices begin with the
// matrices of the first term.
func (p *ProductSum[T]) MatMulAdd(c, a, b []T, accumulate bool) {
	last := p.terms.Count - 1
	if len(c) != p.m*p.n || len(a) < last*p.terms.AStep+p.m*p.k ||
		len(b) < last*p.terms.BStep+p.n*p.k {
		panic(fmt.Sprintf("tensor: ProductSum %d×%d×%d: C, A and B have %d, %d and %d elements, which do "+
			"not fit %+v", p.m, p.n, p.k, len(c), len(a), len(b), p.terms))
	}
	race.Read(a)
	race.Read(b)
	race.Write(c)
	s, t := p.engine.buffers[0].get(), p.tasks.get()
	for first := 0; first < p.terms.Count; first += p.block {
		count := min(p.block, p.terms.Count-first)
		*t = sumTask[T]{ProductSum: p, c: c, a: a[first*p.terms.AStep:], columns: count * p.k,
			accumulate: accumulate || first > 0, parts: p.parts(count)}
		t.packed = p.pack(s, b[first*p.terms.BStep:], count)
		Parallel(t, t.parts, p.engine.rules.threads)
	}
	*t = sumTask[T]{}
	p.tasks.put(t)
	p.engine.buffers[0].put(s)
}

// Parts returns the most parts that a sum is cut into for threads.
func (p *ProductSum[T]) Parts() int { return p.parts(p.block) }

// parts returns the number of parts for threads that pays for so many terms.
func (p *ProductSum[T]) parts(count int) int {
	r := &p.engine.rules
	enough := work(p.m, p.n, p.k*count) / int64(r.tuning.ThreadWork)
	rows := (p.m + r.mr - 1) / r.mr
	return int(max(1, min(int64(r.threads), int64(rows), enough)))
}

// pack returns the panels of the B of so many terms, one below the other.
func (p *ProductSum[T]) pack(s *scratch[T], b []T, count int) []T {
	g := &p.engine.k.Gemm
	columns := count * p.k
	packed := s.packB(roundUp(p.n, g.NR) * columns)
	for j := 0; j < p.n; j += g.NR {
		for i := range count {
			g.Pack(packed[j*columns+i*p.k*g.NR:], g.NR, b[i*p.terms.BStep+j*p.k:], p.k, 1,
				min(g.NR, p.n-j), p.k)
		}
	}
	return packed
}

// Run computes the rows of one part.
func (t *sumTask[T]) Run(part int) {
	g := &t.engine.k.Gemm
	lo, hi := Share(t.m, g.MR, part, t.parts)
	if lo == hi {
		return
	}
	w := t.window
	w.M, w.K, w.MR = hi-lo, t.columns, balanced(hi-lo, g.MR)
	w.APanel, w.BPanel = w.MR*w.ARow, g.NR*t.columns
	t.engine.k.Conv.MulWindows(&t.c[lo*t.n], &t.a[lo*t.k], &t.packed[0], nil, asm.Noescape(&w),
		t.accumulate, nil)
}
