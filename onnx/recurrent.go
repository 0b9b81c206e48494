package onnx

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// recurrents are the operators of recurrent networks.
var recurrents = []operator{
	{name: "GRU", since: 1, min: 3, max: 6, attributes: cells + " linear_before_reset",
		translate: recurrent(gruCell)},
	{name: "LSTM", since: 1, min: 3, max: 8, attributes: cells + " input_forget",
		translate: recurrent(lstmCell)},
	{name: "RNN", since: 1, min: 3, max: 6, attributes: cells, translate: recurrent(rnnCell)},
}

// cells are the attributes that all have.
const cells = "activation_alpha activation_beta activations clip direction hidden_size layout " +
	"output_sequence"

// cellKind is what a step of a recurrent network computes.
type cellKind uint8

const (
	rnnCell cellKind = iota
	gruCell
	lstmCell
)

// cellKinds says of each how many gates it has and its activations unless others are given.
var cellKinds = [...]struct {
	gates       int
	activations []string
}{
	rnnCell:  {1, []string{"Tanh"}},
	gruCell:  {3, []string{"Sigmoid", "Tanh"}},
	lstmCell: {4, []string{"Sigmoid", "Tanh", "Tanh"}},
}

// cell is a recurrent network's layer in one direction.
type cell struct {
	kind                         cellKind
	steps, batch, hidden         int
	reversed                     bool
	clip                         float64
	inputForget, resetAfter      bool
	activations                  []activation
	hasLengths, hasH, hasC, hasP bool
	hasBias                      bool
	integers                     *op.IntegerWeights // the weights of the state's part, if it has them
}

// activation is one of those that recurrent networks may have, with its numbers.
type activation struct {
	name        string
	alpha, beta float64
}

// activationNumbers are α and β unless others are given.
var activationNumbers = map[string][2]float64{
	"Relu": {}, "Tanh": {}, "Sigmoid": {}, "Softsign": {}, "Softplus": {}, "Affine": {1, 0},
	"LeakyRelu": {0.01}, "ThresholdedRelu": {1}, "ScaledTanh": {1, 1}, "HardSigmoid": {0.2, 0.5},
	"Elu": {1},
}

// recurrent runs one direction, or both, over a sequence.
func recurrent(kind cellKind) func(*call) {
	return func(c *call) {
		batchFirst := c.attrInt("layout", 0) != 0
		x := c.float(0)
		if c.rank(0) != 3 || c.rank(1) != 3 || c.rank(2) != 3 {
			c.fail("an input %v with weights %v and %v", c.val(0), c.val(1), c.val(2))
		}
		if batchFirst {
			x = op.Permute(c.b(), x, 1, 0, 2)
		}
		s, hidden := dims(x), c.shape(2)[2]
		gates := cellKinds[kind].gates
		directions := map[string]int{"forward": 1, "reverse": 1, "bidirectional": 2}[c.attrString("direction",
			"forward")]
		w, r := c.shape(1), c.shape(2)
		if directions == 0 || w[0] != directions || r[0] != directions || w[1] != gates*hidden ||
			r[1] != gates*hidden || w[2] != s[2] || c.attrInt("hidden_size", hidden) != hidden {
			c.fail("the direction %q of weights %v and %v", c.attrString("direction", "forward"), c.val(1),
				c.val(2))
		}
		var outputs [3][]*graph.Value
		for d := range directions {
			cl := c.cell(kind, s, hidden, d, directions)
			xp := c.b().Apply(op.Product{TransposeB: true}, c.reshape(x, s[0]*s[1], s[2]), c.ofDirection(1, d))
			for i, v := range c.direction(cl, x, d, batchFirst, xp, c.ofDirection(2, d)) {
				outputs[i] = append(outputs[i], v)
			}
		}
		c.setRecurrent(outputs, batchFirst, s[0], s[1], hidden)
	}
}

// cell returns the layer of one direction over inputs of a shape (steps, batch, …).
func (c *call) cell(kind cellKind, s []int, hidden, d, directions int) cell {
	return cell{kind: kind, steps: s[0], batch: s[1], hidden: hidden,
		reversed:    d == 1 || c.attrString("direction", "forward") == "reverse",
		clip:        c.attrFloat("clip", 0),
		inputForget: c.attrInt("input_forget", 0) != 0,
		resetAfter:  c.attrInt("linear_before_reset", 0) != 0,
		activations: c.activations(kind, d, directions)}
}

// ofDirection returns the part of an input that is one direction's.
func (c *call) ofDirection(i, d int) *graph.Value {
	v := c.float(i)
	return c.reshape(op.Slice(c.b(), v, 0, d, d+1, 1), dims(v)[1:]...)
}

// activations returns those of one direction.
func (c *call) activations(kind cellKind, d, directions int) []activation {
	names := c.attrStrings("activations")
	n := len(cellKinds[kind].activations)
	if names == nil {
		for range directions {
			names = append(names, cellKinds[kind].activations...)
		}
	}
	if len(names) != n*directions {
		c.fail("%d activations, not %d", len(names), n*directions)
	}
	alphas, betas := c.attrFloats("activation_alpha"), c.attrFloats("activation_beta")
	var list []activation
	for i := d * n; i < (d+1)*n; i++ {
		numbers, ok := activationNumbers[names[i]]
		if !ok {
			c.fail("the activation %q is unknown", names[i])
		}
		a := activation{names[i], numbers[0], numbers[1]}
		if i < len(alphas) {
			a.alpha = float64(alphas[i])
		}
		if i < len(betas) {
			a.beta = float64(betas[i])
		}
		list = append(list, a)
	}
	return list
}

// direction runs one direction: it returns the states of all steps, the last one, and the last cell
// state. It gets the inputs' part of the gates, and by what the state's part is computed: weights,
// and those of integers with their scales.
func (c *call) direction(cl cell, x *graph.Value, d int, batchFirst bool, xp *graph.Value,
	state ...*graph.Value) []*graph.Value {
	b, s := c.b(), dims(x)
	first := func(i int) *graph.Value {
		v := c.float(i)
		if batchFirst {
			v = op.Permute(b, v, 1, 0, 2)
		}
		return c.reshape(op.Slice(b, v, 0, d, d+1, 1), cl.batch, cl.hidden)
	}
	inputs := append([]*graph.Value{xp}, state...)
	if cl.hasBias = c.has(3); cl.hasBias {
		inputs = append(inputs, c.ofDirection(3, d))
	}
	if cl.hasLengths = c.has(4); cl.hasLengths {
		inputs = append(inputs, op.Cast(b, c.value(4), tensor.Int64Type))
	}
	if cl.hasH = c.has(5); cl.hasH {
		inputs = append(inputs, first(5))
	}
	if cl.hasC = c.has(6); cl.hasC {
		inputs = append(inputs, first(6))
	}
	if cl.hasP = c.has(7); cl.hasP {
		inputs = append(inputs, c.ofDirection(7, d))
	}
	d1 := x.DType()
	types := []graph.Type{{DType: d1, Shape: graph.ShapeOf(s[0], s[1], cl.hidden)},
		{DType: d1, Shape: graph.ShapeOf(s[1], cl.hidden)}, {DType: d1, Shape: graph.ShapeOf(s[1], cl.hidden)}}
	return c.natives("recurrent", types, func(b *graph.Binding) graph.Step {
		return forFloats(d1, bindCell[float32], bindCell[float64])(b, cl)
	}, inputs...)
}

// setRecurrent gives the outputs with both directions.
func (c *call) setRecurrent(outputs [3][]*graph.Value, batchFirst bool, steps, batch, hidden int) {
	join := func(list []*graph.Value, axis int, shape ...int) *graph.Value {
		for i, v := range list {
			list[i] = c.reshape(v, shape...)
		}
		return op.Concat(c.b(), axis, list...)
	}
	all := join(outputs[0], 1, steps, 1, batch, hidden)
	last, state := join(outputs[1], 0, 1, batch, hidden), join(outputs[2], 0, 1, batch, hidden)
	if batchFirst {
		all = op.Permute(c.b(), all, 2, 0, 1, 3)
		last, state = op.Permute(c.b(), last, 1, 0, 2), op.Permute(c.b(), state, 1, 0, 2)
	}
	c.setLike(0, all, 0)
	c.setLike(1, last, 0)
	c.setLike(2, state, 0)
}
