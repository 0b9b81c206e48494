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

// bind returns a step that goes through the heads.
func (a *attending[T]) bind(b *graph.Binding) graph.Step {
	return inHeads(b, len(a.y.At), a.perGroup, a.m, a.n, a.d, func() func(lo, hi int) {
		return a.newBlocks(b).run
	})
}

// newBlocks returns what a thread needs.
func (a *attending[T]) newBlocks(b *graph.Binding) *blockAttention[T] {
	w := &blockAttention[T]{attending: a, kernels: graph.Engine[T](b).Kernels(), weigh: a.newWeigh(),
		step: a.n, inPlace: a.m < fewQueries && a.v.Column == 1 && a.v.Row >= a.e}
	if halfPage := 2048 / tensor.DTypeOf[T]().Bytes(); a.n%halfPage == 0 {
		w.step += 64 / tensor.DTypeOf[T]().Bytes() // so that rows don't meet in one set of L1
	}
	w.keys = make([]T, a.d*w.step)
	step := a.v.Row
	if !w.inPlace {
		w.values, step = make([]T, a.n*a.e), a.e
	}
	rows, steps := 0, tensor.RowSteps{C: max(a.y.Row, a.e), A: a.n, B: step}
	for i, s := range a.blocks {
		by := blockProducts[T]{}
		if i > 0 && s.rows == a.blocks[i-1].rows && s.to == a.blocks[i-1].to {
			by = w.products[i-1]
		} else {
			by.scores = w.scoresProduct(b, s)
			by.sums = planRows[T](b, s.rows, a.e, s.to, tensor.NN, steps)
		}
		w.products = append(w.products, by)
		rows = max(rows, s.rows)
	}
	w.queries = make([]T, rows*a.d)
	if a.weights == nil {
		w.scores = make([]T, rows*a.n)
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
