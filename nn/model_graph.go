package nn

import (
	"fmt"
	"math/rand/v2"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// purpose is what a graph of a model is for.
type purpose uint8

const (
	predicting  purpose = iota // the prediction for x
	evaluating                 // and the loss against y
	gradients                  // and the gradients of the parameters
	propagating                // the gradients given dL/dprediction
	stepping                   // the loss, and a step of the optimizer
	updating                   // a step of the optimizer by given gradients
	purposes                   // their number
)

// graphKind names a graph of a model.
type graphKind struct {
	purpose
	weighted bool // the rows have weights
}

// trains reports whether the graph depends on what training does.
func (k graphKind) trains() bool { return k.purpose != predicting && k.purpose != evaluating }

// rateName is the name of the variable that holds the learning rate.
const rateName = "learning_rate"

// graph returns a graph of the model.
func (m *Model[T]) graph(kind graphKind) (*graph.Graph, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if g, ok := m.graphs[kind]; ok {
		return g, nil
	}
	g, err := m.built(kind)
	if err == nil {
		g, err = rewrite.All(g)
	}
	if err != nil {
		return nil, err
	}
	m.graphs[kind] = g
	return g, nil
}

// built returns a graph of the model as it is built.
func (m *Model[T]) built(kind graphKind) (*graph.Graph, error) {
	b := newBuilder(tensor.DTypeOf[T](), m.variables)
	if err := m.build(b, kind); err != nil {
		return nil, err
	}
	return b.Graph()
}

// PredictionGraph returns the graph that predicts: its input is "x", of shape (batch, …), its
// output "prediction"; the next ones of several are "x.1" and "prediction.1". It is as the layers
// build it, before the passes of package rewrite, and shares the model's parameters. It returns an
// error if the model has no layers.
func (m *Model[T]) PredictionGraph() (*graph.Graph, error) {
	if err := m.checkLayers(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.built(graphKind{purpose: predicting})
}

// StepGraph returns the graph of a training step, built as [Model.PredictionGraph] says: a target
// "y" is one more input, the loss "loss_sum" and what divides it, "loss_weight", are more outputs.
// A run changes the parameters and the optimizer's state. It returns an error if the model can't be
// run, see [Model.Check].
func (m *Model[T]) StepGraph() (*graph.Graph, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.built(graphKind{purpose: stepping})
}

// build builds a graph of the model.
func (m *Model[T]) build(b *Builder, kind graphKind) error {
	b.SetTraining(kind.trains())
	b.seed = m.settings.seed
	parameters := make([]*graph.Value, 0, len(m.variables.ordered))
	if kind.purpose == updating {
		m.buildUpdate(b)
		return b.Err()
	}
	_, outputs, err := m.apply(b)
	if err != nil {
		return err
	}
	for _, v := range m.variables.ordered {
		if v.Role == graph.Parameter {
			parameters = append(parameters, b.Variable(v.Variable))
		}
	}
	switch kind.purpose {
	case predicting:
		b.outputPredictions(outputs)
	case propagating:
		var upstream []*graph.Value
		for i, y := range outputs {
			upstream = append(upstream, b.Input(numbered(upstreamName, i), y.Type()))
		}
		b.outputGradients(parameters, b.gradients(lossValues{at: outputs, seeds: upstream},
			parameters...))
	default:
		var targets []*graph.Value
		for i, o := range m.objectives {
			targets = append(targets, b.targetInput(i, o.Loss, outputs[i]))
		}
		loss := buildLosses(b, m.objectives, outputs, targets, b.weightInput(kind.weighted))
		loss.output(b)
		switch kind.purpose {
		case gradients:
			b.outputGradients(parameters, b.gradients(loss, parameters...))
		case stepping:
			trained := m.trained(parameters)
			m.buildStep(b, trained, b.gradients(loss, trained...))
		}
	}
	return b.Err()
}

// apply applies the model to its inputs.
func (m *Model[T]) apply(b *Builder) (x, y []*graph.Value, err error) {
	if m.network != nil {
		return m.applyNetwork(b)
	}
	in, out, err := m.applyLayers(b, m.layers, func(int, *graph.Value) {})
	return []*graph.Value{in}, []*graph.Value{out}, err
}

// applyToInputs applies the model to given inputs.
func (m *Model[T]) applyToInputs(b *Builder, x []*graph.Value) (y []*graph.Value, err error) {
	if m.network != nil {
		return m.applyNetworkTo(b, x)
	}
	out, err := m.applyTo(b, m.layers, x[0], func(int, *graph.Value) {})
	return []*graph.Value{out}, err
}

// applyLayers applies a chain of layers to an input of the model, and shows their outputs. Its
// error names the first that does not fit.
func (m *Model[T]) applyLayers(b *Builder, layers []Layer, show func(i int, y *graph.Value)) (
	x, y *graph.Value, err error) {
	shape := m.settings.input
	if shape == nil {
		if shape = inputShape(layers[0]); shape == nil {
			return nil, nil, fmt.Errorf("nn: layer 1 (%s) takes inputs of any shape: give the model one by "+
				"WithInput", describe(layers[0]))
		}
	}
	x = b.Input(inputName, graph.Type{DType: b.dtype,
		Shape: append(graph.Shape{batchDim}, graph.ShapeOf(shape...)...)})
	y, err = m.applyTo(b, layers, x, show)
	return x, y, err
}

// applyTo applies a chain of layers to a value.
func (m *Model[T]) applyTo(b *Builder, layers []Layer, x *graph.Value,
	show func(i int, y *graph.Value)) (y *graph.Value, err error) {
	y = x
	module := 0
	for i, l := range layers {
		before := y
		b.random = m.random(i)
		y = b.Layer(moduleName(l, module), l, y)
		module += modulesOf(l)
		if b.Err() == nil {
			show(i, y)
			continue
		}
		if err = b.err; err == nil {
			err = b.Err()
		}
		where := ""
		if i > 0 {
			where = fmt.Sprintf("; layer %d (%s) gives %v", i, describe(layers[i-1]), before.Type())
		}
		return y, fmt.Errorf("nn: layer %d (%s): %w%s", i+1, describe(l), err, where)
	}
	return y, nil
}

// random returns the stream of random numbers of a layer.
func (m *Model[T]) random(layer int) *rand.Rand {
	return rand.New(rand.NewPCG(m.settings.seed, uint64(layer)))
}

// trained returns those of the parameters that training changes.
func (m *Model[T]) trained(parameters []*graph.Value) []*graph.Value {
	var trained []*graph.Value
	for _, p := range parameters {
		if !m.fixed[p.Name()] {
			trained = append(trained, p)
		}
	}
	return trained
}

// rate returns the learning rate.
func (m *Model[T]) rate(b *Builder) *graph.Value {
	return b.Stored(rateName, func() *graph.Variable {
		return &graph.Variable{Name: rateName, Role: graph.State,
			Value: tensor.ArrayOf([]float64{m.settings.optimizer.rate})}
	})
}

// buildUpdate adds a step of the optimizer by gradients that the caller gives, of the parameters
// that the builder has: the model's, or parts of them.
func (m *Model[T]) buildUpdate(b *Builder) {
	var parameters, given []*graph.Value
	i := 0
	for _, v := range b.variables.ordered {
		if v.Role != graph.Parameter {
			continue
		}
		if !m.fixed[v.Name] {
			p := b.Variable(v.Variable)
			parameters, given = append(parameters, p), append(given, b.Input(gradientName(i), p.Type()))
		}
		i++
	}
	m.buildStep(b, parameters, given)
}

// outputGradients makes the gradients outputs of the graph: zeros where the loss does not depend on
// a parameter.
func (b *Builder) outputGradients(parameters, gradients []*graph.Value) {
	for i, g := range gradients {
		if g == nil {
			g = op.Expand(b.Builder, op.Scalar(b.Builder, b.dtype, 0), parameters[i])
		}
		if b.Err() == nil {
			b.Output(gradientName(i), g)
		}
	}
}
