package plan

import (
	"fmt"
	"slices"
	"weak"

	"simdnn/onnx/internal/file"
	"simdnn/onnx/internal/proto"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// foldedNode is what a node of constants gave for inputs of these contents, "" for those that hang
// on nothing but the file.
type foldedNode struct {
	inputs  string
	outputs []foldedOutput
	known   []*Val // the same outputs, if they hang on the file alone and are small
}

// foldedOutput is an output of such a node: a small one, or the array of a large one, which is
// there as long as a plan holds it, so that all plans of a session share it, and what is packed of
// it.
type foldedOutput struct {
	element value.ElementType
	small   *value.Value
	array   weak.Pointer[tensor.Array]
}

// smallFold is the size in bytes up to which what nodes gave is kept, and keyElements the number of
// elements up to which inputs are compared: the arithmetic of shapes is computed once for many
// plans.
const smallFold, keyElements = 1 << 10, 64

// isFixed reports whether the node's inputs hang on nothing but the file, so that it always gives
// the same. A function's node may have other attributes in another call.
func (t *Tracer) isFixed(c *Call) bool {
	for _, v := range c.Inputs {
		if v != nil && !v.fixed {
			return false
		}
	}
	return t.isAlone(c)
}

// isAlone reports whether what a node gives hangs on its inputs alone.
func (t *Tracer) isAlone(c *Call) bool { return t.translation == nil && c.Scope.attributes == nil }

// foldKey returns the contents of a node's inputs, which are constants, or says that they are not
// to be compared.
func (t *Tracer) foldKey(c *Call, fixed bool) (inputs string, ok bool) {
	if fixed || !t.isAlone(c) {
		return "", fixed
	}
	var buffer [256]byte
	key := buffer[:0]
	for _, v := range c.Inputs {
		if v == nil {
			key = tensors.AppendKey(key, nil)
			continue
		}
		if v.Kind != value.TensorKind || v.Constant.Len() > keyElements ||
			v.Constant.Array() == nil {
			return "", false
		}
		key = tensors.AppendElements(tensors.AppendKey(key, v.Constant), v.Constant)
	}
	return string(key), true
}

// likeKey returns what two nodes have in common that give the same: the operator, attributes and the
// contents of inputs. It is "" for those with attributes that are no whole numbers. Layers repeat the
// arithmetic of their shapes.
func likeKey(c *Call, inputs string) string {
	var buffer [128]byte
	n := c.Node
	key := fmt.Appendf(buffer[:0], "%s %s %d %d", n.Proto.Domain, n.Proto.Operator, n.Version,
		len(c.outputs))
	for _, a := range n.Proto.Attributes {
		if a.Type != proto.IntAttribute && a.Type != proto.IntsAttribute || a.Reference != "" {
			return ""
		}
		key = fmt.Appendf(key, " %s %d %d", a.Name, a.Int, a.Ints)
	}
	return string(key) + "\x00" + inputs
}

// foldedLike gives the outputs that a node of this trace gave that has the same key.
func (t *Tracer) foldedLike(c *Call, key string) bool {
	outputs := t.folded[key]
	if key == "" || outputs == nil {
		return false
	}
	for i, v := range outputs {
		c.outputs[i] = ConstantVal(v)
	}
	return true
}

// keepLike notes what a node gave for others with its key.
func (t *Tracer) keepLike(c *Call, key string) {
	outputs := make([]*value.Value, len(c.outputs))
	for i, v := range c.outputs {
		if key == "" || v == nil || v.Constant == nil {
			return
		}
		outputs[i] = v.Constant
	}
	if t.folded == nil {
		t.folded = map[string][]*value.Value{}
	}
	t.folded[key] = outputs
}

// foldedBefore gives the outputs that the node had before for inputs of these contents, if they are
// still there.
func (t *Tracer) foldedBefore(c *Call, inputs string, fixed bool) bool {
	s := t.Machine.Session
	s.mu.Lock()
	defer s.mu.Unlock()
	before, ok := s.folded[c.Node]
	if !ok || before.inputs != inputs || len(before.outputs) != len(c.outputs) {
		return false
	}
	outputs := make([]*Val, len(c.outputs))
	for i, o := range before.outputs {
		v := o.small
		if v == nil {
			a := o.array.Value()
			if a == nil {
				return false
			}
			v = value.Of(o.element, a)
		}
		outputs[i] = ConstantVal(v)
		outputs[i].fixed = fixed
	}
	copy(c.outputs, outputs)
	return true
}

// keepFolded notes the outputs of a node if they are all arrays.
func (t *Tracer) keepFolded(c *Call, inputs string, fixed bool) {
	var list []foldedOutput
	for _, v := range c.outputs {
		if v == nil || v.Constant == nil {
			return
		}
		if fixed && !v.fixed { // what was fixed before may be another goroutine's, too
			v.fixed = true
		}
	}
	for _, v := range c.outputs {
		if v.Constant.Lazy() != nil { // the session has it
			return
		}
		a := v.Constant.Array()
		switch {
		case a == nil:
			return
		case a.Len()*a.DType().Bytes() <= smallFold:
			list = append(list, foldedOutput{element: v.Element, small: v.Constant})
		default:
			list = append(list, foldedOutput{element: v.Element, array: weak.Make(a)})
		}
	}
	s := t.Machine.Session
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.folded == nil {
		s.folded = map[*file.Node]foldedNode{}
	}
	folded := foldedNode{inputs: inputs, outputs: list}
	if fixed && !slices.ContainsFunc(list, func(o foldedOutput) bool { return o.small == nil }) {
		folded.known = slices.Clone(c.outputs)
	}
	s.folded[c.Node] = folded
}

// known returns the outputs of a node that were small and hang on nothing but the file, nil if it
// has others.
func (t *Tracer) known(s *Scope, n *file.Node) []*Val {
	if t.translation != nil || s.attributes != nil {
		return nil
	}
	session := t.Machine.Session
	session.mu.Lock()
	known := session.folded[n].known
	session.mu.Unlock()
	for _, name := range n.Proto.Inputs {
		if known == nil {
			break
		}
		if v := s.Get(name); v != nil && !v.fixed { // another value in place of an initializer
			return nil
		}
	}
	return known
}
