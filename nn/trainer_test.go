package nn_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// line returns data on a plane, y = 2·x₀ − x₁ + 0.5, with a little noise.
func line(seed uint64, rows int) batches[float64] {
	r := source(seed)
	x, y := random[float64](r, rows, 2), tensor.New[float64](rows, 1)
	for i := range rows {
		y.Row(i)[0] = 2*x.Row(i)[0] - x.Row(i)[1] + 0.5 + 0.01*r.NormFloat64()
	}
	return batches[float64]{x, y, 8}
}

// linear returns a model of one neuron.
func linear(t *testing.T, rate float64) *nn.Model[float64] {
	return build(t, nn.NewModel[float64](nn.MSE, nn.WithOptimizer(nn.SGD(rate))),
		nn.NewDense(2, 1, nn.Linear))
}

// TestEvaluateRefusesToIgnoreAClassOfNumbers asks for metrics that know no classes without one.
func TestEvaluateRefusesToIgnoreAClassOfNumbers(t *testing.T) {
	m := linear(t, 1e-12)
	for _, metric := range []nn.Metric{nn.R2, nn.MeanAbsoluteError, nn.MeanSquaredError} {
		for _, ignoring := range []nn.Metric{nn.IgnoringClass(metric, -100),
			nn.IgnoringClass(nn.IgnoringClass(metric, -100), 3)} {
			_, err := nn.Evaluate(context.Background(), m, line(2, 20), nn.R2, ignoring)
			require.EqualError(t, err, "nn: "+metric.String()+" is a metric of numbers: "+
				"there is no class -100 to ignore")
		}
	}
	_, err := nn.Evaluate(context.Background(), m, line(2, 20),
		nn.IgnoringClass(nn.F1(nn.MacroAverage), -100))
	require.NoError(t, err)
}

func TestFitLearnsAndKeepsTheHistory(t *testing.T) {
	m := linear(t, 0.1)
	trainer := nn.Trainer[float64]{Model: m, Epochs: 20}
	history, err := trainer.Fit(context.Background(), line(1, 50), line(2, 20))
	require.NoError(t, err)
	require.Len(t, history.Epochs, 20)
	require.Equal(t, *history, m.History())
	require.Equal(t, "r2", history.Metric)
	first := history.Epochs[0]
	last, ok := history.Last()
	require.True(t, ok)
	require.Equal(t, 7, first.Steps)
	require.Equal(t, 140, last.Steps)
	require.Less(t, last.TrainLoss, first.TrainLoss)
	require.Less(t, last.ValLoss, 0.001)
	require.Greater(t, last.ValMetric, 0.999)
	require.InDelta(t, 2, m.Parameters()[0].Value.At(0, 0), 0.02)
	require.InDelta(t, 0.5, m.Parameters()[1].Value.At(0), 0.02)
	require.Contains(t, history.String(), "val r2")

	e, err := nn.Evaluate(context.Background(), m, line(2, 20), nn.R2, nn.MeanSquaredError)
	require.NoError(t, err)
	require.Equal(t, last.ValLoss, e.Loss)
	require.Equal(t, last.ValMetric, e.Metrics[0])
	require.InEpsilon(t, e.Loss, e.Metrics[1], 1e-12)
}

// TestTrainFigures checks what the figures of the training data mean: gathered before the updates,
// or measured at the end of the epoch.
func TestTrainFigures(t *testing.T) {
	data := line(3, 20)
	untrained, err := nn.Evaluate(context.Background(), linear(t, 1e-12), data, nn.R2)
	require.NoError(t, err)
	still := nn.Trainer[float64]{Model: linear(t, 1e-12), Epochs: 1}
	history, err := still.Fit(context.Background(), data, nil)
	require.NoError(t, err)
	require.InEpsilon(t, untrained.Loss, history.Epochs[0].TrainLoss, 1e-9)
	require.InDelta(t, untrained.Metrics[0], history.Epochs[0].TrainMetric, 1e-9)

	m := linear(t, 0.1)
	after := nn.Trainer[float64]{Model: m, Epochs: 1, EvaluateTrain: true}
	history, err = after.Fit(context.Background(), data, nil)
	require.NoError(t, err)
	trained, err := nn.Evaluate(context.Background(), m, data)
	require.NoError(t, err)
	require.Equal(t, trained.Loss, history.Epochs[0].TrainLoss)
	require.True(t, math.IsNaN(history.Epochs[0].ValLoss))
}

// TestEarlyStoppingRestoresTheBest makes a model worse after its best epoch, by a learning rate
// that grows until it overshoots.
func TestEarlyStoppingRestoresTheBest(t *testing.T) {
	m := linear(t, 0.05)
	var best string
	lowest := math.Inf(1)
	trainer := nn.Trainer[float64]{Model: m, Epochs: 100, Patience: 3,
		Schedule: func(epoch, _ int) float64 {
			if epoch < 5 {
				return 1
			}
			return 22
		},
		OnEpoch: func(e nn.Epoch) error {
			if e.ValLoss < lowest {
				lowest, best = e.ValLoss, m.ParamsSHA256()
			}
			return nil
		}}
	history, err := trainer.Fit(context.Background(), line(4, 40), line(5, 20))
	require.NoError(t, err)
	require.Len(t, history.Epochs, 5+3)
	require.Equal(t, best, m.ParamsSHA256())
	require.Greater(t, history.Epochs[7].ValLoss, lowest)
	require.Equal(t, 0.05, m.Optimizer().LearningRate(), "the schedule must not outlive the training")
	e, err := nn.Evaluate(context.Background(), m, line(5, 20))
	require.NoError(t, err)
	require.Equal(t, lowest, e.Loss)
}

// TestStoppingKeepsTheBestSoFar ends a training by a callback in its best epoch, the last one.
func TestStoppingKeepsTheBestSoFar(t *testing.T) {
	m := linear(t, 0.05)
	var last string
	trainer := nn.Trainer[float64]{Model: m, Epochs: 9, Patience: 5, OnEpoch: func(e nn.Epoch) error {
		if last = m.ParamsSHA256(); e.Epoch == 2 {
			return nn.ErrStop
		}
		return nil
	}}
	_, err := trainer.Fit(context.Background(), line(4, 40), line(5, 20))
	require.NoError(t, err)
	require.Equal(t, last, m.ParamsSHA256())
}

func TestMinDeltaIsTheLeastImprovement(t *testing.T) {
	trainer := nn.Trainer[float64]{Model: linear(t, 1e-9), Epochs: 100, Patience: 2, MinDelta: 0.01}
	history, err := trainer.Fit(context.Background(), line(4, 40), nil)
	require.NoError(t, err)
	require.Len(t, history.Epochs, 3)
}

func TestCancellationKeepsTheHistory(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	m := linear(t, 0.01)
	trainer := nn.Trainer[float64]{Model: m, OnStep: func(s nn.Step) error {
		require.Equal(t, 5, s.Steps)
		if s.Epoch == 2 && s.Step == 3 {
			cancel()
		}
		return nil
	}}
	history, err := trainer.Fit(ctx, line(6, 40), line(7, 8))
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, history.Epochs, 2)
	require.Len(t, m.History().Epochs, 2)
}

// TestWholeEpochs ends a training within an epoch, which leaves what the epochs before have
// reached: with averages and without, and nothing if there were none.
func TestWholeEpochs(t *testing.T) {
	for _, average := range []float64{0, 0.9} {
		for whole := range 3 {
			want := linear(t, 0.01)
			if whole > 0 {
				trainer := nn.Trainer[float64]{Model: want, Epochs: whole, Average: average}
				_, err := trainer.Fit(context.Background(), line(6, 40), nil)
				require.NoError(t, err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			m := linear(t, 0.01)
			trainer := nn.Trainer[float64]{Model: m, Average: average, WholeEpochs: true,
				OnStep: func(s nn.Step) error {
					if s.Epoch == whole && s.Step == 3 {
						cancel()
					}
					return nil
				}}
			history, err := trainer.Fit(ctx, line(6, 40), nil)
			require.ErrorIs(t, err, context.Canceled)
			require.Len(t, history.Epochs, whole)
			require.Equal(t, want.ParamsSHA256(), m.ParamsSHA256())
		}
	}
}

func TestCallbacksEndTraining(t *testing.T) {
	failure := errors.New("disk full")
	for _, c := range []struct{ returned, want error }{{nn.ErrStop, nil}, {failure, failure}} {
		trainer := nn.Trainer[float64]{Model: linear(t, 0.01), Epochs: 9,
			OnEpoch: func(e nn.Epoch) error {
				if e.Epoch == 3 {
					return c.returned
				}
				return nil
			}}
		history, err := trainer.Fit(context.Background(), line(8, 16), nil)
		require.ErrorIs(t, err, c.want)
		require.Len(t, history.Epochs, 4)

		trainer.OnEpoch, trainer.OnStep = nil, func(nn.Step) error { return c.returned }
		history, err = trainer.Fit(context.Background(), line(8, 16), nil)
		require.ErrorIs(t, err, c.want)
		require.Empty(t, history.Epochs)
	}
}

func TestDivergenceNamesTheFirstLayer(t *testing.T) {
	data := line(9, 24)
	fit := func(m *nn.Model[float64], epochs int) *nn.DivergedError {
		trainer := nn.Trainer[float64]{Model: m, Epochs: epochs}
		history, err := trainer.Fit(context.Background(), data, nil)
		require.NotNil(t, history)
		var diverged *nn.DivergedError
		require.ErrorAs(t, err, &diverged)
		require.Len(t, history.Epochs, diverged.Epoch)
		return diverged
	}
	m := build(t, nn.NewModel[float64](nn.MSE), nn.NewDense(2, 3, nn.Tanh), nn.NewDense(3, 3, nn.Tanh),
		nn.NewDense(3, 1, nn.Linear))
	m.Parameters()[2].Data[0] = math.NaN()
	before := m.Parameters()[0].Value.Clone().Data()
	diverged := fit(m, 5)
	require.True(t, math.IsNaN(diverged.Loss))
	require.Contains(t, diverged.Error(), "layer 2 (Dense 3 → 3, tanh)")
	diverged.Loss = 0
	require.Equal(t, nn.DivergedError{Epoch: 0, Step: 0, Layer: 1, Name: "Dense 3 → 3, tanh"},
		*diverged)
	require.Equal(t, before, m.Parameters()[0].Value.Clone().Data(),
		"a step without a finite loss must not change the parameters")

	require.Positive(t, fit(linear(t, 1e6), 1000).Epoch,
		"a learning rate that is too high diverges after some epochs")

	data.y.Fill(1e200)
	overflow := fit(linear(t, 0.01), 1)
	require.Equal(t, -1, overflow.Layer)
	require.Equal(t, "mse", overflow.Name)
	require.Contains(t, overflow.Error(), "the loss mse")
}

// TestBatchNormOfOneValue refuses a last batch of one row, after which no prediction would be a
// number, but takes one image.
func TestBatchNormOfOneValue(t *testing.T) {
	m := build(t, nn.NewModel[float64](nn.MSE), nn.NewDense(3, 4, nn.ReLU), nn.NewBatchNorm(4),
		nn.NewDense(4, 1, nn.Linear))
	trainer := nn.Trainer[float64]{Model: m, Epochs: 1}
	data := batches[float64]{random[float64](source(1), 9, 3), random[float64](source(2), 9, 1), 4}
	_, err := trainer.Fit(context.Background(), data, nil)
	require.ErrorContains(t, err, "a batch of one value for each channel")
	require.False(t, math.IsNaN(must(m.Predict(data.x)).Data()[0]))

	image := build(t, nn.NewModel[float64](nn.MSE, nn.WithInput(2, 1, 2)), nn.NewBatchNorm(2))
	x := random[float64](source(3), 1, 2, 1, 2)
	_, err = image.Step(workspace(t, image, 1), x, x.Clone())
	require.NoError(t, err)
}

// TestDivergenceInValidation trains on data that are finite and validates on data that are not.
func TestDivergenceInValidation(t *testing.T) {
	bad := line(12, 20)
	bad.x.Set(math.Inf(1), 3, 0)
	trainer := nn.Trainer[float64]{Model: linear(t, 0.01), Epochs: 3}
	history, err := trainer.Fit(context.Background(), line(12, 20), bad)
	var diverged *nn.DivergedError
	require.ErrorAs(t, err, &diverged)
	require.Equal(t, -1, diverged.Step)
	require.Equal(t, 0, diverged.Layer)
	require.Contains(t, err.Error(), "the evaluation at its end")
	require.Empty(t, history.Epochs)
	_, ok := history.Last()
	require.False(t, ok)
}

func TestEvaluateReportsWhatStopsIt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	m, data := linear(t, 0.01), line(13, 8)
	_, err := nn.Evaluate(ctx, m, batches[float64]{x: tensor.New[float64](0, 2),
		y: tensor.New[float64](0, 1), size: 1})
	require.ErrorContains(t, err, "no batches to evaluate")
	_, err = nn.Evaluate(ctx, m, batches[float64]{data.y, data.y, 8})
	require.ErrorContains(t, err, "takes (rows, 2)")
	_, err = nn.Evaluate(ctx, m, batches[float64]{data.x, data.x, 8})
	require.ErrorContains(t, err, "a target of 2 columns")
	_, err = nn.Evaluate(ctx, m, batches[float64]{tensor.New[float64](8), data.y, 8})
	require.ErrorContains(t, err, "an input of shape [8]; the model takes (rows, 2)")
	cancel()
	_, err = nn.Evaluate(ctx, m, data)
	require.ErrorIs(t, err, context.Canceled)
}

func TestFitRefusesWhatCannotWork(t *testing.T) {
	data, none := line(1, 16), batches[float64]{x: tensor.New[float64](0, 2),
		y: tensor.New[float64](0, 1), size: 1}
	narrow := batches[float64]{x: tensor.New[float64](8, 1), y: tensor.New[float64](8, 1), size: 8}
	for _, c := range []struct {
		trainer           nn.Trainer[float64]
		train, validation nn.Batches[float64]
		want              string
	}{
		{nn.Trainer[float64]{}, data, nil, "no model"},
		{nn.Trainer[float64]{Model: nn.NewModel[float64](nn.MSE)}, data, nil, "no layers"},
		{nn.Trainer[float64]{Model: linear(t, -1)}, data, nil, "learning rate"},
		{nn.Trainer[float64]{Model: linear(t, 0)}, data, nil, "the learning rate must be above 0"},
		{nn.Trainer[float64]{Model: linear(t, math.NaN())}, data, nil, "learning rate"},
		{nn.Trainer[float64]{Model: linear(t, 1), Epochs: -1}, data, nil, "epochs"},
		{nn.Trainer[float64]{Model: linear(t, 1)}, nil, nil, "no batches to train on"},
		{nn.Trainer[float64]{Model: linear(t, 1)}, none, nil, "no batches to train on"},
		{nn.Trainer[float64]{Model: linear(t, 1)}, data, none, "no batches to validate on"},
		{nn.Trainer[float64]{Model: linear(t, 1)}, narrow, nil, "takes (rows, 2)"},
		{nn.Trainer[float64]{Model: linear(t, 1)}, batches[float64]{data.x, data.x, 8}, nil,
			"a target of 2 columns"},
	} {
		_, err := c.trainer.Fit(context.Background(), c.train, c.validation)
		require.ErrorContains(t, err, c.want)
	}
}

// TestScheduleMayStartAtZero warms up from a learning rate of 0, which leaves the parameters alone
// for an epoch.
func TestScheduleMayStartAtZero(t *testing.T) {
	m := linear(t, 0.1)
	sums := []string{m.ParamsSHA256()}
	trainer := nn.Trainer[float64]{Model: m, Epochs: 2,
		Schedule: func(epoch, epochs int) float64 { return float64(epoch) / float64(epochs) },
		OnEpoch: func(e nn.Epoch) error {
			require.Equal(t, 0.05*float64(e.Epoch), e.LearningRate)
			sums = append(sums, m.ParamsSHA256())
			return nil
		}}
	_, err := trainer.Fit(context.Background(), line(14, 16), nil)
	require.NoError(t, err)
	require.Equal(t, sums[0], sums[1])
	require.NotEqual(t, sums[1], sums[2])
}

func TestSchedules(t *testing.T) {
	step := nn.StepSchedule(10, 0.5)
	require.Equal(t, []float64{1, 1, 0.5, 0.25},
		[]float64{step(0, 99), step(9, 99), step(10, 99), step(29, 99)})
	cosine := nn.CosineSchedule(0.1)
	require.Equal(t, 1.0, cosine(0, 1))
	for epoch := range 51 {
		want := 0.1 + 0.9*(1+math.Cos(math.Pi*float64(epoch)/50))/2
		require.InDelta(t, want, cosine(epoch, 51), 1e-14)
	}
}

// TestTrainerUsesSampleWeights trains on two contradictory halves of which only the first has
// weight, and expects what the first alone gives.
func TestTrainerUsesSampleWeights(t *testing.T) {
	first := line(10, 8)
	x, y, weights := tensor.New[float64](16, 2), tensor.New[float64](16, 1), tensor.New[float64](16)
	x.Slice(0, 8).CopyFrom(first.x)
	x.Slice(8, 16).CopyFrom(first.x)
	y.Slice(0, 8).CopyFrom(first.y)
	y.Slice(8, 16).Fill(1e6)
	weights.Slice(0, 8).Fill(0.5)
	loader, err := data.NewColumnLoader(data.LoaderOptions{BatchSize: 16}, x, y, weights)
	require.NoError(t, err)
	alone, both := nn.Trainer[float64]{Model: linear(t, 0.1),
		Epochs: 5}, nn.Trainer[float64]{Model: linear(t, 0.1), Epochs: 5}
	want, err := alone.Fit(context.Background(), first, first)
	require.NoError(t, err)
	got, err := both.Fit(context.Background(), loader, loader)
	require.NoError(t, err)
	for i := range want.Epochs {
		require.InEpsilon(t, want.Epochs[i].TrainLoss, got.Epochs[i].TrainLoss, 1e-12)
		require.InEpsilon(t, want.Epochs[i].ValLoss, got.Epochs[i].ValLoss, 1e-12)
	}
}

// TestWholeTrainingIsReproducible trains with a shuffling loader twice from the same seeds, and
// once from others.
func TestWholeTrainingIsReproducible(t *testing.T) {
	all := line(11, 60)
	run := func(seed uint64) string {
		loader, err := data.NewLoader(all.x, all.y,
			data.LoaderOptions{BatchSize: 7, Shuffle: true, Seed: seed})
		require.NoError(t, err)
		m := build(t, nn.NewModel[float64](nn.MSE, nn.WithSeed(1), nn.WithOptimizer(nn.Adam(0.01))),
			nn.NewDense(2, 5, nn.Tanh), nn.NewDense(5, 1, nn.Linear))
		trainer := nn.Trainer[float64]{Model: m, Epochs: 3}
		_, err = trainer.Fit(context.Background(), loader, nil)
		require.NoError(t, err)
		return m.ParamsSHA256()
	}
	require.Equal(t, run(1), run(1))
	require.NotEqual(t, run(1), run(2))
}

// TestEvaluationLeavesTheTrainingAlone trains on a shuffling loader, whose orders must not depend
// on who else looks at it: the figures of each epoch, the validation or a callback.
func TestEvaluationLeavesTheTrainingAlone(t *testing.T) {
	all, ctx := line(15, 60), context.Background()
	train := func(watch func(*nn.Trainer[float64], nn.Batches[float64]) nn.Batches[float64]) string {
		loader, err := data.NewLoader(all.x, all.y, data.LoaderOptions{BatchSize: 7, Shuffle: true})
		require.NoError(t, err)
		trainer := nn.Trainer[float64]{Model: linear(t, 0.05), Epochs: 3}
		_, err = trainer.Fit(ctx, loader, watch(&trainer, loader))
		require.NoError(t, err)
		return trainer.Model.ParamsSHA256()
	}
	type (
		trainer = nn.Trainer[float64]
		loader  = nn.Batches[float64]
	)
	want := train(func(*trainer, loader) loader { return nil })
	for name, watch := range map[string]func(t *trainer, l loader) loader{
		"figures":    func(t *trainer, _ loader) loader { t.EvaluateTrain = true; return nil },
		"validation": func(_ *trainer, l loader) loader { return l },
		"a callback": func(t *trainer, l loader) loader {
			t.OnEpoch = func(nn.Epoch) error {
				_, err := nn.Evaluate(ctx, t.Model, l)
				return err
			}
			return nil
		},
		"a callback that gives up": func(t *trainer, l loader) loader {
			cancelled, cancel := context.WithCancel(ctx)
			cancel()
			t.OnEpoch = func(nn.Epoch) error {
				_, _ = nn.Evaluate(cancelled, t.Model, l)
				return nil
			}
			return nil
		},
	} {
		require.Equal(t, want, train(watch), name)
	}
}

// TestEvaluateNeedsTheStateOfItsBatches refuses batches that can't be put back where they were.
func TestEvaluateNeedsTheStateOfItsBatches(t *testing.T) {
	_, err := nn.Evaluate(context.Background(), linear(t, 0.1), unrestorable{line(1, 8)})
	require.ErrorIs(t, err, errForgotten)
}

// unrestorable are batches whose state can be neither saved nor restored.
type unrestorable struct{ batches[float64] }

func (unrestorable) MarshalBinary() ([]byte, error) { return nil, errForgotten }

func (unrestorable) UnmarshalBinary([]byte) error { return errForgotten }

// TestScheduleBeyondTheType ends a run whose learning rate becomes infinite in the element type.
func TestScheduleBeyondTheType(t *testing.T) {
	x, y := random[float32](source(1), 8, 2), random[float32](source(2), 8, 1)
	for _, factor := range []float64{math.NaN(), -1, 1e45} {
		m := nn.NewModel[float32](nn.MSE, nn.WithOptimizer(nn.SGD(0.1)))
		require.NoError(t, m.Add(nn.NewDense(2, 1, nn.Linear)))
		trainer := nn.Trainer[float32]{Model: m, Epochs: 2,
			Schedule: func(epoch, _ int) float64 { return []float64{1, factor}[epoch] }}
		history, err := trainer.Fit(context.Background(), batches[float32]{x, y, 8}, nil)
		require.ErrorContains(t, err, "learning rate")
		require.Len(t, history.Epochs, 1)
	}
}

// TestRangeTestLeavesTheModelAlone tries rates until the loss grows, and then trains as if it
// hadn't.
func TestRangeTestLeavesTheModelAlone(t *testing.T) {
	all, ctx := line(16, 60), context.Background()
	run := func(first bool) string {
		loader, err := data.NewLoader(all.x, all.y, data.LoaderOptions{BatchSize: 7, Shuffle: true})
		require.NoError(t, err)
		m := build(t, nn.NewModel[float64](nn.MSE, nn.WithOptimizer(nn.Momentum(0.01, 0.9))),
			nn.NewDense(2, 4, nn.Tanh), nn.NewBatchNorm(4), nn.NewDense(4, 1, nn.Linear))
		trainer := nn.Trainer[float64]{Model: m, Epochs: 2}
		if first {
			points, err := trainer.RangeTest(ctx, loader, 1e-4, 100, 50)
			require.NoError(t, err)
			require.Equal(t, 1e-4, points[0].Rate)
			require.Greater(t, len(points), 9, "more than an epoch")
			require.Less(t, len(points), 50, "the loss grows before the last")
		}
		_, err = trainer.Fit(ctx, loader, nil)
		require.NoError(t, err)
		return m.ParamsSHA256()
	}
	require.Equal(t, run(false), run(true))
	trainer := nn.Trainer[float64]{Model: linear(t, 0.1)}
	_, err := trainer.RangeTest(ctx, all, 1, 0.1, 10)
	require.ErrorContains(t, err, "a range test of 10 steps from the rate 1 to 0.1")
}

// TestStepsThatCannotBeMade are settings that don't go together.
func TestStepsThatCannotBeMade(t *testing.T) {
	lbfgs := build(t, nn.NewModel[float64](nn.MSE, nn.WithOptimizer(nn.LBFGS(1))),
		nn.NewDense(2, 1, nn.Linear))
	for want, trainer := range map[string]nn.Trainer[float64]{
		"a plateau with the factor 1": {Model: linear(t, 0.1),
			Plateau: &nn.Plateau{Factor: 1}},
		"averages with the decay 1":                {Model: linear(t, 0.1), Average: 1},
		"lbfgs makes its steps from single batche": {Model: lbfgs, Accumulate: 2},
	} {
		_, err := trainer.Fit(context.Background(), line(17, 8), nil)
		require.ErrorContains(t, err, want)
	}
	w := workspace(t, lbfgs, 8)
	_, err := lbfgs.Forward(w, line(17, 8).x)
	require.NoError(t, err)
	_, err = lbfgs.Backward(w, line(17, 8).y)
	require.NoError(t, err)
	require.ErrorContains(t, lbfgs.Update(w), "use Step")
	require.ErrorContains(t, lbfgs.SetGroups(nn.Group{Names: []string{"0"}, Optimizer: nn.SGD(1)}),
		"of another kind than lbfgs")
	m := linear(t, 0.1)
	require.ErrorContains(t, m.SetGroups(nn.Group{Names: []string{"7"}, Optimizer: nn.SGD(1)}), `"7"`)
	require.ErrorContains(t, m.SetGroups(nn.Group{Names: []string{"0"},
		Optimizer: nn.SGD(1).WithClipNorm(1)}), "clipped by the model's optimizer")
}
