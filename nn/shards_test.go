package nn_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/nn"
	"simdnn/tensor"
)

// patience is how long processes of these tests wait for one another.
const patience = time.Minute

// sharded returns a classifier with dropout, and data for it in batches of up to so many rows.
func sharded(t *testing.T, seed uint64, batch int) (*nn.Model[float32], batches[float32]) {
	r := source(3)
	x, y := random[float32](r, 50, 6), tensor.New[float32](50, 1)
	for i := range 50 {
		y.Row(i)[0] = float32(i % 3)
	}
	m := build(t, nn.NewModel[float32](nn.CrossEntropy, nn.WithOptimizer(nn.Adam(0.01)),
		nn.WithSeed(seed)), nn.NewDense(6, 17, nn.Tanh), nn.Dropout{0.3}, nn.NewDense(17, 3, nn.Softmax))
	return m, batches[float32]{x, y, batch}
}

// TestShardsHaveTheSameBits checks that the number of processes doesn't show, nor in what is
// measured.
func TestShardsHaveTheSameBits(t *testing.T) {
	for _, c := range []struct{ shards, batch int }{{12, 32}, {12, 8}, {7, 50}, {2, 32}} {
		sums := map[string][]int{}
		for _, processes := range []int{1, 2, 3, 4, 7, 12} {
			if processes > c.shards {
				continue
			}
			results := make([]string, processes)
			for _, err := range nn.RunLocally(processes, patience, func(p nn.Processes) error {
				m, data := sharded(t, 1, c.batch)
				trainer := nn.Trainer[float32]{Model: m, Epochs: 3, Shards: c.shards, Processes: p}
				h, err := trainer.Fit(context.Background(), data, nil)
				if err == nil {
					last, _ := h.Last()
					results[p.Rank()] = fmt.Sprint(m.ParamsSHA256(), last.TrainLoss, last.TrainMetric)
				}
				return err
			}) {
				require.NoError(t, err)
			}
			for _, r := range results {
				sums[r] = append(sums[r], processes)
			}
		}
		require.Len(t, sums, 1, "%v: %v", c, sums)
	}
}

// far are processes of which only those of an odd distance, or none, read one another's memory.
type far struct {
	nn.MemorySharer
	odd bool
}

func (f far) ShareMemory(n int) (own []byte, of [][]byte, err error) {
	own, of, err = f.MemorySharer.ShareMemory(n)
	for q := range of {
		if !f.odd || (q-f.Rank())%2 == 0 {
			of[q] = nil
		}
	}
	return own, of, err
}

// TestFarProcessesHaveTheSameBits checks steps whose sums go by messages, by memory and by both,
// and by Processes that share none.
func TestFarProcessesHaveTheSameBits(t *testing.T) {
	kinds := []func(nn.Processes) nn.Processes{
		func(p nn.Processes) nn.Processes { return p },
		func(p nn.Processes) nn.Processes { return far{p.(nn.MemorySharer), false} },
		func(p nn.Processes) nn.Processes { return far{p.(nn.MemorySharer), true} },
		func(p nn.Processes) nn.Processes { return struct{ nn.Processes }{p} },
		func(p nn.Processes) nn.Processes { return &late{Processes: p} },
	}
	sums := map[string]int{}
	for _, kind := range kinds {
		for _, processes := range []int{1, 3, 5} {
			for _, err := range nn.RunLocally(processes, patience, func(p nn.Processes) error {
				m, data := sharded(t, 1, 32)
				_, err := (&nn.Trainer[float32]{Model: m, Epochs: 2, Shards: 11, Processes: kind(p)}).Fit(
					context.Background(), data, nil)
				if p.Rank() == processes-1 {
					sums[m.ParamsSHA256()]++
				}
				return err
			}) {
				require.NoError(t, err)
			}
		}
	}
	require.Len(t, sums, 1)
}

// TestPiecesOfOptimizers checks that each process may update a piece of the parameters: what every
// optimizer, clipping, groups, averages, fixed parameters and a rate that changes make of it, and
// that all processes end with the same state, from which any of them can go on.
func TestPiecesOfOptimizers(t *testing.T) {
	plain := func(m *nn.Model[float32], trainer *nn.Trainer[float32]) {}
	type setting struct {
		o      nn.Optimizer
		change func(m *nn.Model[float32], trainer *nn.Trainer[float32])
	}
	cases := map[string]setting{
		"clipped":        {nn.Momentum(0.1, 0.9).WithClipNorm(0.05).WithWeightDecay(0.01), plain},
		"clipped values": {nn.Adam(0.01).WithClipValue(0.01), plain},
		"whole":          {nn.NewOptimizer("mean", 0.1, meanStep), plain},
		"group": {nn.AdamW(0.01), func(m *nn.Model[float32], trainer *nn.Trainer[float32]) {
			require.NoError(t, m.SetGroups(nn.Group{Names: []string{"0.bias"}, Optimizer: nn.SGD(0.1)}))
		}},
		"whole group": {nn.AdamW(0.01), func(m *nn.Model[float32], trainer *nn.Trainer[float32]) {
			require.NoError(t, m.SetGroups(nn.Group{Names: []string{"0.bias"},
				Optimizer: nn.NewOptimizer("mean", 0.1, meanStep)}))
		}},
		"fixed": {nn.Adam(0.01), func(m *nn.Model[float32], trainer *nn.Trainer[float32]) {
			require.NoError(t, m.SetTrainable(false, "0.weight"))
			trainer.OnEpoch = func(e nn.Epoch) error { return m.SetTrainable(e.Epoch > 0, "0") }
		}},
		"averages": {nn.Adam(0.01), func(m *nn.Model[float32], trainer *nn.Trainer[float32]) {
			trainer.Average, trainer.Schedule, trainer.EachStep = 0.9, nn.CosineSchedule(0.1), true
		}},
	}
	for _, name := range nn.Optimizers() {
		if name != "lbfgs" {
			o, err := nn.ParseOptimizer(name, 0.01)
			require.NoError(t, err)
			cases[name] = setting{o, plain}
		}
	}
	for name, c := range cases {
		sums := map[string][]int{}
		for _, processes := range []int{1, 2, 3, 8} {
			results := make([]string, processes)
			for _, err := range nn.RunLocally(processes, patience, func(p nn.Processes) error {
				m, data := sharded(t, 1, 32)
				m.SetOptimizer(c.o)
				trainer := nn.Trainer[float32]{Model: m, Epochs: 3, Shards: 8, Processes: p}
				c.change(m, &trainer)
				h, err := trainer.Fit(context.Background(), data, data)
				if err != nil {
					return err
				}
				last, _ := h.Last()
				sum := fmt.Sprint(last.ValLoss, m.ParamsSHA256())
				alone := nn.Trainer[float32]{Model: m, Epochs: 1} // from the state that it is left with
				_, err = alone.Fit(context.Background(), data, nil)
				results[p.Rank()] = sum + m.ParamsSHA256()
				return err
			}) {
				require.NoError(t, err, name)
			}
			for _, r := range results {
				sums[r] = append(sums[r], processes)
			}
		}
		require.Len(t, sums, 1, "%s: %v", name, sums)
	}
}

// meanStep moves all elements of a parameter by the mean of their gradients.
func meanStep(b *graph.Builder, rate *graph.Value, parameters, gradients []*graph.Value) {
	for i, w := range parameters {
		mean := op.Mean(b, gradients[i])
		b.Update(w, op.Sub(b, w, op.Mul(b, mean, op.Cast(b, rate, tensor.Float32Type))))
	}
}

// TestInterruptedProcessesAgree checks that processes that end within an epoch have the same
// averages.
func TestInterruptedProcessesAgree(t *testing.T) {
	sums := map[string]int{}
	var mu sync.Mutex
	for _, err := range nn.RunLocally(3, patience, func(p nn.Processes) error {
		m, data := sharded(t, 1, 8)
		steps := 0
		trainer := nn.Trainer[float32]{Model: m, Epochs: 3, Shards: 4, Processes: p, Average: 0.5}
		trainer.OnStep = func(nn.Step) error {
			if steps++; steps == 9 && p.Rank() == 1 {
				return errors.New("enough")
			}
			return nil
		}
		_, err := trainer.Fit(context.Background(), data, nil)
		mu.Lock()
		defer mu.Unlock()
		sums[m.ParamsSHA256()]++
		return err
	}) {
		require.ErrorContains(t, err, "enough")
	}
	require.Len(t, sums, 1, "%v", sums)
}

// TestShardsAddUp compares steps by batches in shards with those by whole ones.
func TestShardsAddUp(t *testing.T) {
	train := func(shards int) []nn.Parameter[float64] {
		m := linear(t, 0.1)
		_, err := (&nn.Trainer[float64]{Model: m, Epochs: 3, Shards: shards}).Fit(context.Background(),
			line(1, 50), nil)
		require.NoError(t, err)
		return m.Parameters()
	}
	want := train(0)
	for _, shards := range []int{1, 2, 5, 11} {
		for i, p := range train(shards) {
			require.InDeltaSlice(t, want[i].Data, p.Data, 1e-13)
		}
	}
	require.Equal(t, want[0].Data, train(1)[0].Data)
}

func TestShardsRefused(t *testing.T) {
	for want, change := range map[string]func(trainer *nn.Trainer[float64]){
		"nn: 1 shards for 2 processes: each needs one": func(trainer *nn.Trainer[float64]) {
			trainer.Shards = 1
		},
		"nn: batches that are accumulated, and those of lbfgs, can't be cut into shards": func(
			trainer *nn.Trainer[float64]) {
			trainer.Accumulate = 2
		},
	} {
		for _, err := range nn.RunLocally(2, patience, func(p nn.Processes) error {
			trainer := nn.Trainer[float64]{Model: linear(t, 0.1), Epochs: 1, Shards: 2, Processes: p}
			change(&trainer)
			_, err := trainer.Fit(context.Background(), line(1, 20), nil)
			return err
		}) {
			require.EqualError(t, err, want)
		}
	}
}

// TestProcessesMustAgree checks that a process with another seed ends the training of all.
func TestProcessesMustAgree(t *testing.T) {
	for _, err := range nn.RunLocally(3, patience, func(p nn.Processes) error {
		m, data := sharded(t, uint64(1+p.Rank()/2), 32)
		_, err := (&nn.Trainer[float32]{Model: m, Epochs: 1, Shards: 4, Processes: p}).Fit(
			context.Background(), data, nil)
		return err
	}) {
		require.ErrorContains(t, err, "nn: process 2 belongs to another training: ")
		require.ErrorContains(t, err, `seed: it has "2", this training has "1"`)
	}
}

// TestProcessesMustAgreeOnBuffers checks that processes begin with the same running means.
func TestProcessesMustAgreeOnBuffers(t *testing.T) {
	for _, err := range nn.RunLocally(2, patience, func(p nn.Processes) error {
		m, data := normed(t, nn.SGD(0), 20)
		if p.Rank() == 1 { // moves the running means alone
			_, err := m.Step(workspace(t, m, 20), data.x.Slice(0, 20), data.y.Slice(0, 20))
			require.NoError(t, err)
		}
		m.SetLearningRate(0.1)
		_, err := (&nn.Trainer[float64]{Model: m, Epochs: 1, Shards: 2, Processes: p}).Fit(
			context.Background(), data, nil)
		return err
	}) {
		require.ErrorContains(t, err, "nn: process 1 belongs to another training: buffers: it has ")
	}
}

// TestErrorsReachAllProcesses checks that what ends the training of one ends that of the others.
func TestErrorsReachAllProcesses(t *testing.T) {
	broken := errors.New("a full disk")
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx     context.Context
		onEpoch func(nn.Epoch) error
		want    string
	}{
		"callback":  {context.Background(), func(nn.Epoch) error { return broken }, "a full disk"},
		"cancelled": {cancelled, nil, "nn: training stopped in epoch 0: context canceled"},
		"last epoch": {context.Background(), func(e nn.Epoch) error {
			if e.Epoch == 1 {
				return broken
			}
			return nil
		}, "a full disk"},
	} {
		errs := nn.RunLocally(3, patience, func(p nn.Processes) error {
			m, data := sharded(t, 1, 32)
			trainer := nn.Trainer[float32]{Model: m, Epochs: 2, Shards: 4, Processes: p}
			ctx := context.Background()
			if p.Rank() == 1 {
				trainer.OnEpoch, ctx = c.onEpoch, c.ctx
			}
			_, err := trainer.Fit(ctx, data, nil)
			return err
		})
		require.EqualError(t, errs[1], c.want, name)
		require.ErrorContains(t, errs[0], "nn: process 1 stopped the training: "+c.want, name)
		require.ErrorContains(t, errs[2], "nn: process 1 stopped the training: "+c.want, name)
		require.Equal(t, c.ctx.Err() != nil, errors.Is(errs[0], context.Canceled), name)
	}
}

// TestLostProcesses checks that the others don't wait for one that is gone.
func TestLostProcesses(t *testing.T) {
	errs := nn.RunLocally(2, 50*time.Millisecond, func(p nn.Processes) error {
		if p.Rank() == 1 {
			return nil
		}
		m, data := sharded(t, 1, 32)
		_, err := (&nn.Trainer[float32]{Model: m, Epochs: 2, Shards: 4, Processes: p}).Fit(
			context.Background(), data, nil)
		return err
	})
	require.EqualError(t, errs[0], "nn: process 0 of 2: process 1 has sent nothing in 50ms")
}

// TestShardedCheckpoints checks that a checkpoint of some processes is resumed by others, to the
// bits of an uninterrupted training.
func TestShardedCheckpoints(t *testing.T) {
	folder := t.TempDir()
	train := func(processes, epochs int, checkpoint *nn.Checkpoint) (sum string) {
		for _, err := range nn.RunLocally(processes, patience, func(p nn.Processes) error {
			m, data := sharded(t, 1, 32)
			_, err := (&nn.Trainer[float32]{Model: m, Epochs: epochs, Shards: 6, Processes: p,
				Checkpoint: checkpoint}).Fit(context.Background(), data, nil)
			if p.Rank() == 0 {
				sum = m.ParamsSHA256()
			}
			return err
		}) {
			require.NoError(t, err)
		}
		return sum
	}
	checkpoint := &nn.Checkpoint{Folder: folder, Resume: true}
	train(2, 2, checkpoint)
	require.Equal(t, train(1, 5, nil), train(3, 5, checkpoint))

	m, data := sharded(t, 1, 32)
	_, err := (&nn.Trainer[float32]{Model: m, Epochs: 6, Shards: 5, Checkpoint: checkpoint}).Fit(
		context.Background(), data, nil)
	require.ErrorContains(t, err, `shards: it has "6", this training has "5"`)
}

// TestShardsDiverge checks that all processes report a loss that is not finite.
func TestShardsDiverge(t *testing.T) {
	for _, err := range nn.RunLocally(2, patience, func(p nn.Processes) error {
		data := line(1, 20)
		data.x.Set(math.NaN(), 17, 0)
		_, err := (&nn.Trainer[float64]{Model: linear(t, 0.1), Epochs: 2, Shards: 2, Processes: p}).Fit(
			context.Background(), data, nil)
		return err
	}) {
		var diverged *nn.DivergedError
		require.ErrorAs(t, err, &diverged)
		require.Equal(t, 2, diverged.Step)
	}
}
