package onnx

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// merging makes one graph for batches of any size of two that were translated for different sizes.
type merging struct {
	*graph.Builder
	of     map[*graph.Value]*graph.Value // what stands for the values of the first
	twin   map[*graph.Value]*graph.Value // the values of the second, by those of the first
	column *graph.Value                  // (batch, 1)
}

// sizeOfBatch ends errors about what can't be said for batches of any size.
const sizeOfBatch = "the size of the batch: give the batch a size in Shapes"

// forAnyBatch returns the graph that both are special cases of.
func forAnyBatch(first, second *graph.Graph) (*graph.Graph, error) {
	m := &merging{Builder: graph.NewBuilder(), of: map[*graph.Value]*graph.Value{},
		twin: map[*graph.Value]*graph.Value{}}
	if len(first.Sources()) != len(second.Sources()) || len(first.Nodes()) != len(second.Nodes()) {
		return nil, fmt.Errorf("its nodes depend on %s", sizeOfBatch)
	}
	for i, v := range first.Sources() {
		m.twin[v] = second.Sources()[i]
		if v.Kind() == graph.Input {
			x := m.Input(v.Name(), graph.Type{DType: v.DType(), Shape: m.shape(v)})
			m.of[v] = x
			if m.column == nil && x.Shape()[0] == graph.Symbol(Batch) {
				m.column = x
			}
		}
	}
	if m.column == nil {
		return nil, errors.New("no input has the batch as its first dimension")
	}
	m.column = firstColumn(m.Builder, m.column)
	for _, v := range first.Sources() {
		if v.Kind() != graph.Input {
			if err := m.source(v); err != nil {
				return nil, err
			}
		}
	}
	for i, n := range first.Nodes() {
		if err := m.node(n, second.Nodes()[i]); err != nil {
			return nil, fmt.Errorf("%v: %w", n, err)
		}
	}
	for _, o := range first.Outputs() {
		m.Output(o.Name, m.of[o.Value])
	}
	g, err := m.Graph()
	if err != nil {
		return nil, err
	}
	return rewrite.Dead(g) // the column, if nothing is repeated
}

// firstColumn returns (batch, 1) of the elements of a batch.
func firstColumn(b *graph.Builder, x *graph.Value) *graph.Value {
	if len(x.Shape()) == 1 {
		return op.Reshape(b, x, 0, 1)
	}
	return op.Slice(b, op.Flatten(b, x, 1, -1), 1, 0, 1, 1)
}

// shape returns the dimensions of a value for any batch. One that is no multiple of the batch is
// that of the first graph.
func (m *merging) shape(v *graph.Value) graph.Shape {
	shape := slices.Clone(v.Shape())
	for d, other := range m.twin[v].Shape() {
		shape[d] = dimOf(shape[d], other)
	}
	return shape
}

// dimOf returns the dimension that has these lengths for the two sizes of batches.
func dimOf(first, second graph.Dim) graph.Dim {
	a, _ := first.Value()
	b, _ := second.Value()
	k := a / batchSizes[0]
	if a == b || k*batchSizes[0] != a || k*batchSizes[1] != b {
		return first
	}
	return graph.Fixed(k).Times(graph.Symbol(Batch))
}

// source adds a variable or a constant.
func (m *merging) source(v *graph.Value) error {
	other := m.twin[v]
	if v.Kind() != other.Kind() || len(v.Shape()) != len(other.Shape()) {
		return fmt.Errorf("its constants depend on %s", sizeOfBatch)
	}
	if v.Kind() == graph.VariableValue {
		m.of[v] = m.Variable(v.Variable())
		return nil
	}
	a, b := v.Constant(), other.Constant()
	if a == b || v.Type().Equal(other.Type()) && bytes.Equal(a.Bytes(), b.Bytes()) {
		m.of[v] = m.Constant(a)
		return nil
	}
	// A constant that is the same along the batch is repeated.
	small := slices.Clone(a.Shape())
	for d, n := range other.Shape() {
		if v.Shape()[d] != n {
			small[d] = 1
		}
	}
	row := tensor.NewArray(a.DType(), small...)
	copyCorner(row, a)
	if !isRepeated(row, a) || !isRepeated(row, b) {
		return fmt.Errorf("the constant %v depends on %s", v.Type(), sizeOfBatch)
	}
	m.of[v] = m.repeat(m.Constant(row), m.shape(v))
	return m.Err()
}

// copyCorner copies the elements at the beginning of each axis.
func copyCorner(dst, src *tensor.Array) {
	forIndices(dst.Shape(), func(i int, index []int) { copyElement(dst, i, src, offset(src, index)) })
}

// isRepeated reports whether a is row, repeated along the axes where that has one element.
func isRepeated(row, a *tensor.Array) bool {
	same, size := true, a.DType().Bytes()
	x, y := row.Bytes(), a.Bytes()
	forIndices(a.Shape(), func(i int, index []int) {
		for d := range index {
			index[d] = min(index[d], row.Shape()[d]-1)
		}
		at := offset(row, index) * size
		same = same && bytes.Equal(x[at:at+size], y[i*size:(i+1)*size])
	})
	return same
}

// repeat returns a value broadcast to a shape with the batch as one dimension.
func (m *merging) repeat(v *graph.Value, shape graph.Shape) *graph.Value {
	lengths, axis := make([]int, len(shape)), -1
	for d, n := range shape {
		k, known := n.Value()
		if known {
			lengths[d] = k
			continue
		}
		if axis >= 0 {
			m.Fail("the batch is two dimensions of %v", shape)
			return v
		}
		axis = d
		_, rest := n.Over(graph.Symbol(Batch))
		if !rest {
			m.Fail("the batch is no factor of %v", n)
			return v
		}
	}
	factor, _ := shape[axis].Over(graph.Symbol(Batch))
	k, _ := factor.Value()
	column := op.Reshape(m.Builder, op.BroadcastTo(m.Builder, m.column, -1, k), -1)
	flat := make([]int, len(shape))
	for d := range flat {
		flat[d] = 1
	}
	flat[axis], lengths[axis] = -1, -1
	like := op.BroadcastTo(m.Builder, op.Reshape(m.Builder, column, flat...), lengths...)
	return op.Expand(m.Builder, v, like)
}

// node adds the node that both are special cases of.
func (m *merging) node(first, second *graph.Node) error {
	inputs := make([]*graph.Value, len(first.Inputs))
	for i, v := range first.Inputs {
		if m.twin[v] != second.Inputs[i] {
			return fmt.Errorf("its inputs depend on %s", sizeOfBatch)
		}
		inputs[i] = m.of[v]
	}
	if len(first.Outputs) != len(second.Outputs) {
		return fmt.Errorf("its outputs depend on %s", sizeOfBatch)
	}
	for i, v := range first.Outputs {
		m.twin[v] = second.Outputs[i]
	}
	var outputs []*graph.Value
	m.In(first.Scope, func() { outputs = m.apply(first, second, inputs) })
	if err := m.Err(); err != nil {
		return err
	}
	for i, v := range first.Outputs {
		if want := m.shape(v); !outputs[i].Shape().Equal(want) {
			return fmt.Errorf("whether it is %v or %v depends on %s", outputs[i].Shape(), want,
				sizeOfBatch)
		}
		m.of[v] = outputs[i]
	}
	return nil
}

// apply applies the operator for any batch.
func (m *merging) apply(first, second *graph.Node, inputs []*graph.Value) []*graph.Value {
	if first.Operator == second.Operator || m.isFree(first, second) {
		return m.ApplyAll(first.Operator, inputs...)
	}
	shape := m.shape(first.Outputs[0])
	switch o := first.Operator.(type) {
	case op.ReshapeTo:
		lengths := o.Shape.Values()
		for d, n := range shape {
			if _, known := n.Value(); !known {
				lengths[d] = -1
			}
		}
		return []*graph.Value{op.Reshape(m.Builder, inputs[0], lengths...)}
	case op.ExpandTo:
		return []*graph.Value{m.repeat(inputs[0], shape)}
	case op.TileBy:
		if o.Repeats == op.IntsOf(dims(first.Outputs[0])...) { // of a length of 1 along each axis
			return []*graph.Value{m.repeat(inputs[0], shape)}
		}
	}
	m.Fail("%+v depends on %s", first.Operator, sizeOfBatch)
	return nil
}

// isFree reports whether a kernel of this package has nothing to do with the batch.
func (m *merging) isFree(first, second *graph.Node) bool {
	a, ok := first.Operator.(kernel)
	b, same := second.Operator.(kernel)
	if !ok || !same || a.name != b.name {
		return false
	}
	for _, values := range [][]*graph.Value{first.Inputs, first.Outputs} {
		for _, v := range values {
			if !v.Type().Equal(m.twin[v].Type()) {
				return false
			}
		}
	}
	return true
}

// forIndices calls f for the elements of a shape, in order.
func forIndices(shape []int, f func(i int, index []int)) {
	index, scratch := make([]int, len(shape)), make([]int, len(shape))
	for i := range sizeOf(shape) {
		copy(scratch, index)
		f(i, scratch)
		for d := len(index) - 1; d >= 0; d-- {
			if index[d]++; index[d] < shape[d] {
				break
			}
			index[d] = 0
		}
	}
}

// offset returns the place of an element in an array.
func offset(a *tensor.Array, index []int) int {
	at := 0
	for d, n := range a.Shape() {
		at = at*n + index[d]
	}
	return at
}
