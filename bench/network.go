package bench

import (
	"fmt"
	"strings"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// The families of training steps and of predictions.
const (
	step      = "Step"
	inference = "Inference"
)

// network is one whose step and prediction are timed.
type network struct {
	sizes     []int
	loss      nn.Loss
	output    nn.Activation
	optimizer nn.Optimizer
	batch     int
}

// rate is the learning rate: so low that the steps on one batch don't change what is measured.
const rate = 1e-6

var networks = []network{
	{[]int{10, 64, 1}, nn.MSE, nn.Linear, nn.SGD(rate), 32},
	{[]int{10, 64, 3}, nn.CrossEntropy, nn.Softmax, nn.SGD(rate), 32},
	{[]int{64, 128, 10}, nn.CrossEntropy, nn.Softmax, nn.Adam(rate), 64},
	{[]int{784, 512, 256, 10}, nn.CrossEntropy, nn.Softmax, nn.SGD(rate), 128},
}

// String names the network: "10-64-1".
func (n network) String() string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(n.sizes), "[]"), " ", "-")
}

// model builds the network with one thread.
func (n network) model() (*nn.Model[float32], error) {
	m := nn.NewModel[float32](n.loss, nn.WithOptimizer(n.optimizer), nn.WithThreads(1),
		nn.WithSeed(1))
	for i, in := range n.sizes[:len(n.sizes)-1] {
		activation := nn.ReLU
		if i == len(n.sizes)-2 {
			activation = n.output
		}
		if err := m.Add(nn.NewDense(in, n.sizes[i+1], activation)); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// target returns a target for a batch: class numbers, or any values.
func (n network) target() *tensor.Tensor[float32] {
	y := tensor.New[float32](n.batch, 1)
	for i := range y.Data() {
		y.Data()[i] = float32(i % n.sizes[len(n.sizes)-1])
	}
	return y
}

// flops counts the operations of a forward pass on a number of rows, its products alone.
func (n network) flops(rows int) float64 {
	weights := 0
	for i, in := range n.sizes[:len(n.sizes)-1] {
		weights += in * n.sizes[i+1]
	}
	return 2 * float64(rows) * float64(weights)
}

// steps returns a training step of each network.
func steps() []Case {
	var cases []Case
	for _, n := range networks {
		cases = append(cases, n.step())
	}
	return cases
}

// step returns a training step: forward, backward and update.
func (n network) step() Case {
	// The backward pass computes a product of the same size for the weights of each layer, and for
	// the input of each but the first.
	flops := 3*n.flops(n.batch) - 2*float64(n.batch*n.sizes[0]*n.sizes[1])
	config := fmt.Sprintf("%v/size=%d/opt=%s/dtype=f32/isa=%s",
		n, n.batch, n.optimizer.Name(), asm.Active().Name)
	return Case{Family: step, Config: config, Flops: flops, Prepare: n.prepareStep}
}

func (n network) prepareStep() (func(), error) {
	m, err := n.model()
	if err != nil {
		return nil, err
	}
	w, err := m.NewWorkspace(n.batch)
	if err != nil {
		return nil, err
	}
	x, y := Filled[float32](n.batch, n.sizes[0]), n.target()
	return repeat(func() error { _, err := m.Step(w, x, y); return err })
}

// predictions returns the forward pass of each network, frozen, on one row and on many.
func predictions() []Case {
	var cases []Case
	for _, n := range networks {
		for _, rows := range []int{1, 256} {
			cases = append(cases, Case{
				Family:  inference,
				Config:  fmt.Sprintf("%v/size=%d/dtype=f32/isa=%s", n, rows, asm.Active().Name),
				Flops:   n.flops(rows),
				Prepare: func() (func(), error) { return n.preparePrediction(rows) },
			})
		}
	}
	return cases
}

func (n network) preparePrediction(rows int) (func(), error) {
	m, err := n.model()
	if err != nil {
		return nil, err
	}
	frozen, err := m.Freeze()
	if err != nil {
		return nil, err
	}
	p, err := frozen.NewPredictor()
	if err != nil {
		return nil, err
	}
	x := Filled[float32](rows, n.sizes[0])
	return repeat(func() error { _, err := p.Predict(x); return err })
}

// loader is the family of data loading.
const loader = "Loader"

// epochs returns an epoch of mini-batches of 64 rows of handwritten digits: views in order, and
// rows copied in random order.
func epochs() []Case {
	const rows, columns, batch = 1797, 64, 64
	var cases []Case
	for _, shuffle := range []bool{false, true} {
		order := "ordered"
		if shuffle {
			order = "shuffled"
		}
		cases = append(cases, Case{
			Family: loader,
			Config: fmt.Sprintf("%s/size=%dx%d/dtype=f32", order, rows, columns),
			Bytes:  float64(2 * 4 * rows * (columns + 1)),
			Prepare: func() (func(), error) {
				l, err := data.NewLoader(Filled[float32](rows, columns),
					tensor.New[float32](rows, 1),
					data.LoaderOptions{BatchSize: batch, Shuffle: shuffle, Seed: 1})
				if err != nil {
					return nil, err
				}
				return warm(func() {
					for range l.Epoch() {
					}
				}), nil
			},
		})
	}
	cases[0].Bytes = 0 // views: nothing is read or written
	return cases
}
