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

// TestStepEqualsItsParts compares training by Step, which may descend while it multiplies, with Forward, Backward and Update one
// after another, bit by bit: for every optimizer, one and two threads, layers of one to many outputs, and weights of every kind of
// product.
func TestStepEqualsItsParts(t *testing.T) {
	forEachSet(t, func(t *testing.T, set *tensor.ISA) {
		wide := 220 // work for two threads
		if testing.Short() || set.Name == "reference" {
			wide = 40
		}
		small := nn.WithTuning(tensor.Tuning{Caches: tensor.Caches{L1: 1 << 10, L2: 1 << 20}})
		for _, o := range optimizers() {
			for _, threads := range []int{1, 2} {
				testStep[float32](t, wide, o, small, nn.WithISA(set), nn.WithThreads(threads))
				testStep[float64](t, wide, o, small, nn.WithISA(set), nn.WithThreads(threads))
			}
		}
	})
}

func testStep[T tensor.Float](t *testing.T, wide int, o nn.Optimizer, options ...nn.Option) {
	r := source(8)
	x, y := random[T](r, 48, 20), random[T](r, 48, 1)
	var models [2]*nn.Model[T]
	var workspaces [2]*nn.Workspace[T]
	for i := range models {
		models[i] = build(t, nn.NewModel[T](nn.MSE, append(options, nn.WithOptimizer(o))...), nn.NewDense[T](20, wide, nn.ReLU),
			nn.NewDense[T](wide, wide, nn.Tanh), nn.NewDense[T](wide, 3, nn.ReLU), nn.NewDense[T](3, 1, nn.Linear))
		workspaces[i] = workspace(t, models[i], 48)
	}
	for _, rows := range []int{48, 7, 1, 48} {
		bx, by := x.Slice(0, rows), y.Slice(0, rows)
		loss, err := models[0].Step(workspaces[0], bx, by)
		require.NoError(t, err)
		_, err = models[1].Forward(workspaces[1], bx)
		require.NoError(t, err)
		want, err := models[1].Backward(workspaces[1], by)
		require.NoError(t, err)
		require.NoError(t, models[1].Update(workspaces[1]))
		require.Equal(t, want, loss)
		for i, p := range models[1].Parameters() {
			require.Equal(t, p.Data, models[0].Parameters()[i].Data, "%s, %d rows: %s", o, rows, p.Name)
		}
	}
}
