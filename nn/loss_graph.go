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
	v := b.ApplyAll(lossOperator{&l}, inputs...)
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

// lossOperator computes a loss of this package, of outputs (rows, columns), the target (rows,
// columns) or (rows, 1), and weights (rows) if it is given any. Its outputs are the weighted sum
// and the weight that divides it, float64, the gradient of the mean, and, of a loss of logits,
// their probabilities.
type lossOperator struct{ loss *Loss }

// Name returns the name of the loss.
func (o lossOperator) Name() string { return "loss_" + o.loss.name }

// Infer returns the outputs' types.
func (o lossOperator) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in[0].Shape) != 2 || len(in[1].Shape) != 2 {
		return nil, fmt.Errorf("the loss %s takes outputs and targets of shape (rows, columns), not %v and %v",
			o.loss, in[0].Shape, in[1].Shape)
	}
	scalar := graph.TypeOf[float64]()
	out := []graph.Type{scalar, scalar, in[0]}
	if o.loss.ofLogits {
		out = append(out, in[0])
	}
	return out, nil
}

// Scratch returns the size of the outputs.
func (o lossOperator) Scratch(_ *graph.Binding, in []graph.Type) int {
	n, _ := in[0].Shape.Size().Value()
	return n * in[0].DType.Bytes()
}

// Bind returns a step that computes all of it.
func (o lossOperator) Bind(b *graph.Binding) (graph.Step, error) {
	if b.Inputs[0].DType() == tensor.Float32Type {
		return bindLoss(b, *o.loss, o.loss.f32), nil
	}
	return bindLoss(b, *o.loss, o.loss.f64), nil
}

func bindLoss[T tensor.Float](b *graph.Binding, l Loss, evaluate lossFunc[T]) graph.Step {
	shape := b.Inputs[0].Shape()
	batch := &lossBatch[T]{kernels: graph.Engine[T](b).Kernels(), rows: shape[0], columns: shape[1],
		targetColumns: b.Inputs[1].Shape()[1], classes: newClassRows[T](shape[0]),
		scratch: tensor.Elements[T](tensor.ArrayOver(b.Inputs[0].DType(), b.Scratch, shape...))}
	for _, w := range l.classWeights {
		batch.classWeights = append(batch.classWeights, T(w))
	}
	sum, weight := tensor.Slot[float64](b.Outputs[0]), tensor.Slot[float64](b.Outputs[1])
	z, y, gradient := tensor.Slot[T](b.Inputs[0]), tensor.Slot[T](b.Inputs[1]), tensor.Slot[T](b.Outputs[2])
	weights, probabilities := new([]T), new([]T)
	if len(b.Inputs) > 2 {
		weights = tensor.Slot[T](b.Inputs[2])
	}
	if l.ofLogits {
		probabilities = tensor.Slot[T](b.Outputs[3])
	}
	return func() {
		batch.outputs, batch.target, batch.sampleWeights = *z, *y, *weights
		batch.gradient, batch.probabilities = *gradient, *probabilities
		s, w, err := evaluate(batch)
		if err == nil && !(w > 0) {
			err = errors.New("nn: loss " + l.name + ": the weights of the batch are all 0 or not numbers")
		}
		if err != nil {
			b.Fail(&lossError{err})
		}
		(*sum)[0], (*weight)[0] = s, w
	}
}

// lossError is what is wrong with the target or the weights of a batch.
type lossError struct{ error }

// unwrapped returns a loss's own error without the program's words about it.
func unwrapped(err error) error {
	if err == nil {
		return nil // without a target on the heap
	}
	if l := (*lossError)(nil); errors.As(err, &l) {
		return l.error
	}
	return err
}

// matchColumns returns an error unless the target has one value for each output.
func (b *lossBatch[T]) matchColumns(loss string) error {
	if b.targetColumns != b.columns {
		return fmt.Errorf("nn: loss %s: a target of %d columns does not go with %d outputs",
			loss, b.targetColumns, b.columns)
	}
	return nil
}

// EvaluateLoss returns the loss of outputs (n, columns) against the target and its gradient with
// respect to the outputs. The shape of the target is that of the outputs; for cross entropy (n, 1)
// class indices do as well. There is one weight a row, or none.
func EvaluateLoss[T tensor.Float](
	l Loss, outputs, target *tensor.Tensor[T], weights ...T,
) (float64, *tensor.Tensor[T], error) {
	if outputs.Rank() != 2 || outputs.Dim(0) < 1 {
		return 0, nil, fmt.Errorf("nn: loss %s: outputs of shape %v, expected (rows, columns)",
			l, outputs.Shape())
	}
	if err := l.checkModel(outputs.Dim(1), Activation{}); err != nil {
		return 0, nil, err
	}
	if err := l.validateClassWeights(tensor.DTypeOf[T]()); err != nil {
		return 0, nil, err
	}
	b := newBuilder(tensor.DTypeOf[T](), newVariables())
	z := b.Input("x", graph.TypeOf[T](graph.Symbol("batch"), graph.Fixed(outputs.Dim(1))))
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
