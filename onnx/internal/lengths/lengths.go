// Package lengths makes one graph, for any lengths of open dimensions, of two that a model became
// for different lengths.
package lengths

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/proto"
	"simdnn/onnx/internal/tensors"
	"simdnn/tensor"
)

// Batch is the name that the first open dimension has in graphs.
const Batch = "batch"

// Open is a dimension of a graph's inputs that stays open.
type Open struct {
	Dim graph.Dim
	// Lengths are those that the model is translated for. Primes are seldom lengths of the model's.
	Lengths [2]int
}

// Choices are those of the open dimensions of a model.
var Choices = [][2]int{{7, 11}, {13, 17}, {19, 23}, {29, 31}, {37, 41}, {43, 47}}

// Of returns the dimensions of some types that are open, but for factors, with lengths for each.
func Of(types []graph.Type) (open []Open) {
	for _, t := range types {
		for _, d := range t.Shape {
			n, known := d.Value()
			base, _ := d.Over(graph.Fixed(max(n, 1)))
			is := func(o Open) bool { return o.Dim == base }
			if !known && !slices.ContainsFunc(open, is) {
				open = append(open, Open{base, Choices[len(open)%len(Choices)]})
			}
		}
	}
	return open
}

// At returns types for the first or the second lengths of open dimensions.
func At(types []graph.Type, open []Open, which int) []graph.Type {
	fixed := slices.Clone(types)
	for i, t := range types {
		fixed[i].Shape = slices.Clone(t.Shape)
		for d, n := range t.Shape {
			for _, o := range open {
				k, ok := n.Over(o.Dim)
				if _, known := k.Value(); ok && known {
					fixed[i].Shape[d] = k.Times(graph.Fixed(o.Lengths[which]))
				}
			}
		}
	}
	return fixed
}

// merging makes one graph for any lengths of open dimensions of two that were translated for
// different ones.
type merging struct {
	*graph.Builder
	of      map[*graph.Value]*graph.Value // what stands for the values of the first
	twin    map[*graph.Value]*graph.Value // the values of the second, by those of the first
	open    []Open
	inputs  []*graph.Value
	columns map[graph.Dim]*graph.Value // (length, 1) for open dimensions
}

// lengthsText ends errors about what can't be said for any lengths.
func (m *merging) lengthsText() string {
	if len(m.open) == 1 && m.open[0].Dim == graph.Symbol(Batch) {
		return "the size of the batch: give the batch a size in Shapes"
	}
	var names []string
	for _, o := range m.open {
		names = append(names, proto.Printable(o.Dim.String()))
	}
	return "the length of " + strings.Join(names, " or ") + ": give it in Shapes"
}

// Merge returns the graph that both are special cases of.
func Merge(first, second *graph.Graph, open []Open) (*graph.Graph, error) {
	m := &merging{Builder: graph.NewBuilder(), of: map[*graph.Value]*graph.Value{},
		twin: map[*graph.Value]*graph.Value{}, open: open, columns: map[graph.Dim]*graph.Value{}}
	if len(first.Sources()) != len(second.Sources()) || len(first.Nodes()) != len(second.Nodes()) {
		return nil, fmt.Errorf("its nodes depend on %s", m.lengthsText())
	}
	for i, v := range first.Sources() {
		m.twin[v] = second.Sources()[i]
		if v.Kind() == graph.Input {
			x := m.Input(v.Name(), graph.Type{DType: v.DType(), Shape: m.shape(v)})
			m.of[v] = x
			m.inputs = append(m.inputs, x)
		}
	}
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
	return m.Graph()
}

// column returns (length, 1) elements, whatever they are, for an open dimension.
func (m *merging) column(d graph.Dim) *graph.Value {
	if m.columns[d] != nil {
		return m.columns[d]
	}
	for _, x := range m.inputs {
		at := slices.Index(x.Shape(), d)
		if at < 0 {
			continue
		}
		x = op.Cast(m.Builder, x, tensor.Float32Type)
		if len(x.Shape()) == 1 {
			m.columns[d] = op.Reshape(m.Builder, x, 0, 1)
			return m.columns[d]
		}
		rows := op.Flatten(m.Builder, op.Transpose(m.Builder, x, 0, at), 1, -1)
		if _, known := rows.Shape()[1].Value(); known {
			m.columns[d] = op.Slice(m.Builder, rows, 1, 0, 1, 1)
		} else {
			sum := op.Reduce{By: op.SumOf, Axes: op.IntsOf(1), KeepDims: true}
			m.columns[d] = m.Apply(sum, rows)
		}
		return m.columns[d]
	}
	m.Fail("no input has the dimension %v alone", d) // which can't be
	return nil
}

// shape returns the dimensions of a value for any lengths. One that is no product of the open
// dimensions is that of the first graph.
func (m *merging) shape(v *graph.Value) graph.Shape {
	shape := slices.Clone(v.Shape())
	for d, other := range m.twin[v].Shape() {
		shape[d] = DimOf(m.open, shape[d], other)
	}
	return shape
}

// DimOf returns the dimension that has these lengths, first and second, for those of open ones: a
// multiple of one of them, or of the product of two.
func DimOf(open []Open, first, second graph.Dim) graph.Dim {
	a, _ := first.Value()
	b, _ := second.Value()
	if a == b {
		return first
	}
	one := Open{graph.Fixed(1), [2]int{1, 1}}
	for _, x := range append([]Open{one}, open...) {
		for _, y := range open {
			p, q := x.Lengths[0]*y.Lengths[0], x.Lengths[1]*y.Lengths[1]
			if k := a / p; k*p == a && k*q == b {
				return graph.Fixed(k).Times(x.Dim).Times(y.Dim)
			}
		}
	}
	return first
}

// source adds a variable or a constant.
func (m *merging) source(v *graph.Value) error {
	other := m.twin[v]
	if v.Kind() != other.Kind() || len(v.Shape()) != len(other.Shape()) {
		return fmt.Errorf("its constants depend on %s", m.lengthsText())
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
		return fmt.Errorf("the constant %v depends on %s", v.Type(), m.lengthsText())
	}
	m.of[v] = m.repeat(m.Constant(row), m.shape(v))
	return m.Err()
}

// copyCorner copies the elements at the beginning of each axis.
func copyCorner(dst, src *tensor.Array) {
	forIndices(dst.Shape(), func(i int, index []int) {
		tensors.CopyElement(dst, i, src,
			offset(src, index))
	})
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

// repeat returns a value broadcast to a shape with open dimensions.
func (m *merging) repeat(v *graph.Value, shape graph.Shape) *graph.Value {
	lengths := make([]int, len(shape))
	var like *graph.Value // of that shape, but for lengths of 1 where they are known
	for axis, n := range shape {
		k, known := n.Value()
		if lengths[axis] = k; known {
			continue
		}
		lengths[axis] = -1
		flat := make([]int, len(shape))
		for d := range flat {
			flat[d] = 1
		}
		flat[axis] = -1
		along := op.Reshape(m.Builder, m.vector(n), flat...)
		if like != nil {
			along = op.Add(m.Builder, like, along)
		}
		like = along
	}
	return op.Expand(m.Builder, v, op.BroadcastTo(m.Builder, like, lengths...))
}

// vector returns as many elements as a dimension has, which is a multiple of an open one.
func (m *merging) vector(n graph.Dim) *graph.Value {
	for _, o := range m.open {
		factor, _ := n.Over(o.Dim)
		if k, known := factor.Value(); known && k > 0 {
			return op.Reshape(m.Builder, op.BroadcastTo(m.Builder, m.column(o.Dim), -1, k), -1)
		}
	}
	m.Fail("a dimension of %v depends on %s", n, m.lengthsText())
	return nil
}

// node adds the node that both are special cases of.
func (m *merging) node(first, second *graph.Node) error {
	inputs := make([]*graph.Value, len(first.Inputs))
	for i, v := range first.Inputs {
		if m.twin[v] != second.Inputs[i] {
			return fmt.Errorf("its inputs depend on %s", m.lengthsText())
		}
		inputs[i] = m.of[v]
	}
	if len(first.Outputs) != len(second.Outputs) {
		return fmt.Errorf("its outputs depend on %s", m.lengthsText())
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
				m.lengthsText())
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
		return []*graph.Value{op.Reshape(m.Builder, inputs[0], reshapeTo(inputs[0].Shape(),
			shape)...)}
	case op.ExpandTo:
		return []*graph.Value{m.repeat(inputs[0], shape)}
	case op.TileBy:
		if o.Repeats == op.IntsOf(native.Dims(first.Outputs[0])...) { // of a length of 1 along each axis
			return []*graph.Value{m.repeat(inputs[0], shape)}
		}
	}
	m.Fail("%+v depends on %s", first.Operator, m.lengthsText())
	return nil
}

// reshapeTo returns the lengths for a reshape: −1 for the last open dimension, and 0 for others,
// which the input has at the same place.
func reshapeTo(from, to graph.Shape) []int {
	lengths, open := make([]int, len(to)), -1
	for d, n := range slices.Backward(to) {
		k, known := n.Value()
		switch {
		case known:
			lengths[d] = k
		case open < 0 && !(d < len(from) && from[d] == n):
			lengths[d], open = -1, d
		}
	}
	return lengths
}

// isFree reports whether a kernel of this package has nothing to do with the batch.
func (m *merging) isFree(first, second *graph.Node) bool {
	if !native.IsLike(first.Operator, second.Operator) {
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
	for i := range tensors.Size(shape) {
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
