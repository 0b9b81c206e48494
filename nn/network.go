package nn

import (
	"errors"
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// Network is what a model of several inputs or several outputs does, which a chain of layers can't
// say: like a [Layer] it applies operators and layers to values.
type Network interface {
	// Apply returns the outputs for the inputs, each of which has the batch as its first dimension.
	Apply(b *Builder, inputs []*graph.Value) []*graph.Value
}

// NewNetworkModel returns a model of a network. shapes are those of a sample of each input.
// Objectives say what each output is trained for: the loss of the model is their weighted sum, and
// a [Trainer] measures the metric of the first. Batches hold the inputs, then the targets (see
// [ColumnBatches]); [Predictor.PredictAll] takes and gives all inputs and outputs. It returns an
// error if the network can't be applied to such inputs, or has another number of outputs.
func NewNetworkModel[T tensor.Float](n Network, shapes [][]int, objectives []Objective,
	options ...Option) (*Model[T], error) {
	if n == nil || len(shapes) == 0 || len(objectives) == 0 {
		return nil, errors.New("nn: a network model needs a network, inputs and objectives")
	}
	m := NewModel[T](objectives[0].Loss, options...)
	m.network, m.objectives, m.shape.in = n, objectives, shapes
	return m, m.settle()
}

// settle applies the network for the first time.
func (m *Model[T]) settle() error {
	b := newBuilder(tensor.DTypeOf[T](), m.variables)
	x, y, err := m.applyNetwork(b)
	if err != nil {
		return err
	}
	if len(y) != len(m.objectives) {
		return fmt.Errorf("nn: the network %s has %d outputs, but there are %d objectives",
			describe(m.network), len(y), len(m.objectives))
	}
	shape, err := shapeOf(x, y)
	if err != nil {
		return fmt.Errorf("nn: the network %s: %w", describe(m.network), err)
	}
	m.shape = shape
	m.forget(true)
	return nil
}

// applyNetwork applies the network to its inputs.
func (m *Model[T]) applyNetwork(b *Builder) (x, y []*graph.Value, err error) {
	for i, shape := range m.shape.in {
		x = append(x, b.Input(numbered(inputName, i), graph.Type{DType: b.dtype,
			Shape: append(graph.Shape{batchDim}, graph.ShapeOf(shape...)...)}))
	}
	y, err = m.applyNetworkTo(b, x)
	return x, y, err
}

// applyNetworkTo applies the network to given inputs.
func (m *Model[T]) applyNetworkTo(b *Builder, x []*graph.Value) (y []*graph.Value, err error) {
	b.random = m.random(0)
	y = m.network.Apply(b, x)
	if b.Err() == nil {
		return y, nil
	}
	if err = b.err; err == nil {
		err = b.Err()
	}
	return nil, fmt.Errorf("nn: the network %s: %w", describe(m.network), err)
}
