package standard

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/tensor"
)

// recurrents are the operators of recurrent networks.
var recurrents = []plan.Operator{
	{Name: "GRU", Since: 1, Min: 3, Max: 6, Attributes: Cells + " linear_before_reset",
		Translate: recurrent(gruCell)},
	{Name: "LSTM", Since: 1, Min: 3, Max: 8, Attributes: Cells + " input_forget",
		Translate: recurrent(LSTMCell)},
	{Name: "RNN", Since: 1, Min: 3, Max: 6, Attributes: Cells, Translate: recurrent(rnnCell)},
}

// Cells are the attributes that all have.
const Cells = "activation_alpha activation_beta activations clip direction hidden_size layout " +
	"output_sequence"

// CellKind is what a step of a recurrent network computes.
type CellKind uint8

const (
	rnnCell CellKind = iota
	gruCell
	LSTMCell
)

// cellKinds says of each how many gates it has and its activations unless others are given.
var cellKinds = [...]struct {
	gates       int
	activations []string
}{
	rnnCell:  {1, []string{"Tanh"}},
	gruCell:  {3, []string{"Sigmoid", "Tanh"}},
	LSTMCell: {4, []string{"Sigmoid", "Tanh", "Tanh"}},
}

// Cell is a recurrent network's layer in one direction.
type Cell struct {
	kind                         CellKind
	steps, batch, hidden         int
	reversed                     bool
	clip                         float64
	inputForget, resetAfter      bool
	activations                  []activation
	hasLengths, hasH, hasC, hasP bool
	hasBias                      bool
	Integers                     *op.IntegerWeights // the weights of the state's part, if it has them
	kept                         *keptState         // these weights, if they are constant floats
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
//
//go:noinline
func recurrent(kind CellKind) func(*plan.Call) {
	return func(c *plan.Call) {
		batchFirst := c.AttrInt("layout", 0) != 0
		x := c.Float(0)
		c.Alike(0, 1, 2, 3, 5, 6, 7)
		if c.Rank(0) != 3 || c.Rank(1) != 3 || c.Rank(2) != 3 {
			c.Fail("an input %v with weights %v and %v", c.Val(0), c.Val(1), c.Val(2))
		}
		if batchFirst {
			x = op.Permute(c.B(), x, 1, 0, 2)
		}
		s, hidden := native.Dims(x), c.Shape(2)[2]
		gates := cellKinds[kind].gates
		directions := map[string]int{"forward": 1, "reverse": 1,
			"bidirectional": 2}[c.AttrString("direction",
			"forward")]
		w, r := c.Shape(1), c.Shape(2)
		if directions == 0 || w[0] != directions || r[0] != directions || w[1] != gates*hidden ||
			r[1] != gates*hidden || w[2] != s[2] || c.AttrInt("hidden_size", hidden) != hidden {
			c.Fail("the direction %q of weights %v and %v", c.AttrString("direction", "forward"),
				c.Val(1),
				c.Val(2))
		}
		cells := make([]Cell, directions)
		for d := range cells {
			cells[d] = CellOf(c, kind, s, hidden, d, directions)
		}
		if c.Translating() && recurrentLayer(c, cells, x, batchFirst) {
			return
		}
		var outputs [3][]*graph.Value
		for d, cl := range cells {
			cl.kept = keptStateOf(c, 2, d)
			xp := c.B().Apply(op.Product{TransposeB: true}, c.Reshape(x, s[0]*s[1], s[2]),
				OfDirection(c, 1, d))
			for i, v := range Direction(c, cl, x, d, batchFirst, xp, OfDirection(c, 2, d)) {
				outputs[i] = append(outputs[i], v)
			}
		}
		SetRecurrent(c, outputs, batchFirst, s[0], s[1], hidden)
	}
}

// CellOf returns the layer of one direction over inputs of a shape (steps, batch, …).
func CellOf(c *plan.Call, kind CellKind, s []int, hidden, d, directions int) Cell {
	return Cell{kind: kind, steps: s[0], batch: s[1], hidden: hidden,
		reversed:    d == 1 || c.AttrString("direction", "forward") == "reverse",
		clip:        c.AttrFloat("clip", 0),
		inputForget: c.AttrInt("input_forget", 0) != 0,
		resetAfter:  c.AttrInt("linear_before_reset", 0) != 0,
		activations: activations(c, kind, d, directions)}
}

// OfDirection returns the part of an input that is one direction's.
func OfDirection(c *plan.Call, i, d int) *graph.Value {
	v := c.Float(i)
	return c.Reshape(op.Slice(c.B(), v, 0, d, d+1, 1), native.Dims(v)[1:]...)
}

// activations returns those of one direction.
func activations(c *plan.Call, kind CellKind, d, directions int) []activation {
	names := c.AttrStrings("activations")
	n := len(cellKinds[kind].activations)
	if names == nil {
		for range directions {
			names = append(names, cellKinds[kind].activations...)
		}
	}
	if len(names) != n*directions {
		c.Fail("%d activations, not %d", len(names), n*directions)
	}
	alphas, betas := c.AttrFloats("activation_alpha"), c.AttrFloats("activation_beta")
	var list []activation
	for i := d * n; i < (d+1)*n; i++ {
		numbers, ok := activationNumbers[names[i]]
		if !ok {
			c.Fail("the activation %q is unknown", names[i])
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

// Direction runs one direction: it returns the states of all steps, the last one, and the last cell
// state. It gets the inputs' part of the gates, and by what the state's part is computed: weights,
// and those of integers with their scales.
func Direction(c *plan.Call, cl Cell, x *graph.Value, d int, batchFirst bool, xp *graph.Value,
	state ...*graph.Value) []*graph.Value {
	b, s := c.B(), native.Dims(x)
	first := func(i int) *graph.Value {
		v := c.Float(i)
		if batchFirst {
			v = op.Permute(b, v, 1, 0, 2)
		}
		return c.Reshape(op.Slice(b, v, 0, d, d+1, 1), cl.batch, cl.hidden)
	}
	inputs := append([]*graph.Value{xp}, state...)
	if cl.hasBias = c.Has(3); cl.hasBias {
		inputs = append(inputs, OfDirection(c, 3, d))
	}
	if cl.hasLengths = c.Has(4); cl.hasLengths {
		inputs = append(inputs, op.Cast(b, c.Value(4), tensor.Int64Type))
	}
	if cl.hasH = c.Has(5); cl.hasH {
		inputs = append(inputs, first(5))
	}
	if cl.hasC = c.Has(6); cl.hasC {
		inputs = append(inputs, first(6))
	}
	if cl.hasP = c.Has(7); cl.hasP {
		inputs = append(inputs, OfDirection(c, 7, d))
	}
	d1 := x.DType()
	types := []graph.Type{{DType: d1, Shape: graph.ShapeOf(s[0], s[1], cl.hidden)},
		{DType: d1, Shape: graph.ShapeOf(s[1], cl.hidden)}, {DType: d1, Shape: graph.ShapeOf(s[1],
			cl.hidden)}}
	return c.Natives("recurrent", types, func(b *graph.Binding) graph.Step {
		return native.ForFloats(d1, bindCell[float32], bindCell[float64])(b, cl)
	}, inputs...)
}

// SetRecurrent gives the outputs with both directions.
func SetRecurrent(c *plan.Call, outputs [3][]*graph.Value, batchFirst bool, steps, batch,
	hidden int) {
	join := func(list []*graph.Value, axis int, shape ...int) *graph.Value {
		for i, v := range list {
			list[i] = c.Reshape(v, shape...)
		}
		return op.Concat(c.B(), axis, list...)
	}
	all := join(outputs[0], 1, steps, 1, batch, hidden)
	last, state := join(outputs[1], 0, 1, batch, hidden), join(outputs[2], 0, 1, batch, hidden)
	setStates(c, all, last, state, batchFirst)
}

// setStates gives the outputs: the states of all steps (steps, directions, batch, hidden), the last
// ones and those of the cells (directions, batch, hidden).
func setStates(c *plan.Call, all, last, state *graph.Value, batchFirst bool) {
	if batchFirst {
		all = op.Permute(c.B(), all, 2, 0, 1, 3)
		last, state = op.Permute(c.B(), last, 1, 0, 2), op.Permute(c.B(), state, 1, 0, 2)
	}
	c.SetLike(0, all, 0)
	c.SetLike(1, last, 0)
	c.SetLike(2, state, 0)
}
