package nn_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/nn"
	"simdnn/tensor"
)

// translator takes a source and a target of symbols, each with embeddings of its own. It makes the
// source's values anew in each step: a generator needs no Once for right results.
type translator struct {
	source, target *nn.Embedding
	places         *nn.Positions
	middle         nn.Network // of the embedded ones
	scores         *nn.Dense
}

func newTranslator(middle nn.Network) *translator {
	return &translator{nn.NewEmbedding(9, 16), nn.NewEmbedding(7, 16), nn.NewPositions(40, 16),
		middle,
		nn.NewDense(16, 32, nn.Linear)}
}

func (n *translator) Apply(b *nn.Builder, in []*graph.Value) []*graph.Value {
	in = append([]*graph.Value{}, in...)
	in[0] = b.Layer("source", n.source, in[0])
	in[1] = b.Layer("places", n.places, b.Layer("target", n.target, in[1]))
	var y *graph.Value
	b.In("middle", func() { y = n.middle.Apply(b, in)[0] })
	return []*graph.Value{b.Layer("scores", n.scores, y)}
}

func (*translator) StepInput() (int, bool) { return 1, true }

// recurrentDecoder begins with the states that a recurrent layer of both directions ends with.
type recurrentDecoder struct {
	encoder, decoder *nn.Recurrent
	once             bool
}

func newRecurrentDecoder(cell func(in, hidden int) *nn.Recurrent, once bool) *recurrentDecoder {
	n := &recurrentDecoder{cell(16, 16), cell(16, 16), once}
	n.encoder.Bidirectional, n.decoder.Layers = true, 2
	return n
}

func (n *recurrentDecoder) Apply(b *nn.Builder, in []*graph.Value) []*graph.Value {
	encode := func() (states []*graph.Value) {
		b.In("encoder", func() {
			_, h, c := n.encoder.Run(b, in[0], nn.RecurrentInputs{})
			states = []*graph.Value{h}
			if c != nil {
				states = append(states, c)
			}
		})
		return states
	}
	var states []*graph.Value
	if n.once {
		states = b.Once("states", encode)
	} else {
		states = encode()
	}
	first := nn.RecurrentInputs{Initial: states[0]}
	if len(states) > 1 {
		first.Cells = states[1]
	}
	var y *graph.Value
	b.In("decoder", func() { y, _, _ = n.decoder.Run(b, in[1], first) })
	return []*graph.Value{y}
}

// encodersAndDecoders are networks between embeddings of width 16.
func encodersAndDecoders() map[string]nn.Network {
	plain, padded := nn.NewTransformer(16, 4, 32, 2), nn.NewTransformer(16, 2, 24, 1)
	padded.Padded = true
	for _, stack := range []*nn.TransformerStack{padded.Encoder, padded.Decoder} {
		stack.Layer.NormFirst, stack.Layer.Dropout = true, 0.1
		stack.Layer.Rotary, stack.Layer.Groups = 100, 1
	}
	turned := &nn.Attention{Width: 16, Heads: 2, Rotary: 50}
	return map[string]nn.Network{
		"transformer": plain, "padded": padded,
		"lstm":     newRecurrentDecoder(nn.NewLSTM, true),
		"gru anew": newRecurrentDecoder(nn.NewGRU, false),
		"attention": networkFunc(func(b *nn.Builder, in []*graph.Value) (y []*graph.Value) {
			b.In("turned", func() { y = append(y, turned.Attend(b, in[1], in[0], in[0], nil)) })
			return y
		}),
	}
}

// TestNetworksGenerateTheBitsOfTheWholeRun takes the targets of encoders and decoders in pieces,
// for one source after another.
func TestNetworksGenerateTheBitsOfTheWholeRun(t *testing.T) {
	const batch, source, time = 2, 11, 40
	symbols := func(seed, kinds, n int) *tensor.Tensor[float32] {
		x := tensor.New[float32](batch, n)
		for i := range x.Data() {
			x.Data()[i] = float32((i*i + seed*i + seed) % kinds)
		}
		return x
	}
	x := symbols(1, 7, time)
	lengths := func(n ...float32) *tensor.Tensor[float32] { return tensor.FromSlice(n, batch) }
	for name, network := range encodersAndDecoders() {
		t.Run(name, func(t *testing.T) {
			forEachSet(t, func(t *testing.T, set *tensor.ISA) {
				shapes := [][]int{{source}, {time}}
				if name == "padded" {
					shapes = append(shapes, []int{}, []int{})
				}
				m, err := nn.NewNetworkModel[float32](newTranslator(network), shapes,
					[]nn.Objective{{Loss: nn.MSE}}, nn.WithISA(set), nn.WithSeed(3), packAll)
				require.NoError(t, err)
				live := must(m.NewGenerator(batch, 0))
				frozen := must(must(m.Freeze()).NewGenerator(batch, 0))
				for seed := range 2 {
					in := []*tensor.Tensor[float32]{symbols(seed, 9, source), x}
					if name == "padded" {
						in = append(in, lengths(7, 11-float32(seed)), lengths(time, time))
					}
					y, err := must(m.NewPredictor()).PredictAll(in...)
					require.NoError(t, err)
					others := append([]*tensor.Tensor[float32]{in[0]}, in[2:]...)
					testGenerator(t, live, y[0], x, others...)
					testGenerator(t, frozen, y[0], x, others...)
				}
			})
		})
	}
}

// TestGeneratorsOfNetworksAllocateNothing begins and steps again and again.
func TestGeneratorsOfNetworksAllocateNothing(t *testing.T) {
	m, err := nn.NewNetworkModel[float32](newTranslator(nn.NewTransformer(16, 4, 32, 1)),
		[][]int{{5}, {40}}, []nn.Objective{{Loss: nn.MSE}})
	require.NoError(t, err)
	g := must(must(m.Freeze()).NewGenerator(1, 0))
	source, x := tensor.New[float32](1, 5), tensor.New[float32](1, 18)
	require.Zero(t, testing.AllocsPerRun(5, func() {
		if err := g.Begin(source); err != nil {
			t.Fatal(err)
		}
		if _, err := g.Step(x); err != nil {
			t.Fatal(err)
		}
	}))
}

// stepped is a network whose second input comes in steps.
type stepped struct{ networkFunc }

func (stepped) StepInput() (int, bool) { return 1, true }

func TestGeneratorsOfNetworksRefuse(t *testing.T) {
	one := []nn.Objective{{Loss: nn.MSE}}
	generator := func(n nn.Network, shapes ...[]int) (*nn.Generator[float32], error) {
		m, err := nn.NewNetworkModel[float32](n, shapes, one)
		require.NoError(t, err)
		return m.NewGenerator(2, 0)
	}
	sighted := nn.NewTransformer(8, 2, 12, 1)
	sighted.Decoder.Layer.Causal = false
	_, err := generator(sighted, []int{3, 8}, []int{4, 8})
	require.ErrorContains(t, err,
		"the network Transformer can't take an input step by step, as it is set")
	_, err = generator(newTwoHeadsOfOne(), []int{2, 3}, []int{3})
	require.ErrorContains(t, err, "it is no IncrementalNetwork")
	_, err = generator(stepped{func(b *nn.Builder, in []*graph.Value) []*graph.Value {
		return []*graph.Value{op.Add(b.Builder, in[0], in[1])}
	}}, []int{}, []int{})
	require.ErrorContains(t, err, "a generator takes sequences (time, …), which input 2 is not")

	attention := nn.NewSelfAttention(8, 2, false)
	causal, gru := nn.NewSelfAttention(8, 2, true), nn.NewGRU(8, 8)
	for problem, apply := range map[string]networkFunc{
		"there is no attention to steps that come later": func(
			b *nn.Builder, in []*graph.Value) []*graph.Value {
			return []*graph.Value{attention.Attend(b, in[1], in[1], in[1], nil)}
		},
		"there is no causal attention to other sequences": func(
			b *nn.Builder, in []*graph.Value) []*graph.Value {
			return []*graph.Value{causal.Attend(b, in[1], in[0], in[0], nil)}
		},
		"mean, to be made once of the other inputs, depends on": func(
			b *nn.Builder, in []*graph.Value) []*graph.Value {
			return b.Once("mean", func() []*graph.Value {
				return []*graph.Value{op.Scale(b.Builder, in[1], 2)}
			})
		},
		"Flatten can't take sequences step by step": func(
			b *nn.Builder, in []*graph.Value) []*graph.Value {
			return []*graph.Value{b.Layer("flat", nn.Flatten{}, in[1])}
		},
		"there are no lengths of sequences": func(b *nn.Builder, in []*graph.Value) []*graph.Value {
			y, _, _ := gru.Run(b, in[1], nn.RecurrentInputs{Lengths: in[2]})
			return []*graph.Value{y}
		},
	} {
		m, err := nn.NewNetworkModel[float32](stepped{apply}, [][]int{{4, 8}, {4, 8}, {}}, one)
		require.NoError(t, err)
		_, err = m.NewGenerator(2, 0)
		require.ErrorContains(t, err, problem)
	}

	g, err := generator(nn.NewTransformer(8, 2, 12, 1), []int{3, 8}, []int{4, 8})
	require.NoError(t, err)
	x := tensor.New[float32](2, 1, 8)
	_, err = g.Step(x)
	require.ErrorContains(t, err, "the generator's other inputs are missing: call Begin")
	require.ErrorContains(t, g.Begin(), "nn: 0 other inputs; the generator takes 1")
	require.ErrorContains(t, g.Begin(x), "nn: input 1 must have the shape [2 3 8], not [2 1 8]")
	require.ErrorContains(t, g.Begin(nil), "nn: input 1 must have the shape [2 3 8], not nil")
	require.NoError(t, g.Begin(tensor.New[float32](2, 3, 8)))
	_, err = g.Step(x)
	require.NoError(t, err)
}

// newTwoHeadsOfOne is a network that knows nothing of steps.
func newTwoHeadsOfOne() nn.Network {
	n := newTwoHeads()
	return networkFunc(func(b *nn.Builder, in []*graph.Value) []*graph.Value {
		return n.Apply(b, in)[1:]
	})
}
