package nn_test

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
)

// constantly is a schedule of one value.
func constantly(v float64) nn.Schedule { return func(int, int) float64 { return v } }

// TestMomentumOfOneValue gives optimizers their own momentum by a schedule, in a second training of
// a model whose first had none, and compares with trainings without.
func TestMomentumOfOneValue(t *testing.T) {
	for _, o := range []nn.Optimizer{nn.Momentum(0.1, 0.8), nn.Nesterov(0.1, 0.8), nn.Adam(0.05),
		nn.AdamW(0.05)} {
		own := 0.8
		if o.Name() == "adam" || o.Name() == "adamw" {
			own = 0.9
		}
		train := func(momentum nn.Schedule) []float64 {
			m := build(t, nn.NewModel[float64](nn.MSE, nn.WithOptimizer(o)),
				nn.NewDense(2, 1, nn.Linear))
			for _, then := range []nn.Schedule{nil, momentum, nil} {
				trainer := nn.Trainer[float64]{Model: m, Epochs: 3, Momentum: then}
				_, err := trainer.Fit(context.Background(), line(17, 8), nil)
				require.NoError(t, err)
			}
			return m.Parameters()[0].Data
		}
		requireWithin(t, train(nil), train(constantly(own)), 1e-14, o.String())
		require.Greater(t, math.Abs(train(nil)[0]-train(constantly(0.5))[0]), 1e-3, o.String())
	}
}

func TestMomentumThatCannotBe(t *testing.T) {
	for problem, c := range map[string]struct {
		optimizer nn.Optimizer
		momentum  float64
	}{
		"sgd(lr 0.1) has no momentum that a schedule could change": {nn.SGD(0.1), 0.5},
		"the schedule gives epoch 0 the momentum 1: it must lie":   {nn.Adam(0.1), 1},
		"the momentum 0.99999999999: it must lie in [0, 1) in": {nn.Momentum(0.1, 0.9),
			0.99999999999},
		"the momentum NaN":  {nn.Momentum(0.1, 0.9), math.NaN()},
		"the momentum -0.1": {nn.Momentum(0.1, 0.9), -0.1},
	} {
		m := build(t, nn.NewModel[float32](nn.MSE, nn.WithOptimizer(c.optimizer)),
			nn.NewDense(3, 1, nn.Linear))
		trainer := nn.Trainer[float32]{Model: m, Epochs: 2, Momentum: constantly(c.momentum)}
		x := random[float32](source(1), 4, 3)
		_, err := trainer.Fit(context.Background(),
			batches[float32]{x, random[float32](source(2), 4, 1), 4},
			nil)
		require.ErrorContains(t, err, problem)
	}
}

// TestMomentumOfOtherLength goes on with one cycle as if it were longer.
func TestMomentumOfOtherLength(t *testing.T) {
	k := start[float32](2).keepIn(t.TempDir())
	k.trainer.Momentum = nn.OneCycleMomentum(0.3, 0.8, 0.95)
	k.outcome(t)
	k.trainer.Epochs = 10
	_, _, err := k.fit(context.Background(), t)
	require.ErrorContains(t, err, "epoch 1 had the momentum 0.95; the schedule of this training "+
		"of 10 "+
		"epochs gives it 0.875")
}
