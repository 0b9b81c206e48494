// Package graphtest generates graphs and runs them node by node, for the tests of what rewrites and
// compiles graphs.
package graphtest

import (
	"fmt"
	"math/rand/v2"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Generated is a random training graph: some layers, reductions and element-wise operations, a
// loss, gradients and updates.
type Generated struct {
	Graph  *graph.Graph
	Shapes map[string][]int // of its inputs
}

// generator is the state of [Generate].
type generator struct {
	*rand.Rand
	b          *graph.Builder
	values     []*graph.Value // (batch, columns)
	parameters []*graph.Value
}

// Generate returns a graph that depends on the seed alone.
func Generate(seed uint64) (Generated, error) {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 3)), b: graph.NewBuilder()}
	batch := 1 + g.IntN(9)
	shapes := map[string][]int{}
	for i := range 1 + g.IntN(2) {
		name, columns := fmt.Sprintf("x%d", i), 1+g.IntN(20)
		shapes[name] = []int{batch, columns}
		g.values = append(g.values, g.b.Input(name,
			graph.TypeOf[float32](graph.Symbol("batch"), graph.Fixed(columns))))
	}
	for range 2 + g.IntN(10) {
		g.values = append(g.values, g.grow())
		if err := g.b.Err(); err != nil {
			return Generated{}, err
		}
	}
	for i := range 1 + g.IntN(2) {
		g.b.Output(fmt.Sprintf("y%d", i), g.pick())
	}
	last := g.values[len(g.values)-1]
	loss := op.Mean(g.b, op.Mul(g.b, last, last))
	if g.IntN(3) == 0 { // cross entropy, written by hand
		column := g.b.Apply(op.Unsqueeze{Axis: 1}, op.ArgMin(g.b, last, 1))
		picked := op.GatherElements(g.b, op.LogSoftmax(g.b, last), column, 1)
		loss = op.Map(g.b, op.Neg, op.Mean(g.b, picked))
	}
	g.b.Output("loss", loss)
	if len(g.parameters) > 0 {
		gradients := op.Gradients(g.b, loss, g.parameters...)
		rate := op.Scalar(g.b, tensor.Float64Type, 1e-3)
		switch g.IntN(4) {
		case 0:
			op.Momentum(g.b, op.MomentumStep{Momentum: 0.9}, rate, g.parameters, gradients)
		case 1:
			adam := op.AdamStep{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
			op.Adam(g.b, adam, rate, g.parameters, gradients)
		default:
			op.SGD(g.b, rate, g.parameters, gradients)
		}
	}
	built, err := g.b.Graph()
	return Generated{built, shapes}, err
}

// pick returns one of the values made so far, the last ones more often.
func (g *generator) pick() *graph.Value {
	return g.values[max(g.IntN(len(g.values)), g.IntN(len(g.values)))]
}

// functions are those whose values stay moderate.
var functions = []tensor.Unary{tensor.Relu, tensor.Tanh, tensor.Sigmoid, tensor.Silu, tensor.Gelu,
	tensor.Softplus, tensor.Hardswish, tensor.Mish}

// grow returns a new value of a value made so far.
func (g *generator) grow() *graph.Value {
	x := g.pick()
	columns, _ := x.Shape()[1].Value()
	if g.IntN(2) == 0 {
		return g.other(x, columns)
	}
	switch g.IntN(8) {
	case 0, 1, 2:
		return g.dense(x, columns)
	case 3:
		return op.Apply(g.b, functions[g.IntN(len(functions))], x)
	case 4:
		return g.b.Apply(op.Parametric{Function: tensor.LeakyRelu, Alpha: 0.1}, x)
	case 5:
		return op.Softmax(g.b, x)
	case 6: // less its mean, over the batch or the columns
		axis := g.IntN(2)
		mean := g.b.Apply(op.Reduce{By: op.MeanOf, Axes: op.IntsOf(axis), KeepDims: true}, x)
		return op.Sub(g.b, x, mean)
	}
	for _, y := range g.values {
		if y.Shape().Equal(x.Shape()) && g.IntN(2) == 0 {
			return []func(*graph.Builder, *graph.Value, *graph.Value) *graph.Value{op.Add, op.Sub,
				op.Mul}[g.IntN(3)](g.b, x, y)
		}
	}
	return op.Scale(g.b, x, 0.5)
}

// other returns a new value of x by one of the operators that have no kernel of their own, or that
// move elements.
func (g *generator) other(x *graph.Value, columns int) *graph.Value {
	b := g.b
	switch g.IntN(20) {
	case 0:
		return op.Map(b, maps[g.IntN(len(maps))], x)
	case 1:
		return op.Clip(b, x, -0.5, 0.75)
	case 2:
		return op.Scale(b, op.CumSum(b, x, g.IntN(2)), 0.25)
	case 3:
		return op.Concat(b, 1, x, op.Flip(b, x, g.IntN(2)))
	case 4:
		return op.Slice(b, x, 1, g.IntN(columns), op.ToEnd, 1)
	case 19:
		parts := op.Split(b, op.Apply(b, tensor.Tanh, x), 1, columns/2, columns-columns/2)
		return op.Concat(b, 1, op.Scale(b, parts[1], -2), op.Apply(b, tensor.Relu, parts[0]))
	case 5:
		return op.Pad(b, x, []int{0, 1}, []int{0, g.IntN(2)}, g.NormFloat64())
	case 6:
		y := op.Transpose(b, op.Map(b, op.Neg, op.Transpose(b, x, 0, 1)), 0, 1)
		return op.Transpose(b, op.Transpose(b, y, 0, 1), -1, -2)
	case 7: // normalised rows
		center := op.Sub(b, x, b.Apply(op.Reduce{By: op.MeanOf, Axes: op.IntsOf(1), KeepDims: true}, x))
		norm := op.ReshapeLike(b, op.L2Norm(b, center, 1), g.column(x))
		return op.Div(b, center, op.Add(b, norm, op.Scalar(b, tensor.Float32Type, 0.1)))
	case 8:
		return op.Sub(b, x, op.ReshapeLike(b, op.LogSumExp(b, x, 1), g.column(x)))
	case 9:
		best := first(op.TopK(b, x, 1+g.IntN(columns), 1))
		return op.Tile(b, best, 1, 1+g.IntN(2))
	case 10: // of constants
		factor := op.Apply(b, tensor.Sigmoid, op.Scalar(b, tensor.Float32Type, g.NormFloat64()))
		return op.Mul(b, x, op.Mul(b, factor, op.Scalar(b, tensor.Float32Type, 1)))
	case 11:
		return op.Apply(b, tensor.Tanh, op.Pow(b, x, op.Scalar(b, tensor.Float32Type, 2)))
	case 12:
		y := b.Apply(op.Unsqueeze{Axis: 1}, b.Apply(op.Unsqueeze{Axis: 0}, x))
		return op.Reshape(b, op.Flatten(b, y, 0, 1), -1, columns)
	case 13:
		lowest := b.Apply(op.Reduce{By: op.MinOf, Axes: op.IntsOf(g.IntN(2)), KeepDims: true}, x)
		return op.Maximum(b, op.Scale(b, lowest, 0.5), x)
	case 14:
		isNegative := op.Less(b, x, op.Scalar(b, tensor.Float32Type, 0))
		return op.Where(b, isNegative, op.Scale(b, x, 0.1), x)
	case 15:
		return op.LayerNorm(b, x, 1, 1e-2, g.parameter(columns), g.parameter(columns))
	case 16:
		return op.RMSNorm(b, x, 1, 1e-2, nil)
	case 17:
		return g.images(x, columns)
	}
	y := op.Add(b, x, g.residual(x, columns))
	if g.IntN(2) == 0 {
		return op.Apply(b, functions[g.IntN(len(functions))], y)
	}
	return op.LogSoftmax(b, y)
}

// images returns convolutions of x, whose rows are taken for images of one row of pixels.
func (g *generator) images(x *graph.Value, columns int) *graph.Value {
	y, channels := op.Reshape(g.b, x, 0, 1, 1, columns), 1
	for range 1 + g.IntN(2) {
		filters := 1 + g.IntN(3)
		var bias *graph.Value
		if g.IntN(2) == 0 {
			bias = g.parameter(filters)
		}
		conv := op.Conv{Sliding: op.Slide(1, 1)}
		y = op.Convolve(g.b, conv, y, g.parameter(filters, channels, 3, 3), bias)
		channels = filters
		switch g.IntN(4) {
		case 0:
			y = op.Apply(g.b, functions[g.IntN(len(functions))], y)
		case 1:
			y = op.MaxPool(g.b, op.Slide(1, 1), y, 3, 3)
		case 2:
			y = op.MaxPool(g.b, op.Slide(1, 1), op.Apply(g.b, tensor.Relu, y), 3, 3)
		}
	}
	return op.Slice(g.b, op.Flatten(g.b, op.Apply(g.b, tensor.Tanh, y), 1, -1), 1, 0, 20, 1)
}

// maps are those whose values stay moderate.
var maps = []op.Function{op.Neg, op.Abs, op.Sign, op.Floor, op.Round, op.Sin, op.Cos, op.Atan,
	op.Asinh}

// first returns the first of two values.
func first(x, _ *graph.Value) *graph.Value { return x }

// column returns a value with one column.
func (g *generator) column(x *graph.Value) *graph.Value { return op.Slice(g.b, x, 1, 0, 1, 1) }

// residual returns a layer of x that is as wide.
func (g *generator) residual(x *graph.Value, columns int) *graph.Value {
	y := op.MatMul(g.b, x, g.parameter(columns, columns))
	if g.IntN(2) == 0 {
		y = op.Add(g.b, y, g.parameter(columns))
	}
	return y
}

// dense returns a layer of x, its weights stored either way, perhaps without a bias, perhaps used
// before.
func (g *generator) dense(x *graph.Value, columns int) *graph.Value {
	units := 1 + g.IntN(20)
	product, shape := op.Product{}, []int{columns, units}
	if g.IntN(3) == 0 {
		product.TransposeB, shape = true, []int{units, columns}
	}
	y := g.b.Apply(product, x, g.parameter(shape...))
	if g.IntN(4) > 0 {
		y = op.Add(g.b, y, g.parameter(units))
	}
	if g.IntN(3) > 0 {
		y = op.Apply(g.b, functions[g.IntN(len(functions))], y)
	}
	return y
}

// parameter returns a new parameter, or now and then one of this shape that is there.
func (g *generator) parameter(shape ...int) *graph.Value {
	for _, p := range g.parameters {
		if p.Shape().Equal(graph.ShapeOf(shape...)) && g.IntN(2) == 0 {
			return p
		}
	}
	a := tensor.NewArray(tensor.Float32Type, shape...)
	g.fill(a)
	v := g.b.Variable(&graph.Variable{Name: fmt.Sprintf("p%d", len(g.parameters)), Value: a})
	g.parameters = append(g.parameters, v)
	return v
}

// fill draws the elements.
func (g *generator) fill(a *tensor.Array) {
	data := tensor.Elements[float32](a)
	for i := range data {
		data[i] = float32(g.NormFloat64() / 2)
	}
}

// Inputs returns the elements of the inputs, which depend on the seed alone.
func (g Generated) Inputs(seed uint64) map[string][]float32 {
	inputs := map[string][]float32{}
	for i, v := range g.Graph.Inputs() {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		shape := g.Shapes[v.Name()]
		data := make([]float32, shape[0]*shape[1])
		for j := range data {
			data[j] = float32(r.NormFloat64())
		}
		inputs[v.Name()] = data
	}
	return inputs
}

// Interpret runs a graph node by node, each value in memory of its own, and returns its outputs.
// Its variables take their next values.
func Interpret(g *graph.Graph, e exec.Engines, inputs map[string][]float32,
	shapes map[string][]int) (map[string][]float32, error) {
	arrays := map[*graph.Value]*tensor.Array{}
	for _, v := range g.Sources() {
		switch v.Kind() {
		case graph.Input:
			arrays[v] = tensor.ArrayOf(inputs[v.Name()], shapes[v.Name()]...)
		case graph.Constant:
			arrays[v] = v.Constant()
		default:
			arrays[v] = v.Variable().Value
		}
	}
	for _, n := range g.Nodes() {
		if err := interpret(n, e, arrays); err != nil {
			return nil, err
		}
	}
	outputs := map[string][]float32{}
	for _, o := range g.Outputs() {
		outputs[o.Name] = append([]float32(nil), tensor.Elements[float32](arrays[o.Value])...)
	}
	for _, u := range g.Updates() {
		tensor.Copier(u.Variable.Variable().Value, arrays[u.Value])()
	}
	return outputs, nil
}

// interpret runs one node.
func interpret(n *graph.Node, e exec.Engines, arrays map[*graph.Value]*tensor.Array) error {
	var failed error
	b := &graph.Binding{Float32: e.Float32, Float64: e.Float64, Fail: func(err error) { failed = err }}
	var types []graph.Type
	for _, v := range n.Inputs {
		a := arrays[v]
		b.Inputs = append(b.Inputs, a)
		types = append(types, graph.Type{DType: a.DType(), Shape: graph.ShapeOf(a.Shape()...)})
	}
	outputs, err := n.Infer(types)
	if err != nil {
		return err
	}
	for i, v := range n.Outputs {
		shape, _ := outputs[i].Shape.Ints()
		arrays[v] = tensor.NewArray(outputs[i].DType, shape...)
		b.Outputs = append(b.Outputs, arrays[v])
	}
	step, err := n.Operator.Bind(b)
	if err != nil {
		return err
	}
	if step != nil {
		step()
		return failed
	}
	if o, ok := n.Operator.(graph.Viewer); ok && o.IsView() {
		tensor.Copier(b.Outputs[0], b.Inputs[0])()
	}
	return nil
}
