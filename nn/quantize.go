package nn

import (
	"fmt"
	"maps"

	"simdnn/graph"
	"simdnn/graph/quantize"
	"simdnn/tensor"
)

// calibrationRows is the size of the batches in which a model runs for its calibration.
const calibrationRows = 64

// Quantize returns a model for predictions whose weights are integers of few bits, or halves, and
// that computes with integers where the method says so, see package quantize. Batch norms are
// folded into the convolutions before them, and Static takes the ranges that a [RunningRange]
// found. The samples, a tensor for each input of the model, none for methods that need none, are
// what it will meet: they calibrate static ranges and tell the errors of the report.
//
// It has the loss and the Metadata of m, and one layer without parameters: it can be evaluated,
// saved, loaded, frozen and exported, but not trained.
func Quantize(m *Model[float32], o quantize.Options, samples ...*tensor.Tensor[float32]) (
	*Model[float32], *quantize.Report, error) {
	if err := m.checkLayers(); err != nil {
		return nil, nil, err
	}
	g, err := m.folded(o.Exclude)
	if err != nil {
		return nil, nil, err
	}
	batches, err := m.calibration(g, samples)
	if err != nil {
		return nil, nil, err
	}
	made, report, err := quantize.Graph(g, batches, o)
	if err != nil {
		return nil, nil, fmt.Errorf("nn: %w", err)
	}
	layer, err := NewImported(made)
	if err != nil {
		return nil, nil, err
	}
	q := NewModel[float32](m.Loss())
	q.Metadata = maps.Clone(m.Metadata)
	q.settings, q.engines, q.objectives = m.settings, m.engines, m.objectives
	if m.network == nil {
		return q, report, q.Add(layer)
	}
	q.network, q.shape.in = importedNetwork{layer}, m.shape.in
	return q, report, q.settle()
}

// importedNetwork is an imported graph of several inputs or outputs.
type importedNetwork struct{ *Imported }

// Apply returns the graph's outputs.
func (n importedNetwork) Apply(b *Builder, inputs []*graph.Value) []*graph.Value {
	return n.ApplyAll(b, inputs...)
}

// folded returns the graph of predictions with copies of the parameters as constants, and batch
// norms folded but into what is excluded.
func (m *Model[T]) folded(exclude []string) (*graph.Graph, error) {
	b := newBuilder(tensor.DTypeOf[T](), m.variables)
	b.freeze(&frozenWeights{copies: map[*tensor.Array]*tensor.Array{}})
	m.mu.Lock()
	err := m.build(b, graphKind{purpose: predicting})
	m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	g, err := b.Graph()
	if err != nil {
		return nil, err
	}
	if g, err = quantize.Prepared(g, exclude); err != nil {
		return nil, fmt.Errorf("nn: %w", err)
	}
	return g, nil
}

// calibration returns the samples in batches.
func (m *Model[T]) calibration(g *graph.Graph, x []*tensor.Tensor[T]) ([]quantize.Sample, error) {
	if len(x) == 0 {
		return nil, nil
	}
	if err := checkInputs(&m.shape, x); err != nil {
		return nil, err
	}
	var batches []quantize.Sample
	for lo := 0; lo < x[0].Dim(0); lo += calibrationRows {
		batch := quantize.Sample{}
		for i, t := range x {
			part := t.Slice(lo, min(lo+calibrationRows, t.Dim(0))).Clone()
			batch[numbered(inputName, i)] = tensor.ArrayOf(part.Data(), part.Shape()...)
		}
		batches = append(batches, batch)
	}
	return batches, nil
}
