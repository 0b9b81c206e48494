package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// PackedRecurrence is [Recurrence] with weights of states that never change, which are also kept in
// the order in which one sequence alone reads them. The rewriting of graphs makes it for an engine,
// in memory: files don't hold it.
type PackedRecurrence struct {
	Recurrence
	Panels [2]any // *[tensor.RowPanels] of float32 or float64, of which only a GRU has the second
}

// statePanels are the panels of weights of states, or nil.
type statePanels[T tensor.Float] [2]*tensor.RowPanels[T]

// PackRecurrence returns a recurrence with the weights of states wh packed for an engine.
func PackRecurrence[T tensor.Float](e *tensor.Engine[T], o Recurrence,
	wh *tensor.Array) PackedRecurrence {
	p, h := PackedRecurrence{Recurrence: o}, wh.Shape()[1]
	for i, s := range o.Cell.segments(h, true) {
		panels := tensor.NewRowPanels(e, 1, h, s.rows)
		panels.SetTransposed(e, tensor.Elements[T](wh)[s.weights*h:][:s.rows*h])
		p.Panels[i] = panels
	}
	return p
}

// Name returns "recurrence_packed".
func (PackedRecurrence) Name() string { return "recurrence_packed" }

// Bind returns a step that goes through time.
func (o PackedRecurrence) Bind(b *graph.Binding) (graph.Step, error) {
	if b.Inputs[0].DType() == tensor.Float32Type {
		return bindPackedRecurrence[float32](o, b)
	}
	return bindPackedRecurrence[float64](o, b)
}

func bindPackedRecurrence[T tensor.Float](o PackedRecurrence,
	b *graph.Binding) (graph.Step, error) {
	var panels statePanels[T]
	for i := range o.Cell.segments(1, true) {
		p, ok := o.Panels[i].(*tensor.RowPanels[T])
		if !ok {
			return nil, fmt.Errorf("a packed recurrence with %T for panels", o.Panels[i])
		}
		panels[i] = p
	}
	return bindRecurrence(o.Recurrence, b, panels)
}
