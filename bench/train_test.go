package bench

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/tensor"
)

// network is one whose step and prediction are timed.
type network struct {
	sizes     []int
	loss      nn.Loss
	output    nn.Activation
	optimizer nn.Optimizer
	batch     int
}

// The learning rate is so low that the steps on one batch don't change what is measured.
const rate = 1e-6

var networks = []network{
	{[]int{10, 64, 1}, nn.MSE, nn.Linear, nn.SGD(rate), 32},
	{[]int{10, 64, 3}, nn.CrossEntropy, nn.Softmax, nn.SGD(rate), 32},
	{[]int{64, 128, 10}, nn.CrossEntropy, nn.Softmax, nn.Adam(rate), 64},
	{[]int{784, 512, 256, 10}, nn.CrossEntropy, nn.Softmax, nn.SGD(rate), 128},
}

// String names the network: "10-64-1".
func (n network) String() string {
	name := fmt.Sprint(n.sizes[0])
	for _, size := range n.sizes[1:] {
		name += fmt.Sprintf("-%d", size)
	}
	return name
}

// model builds the network with one thread.
func (n network) model(b *testing.B) *nn.Model[float32] {
	m := nn.NewModel[float32](n.loss, nn.WithOptimizer(n.optimizer), nn.WithThreads(1), nn.WithSeed(1))
	for i, in := range n.sizes[:len(n.sizes)-1] {
		activation := nn.ReLU
		if i == len(n.sizes)-2 {
			activation = n.output
		}
		require.NoError(b, m.Add(nn.NewDense[float32](in, n.sizes[i+1], activation)))
	}
	return m
}

func BenchmarkStep(b *testing.B) {
	for _, n := range networks {
		b.Run(n.String(), func(b *testing.B) {
			m := n.model(b)
			w, err := m.NewWorkspace(n.batch)
			require.NoError(b, err)
			x, y := filled[float32](n.batch, n.sizes[0]), tensor.New[float32](n.batch, 1)
			for i := range y.Data() {
				y.Data()[i] = float32(i % n.sizes[len(n.sizes)-1])
			}
			step := func() {
				if _, err := m.Step(w, x, y); err != nil {
					b.Fatal(err)
				}
			}
			step() // allocates what the others use
			b.ReportAllocs()
			for b.Loop() {
				step()
			}
		})
	}
}

func BenchmarkInference(b *testing.B) {
	for _, n := range networks {
		for _, rows := range []int{1, 256} {
			b.Run(fmt.Sprintf("%v/%d", n, rows), func(b *testing.B) {
				m := n.model(b)
				w, err := m.NewWorkspace(rows)
				require.NoError(b, err)
				x := filled[float32](rows, n.sizes[0])
				forward := func() {
					if _, err := m.Forward(w, x); err != nil {
						b.Fatal(err)
					}
				}
				forward() // allocates what the others use
				b.ReportAllocs()
				for b.Loop() {
					forward()
				}
			})
		}
	}
}
