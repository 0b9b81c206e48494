package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// columnProduct multiplies a matrix of weights, m×k or transposed, by n columns: C = W·X. A single
// column is a row times Wᵀ, since package tensor computes products of one column as dots, whose
// chains are others: so that the size of the batch does not show.
type columnProduct[T tensor.Float] struct {
	engine  *tensor.Engine[T]
	plan    *tensor.Product[T]
	swapped bool
	panels  *tensor.RowPanels[T]      // of Wᵀ, for a single column
	own     bool                      // the panels are to be filled
	turned  bool                      // they were read from the last one on
	axpy    func(dst, x []T, alpha T) // if C is one element, which would be a dot as well
}

// newColumnProduct returns a product. panels are those of weights that don't change, or nil.
func newColumnProduct[T tensor.Float](b *graph.Binding, m, n, k int, transposed bool,
	panels *tensor.RowPanels[T]) columnProduct[T] {
	e := graph.Engine[T](b)
	p := columnProduct[T]{engine: e}
	switch {
	case m == 1 && n == 1:
		p.axpy = e.Kernels().Parametric[tensor.Axpy]
		return p
	case n == 1 && transposed:
		p.plan, p.swapped = e.Plan(1, m, k, tensor.NN), true
	case n == 1:
		if p.panels = panels; panels == nil {
			p.panels, p.own = tensor.NewRowPanels(e, 1, k, m), true
		}
		return p
	case transposed:
		p.plan = e.Plan(m, n, k, tensor.TN)
	default:
		p.plan = e.Plan(m, n, k, tensor.NN)
	}
	b.Shared = b.Shared || p.plan.Parts() > 1
	return p
}

// prepare takes note of weights that may have changed since the products before.
func (p *columnProduct[T]) prepare(w []T) {
	if p.own {
		p.panels.SetTransposed(p.engine, w)
	}
}

// set computes C = W·X.
func (p *columnProduct[T]) set(c, w, x []T) {
	switch {
	case p.panels != nil:
		p.panels.Multiply(p.engine, c, x, false, p.turn())
	case p.axpy != nil:
		c[0] = 0
		p.add(c, w, x)
	case p.swapped:
		p.plan.MatMul(c, x, w)
	default:
		p.plan.MatMul(c, w, x)
	}
}

// add goes on with the chains that stand in C.
func (p *columnProduct[T]) add(c, w, x []T) {
	switch {
	case p.panels != nil:
		p.panels.Multiply(p.engine, c, x, true, p.turn())
	case p.axpy != nil:
		for i, v := range w {
			p.axpy(c, x[i:i+1], v)
		}
	case p.swapped:
		p.plan.MatMulAdd(c, x, w)
	default:
		p.plan.MatMulAdd(c, w, x)
	}
}

// turn reports whether panels are to be read from the last one on, which were not the time before.
func (p *columnProduct[T]) turn() bool {
	p.turned = !p.turned
	return p.turned
}

// inputProducts are those of the weights of inputs, m×k, and of the inputs of all times: one
// product if a batch is one sequence, whose inputs are rows.
type inputProducts[T tensor.Float] struct {
	each columnProduct[T]
	all  *tensor.Product[T]
	z    []T // the products of all times, where their place is not next to one another
	m    int
}

// newInputProducts returns products for so many times of n columns. apart says that something
// stands between the products of two times.
func newInputProducts[T tensor.Float](b *graph.Binding, time, m, n, k int,
	apart bool) inputProducts[T] {
	p := inputProducts[T]{m: m}
	if n > 1 || m == 1 {
		p.each = newColumnProduct[T](b, m, n, k, false, nil)
		return p
	}
	p.all = graph.Engine[T](b).Plan(time, m, k, tensor.NT)
	b.Shared = b.Shared || p.all.Parts() > 1
	if apart {
		p.z = make([]T, time*m)
	}
	return p
}

// prepare computes the products of all times to z, if it is one product.
func (p *inputProducts[T]) prepare(z, w, x []T) {
	if p.all == nil {
		p.each.prepare(w)
		return
	}
	if p.z != nil {
		z = p.z
	}
	p.all.MatMul(z, x, w)
}

// set sees to it that z holds the products of time t, of whose inputs x are.
func (p *inputProducts[T]) set(t int, z, w, x []T) {
	switch {
	case p.all == nil:
		p.each.set(z, w, x)
	case p.z != nil:
		copy(z, p.z[t*p.m:][:p.m])
	}
}

// firstStates are the states before a sequence.
type firstStates[T tensor.Float] struct {
	zeros  []T
	h0, c0 *[]T
}

func newFirst[T tensor.Float](o Recurrence, h0, c0 *tensor.Array, size int) firstStates[T] {
	f := firstStates[T]{zeros: make([]T, size)}
	if o.Initial {
		f.h0 = tensor.Slot[T](h0)
	}
	if o.Initial && o.Cell == LSTMCell {
		f.c0 = tensor.Slot[T](c0)
	}
	return f
}

// states returns h and c.
func (f *firstStates[T]) states() (h, c []T) {
	h, c = f.zeros, f.zeros
	if f.h0 != nil {
		h = *f.h0
	}
	if f.c0 != nil {
		c = *f.c0
	}
	return h, c
}

// ends are the lengths of sequences; none if all are whole.
type ends struct {
	at   []int
	read func() bool // reports whether they are lengths of such sequences
}

func newEnds(b *graph.Binding, lengths *tensor.Array, time int) ends {
	if lengths == nil {
		return ends{read: func() bool { return true }}
	}
	from, at := tensor.Slot[int64](lengths), make([]int, lengths.Len())
	return ends{at, func() bool {
		for i, n := range *from {
			if n < 0 || n > int64(time) {
				b.Fail(fmt.Errorf("sequence %d has the length %d, which is not within its %d steps", i, n,
					time))
				return false
			}
			at[i] = int(n)
		}
		return true
	}}
}

// keepEnded copies the columns of sequences that have ended at a time.
func keepEnded[T tensor.Float](e *ends, t int, dst, src []T) {
	for j, end := range e.at {
		for at := j; t >= end && at < len(dst); at += len(e.at) {
			dst[at] = src[at]
		}
	}
}

// clearEnded sets these columns to 0.
func clearEnded[T tensor.Float](e *ends, t int, dst []T) {
	for j, end := range e.at {
		for at := j; t >= end && at < len(dst); at += len(e.at) {
			dst[at] = 0
		}
	}
}
