package op

import (
	"fmt"
	"math"

	"simdnn/graph"
	"simdnn/internal/portable"
	"simdnn/tensor"
)

// The operators of this file are steps of optimizers that touch only those rows of a matrix, such
// as an embedding's, that a batch has used. Beside the learning rate, one float64, their inputs are
// the parameter w (count, …), the rows' indices of int64 or int32, and the upstream gradients of
// the rows that the indices took (indices…, …): what [ScatterAdd] makes a gradient of. Those of one
// row are added in the order of the indices.

// SparseSGDStep is [SGDStep] by such a gradient, with the same bits.
type SparseSGDStep struct{}

// SparseAdamStep is a step of Adam that moves the moments of the rows at hand alone, PyTorch's
// SparseAdam. Its inputs are the rate, the number of the step (see [Counter]), w, indices, rows,
// and the moments m and v: in step t = 1, 2, …
//
//	m ← m + (1−β₁)·(g − m), v ← v + (1−β₂)·(g² − v)
//	w ← w − rate·√(1−β₂ᵗ)/(1−β₁ᵗ)·m/(√v + ε)
type SparseAdamStep struct {
	Beta1   float64 `json:"beta1"`
	Beta2   float64 `json:"beta2"`
	Epsilon float64 `json:"epsilon"`
}

// SparseGradient returns the indices and the rows that a gradient is made of, if it is one of rows.
func SparseGradient(g *graph.Value) (indices, rows *graph.Value, ok bool) {
	if g == nil {
		return nil, nil, false
	}
	n, _ := g.Node()
	if n == nil || n.Operator != (ScatterAdd{}) {
		return nil, nil, false
	}
	return n.Inputs[1], n.Inputs[0], true
}

// SparseSGD lets a parameter take its next value by gradient descent when a run ends.
func SparseSGD(b *graph.Builder, rate, w, indices, rows *graph.Value) {
	update(b, []*graph.Value{w}, b.ApplyAll(SparseSGDStep{}, rate, w, indices, rows))
}

// SparseAdam does so by [SparseAdamStep]. Its state has the names of [Adam]'s.
func SparseAdam(b *graph.Builder, o SparseAdamStep, rate, w, indices, rows *graph.Value) {
	m, v := stateOf(b, w, "exp_avg"), stateOf(b, w, "exp_avg_sq")
	update(b, []*graph.Value{w, m, v}, b.ApplyAll(o, rate, Counter(b), w, indices, rows, m, v))
}

// Name returns "sparse_sgd".
func (SparseSGDStep) Name() string { return "sparse_sgd" }

// Name returns "sparse_adam".
func (SparseAdamStep) Name() string { return "sparse_adam" }

// Infer returns the parameter's type.
func (SparseSGDStep) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 4 {
		return nil, fmt.Errorf("%d inputs, not 4", len(in))
	}
	if err := sparseRows(in[1], in[2], in[3]); err != nil {
		return nil, err
	}
	return stepTypes([]graph.Type{in[0], in[1], in[1]}, 3, 1, 2)
}

// Infer returns the types of the parameter and of the moments.
func (SparseAdamStep) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 7 || in[1].DType != tensor.Uint64Type || !in[1].Shape.Size().Is(1) {
		return nil, fmt.Errorf("%d inputs, not 7 with the number of the step", len(in))
	}
	if err := sparseRows(in[2], in[3], in[4]); err != nil {
		return nil, err
	}
	return stepTypes([]graph.Type{in[0], in[2], in[2], in[5], in[6]}, 5, 1, 2, 3, 4)
}

// sparseRows says what is wrong with rows of a parameter.
func sparseRows(w, indices, rows graph.Type) error {
	_, err := ScatterAdd{}.Infer([]graph.Type{rows, indices, w})
	return err
}

// Overwrites says that the next value may stand in the parameter.
func (SparseSGDStep) Overwrites(int) []int { return []int{1} }

// Overwrites says that the next values may stand in the parameter and the moments.
func (SparseAdamStep) Overwrites(output int) []int { return []int{[]int{2, 5, 6}[output]} }

// Bind returns a step that goes through the rows.
func (o SparseSGDStep) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindSparseSGD[float32], bindSparseSGD[float64])
}

func bindSparseSGD[T tensor.Float](_ SparseSGDStep, b *graph.Binding) (graph.Step, error) {
	axpy := graph.Engine[T](b).Kernels().Parametric[tensor.Axpy]
	rate, sums := tensor.Slot[float64](b.Inputs[0]), newRowGradients[T](b, 1, 2, 3)
	w := next[T](b, 0, 1)
	return func() {
		to := w()
		sums.each(func(at int, g []T) { axpy(to[at:at+len(g)], g, -T((*rate)[0])) })
	}, nil
}

// Bind returns a step that goes through the rows.
func (o SparseAdamStep) Bind(b *graph.Binding) (graph.Step, error) {
	return forFloat(b, o, bindSparseAdam[float32], bindSparseAdam[float64])
}

func bindSparseAdam[T tensor.Float](o SparseAdamStep, b *graph.Binding) (graph.Step, error) {
	rate, count := tensor.Slot[float64](b.Inputs[0]), tensor.Slot[uint64](b.Inputs[1])
	sums := newRowGradients[T](b, 2, 3, 4)
	w, m, v := next[T](b, 0, 2), next[T](b, 1, 5), next[T](b, 2, 6)
	take1, take2, epsilon := T(1-o.Beta1), T(1-o.Beta2), T(o.Epsilon)
	return func() {
		t := float64((*count)[0] + 1)
		size := T((*rate)[0] * math.Sqrt(1-portable.Pow(o.Beta2, t)) / (1 - portable.Pow(o.Beta1, t)))
		ws, ms, vs := w(), m(), v()
		sums.each(func(at int, g []T) {
			for i, gi := range g {
				mi := ms[at+i] + T((gi-ms[at+i])*take1)
				vi := vs[at+i] + T((T(gi*gi)-vs[at+i])*take2)
				ms[at+i], vs[at+i] = mi, vi
				root := T(math.Sqrt(float64(vi))) + epsilon
				ws[at+i] -= T(size * T(mi/root))
			}
		})
	}, nil
}

// rowGradients adds the gradients of each row that indices name.
type rowGradients[T tensor.Float] struct {
	add          func(dst, x, y []T)
	index        func(i int) (int, bool)
	count, inner int
	rows         *[]T
	place        []int32 // of each row in sums, −1 for none
	touched      []int32 // the rows in the order of their first index
	sums         []T
}

func newRowGradients[T tensor.Float](b *graph.Binding, w, indices, rows int) *rowGradients[T] {
	shape := b.Inputs[w].Shape()
	r := &rowGradients[T]{add: graph.Engine[T](b).Kernels().Binary[tensor.Add],
		index: indexer(b, b.Inputs[indices], shape[0]), count: b.Inputs[indices].Len(),
		inner: product(shape[1:]), rows: tensor.Slot[T](b.Inputs[rows]), place: make([]int32, shape[0])}
	for i := range r.place {
		r.place[i] = -1
	}
	most := min(r.count, shape[0])
	r.touched, r.sums = make([]int32, 0, most), make([]T, most*r.inner)
	return r
}

// each calls f with where each row begins in the parameter, and its gradient; not at all if an
// index is out of range.
func (r *rowGradients[T]) each(f func(at int, g []T)) {
	valid := true
	for i := range r.count {
		j, ok := r.index(i)
		if valid = ok; !ok {
			break
		}
		if r.place[j] < 0 {
			r.place[j] = int32(len(r.touched))
			r.touched = append(r.touched, int32(j))
			clear(r.sums[int(r.place[j])*r.inner:][:r.inner])
		}
		to := r.sums[int(r.place[j])*r.inner:][:r.inner]
		r.add(to, to, (*r.rows)[i*r.inner:][:r.inner])
	}
	for i, row := range r.touched {
		if valid {
			f(int(row)*r.inner, r.sums[i*r.inner:][:r.inner])
		}
		r.place[row] = -1
	}
	r.touched = r.touched[:0]
}
