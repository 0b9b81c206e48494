package nn_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/tensor"
)

// TestParametersHaveTheSameBits trains the same networks with every ISA, generic excepted, on one
// thread and on two.
func TestParametersHaveTheSameBits(t *testing.T) {
	t.Run("float32", requireSameBits[float32])
	t.Run("float64", requireSameBits[float64])
}

func requireSameBits[T tensor.Float](t *testing.T) {
	for _, c := range []struct {
		loss nn.Loss
		last func() nn.Layer
	}{
		{nn.CrossEntropy, func() nn.Layer { return nn.NewDense(16, 3, nn.Softmax) }},
		{nn.BinaryCrossEntropy, func() nn.Layer { return nn.NewDense(16, 1, nn.Sigmoid) }},
		{nn.MSE, func() nn.Layer { return nn.NewDense(16, 1, nn.Linear) }},
	} {
		for _, o := range optimizers() {
			sums := map[string]string{}
			forEachSet(t, func(t *testing.T, set *tensor.ISA) {
				if set.Name == "generic" {
					t.Skip("generic rounds multiply and add separately")
				}
				for _, threads := range []int{1, 2} {
					sums[fmt.Sprint(set.Name, threads)] = train[T](t, c.loss, c.last(), o, set, threads)
				}
			})
			want := sums["reference1"]
			for run, sum := range sums {
				require.Equal(t, want, sum, "%s, %s, %s", c.loss, o, run)
			}
		}
	}
}

// train makes a few steps, large enough for two threads in the first layer, and returns the sum of
// the parameters.
func train[T tensor.Float](t *testing.T, loss nn.Loss, last nn.Layer, o nn.Optimizer,
	set *tensor.ISA, threads int) string {
	r := source(3)
	m := build(t, nn.NewModel[T](loss, nn.WithSeed(7), nn.WithISA(set), nn.WithThreads(threads),
		nn.WithOptimizer(o)), nn.NewDense(33, 18, nn.Tanh), nn.NewDense(18, 17, nn.SiLU),
		nn.NewDense(17, 19, nn.GELU), nn.NewDense(19, 17, nn.GELUTanh),
		nn.NewDense(17, 16, nn.LeakyReLU(0.1)), last)
	x, y := random[T](r, 70, 33), classes[T](r, 70, 2)
	trainer := nn.Trainer[T]{Model: m, Epochs: 1}
	_, err := trainer.Fit(context.Background(), batches[T]{x, y, 32}, nil)
	require.NoError(t, err)
	return m.ParamsSHA256()
}

// TestThreadsDoNotShow trains a network whose products and whose optimizer's steps are cut into
// parts for threads.
func TestThreadsDoNotShow(t *testing.T) {
	if tensor.ActiveISA().Name == "reference" {
		t.Skip("slow, and what the others are compared with elsewhere")
	}
	sum := func(threads int) string {
		r := source(4)
		m := build(t, nn.NewModel[float32](nn.CrossEntropy, nn.WithThreads(threads),
			nn.WithOptimizer(nn.Adam(0.001))), nn.NewDense(199, 1151, nn.ReLU),
			nn.NewDense(1151, 10, nn.Softmax))
		w, x, y := workspace(t, m, 256), random[float32](r, 256, 199), classes[float32](r, 256, 10)
		for range 3 {
			_, err := m.Step(w, x, y)
			require.NoError(t, err)
		}
		return m.ParamsSHA256()
	}
	want := sum(1)
	for _, threads := range []int{2, 3, 5} {
		require.Equal(t, want, sum(threads), "%d threads", threads)
	}
}

// TestRowsDoNotDependOnTheirBatch predicts rows one by one, in batches of several sizes and all at
// once.
func TestRowsDoNotDependOnTheirBatch(t *testing.T) {
	forEachSet(t, func(t *testing.T, set *tensor.ISA) {
		m := build(t, nn.NewModel[float32](nn.CrossEntropy, nn.WithISA(set)),
			nn.NewDense(13, 21, nn.SiLU), nn.NewDense(21, 9, nn.Tanh), nn.NewDense(9, 5, nn.Softmax))
		x := random[float32](source(5), 37, 13)
		want, err := m.Predict(x)
		require.NoError(t, err)
		for _, size := range []int{1, 2, 7, 16} {
			w := workspace(t, m, size)
			for lo := 0; lo < 37; lo += size {
				hi := min(lo+size, 37)
				got, err := m.Forward(w, x.Slice(lo, hi))
				require.NoError(t, err)
				require.Equal(t, want.Slice(lo, hi).Clone().Data(), got.Data(), "batches of %d, row %d", size,
					lo)
			}
		}
	})
}

// TestRowsMayChangePlaces predicts the rows of a large batch in another order, from memory that is
// not aligned, on one to four threads.
func TestRowsMayChangePlaces(t *testing.T) {
	const rows, inputs, outputs = 259, 67, 5
	x, order := random[float32](source(8), rows, inputs), source(9).Perm(rows)
	moved := tensor.FromSlice(make([]float32, rows*inputs+1)[1:], rows, inputs)
	for to, from := range order {
		copy(moved.Row(to), x.Row(from))
	}
	forEachSet(t, func(t *testing.T, set *tensor.ISA) {
		for threads := 1; threads <= 4; threads++ {
			m := build(t, nn.NewModel[float32](nn.CrossEntropy, nn.WithISA(set), nn.WithThreads(threads)),
				nn.NewDense(inputs, 64, nn.ReLU), nn.NewDense(64, 9, nn.Tanh),
				nn.NewDense(9, outputs, nn.Softmax))
			want, err := m.Predict(x)
			require.NoError(t, err)
			got, err := m.Predict(moved)
			require.NoError(t, err)
			for to, from := range order {
				require.Equal(t, want.Row(from), got.Row(to), "%d threads: row %d in the place of row %d",
					threads, from, to)
			}
		}
	})
}

// TestPredictIsSafeForManyGoroutines compares the predictions of goroutines that run one model at
// the same time.
func TestPredictIsSafeForManyGoroutines(t *testing.T) {
	m := build(t, nn.NewModel[float64](nn.MSE), nn.NewDense(5, 8, nn.Tanh),
		nn.NewDense(8, 2, nn.Linear))
	x := random[float64](source(6), 300, 5) // more rows than one batch of Predict
	want, err := m.Predict(x)
	require.NoError(t, err)
	results := make([]*tensor.Tensor[float64], 8)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			for range 20 {
				results[i], _ = m.Predict(x)
			}
		})
	}
	group.Wait()
	for _, got := range results {
		require.NotNil(t, got)
		require.Equal(t, want.Data(), got.Data())
	}
}

// TestSeedFixesTheParameters compares models of equal and of different seeds.
func TestSeedFixesTheParameters(t *testing.T) {
	sum := func(seed uint64) string {
		return build(t, nn.NewModel[float32](nn.MSE, nn.WithSeed(seed)),
			nn.NewDense(3, 4, nn.Tanh)).ParamsSHA256()
	}
	require.Equal(t, sum(1), sum(1))
	require.NotEqual(t, sum(1), sum(2))
}
