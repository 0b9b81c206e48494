package rewrite

import (
	"math"
	"slices"
	"sync"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Pack keeps constant matrices in the order in which the products of engines read them, where
// products by them are faster then, and constant weights of convolutions. It is no part of
// [Passes]: its graph is for these engines and those that have their ISA and tuning.
//
//	x ┐                    x ─ matmul_packed ─ y
//	W ┴ matmul ─ y    →
//
// Constant matrices that are stored transposed, as PyTorch keeps them, are turned once: as they
// stand, each product would copy them into that order anew.
//
// Large matrices of float32 whose elements are all bfloat16, or all float16, are kept as these:
// half of the memory, and the same bits.
//
// Weights of states that a recurrence reads are kept in their order, too, for single sequences.
func Pack(g *graph.Graph, f32 *tensor.Engine[float32], f64 *tensor.Engine[float64]) (
	*graph.Graph, error) {
	return NewPacking(f32, f64).Run(g)
}

// Packing is [Pack] of several graphs, such as those of one model for inputs of several shapes,
// which share what is packed. It may be used by many goroutines.
type Packing struct {
	f32 *tensor.Engine[float32]
	f64 *tensor.Engine[float64]

	mu   sync.Mutex
	made map[source]any
	lent []byte // where lazy constants stand while they are packed
}

// source is a constant of which something is made, by a product with its transpose or not: its
// array, or what makes that.
type source struct {
	constant   *tensor.Array
	lazy       *tensor.Lazy
	transposed bool
}

// sourceOf returns a constant as a source.
func sourceOf(w *graph.Value, transposed bool) source {
	if w.Lazy() != nil {
		return source{lazy: w.Lazy(), transposed: transposed}
	}
	return source{constant: w.Constant(), transposed: transposed}
}

// NewPacking returns the packing for engines.
func NewPacking(f32 *tensor.Engine[float32], f64 *tensor.Engine[float64]) *Packing {
	return &Packing{f32: f32, f64: f64, made: map[source]any{}}
}

// maxPacked bounds what a packing keeps for graphs to come.
const maxPacked = 1 << 14

// once returns what was made of a constant, or makes it.
func (p *Packing) once(w source, make func() any) any {
	p.mu.Lock()
	defer p.mu.Unlock()
	made, ok := p.made[w]
	if !ok {
		if len(p.made) >= maxPacked {
			clear(p.made)
		}
		made = make()
		p.made[w] = made
	}
	return made
}

// elements returns the array of a constant matrix while it is packed: a lazy one is there just for
// that. A single row or column may stay as it is.
func (p *Packing) elements(w *graph.Value) *tensor.Array {
	if shape, _ := w.Shape().Ints(); w.Lazy() != nil && slices.Min(shape) > 1 {
		return w.Lazy().Lend(&p.lent)
	}
	return w.Constant()
}

// Run returns the graph with its constants packed.
func (p *Packing) Run(g *graph.Graph) (*graph.Graph, error) {
	consumers := g.Consumers()
	packed := func(w *graph.Value) any { return p.matrix(w, isTransposed(consumers.Of(w)[0])) }
	defer p.giveBack()
	return graph.Rebuild(g, graph.Rewriter{
		Keep: func(v *graph.Value) bool {
			if v.Kind() != graph.Constant || g.IsUsedOutside(v) {
				return true
			}
			return !areAll(consumers.Of(v), func(n *graph.Node) bool { return isKept(n, v) }) &&
				(!isPackable(v, consumers.Of(v), g) || packed(v) == nil)
		},
		Node: func(r *graph.Rebuilding, n *graph.Node) {
			if o, ok := n.Operator.(op.Recurrence); ok {
				if w := n.Inputs[2]; w.Kind() == graph.Constant && !w.Shape().Size().Is(0) {
					r.Replace(n, r.ApplyAll(packRecurrence(p.f32, p.f64, o, w), r.All(n.Inputs)...)...)
				}
				return
			}
			if len(n.Inputs) < 2 {
				return
			}
			w := n.Inputs[1]
			if isKept(n, w) {
				p.keep(r, n, w)
				return
			}
			if !isPackable(w, consumers.Of(w), g) || packed(w) == nil {
				return
			}
			p.multiply(r, n, packed(w))
		}})
}

// giveBack forgets the memory of lent constants.
func (p *Packing) giveBack() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lent = nil
}

// matrix returns what products by a constant matrix, or by its transpose, are made by: the matrix
// packed, or turned if that does not pay; nil if they are best left as they are.
func (p *Packing) matrix(w *graph.Value, transposed bool) any {
	return p.once(sourceOf(w, transposed), func() any {
		a := p.elements(w)
		if w.DType() == tensor.Float64Type {
			return pack(p.f64, a, transposed)
		}
		if c := compress(p.f32, a, transposed); c != nil {
			return c
		}
		return pack(p.f32, a, transposed)
	})
}

// multiply replaces a product by one by a matrix that was packed, or turned.
func (p *Packing) multiply(r *graph.Rebuilding, n *graph.Node, packed any) {
	o, _ := fusedOf(n)
	o.TransposeB = false
	inputs := append([]*graph.Value{n.Inputs[0]}, n.Inputs[2:]...)
	turned, ok := packed.(*tensor.Array)
	if !ok {
		r.Replace(n, r.Apply(op.PackedProduct{FusedProduct: o, Packed: packed}, r.All(inputs)...))
		return
	}
	inputs = r.All(inputs)
	inputs = slices.Insert(inputs, 1, r.Constant(turned))
	if len(inputs) == 2 && o.Activation == "" {
		r.Replace(n, r.Apply(o.Product, inputs...))
		return
	}
	r.Replace(n, r.Apply(o, inputs...))
}

// isKept reports whether a value is the constant weights of a convolution, and nothing else of it.
func isKept(n *graph.Node, w *graph.Value) bool {
	fused, ok := n.Operator.(op.FusedConv)
	if _, plain := n.Operator.(op.Conv); plain || ok && !fused.Transposed {
		return w.Kind() == graph.Constant && n.Inputs[1] == w && n.Inputs[0] != w &&
			(len(n.Inputs) < 3 || n.Inputs[2] != w)
	}
	return false
}

// areAll reports whether all of some nodes are of a kind, and there are any.
func areAll(nodes []*graph.Node, is func(n *graph.Node) bool) bool {
	return len(nodes) > 0 && !slices.ContainsFunc(nodes, func(n *graph.Node) bool { return !is(n) })
}

// keep replaces a convolution by one whose weights stay packed.
func (p *Packing) keep(r *graph.Rebuilding, n *graph.Node, w *graph.Value) {
	fused, ok := n.Operator.(op.FusedConv)
	if !ok {
		fused.Conv = n.Operator.(op.Conv)
	}
	weights, ok := p.once(sourceOf(w, false),
		func() any { return op.KeepWeights(w) }).(*op.KeptWeights)
	if !ok {
		return // a product has packed them
	}
	inputs := append([]*graph.Value{n.Inputs[0]}, n.Inputs[2:]...)
	r.Replace(n, r.Apply(op.KeptConv{FusedConv: fused, Weights: weights}, r.All(inputs)...))
}

// isPackable reports whether a value is a constant by which nothing is done but to multiply by it,
// or by its transpose.
func isPackable(w *graph.Value, consumers []*graph.Node, g *graph.Graph) bool {
	if w.Kind() != graph.Constant || len(w.Shape()) != 2 || g.IsUsedOutside(w) {
		return false
	}
	for _, n := range consumers {
		o, ok := fusedOf(n)
		if !ok || o.TransposeA || o.Gradient || o.Keep || n.Inputs[1] != w || n.Inputs[0] == w ||
			o.TransposeB != isTransposed(consumers[0]) {
			return false
		}
		for _, v := range n.Inputs[2:] {
			if v == w {
				return false
			}
		}
	}
	return len(consumers) > 0
}

// isTransposed reports whether a node multiplies by the transpose of its second input.
func isTransposed(n *graph.Node) bool {
	o, ok := fusedOf(n)
	return ok && o.TransposeB
}

// fusedOf returns a product as a fused one.
func fusedOf(n *graph.Node) (o op.FusedProduct, ok bool) {
	switch p := n.Operator.(type) {
	case op.Product:
		return op.FusedProduct{Product: p}, true
	case op.FusedProduct:
		return p, true
	}
	return o, false
}

// pack returns a matrix, perhaps stored transposed, packed for an engine; turned, if that is needed
// and packing does not pay; else nil.
func pack[T tensor.Float](e *tensor.Engine[T], w *tensor.Array, transposed bool) any {
	m := tensor.TensorOf[T](w)
	if transposed {
		m = m.T()
	}
	rows, cols := m.Dim(0), m.Dim(1)
	switch {
	case e.PaysToPack(rows, cols):
		return e.Pack(m)
	case transposed && min(rows, cols) == 1:
		return w.Reshape(rows, cols)
	case transposed:
		return tensor.ArrayOf(m.Clone().Data(), rows, cols)
	}
	return nil
}

// leastCompressed is how many elements of a matrix are kept as halves: those that L2 has no room
// for as float32, so that products by few rows are bound by memory.
const leastCompressed = 1 << 18

// compress returns a matrix as halves, nil if it is small or not all of its elements are such.
func compress(e *tensor.Engine[float32], w *tensor.Array, transposed bool) *tensor.Compressed {
	k, n := w.Shape()[0], w.Shape()[1]
	if transposed {
		k, n = n, k
	}
	if w.Len() < leastCompressed || n == 1 { // a column is a dot
		return nil
	}
	if c := compressTo[tensor.BFloat16](e, w, k, n, transposed); c != nil {
		return c
	}
	return compressTo[tensor.Float16](e, w, k, n, transposed)
}

// compressTo returns a k×n matrix as halves of a type, nil if not all of its elements are such.
func compressTo[H tensor.Half](
	e *tensor.Engine[float32], w *tensor.Array, k, n int, transposed bool,
) *tensor.Compressed {
	const stretch = 4096
	elements := tensor.Elements[float32](w)
	halves, back := make([]H, stretch), make([]float32, stretch)
	for at := 0; at < len(elements); at += stretch {
		part := elements[at:min(at+stretch, len(elements))]
		tensor.Narrow(halves[:len(part)], part)
		tensor.Widen(back[:len(part)], halves)
		for i, v := range part {
			if math.Float32bits(v) != math.Float32bits(back[i]) {
				return nil
			}
		}
	}
	halves = make([]H, len(elements))
	tensor.Narrow(halves, elements)
	return tensor.CompressHalves(e, halves, k, n, transposed)
}

// packRecurrence returns a recurrence with its weights of states packed for an engine.
func packRecurrence(f32 *tensor.Engine[float32], f64 *tensor.Engine[float64], o op.Recurrence,
	w *graph.Value) graph.Operator {
	if w.DType() == tensor.Float32Type {
		return op.PackRecurrence(f32, o, w.Constant())
	}
	return op.PackRecurrence(f64, o, w.Constant())
}
