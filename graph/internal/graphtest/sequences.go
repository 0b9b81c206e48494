package graphtest

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// LSTM returns a training step by Adam of 128 units that read 28 rows of 28 pixels, and a dense
// layer of 10 classes.
func LSTM() (*graph.Graph, error) {
	n := newNet()
	x := n.b.Input("x", graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(28),
		graph.Fixed(28)))
	return n.finish(n.dense(n.recurrent(op.LSTMCell, x, 4, 128), 128, 10), n.adam(0))
}

// GRU returns a training step by Adam of 16 units that read 20 values of 4 sensors, and a dense
// layer of one output, with the mean squared error.
func GRU() (*graph.Graph, error) {
	n := newNet()
	b, batch := n.b, graph.Symbol("batch")
	x := b.Input("x", graph.TypeOf[float32](batch, graph.Fixed(20), graph.Fixed(4)))
	y := b.Input("y", graph.TypeOf[float32](batch, graph.Fixed(1)))
	return n.descend(op.MSE(b, n.dense(n.recurrent(op.GRUCell, x, 3, 16), 16, 1), y), n.adam(0))
}

// recurrent returns the last states (batch, h) of a layer over x (batch, time, inputs).
func (n *Net) recurrent(cell op.Cell, x *graph.Value, gates, h int) *graph.Value {
	in, _ := x.Shape()[2].Value()
	parameter := func(shape ...int) *graph.Value {
		return n.variable(graph.Parameter, 0, 0.1, shape...)
	}
	w := op.RecurrentWeights{Input: parameter(gates*h, in), State: parameter(gates*h, h),
		InputBias: parameter(gates * h), StateBias: parameter(gates * h)}
	l := op.RecurrentLayers{Cell: cell, BatchFirst: true, Weights: [][]op.RecurrentWeights{{w}}}
	_, last, _ := l.Apply(n.b, x)
	return op.Squeeze(n.b, last, 0)
}

// GPT returns a training step by AdamW of a transformer of two layers, four heads and a width of 64
// on 128 characters of 65.
func GPT() (*graph.Graph, error) {
	const characters, time, width, heads = 65, 128, 64, 4
	n := newNet()
	b := n.b
	text := graph.TypeOf[int64](graph.Symbol("batch"), graph.Fixed(time))
	x, y := b.Input("x", text), b.Input("y", text)
	h := op.Gather(b, n.variable(graph.Parameter, 0, 1, characters, width), x, 0)
	h = op.Add(b, h, n.variable(graph.Parameter, 0, 1, time, width))
	norm := func(x *graph.Value) *graph.Value {
		return op.LayerNorm(b, x, 1, 1e-5, n.variable(graph.Parameter, 1, 0, width),
			n.variable(graph.Parameter, 0, 0, width))
	}
	for range 2 {
		parts := op.Split(b, n.dense(norm(h), width, 3*width), -1, width, width, width)
		for i, p := range parts {
			parts[i] = op.Reshape(b, p, 0, time, heads, width/heads)
		}
		a := op.Attend(b, op.Attention{Causal: true}, parts[0], parts[1], parts[2], nil)
		h = op.Add(b, h, n.dense(op.Flatten(b, a, 2, 3), width, width))
		u := op.Apply(b, tensor.Gelu, n.dense(norm(h), width, 4*width))
		h = op.Add(b, h, n.dense(u, 4*width, width))
	}
	logits := op.Flatten(b, n.dense(norm(h), width, characters), 0, 1)
	return n.descend(op.CrossEntropy(b, logits, op.Flatten(b, y, 0, 1)), n.adam(0.01))
}

// adam returns what lets parameters take steps of Adam.
func (n *Net) adam(decay float64) func(rate *graph.Value, gradients []*graph.Value) {
	o := op.AdamStep{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Decay: decay}
	return func(rate *graph.Value, gradients []*graph.Value) {
		op.Adam(n.b, o, rate, n.parameters, gradients)
	}
}
