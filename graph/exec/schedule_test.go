package exec_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// TestUpdatesComeEarly trains several layers: each step of the optimizer comes as soon
// as its gradient is known and nobody reads the old weights any more, but behind the loss, so that
// few gradients stand in memory at once.
func TestUpdatesComeEarly(t *testing.T) {
	const layers, width = 6, 64
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.Fixed(1), graph.Fixed(width)))
	y, weights := x, []*graph.Value(nil)
	for i := range layers {
		w := b.Variable(&graph.Variable{Name: string(rune('a' + i)),
			Value: tensor.NewArray(tensor.Float32Type, width, width)})
		weights = append(weights, w)
		y = op.MatMul(b, y, w)
	}
	loss := op.Sum(b, op.Mul(b, y, y))
	b.Output("loss", loss)
	op.SGD(b, op.Scalar(b, tensor.Float64Type, 0.1), weights, op.Gradients(b, loss, weights...))
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	require.Less(t, p.ArenaBytes(), 2*width*width*4, "two gradients at most")

	out, _ := loss.Node()
	computed := false
	for _, n := range p.Nodes() {
		computed = computed || n.Node == out
		if (n.Operator == op.SGDStep{}) {
			require.True(t, computed, "a step before the loss")
		}
	}
}

// TestEarlyUpdatesKeepWhatIsReadLater updates a variable that a node far behind the update's
// gradient still reads.
func TestEarlyUpdatesKeepWhatIsReadLater(t *testing.T) {
	b := graph.NewBuilder()
	w := b.Variable(&graph.Variable{Name: "w", Value: tensor.ArrayOf([]float32{1, 2}, 2)})
	v := b.Variable(&graph.Variable{Name: "v", Value: tensor.ArrayOf([]float32{0, 0}, 2)})
	rate := op.Scalar(b, tensor.Float64Type, 1)
	next := b.Apply(op.SGDStep{}, rate, w, b.Apply(op.Unary{Function: tensor.Exp}, w))
	b.Update(w, next)
	b.Update(v, op.Mul(b, op.Reshape(b, w, 2), w)) // w² of the old w
	g, err := b.Graph()
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), nil)
	require.NoError(t, err)
	require.NoError(t, p.Run())
	require.Equal(t, []float32{1, 4}, tensor.Elements[float32](v.Variable().Value))
}
