package task

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"simdnn/nn"
	"simdnn/nn/experiment"
)

// Kind is what samples are.
type Kind string

// The kinds.
const (
	Images Kind = "images"
	Texts  Kind = "text"
	Series Kind = "series"
)

// problem is what a network is to take and to give.
type problem struct {
	Kind
	channels, height, width int // of images
	symbols, length         int // of texts
	window, features        int // of series
	outputs                 int // classes, symbols or values
}

// network is a network for a problem.
type network struct {
	experiment.Network
	channelsLast bool // how it takes images
	reconstructs bool // the target is the input
}

// Networks returns the names of the networks for a kind of data.
func Networks(kind Kind) []string {
	switch kind {
	case Images:
		return []string{"cnn", "resnet", "lstm", "gru", "autoencoder"}
	case Texts:
		return []string{"gpt", "lstm", "gru"}
	}
	return []string{"gru", "lstm"}
}

// network returns the network that the settings describe.
func (s *Settings) network(p problem) (network, error) {
	switch {
	case s.Layers != nil:
		return p.custom(s.Layers)
	case strings.Trim(s.Network, "0123456789-") == "" && s.Network != "":
		return p.chain(s.Network)
	}
	n, ok := network{}, false
	switch p.Kind {
	case Images:
		n, ok = p.imageNetwork(s.Network)
	case Texts:
		n, ok = p.textNetwork(s.Network)
	default:
		n, ok = p.seriesNetwork(s.Network)
	}
	if !ok {
		return n, fmt.Errorf("unknown network %q for %s; known: %s, or a chain of widths, such as "+
			"%s", s.Network, p.Kind, strings.Join(Networks(p.Kind), ", "), p.exampleChain())
	}
	return n, nil
}

// imageNetwork returns a network for images.
func (p problem) imageNetwork(name string) (n network, ok bool) {
	steps, features := p.height, p.width*p.channels
	switch name {
	case "cnn":
		n.Network = experiment.CNN(p.channels, p.height, p.width, p.outputs)
	case "resnet":
		n.Network = experiment.ResNet(p.channels, p.height, p.width, p.outputs)
	case "lstm":
		n.Network, n.channelsLast = experiment.LSTM(steps, features, p.outputs), true
	case "gru":
		n.Network, n.channelsLast = experiment.GRU(steps, features, p.outputs), true
		n.Loss = nn.CrossEntropyLogits
	case "autoencoder":
		n.Network = experiment.Autoencoder(steps * features)
		n.reconstructs = true
	default:
		return n, false
	}
	return n, true
}

// textNetwork returns a network that predicts the next symbol after each. Recurrent ones have the
// width of gpt.
func (p problem) textNetwork(name string) (n network, ok bool) {
	n.Network = experiment.GPT(p.symbols, p.length)
	const size, hidden = 64, 128
	cell := nn.NewLSTM(size, hidden)
	switch name {
	case "gpt":
		return n, true
	case "gru":
		cell = nn.NewGRU(size, hidden)
	case "lstm":
	default:
		return n, false
	}
	n.Optimizer = "adam"
	n.Layers = func() []nn.Layer {
		return []nn.Layer{nn.NewEmbedding(p.symbols, size), cell,
			nn.NewDense(hidden, p.symbols, nn.Linear)}
	}
	return n, true
}

// seriesNetwork returns a network that predicts values.
func (p problem) seriesNetwork(name string) (n network, ok bool) {
	switch name {
	case "gru":
		n.Network = experiment.GRU(p.window, p.features, p.outputs)
	case "lstm":
		n.Network = experiment.LSTM(p.window, p.features, p.outputs)
		n.Loss, n.Classes = nn.MSE, 0
	default:
		return n, false
	}
	return n, true
}

// inputs returns the number of elements of a sample.
func (p problem) inputs() int {
	switch p.Kind {
	case Images:
		return p.channels * p.height * p.width
	case Texts:
		return p.length
	}
	return p.window * p.features
}

// exampleChain returns widths that would do.
func (p problem) exampleChain() string { return fmt.Sprintf("%d-64-%d", p.inputs(), p.outputs) }

// loss returns the loss of outputs before the last activation.
func (p problem) loss() nn.Loss {
	if p.Kind == Series {
		return nn.MSE
	}
	return nn.CrossEntropyLogits
}

// chain returns the dense network of the given widths, with relu between.
func (p problem) chain(text string) (n network, err error) {
	var widths []int
	for _, part := range strings.Split(text, "-") {
		width, err := strconv.Atoi(part)
		if err != nil || width < 1 {
			return n, fmt.Errorf("the network %q is no chain of positive widths, such as %s", text,
				p.exampleChain())
		}
		widths = append(widths, width)
	}
	last := len(widths) - 1
	switch {
	case p.Kind == Texts:
		return n, errors.New("a chain of widths takes no texts; gpt, lstm and gru do")
	case last < 1 || widths[0] != p.inputs() || widths[last] != p.outputs:
		return n, fmt.Errorf("the network %s must begin with %d, the size of a sample, and end with %d, "+
			"as %s does", text, p.inputs(), p.outputs, p.exampleChain())
	}
	n.Network = experiment.Network{Name: text, Input: []int{p.inputs()}, Batch: 64, Optimizer: "adam",
		Loss: p.loss(), Layers: func() (layers []nn.Layer) {
			for i, in := range widths[:last] {
				activation := nn.ReLU
				if i == last-1 {
					activation = nn.Linear
				}
				layers = append(layers, nn.NewDense(in, widths[i+1], activation))
			}
			return layers
		}}
	return n, nil
}

// custom returns the network of given layers. What the last one gives decides the loss.
func (p problem) custom(layers nn.Sequential) (n network, err error) {
	if len(layers) == 0 {
		return n, errors.New("there are no layers")
	}
	n.Network = experiment.Network{Name: "layers", Batch: 64, Optimizer: "adam", Loss: p.loss(),
		Layers: func() []nn.Layer { return layers }}
	switch {
	case p.Kind == Images:
		n.Input = []int{p.channels, p.height, p.width}
	case p.Kind == Texts:
		n.Input = []int{p.length}
	default:
		n.Input = []int{p.window, p.features}
	}
	if in := layers.InputShape(); in != nil {
		n.Input = in
	}
	if p.Kind != Series && lastActivation(layers) == nn.Softmax.String() {
		n.Loss = nn.CrossEntropy
	}
	return n, nil
}

// lastActivation returns the name of the activation that layers end with, if they do.
func lastActivation(layers nn.Sequential) string {
	switch l := layers[len(layers)-1].(type) {
	case nn.Activation:
		return l.String()
	case *nn.Dense:
		return l.Activation().String()
	}
	return ""
}

// ParseLayers reads a description of layers in JSON: a list of objects that each name a type and
// its settings, as the files of models have it:
//
//	[{"type": "flatten"}, {"type": "dense", "in": 784, "out": 10, "activation": "linear"}]
func ParseLayers(text []byte) (nn.Sequential, error) {
	var layers nn.Sequential
	err := json.Unmarshal(text, &layers)
	if e := (*json.SyntaxError)(nil); errors.As(err, &e) {
		before := text[:min(int(e.Offset), len(text))]
		return nil, fmt.Errorf("line %d: %w", 1+bytes.Count(before, []byte{'\n'}), err)
	}
	if err != nil {
		return nil, err
	}
	if len(layers) == 0 {
		return nil, errors.New("there are no layers")
	}
	return layers, nil
}
