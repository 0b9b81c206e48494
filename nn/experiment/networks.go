package experiment

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"simdnn/nn"
	"simdnn/tensor"
)

// Network is a network that is known by its name, with what its steps are usually timed at: the
// same as the jobs of PyTorch that bench/peers times.
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
	return []Network{
		CNN(1, 28, 28, 10), ResNet(3, 32, 32, 10), LSTM(28, 28, 10), GRU(20, 4, 1), GPT(65, 128),
		Autoencoder(784),
	}
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

// classifier returns what a network of that many outputs is trained for.
func classifier(n Network, classes int) Network {
	n.Loss, n.Classes = nn.CrossEntropyLogits, classes
	return n
}

// CNN is the usual network for MNIST: convolutions of 3×3 with 32 and 64 filters, a pool, 128
// neurons.
func CNN(channels, height, width, classes int) Network {
	return classifier(Network{Name: "cnn", About: "28×28 images: conv 32 and 64 of 3×3, pool 2, 128-10",
		Input: []int{channels, height, width}, Batch: 64, Optimizer: "adam",
		Layers: func() []nn.Layer {
			flat := 64 * max((height-4)/2, 0) * max((width-4)/2, 0)
			return []nn.Layer{
				nn.NewConv2D(channels, 32, 3, nn.ReLU), nn.NewConv2D(32, 64, 3, nn.ReLU),
				nn.NewMaxPool2D(2), nn.Flatten{}, nn.NewDense(flat, 128, nn.ReLU),
				nn.NewDense(128, classes, nn.Linear),
			}
		}}, classes)
}

// ResNet has three residual blocks (He et al. 2015) of 16 channels.
func ResNet(channels, height, width, classes int) Network {
	conv := func(in int) *nn.Convolution {
		return nn.NewConv2D(in, 16, 3, nn.Linear, nn.WithPadding(1), nn.WithoutBias())
	}
	return classifier(Network{Name: "resnet",
		About: "32×32 colour images: 16 channels, 3 residual blocks, mean, 10",
		Input: []int{channels, height, width}, Batch: 32, Optimizer: "momentum",
		Layers: func() []nn.Layer {
			layers := []nn.Layer{conv(channels), nn.NewBatchNorm(16), nn.ReLU}
			for range 3 {
				layers = append(layers, nn.Residual{conv(16), nn.NewBatchNorm(16), nn.ReLU, conv(16),
					nn.NewBatchNorm(16)}, nn.ReLU)
			}
			return slices.Concat(layers, []nn.Layer{nn.NewAdaptiveAveragePool(1, 1), nn.Flatten{},
				nn.NewDense(16, classes, nn.Linear)})
		}}, classes)
}

// Autoencoder is a dense network that gives back what it takes, numbers from 0 to 1, through 32
// numbers.
func Autoencoder(features int) Network {
	return Network{Name: "autoencoder", About: "784-128-32-128-784, as logits",
		Input: []int{features}, Batch: 64, Loss: nn.BinaryCrossEntropyLogits, Optimizer: "adam",
		Layers: func() []nn.Layer {
			return []nn.Layer{nn.NewDense(features, 128, nn.ReLU), nn.NewDense(128, 32, nn.ReLU),
				nn.NewDense(32, 128, nn.ReLU), nn.NewDense(128, features, nn.Linear)}
		}}
}

// LSTM reads images row by row.
func LSTM(steps, features, classes int) Network {
	return classifier(Network{Name: "lstm",
		About: "28 rows of 28 pixels: LSTM of 128, the last state, 10",
		Input: []int{steps, features}, Batch: 64, Optimizer: "adam",
		Layers: func() []nn.Layer {
			return []nn.Layer{nn.NewLSTM(features, 128), nn.LastStep{},
				nn.NewDense(128, classes, nn.Linear)}
		}}, classes)
}

// GRU is a small network for the series of a sensor.
func GRU(steps, features, outputs int) Network {
	return Network{Name: "gru", About: "20 steps of 4 features: GRU of 16, the last state, 1",
		Input: []int{steps, features}, Batch: 32, Loss: nn.MSE, Optimizer: "adam",
		Layers: func() []nn.Layer {
			return []nn.Layer{nn.NewGRU(features, 16), nn.LastStep{},
				nn.NewDense(16, outputs, nn.Linear)}
		}}
}

// GPT is a small transformer that predicts the next character, with normalisation first.
func GPT(characters, length int) Network {
	const width, heads, blocks = 64, 4, 2
	return classifier(Network{Name: "gpt",
		About: "128 of 65 characters: 2 blocks of width 64 with 4 heads",
		Input: []int{length}, Batch: 16, Optimizer: "adamw", Indices: characters,
		Layers: func() []nn.Layer {
			layers := []nn.Layer{nn.NewEmbedding(characters, width), nn.NewPositions(length, width)}
			for range blocks {
				layers = append(layers,
					nn.Residual{nn.NewLayerNorm(width), nn.NewSelfAttention(width, heads, true)},
					nn.Residual{nn.NewLayerNorm(width), nn.NewDense(width, 4*width, nn.GELU),
						nn.NewDense(4*width, width, nn.Linear)})
			}
			return append(layers, nn.NewLayerNorm(width), nn.NewDense(width, characters, nn.Linear))
		}}, characters)
}
