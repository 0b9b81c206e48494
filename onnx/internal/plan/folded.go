package plan

import (
	"weak"

	"simdnn/onnx/internal/file"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// foldedOutput is what a node of constants gave. Its array is there as long as a plan holds it, so
// that all plans of a session share it, and what is packed of it.
type foldedOutput struct {
	element value.ElementType
	array   weak.Pointer[tensor.Array]
}

// isFixed reports whether the node's inputs hang on nothing but the file, so that it always gives
// the same. A function's node may have other attributes in another call.
func (t *Tracer) isFixed(c *Call) bool {
	for _, v := range c.Inputs {
		if v != nil && !v.fixed {
			return false
		}
	}
	return t.translation == nil && c.Scope.attributes == nil
}

// foldedBefore gives the outputs that the node had before, if they are still there.
func (t *Tracer) foldedBefore(c *Call) bool {
	s := t.Machine.Session
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.folded[c.Node]
	if len(before) != len(c.outputs) || len(before) == 0 {
		return false
	}
	outputs := make([]*Val, len(before))
	for i, o := range before {
		a := o.array.Value()
		if a == nil {
			return false
		}
		outputs[i] = ConstantVal(value.Of(o.element, a))
		outputs[i].fixed = true
	}
	copy(c.outputs, outputs)
	return true
}

// keepFolded notes the outputs of a node if they are all arrays, and large.
func (t *Tracer) keepFolded(c *Call) {
	var list []foldedOutput
	size := 0
	for _, v := range c.outputs {
		if v == nil || v.Constant == nil {
			return
		}
		v.fixed = true
	}
	for _, v := range c.outputs {
		if v.Constant.Lazy() != nil { // the session has it
			return
		}
		a := v.Constant.Array()
		if a == nil {
			return
		}
		size += a.Len() * a.DType().Bytes()
		list = append(list, foldedOutput{v.Element, weak.Make(a)})
	}
	if size < foldLimit {
		return
	}
	s := t.Machine.Session
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.folded == nil {
		s.folded = map[*file.Node][]foldedOutput{}
	}
	s.folded[c.Node] = list
}
