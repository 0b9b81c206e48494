package plan

import (
	"fmt"

	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
)

// HostCall is a node that is computed between graphs, from values that are there: one of strings,
// sequences, loops, or one whose outputs' shapes depend on data.
type HostCall struct {
	Call     *Call // for attributes; its inputs are those of the first time
	Session  *Session
	draws    *draws
	Inputs   []*value.Value
	names    []string // of what its graphs need of those around them
	captured []*value.Value
	constant []bool // whether a captured value never changes
	bodies   map[string]*Machine
	Prepared any // what the operator makes in its first run and needs in each
}

// run computes the node's outputs. Its error names the node.
func (h *HostCall) run() (outputs []*value.Value, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case failure:
			err = r.err
		default: // of a check within an operator
			err = fmt.Errorf("%v", r)
		}
		if err != nil {
			err = h.error(err)
		}
	}()
	outputs, err = OperatorOf(h.Call.Node).Host(h)
	if err == nil && len(outputs) < len(h.Call.outputs) {
		err = fmt.Errorf("its output %d is not supported", len(outputs))
	}
	return outputs, err
}

func (h *HostCall) error(err error) error {
	types := make([]string, len(h.Inputs))
	for i, v := range h.Inputs {
		types[i] = v.String()
	}
	return fmt.Errorf("%s of %v: %w", h.Call.Node.Label, types, err)
}

// Fail ends the run.
func (h *HostCall) Fail(format string, args ...any) { panic(failure{fmt.Errorf(format, args...)}) }

// Has reports whether an input is there.
func (h *HostCall) Has(i int) bool { return i < len(h.Inputs) && h.Inputs[i] != nil }

// Input returns an input.
func (h *HostCall) Input(i int) *value.Value {
	if !h.Has(i) {
		h.Fail("its input %d is missing", i)
	}
	return h.Inputs[i]
}

// Ints returns the elements of an input of integers or bools.
func (h *HostCall) Ints(i int) []int64 {
	v := h.Input(i)
	if v.Array() == nil {
		h.Fail("its input %d is %v, not numbers", i, v)
	}
	return tensors.Numbers[int64](v.Array())
}

// Int returns the only element of an input.
func (h *HostCall) Int(i int) int {
	n := h.Ints(i)
	if len(n) != 1 {
		h.Fail("its input %d is %v, not one number", i, h.Input(i))
	}
	return clampInt(n[0])
}

// Strings returns the elements of an input of strings.
func (h *HostCall) Strings(i int) []string {
	v := h.Input(i)
	if v.Kind() != value.TensorKind || v.Element() != value.String {
		h.Fail("its input %d is %v, not strings", i, v)
	}
	return v.Strings()
}

// Sequence returns the values of an input that is a sequence.
func (h *HostCall) Sequence(i int) []*value.Value {
	v := h.Input(i)
	if v.Kind() == value.OptionalKind && len(v.Items()) == 1 {
		v = v.Items()[0]
	}
	if v.Kind() != value.SequenceKind {
		h.Fail("its input %d is %v, not a sequence", i, v)
	}
	return v.Items()
}

// isHost reports whether a node is computed between graphs: where its operator has no translation,
// or where it has none for strings and sequences, or to strings.
func (c *Call) isHost() bool {
	o := OperatorOf(c.Node)
	if o.Host == nil || o.Translate == nil {
		return o.Host != nil
	}
	for _, v := range c.Inputs {
		if v != nil && (v.Kind != value.TensorKind || v.Element == value.String) {
			return true
		}
	}
	return o.OnHost != nil && o.OnHost(c)
}
