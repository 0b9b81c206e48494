package experiment

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"simdnn/nn"
	"simdnn/tensor"
)

// Network is a network that is known by its name, with what its steps are usually timed at: the same
// as the jobs of PyTorch that bench/peers times.
type Network struct {
	Name string
	// About says in a line what the network is.
	About string
	Input []int // the shape of a sample
	Batch int
	Loss  nn.Loss
	// Optimizer is "adam", "momentum", … with its usual settings.
	Optimizer string
	Layers    func() []nn.Layer
	// Classes is the number of classes that targets name, 0 if they are numbers as the outputs are.
	Classes int
	// Indices is the number of rows that the inputs are indices of, 0 if they are numbers.
	Indices int
}

// Networks returns all of them.
func Networks() []Network {
	return []Network{cnn(), resnet(), lstm(), gru(), gpt(), autoencoder()}
}

// NetworkByName returns the network of that name.
func NetworkByName(name string) (Network, error) {
	var names []string
	for _, n := range Networks() {
		if n.Name == name {
			return n, nil
		}
		names = append(names, n.Name)
	}
	return Network{}, fmt.Errorf("unknown network %q; known: %s", name, strings.Join(names, ", "))
}

// NetworkModel returns a model of a network.
func NetworkModel[T tensor.Float](n Network, options ...nn.Option) (*nn.Model[T], error) {
	m := nn.NewModel[T](n.Loss, append([]nn.Option{nn.WithInput(n.Input...)}, options...)...)
	return m, m.Add(n.Layers()...)
}

// RandomBatch returns inputs from N(0, 1), or indices if the network takes such, and targets for so
// many rows of a network's model.
func RandomBatch[T tensor.Float](n Network, m *nn.Model[T], rows int) (x, y *tensor.Tensor[T]) {
	r := rand.New(rand.NewPCG(1, uint64(rows)))
	x = tensor.New[T](append([]int{rows}, n.Input...)...)
	for i := range x.Data() {
		if x.Data()[i] = T(r.NormFloat64()); n.Indices > 0 {
			x.Data()[i] = T(r.IntN(n.Indices))
		}
	}
	out := append([]int{rows}, m.OutputShape()...)
	if n.Classes > 0 {
		out[len(out)-1] = 1
	}
	y = tensor.New[T](out...)
	for i := range y.Data() {
		if y.Data()[i] = T(r.Float64()); n.Classes > 0 {
			y.Data()[i] = T(r.IntN(n.Classes))
		}
	}
	return x, y
}

// cnn is the usual network for MNIST: convolutions of 3×3 with 32 and 64 filters, a pool, 128 neurons.
func cnn() Network {
	return Network{Name: "cnn", About: "28×28 images: conv 32 and 64 of 3×3, pool 2, 128-10",
		Input: []int{1, 28, 28}, Batch: 64, Loss: nn.CrossEntropyLogits, Optimizer: "adam", Classes: 10,
		Layers: func() []nn.Layer {
			return []nn.Layer{
				nn.NewConv2D(1, 32, 3, nn.ReLU), nn.NewConv2D(32, 64, 3, nn.ReLU), nn.NewMaxPool2D(2),
				nn.Flatten{}, nn.NewDense(9216, 128, nn.ReLU), nn.NewDense(128, 10, nn.Linear),
			}
		}}
}

// resnet has three residual blocks (He et al. 2015) of 16 channels.
func resnet() Network {
	conv := func(in int) *nn.Convolution {
		return nn.NewConv2D(in, 16, 3, nn.Linear, nn.WithPadding(1), nn.WithoutBias())
	}
	return Network{Name: "resnet", About: "32×32 colour images: 16 channels, 3 residual blocks, mean, 10",
		Input: []int{3, 32, 32}, Batch: 32, Loss: nn.CrossEntropyLogits, Optimizer: "momentum", Classes: 10,
		Layers: func() []nn.Layer {
			layers := []nn.Layer{conv(3), nn.NewBatchNorm(16), nn.ReLU}
			for range 3 {
				layers = append(layers, nn.Residual{conv(16), nn.NewBatchNorm(16), nn.ReLU, conv(16),
					nn.NewBatchNorm(16)}, nn.ReLU)
			}
			return slices.Concat(layers, []nn.Layer{nn.NewAdaptiveAveragePool(1, 1), nn.Flatten{},
				nn.NewDense(16, 10, nn.Linear)})
		}}
}

// autoencoder is a dense network that gives back what it takes, through 32 numbers.
func autoencoder() Network {
	return Network{Name: "autoencoder", About: "784-128-32-128-784, as logits",
		Input: []int{784}, Batch: 64, Loss: nn.BinaryCrossEntropyLogits, Optimizer: "adam",
		Layers: func() []nn.Layer {
			return []nn.Layer{nn.NewDense(784, 128, nn.ReLU), nn.NewDense(128, 32, nn.ReLU),
				nn.NewDense(32, 128, nn.ReLU), nn.NewDense(128, 784, nn.Linear)}
		}}
}

// lstm reads images row by row.
func lstm() Network {
	return Network{Name: "lstm", About: "28 rows of 28 pixels: LSTM of 128, the last state, 10",
		Input: []int{28, 28}, Batch: 64, Loss: nn.CrossEntropyLogits, Optimizer: "adam", Classes: 10,
		Layers: func() []nn.Layer {
			return []nn.Layer{nn.NewLSTM(28, 128), nn.LastStep{}, nn.NewDense(128, 10, nn.Linear)}
		}}
}

// gru is a small network for the series of a sensor.
func gru() Network {
	return Network{Name: "gru", About: "20 steps of 4 features: GRU of 16, the last state, 1",
		Input: []int{20, 4}, Batch: 32, Loss: nn.MSE, Optimizer: "adam",
		Layers: func() []nn.Layer {
			return []nn.Layer{nn.NewGRU(4, 16), nn.LastStep{}, nn.NewDense(16, 1, nn.Linear)}
		}}
}

// gpt is a small transformer that foretells the next of 65 characters, with normalisation first.
func gpt() Network {
	const characters, length, width, heads, blocks = 65, 128, 64, 4, 2
	return Network{Name: "gpt", About: "128 of 65 characters: 2 blocks of width 64 with 4 heads",
		Input: []int{length}, Batch: 16, Loss: nn.CrossEntropyLogits, Optimizer: "adamw",
		Classes: characters, Indices: characters,
		Layers: func() []nn.Layer {
			layers := []nn.Layer{nn.NewEmbedding(characters, width), nn.NewPositions(length, width)}
			for range blocks {
				layers = append(layers,
					nn.Residual{nn.NewLayerNorm(width), nn.NewSelfAttention(width, heads, true)},
					nn.Residual{nn.NewLayerNorm(width), nn.NewDense(width, 4*width, nn.GELU),
						nn.NewDense(4*width, width, nn.Linear)})
			}
			return append(layers, nn.NewLayerNorm(width), nn.NewDense(width, characters, nn.Linear))
		}}
}
