package nn_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/tensor"
)

// frozenModel returns a model with a layer so large for its tuning that freezing packs its weights,
// and others.
func frozenModel(t *testing.T, set *tensor.ISA) *nn.Model[float32] {
	tuning := nn.WithTuning(tensor.Tuning{MCBytes: 500 * 384 * 4})
	m := build(t, nn.NewModel[float32](nn.CrossEntropy, nn.WithISA(set), nn.WithThreads(2),
		nn.WithOptimizer(nn.SGD(0.1)), tuning),
		nn.NewDense(7, 500, nn.SiLU), nn.NewDense(500, 384, nn.ReLU),
		nn.NewDense(384, 3, nn.Softmax))
	require.True(t, m.Engine().PaysToPack(500, 384))
	require.False(t, m.Engine().PaysToPack(499, 384), "less than half of L2")
	require.False(t, m.Engine().PaysToPack(20000, 21),
		"more than a twentieth of the panels would be empty")
	return m
}

// TestFrozenPredictsTheSameBits compares a frozen model with the model it was made of, for few rows
// and many, in each set, and again when that model was trained on.
func TestFrozenPredictsTheSameBits(t *testing.T) {
	forEachSet(t, func(t *testing.T, set *tensor.ISA) {
		if set.Name == "reference" {
			t.Skip("slow, and without a kernel that could differ")
		}
		r := source(11)
		m := frozenModel(t, set)
		frozen, err := m.Freeze()
		require.NoError(t, err)
		predictor, err := frozen.NewPredictor()
		require.NoError(t, err)
		x := random[float32](r, 300, 7)
		var want []*tensor.Tensor[float32]
		sizes := []int{1, 31, 32, 256, 300}
		if testing.Short() {
			sizes = sizes[:3]
		}
		for _, rows := range sizes {
			batch := x.Slice(0, rows)
			y, err := m.Predict(batch)
			require.NoError(t, err)
			want = append(want, y)
			got, err := predictor.Predict(batch)
			require.NoError(t, err)
			require.Equal(t, y.Data(), got.Data(), "%d rows", rows)
		}

		w := workspace(t, m, 32)
		_, err = m.Step(w, x.Slice(0, 32), classes[float32](r, 32, 3))
		require.NoError(t, err)
		for _, y := range want {
			got, err := frozen.Predict(x.Slice(0, y.Dim(0)))
			require.NoError(t, err)
			require.Equal(t, y.Data(), got.Data(), "a step of the model reached the copy")
		}
		changed, err := m.Predict(x.Slice(0, 1))
		require.NoError(t, err)
		require.NotEqual(t, want[0].Data(), changed.Data())
	})
}

// TestFrozenSequences compares frozen recurrent models, whose weights of states are packed, with
// the models they were made of: one sequence and several, and one alone with its place in a batch.
func TestFrozenSequences(t *testing.T) {
	layers := map[string]nn.Layer{"lstm": nn.NewLSTM(3, 40), "gru": nn.NewGRU(3, 7),
		"rnn": nn.NewRNN(3, 5)}
	for name, layer := range layers {
		t.Run(name, func(t *testing.T) {
			m := nn.NewModel[float32](nn.MSE, nn.WithInput(6, 3), nn.WithSeed(3))
			require.NoError(t, m.Add(layer, nn.LastStep{}))
			frozen, err := m.Freeze()
			require.NoError(t, err)
			p, err := frozen.NewPredictor()
			require.NoError(t, err)
			x := random[float32](source(5), 4, 6, 3)
			want, err := m.Predict(x)
			require.NoError(t, err)
			for i := range 4 {
				one := x.Slice(i, i+1)
				y, err := m.Predict(one)
				require.NoError(t, err)
				require.Equal(t, want.Row(i), y.Row(0))
				y, err = p.Predict(one)
				require.NoError(t, err)
				require.Equal(t, want.Row(i), y.Row(0))
			}
			y, err := p.Predict(x)
			require.NoError(t, err)
			require.Equal(t, want.Data(), y.Data())
			one := x.Slice(0, 1)
			require.Zero(t, testing.AllocsPerRun(5, func() { _, err = p.Predict(one) }))
			require.NoError(t, err)
		})
	}
}

func TestFrozenPredictionAllocatesNothing(t *testing.T) {
	if tensor.ActiveISA().Name == "reference" {
		t.Skip("slow, and what the others are compared with elsewhere")
	}
	frozen, err := frozenModel(t, tensor.ActiveISA()).Freeze()
	require.NoError(t, err)
	p, err := frozen.NewPredictor()
	require.NoError(t, err)
	x := random[float32](source(12), 256, 7)
	predict := func() {
		for _, rows := range []int{1, 33, 256} {
			if _, err := p.Predict(x.Slice(0, rows)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 5 { // until as many buffers are in the free lists as threads ever meet
		predict()
	}
	views := testing.AllocsPerRun(5, func() {
		for _, rows := range []int{1, 33, 256} {
			x.Slice(0, rows)
		}
	})
	require.Equal(t, views, testing.AllocsPerRun(5, predict))
}

// TestFrozenServesManyGoroutines predicts with one frozen model from several goroutines while the
// model it was made of is trained.
func TestFrozenServesManyGoroutines(t *testing.T) {
	m := frozenModel(t, tensor.ActiveISA())
	frozen, err := m.Freeze()
	require.NoError(t, err)
	r := source(13)
	x, y := random[float32](r, 64, 7), classes[float32](r, 64, 3)
	want, err := frozen.Predict(x)
	require.NoError(t, err)
	w := workspace(t, m, 64)
	results := make([]*tensor.Tensor[float32], 4)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			for range 3 {
				results[i], _ = frozen.Predict(x)
			}
		})
	}
	for range 3 {
		_, err := m.Step(w, x, y)
		require.NoError(t, err)
	}
	group.Wait()
	for _, got := range results {
		require.NotNil(t, got)
		require.Equal(t, want.Data(), got.Data())
	}
}

func TestFreezeErrors(t *testing.T) {
	_, err := nn.NewModel[float32](nn.MSE).Freeze()
	require.ErrorContains(t, err, "no layers")
}
