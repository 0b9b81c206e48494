package nn_test

import (
	"iter"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/tensor"
)

// source returns random numbers that are the same in every run.
func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 99)) }

// random returns a tensor of numbers from N(0, 1).
func random[T tensor.Float](r *rand.Rand, shape ...int) *tensor.Tensor[T] {
	t := tensor.New[T](shape...)
	for i := range t.Data() {
		t.Data()[i] = T(r.NormFloat64())
	}
	return t
}

// classes returns random class indices, one a row.
func classes[T tensor.Float](r *rand.Rand, rows, n int) *tensor.Tensor[T] {
	t := tensor.New[T](rows, 1)
	for i := range t.Data() {
		t.Data()[i] = T(r.IntN(n))
	}
	return t
}

// matrix returns a tensor of the given rows.
func matrix[T tensor.Float](rows [][]float64) *tensor.Tensor[T] {
	t := tensor.New[T](len(rows), len(rows[0]))
	for i, row := range rows {
		copyTo(t.Row(i), row)
	}
	return t
}

// copyTo rounds the numbers of src to the type of dst.
func copyTo[T tensor.Float](dst []T, src []float64) {
	for i, v := range src {
		dst[i] = T(v)
	}
}

// batches cuts x and y into batches of a size, the last one possibly short, always in the same order.
type batches[T tensor.Float] struct {
	x, y *tensor.Tensor[T]
	size int
}

func (b batches[T]) Len() int { return (b.x.Dim(0) + b.size - 1) / b.size }

func (b batches[T]) Epoch() iter.Seq2[*tensor.Tensor[T], *tensor.Tensor[T]] {
	return func(yield func(x, y *tensor.Tensor[T]) bool) {
		for lo := 0; lo < b.x.Dim(0); lo += b.size {
			hi := min(lo+b.size, b.x.Dim(0))
			if !yield(b.x.Slice(lo, hi), b.y.Slice(lo, hi)) {
				return
			}
		}
	}
}

// build returns a model with the given layers.
func build[T tensor.Float](t testing.TB, m *nn.Model[T], layers ...nn.Layer[T]) *nn.Model[T] {
	t.Helper()
	require.NoError(t, m.Add(layers...))
	return m
}

// workspace returns a workspace of the model.
func workspace[T tensor.Float](t *testing.T, m *nn.Model[T], rows int) *nn.Workspace[T] {
	t.Helper()
	w, err := m.NewWorkspace(rows)
	require.NoError(t, err)
	return w
}

// requireWithin compares slices element by element, within an absolute bound.
func requireWithin[T tensor.Float](t *testing.T, want []float64, got []T, bound float64, what string) {
	t.Helper()
	require.Len(t, got, len(want), what)
	for i := range want {
		require.InDelta(t, want[i], float64(got[i]), bound, "%s [%d]", what, i)
	}
}

// largest returns the largest magnitude of the values.
func largest(values []float64) float64 {
	found := 0.0
	for _, v := range values {
		found = max(found, v, -v)
	}
	return found
}

// forEachSet runs a test with every ISA of this processor.
func forEachSet(t *testing.T, test func(t *testing.T, set *tensor.ISA)) {
	sets := tensor.AvailableISAs()
	for i := range sets {
		t.Run(sets[i].Name, func(t *testing.T) { test(t, &sets[i]) })
	}
}
