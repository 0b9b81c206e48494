package nn_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/tensor"
)

// predictorModel returns a model with a wide, a narrow and a fused layer.
func predictorModel[T tensor.Float](t *testing.T, set *tensor.ISA) *nn.Model[T] {
	return build(t, nn.NewModel[T](nn.CrossEntropy, nn.WithISA(set), nn.WithThreads(2)),
		nn.NewDense(13, 70, nn.SiLU), nn.NewDense(70, 9, nn.Tanh), nn.NewDense(9, 5, nn.Softmax))
}

// TestPredictorGivesRowsTheSameBitsInAnyBatch predicts rows one by one, in batches on both sides of
// the predictor's own, and all at once.
func TestPredictorGivesRowsTheSameBitsInAnyBatch(t *testing.T) {
	forEachSet(t, func(t *testing.T, set *tensor.ISA) {
		t.Run("float32", func(t *testing.T) { requireSameRows[float32](t, set) })
		t.Run("float64", func(t *testing.T) { requireSameRows[float64](t, set) })
	})
}

func requireSameRows[T tensor.Float](t *testing.T, set *tensor.ISA) {
	const rows = 259
	m := predictorModel[T](t, set)
	x := random[T](source(5), rows, 13)
	w := workspace(t, m, rows)
	y, err := m.Forward(w, x)
	require.NoError(t, err)
	want := y.Clone()
	p, err := m.NewPredictor()
	require.NoError(t, err)
	for _, size := range []int{1, 2, 7, 31, 64, 256, 257, rows} {
		for lo := 0; lo < rows; lo += size {
			hi := min(lo+size, rows)
			got, err := p.Predict(x.Slice(lo, hi))
			require.NoError(t, err)
			require.Equal(t, want.Slice(lo, hi).Clone().Data(), got.Clone().Data(), "batches of %d, row %d",
				size, lo)
		}
	}
	got, err := p.Predict(x.Slice(3, 3))
	require.NoError(t, err)
	require.Equal(t, []int{0, 5}, got.Shape())
}

// TestPredictorTakesViews predicts rows and columns that stand apart in memory.
func TestPredictorTakesViews(t *testing.T) {
	m := predictorModel[float32](t, &tensor.AvailableISAs()[0])
	x := random[float32](source(6), 13, 300)
	p, err := m.NewPredictor()
	require.NoError(t, err)
	want, err := m.Predict(x.T().Clone())
	require.NoError(t, err)
	got, err := p.Predict(x.T())
	require.NoError(t, err)
	require.Equal(t, want.Data(), got.Data())
	got, err = p.Predict(x.Narrow(1, 40, 60).T())
	require.NoError(t, err)
	require.Equal(t, want.Slice(40, 60).Clone().Data(), got.Data())
}

func TestPredictorAllocatesNothing(t *testing.T) {
	forEachSet(t, func(t *testing.T, set *tensor.ISA) {
		m := predictorModel[float32](t, set)
		p, err := m.NewPredictor()
		require.NoError(t, err)
		x := random[float32](source(7), 600, 13)
		batches := []*tensor.Tensor[float32]{x, x.Slice(0, 1), x.Slice(5, 261), x.Slice(0, 257)}
		predict := func() {
			for _, b := range batches {
				if _, err := p.Predict(b); err != nil {
					t.Fatal(err)
				}
			}
		}
		predict()
		require.Zero(t, testing.AllocsPerRun(5, predict))
	})
}

// TestPredictorsShareAModel compares the predictions of goroutines that run one model at the same
// time, each with a predictor.
func TestPredictorsShareAModel(t *testing.T) {
	set, err := tensor.ISAByName(tensor.Default[float32]().ISA())
	require.NoError(t, err)
	m := predictorModel[float32](t, set)
	x := random[float32](source(8), 300, 13) // more rows than one batch
	want, err := m.Predict(x)
	require.NoError(t, err)
	results := make([]*tensor.Tensor[float32], 8)
	var group sync.WaitGroup
	for i := range results {
		p, err := m.NewPredictor()
		require.NoError(t, err)
		group.Go(func() {
			for range 20 {
				results[i], _ = p.Predict(x)
			}
		})
	}
	group.Wait()
	for _, got := range results {
		require.NotNil(t, got)
		require.Equal(t, want.Data(), got.Data())
	}
}

func TestPredictorErrors(t *testing.T) {
	_, err := nn.NewModel[float32](nn.MSE).NewPredictor()
	require.ErrorContains(t, err, "no layers")
	p, err := predictorModel[float32](t, &tensor.AvailableISAs()[0]).NewPredictor()
	require.NoError(t, err)
	_, err = p.Predict(tensor.New[float32](3))
	require.ErrorContains(t, err, "an input of shape [3]; the model takes (rows, 13)")
	for _, rows := range []int{1, 300} {
		_, err = p.Predict(tensor.New[float32](rows, 12))
		require.ErrorContains(t, err, "the model takes (rows, 13)")
	}
}

// TestStepsTakeViews trains on batches that stand apart in memory, the first one smaller than what
// the workspace has room for.
func TestStepsTakeViews(t *testing.T) {
	x, y := random[float32](source(8), 13, 300), random[float32](source(9), 300, 5)
	train := func(view func(x *tensor.Tensor[float32]) *tensor.Tensor[float32]) string {
		m := predictorModel[float32](t, &tensor.AvailableISAs()[0])
		w := workspace(t, m, 200)
		for _, rows := range [][2]int{{0, 3}, {3, 203}, {203, 300}} {
			_, err := m.Step(w, view(x.Narrow(1, rows[0], rows[1])), y.Slice(rows[0], rows[1]))
			require.NoError(t, err)
		}
		return m.ParamsSHA256()
	}
	copies := train(func(x *tensor.Tensor[float32]) *tensor.Tensor[float32] { return x.T().Clone() })
	views := train(func(x *tensor.Tensor[float32]) *tensor.Tensor[float32] { return x.T() })
	require.Equal(t, copies, views)
}

// TestNoInput predicts from nothing: an error says so.
func TestNoInput(t *testing.T) {
	m := predictorModel[float32](t, tensor.ActiveISA())
	_, err := m.Predict(nil)
	require.EqualError(t, err, "nn: the input is nil")
	_, err = m.Forward(workspace(t, m, 1), nil)
	require.EqualError(t, err, "nn: the input is nil")
}
