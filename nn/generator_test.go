package nn_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/tensor"
)

// generated are chains of layers that take sequences step by step.
func generated() map[string][]nn.Layer {
	stack := nn.NewTransformerEncoderLayer(16, 4, 20)
	stack.Causal, stack.Rotary, stack.Groups, stack.NormFirst = true, 50, 2, true
	deep := nn.NewLSTM(8, 6)
	deep.Layers = 2
	return map[string][]nn.Layer{
		"gpt": {nn.NewEmbedding(11, 16), nn.NewPositions(40, 16),
			nn.Residual{nn.NewLayerNorm(16), nn.NewSelfAttention(16, 2, true)},
			nn.Residual{nn.NewRMSNorm(16), nn.NewDense(16, 32, nn.GELU), nn.Dropout{Rate: 0.5},
				nn.NewDense(32, 16, nn.Linear)}, nn.NewDense(16, 11, nn.Softmax)},
		"rotary": {nn.NewEmbedding(11, 16), nn.NewTransformerStack(stack, 2, true)},
		"recurrent": {nn.NewEmbedding(11, 8), deep, nn.NewGRU(6, 5), nn.NewRNN(5, 4), nn.LastStep{},
			nn.Tanh, nn.NewDense(4, 3, nn.Linear)},
	}
}

// TestGeneratorHasTheBitsOfTheWholeRun takes sequences in pieces, after others.
func TestGeneratorHasTheBitsOfTheWholeRun(t *testing.T) {
	const batch, time = 2, 40
	x := tensor.New[float32](batch, time)
	for i := range x.Data() {
		x.Data()[i] = float32(i * i % 11)
	}
	for name, layers := range generated() {
		t.Run(name, func(t *testing.T) {
			forEachSet(t, func(t *testing.T, set *tensor.ISA) {
				m := build(t, nn.NewModel[float32](nn.Loss{}, nn.WithInput(time), nn.WithSeed(4),
					nn.WithISA(set), packAll), layers...)
				testGenerator(t, must(m.NewGenerator(batch, 0)), must(m.Predict(x)), x)
				frozen := must(m.Freeze())
				live := m.Parameters()[0].Data
				kept := slices.Clone(live)
				clear(live) // which doesn't reach the copy
				testGenerator(t, must(frozen.NewGenerator(batch, 0)), must(frozen.Predict(x)), x)
				copy(live, kept)
			})
		})
	}
}

// packAll lets frozen copies pack small weights too.
var packAll = nn.WithTuning(tensor.Tuning{MCBytes: 1024})

// testGenerator compares what a generator gives after each piece with the prediction for the whole
// sequence so far. others are the inputs that don't come in steps.
func testGenerator(t *testing.T, g *nn.Generator[float32], whole, x *tensor.Tensor[float32],
	others ...*tensor.Tensor[float32]) {
	time := x.Dim(1)
	for _, pieces := range [][]int{{1, 1, 1, 1, 1}, {17, 1, 22}, {40}} {
		require.NoError(t, g.Begin(others...))
		at := 0
		for _, n := range pieces {
			y, err := g.Step(x.Narrow(1, at, at+n))
			require.NoError(t, err)
			at += n
			require.Equal(t, at, g.Steps())
			if whole.Rank() == 3 {
				require.Equal(t, whole.Narrow(1, at-1, at).Clone().Data(), y.Data(), "step %d", at)
			} else if at == time {
				require.Equal(t, whole.Data(), y.Data())
			}
		}
	}
	_, err := g.Step(x.Narrow(1, 0, 1))
	require.ErrorContains(t, err, "1 steps after 40; the generator takes 40")
}

func TestGeneratorAllocatesNothing(t *testing.T) {
	m := build(t, nn.NewModel[float32](nn.Loss{}, nn.WithInput(40)), generated()["gpt"]...)
	g, err := m.NewGenerator(1, 0)
	require.NoError(t, err)
	x := tensor.New[float32](1, 18)
	require.Zero(t, testing.AllocsPerRun(5, func() {
		g.Reset()
		if _, err := g.Step(x); err != nil {
			t.Fatal(err)
		}
	}))
}

func TestGeneratorRefuses(t *testing.T) {
	both := nn.NewGRU(4, 3)
	both.Bidirectional = true
	for _, layer := range []nn.Layer{nn.NewSelfAttention(4, 2, false), both, nn.Flatten{},
		nn.NewLayerNorm(7, 4)} {
		m := build(t, nn.NewModel[float32](nn.Loss{}, nn.WithInput(7, 4)), nn.Sequential{layer})
		_, err := m.NewGenerator(1, 0)
		require.ErrorContains(t, err, "nn: layer 1 (")
	}
	m := build(t, nn.NewModel[float32](nn.Loss{}, nn.WithInput(7, 4)), nn.NewPositions(7, 4))
	_, err := m.NewGenerator(1, 8)
	require.ErrorContains(t, err, "8 steps, of which at most 7 have rows")
	g, err := m.NewGenerator(2, 0)
	require.NoError(t, err)
	for _, shape := range [][]int{{1, 1, 4}, {2, 0, 4}, {2, 1, 3}, {2, 4}} {
		_, err = g.Step(tensor.New[float32](shape...))
		require.ErrorContains(t, err, fmt.Sprintf(
			"nn: steps of the shape %v; the generator takes 2 sequences, as (2, steps, 4)", shape))
	}
	_, err = g.Step(nil)
	require.ErrorContains(t, err, "nn: steps of the shape nil;")
	require.ErrorContains(t, g.Begin(tensor.New[float32](2, 4)),
		"1 other inputs; the generator takes 0")
	dense := build(t, nn.NewModel[float32](nn.Loss{}), nn.NewDense(4, 4, nn.ReLU))
	_, err = dense.NewGenerator(1, 0)
	require.ErrorContains(t, err, "give the model their shape by WithInput")
	_, err = must(dense.Freeze()).NewGenerator(1, 0)
	require.ErrorContains(t, err, "give the model their shape by WithInput")
}
