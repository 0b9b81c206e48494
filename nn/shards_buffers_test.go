package nn_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/nn/safetensors"
	"simdnn/tensor"
)

// normed returns a network with batch norm, and 50 rows for it.
func normed(t *testing.T, o nn.Optimizer, batch int) (*nn.Model[float64], batches[float64]) {
	r := source(5)
	x, y := random[float64](r, 50, 6), random[float64](r, 50, 2)
	m := build(t, nn.NewModel[float64](nn.MSE, nn.WithOptimizer(o), nn.WithSeed(2)),
		nn.NewDense(6, 5, nn.Linear), nn.NewBatchNorm(5), nn.NewDense(5, 2, nn.Linear))
	return m, batches[float64]{x, y, batch}
}

// TestShardsKeepRunningMoments checks that the number of processes doesn't show in buffers, whether
// each process updates a piece or all of them everything.
func TestShardsKeepRunningMoments(t *testing.T) {
	for name, o := range map[string]nn.Optimizer{"pieces": nn.Adam(0.01),
		"whole": nn.SGD(0.01).WithClipNorm(0.5)} {
		sums := map[string]bool{}
		for _, processes := range []int{1, 2, 3, 5} {
			results := make([]string, processes)
			for _, err := range nn.RunLocally(processes, patience, func(p nn.Processes) error {
				m, data := normed(t, o, 20) // a last batch of 10 rows
				_, err := (&nn.Trainer[float64]{Model: m, Epochs: 2, Shards: 5, Processes: p}).Fit(
					context.Background(), data, nil)
				results[p.Rank()] = m.ParamsSHA256() + m.BuffersSHA256()
				return err
			}) {
				require.NoError(t, err)
			}
			for _, r := range results {
				sums[r] = true
			}
		}
		require.Len(t, sums, 1, "%s: %v", name, sums)
	}
}

// TestShardsWeighRunningMoments compares the running moments after one step with what shards of 2,
// 2 and 3 rows make of them one by one.
func TestShardsWeighRunningMoments(t *testing.T) {
	norm := func() (*nn.Model[float64], *tensor.Tensor[float64]) {
		m := build(t, nn.NewModel[float64](nn.MSE, nn.WithInput(2),
			nn.WithOptimizer(nn.SGD(0.01))), nn.NewBatchNorm(2))
		return m, random[float64](source(7), 7, 2)
	}
	running := func(m *nn.Model[float64]) (mean, variance []float64) {
		path := filepath.Join(t.TempDir(), "m.safetensors")
		require.NoError(t, m.Save(path))
		r, err := safetensors.Open(path)
		require.NoError(t, err)
		defer r.Close()
		mean, err = safetensors.Values[float64](r, "0.running_mean", 2)
		require.NoError(t, err)
		variance, err = safetensors.Values[float64](r, "0.running_var", 2)
		require.NoError(t, err)
		return mean, variance
	}
	m, x := norm()
	_, err := (&nn.Trainer[float64]{Model: m, Epochs: 1, Shards: 3}).Fit(context.Background(),
		batches[float64]{x, x, 7}, nil)
	require.NoError(t, err)
	mean, variance := running(m)
	wantMean, wantVariance := make([]float64, 2), make([]float64, 2)
	for shard := range 3 {
		lo, hi := tensor.Share(7, 1, shard, 3)
		one, _ := norm()
		part := x.Slice(lo, hi)
		_, err := (&nn.Trainer[float64]{Model: one, Epochs: 1}).Fit(context.Background(),
			batches[float64]{part, part, 7}, nil)
		require.NoError(t, err)
		a, b := running(one)
		for i := range 2 {
			wantMean[i] += a[i] * float64(hi-lo) / 7
			wantVariance[i] += b[i] * float64(hi-lo) / 7
		}
	}
	require.InDeltaSlice(t, wantMean, mean, 1e-15)
	require.InDeltaSlice(t, wantVariance, variance, 1e-15)
	require.NotEqual(t, fmt.Sprint([]float64{0, 0}), fmt.Sprint(mean))
}
