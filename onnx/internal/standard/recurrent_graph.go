package standard

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/plan"
	"simdnn/tensor"
)

// layerCell is a cell of graphs: how its gates are ordered, which ONNX has at these places.
type layerCell struct {
	cell  op.Cell
	gates []int
}

// layerCellOf returns the cell of graphs that computes what a cell does, if there is one.
func layerCellOf(c *plan.Call, cl Cell) (layerCell, bool) {
	var names []string
	for _, a := range cl.activations {
		names = append(names, a.name)
	}
	if cl.clip != 0 || cl.inputForget || c.Has(7) || cl.steps*cl.batch*cl.hidden == 0 {
		return layerCell{}, false
	}
	relu := cl.kind == rnnCell && slices.Equal(names, []string{"Relu"})
	if !relu && !slices.Equal(names, cellKinds[cl.kind].activations) {
		return layerCell{}, false
	}
	switch {
	case relu:
		return layerCell{op.ReluCell, []int{0}}, true
	case cl.kind == rnnCell:
		return layerCell{op.TanhCell, []int{0}}, true
	case cl.kind == LSTMCell: // ONNX has i, o, f, g
		return layerCell{op.LSTMCell, []int{0, 2, 3, 1}}, true
	}
	return layerCell{op.GRUCell, []int{1, 0, 2}}, cl.resetAfter // ONNX has z, r, n
}

// recurrentLayer builds the layer of operators of graphs, which have gradients and take batches of
// any size, unless it has what those lack. Its input x is (steps, batch, inputs).
func recurrentLayer(c *plan.Call, cells []Cell, x *graph.Value, batchFirst bool) bool {
	kind, ok := layerCellOf(c, cells[0])
	for _, cl := range cells[1:] {
		other, same := layerCellOf(c, cl)
		ok = ok && same && other.cell == kind.cell
	}
	if !ok {
		return false
	}
	cl, b := cells[0], c.B()
	l := op.RecurrentLayers{Cell: kind.cell, Reverse: len(cells) == 1 && cl.reversed}
	rows := tensor.NewArray(tensor.Int64Type, len(kind.gates)*cl.hidden)
	for i := range tensor.Elements[int64](rows) {
		tensor.Elements[int64](rows)[i] = int64(kind.gates[i/cl.hidden]*cl.hidden + i%cl.hidden)
	}
	ordered := func(w *graph.Value) *graph.Value {
		if len(kind.gates) == 1 {
			return w
		}
		return op.Gather(b, w, b.Constant(rows), 0)
	}
	var weights []op.RecurrentWeights
	for d := range cells {
		w := op.RecurrentWeights{Input: ordered(OfDirection(c, 1, d)),
			State: ordered(OfDirection(c, 2, d))}
		if c.Has(3) {
			both, n := OfDirection(c, 3, d), rows.Len()
			w.InputBias = ordered(op.Slice(b, both, 0, 0, n, 1))
			w.StateBias = ordered(op.Slice(b, both, 0, n, 2*n, 1))
		}
		weights = append(weights, w)
	}
	l.Weights = [][]op.RecurrentWeights{weights}
	if c.Has(4) {
		l.Lengths = op.Cast(b, c.Value(4), tensor.Int64Type)
	}
	initial := func(i int) *graph.Value {
		switch {
		case !c.Has(i):
			return b.Constant(tensor.NewArray(x.DType(), len(cells), cl.batch, cl.hidden))
		case batchFirst:
			return op.Permute(b, c.Float(i), 1, 0, 2)
		}
		return c.Float(i)
	}
	if c.Has(5) || c.Has(6) {
		l.Initial = initial(5)
		if kind.cell == op.LSTMCell {
			l.InitialCells = initial(6)
		}
	}
	all, last, state := l.Apply(b, x)
	all = op.Permute(b, c.Reshape(all, cl.steps, cl.batch, len(cells), cl.hidden), 0, 2, 1, 3)
	if state == nil {
		state = last
	}
	setStates(c, all, last, state, batchFirst)
	return true
}
