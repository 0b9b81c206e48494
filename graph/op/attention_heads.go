package op

import (
	"math"

	"simdnn/graph"
	"simdnn/tensor"
)

// Causal attention goes through its queries, and its gradient through the keys as well, in blocks
// of causalRows, or of more if these are more than causalBlocks: the products of a block leave out
// what is masked for all of it.
const (
	causalRows   = 32
	causalBlocks = 32
)

// heads are the sizes of an attention, and places for matrices of one head, which lie in rows of
// all heads. Each thread has its own.
type heads[T tensor.Float] struct {
	kernels                          *tensor.Kernels[T]
	batch, m, n, heads, groups, d, e int
	causal, atEnd                    bool

	q, k, v, y []T
}

// newHeads returns the sizes of queries, keys and values of these shapes.
func newHeads[T tensor.Float](b *graph.Binding, q, k, v []int, causal, atEnd bool) *heads[T] {
	return &heads[T]{kernels: graph.Engine[T](b).Kernels(), batch: q[0], m: q[1], heads: q[2], d: q[3],
		n: k[1], groups: k[2], e: v[3], causal: causal, atEnd: atEnd}
}

// inHeads returns a step that does work on heads of m queries and n keys of d elements, of a range
// at a time that begins with the first of a group, on several threads where that pays. newWork
// returns it with memory for one thread.
func inHeads(b *graph.Binding, heads, group, m, n, d int,
	newWork func() func(lo, hi int)) graph.Step {
	p := &parts{heads, group, partsOfHeads(b, heads, group, m, n, d), b.Float32.Threads(), nil}
	work := make([]func(lo, hi int), p.count)
	for i := range work {
		work[i] = newWork()
	}
	if p.count < 2 {
		return func() { work[0](0, p.elements) }
	}
	b.Shared = true
	p.work = func(part, lo, hi int) { work[part](lo, hi) }
	return func() { tensor.Parallel(p, p.count, p.threads) }
}

// partsOfHeads returns the number of parts that pay for heads of a range at a time.
func partsOfHeads(b *graph.Binding, heads, group, m, n, d int) int {
	each := m * n * d / 4 // in the time that an element takes elsewhere, four multiply-adds
	return min(partsOf(b, heads*each), heads/group)
}

// take copies the matrix of a head.
func (h *heads[T]) take(dst []T, m *headMatrices[T], head, columns int) {
	h.kernels.Gemm.Pack(dst, columns, m.from(head, 0), 1, m.Row, columns, len(dst)/columns)
}

// stored is a matrix whose rows begin a step apart.
type stored[T tensor.Float] struct {
	data          []T
	step, columns int
}

// of returns the matrix of a head where it stands in rows of all heads.
func (h *heads[T]) of(x []T, batch, head, rows, heads, columns int) stored[T] {
	return stored[T]{x[(batch*rows*heads+head)*columns:], heads * columns, columns}
}

// rows returns the elements of some rows, and of what lies between them.
func (s stored[T]) rows(first, count int) []T {
	return s.data[first*s.step:][:(count-1)*s.step+s.columns]
}

// visible returns how many keys a query sees, the first ones: none if negative, all if more than
// there are.
func (h *heads[T]) visible(query int) int {
	if !h.causal {
		return h.n
	}
	return query + 1 + h.behind()
}

// behind returns how many keys lie before that of the first query.
func (h *heads[T]) behind() int {
	if h.atEnd {
		return h.n - h.m
	}
	return 0
}

// headBlock is some of the queries with the keys that their products take, or some of the keys with
// the queries.
type headBlock struct{ first, rows, from, to int }

// allQueries returns blocks of about as many queries whose scores by all n keys stay in L2.
func allQueries[T tensor.Float](b *graph.Binding, m, n int) []headBlock {
	var blocks []headBlock
	for first, rows := 0, rowsInL2[T](b, n); first < m; first += rows {
		blocks = append(blocks, headBlock{first, min(rows, m-first), 0, n})
	}
	return blocks
}

// blockRows returns how many queries or keys a block has: all of a single one where nothing is to
// be left out. Products of few keys or queries stay whole, since those of one would be dots.
func (h *heads[T]) blockRows() int {
	if !h.causal || h.m < 2*causalRows || h.n < 2*causalRows {
		return max(h.m, h.n)
	}
	return max(causalRows, (max(h.m, h.n)+causalBlocks-1)/causalBlocks)
}

// ofQueries returns the blocks of queries, with the keys from the first to the last one seen, of
// which there are two at least.
func (h *heads[T]) ofQueries() []headBlock {
	var blocks []headBlock
	for first, rows := 0, h.blockRows(); first < h.m; first += rows {
		rows := min(rows, h.m-first)
		keys := max(h.visible(first+rows-1), 2)
		blocks = append(blocks, headBlock{first, rows, 0, min(keys, h.n)})
	}
	return blocks
}

// ofKeys returns the blocks of keys, with the queries from the first one that sees some, or from
// the last one, to the end.
func (h *heads[T]) ofKeys() []headBlock {
	var blocks []headBlock
	for first, rows := 0, h.blockRows(); first < h.n; first += rows {
		from := 0
		if h.causal && rows < max(h.m, h.n) {
			from = max(min(first-h.behind(), h.m-1), 0)
		}
		blocks = append(blocks, headBlock{first, min(rows, h.n-first), from, h.m})
	}
	return blocks
}

// planRows plans products of stored matrices, see [tensor.Engine.PlanRows].
func planRows[T tensor.Float](b *graph.Binding, m, n, k int, trans tensor.Trans,
	steps tensor.RowSteps) *tensor.Product[T] {
	p := graph.Engine[T](b).PlanRows(m, n, k, trans, steps)
	b.Shared = b.Shared || p.Parts() > 1
	return p
}

// scoresProduct plans q·kᵀ, m×n, of rows q that begin a step apart, into rows of all keys. A single
// key is a column, see [columnProduct].
func (h *heads[T]) scoresProduct(b *graph.Binding, m, n, k, step int) func(c, q, keys []T) {
	if n > 1 {
		return planRows[T](b, m, n, k, tensor.NT, tensor.RowSteps{C: h.n, A: step}).MatMul
	}
	p := newColumnProduct[T](b, m, 1, k, false, nil)
	rows := make([]T, m*k)
	return func(c, q, key []T) {
		h.kernels.Gemm.Pack(rows, k, q, 1, step, k, m)
		p.prepare(rows)
		p.set(c, rows, key)
	}
}

func bindAttention[T tensor.Float](o Attention, b *graph.Binding) (graph.Step, error) {
	q, k, v := b.Inputs[0], b.Inputs[1], b.Inputs[2]
	h := newHeads[T](b, q.Shape(), k.Shape(), v.Shape(), o.Causal, o.AtEnd)
	y, weights := tensor.Slot[T](b.Outputs[0]), (*[]T)(nil)
	if !o.Alone {
		weights = tensor.Slot[T](b.Outputs[1])
	}
	if h.batch*h.heads*h.m*h.n == 0 || h.d == 0 || h.e == 0 {
		return func() {
			if clear(*y); weights != nil {
				clear(*weights)
			}
		}, nil
	}
	per := h.heads / h.groups
	a := &attending[T]{m: h.m, n: h.n, d: h.d, e: h.e, perGroup: per, queryScale: 1, keyScale: 1,
		q: matricesOf[T](q, tokensFirst(q, 1)), k: matricesOf[T](k, tokensFirst(k, per)),
		v: matricesOf[T](v, tokensFirst(v, per)), blocks: h.ofQueries(), weights: weights,
		y: matricesOf[T](b.Outputs[0], tokensFirst(b.Outputs[0], 1)), chainOfOneKey: true}
	if !o.Causal {
		a.blocks = allQueries[T](b, h.m, h.n)
	}
	a.newWeigh = func() weigh[T] {
		if !o.Masked {
			return func(p []T, _ int, s headBlock) { h.weigh(o, p, s.first) }
		}
		mask := addMask(b, h)
		return func(p []T, head int, s headBlock) {
			h.kernels.Parametric[tensor.Scale](p, p, T(o.Scale))
			mask(p, head, s.first)
			h.weigh(o, p, s.first)
		}
	}
	return a.bind(b), nil
}

// addMask returns what adds a mask to the scores of a head, to which it is broadcast, from a query
// on.
func addMask[T tensor.Float](b *graph.Binding, h *heads[T]) func(scores []T, head, first int) {
	s := broadcastStrides(b.Inputs[3].Shape(), 4)
	view := HeadView{make([]int, h.batch*h.heads), s[2], s[3]}
	for i := range view.At {
		view.At[i] = i/h.heads*s[0] + i%h.heads*s[1]
	}
	mask := maskRows[T]{matricesOf[T](b.Inputs[3], view), make([]T, h.n)}
	kernel := h.kernels.Binary[tensor.Add]
	return func(scores []T, head, first int) {
		for r := range len(scores) / h.n {
			row := scores[r*h.n:][:h.n]
			kernel(row, row, mask.of(head, first+r))
		}
	}
}

// weigh makes weights of the scores of a head from a query on, in place: softmax of what a query
// sees. What is masked has weights of 0, as it has by scores of −∞, unless the others are NaN. Rows
// that are masked everywhere become 0.
func (h *heads[T]) weigh(o Attention, scores []T, query int) {
	step := 0
	if h.causal {
		step = 1
	}
	k := h.kernels
	if !o.Masked {
		k.Classifier.MaskedSoftmax(scores, h.n, h.visible(query), step, T(o.Scale))
		return
	}
	first, count := 0, len(scores)/h.n // first of the rows that are still to be done
	for r := range count + 1 {
		if r < count && !h.isMasked(scores[r*h.n:][:max(min(h.visible(query+r), h.n), 0)]) {
			continue
		}
		if rows := scores[first*h.n : r*h.n]; len(rows) > 0 {
			k.Classifier.MaskedSoftmax(rows, h.n, h.visible(query+first), step, 1)
		}
		if first = r + 1; r < count {
			clear(scores[r*h.n:][:h.n])
		}
	}
}

// isMasked reports whether all scores are −∞.
func (h *heads[T]) isMasked(scores []T) bool {
	none := T(math.Inf(-1))
	return len(scores) == 0 || scores[0] == none && h.kernels.Reduce.Max(scores) == none
}

func bindAttentionGradient[T tensor.Float](o AttentionGradient, b *graph.Binding) (graph.Step,
	error) {
	h := newHeads[T](b, b.Inputs[1].Shape(), b.Inputs[2].Shape(), b.Inputs[3].Shape(), o.Causal,
		o.AtEnd)
	dq, dk, dv := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Outputs[1]),
		tensor.Slot[T](b.Outputs[2])
	if b.Inputs[4].Len() == 0 || h.d == 0 || h.e == 0 {
		return func() { clear(*dq); clear(*dk); clear(*dv) }, nil
	}
	per, weights := h.heads/h.groups, tensor.Slot[T](b.Inputs[4])
	var from [4]headMatrices[T] // of the gradient of the sums, queries, keys and values
	for i, of := range []int{1, 1, per, per} {
		from[i] = matricesOf[T](b.Inputs[i], tokensFirst(b.Inputs[i], of))
	}
	return inHeads(b, h.batch*h.heads, per, h.m, h.n, h.d, func() func(lo, hi int) {
		h := *h
		h.q, h.k = make([]T, h.m*h.d), make([]T, h.n*h.d)
		h.v, h.y = make([]T, h.n*h.e), make([]T, h.m*h.e)
		g := newHeadGradient(b, h, T(o.Scale))
		return func(lo, hi int) {
			for at := lo; at < hi; at++ {
				batch, head := at/h.heads, at%h.heads
				if head%per == 0 {
					h.take(h.k, &from[2], at, h.d)
					h.take(h.v, &from[3], at, h.e)
				}
				h.take(h.q, &from[1], at, h.d)
				h.take(h.y, &from[0], at, h.e)
				p := (*weights)[at*h.m*h.n:][:h.m*h.n]
				g.queries(h.of(*dq, batch, head, h.m, h.heads, h.d), p)
				g.keys(h.of(*dk, batch, head/per, h.n, h.groups, h.d), g.ofKeys, g.scores, h.q,
					head%per > 0)
				g.keys(h.of(*dv, batch, head/per, h.n, h.groups, h.e), g.ofValues, p, h.y, head%per > 0)
			}
		}
	}), nil
}

// headGradient goes back through one head.
type headGradient[T tensor.Float] struct {
	heads[T]
	scale            T
	ofQuery, ofKey   []headBlock
	ofWeights        []func(c, dy, v []T)
	ofQueries        []*tensor.Product[T]
	ofKeys, ofValues []*tensor.Product[T]
	scores           []T // the gradient of the scores: 0 where blocks leave out what is masked
}

func newHeadGradient[T tensor.Float](b *graph.Binding, h heads[T], scale T) *headGradient[T] {
	g := &headGradient[T]{heads: h, scale: scale, ofQuery: h.ofQueries(), ofKey: h.ofKeys(),
		scores: make([]T, h.m*h.n)}
	for _, s := range g.ofQuery {
		g.ofWeights = append(g.ofWeights, h.scoresProduct(b, s.rows, s.to, h.e, h.e))
		g.ofQueries = append(g.ofQueries, planRows[T](b, s.rows, h.d, s.to, tensor.NN,
			tensor.RowSteps{C: h.heads * h.d, A: h.n}))
	}
	for _, s := range g.ofKey {
		plan := func(columns int) *tensor.Product[T] {
			return planRows[T](b, s.rows, columns, s.to-s.from, tensor.TN,
				tensor.RowSteps{C: h.groups * columns, A: h.n})
		}
		g.ofKeys, g.ofValues = append(g.ofKeys, plan(h.d)), append(g.ofValues, plan(h.e))
	}
	return g
}

// queries sets the gradient of the queries from the weights p, and that of the scores.
func (g *headGradient[T]) queries(dq stored[T], p []T) {
	for i, s := range g.ofQuery {
		lo, hi := s.first*g.n, (s.first+s.rows)*g.n
		for tail := lo + s.to; s.to < g.n && tail < hi; tail += g.n {
			if g.scores[tail] != 0 { // NaN, after a sum that was none
				clear(g.scores[tail:][:g.n-s.to])
			}
		}
		scores := stored[T]{g.scores, g.n, s.to}.rows(s.first, s.rows)
		g.ofWeights[i](scores, g.y[s.first*g.e:][:s.rows*g.e], g.v[:s.to*g.e])
		of := g.scores[lo:hi]
		g.kernels.Classifier.SoftmaxGradient(of, of, p[lo:], g.n, g.scale)
		g.ofQueries[i].MatMul(dq.rows(s.first, s.rows), scores, g.k[:s.to*g.d])
	}
}

// keys sets the gradient of keys or values to wᵀ·x, for w the scores' or the weights, and x the
// queries or the sums' gradient; or adds it, for further heads of a group.
func (g *headGradient[T]) keys(d stored[T], plans []*tensor.Product[T], w, x []T, add bool) {
	for i, s := range g.ofKey {
		a := stored[T]{w[s.first:], g.n, s.rows}.rows(s.from, s.to-s.from)
		if c := d.rows(s.first, s.rows); add {
			plans[i].MatMulAdd(c, a, x[s.from*d.columns:])
		} else {
			plans[i].MatMul(c, a, x[s.from*d.columns:])
		}
	}
}
