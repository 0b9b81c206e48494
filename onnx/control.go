package onnx

import (
	"fmt"
	"slices"

	"simdnn/onnx/internal/proto"
	"simdnn/tensor"
)

// control are the operators with graphs in their attributes.
var control = []operator{
	{name: "If", since: 1, min: 1, max: 1, attributes: "then_branch else_branch", translate: branch,
		impure: true},
	{name: "Loop", since: 1, min: 2, max: many, attributes: "body", host: loop, impure: true},
	{name: "Scan", since: 8, min: 1, max: many, attributes: "body num_scan_inputs directions " +
		"scan_input_axes scan_input_directions scan_output_axes scan_output_directions", host: scan,
		impure: true},
}

// branch plans the nodes of the branch that is taken in place of the If.
func branch(c *call) {
	name := "else_branch"
	if c.int(0) != 0 {
		name = "then_branch"
	}
	g := c.node.graphs[name]
	if g == nil {
		c.fail("it has no graph %s", name)
	}
	outputs, err := c.tracer.graph(newScope(g, c.scope))
	if err != nil {
		panic(failure{err})
	}
	for i, v := range outputs {
		c.pass(i, v)
	}
}

// valueBytes is about what a value takes beside its elements.
const valueBytes = 256

// loop runs its body until the trip count is reached or the condition is false. After the values
// that go from turn to turn it returns what the body computed beyond them, stacked.
func loop(h *hostCall) ([]*Value, error) {
	body := h.body("body")
	trips := int64(-1)
	if h.has(0) {
		trips = int64(h.int(0))
	}
	going := !h.has(1) || h.int(1) != 0
	carried := slices.Clone(h.inputs[2:])
	scans := make([][]*Value, max(len(body.graph.outputs)-1-len(carried), 0))
	stacked := 0.0 // bytes
	for i := int64(0); going && (trips < 0 || i < trips); i++ {
		in := append([]*Value{NewTensor(tensor.ArrayOf([]int64{i})),
			NewTensor(tensor.ArrayOf([]bool{true}))}, carried...)
		out, err := h.runBody(body, in)
		if err != nil {
			return nil, err
		}
		if len(out) < 1+len(carried) || out[0].array == nil || out[0].len() != 1 {
			return nil, fmt.Errorf("its body has %d outputs for %d values", len(out), len(carried))
		}
		going = numbersOf[int64](out[0].array)[0] != 0
		copy(carried, out[1:])
		for j, v := range out[1+len(carried):] {
			scans[j] = append(scans[j], v)
			if stacked += valueBytes; v.array != nil {
				stacked += float64(v.len() * v.array.DType().Bytes())
			}
		}
		h.session.checkBytes(stacked, "the outputs of %d turns", i+1)
	}
	for j, parts := range scans {
		v, err := stack(parts, 0, declared(h.call.node.proto.Attribute("body").Graph, 1+len(carried)+j))
		if err != nil {
			return nil, err
		}
		carried = append(carried, v)
	}
	return carried, nil
}

// stack puts values of one type along a new axis. Of none, it is empty, of the type that is
// declared.
func stack(parts []*Value, axis int, t *proto.Type) (*Value, error) {
	if len(parts) == 0 {
		if t == nil || t.Kind != proto.TensorKind {
			return nil, fmt.Errorf("the type of an output of no turns is not known")
		}
		shape := []int{0}
		for _, d := range t.Shape {
			shape = append(shape, max(int(d.Value), 0))
		}
		e := ElementType(t.Element)
		if e == String {
			return NewStrings(nil, shape...), nil
		}
		return newTensor(e, tensor.NewArray(e.storage(), shape...)), nil
	}
	s := stacking{n: len(parts), axis: axis}
	for i, v := range parts {
		if err := s.put(v, i); err != nil {
			return nil, err
		}
	}
	return s.all, nil
}

// stacking is n values of one type along a new axis.
type stacking struct {
	n, axis     int
	first       string // the type of the first value
	all         *Value
	outer, each int // blocks of a value, and their elements
	shape       []int
}

// put copies a value to its place, but for the first call without allocating.
func (s *stacking) put(v *Value, at int) error {
	if s.all == nil {
		if s.axis < 0 {
			s.axis += len(v.shape) + 1
		}
		if v.kind != TensorKind || s.axis < 0 || s.axis > len(v.shape) {
			return fmt.Errorf("%v can't be stacked along axis %d", v, s.axis)
		}
		s.first, s.shape = v.String(), slices.Clone(v.shape)
		s.outer, s.each = sizeOf(v.shape[:s.axis]), sizeOf(v.shape[s.axis:])
		s.all = v.like(slices.Insert(slices.Clone(v.shape), s.axis, s.n))
	}
	if v.kind != TensorKind || v.element != s.all.element || !slices.Equal(v.shape, s.shape) {
		return fmt.Errorf("%v and %v can't be stacked", s.first, v)
	}
	for i := range s.outer {
		copyBlock(s.all, (i*s.n+at)*s.each, v, i*s.each, s.each)
	}
	return nil
}

// like returns a tensor of the same type in another shape.
func (v *Value) like(shape []int) *Value {
	out := &Value{element: v.element, shape: shape}
	if v.array != nil {
		out.array = tensor.NewArray(v.array.DType(), shape...)
	} else {
		out.strings = make([]string, sizeOf(shape))
	}
	return out
}

// join puts tensors of one type one after the other along an axis.
func join(parts []*Value, axis int) (*Value, error) {
	first := parts[0]
	if axis < 0 {
		axis += len(first.shape)
	}
	if axis < 0 || axis >= len(first.shape) {
		return nil, fmt.Errorf("axis %d of %v", axis, first)
	}
	shape := slices.Clone(first.shape)
	shape[axis] = 0
	for _, p := range parts {
		if p.element != first.element || len(p.shape) != len(shape) ||
			!slices.Equal(p.shape[:axis], shape[:axis]) || !slices.Equal(p.shape[axis+1:], shape[axis+1:]) {
			return nil, fmt.Errorf("%v and %v don't fit along axis %d", first, p, axis)
		}
		shape[axis] += p.shape[axis]
	}
	out := first.like(shape)
	at := 0
	for outer := range sizeOf(shape[:axis]) {
		for _, p := range parts {
			n := sizeOf(p.shape[axis:])
			copyBlock(out, at, p, outer*n, n)
			at += n
		}
	}
	return out, nil
}

// copyBlock copies n elements between tensors of one type.
func copyBlock(dst *Value, to int, src *Value, from, n int) {
	if dst.array == nil {
		copy(dst.strings[to:], src.strings[from:][:n])
		return
	}
	switch dst.array.DType().Bytes() {
	case 1:
		copy(tensor.Words[uint8](dst.array)[to:], tensor.Words[uint8](src.array)[from:][:n])
	case 2:
		copy(tensor.Words[uint16](dst.array)[to:], tensor.Words[uint16](src.array)[from:][:n])
	case 4:
		copy(tensor.Words[uint32](dst.array)[to:], tensor.Words[uint32](src.array)[from:][:n])
	default:
		copy(tensor.Words[uint64](dst.array)[to:], tensor.Words[uint64](src.array)[from:][:n])
	}
}

// part returns the elements from one index to another along an axis.
func (v *Value) part(axis, from, to int) *Value {
	shape := slices.Clone(v.shape)
	shape[axis] = to - from
	out := v.like(shape)
	out.copyPart(v, axis, from, to)
	return out
}

// copyPart sets v to the elements of another tensor from one index to another along an axis.
func (v *Value) copyPart(of *Value, axis, from, to int) {
	inner := sizeOf(of.shape[axis+1:])
	n := (to - from) * inner
	for outer := range sizeOf(of.shape[:axis]) {
		copyBlock(v, outer*n, of, (outer*of.shape[axis]+from)*inner, n)
	}
}

// index returns the tensor at an index along an axis, without that.
func (v *Value) index(axis, i int) *Value {
	out := v.part(axis, i, i+1)
	return out.reshaped(without(out.shape, axis)...)
}

// reshaped returns a tensor of another shape that shares the elements.
func (v *Value) reshaped(shape ...int) *Value {
	out := *v
	out.shape = slices.Clone(shape)
	if v.array != nil {
		out.array = v.array.Reshape(shape...)
	}
	return &out
}
