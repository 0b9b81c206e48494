package op

import (
	"math"

	"simdnn/graph"
	"simdnn/tensor"
)

// rowBlockElements is about how many elements a block of rows has: L1 holds a few blocks.
const rowBlockElements = 2048

// rowBlock are operations on blocks of rows of n elements, for each of which one call does the work
// of all rows: rows may be short. Each thread has its own.
type rowBlock[T tensor.Float] struct {
	k       *tensor.Kernels[T]
	n, rows int

	zeros, sums, dots []T // one element a row
	normal, products  []T // of a gradient: rows
}

// newRowBlock returns operations on blocks of so many rows in all.
func newRowBlock[T tensor.Float](b *graph.Binding, rows, n int, forGradient bool) *rowBlock[T] {
	r := &rowBlock[T]{k: graph.Engine[T](b).Kernels(), n: n, rows: min(blockRows(n), rows)}
	r.zeros, r.sums, r.dots = make([]T, r.rows), make([]T, r.rows), make([]T, r.rows)
	if forGradient {
		r.normal, r.products = make([]T, r.rows*n), make([]T, r.rows*n)
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
func inRowBlocks[T tensor.Float](b *graph.Binding, rows, n int, forGradient bool,
	work func(r *rowBlock[T], first, rows int)) graph.Step {
	blocks := make([]*rowBlock[T], partsOf(b, rows*n))
	for i := range blocks {
		blocks[i] = newRowBlock[T](b, rows, n, forGradient)
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

// moments sets means to those of the rows of x, and factors to 1/√(variance + epsilon). The mean of
// the deviations from a first mean corrects both.
func (r *rowBlock[T]) moments(means, factors, x []T, epsilon T) {
	n, sums := T(r.n), r.sums[:len(means)]
	r.k.RowNorm.Sums(means, x, r.zeros, r.n)
	for i := range means {
		means[i] /= n
	}
	r.k.RowNorm.Sums(sums, x, means, r.n)
	r.k.RowNorm.Squares(factors, x, means, r.n)
	for i, sum := range sums {
		shift := sum / n
		variance := max((factors[i]-T(sum*shift))/n, 0)
		means[i] += shift
		factors[i] = 1 / T(math.Sqrt(float64(variance+epsilon)))
	}
}

// gradient sets each row of d to factor·(g·gamma − Σg·gamma/n − h·Σ(g·gamma·h)/n), h = (x −
// mean)·factor, the first sum only byMean, and products to g·h.
func (r *rowBlock[T]) gradient(d, products, g, x, means, factors, gamma []T, byMean bool) {
	n, h := T(r.n), r.normal[:len(d)]
	r.k.RowNorm.GradientTerms(d, h, products, g, x, means, factors, gamma)
	dots, sums := r.dots[:len(factors)], r.sums[:len(factors)]
	r.k.RowNorm.Dots(dots, d, h, r.n)
	if byMean {
		r.k.RowNorm.Sums(sums, d, r.zeros, r.n)
	}
	for i, dot := range dots {
		dots[i], sums[i] = -(dot / n), -(sums[i] / n)
	}
	if !byMean {
		negativeZeros(sums) // which change nothing
	}
	r.k.RowNorm.Gradient(d, h, sums, dots, factors, r.n)
}

// negativeZeros fills x with −0, which is added without a trace.
func negativeZeros[T tensor.Float](x []T) { fillWith(x, T(math.Copysign(0, -1))) }
