package nn_test

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/tensor"
)

// optimizers returns every optimizer, with and without weight decay.
func optimizers() []nn.Optimizer {
	return []nn.Optimizer{nn.SGD(0.01), nn.Momentum(0.01, 0.9), nn.Nesterov(0.01, 0.9), nn.Adam(0.01),
		nn.AdamW(0.01), nn.SGD(0.01).WithWeightDecay(0.1), nn.Adam(0.01).WithWeightDecay(0.1),
		nn.RMSprop(0.01), nn.NAdam(0.01).WithClipNorm(0.5), nn.Lion(0.001).WithClipValue(0.1)}
}

func TestStepsAllocateNothing(t *testing.T) {
	forEachSet(t, func(t *testing.T, set *tensor.ISA) {
		for _, o := range optimizers() {
			t.Run(o.String(), func(t *testing.T) {
				t.Run("float32", func(t *testing.T) { requireNoAllocations[float32](t, set, o) })
				t.Run("float64", func(t *testing.T) { requireNoAllocations[float64](t, set, o) })
			})
		}
	})
}

// requireNoAllocations counts the allocations of an epoch of two full batches and a short one, and
// of predictions, once all sizes were seen.
func requireNoAllocations[T tensor.Float](t *testing.T, set *tensor.ISA, o nn.Optimizer) {
	r := source(1)
	m := build(t, nn.NewModel[T](nn.CrossEntropy.WithClassWeights(1, 2, 3), nn.WithISA(set),
		nn.WithThreads(2), nn.WithOptimizer(o)), nn.NewDense(7, 9, nn.ReLU), nn.NewDense(9, 8, nn.SiLU),
		nn.NewDense(8, 9, nn.LeakyReLU(0.1)), nn.NewDense(9, 8, nn.Tanh),
		nn.NewDense(8, 3, nn.Softmax))
	x, y := random[T](r, 19, 7), classes[T](r, 19, 3)
	w := workspace(t, m, 8)
	var xs, ys []*tensor.Tensor[T]
	for bx, by := range (batches[T]{x, y, 8}).Epoch() {
		xs, ys = append(xs, bx), append(ys, by)
	}
	weights := []T{1, 2, 3, 4, 5, 6, 7, 8}
	epoch := func() {
		for i := range xs {
			if _, err := m.Step(w, xs[i], ys[i], weights[:xs[i].Dim(0)]...); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := m.Forward(w, xs[0]); err != nil {
			t.Fatal(err)
		}
	}
	epoch()
	require.Zero(t, testing.AllocsPerRun(5, epoch))
}

// TestThreadedStepAllocatesNothing makes steps that are large enough for several threads.
func TestThreadedStepAllocatesNothing(t *testing.T) {
	r := source(2)
	m := build(t, nn.NewModel[float32](nn.MSE, nn.WithThreads(2), nn.WithOptimizer(nn.Adam(0.001))),
		nn.NewDense(128, 192, nn.Tanh), nn.NewDense(192, 1, nn.Linear))
	w, x, y := workspace(t, m, 128), random[float32](r, 128, 128), random[float32](r, 128, 1)
	step := func() {
		if _, err := m.Step(w, x, y); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 { // the tuner tries both ways, each of which makes buffers at first
		step()
	}
	require.Zero(t, testing.AllocsPerRun(5, step))
}

// TestShardedStepAllocatesNothing trains for few and for many steps that are cut into shards.
func TestShardedStepAllocatesNothing(t *testing.T) {
	m, data := sharded(t, 1, 20)
	fit := func(epochs int) float64 {
		return testing.AllocsPerRun(3, func() {
			_, err := (&nn.Trainer[float32]{Model: m, Epochs: epochs, Shards: 7}).Fit(context.Background(),
				repeated{data.x.Slice(0, 20), data.y.Slice(0, 20)}, nil)
			require.NoError(t, err)
		})
	}
	few, many := fit(1), fit(21)
	// An epoch's figures take some; 20 epochs more have 1000 steps more.
	require.Less(t, many-few, 500.0, "%v allocations in 1 epoch, %v in 21", few, many)
}

// repeated is one batch, 50 times.
type repeated struct{ x, y *tensor.Tensor[float32] }

func (r repeated) Len() int { return 50 }

func (r repeated) Epoch() iter.Seq2[*tensor.Tensor[float32], *tensor.Tensor[float32]] {
	return func(yield func(x, y *tensor.Tensor[float32]) bool) {
		for range r.Len() {
			if !yield(r.x, r.y) {
				return
			}
		}
	}
}
