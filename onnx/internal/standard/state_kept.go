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
	packed    map[int]any // *[tensor.Packed], by the first row that is in it
}

// keptStateOf returns the weights in an input if they are constant floats, else nil.
func keptStateOf(c *plan.Call, input, direction int) *keptState {
	v := c.Val(input).Constant
	if v == nil || !v.Element().IsFloat() || v.Len() == 0 {
		return nil
	}
	key := plan.DerivedKey{By: "state", Of: v, Packed: true, Matrix: direction}
	return plan.Derive(c.Machine.Session, key, func() *keptState {
		return &keptState{weights: v, direction: direction, packed: map[int]any{}}
	})
}

// packState returns the transpose of the weights' rows from one on, packed for an engine.
func packState[T tensor.Float](w *keptState, e *tensor.Engine[T], from int) *tensor.Packed[T] {
	w.mu.Lock()
	defer w.mu.Unlock()
	packed, ok := w.packed[from].(*tensor.Packed[T])
	if !ok {
		rows, hidden := w.weights.Dims()[1], w.weights.Dims()[2]
		all := stateElements[T](w.weights.Array(), w.direction*rows*hidden, rows*hidden)
		packed = e.Pack(tensor.FromSlice(all[from*hidden:], rows-from, hidden).T())
		w.packed[from] = packed
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
