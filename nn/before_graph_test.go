package nn_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// The files of testdata/golden/nn/before-graph were written by the engine that ran layers one by
// one, before models became graphs.

const beforeGraph = "../testdata/golden/nn/before-graph"

// beforeGraphData are the rows that the files come from.
func beforeGraphData() (x, y *tensor.Tensor[float32]) {
	x, y = tensor.New[float32](40, 3), tensor.New[float32](40, 1)
	for i := range x.Data() {
		x.Data()[i] = float32(i*7%11)/4 - 1
	}
	for i := range y.Data() {
		y.Data()[i] = float32(i * i % 3)
	}
	return x, y
}

// expectedBefore is what the files are to give.
func expectedBefore(t *testing.T) (e struct {
	Momentum, Adam string
	Predictions    []float32
}) {
	text, err := os.ReadFile(filepath.Join(beforeGraph, "expected.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &e))
	return e
}

func TestModelsOfBeforeLoad(t *testing.T) {
	want := expectedBefore(t)
	m, err := nn.Load[float32](filepath.Join(beforeGraph, "model.safetensors"))
	require.NoError(t, err)
	require.Equal(t, map[string]string{"author": "the version before"}, m.Metadata)
	x, _ := beforeGraphData()
	y, err := m.Predict(x.Slice(0, 4))
	require.NoError(t, err)
	if m.Engine().ISA() == "generic" {
		require.InDeltaSlice(t, want.Predictions, y.Data(), 1e-6)
		return
	}
	require.Equal(t, want.Adam, m.ParamsSHA256())
	require.Equal(t, want.Predictions, y.Data())
}

// TestCheckpointsOfBeforeResume goes on after three epochs to the bits of a run that was never
// interrupted.
func TestCheckpointsOfBeforeResume(t *testing.T) {
	if tensor.ActiveISA().Name == "generic" {
		t.Skip("generic has other bits, and the checkpoints say so")
	}
	want := expectedBefore(t)
	for sum, o := range map[string]nn.Optimizer{
		want.Momentum: nn.Momentum(0.05, 0.9), want.Adam: nn.Adam(0.01),
	} {
		folder := t.TempDir()
		text, err := os.ReadFile(filepath.Join(beforeGraph, "checkpoint-"+o.Name(),
			"checkpoint.safetensors"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, "checkpoint.safetensors"), text, 0o600))
		x, y := beforeGraphData()
		m := build(t, nn.NewModel[float32](nn.CrossEntropy.WithClassWeights(1, 2, 0.5), nn.WithSeed(3),
			nn.WithOptimizer(o)), nn.NewDense(3, 8, nn.SiLU), nn.NewDense(8, 5, nn.LeakyReLU(0.1)),
			nn.NewDense(5, 3, nn.Softmax))
		l, err := data.NewLoader(x, y, data.LoaderOptions{BatchSize: 16, Shuffle: true, Seed: 5})
		require.NoError(t, err)
		trainer := nn.Trainer[float32]{Model: m, Epochs: 6, Patience: 100,
			Checkpoint: &nn.Checkpoint{Folder: folder, Resume: true}}
		h, err := trainer.Fit(context.Background(), l, nil)
		require.NoError(t, err)
		require.Len(t, h.Epochs, 6)
		require.Equal(t, sum, m.ParamsSHA256(), o.Name())
	}
}
