package nn

import (
	"errors"
	"fmt"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// lossValues are what a loss becomes in a graph.
type lossValues struct {
	sum, weight *graph.Value   // the weighted sum over the batch and what divides it: float64
	predictions []*graph.Value // the model's outputs
	at, seeds   []*graph.Value // the values that gradients begin at, and dL/dvalue
}

// Objective is what one of several outputs of a model is trained for.
type Objective struct {
	Loss Loss
	// Weight is the share of the loss in their sum, 1 if 0.
	Weight float64
}

// buildLosses adds the losses of a model's outputs: their weighted sum, as one of the first's
// weight.
func buildLosses(b *Builder, objectives []Objective, outputs, targets []*graph.Value,
	weights *graph.Value) lossValues {
	total := objectives[0].Loss.build(b, outputs[0], targets[0], weights)
	if len(objectives) == 1 || b.Err() != nil {
		return total
	}
	g := b.Builder
	mean := total.mean(b, objectives[0])
	for i, o := range objectives[1:] {
		v := o.Loss.build(b, outputs[i+1], targets[i+1], weights)
		if b.Err() != nil {
			return total
		}
		mean = op.Add(g, mean, v.mean(b, o))
		total.predictions = append(total.predictions, v.predictions...)
		total.at, total.seeds = append(total.at, v.at...), append(total.seeds, v.seeds...)
	}
	total.sum = op.Mul(g, mean, total.weight)
	return total
}

// mean returns the objective's share of the whole loss, and takes it from the seeds.
func (v *lossValues) mean(b *Builder, o Objective) *graph.Value {
	mean := op.Div(b.Builder, v.sum, v.weight)
	if o.Weight == 0 || o.Weight == 1 {
		return mean
	}
	v.seeds = []*graph.Value{op.Scale(b.Builder, v.seeds[0], o.Weight)}
	return op.Scale(b.Builder, mean, o.Weight)
}

// build adds the loss of a model's outputs against the target y, with weights of the rows if they
// are not nil. If the outputs are those of the activation whose logits the loss has a stable form
// of, that form takes them from before the activation, and gives the prediction itself.
func (l Loss) build(b *Builder, outputs, y, weights *graph.Value) lossValues {
	if l.rows != nil {
		return l.buildRows(b, outputs, y, weights)
	}
	if l.classes.given() {
		return l.buildClasses(b, outputs, y, weights)
	}
	z := outputs
	if l.logits != nil && lastActivation(outputs).name == l.from.name {
		n, _ := outputs.Node()
		z, l = n.Inputs[0], l.logits.WithClassWeights(l.classWeights...)
	}
	rows := z
	if len(z.Shape()) > 2 { // a row is what the last dimension holds
		if weights != nil {
			b.Fail("nn: the loss %s of outputs %v takes no weights", l, z.Shape())
			return lossValues{}
		}
		rows, y = op.Flatten(b.Builder, z, 0, -2), op.Flatten(b.Builder, y, 0, -2)
	}
	inputs := []*graph.Value{rows, y}
	if weights != nil {
		inputs = append(inputs, weights)
	}
	v := b.ApplyAll(op.BatchLoss{Of: l.of, ClassWeights: op.FloatsOf(l.classWeights...)}, inputs...)
	if b.Err() != nil {
		return lossValues{}
	}
	prediction := outputs
	if z != outputs {
		prediction = op.ReshapeLike(b.Builder, v[3], outputs)
	}
	return lossValues{v[0], v[1], []*graph.Value{prediction}, []*graph.Value{rows},
		[]*graph.Value{v[2]}}
}

// buildRows is build for a loss made of operators.
func (l Loss) buildRows(b *Builder, outputs, y, weights *graph.Value) lossValues {
	rows := l.rows(b, outputs, y)
	if b.Err() != nil {
		return lossValues{}
	}
	if batch := outputs.Shape()[:1]; !rows.Shape().Equal(batch) {
		b.Fail("nn: the loss %s gives %v, not one number a row, %v", l, rows.Shape(), batch)
		return lossValues{}
	}
	g := b.Builder
	weighted, each := rows, op.Expand(g, op.Scalar(g, b.dtype, 1), rows)
	if weights != nil {
		weighted, each = op.Mul(g, rows, weights), weights
	}
	total := op.Sum(g, each)
	return lossValues{
		sum:         op.Cast(g, op.Sum(g, weighted), tensor.Float64Type),
		weight:      op.Cast(g, total, tensor.Float64Type),
		predictions: []*graph.Value{outputs},
		at:          []*graph.Value{rows},
		seeds:       []*graph.Value{op.Div(g, each, total)},
	}
}

// unwrapped returns what is wrong with a batch without the program's words about it.
func unwrapped(err error) error {
	if err == nil {
		return nil // without a target on the heap
	}
	if l := (*op.LossError)(nil); errors.As(err, &l) {
		return fmt.Errorf("nn: %w", l)
	}
	return err
}

// EvaluateLoss returns the loss of outputs (n, …, columns) against the target and its gradient with
// respect to the outputs. The shape of the target is that of the outputs; for cross entropy (n, 1)
// class indices do as well. There is one weight a row, or none.
func EvaluateLoss[T tensor.Float](
	l Loss, outputs, target *tensor.Tensor[T], weights ...T,
) (float64, *tensor.Tensor[T], error) {
	shape := outputs.Shape()
	if len(shape) < 2 || shape[0] < 1 {
		return 0, nil, fmt.Errorf("nn: loss %s: outputs of shape %v, expected (rows, …, columns)",
			l, shape)
	}
	if err := l.checkModel(shape[len(shape)-1], Activation{}); err != nil {
		return 0, nil, err
	}
	if err := l.validateClassWeights(tensor.DTypeOf[T]()); err != nil {
		return 0, nil, err
	}
	b := newBuilder(tensor.DTypeOf[T](), newVariables())
	z := b.Input("x", graph.TypeOf[T](append(graph.Shape{batchDim},
		graph.ShapeOf(shape[1:]...)...)...))
	v := l.build(b, z, b.targetInput(0, l, z), b.weightInput(len(weights) > 0))
	gradients := b.gradients(v, z)
	v.output(b)
	b.Output("gradient", gradients[0])
	g, err := b.Graph()
	if err != nil {
		return 0, nil, err
	}
	p := newProgram[T](g, exec.NewEngines(tensor.ActiveISA(), 0))
	if err := checkBatch(l.name, outputs.Shape(), target, weights); err != nil {
		return 0, nil, err
	}
	err = p.bind(batch[T]{tensors[T]{outputs}, tensors[T]{target}, weights})
	if err != nil {
		return 0, nil, err
	}
	if err := p.run(); err != nil {
		return 0, nil, err
	}
	sum, weight := p.lossOf()
	return sum / weight, p.output("gradient").Clone(), nil
}
