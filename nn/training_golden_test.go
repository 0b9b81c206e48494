package nn_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/nn"
	"simdnn/tensor"
)

// schedules are those of the golden file, for a learning rate of 0.2.
var schedules = map[string]nn.Schedule{
	"step":        nn.StepSchedule(4, 0.3),
	"milestones":  nn.MilestoneSchedule(0.2, 3, 4, 11),
	"exponential": nn.ExponentialSchedule(0.9),
	"cosine":      nn.CosineAnnealingSchedule(8, 0.1),
	"restarts":    nn.CosineRestartSchedule(3, 2, 0.1),
	"linear":      nn.LinearSchedule(0.1, 1, 5),
	"polynomial":  nn.PolynomialSchedule(16, 0.7),
	"one cycle":   nn.OneCycleSchedule(0.3, 1/25.0, 1/25e4),
	"chained":     nn.ChainSchedules(nn.LinearSchedule(0.25, 1, 4), nn.ExponentialSchedule(0.8)),
	"sequence": nn.SequenceSchedule(nn.LinearSchedule(0.1, 1, 5), 5,
		nn.CosineAnnealingSchedule(0, 0.1)),
}

// TestSchedulesEqualPyTorch trains epochs of one step, by epochs and by steps.
func TestSchedulesEqualPyTorch(t *testing.T) {
	type rates struct {
		Name          string
		Rates, Losses []float64
	}
	x, y := random[float64](source(1), 2, 1), random[float64](source(2), 2, 1)
	for _, c := range golden.Read[rates](t, "training/schedules.json") {
		if c.Name == "plateau" {
			continue
		}
		require.Contains(t, schedules, c.Name)
		for _, each := range []bool{false, true} {
			m := build(t, nn.NewModel[float64](nn.MSE, nn.WithOptimizer(nn.SGD(0.2))),
				nn.NewDense(1, 1, nn.Linear))
			trainer := nn.Trainer[float64]{Model: m, Epochs: len(c.Rates),
				Schedule: schedules[c.Name],
				EachStep: each}
			data, perEpoch := batches[float64]{x, y, 2}, 1
			if each {
				data.size, perEpoch = 1, 2
				trainer.Epochs /= 2
			}
			h, err := trainer.Fit(context.Background(), data, nil)
			require.NoError(t, err)
			for i, e := range h.Epochs {
				require.InDelta(t, c.Rates[(i+1)*perEpoch-1], e.LearningRate, 1e-13, "%s %d",
					c.Name, i)
			}
		}
	}
}

func TestPlateauEqualsPyTorch(t *testing.T) {
	type rates struct {
		Name          string
		Rates, Losses []float64
	}
	cases := golden.Read[rates](t, "training/schedules.json")
	c := cases[len(cases)-1]
	require.Equal(t, "plateau", c.Name)
	p := nn.Plateau{Factor: 0.3, Patience: 2, Threshold: 1e-3, Cooldown: 2, MinRate: 0.004}
	for i, want := range c.Rates {
		require.InEpsilon(t, want, nn.PlateauRate(p, 0.2, c.Losses[:i]), 1e-12, "epoch %d", i)
	}
}

// momenta are the one cycles of the golden file.
var momenta = map[string][2]nn.Schedule{
	"one cycle of nesterov": {nn.OneCycleSchedule(0.3, 1/25.0, 1/25e4),
		nn.OneCycleMomentum(0.3, 0.85, 0.95)},
	"one cycle of adamw": {nn.OneCycleSchedule(0.4, 1/25.0, 1/25e4),
		nn.OneCycleMomentum(0.4, 0.7, 0.93)},
}

type goldenSteps struct {
	Name                 string
	X, Target            [][]float64
	Losses               []float64
	Start, End, Averages [][]float64
}

// stepOptimizers are those of the golden file, and the groups beside them.
func stepOptimizers(name string) (o nn.Optimizer, average float64, groups []nn.Group) {
	switch name {
	case "lbfgs":
		return nn.LBFGS(1).WithIterations(5, 9, 3), 0, nil
	case "lbfgs with defaults":
		return nn.LBFGS(1), 0, nil
	case "lbfgs without line search":
		return nn.LBFGS(0.3).WithIterations(4, 100, 5).WithoutLineSearch(), 0, nil
	case "one cycle of nesterov":
		return nn.Nesterov(0.1, 0.9), 0, nil
	case "one cycle of adamw":
		return nn.AdamW(0.05), 0, []nn.Group{{Names: []string{"0.bias", "2.bias"},
			Optimizer: nn.AdamW(0.02)}}
	case "groups of adamw":
		return nn.AdamW(0.05).WithWeightDecay(0.1), 0.9,
			[]nn.Group{{Names: []string{"0.bias", "2.bias"},
				Optimizer: nn.AdamW(0.02).WithWeightDecay(0).WithBetas(0.8, 0.95)}}
	}
	return nn.Momentum(0.1, 0.9), 0.5, []nn.Group{{Names: []string{"0"},
		Optimizer: nn.Momentum(0.01, 0.5)}}
}

// TestStepsEqualPyTorch follows L-BFGS, groups and averages, once for each step and once all at
// once by a trainer, which leaves the averages.
func TestStepsEqualPyTorch(t *testing.T) {
	for _, c := range golden.Read[goldenSteps](t, "training/steps.json") {
		t.Run(c.Name, func(t *testing.T) {
			o, average, groups := stepOptimizers(c.Name)
			m := build(t, nn.NewModel[float64](nn.CrossEntropy, nn.WithOptimizer(o)),
				nn.NewDense(3, 5, nn.Tanh), nn.NewDense(5, 3, nn.Softmax))
			start := func() {
				for i, p := range m.Parameters() {
					p.Value.CopyFrom(tensor.FromSlice(c.Start[i], p.Value.Shape()...))
				}
				m.SetOptimizer(o)
				if groups != nil {
					require.NoError(t, m.SetGroups(groups...))
				}
			}
			start()
			w, x, y := workspace(t, m, 8), matrix[float64](c.X), matrix[float64](c.Target)
			cycle, isCycle := momenta[c.Name]
			for i, want := range c.Losses {
				if isCycle { // which a trainer makes
					break
				}
				loss, err := m.Step(w, x, y)
				require.NoError(t, err)
				require.InDelta(t, want, loss, 1e-12*max(1, want), "step %d", i)
			}
			bound := 1e-12
			if average == 0 { // line searches of L-BFGS magnify roundings more and more
				bound = 1e-9
			}
			for i, p := range m.Parameters() {
				if !isCycle {
					requireWithin(t, c.End[i], p.Value.Clone().Data(), bound, p.Name)
				}
			}
			start()
			trainer := nn.Trainer[float64]{Model: m, Epochs: len(c.Losses), Average: average,
				Schedule: cycle[0], Momentum: cycle[1], EachStep: isCycle}
			_, err := trainer.Fit(context.Background(), batches[float64]{x, y, 8}, nil)
			require.NoError(t, err)
			want := c.End
			if average > 0 {
				want = c.Averages
			}
			for i, p := range m.Parameters() {
				requireWithin(t, want[i], p.Value.Clone().Data(), bound, p.Name)
			}
		})
	}
}

// TestSparseStepsEqualPyTorch follows an embedding of which batches use some rows, and compares the
// rows that none has used bit by bit.
func TestSparseStepsEqualPyTorch(t *testing.T) {
	type sparse struct {
		Name       string
		X, Target  [][][]float64
		Losses     []float64
		Start, End [][]float64
	}
	for _, c := range golden.Read[sparse](t, "training/sparse.json") {
		rate := map[string]float64{"sgd": 0.1, "sparse_adam": 0.05}[c.Name]
		m := build(t, nn.NewModel[float64](nn.MSE, nn.WithInput(2), nn.WithOptimizer(nn.SGD(rate))),
			nn.NewEmbedding(7, 3), nn.NewDense(3, 2, nn.Linear, nn.WithoutBias()))
		for i, p := range m.Parameters() {
			p.Value.CopyFrom(tensor.FromSlice(c.Start[i], p.Value.Shape()...))
		}
		if c.Name != "sgd" {
			require.NoError(t, m.SetGroups(nn.Group{Names: []string{"0"},
				Optimizer: nn.SparseAdam(0.1)}))
		}
		w, y := workspace(t, m, 4), tensor.New[float64](4, 2, 2)
		for i, row := range c.Target {
			copyTo(y.Data()[i*4:], elements(row))
		}
		for i, want := range c.Losses {
			loss, err := m.Step(w, matrix[float64](c.X[i]), y)
			require.NoError(t, err)
			require.InDelta(t, want, loss, 1e-12*max(1, want), "step %d of %s", i, c.Name)
		}
		for i, p := range m.Parameters() {
			requireWithin(t, c.End[i], p.Value.Clone().Data(), 1e-12, p.Name)
		}
		require.Equal(t, c.Start[0][18:], m.Parameters()[0].Data[18:],
			"a row that no batch has used")
	}
}

// TestSparseAdamIsForRows refuses a gradient of all elements.
func TestSparseAdamIsForRows(t *testing.T) {
	m := build(t, nn.NewModel[float64](nn.MSE, nn.WithOptimizer(nn.SparseAdam(0.1))),
		nn.NewDense(2, 1, nn.Linear))
	_, err := m.Step(workspace(t, m, 8), line(1, 8).x, line(1, 8).y)
	require.ErrorContains(t, err, "its gradient is not one of rows")
}
