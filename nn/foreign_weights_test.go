package nn_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph/op"
	"simdnn/internal/golden"
	"simdnn/nn"
	"simdnn/nn/weights"
	"simdnn/tensor"
)

// kerasModel is a model of Keras with its weights and what it predicts.
type kerasModel struct {
	Name, File    string
	Own           map[string]string // Keras' own files by their ending, packed
	Layers        []string          // those with weights
	Shape         []int
	Input, Output []float32
}

// TestKerasWeightsPredictTheSame loads what numpy.savez, and Keras itself, wrote of its models.
func TestKerasWeightsPredictTheSame(t *testing.T) {
	for _, c := range golden.Read[kerasModel](t, "keras/weights.json") {
		t.Run(c.Name, func(t *testing.T) { testKeras(t, c) })
	}
}

func testKeras(t *testing.T, c kerasModel) {
	layers := map[string][]nn.Layer{
		"dense":     {nn.NewDense(3, 4, nn.ReLU), nn.NewDense(4, 2, nn.Linear)},
		"lstm":      {nn.NewLSTM(3, 4), nn.LastStep{}, nn.NewDense(4, 2, nn.Linear)},
		"gru":       {nn.NewGRU(3, 4), nn.LastStep{}, nn.NewDense(4, 2, nn.Linear)},
		"rnn":       {nn.NewRNN(3, 4), nn.LastStep{}, nn.NewDense(4, 2, nn.Linear)},
		"embedding": {nn.NewEmbedding(5, 3), nn.NewLSTM(3, 2), nn.LastStep{}},
		"convolution": {nn.NewConv2D(2, 3, 3, nn.ReLU, nn.WithKernel(3, 2)), nn.NewBatchNorm(3),
			nn.NewAdaptiveAveragePool(1, 1), nn.Flatten{}, nn.NewDense(3, 2, nn.Linear)},
		"both directions, LSTM":      {both(op.LSTMCell)},
		"both directions, GRU":       {both(op.GRUCell)},
		"both directions, SimpleRNN": {both(op.TanhCell)},
		"attention":                  {nn.NewSelfAttention(8, 2, false)},
		"groups of queries":          {&nn.Attention{Width: 8, Heads: 4, Groups: 2}},
		"depthwise": {nn.NewConv2D(2, 4, 3, nn.Linear, nn.WithGroups(2)),
			nn.NewConv2D(4, 8, 2, nn.Linear, nn.WithGroups(4), nn.WithoutBias()),
			nn.NewConv2D(8, 3, 1, nn.Linear), nn.NewAdaptiveAveragePool(1, 1), nn.Flatten{}},
		"transposed": {nn.NewConvTranspose2D(2, 3, 3, nn.Linear, nn.WithKernel(3, 2), nn.WithStride(2)),
			nn.NewAdaptiveAveragePool(1, 1), nn.Flatten{}},
	}[c.Name]
	x := tensor.FromSlice(c.Input, c.Shape...)
	if len(c.Shape) == 4 {
		x = x.Permute(0, 3, 1, 2).Clone() // from channels last
	}
	if layers == nil {
		layers = []nn.Layer{nn.NewGRU(3, 4), nn.LastStep{}, nn.NewDense(4, 2, nn.Linear)}
	}
	files := map[string]string{"w.npz": written(t, "w.npz", c.File)}
	for ending, packed := range c.Own {
		files[ending] = written(t, "w"+ending, unpacked(t, packed))
	}
	require.Len(t, files, 4)
	for name, file := range files {
		m := build(t, nn.NewModel[float32](nn.Loss{}, nn.WithInput(x.Shape()[1:]...)), layers...)
		err := m.LoadWeights(file, c.rules(t, m, name == ".weights.h5" || name == ".keras")...)
		if c.Name == "gru before" {
			require.ErrorContains(t, err, "has reset_after=False")
			continue
		}
		require.NoError(t, err, name)
		y := must(m.Predict(x)).Clone().Data()
		require.Len(t, y, len(c.Output))
		for i, want := range c.Output {
			require.InDelta(t, want, y[i], 2e-6, i)
		}
	}
}

// rules returns those that give the weights of Keras' layers the names of the model's; bare says
// that names don't begin with that of Keras' model.
func (c kerasModel) rules(t *testing.T, m *nn.Model[float32], bare bool) []weights.Rule {
	names := slices.Clone(c.Layers)
	for i, n := range names {
		if bare {
			names[i] = n[strings.LastIndexByte(n, '/')+1:]
		}
	}
	if c.Name == "depthwise" { // of which the second layer of Keras is two
		names = []string{names[0], names[1] + "/depthwise", names[1] + "/pointwise"}
	}
	rules := []weights.Rule{weights.Keras()}
	var prefixes []string
	for _, p := range m.Parameters() {
		prefix := p.Name[:strings.IndexByte(p.Name, '.')+1]
		if n := len(prefixes); n == 0 || prefixes[n-1] != prefix {
			prefixes = append(prefixes, prefix)
		}
	}
	require.Len(t, prefixes, len(names))
	for i, n := range names {
		rules = append(rules, weights.RenamePrefix(strings.ReplaceAll(n, "/", ".")+".", prefixes[i]))
	}
	return rules
}

// unpacked returns what zlib compressed to a text in base64, in base64 again.
func unpacked(t *testing.T, packed string) string {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(packed)
	require.NoError(t, err)
	r, err := zlib.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(content)
}

// both returns a layer of 4 units for each direction of sequences of 3 columns.
func both(c op.Cell) nn.Layer {
	return &nn.Recurrent{Cell: c, In: 3, Hidden: 4, Bidirectional: true}
}

// written writes a file that is in base64 and returns its path.
func written(t *testing.T, name, content string) string {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(content)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o666))
	return path
}

// TestLoadWeightsOfPyTorchCheckpoints loads a state_dict, alone and within a checkpoint.
func TestLoadWeightsOfPyTorchCheckpoints(t *testing.T) {
	loaded := 0
	for _, c := range golden.Read[struct{ Name, File string }](t, "torch/checkpoints.json") {
		m := build(t, nn.NewModel[float32](nn.MSE), nn.NewDense(3, 2, nn.Linear))
		before := m.ParamsSHA256()
		path := written(t, "w.pt", c.File)
		switch c.Name {
		case "a state_dict":
			require.NoError(t, m.LoadWeights(path, weights.RenamePrefix("", "0.")))
		case "a checkpoint, protocol 2":
			require.ErrorContains(t, m.LoadWeights(path), `missing: "0.weight", "0.bias"; unused: `+
				`"model.weight", "model.bias", "optimizer.state.0.step"`)
			require.NoError(t, m.LoadWeights(path, weights.Only("model."),
				weights.RenamePrefix("", "0.")))
		case "types":
			require.ErrorContains(t, m.LoadWeights(path, weights.Rename(func(name string) string {
				return map[string]string{"torch.float32": "0.weight", "torch.int64": "0.bias"}[name]
			})), `the shape is [3], but [2 3] is expected`)
			continue
		default:
			continue
		}
		require.NotEqual(t, before, m.ParamsSHA256())
		loaded++
	}
	require.Equal(t, 2, loaded)
}
