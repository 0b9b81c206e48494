package nn_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/tensor"
)

// TestFusedGradientsEqualSeparateOnes compares the gradients of a model, whose layers take over each other's activations in backward, with those
// of the same layers run one by one, bit by bit: for every activation in the middle, full, short and single-row batches, and two threads.
func TestFusedGradientsEqualSeparateOnes(t *testing.T) {
	t.Run("float32", testFusedGradients[float32])
	t.Run("float64", testFusedGradients[float64])
}

func testFusedGradients[T tensor.Float](t *testing.T) {
	batches := []int{256, 33, 1}
	if testing.Short() {
		batches = []int{33, 1}
	}
	for _, act := range activations() {
		for _, widths := range [][4]int{{5, 7, 6, 3}, {3, 17, 1, 4}, {40, 130, 90, 1}} {
			for _, threads := range []int{1, 2} {
				r := source(5)
				m := nn.NewModel[T](nn.MSE, nn.WithThreads(threads))
				var layers []nn.Layer[T]
				for i, a := range []nn.Activation{act, act, nn.Sigmoid} {
					layers = append(layers, nn.NewDense[T](widths[i], widths[i+1], a))
				}
				build(t, m, layers...)
				for _, rows := range batches {
					w := workspace(t, m, 256)
					x, upstream := random[T](r, rows, widths[0]), random[T](r, rows, widths[3])
					_, err := m.Forward(w, x)
					require.NoError(t, err)
					require.NoError(t, m.BackwardFrom(w, upstream.Clone()))
					got := w.Gradients()
					want := separately(layers, tensor.Default[T](), x, upstream)
					require.Len(t, got, len(want))
					for i := range want {
						require.Equal(t, want[i], got[i].Data, "%s, %v, %d rows, %d threads: %s", act, widths, rows, threads, got[i].Name)
					}
				}
			}
		}
	}
}

// separately returns the gradients of the layers' parameters, of passes that know nothing of each other.
func separately[T tensor.Float](layers []nn.Layer[T], e *tensor.Engine[T], x, upstream *tensor.Tensor[T]) [][]T {
	passes := make([]nn.Pass[T], len(layers))
	for i, l := range layers {
		passes[i] = l.NewPass(e, x.Dim(0))
		x = passes[i].Forward(x)
	}
	d := upstream.Clone()
	for i := len(passes) - 1; i >= 0; i-- {
		d = passes[i].Backward(d, i > 0)
	}
	var gradients [][]T
	for _, p := range passes {
		for _, g := range p.Gradients() {
			gradients = append(gradients, g.Data)
		}
	}
	return gradients
}
