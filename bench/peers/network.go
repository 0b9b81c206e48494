package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"simdnn/nn"
	"simdnn/tensor"
)

// network is a fully connected network, with ReLU between the layers, and how it is trained.
type network struct {
	sizes []int
	loss  string // mse or ce
	opt   string // sgd or adam
	batch int
}

// networks are those whose training steps are timed: the report's, and two that fill the caches.
var networks = []network{
	{[]int{2, 1}, "mse", "sgd", 300},
	{[]int{10, 64, 1}, "mse", "sgd", 32},
	{[]int{10, 64, 3}, "ce", "sgd", 32},
	{[]int{64, 128, 10}, "ce", "adam", 64},
	{[]int{784, 512, 256, 10}, "ce", "adam", 128},
	{[]int{784, 512, 256, 10}, "ce", "sgd", 128},
	{[]int{1024, 1024, 1024, 10}, "ce", "sgd", 256},
}

// chain returns the widths as 10-64-1.
func (n network) chain() string {
	var widths []string
	for _, size := range n.sizes {
		widths = append(widths, strconv.Itoa(size))
	}
	return strings.Join(widths, "-")
}

// model returns the network with the parameters that the Python peers give it too.
func (n network) model(rate float64, threads int) (*nn.Model[float32], error) {
	loss, output := nn.MSE, nn.Linear
	if n.loss == "ce" {
		loss, output = nn.CrossEntropy, nn.Softmax
	}
	optimizer, err := nn.ParseOptimizer(n.opt, rate)
	if err != nil {
		return nil, err
	}
	m := nn.NewModel[float32](loss, nn.WithOptimizer(optimizer), nn.WithThreads(threads))
	for i, in := range n.sizes[:len(n.sizes)-1] {
		out, activation := n.sizes[i+1], nn.ReLU
		if i == len(n.sizes)-2 {
			activation = output
		}
		layer := nn.NewDense(in, out, activation)
		if err := m.Add(layer); err != nil {
			return nil, err
		}
		neurons := nn.NeuronsOf[float32](layer)
		neurons.Weights().CopyFrom(noisy[float32](uint64(100+i), 2/math.Sqrt(float64(in)), 0, out, in))
		neurons.Bias().CopyFrom(noisy[float32](uint64(200+i), 1, 0, out))
	}
	return m, nil
}

// inputs returns a batch.
func (n network) inputs() *tensor.Tensor[float32] {
	return noisy[float32](1, 1, 0, n.batch, n.sizes[0])
}

// target returns what the batch is to give: numbers, or classes in turn.
func (n network) target() *tensor.Tensor[float32] {
	outputs := n.sizes[len(n.sizes)-1]
	if n.loss == "mse" {
		return noisy[float32](2, 1, 0, n.batch, outputs)
	}
	y := tensor.New[float32](n.batch, 1)
	for i := range y.Data() {
		y.Data()[i] = float32(i % outputs)
	}
	return y
}

// near compares values with ours, of which rounding errors have added up over several layers or
// steps.
func near(values, want []float64) error {
	if len(values) != len(want) {
		return fmt.Errorf("wrong result: %d values; ours has %d", len(values), len(want))
	}
	for i, w := range want {
		if !(math.Abs(values[i]-w) <= 1e-4*max(1, math.Abs(w))) {
			return fmt.Errorf("wrong result: value %d is %v; ours is %v", i, values[i], w)
		}
	}
	return nil
}
