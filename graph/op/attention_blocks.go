package op

import (
	"simdnn/graph"
	"simdnn/tensor"
)

// attending are the sizes of an attention, m queries and n keys of d elements and values of e, and
// where the matrices of its heads are.
type attending[T tensor.Float] struct {
	m, n, d, e           int
	q, k, v, y           headMatrices[T]
	perGroup             int         // heads that share keys and values, one behind the other
	queryScale, keyScale T           // factors
	blocks               []headBlock // of queries
	weights              *[]T        // of all heads; nil where nobody wants them
	chainOfOneKey        bool        // the product by a single key is a chain, no dot
	newWeigh             func() weigh[T]
}

// weigh makes weights of the scores of a block, in place.
type weigh[T tensor.Float] func(scores []T, head int, s headBlock)

// blockAttention goes through heads in blocks of queries. Each thread has its own.
type blockAttention[T tensor.Float] struct {
	*attending[T]
	kernels  *tensor.Kernels[T]
	products []blockProducts[T]
	weigh    weigh[T]
	step     int  // from one row of transposed keys to the next
	inPlace  bool // the values are read where they stand

	queries, keys, values, scores []T
}

// blockProducts are those of a block: queries by transposed keys, and weights by values.
type blockProducts[T tensor.Float] struct {
	scores func(c, q, keys []T)
	sums   *tensor.Product[T]
}

// fewQueries is the number of queries from which on values are copied, whose rows a product then
// reads one behind the other.
const fewQueries = 8

// rowsInL2 returns how many queries have scores by n keys that take about a quarter of L2.
func rowsInL2[T tensor.Float](b *graph.Binding, n int) int {
	const unit = 24 // a multiple of the height of most register tiles
	e := graph.Engine[T](b)
	rows := e.Tuning().Caches.L2 / 4 / tensor.DTypeOf[T]().Bytes() / n
	return max(rows/unit, 1) * unit
}

// bind returns a step that goes through the heads, in memory that the binding has for it, if it has
// any.
func (a *attending[T]) bind(b *graph.Binding) graph.Step {
	memory := b.Scratch
	return inHeads(b, len(a.y.At), a.perGroup, a.m, a.n, a.d, func() func(lo, hi int) {
		w := a.newBlocks(b)
		take := func(n int) []T { return make([]T, n) }
		if b.Scratch != nil {
			take = func(n int) []T {
				bytes := n * tensor.DTypeOf[T]().Bytes()
				part := tensor.ArrayOver(tensor.DTypeOf[T](), memory[:bytes:bytes], n)
				memory = memory[inUnits(bytes):]
				return tensor.Elements[T](part)
			}
		}
		sizes := a.sizes()
		w.keys, w.queries = take(sizes[0]), take(sizes[1])
		if !w.inPlace {
			w.values = take(sizes[2])
		}
		if a.weights == nil {
			w.scores = take(sizes[3])
		}
		return w.run
	})
}

// scratchUnit is the alignment of what a step takes of memory, in bytes.
const scratchUnit = 64

func inUnits(bytes int) int { return (bytes + scratchUnit - 1) / scratchUnit * scratchUnit }

// sizes returns the numbers of elements that a thread needs for keys, queries, values and scores.
func (a *attending[T]) sizes() [4]int {
	rows, values := 0, a.n*a.e
	for _, s := range a.blocks {
		rows = max(rows, s.rows)
	}
	if a.readsInPlace() {
		values = 0
	}
	return [4]int{a.d * a.keyStep(), rows * a.d, values, rows * a.n}
}

// scratch returns the number of bytes that the step of all heads needs.
func (a *attending[T]) scratch(b *graph.Binding, heads int) int {
	bytes := 0
	for _, n := range a.sizes() {
		bytes += inUnits(n * tensor.DTypeOf[T]().Bytes())
	}
	return bytes * partsOfHeads(b, heads, a.perGroup, a.m, a.n, a.d)
}

// readsInPlace reports whether values are read where they stand.
func (a *attending[T]) readsInPlace() bool {
	return a.m < fewQueries && a.v.Column == 1 && a.v.Row >= a.e
}

// keyStep returns how many elements apart rows of transposed keys are.
func (a *attending[T]) keyStep() int {
	if halfPage := 2048 / tensor.DTypeOf[T]().Bytes(); a.n%halfPage == 0 {
		return a.n + 64/tensor.DTypeOf[T]().Bytes() // so that rows don't meet in one set of L1
	}
	return a.n
}

// newBlocks returns what a thread needs, but for memory.
func (a *attending[T]) newBlocks(b *graph.Binding) *blockAttention[T] {
	w := &blockAttention[T]{attending: a, kernels: graph.Engine[T](b).Kernels(), weigh: a.newWeigh(),
		step: a.keyStep(), inPlace: a.readsInPlace()}
	step := a.v.Row
	if !w.inPlace {
		step = a.e
	}
	steps := tensor.RowSteps{C: max(a.y.Row, a.e), A: a.n, B: step}
	for i, s := range a.blocks {
		by := blockProducts[T]{}
		if i > 0 && s.rows == a.blocks[i-1].rows && s.to == a.blocks[i-1].to {
			by = w.products[i-1]
		} else {
			by.scores = w.scoresProduct(b, s)
			by.sums = planRows[T](b, s.rows, a.e, s.to, tensor.NN, steps)
		}
		w.products = append(w.products, by)
	}
	return w
}

// scoresProduct plans q·kᵀ of a block into rows of all keys.
func (w *blockAttention[T]) scoresProduct(b *graph.Binding, s headBlock) func(c, q, keys []T) {
	if w.n > 1 || !w.chainOfOneKey {
		return planRows[T](b, s.rows, s.to, w.d, tensor.NN, tensor.RowSteps{C: w.n, B: w.step}).MatMul
	}
	p := newColumnProduct[T](b, s.rows, 1, w.d, false, nil)
	return func(c, q, key []T) { p.prepare(q); p.set(c, q, key) }
}

// run goes through a range of heads. Heads that share keys or values follow one another.
func (w *blockAttention[T]) run(lo, hi int) {
	keys, values := -1, -1 // where those at hand begin
	for head := lo; head < hi; head++ {
		if at := w.k.At[head]; at != keys {
			w.kernels.Gemm.Pack(w.keys, w.step, w.k.from(head, 0), w.k.Row, w.k.Column, w.n, w.d)
			w.scale(w.keys, w.keyScale)
			keys = at
		}
		switch at := w.v.At[head]; {
		case w.inPlace:
			w.values = w.v.from(head, 0)
		case at != values:
			w.kernels.Gemm.Pack(w.values, w.e, w.v.from(head, 0), w.v.Column, w.v.Row, w.e, w.n)
			values = at
		}
		for i, s := range w.blocks {
			w.block(head, s, &w.products[i])
		}
	}
}

// block sets the sums of values of a block of queries.
func (w *blockAttention[T]) block(head int, s headBlock, by *blockProducts[T]) {
	q := w.queries[:s.rows*w.d]
	w.kernels.Gemm.Pack(q, w.d, w.q.from(head, s.first), w.q.Column, w.q.Row, w.d, s.rows)
	w.scale(q, w.queryScale)
	p := w.scores
	if w.weights != nil {
		p = (*w.weights)[(head*w.m+s.first)*w.n:]
	}
	p = p[:s.rows*w.n]
	used := p[:(s.rows-1)*w.n+s.to]
	by.scores(used, q, w.keys[:(w.d-1)*w.step+s.to])
	w.weigh(p, head, s)
	row, last := max(w.y.Row, w.e), s.to-1
	values := w.values[:last*w.e+w.e]
	if w.inPlace {
		values = w.values[:last*w.v.Row+w.e]
	}
	by.sums.MatMul(w.y.from(head, s.first)[:(s.rows-1)*row+w.e], used, values)
}

// scale multiplies elements by a factor.
func (w *blockAttention[T]) scale(x []T, by T) {
	if by != 1 {
		w.kernels.Parametric[tensor.Scale](x, x, by)
	}
}
