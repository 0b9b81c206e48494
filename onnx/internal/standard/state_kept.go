package standard

import (
	"sync"

	"simdnn/graph"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// keptState are constant weights of a direction's state (directions, gates·hidden, hidden), which
// all plans of a session read in the order of products, packed once.
type keptState struct {
	weights   *value.Value
	direction int
	mu        sync.Mutex
	packed    map[keptRows]any // *[tensor.Packed] or *[tensor.RowPanels]
}

// keptRows are rows of weights: those from one on, or of some units in the order of kernels, in
// panels for so many rows of states or, if that is 0, packed for any number.
type keptRows struct{ from, units, panels int }

// keptStateOf returns the weights in an input if they are constant floats, else nil.
func keptStateOf(c *plan.Call, input, direction int) *keptState {
	v := c.Val(input).Constant
	if v == nil || !v.Element().IsFloat() || v.Len() == 0 {
		return nil
	}
	key := plan.DerivedKey{By: "state", Of: v, Packed: true, Matrix: direction}
	return plan.Derive(c.Machine.Session, key, func() *keptState {
		return &keptState{weights: v, direction: direction, packed: map[keptRows]any{}}
	})
}

// packState returns the transpose of the weights' rows from one on, packed for an engine.
func packState[T tensor.Float](w *keptState, e *tensor.Engine[T], from int) *tensor.Packed[T] {
	return packKept(w, keptRows{from: from}, func(rows []T) *tensor.Packed[T] {
		hidden := w.weights.Dims()[2]
		return packRows(e, rows[from*hidden:], hidden)
	})
}

// packUnits returns that of the rows of some units, in the order in which kernels take gates.
func packUnits(w *keptState, e *tensor.Engine[float32], cl Cell,
	lo, hi int) *tensor.Packed[float32] {
	return packKept(w, keptRows{from: lo, units: hi - lo}, func(rows []float32) *tensor.Packed[float32] {
		return packRows(e, unitsOf(rows, cl, lo, hi), cl.hidden)
	})
}

// panelUnits returns it in panels for so many rows of states, which are faster, or nil.
func panelUnits(w *keptState, e *tensor.Engine[float32], cl Cell,
	lo, hi int) *tensor.RowPanels[float32] {
	key := keptRows{from: lo, units: hi - lo, panels: cl.batch}
	return packKept(w, key, func(rows []float32) *tensor.RowPanels[float32] {
		n := cellKinds[cl.kind].gates * (hi - lo)
		p := tensor.NewRowPanels(e, cl.batch, cl.hidden, n)
		if p != nil {
			p.SetTransposed(e, unitsOf(rows, cl, lo, hi))
		}
		return p
	})
}

func packRows[T tensor.Float](e *tensor.Engine[T], rows []T, hidden int) *tensor.Packed[T] {
	return e.Pack(tensor.FromSlice(rows, len(rows)/hidden, hidden).T())
}

// packKept returns what pack makes of a direction's rows, made once.
func packKept[T tensor.Float, P any](w *keptState, key keptRows, pack func(rows []T) P) P {
	w.mu.Lock()
	defer w.mu.Unlock()
	packed, ok := w.packed[key].(P)
	if !ok {
		n := w.weights.Dims()[1] * w.weights.Dims()[2]
		packed = pack(stateElements[T](w.weights.Array(), w.direction*n, n))
		w.packed[key] = packed
	}
	return packed
}

// stateElements returns n elements from one on, halves as float32.
func stateElements[T tensor.Float](a *tensor.Array, from, n int) []T {
	if a.DType() == tensor.DTypeOf[T]() {
		return tensor.Elements[T](a)[from:][:n]
	}
	wide := make([]float32, n)
	if a.DType() == tensor.Float16Type {
		tensor.Widen(wide, tensor.Elements[tensor.Float16](a)[from:])
	} else {
		tensor.Widen(wide, tensor.Elements[tensor.BFloat16](a)[from:])
	}
	return any(wide).([]T)
}

// stateProduct multiplies states (batch, hidden) by the transpose of weights of a state.
type stateProduct[T tensor.Float] struct {
	*tensor.Product[T]
	weights *[]T
	from    int // where its rows begin in the weights
}

// newStateProduct returns the product with the rows of the gates from one on.
func newStateProduct[T tensor.Float](
	b *graph.Binding, cl Cell, weights *[]T, gate int,
) stateProduct[T] {
	e := graph.Engine[T](b)
	rows := (cellKinds[cl.kind].gates - gate) * cl.hidden
	if cl.kept != nil && rows > 1 { // a single column is a dot
		p := packState(cl.kept, e, gate*cl.hidden)
		panels := p.Data()
		return stateProduct[T]{e.PlanPacked(cl.batch, p), &panels, 0}
	}
	return stateProduct[T]{e.Plan(cl.batch, rows, cl.hidden, tensor.NT), weights,
		gate * cl.hidden * cl.hidden}
}

// set computes gates of states h, and add adds them.
func (p stateProduct[T]) set(gates, h []T) { p.MatMul(gates, h, (*p.weights)[p.from:]) }
func (p stateProduct[T]) add(gates, h []T) { p.MatMulAdd(gates, h, (*p.weights)[p.from:]) }
