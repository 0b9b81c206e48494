package graphtest

import (
	"fmt"
	"math/rand/v2"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Net is a training step of a network for images: its inputs are x and the classes y, its output is
// the loss.
type Net struct {
	b          *graph.Builder
	r          *rand.Rand
	variables  int
	parameters []*graph.Value
}

// CNN returns a training step by Adam of the usual network for handwritten digits: two convolutions
// of 32 and 64 filters, a pool, and two dense layers, for images of 28×28.
func CNN() (*graph.Graph, error) {
	n := newNet()
	b := n.b
	x := b.Input("x", graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(1), graph.Fixed(28),
		graph.Fixed(28)))
	h := op.Apply(b, tensor.Relu, n.conv(x, 32, op.Conv{}, true))
	h = op.Apply(b, tensor.Relu, n.conv(h, 64, op.Conv{}, true))
	h = op.Flatten(b, op.MaxPool(b, op.Slide(2, 0), h, 2, 2), 1, -1)
	h = n.dense(op.Apply(b, tensor.Relu, n.dense(h, 9216, 128)), 128, 10)
	return n.finish(h, n.adam(0))
}

// ResNet returns a training step by momentum of a small residual network: 16 channels, three blocks
// of two convolutions with batch norm, and the mean of the pixels, for images of 3×32×32.
func ResNet() (*graph.Graph, error) {
	n := newNet()
	b := n.b
	x := b.Input("x", graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(3), graph.Fixed(32),
		graph.Fixed(32)))
	conv := op.Conv{Sliding: op.Slide(1, 1)}
	h := op.Apply(b, tensor.Relu, n.norm(n.conv(x, 16, conv, false)))
	for range 3 {
		y := op.Apply(b, tensor.Relu, n.norm(n.conv(h, 16, conv, false)))
		h = op.Apply(b, tensor.Relu, op.Add(b, h, n.norm(n.conv(y, 16, conv, false))))
	}
	h = n.dense(op.Flatten(b, op.GlobalPool(b, op.MeanOf, h), 1, -1), 16, 10)
	return n.finish(h, func(rate *graph.Value, gradients []*graph.Value) {
		op.Momentum(b, op.MomentumStep{Momentum: 0.9}, rate, n.parameters, gradients)
	})
}

func newNet() *Net {
	n := &Net{b: graph.NewBuilder(), r: rand.New(rand.NewPCG(1, 5))}
	n.b.SetTraining(true)
	return n
}

// variable returns a new variable whose elements are normally distributed around a mean.
func (n *Net) variable(role graph.Role, mean, spread float64, shape ...int) *graph.Value {
	a := tensor.NewArray(tensor.Float32Type, shape...)
	for i := range tensor.Elements[float32](a) {
		tensor.Elements[float32](a)[i] = float32(mean + float64(spread*n.r.NormFloat64()))
	}
	n.variables++
	v := n.b.Variable(&graph.Variable{Name: fmt.Sprint("v", n.variables), Role: role, Value: a})
	if role == graph.Parameter {
		n.parameters = append(n.parameters, v)
	}
	return v
}

// conv returns a convolution of 3×3.
func (n *Net) conv(x *graph.Value, filters int, c op.Conv, hasBias bool) *graph.Value {
	channels, _ := x.Shape()[1].Value()
	w := n.variable(graph.Parameter, 0, 0.1, filters, channels, 3, 3)
	var bias *graph.Value
	if hasBias {
		bias = n.variable(graph.Parameter, 0, 0.1, filters)
	}
	return op.Convolve(n.b, c, x, w, bias)
}

// norm returns x normalised over the batch.
func (n *Net) norm(x *graph.Value) *graph.Value {
	channels, _ := x.Shape()[1].Value()
	gamma, beta := n.variable(graph.Parameter, 1, 0, channels), n.variable(graph.Parameter, 0, 0,
		channels)
	mean, variance := n.variable(graph.Buffer, 0, 0, channels), n.variable(graph.Buffer, 1, 0,
		channels)
	return op.Normalize(n.b, op.BatchNorm{Epsilon: 1e-5}, 0.1, x, gamma, beta, mean, variance)
}

// dense returns a dense layer of x.
func (n *Net) dense(x *graph.Value, in, out int) *graph.Value {
	w, bias := n.variable(graph.Parameter, 0, 0.1, in, out), n.variable(graph.Parameter, 0, 0.1, out)
	return op.Add(n.b, op.MatMul(n.b, x, w), bias)
}

// finish adds the cross entropy of classes, its gradients and the optimizer.
func (n *Net) finish(logits *graph.Value, optimize func(rate *graph.Value,
	gradients []*graph.Value)) (*graph.Graph, error) {
	y := n.b.Input("y", graph.TypeOf[int64](graph.Symbol("batch")))
	return n.descend(op.CrossEntropy(n.b, logits, y), optimize)
}

// descend adds the gradients of a loss and the optimizer.
func (n *Net) descend(loss *graph.Value, optimize func(rate *graph.Value,
	gradients []*graph.Value)) (*graph.Graph, error) {
	n.b.Output("loss", loss)
	optimize(op.Scalar(n.b, tensor.Float64Type, 1e-3), op.Gradients(n.b, loss, n.parameters...))
	return n.b.Graph()
}
