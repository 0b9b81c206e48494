package standard

import (
	"fmt"
	"slices"

	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// sequences are the operators of sequences and optional values.
var sequences = []plan.Operator{
	{Name: "ConcatFromSequence", Since: 11, Min: 1, Max: 1, Attributes: "axis new_axis",
		Host: concatFromSequence},
	{Name: "Optional", Since: 15, Max: 1, Attributes: "type", Host: optional, Impure: true},
	{Name: "OptionalGetElement", Since: 15, Min: 1, Max: 1, Host: optionalGetElement},
	{Name: "OptionalHasElement", Since: 15, Max: 1, Host: optionalHasElement},
	{Name: "SequenceAt", Since: 11, Min: 2, Max: 2, Host: sequenceAt},
	{Name: "SequenceConstruct", Since: 11, Min: 1, Max: plan.Many,
		Host: func(h *plan.HostCall) ([]*value.Value, error) {
			return []*value.Value{value.NewSequence(slices.Clone(h.Inputs)...)}, nil
		}},
	{Name: "SequenceEmpty", Since: 11, Attributes: "dtype",
		Host: func(*plan.HostCall) ([]*value.Value,
			error) {
			return []*value.Value{value.NewSequence()}, nil
		}},
	{Name: "SequenceErase", Since: 11, Min: 1, Max: 2, Host: sequenceErase},
	{Name: "SequenceInsert", Since: 11, Min: 2, Max: 3, Host: sequenceInsert},
	{Name: "SequenceLength", Since: 11, Min: 1, Max: 1,
		Host: func(h *plan.HostCall) ([]*value.Value, error) {
			n := int64(len(h.Sequence(0)))
			return []*value.Value{value.NewTensor(tensor.ArrayOf([]int64{n}))}, nil
		}},
	{Name: "SequenceMap", Since: 17, Min: 1, Max: plan.Many, Attributes: "body", Host: sequenceMap,
		Impure: true},
	{Name: "SplitToSequence", Since: 11, Min: 1, Max: 2, Attributes: "axis keepdims",
		Host: splitToSequence},
}

func concatFromSequence(h *plan.HostCall) ([]*value.Value, error) {
	parts, axis := h.Sequence(0), h.Call.AttrInt("axis", 0)
	if len(parts) == 0 {
		return nil, fmt.Errorf("the sequence is empty")
	}
	var v *value.Value
	var err error
	if h.Call.AttrInt("new_axis", 0) != 0 {
		v, err = tensors.Stack(parts, axis, nil)
	} else {
		v, err = tensors.Join(parts, axis)
	}
	return []*value.Value{v}, err
}

func optional(h *plan.HostCall) ([]*value.Value, error) {
	if !h.Has(0) {
		return []*value.Value{value.NewOptional(nil)}, nil
	}
	return []*value.Value{value.NewOptional(h.Input(0))}, nil
}

func optionalGetElement(h *plan.HostCall) ([]*value.Value, error) {
	v := h.Input(0)
	if v.Kind() != value.OptionalKind {
		return []*value.Value{v}, nil
	}
	if len(v.Items()) == 0 {
		return nil, fmt.Errorf("the optional value is missing")
	}
	return []*value.Value{v.Items()[0]}, nil
}

func optionalHasElement(h *plan.HostCall) ([]*value.Value, error) {
	has := h.Has(0) && (h.Inputs[0].Kind() != value.OptionalKind || len(h.Inputs[0].Items()) > 0)
	return []*value.Value{value.NewTensor(tensor.ArrayOf([]bool{has}))}, nil
}

// place returns an index of a sequence of n, counted from the first.
func place(h *plan.HostCall, input, n int) int {
	i := h.Int(input)
	if i < 0 {
		i += n
	}
	return i
}

func sequenceAt(h *plan.HostCall) ([]*value.Value, error) {
	items := h.Sequence(0)
	i := place(h, 1, len(items))
	if i < 0 || i >= len(items) {
		return nil, fmt.Errorf("index %d of a sequence of %d", h.Int(1), len(items))
	}
	return []*value.Value{items[i]}, nil
}

func sequenceErase(h *plan.HostCall) ([]*value.Value, error) {
	items := slices.Clone(h.Sequence(0))
	i := len(items) - 1
	if h.Has(1) {
		i = place(h, 1, len(items))
	}
	if i < 0 || i >= len(items) {
		return nil, fmt.Errorf("index %d of a sequence of %d", i, len(items))
	}
	return []*value.Value{value.NewSequence(slices.Delete(items, i, i+1)...)}, nil
}

func sequenceInsert(h *plan.HostCall) ([]*value.Value, error) {
	items := slices.Clone(h.Sequence(0))
	i := len(items)
	if h.Has(2) {
		i = place(h, 2, len(items))
	}
	if i < 0 || i > len(items) {
		return nil, fmt.Errorf("index %d of a sequence of %d", i, len(items))
	}
	return []*value.Value{value.NewSequence(slices.Insert(items, i, h.Input(1))...)}, nil
}

// sequenceMap runs its body on each value of its first input, a sequence: with the value at the
// same place of other inputs that are sequences, and with those that are none as they are.
func sequenceMap(h *plan.HostCall) ([]*value.Value, error) {
	body := h.Body("body")
	n := len(h.Sequence(0))
	items := make([][]*value.Value, len(body.Graph.Outputs))
	for i := range n {
		in := make([]*value.Value, len(h.Inputs))
		for j := range in {
			if in[j] = h.Input(j); in[j].Kind() == value.SequenceKind {
				if len(in[j].Items()) != n {
					return nil, fmt.Errorf("sequences of %d and %d", n, len(in[j].Items()))
				}
				in[j] = in[j].Items()[i]
			}
		}
		out, err := h.RunBody(body, in)
		if err != nil {
			return nil, err
		}
		for j, v := range out {
			items[j] = append(items[j], v)
		}
	}
	outputs := make([]*value.Value, len(items))
	for i, list := range items {
		outputs[i] = value.NewSequence(list...)
	}
	return outputs, nil
}

// splitToSequence cuts a tensor into parts of one length, of given lengths, or of one, in which
// case the axis may vanish.
func splitToSequence(h *plan.HostCall) ([]*value.Value, error) {
	x, axis := h.Input(0), h.Call.AttrInt("axis", 0)
	if axis < 0 {
		axis += len(x.Dims())
	}
	if axis < 0 || axis >= len(x.Dims()) {
		return nil, fmt.Errorf("axis %d of %v", axis, x)
	}
	n, each := x.Dims()[axis], 1
	keep := h.Has(1) || h.Call.AttrInt("keepdims", 1) != 0
	var lengths []int
	if h.Has(1) && len(h.Input(1).Dims()) == 1 {
		for _, l := range h.Ints(1) {
			lengths = append(lengths, int(l))
		}
	} else {
		if h.Has(1) {
			each = h.Int(1)
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
	var parts []*value.Value
	at := 0
	for _, l := range lengths {
		p := tensors.Part(x, axis, at, at+l)
		if !keep {
			p = p.Reshape(tensors.Without(p.Dims(), axis)...)
		}
		parts = append(parts, p)
		at += l
	}
	return []*value.Value{value.NewSequence(parts...)}, nil
}
