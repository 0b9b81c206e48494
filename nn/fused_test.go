package nn_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/tensor"
)

// TestStepEqualsItsParts compares training by Step, which may descend while it multiplies, with
// Forward, Backward and Update one after another, bit by bit: for every optimizer, one and two
// threads, layers of one to many outputs, and weights of every kind of product.
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
		models[i] = build(t, nn.NewModel[T](nn.MSE, append(options, nn.WithOptimizer(o))...),
			nn.NewDense(20, wide, nn.ReLU), nn.NewDense(wide, wide, nn.Tanh), nn.NewDense(wide, 3, nn.ReLU),
			nn.NewDense(3, 1, nn.Linear))
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
