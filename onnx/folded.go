package onnx

import (
	"weak"

	"simdnn/tensor"
)

// foldedOutput is what a node of constants gave. Its array is there as long as a plan holds it, so that
// all plans of a session share it, and what is packed of it.
type foldedOutput struct {
	element ElementType
	array   weak.Pointer[tensor.Array]
}

// isFixed reports whether the node's inputs hang on nothing but the file, so that it always gives the
// same. A function's node may have other attributes in another call.
func (t *tracer) isFixed(c *call) bool {
	for _, v := range c.inputs {
		if v != nil && !v.fixed {
			return false
		}
	}
	return t.translation == nil && c.scope.attributes == nil
}

// foldedBefore gives the outputs that the node had before, if they are still there.
func (t *tracer) foldedBefore(c *call) bool {
	s := t.machine.session
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.folded[c.node]
	if len(before) != len(c.outputs) || len(before) == 0 {
		return false
	}
	outputs := make([]*val, len(before))
	for i, o := range before {
		a := o.array.Value()
		if a == nil {
			return false
		}
		outputs[i] = constantVal(newTensor(o.element, a))
		outputs[i].fixed = true
	}
	copy(c.outputs, outputs)
	return true
}

// keepFolded notes the outputs of a node if they are all arrays, and large.
func (t *tracer) keepFolded(c *call) {
	var list []foldedOutput
	size := 0
	for _, v := range c.outputs {
		if v == nil || v.constant == nil {
			return
		}
		v.fixed = true
	}
	for _, v := range c.outputs {
		a := v.constant.array
		if a == nil {
			return
		}
		size += a.Len() * a.DType().Bytes()
		list = append(list, foldedOutput{v.element, weak.Make(a)})
	}
	if size < foldLimit {
		return
	}
	s := t.machine.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.folded == nil {
		s.folded = map[*nodeInfo][]foldedOutput{}
	}
	s.folded[c.node] = list
}
