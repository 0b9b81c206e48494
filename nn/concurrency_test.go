package nn_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// threaded returns a model whose steps use several threads, and data to train it on.
func threaded(t *testing.T) (*nn.Model[float32], batches[float32]) {
	t.Helper()
	r := source(21)
	m := build(t, nn.NewModel[float32](nn.CrossEntropy, nn.WithSeed(3), nn.WithThreads(4),
		nn.WithOptimizer(nn.Adam(0.001))), nn.NewDense(96, 128, nn.ReLU),
		nn.NewDense(128, 10, nn.Softmax))
	return m, batches[float32]{random[float32](r, 256, 96), classes[float32](r, 256, 10), 128}
}

// allProcessors lets a test run on up to four threads where the machine has more than one
// processor.
func allProcessors(t *testing.T) {
	if runtime.NumCPU() > 1 {
		before := runtime.GOMAXPROCS(4)
		t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	}
}

// fitThreaded trains for some epochs and returns the sum of the parameters.
func fitThreaded(t *testing.T, epochs int) string {
	t.Helper()
	m, b := threaded(t)
	trainer := nn.Trainer[float32]{Model: m, Epochs: epochs}
	_, err := trainer.Fit(context.Background(), b, nil)
	require.NoError(t, err)
	return m.ParamsSHA256()
}

// TestTrainingAndPredictionAtOnce trains several models while sixteen goroutines predict with
// another. All share the pool of workers.
func TestTrainingAndPredictionAtOnce(t *testing.T) {
	allProcessors(t)
	const epochs = 4
	want := fitThreaded(t, epochs)
	m, b := threaded(t)
	predictions, err := m.Predict(b.x)
	require.NoError(t, err)

	var trainings, predictors sync.WaitGroup
	var done atomic.Bool
	var trained [3]string
	for i := range trained {
		trainings.Go(func() { trained[i] = fitThreaded(t, epochs) })
	}
	var got [16]*tensor.Tensor[float32]
	for i := range got {
		predictors.Go(func() {
			for again := true; again; again = !done.Load() {
				got[i], _ = m.Predict(b.x)
				runtime.Gosched()
			}
		})
	}
	trainings.Wait()
	done.Store(true)
	predictors.Wait()
	for _, sum := range trained {
		require.Equal(t, want, sum)
	}
	for _, p := range got {
		require.NotNil(t, p)
		require.Equal(t, predictions.Data(), p.Data())
	}
}

// TestProcessorsMayChange trains while another goroutine changes the number of processors in use.
func TestProcessorsMayChange(t *testing.T) {
	allProcessors(t)
	const epochs = 4
	want := fitThreaded(t, epochs)
	var done atomic.Bool
	var changer sync.WaitGroup
	changer.Go(func() {
		for n := 0; !done.Load(); n++ {
			runtime.GOMAXPROCS(1 + n%4)
		}
	})
	got := fitThreaded(t, epochs)
	done.Store(true)
	changer.Wait()
	require.Equal(t, want, got)
}

// TestPanicInACallback ends a training by a panic of the caller's own and demands that the model is
// as after the last step, and that model and workers go on working.
func TestPanicInACallback(t *testing.T) {
	allProcessors(t)
	stopped, b := threaded(t)
	end := func(m *nn.Model[float32], callback func(nn.Step) error) {
		trainer := nn.Trainer[float32]{Model: m, OnStep: func(s nn.Step) error {
			if s.Epoch == 1 {
				return callback(s)
			}
			return nil
		}}
		_, err := trainer.Fit(context.Background(), b, nil)
		require.NoError(t, err)
	}
	end(stopped, func(nn.Step) error { return nn.ErrStop })

	m, _ := threaded(t)
	require.PanicsWithValue(t, "the caller's",
		func() { end(m, func(nn.Step) error { panic("the caller's") }) })
	require.Equal(t, stopped.ParamsSHA256(), m.ParamsSHA256())

	for _, model := range []*nn.Model[float32]{stopped, m} {
		trainer := nn.Trainer[float32]{Model: model, Epochs: 2}
		_, err := trainer.Fit(context.Background(), b, nil)
		require.NoError(t, err)
	}
	require.Equal(t, stopped.ParamsSHA256(), m.ParamsSHA256())
}

// TestCancelFromAnotherGoroutine cancels trainings at any moment. Each must end between two steps:
// with the parameters that as many steps give when nothing disturbs them.
func TestCancelFromAnotherGoroutine(t *testing.T) {
	allProcessors(t)
	for range 5 {
		m, b := threaded(t)
		ctx, cancel := context.WithCancel(context.Background())
		started, steps := make(chan struct{}), 0
		var once sync.Once
		trainer := nn.Trainer[float32]{Model: m, OnStep: func(nn.Step) error {
			steps++
			once.Do(func() { close(started) })
			return nil
		}}
		go func() {
			<-started
			cancel()
		}()
		_, err := trainer.Fit(ctx, b, nil)
		require.ErrorIs(t, err, context.Canceled)

		undisturbed, _ := threaded(t)
		left := steps
		trainer = nn.Trainer[float32]{Model: undisturbed, OnStep: func(nn.Step) error {
			if left--; left == 0 {
				return nn.ErrStop
			}
			return nil
		}}
		_, err = trainer.Fit(context.Background(), b, nil)
		require.NoError(t, err)
		require.Equal(t, undisturbed.ParamsSHA256(), m.ParamsSHA256(), "after %d steps", steps)
	}
}

// TestLoadersShareTheirData reads the same tensors by one loader in each of several goroutines,
// shuffled and not.
func TestLoadersShareTheirData(t *testing.T) {
	_, b := threaded(t)
	var group sync.WaitGroup
	var sums [6]float64
	for i := range sums {
		group.Go(func() {
			loader, err := data.NewLoader(b.x, b.y,
				data.LoaderOptions{BatchSize: 30, Shuffle: i%2 == 0, Seed: 5})
			if err != nil {
				return
			}
			for range 3 {
				for x, y := range loader.Epoch() {
					sums[i] = sums[i]*0.5 + float64(x.At(0, 0)) + float64(y.At(0, 0))
				}
			}
		})
	}
	group.Wait()
	require.NotZero(t, sums[0])
	require.NotEqual(t, sums[0], sums[1])
	for i := range sums {
		require.Equal(t, sums[i%2], sums[i])
	}
}
