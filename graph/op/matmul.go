package op

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// Product multiplies matrices: C = op(A)·op(B) with op(A) of m×k and op(B) of k×n, over the last
// two dimensions of its inputs. The dimensions before them are broadcast as NumPy's matmul does.
type Product struct {
	TransposeA bool `json:"transposeA,omitempty"` // A is stored as k×m
	TransposeB bool `json:"transposeB,omitempty"` // B is stored as n×k
}

// MatMul returns x·y for x (…, m, k) and y (…, k, n).
func MatMul(b *graph.Builder, x, y *graph.Value) *graph.Value { return b.Apply(Product{}, x, y) }

// Name returns "matmul".
func (Product) Name() string { return "matmul" }

// Infer returns the shape (…, m, n).
func (o Product) Infer(in []graph.Type) ([]graph.Type, error) {
	if err := floats(2, in); err != nil {
		return nil, err
	}
	a, b := in[0].Shape, in[1].Shape
	if len(a) < 2 || len(b) < 2 {
		return nil, fmt.Errorf("matrices need 2 dimensions, not the shapes %v and %v", a, b)
	}
	m, k := last2(a, o.TransposeA)
	kb, n := last2(b, o.TransposeB)
	if k != kb {
		return nil, fmt.Errorf("the matrices of %v×%v and %v×%v don't fit: %v against %v", m, k, kb, n,
			k, kb)
	}
	batch, err := graph.Broadcast(a[:len(a)-2], b[:len(b)-2])
	if err != nil {
		return nil, err
	}
	return []graph.Type{in[0].With(append(slices.Clone(batch), m, n))}, nil
}

// last2 returns the rows and columns of a matrix.
func last2[D any, S ~[]D](shape S, transposed bool) (rows, cols D) {
	rows, cols = shape[len(shape)-2], shape[len(shape)-1]
	if transposed {
		rows, cols = cols, rows
	}
	return rows, cols
}

// Bind returns a step that runs a planned product, for each matrix of a batch. A batch of A times
// one B is one product of more rows.
func (o Product) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindProduct[float32], bindProduct[float64])
}

func bindProduct[T tensor.Float](o Product, b *graph.Binding) (graph.Step, error) {
	c, x, y := tensor.Slot[T](b.Outputs[0]), tensor.Slot[T](b.Inputs[0]), tensor.Slot[T](b.Inputs[1])
	xs, ys, cs := b.Inputs[0].Shape(), b.Inputs[1].Shape(), b.Outputs[0].Shape()
	m, k := last2(xs, o.TransposeA)
	_, n := last2(ys, o.TransposeB)
	if product(ys) == k*n && !o.TransposeA {
		m = product(xs) / max(k, 1)
	}
	if product(cs) == 0 || k == 0 {
		return func() { clear(*c) }, nil
	}
	plan := graph.Engine[T](b).Plan(m, n, k, o.trans())
	b.Shared = plan.Parts() > 1
	if product(cs) == m*n {
		return func() { plan.MatMul(*c, *x, *y) }, nil
	}
	w := newBatchWalk(cs, xs, ys)
	return func() {
		for i := range w.rows() {
			plan.MatMul((*c)[i*m*n:][:m*n], (*x)[w.at[0]*m*k:][:m*k], (*y)[w.at[1]*k*n:][:k*n])
			w.next()
		}
	}, nil
}

// newBatchWalk returns a walk over matrices: a matrix is an element, and a row of its own.
func newBatchWalk(shape []int, operands ...[]int) *walk {
	batch := func(s []int) []int { return s[:len(s)-2] }
	rows := make([][]int, len(operands))
	for i, s := range operands {
		rows[i] = append(slices.Clone(batch(s)), 1)
	}
	out := append(slices.Clone(batch(shape)), 1)
	w := newWalk(out, rows...)
	w.dims, w.index = append(w.dims, w.inner), append(w.index, 0)
	w.inner = 1
	return w
}

// trans returns how the operands are stored.
func (o Product) trans() tensor.Trans {
	switch {
	case o.TransposeA && o.TransposeB:
		return tensor.TT
	case o.TransposeA:
		return tensor.TN
	case o.TransposeB:
		return tensor.NT
	}
	return tensor.NN
}

// Gradient follows dA = dC·Bᵀ, dB = Aᵀ·dC. Matrices that were broadcast have their gradients
// summed; where one B serves a batch of A, that is the product over all rows.
func (o Product) Gradient(b *graph.Builder, n *graph.Node, upstream []*graph.Value) []*graph.Value {
	g, x, y := upstream[0], n.Inputs[0], n.Inputs[1]
	var dx, dy *graph.Value
	if o.TransposeA {
		dx = b.Apply(Product{o.TransposeB, true}, y, g)
	} else {
		dx = b.Apply(Product{false, !o.TransposeB}, g, y)
	}
	if len(y.Shape()) == 2 && len(x.Shape()) > 2 && !o.TransposeA {
		x, g = Flatten(b, x, 0, -2), Flatten(b, g, 0, -2)
	}
	switch _, columns := last2(y.Shape(), o.TransposeB); {
	case o.TransposeB:
		dy = b.Apply(Product{true, o.TransposeA}, g, x)
	case columns.Is(1): // as (Aᵀ·dC)ᵀ = dCᵀ·A, which has full rows
		dy = ReshapeLike(b, b.Apply(Product{true, o.TransposeA}, g, x), y)
	default:
		dy = b.Apply(Product{!o.TransposeA, false}, x, g)
	}
	return []*graph.Value{SumLike(b, dx, n.Inputs[0]), SumLike(b, dy, y)}
}
