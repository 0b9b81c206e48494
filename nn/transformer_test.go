package nn_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/internal/golden"
	"simdnn/nn"
	"simdnn/nn/safetensors"
	"simdnn/tensor"
)

// networkFunc is a network that a function describes.
type networkFunc func(b *nn.Builder, in []*graph.Value) []*graph.Value

func (f networkFunc) Apply(b *nn.Builder, in []*graph.Value) []*graph.Value { return f(b, in) }

// ofSeveral are the networks of the golden file.
func ofSeveral(name string) nn.Network {
	switch name {
	case "transformer":
		n := nn.NewTransformer(8, 2, 12, 1)
		n.Decoder.Depth = 2
		return n
	case "transformer padded":
		n := nn.NewTransformer(8, 2, 12, 1)
		n.Encoder.Depth, n.Padded = 2, true
		n.Encoder.Layer.NormFirst, n.Decoder.Layer.NormFirst = true, true
		return n
	case "padded lstm":
		l := nn.NewLSTM(3, 4)
		l.Layers, l.Bidirectional = 2, true
		return paddedNetwork(l)
	case "padded gru":
		return paddedNetwork(nn.NewGRU(3, 4))
	case "cross attention":
		a := nn.NewAttention(8, 2, 6, 5)
		return networkFunc(func(b *nn.Builder, in []*graph.Value) []*graph.Value {
			return []*graph.Value{a.Attend(b, in[0], in[1], in[2], nil)}
		})
	}
	a := &nn.Attention{Width: 8, Heads: 2, NoBias: true}
	return networkFunc(func(b *nn.Builder, in []*graph.Value) []*graph.Value {
		mask := op.Reshape(b.Builder, in[2], 0, 1, 3, 4)
		return []*graph.Value{a.Attend(b, in[0], in[1], in[1], mask)}
	})
}

// paddedNetwork takes sequences, states, c of an LSTM, and lengths, and gives all states in a row.
func paddedNetwork(l *nn.Recurrent) nn.Network {
	return networkFunc(func(b *nn.Builder, in []*graph.Value) []*graph.Value {
		g := b.Builder
		byLayer := func(v *graph.Value) *graph.Value { return op.Permute(g, v, 1, 0, 2) }
		first := nn.RecurrentInputs{Initial: byLayer(in[1]), Lengths: in[3]}
		if l.Cell == op.LSTMCell {
			first.Cells = byLayer(in[2])
		}
		y, last, cells := l.Run(b, in[0], first)
		parts := []*graph.Value{op.Flatten(g, y, 1, -1), op.Flatten(g, byLayer(last), 1, -1)}
		if cells != nil {
			parts = append(parts, op.Flatten(g, byLayer(cells), 1, -1))
		}
		return []*graph.Value{op.Concat(g, 1, parts...)}
	})
}

// TestNetworksOfSeveralInputsEqualPyTorch loads PyTorch's parameters by its names, predicts, and
// takes a step of gradient descent at the rate 1, which takes the gradients away.
func TestNetworksOfSeveralInputsEqualPyTorch(t *testing.T) {
	type several struct {
		Name                  string
		Parameters, Gradients map[string]goldenValues
		Inputs                []goldenValues
		Output, Target        goldenValues
	}
	for _, c := range golden.Read[several](t, "networks/several.json") {
		t.Run(c.Name, func(t *testing.T) {
			var shapes [][]int
			var in columns[float64]
			for _, x := range c.Inputs {
				shapes, in = append(shapes, x.Shape[1:]), append(in, x.tensor())
			}
			m, err := nn.NewNetworkModel[float64](ofSeveral(c.Name), shapes,
				[]nn.Objective{{Loss: nn.MSE}}, nn.WithOptimizer(nn.SGD(1)))
			require.NoError(t, err)
			require.NoError(t, m.LoadWeights(weightsFile(t, c.Parameters)))
			y, err := must(m.NewPredictor()).PredictAll(in...)
			require.NoError(t, err)
			requireClose(t, c.Output, y[0], "output")

			trainer := nn.Trainer[float64]{Model: m, Epochs: 1}
			_, err = trainer.Fit(context.Background(), append(in, c.Target.tensor()), nil)
			require.NoError(t, err)
			require.Len(t, m.Parameters(), len(c.Gradients))
			for _, p := range m.Parameters() {
				before, after := c.Parameters[p.Name], p.Value.Clone()
				for i, v := range after.Data() {
					after.Data()[i] = before.Data[i] - v
				}
				requireClose(t, c.Gradients[p.Name], after, p.Name)
			}
		})
	}
}

// weightsFile writes a file of tensors.
func weightsFile(t *testing.T, tensors map[string]goldenValues) string {
	var all []safetensors.Tensor
	for name, v := range tensors {
		all = append(all, safetensors.NewTensor(name, v.Data, v.Shape...))
	}
	path := filepath.Join(t.TempDir(), "torch.safetensors")
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, safetensors.Write(f, nil, all))
	require.NoError(t, f.Close())
	return path
}

// TestAttentionWithDropout computes the weights that dropout needs: at a rate that drops nothing
// the gradients are those of the operator, to the rounding.
func TestAttentionWithDropout(t *testing.T) {
	gradients := func(dropout float64) []nn.Parameter[float64] {
		a := &nn.Attention{Width: 8, Heads: 4, Groups: 2, Causal: true, Dropout: dropout}
		m := build(t, nn.NewModel[float64](nn.MSE, nn.WithInput(5, 8), nn.WithSeed(3)), a)
		w := workspace(t, m, 2)
		_, err := m.Forward(w, random[float64](source(1), 2, 5, 8))
		require.NoError(t, err)
		require.NoError(t, m.BackwardFrom(w, random[float64](source(2), 2, 5, 8)))
		return w.Gradients()
	}
	want, got := gradients(0), gradients(1e-13)
	for i, g := range want {
		requireWithin(t, g.Data, got[i].Data, 1e-11, g.Name)
	}
	dropped := gradients(0.5)
	require.Greater(t, math.Abs(want[0].Data[0]-dropped[0].Data[0]), 1e-9)
	require.Equal(t, dropped[0].Data, gradients(0.5)[0].Data)
}

// TestDropoutOfQueriesThatSeeNothing takes a step with masks, one of which hides all of a sequence:
// at a rate that drops nothing the parameters become what they become without dropout.
func TestDropoutOfQueriesThatSeeNothing(t *testing.T) {
	x, y := random[float64](source(1), 2, 3, 8), random[float64](source(2), 2, 3, 8)
	lengths := tensor.FromSlice([]float64{0, 2}, 2)
	hidden := tensor.New[float64](2, 3, 3)
	hidden.Slice(0, 1).Fill(math.Inf(-1))
	padding := func(b *nn.Builder, in []*graph.Value) *graph.Value {
		return nn.PaddingMask(b, in[1], in[0])
	}
	additive := func(b *nn.Builder, in []*graph.Value) *graph.Value {
		return op.Reshape(b.Builder, in[1], 0, 1, 3, 3)
	}
	for name, c := range map[string]struct {
		mask   func(b *nn.Builder, in []*graph.Value) *graph.Value
		masked *tensor.Tensor[float64]
	}{"bools": {padding, lengths}, "floats": {additive, hidden}} {
		step := func(dropout float64) []nn.Parameter[float64] {
			a := &nn.Attention{Width: 8, Heads: 2, Dropout: dropout}
			n := networkFunc(func(b *nn.Builder, in []*graph.Value) []*graph.Value {
				return []*graph.Value{a.Attend(b, in[0], in[0], in[0], c.mask(b, in))}
			})
			m, err := nn.NewNetworkModel[float64](n, [][]int{{3, 8}, c.masked.Shape()[1:]},
				[]nn.Objective{{Loss: nn.MSE}}, nn.WithOptimizer(nn.SGD(1)), nn.WithSeed(3))
			require.NoError(t, err)
			trainer := nn.Trainer[float64]{Model: m, Epochs: 1}
			_, err = trainer.Fit(context.Background(), columns[float64]{x, c.masked, y}, nil)
			require.NoError(t, err, name)
			return m.Parameters()
		}
		want, got := step(0), step(1e-13)
		for i, p := range want {
			requireWithin(t, p.Data, got[i].Data, 1e-11, name+" "+p.Name)
		}
	}
}

func TestTransformersRefuse(t *testing.T) {
	for want, layer := range map[string]nn.Layer{
		"needs a memory":                  nn.NewTransformerDecoderLayer(8, 2, 4),
		"a width of 8 for 3 heads":        nn.NewTransformerEncoderLayer(8, 3, 4),
		"it takes (batch, time, 6)":       nn.NewTransformerEncoderLayer(6, 2, 4),
		"a stack of 0 layers":             &nn.TransformerStack{},
		"4 heads can't share 3 groups":    &nn.Attention{Width: 8, Heads: 4, Groups: 3},
		"a dropout rate of 1":             &nn.Attention{Width: 8, Heads: 4, Dropout: 1},
		"it takes (batch, time, 5), not ": nn.NewAttention(8, 2, 5, 8),
	} {
		err := nn.NewModel[float32](nn.MSE, nn.WithInput(5, 8)).Add(layer)
		require.ErrorContains(t, err, want)
	}
}

// TestTransformersHaveTheSameBits trains a stack with dropout and grouped, rotary heads.
func TestTransformersHaveTheSameBits(t *testing.T) {
	sums := map[string]bool{}
	forEachSet(t, func(t *testing.T, set *tensor.ISA) {
		if set.Name == "generic" {
			t.Skip("generic rounds multiply and add separately")
		}
		for _, threads := range []int{1, 2} {
			layer := nn.NewTransformerEncoderLayer(16, 4, 24)
			layer.Causal, layer.Dropout, layer.Groups, layer.Rotary = true, 0.1, 2, 100
			m := build(t, nn.NewModel[float32](nn.MSE, nn.WithInput(9, 16), nn.WithISA(set),
				nn.WithThreads(threads), nn.WithOptimizer(nn.Adam(0.01)), nn.WithSeed(1)),
				nn.NewTransformerStack(layer, 2, true))
			w := workspace(t, m, 6)
			x, y := random[float32](source(1), 6, 9, 16), random[float32](source(2), 6, 9, 16)
			for range 3 {
				_, err := m.Step(w, x, y)
				require.NoError(t, err)
			}
			sums[m.ParamsSHA256()] = true
		}
	})
	require.Len(t, sums, 1)
}
