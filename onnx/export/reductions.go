package export

import (
	"reflect"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// reductionForms are those of operators that fold elements, or order them, along axes.
var reductionForms = []entry{
	on(func(t *Translation, o op.Reduce, _ *graph.Node, in []string) string {
		return t.reduce(reductions[o.By], in[0], o.Axes.Values(), o.KeepDims)
	}),
	on(argOf),
	{reflect.TypeFor[op.TopKOf](), topK},
	on(func(t *Translation, o op.RunningSum, _ *graph.Node, in []string) string {
		return t.Node("CumSum", []string{in[0], t.scalarInt(o.Axis)}, Bool("exclusive", o.Exclusive),
			Bool("reverse", o.Reverse))
	}),
	on(func(t *Translation, _ op.SoftmaxRows, _ *graph.Node, in []string) string {
		return t.Node("Softmax", in, Int("axis", -1))
	}),
	on(func(t *Translation, _ op.LogSoftmaxRows, _ *graph.Node, in []string) string {
		return t.Node("LogSoftmax", in, Int("axis", -1))
	}),
	{reflect.TypeFor[op.RowNorm](), rowNorm},
	on(splitChannels),
	on(func(t *Translation, o op.BatchNorm, n *graph.Node, in []string) string {
		if o.ChannelsLast {
			return t.channelsFirst(n, in, func(x string) string {
				return t.Node("BatchNormalization", append([]string{x}, in[1:]...),
					Float("epsilon", o.Epsilon))
			})
		}
		return t.Node("BatchNormalization", in, Float("epsilon", o.Epsilon))
	}),
}

var reductions = map[op.Reduction]string{op.SumOf: "ReduceSum", op.MeanOf: "ReduceMean",
	op.MaxOf: "ReduceMax", op.MinOf: "ReduceMin", op.ProdOf: "ReduceProd"}

// reduce folds a value along axes, which became an input of ReduceSum with version 13, of the
// others with version 18.
func (t *Translation) reduce(operator, x string, axes []int, keep bool) string {
	if len(axes) == 0 {
		return t.Node("Identity", []string{x})
	}
	if operator == "ReduceSum" || t.Opset() >= 18 {
		return t.Node(operator, []string{x, t.Integers(axes...)}, Bool("keepdims", keep))
	}
	return t.Node(operator, []string{x}, Ints("axes", axes...), Bool("keepdims", keep))
}

// scalarInt returns the name of an int64 without dimensions.
func (t *Translation) scalarInt(v int) string { return t.Number(tensor.Int64Type, float64(v)) }

func argOf(t *Translation, o op.ArgOf, _ *graph.Node, in []string) string {
	operator := "ArgMax"
	if o.By == op.MinOf {
		operator = "ArgMin"
	}
	return t.Node(operator, in, Int("axis", o.Axis), Bool("keepdims", o.KeepDims),
		Bool("select_last_index", o.Last))
}

func topK(t *Translation, n *graph.Node, in []string) []string {
	o := n.Operator.(op.TopKOf)
	return t.NodeOf("TopK", 2, []string{in[0], t.Integers(o.K)}, Int("axis", o.Axis),
		Bool("largest", !o.Smallest))
}

// rowNorm is LayerNormalization or RMSNormalization, or what they consist of where the version has
// neither.
func rowNorm(t *Translation, n *graph.Node, in []string) []string {
	o, d := n.Operator.(op.RowNorm), n.Inputs[0].DType()
	moments := t.isRead(n.Outputs[1:]...)
	if !o.RMS && t.Opset() >= 17 || o.RMS && t.Opset() >= 23 && !moments {
		return t.normalised(o, n, in, moments)
	}
	axes := rowAxes(o, n)
	x, mean := in[0], ""
	if !o.RMS {
		mean = t.reduce("ReduceMean", x, axes, true)
		x = t.Node("Sub", []string{x, mean})
	}
	squares := t.reduce("ReduceMean", t.Node("Mul", []string{x, x}), axes, true)
	root := t.Node("Sqrt", []string{t.Node("Add", []string{squares, t.Number(d, o.Epsilon)})})
	y := t.Node("Div", []string{x, root})
	if o.Gamma {
		y = t.Node("Mul", []string{y, in[1]})
	}
	if o.Beta {
		y = t.Node("Add", []string{y, in[2]})
	}
	outputs := []string{y}
	if moments {
		outputs = append(outputs, t.squeezed(t.Node("Reciprocal", []string{root}), axes))
	}
	if moments && !o.RMS {
		outputs = append(outputs, t.squeezed(mean, axes))
	}
	return outputs
}

// rowAxes returns the axes of a row.
func rowAxes(o op.RowNorm, n *graph.Node) (axes []int) {
	for axis := o.Axis; axis < len(n.Inputs[0].Shape()); axis++ {
		axes = append(axes, axis)
	}
	return axes
}

// squeezed leaves out axes of one element.
func (t *Translation) squeezed(x string, axes []int) string {
	return t.Node("Squeeze", []string{x, t.Integers(axes...)})
}

// normalised is the one node that normalises rows. It must have a factor: ones, if there is none.
// Means and factors, which LayerNormalization has, are there if they are asked for.
func (t *Translation) normalised(o op.RowNorm, n *graph.Node, in []string, moments bool) []string {
	operator := "LayerNormalization"
	if o.RMS {
		operator = "RMSNormalization"
	}
	if !o.Gamma {
		row := n.Inputs[0].Shape()[o.Axis:]
		one := t.Number(n.Inputs[0].DType(), 1)
		shape := t.Node("Slice", []string{t.Node("Shape", in[:1]), t.Integers(o.Axis),
			t.Integers(len(n.Inputs[0].Shape()))})
		if dims, ok := row.Ints(); ok {
			shape = t.Integers(dims...)
		}
		in = slices.Insert(slices.Clone(in), 1, t.Node("Expand", []string{one, shape}))
	}
	axis, epsilon := Int("axis", o.Axis), Float("epsilon", o.Epsilon)
	if !moments {
		return t.NodeOf(operator, 1, in, axis, epsilon)
	}
	out, axes := t.NodeOf(operator, 3, in, axis, epsilon), rowAxes(o, n)
	return []string{out[0], t.squeezed(out[2], axes), t.squeezed(out[1], axes)}
}

// splitChannels makes two dimensions of the channels; 0 says that the batch stays.
func splitChannels(t *Translation, o op.SplitChannels, n *graph.Node, in []string) string {
	to := n.Outputs[0].Shape()
	if dims, ok := to[1:].Ints(); ok {
		return t.reshape(in[0], t.Integers(append([]int{0}, dims...)...))
	}
	channels, _ := to[2].Value()
	space := t.Node("Slice", []string{t.Node("Shape", in[:1]), t.Integers(2), t.Integers(len(to) - 1)})
	head := t.Integers(0, o.Groups, channels)
	return t.reshape(in[0], t.Node("Concat", []string{head, space}, Int("axis", 0)))
}
