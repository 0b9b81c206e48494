package onnx

import (
	"fmt"
	"slices"

	"simdnn/tensor"
)

// sequences are the operators of sequences and optional values.
var sequences = []operator{
	{name: "ConcatFromSequence", since: 11, min: 1, max: 1, attributes: "axis new_axis",
		host: concatFromSequence},
	{name: "Optional", since: 15, max: 1, attributes: "type", host: optional, impure: true},
	{name: "OptionalGetElement", since: 15, min: 1, max: 1, host: optionalGetElement},
	{name: "OptionalHasElement", since: 15, max: 1, host: optionalHasElement},
	{name: "SequenceAt", since: 11, min: 2, max: 2, host: sequenceAt},
	{name: "SequenceConstruct", since: 11, min: 1, max: many,
		host: func(h *hostCall) ([]*Value, error) {
			return []*Value{NewSequence(slices.Clone(h.inputs)...)}, nil
		}},
	{name: "SequenceEmpty", since: 11, attributes: "dtype",
		host: func(*hostCall) ([]*Value, error) { return []*Value{NewSequence()}, nil }},
	{name: "SequenceErase", since: 11, min: 1, max: 2, host: sequenceErase},
	{name: "SequenceInsert", since: 11, min: 2, max: 3, host: sequenceInsert},
	{name: "SequenceLength", since: 11, min: 1, max: 1,
		host: func(h *hostCall) ([]*Value, error) {
			n := int64(len(h.sequence(0)))
			return []*Value{NewTensor(tensor.ArrayOf([]int64{n}))}, nil
		}},
	{name: "SequenceMap", since: 17, min: 1, max: many, attributes: "body", host: sequenceMap,
		impure: true},
	{name: "SplitToSequence", since: 11, min: 1, max: 2, attributes: "axis keepdims",
		host: splitToSequence},
}

func concatFromSequence(h *hostCall) ([]*Value, error) {
	parts, axis := h.sequence(0), h.call.attrInt("axis", 0)
	if len(parts) == 0 {
		return nil, fmt.Errorf("the sequence is empty")
	}
	var v *Value
	var err error
	if h.call.attrInt("new_axis", 0) != 0 {
		v, err = stack(parts, axis, nil)
	} else {
		v, err = join(parts, axis)
	}
	return []*Value{v}, err
}

func optional(h *hostCall) ([]*Value, error) {
	if !h.has(0) {
		return []*Value{NewOptional(nil)}, nil
	}
	return []*Value{NewOptional(h.input(0))}, nil
}

func optionalGetElement(h *hostCall) ([]*Value, error) {
	v := h.input(0)
	if v.kind != OptionalKind {
		return []*Value{v}, nil
	}
	if len(v.items) == 0 {
		return nil, fmt.Errorf("the optional value is missing")
	}
	return []*Value{v.items[0]}, nil
}

func optionalHasElement(h *hostCall) ([]*Value, error) {
	has := h.has(0) && (h.inputs[0].kind != OptionalKind || len(h.inputs[0].items) > 0)
	return []*Value{NewTensor(tensor.ArrayOf([]bool{has}))}, nil
}

// place returns an index of a sequence of n, counted from the first.
func (h *hostCall) place(input, n int) int {
	i := h.int(input)
	if i < 0 {
		i += n
	}
	return i
}

func sequenceAt(h *hostCall) ([]*Value, error) {
	items := h.sequence(0)
	i := h.place(1, len(items))
	if i < 0 || i >= len(items) {
		return nil, fmt.Errorf("index %d of a sequence of %d", h.int(1), len(items))
	}
	return []*Value{items[i]}, nil
}

func sequenceErase(h *hostCall) ([]*Value, error) {
	items := slices.Clone(h.sequence(0))
	i := len(items) - 1
	if h.has(1) {
		i = h.place(1, len(items))
	}
	if i < 0 || i >= len(items) {
		return nil, fmt.Errorf("index %d of a sequence of %d", i, len(items))
	}
	return []*Value{NewSequence(slices.Delete(items, i, i+1)...)}, nil
}

func sequenceInsert(h *hostCall) ([]*Value, error) {
	items := slices.Clone(h.sequence(0))
	i := len(items)
	if h.has(2) {
		i = h.place(2, len(items))
	}
	if i < 0 || i > len(items) {
		return nil, fmt.Errorf("index %d of a sequence of %d", i, len(items))
	}
	return []*Value{NewSequence(slices.Insert(items, i, h.input(1))...)}, nil
}

// sequenceMap runs its body on each value of its first input, a sequence: with the value at the
// same place of other inputs that are sequences, and with those that are none as they are.
func sequenceMap(h *hostCall) ([]*Value, error) {
	body := h.body("body")
	n := len(h.sequence(0))
	outputs := make([]*Value, len(body.graph.outputs))
	for i := range outputs {
		outputs[i] = NewSequence()
	}
	for i := range n {
		in := make([]*Value, len(h.inputs))
		for j := range in {
			if in[j] = h.input(j); in[j].kind == SequenceKind {
				if len(in[j].items) != n {
					return nil, fmt.Errorf("sequences of %d and %d", n, len(in[j].items))
				}
				in[j] = in[j].items[i]
			}
		}
		out, err := h.runBody(body, in)
		if err != nil {
			return nil, err
		}
		for j, v := range out {
			outputs[j].items = append(outputs[j].items, v)
		}
	}
	return outputs, nil
}

// splitToSequence cuts a tensor into parts of one length, of given lengths, or of one, in which
// case the axis may vanish.
func splitToSequence(h *hostCall) ([]*Value, error) {
	x, axis := h.input(0), h.call.attrInt("axis", 0)
	if axis < 0 {
		axis += len(x.shape)
	}
	if axis < 0 || axis >= len(x.shape) {
		return nil, fmt.Errorf("axis %d of %v", axis, x)
	}
	n, each := x.shape[axis], 1
	keep := h.has(1) || h.call.attrInt("keepdims", 1) != 0
	var lengths []int
	if h.has(1) && len(h.input(1).shape) == 1 {
		for _, l := range h.ints(1) {
			lengths = append(lengths, int(l))
		}
	} else {
		if h.has(1) {
			each = h.int(1)
		}
		if each < 1 {
			return nil, fmt.Errorf("parts of %d", each)
		}
		for at := 0; at < n; at += each {
			lengths = append(lengths, min(each, n-at))
		}
	}
	if sum(lengths) != n || len(lengths) > 0 && slices.Min(lengths) < 0 {
		return nil, fmt.Errorf("%d elements in parts of %v", n, lengths)
	}
	var parts []*Value
	at := 0
	for _, l := range lengths {
		p := x.part(axis, at, at+l)
		if !keep {
			p = p.reshaped(without(p.shape, axis)...)
		}
		parts = append(parts, p)
		at += l
	}
	return []*Value{NewSequence(parts...)}, nil
}
