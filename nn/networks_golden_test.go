package nn_test

import (
	"encoding/json"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/nn"
	"simdnn/nn/safetensors"
	"simdnn/tensor"
)

// goldenValues are the elements of a tensor of another program.
type goldenValues struct {
	Shape []int
	Data  []float64
}

func (v goldenValues) tensor() *tensor.Tensor[float64] {
	return tensor.FromSlice(v.Data, v.Shape...)
}

// goldenChain is a chain of layers with what PyTorch makes of it.
type goldenChain struct {
	Name                            string
	Layers                          json.RawMessage
	Parameters, Gradients, Buffers  map[string]goldenValues
	X, Upstream, Evaluated, Trained goldenValues
}

// TestLayersEqualPyTorch loads PyTorch's parameters by its names, predicts, and takes the gradients
// of a step of training, after which buffers are what PyTorch's are.
func TestLayersEqualPyTorch(t *testing.T) {
	for _, c := range golden.Read[goldenChain](t, "networks/chains.json") {
		t.Run(c.Name, func(t *testing.T) { testChain(t, c) })
	}
}

func testChain(t *testing.T, c goldenChain) {
	var layers nn.Sequential
	require.NoError(t, json.Unmarshal(c.Layers, &layers))
	m := build(t, nn.NewModel[float64](nn.Loss{}, nn.WithInput(c.X.Shape[1:]...)), layers...)
	c.Parameters["1.num_batches_tracked"] = goldenValues{[]int{1}, []float64{3}}
	require.NoError(t, m.LoadWeights(weightsFile(t, c.Parameters)))
	requireClose(t, c.Evaluated, must(m.Predict(c.X.tensor())), "evaluated")

	trained := build(t, nn.NewModel[float64](nn.MSE, nn.WithInput(c.X.Shape[1:]...)), layers...)
	w := workspace(t, trained, c.X.Shape[0])
	_, err := trained.Forward(w, c.X.tensor())
	require.NoError(t, err)
	require.NoError(t, trained.BackwardFrom(w, c.Upstream.tensor()))
	require.Len(t, w.Gradients(), len(c.Gradients))
	for _, g := range w.Gradients() {
		requireClose(t, c.Gradients[g.Name], g.Value.Clone(), g.Name)
	}
	saved := filepath.Join(t.TempDir(), "m.safetensors")
	require.NoError(t, m.Save(saved))
	r, err := safetensors.Open(saved)
	require.NoError(t, err)
	defer r.Close()
	for name, want := range c.Buffers {
		got, err := safetensors.Values[float64](r, name, want.Shape...)
		require.NoError(t, err)
		requireClose(t, want, tensor.FromSlice(got, want.Shape...), name)
	}
	again, err := nn.Load[float64](saved)
	require.NoError(t, err)
	require.Equal(t, must(m.Predict(c.X.tensor())).Data(), must(again.Predict(c.X.tensor())).Data())
}

// requireClose compares a tensor with PyTorch's, whose sums have other orders.
func requireClose(t *testing.T, want goldenValues, got *tensor.Tensor[float64], what string) {
	t.Helper()
	require.Equal(t, want.Shape, got.Shape(), what)
	scale := largest(want.Data)
	for i, v := range got.Data() {
		require.LessOrEqual(t, math.Abs(v-want.Data[i]), 1e-12*max(1, scale), "%s[%d]", what, i)
	}
}
