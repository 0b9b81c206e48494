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

// stack puts values of one type along a new axis. Of none, it is empty, of the type that is declared.
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
	first := parts[0]
	if axis < 0 {
		axis += len(first.shape) + 1
	}
	if first.kind != TensorKind || axis < 0 || axis > len(first.shape) {
		return nil, fmt.Errorf("%v can't be stacked along axis %d", first, axis)
	}
	with := make([]*Value, len(parts))
	for i, p := range parts {
		if p.element != first.element || !slices.Equal(p.shape, first.shape) {
			return nil, fmt.Errorf("%v and %v can't be stacked", first, p)
		}
		w := *p
		w.shape = slices.Insert(slices.Clone(p.shape), axis, 1)
		if p.array != nil {
			w.array = p.array.Reshape(w.shape...)
		}
		with[i] = &w
	}
	return join(with, axis)
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
	out := &Value{element: first.element, shape: shape}
	if first.array != nil {
		out.array = tensor.NewArray(first.array.DType(), shape...)
	} else {
		out.strings = make([]string, sizeOf(shape))
	}
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
	out := &Value{element: v.element, shape: shape}
	if v.array != nil {
		out.array = tensor.NewArray(v.array.DType(), shape...)
	} else {
		out.strings = make([]string, sizeOf(shape))
	}
	inner := sizeOf(shape[axis+1:])
	n := (to - from) * inner
	for outer := range sizeOf(shape[:axis]) {
		copyBlock(out, outer*n, v, (outer*v.shape[axis]+from)*inner, n)
	}
	return out
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

// scan runs its body for each index along an axis of some inputs. Version 8 has a batch, and an input
// of lengths.
func scan(h *hostCall) ([]*Value, error) {
	if h.call.version() < 9 {
		return scanBatch(h)
	}
	return scanOver(h, h.inputs)
}

func scanBatch(h *hostCall) ([]*Value, error) {
	if h.has(0) {
		h.fail("lengths of sequences are not supported")
	}
	inputs := h.inputs[1:]
	batch := inputs[0].shape[0]
	var parts [][]*Value
	for b := range batch {
		in := make([]*Value, len(inputs))
		for i, v := range inputs {
			in[i] = v.index(0, b)
		}
		out, err := scanOver(h, in)
		if err != nil {
			return nil, err
		}
		parts = append(parts, out)
	}
	var outputs []*Value
	for i := range len(parts[0]) {
		var of []*Value
		for _, p := range parts {
			of = append(of, p[i])
		}
		v, err := stack(of, 0, nil)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, v)
	}
	return outputs, nil
}

// at returns an element of a list that may be shorter.
func at(list []int, i int) int {
	if i < len(list) {
		return list[i]
	}
	return 0
}

func scanOver(h *hostCall, inputs []*Value) ([]*Value, error) {
	c, body := h.call, h.body("body")
	scanned := c.attrInt("num_scan_inputs", 0)
	states := len(inputs) - scanned
	if scanned < 1 || states < 0 || len(body.graph.outputs) < states {
		h.fail("%d of %d inputs to scan", scanned, len(inputs))
	}
	axes, directions := c.attrInts("scan_input_axes"), c.attrInts("scan_input_directions")
	if c.version() < 9 {
		directions = c.attrInts("directions")
	}
	state := slices.Clone(inputs[:states])
	turns := -1
	for i, v := range inputs[states:] {
		n := v.shape[c.axis(at(axes, i), len(v.shape))]
		if turns >= 0 && n != turns {
			h.fail("inputs of %d and %d elements to scan", turns, n)
		}
		turns = n
	}
	results := make([][]*Value, len(body.graph.outputs)-states)
	for turn := range turns {
		in := slices.Clone(state)
		for i, v := range inputs[states:] {
			k := turn
			if at(directions, i) != 0 {
				k = turns - 1 - turn
			}
			in = append(in, v.index(c.axis(at(axes, i), len(v.shape)), k))
		}
		out, err := h.runBody(body, in)
		if err != nil {
			return nil, err
		}
		copy(state, out)
		for i, v := range out[states:] {
			results[i] = append(results[i], v)
		}
	}
	axes, directions = c.attrInts("scan_output_axes"), c.attrInts("scan_output_directions")
	for i, parts := range results {
		if at(directions, i) != 0 {
			slices.Reverse(parts)
		}
		v, err := stack(parts, at(axes, i), declared(c.node.proto.Attribute("body").Graph, states+i))
		if err != nil {
			return nil, err
		}
		state = append(state, v)
	}
	return state, nil
}
