package op_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// sparseSteps makes two steps of a matrix of six rows by the gradients of rows 4, 1, 4 and 0, and
// returns it.
func sparseSteps(t *testing.T, e exec.Engines,
	step func(b *graph.Builder, rate, w, index, rows *graph.Value)) []float32 {
	b := graph.NewBuilder()
	w := &graph.Variable{Name: "w", Role: graph.Parameter,
		Value: tensor.NewArray(tensor.Float32Type, 6, 19)}
	for i := range tensor.Elements[float32](w.Value) {
		tensor.Elements[float32](w.Value)[i] = float32(i%7) - 2.5
	}
	rows := make([]float32, 4*19)
	for i := range rows {
		rows[i] = float32(i%11)/3 - 1.7
	}
	rate := b.Constant(tensor.ArrayOf([]float64{0.3}))
	step(b, rate, b.Variable(w), indices(b, 4, 1, -2, 0), b.Constant(tensor.ArrayOf(rows, 4, 19)))
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, e, nil)
	require.NoError(t, err)
	require.NoError(t, p.Run())
	require.NoError(t, p.Run())
	return tensor.Elements[float32](w.Value)
}

// TestSparseStepsGiveTheSameBits compares every ISA with reference, and gradient descent with that
// by a whole gradient.
func TestSparseStepsGiveTheSameBits(t *testing.T) {
	dense := func(b *graph.Builder, rate, w, index, rows *graph.Value) {
		op.SGD(b, rate, []*graph.Value{w}, []*graph.Value{b.Apply(op.ScatterAdd{}, rows, index, w)})
	}
	adam := func(b *graph.Builder, rate, w, index, rows *graph.Value) {
		op.SparseAdam(b, op.SparseAdamStep{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8}, rate, w, index, rows)
	}
	var want []float32
	for _, set := range tensor.AvailableISAs() {
		e := exec.NewEngines(&set, 1)
		sparse := sparseSteps(t, e, op.SparseSGD)
		require.Equal(t, sparseSteps(t, e, dense), sparse, set.Name)
		moved := sparseSteps(t, e, adam)
		require.Equal(t, sparse[2*19:4*19], moved[2*19:4*19], "rows that nobody names")
		if set.Name == "reference" {
			want = moved
		}
		if set.Name != "generic" {
			require.Equal(t, want, moved, set.Name)
		}
	}
}

func TestSparseStepsRefuse(t *testing.T) {
	b := graph.NewBuilder()
	w := b.Variable(&graph.Variable{Name: "w", Value: tensor.NewArray(tensor.Float32Type, 3, 1)})
	op.SparseSGD(b, b.Constant(tensor.ArrayOf([]float64{1})), w, indices(b, 3),
		b.Constant(tensor.ArrayOf([]float32{1}, 1, 1)))
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	require.ErrorContains(t, p.Run(), "out of range for 3 elements")
	op.SparseAdam(b, op.SparseAdamStep{}, w, w, w, w)
	require.Error(t, b.Err())
	_, _, ok := op.SparseGradient(w)
	require.False(t, ok)
}
