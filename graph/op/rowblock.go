package op

import (
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// rowBlockElements is about how many elements a block of rows has: L1 holds a few blocks.
const rowBlockElements = 2048

// rowBlock are operations on blocks of rows of n elements, for each of which one call does the work
// of all rows: rows may be short. Each thread has its own.
type rowBlock[T tensor.Float] struct {
	k          *tensor.Kernels[T]
	n, rows    int
	ones       []T
	scalars    []T                // one a row
	spread     []T                // n times each scalar
	outer, end *tensor.Product[T] // scalars times ones, of a block and of the last one

	sums, normal []T // of a gradient: one a row, and the rows normalised
}

// newRowBlock returns operations on blocks of so many rows in all.
func newRowBlock[T tensor.Float](b *graph.Binding, rows, n int) *rowBlock[T] {
	e := graph.Engine[T](b).Serial()
	r := &rowBlock[T]{k: e.Kernels(), n: n, rows: min(blockRows(n), rows)}
	r.ones, r.scalars = slices.Repeat([]T{1}, n), make([]T, r.rows)
	r.spread, r.normal, r.sums = make([]T, r.rows*n), make([]T, r.rows*n), make([]T, r.rows)
	if n > 1 {
		r.outer, r.end = e.Plan(r.rows, n, 1, tensor.NN), e.Plan((rows-1)%r.rows+1, n, 1, tensor.NN)
	}
	return r
}

// blockRows returns how many rows of n elements a block has: a divisor of [partUnit], at whose
// multiples rows are cut for threads.
func blockRows(n int) int {
	rows := 1
	for rows < partUnit && 2*rows*n <= rowBlockElements {
		rows *= 2
	}
	return rows
}

// inRowBlocks returns a step that does work on blocks of all rows, on several threads where that
// pays.
func inRowBlocks[T tensor.Float](b *graph.Binding, rows, n int,
	work func(r *rowBlock[T], first, rows int)) graph.Step {
	blocks := make([]*rowBlock[T], partsOf[T](b, rows*n))
	for i := range blocks {
		blocks[i] = newRowBlock[T](b, rows, n)
	}
	p := &parts{rows, partUnit, len(blocks), graph.Engine[T](b).Threads(), func(part, lo, hi int) {
		r := blocks[part]
		for first := lo; first < hi; first += r.rows {
			work(r, first, min(r.rows, hi-first))
		}
	}}
	if p.count < 2 {
		return func() { p.work(0, 0, rows) }
	}
	b.Shared = true
	return func() { tensor.Parallel(p, p.count, p.threads) }
}

// by returns the product for a block of so many rows.
func (r *rowBlock[T]) by(rows int) *tensor.Product[T] {
	if rows == r.rows {
		return r.outer
	}
	return r.end
}

// sum sets sums to those of rows, as [tensor.Kernels].Reduce.Sum does: products by 1 are exact.
func (r *rowBlock[T]) sum(sums, x []T) { r.k.Reduce.Gemv(sums, x, r.n, r.ones) }

// dots sets dots to the scalar products of the rows of x and y.
func (r *rowBlock[T]) dots(dots, x, y []T) {
	for i := range dots {
		dots[i] = r.k.Reduce.Dot(x[i*r.n:][:r.n], y[i*r.n:][:r.n])
	}
}

// addEach adds to each row of x its scalar: as chains of one multiply-add by 1, which rounds once.
func (r *rowBlock[T]) addEach(x, scalars []T) {
	if r.n == 1 {
		r.k.Binary[tensor.Add](x, x, scalars)
		return
	}
	r.by(len(scalars)).MatMulAdd(x, scalars, r.ones)
}

// spreadEach returns rows of n times each scalar, of which −0 becomes +0.
func (r *rowBlock[T]) spreadEach(scalars []T) []T {
	if r.n == 1 {
		return scalars
	}
	s := r.spread[:len(scalars)*r.n]
	r.by(len(scalars)).MatMul(s, scalars, r.ones)
	return s
}

// scale sets y to the rows of x times their scalars, which are not −0.
func (r *rowBlock[T]) scale(y, x, scalars []T) {
	r.k.Binary[tensor.Mul](y, x, r.spreadEach(scalars))
}

// deviate sets d to the rows of x less their means.
func (r *rowBlock[T]) deviate(d, x, means []T) {
	s := r.scalars[:len(means)]
	for i, m := range means {
		s[i] = -m
	}
	copy(d, x)
	r.addEach(d, s)
}

// moments sets means to those of the rows of x, factors to 1/√(variance + epsilon), and d to the
// deviations from the means. The mean of the deviations from a first mean corrects both.
func (r *rowBlock[T]) moments(d, x, means, factors []T, epsilon T) {
	n := T(r.n)
	r.sum(means, x)
	for i := range means {
		means[i] /= n
	}
	r.deviate(d, x, means)
	sums := r.scalars[:len(means)]
	r.sum(sums, d)
	r.dots(factors, d, d)
	for i, sum := range sums {
		shift := sum / n
		variance := max((factors[i]-T(sum*shift))/n, 0)
		means[i] += shift
		factors[i] = 1 / T(math.Sqrt(float64(variance+epsilon)))
	}
	r.deviate(d, x, means)
}

// removeMeans sets each row of g to g − Σg/n − h·Σ(g·h)/n, the first sum only byMean.
func (r *rowBlock[T]) removeMeans(g, h []T, byMean bool) {
	n, dots := T(r.n), r.scalars[:len(g)/r.n]
	r.dots(dots, g, h)
	if byMean {
		sums := r.sums[:len(dots)]
		r.sum(sums, g)
		for i, sum := range sums {
			sums[i] = -sum / n
		}
		r.addEach(g, sums)
	}
	for i, dot := range dots {
		r.k.Parametric[tensor.Axpy](g[i*r.n:][:r.n], h[i*r.n:][:r.n], -(dot / n))
	}
}

// rowCopies are the rows of a block that are all the same.
type rowCopies[T tensor.Float] []T

// newRowCopies returns room for rows of n elements, as many as a block has.
func newRowCopies[T tensor.Float](n int) rowCopies[T] { return make([]T, blockRows(n)*n) }

// set makes all rows like this one.
func (r rowCopies[T]) set(row []T) {
	for at := 0; at < len(r); at += len(row) {
		copy(r[at:], row)
	}
}
