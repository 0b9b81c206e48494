package plan

import (
	"math"

	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// MoveTexts is the Host of operators that only move elements, given strings: their Translate moves
// the places of the strings, once for inputs of some shapes and other elements.
func MoveTexts(h *HostCall) ([]*value.Value, error) {
	m, _ := h.Prepared.(*movement)
	if m == nil {
		m = &movement{}
		h.Prepared = m
	}
	m.now, m.texts = m.now[:0], m.texts[:0]
	for i, v := range h.Inputs {
		m.now = tensors.AppendKey(m.now, v)
		switch {
		case v == nil:
		case v.Kind() != value.TensorKind:
			h.Fail("its input %d is %v, which is not supported", i, v)
		case v.Element() == value.String:
			m.texts = append(m.texts, v.Strings()...)
		default:
			m.now = tensors.AppendElements(m.now, v)
		}
	}
	if string(m.now) != string(m.key) {
		m.key = m.key[:0]
		places, err := placesOf(h)
		if err != nil {
			return nil, err
		}
		m.key, m.places = append(m.key, m.now...), places
	}
	out := make([]*value.Value, len(m.places))
	for i, p := range m.places {
		if p == nil {
			continue
		}
		moved := make([]string, p.Len())
		for j, at := range tensor.Elements[int64](p) {
			moved[j] = m.texts[at]
		}
		out[i] = value.NewStrings(moved, p.Shape()...)
	}
	return out, nil
}

// movement is where a node's outputs have their strings from: places among those of all inputs.
type movement struct {
	key    []byte // of the inputs that it is for
	places []*tensor.Array
	now    []byte // of those at hand, and their strings
	texts  []string
}

// placesOf runs a node on the places of its strings.
func placesOf(h *HostCall) ([]*tensor.Array, error) {
	t := &Tracer{segment: newSegment(), Machine: &Machine{Session: h.Session}}
	c := &Call{Tracer: t, Scope: h.Call.Scope, Node: h.Call.Node,
		Inputs: make([]*Val, len(h.Inputs)), outputs: make([]*Val, len(h.Call.outputs))}
	first := 0
	for i, v := range h.Inputs {
		switch {
		case v == nil:
		case v.Element() == value.String:
			places := tensor.NewArray(tensor.Int64Type, v.Dims()...)
			for j := range tensor.Elements[int64](places) {
				tensor.Elements[int64](places)[j] = int64(first + j)
			}
			first += v.Len()
			c.Inputs[i] = ConstantVal(value.NewTensor(places))
		default:
			c.Inputs[i] = ConstantVal(v)
		}
	}
	if err := t.compute(c, math.MaxInt, false); err != nil {
		return nil, err
	}
	out := make([]*tensor.Array, len(c.outputs))
	for i, v := range c.outputs {
		if v != nil {
			out[i] = v.Constant.Array()
		}
	}
	return out, nil
}
