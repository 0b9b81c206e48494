package onnx

import (
	"fmt"

	"simdnn/onnx/internal/proto"
)

// hostCall is a node that is computed between graphs, from values that are there: one of strings,
// sequences, loops, or one whose outputs' shapes depend on data.
type hostCall struct {
	call     *call // for attributes; its inputs are those of the first time
	session  *Session
	draws    *draws
	inputs   []*Value
	names    []string // of what its graphs need of those around them
	captured []*Value
	constant []bool // whether a captured value never changes
	bodies   map[string]*machine
	prepared any // what the operator makes in its first run and needs in each
}

// run computes the node's outputs. Its error names the node.
func (h *hostCall) run() (outputs []*Value, err error) {
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
	outputs, err = h.call.node.op.host(h)
	if err == nil && len(outputs) < len(h.call.outputs) {
		err = fmt.Errorf("its output %d is not supported", len(outputs))
	}
	return outputs, err
}

func (h *hostCall) error(err error) error {
	types := make([]string, len(h.inputs))
	for i, v := range h.inputs {
		types[i] = v.String()
	}
	return fmt.Errorf("%s of %v: %w", h.call.node.label, types, err)
}

// fail ends the run.
func (h *hostCall) fail(format string, args ...any) { panic(failure{fmt.Errorf(format, args...)}) }

// has reports whether an input is there.
func (h *hostCall) has(i int) bool { return i < len(h.inputs) && h.inputs[i] != nil }

// input returns an input.
func (h *hostCall) input(i int) *Value {
	if !h.has(i) {
		h.fail("its input %d is missing", i)
	}
	return h.inputs[i]
}

// ints returns the elements of an input of integers or bools.
func (h *hostCall) ints(i int) []int64 {
	v := h.input(i)
	if v.array == nil {
		h.fail("its input %d is %v, not numbers", i, v)
	}
	return numbersOf[int64](v.array)
}

// int returns the only element of an input.
func (h *hostCall) int(i int) int {
	n := h.ints(i)
	if len(n) != 1 {
		h.fail("its input %d is %v, not one number", i, h.input(i))
	}
	return clampInt(n[0])
}

// strings returns the elements of an input of strings.
func (h *hostCall) strings(i int) []string {
	v := h.input(i)
	if v.kind != TensorKind || v.element != String {
		h.fail("its input %d is %v, not strings", i, v)
	}
	return v.strings
}

// sequence returns the values of an input that is a sequence.
func (h *hostCall) sequence(i int) []*Value {
	v := h.input(i)
	if v.kind == OptionalKind && len(v.items) == 1 {
		v = v.items[0]
	}
	if v.kind != SequenceKind {
		h.fail("its input %d is %v, not a sequence", i, v)
	}
	return v.items
}

// body returns what runs the graph in an attribute.
func (h *hostCall) body(attribute string) *machine {
	if m := h.bodies[attribute]; m != nil {
		return m
	}
	g := h.call.node.graphs[attribute]
	if g == nil {
		h.fail("it has no graph %s", attribute)
	}
	if h.bodies == nil {
		h.bodies = map[string]*machine{}
	}
	m := &machine{session: h.session, draws: h.draws, graph: g, scope: h.call.scope,
		roots: map[string]*plan{}}
	h.bodies[attribute] = m
	return m
}

// runBody runs a graph in an attribute, and returns copies of its outputs.
func (h *hostCall) runBody(m *machine, inputs []*Value) ([]*Value, error) {
	outputs, err := h.newBodyCall(m, len(inputs)).run(inputs)
	if err != nil {
		return nil, err
	}
	for i, v := range outputs {
		outputs[i] = v.clone()
	}
	return outputs, nil
}

// bodyCall are calls of a graph in an attribute while the values around it stay.
type bodyCall struct {
	machine  *machine
	inputs   []*Value // and behind them what it needs of the graphs around it
	constant []bool
}

func (h *hostCall) newBodyCall(m *machine, inputs int) *bodyCall {
	if inputs != len(m.graph.inputs) {
		h.fail("its graph has %d inputs, not %d", len(m.graph.inputs), inputs)
	}
	all, constant := make([]*Value, inputs), make([]bool, inputs)
	for _, name := range m.graph.captures {
		at := -1
		for i, n := range h.names {
			if n == name {
				at = i
			}
		}
		if at < 0 {
			h.fail("its graph needs %q, which is not there", name)
		}
		all = append(all, h.captured[at])
		constant = append(constant, h.constant[at])
	}
	return &bodyCall{m, all, constant}
}

// run returns the outputs, which stay until the next run.
func (c *bodyCall) run(inputs []*Value) ([]*Value, error) {
	copy(c.inputs, inputs)
	return c.machine.run(c.inputs, c.constant)
}

// declared returns the type that a graph in an attribute declares for an output, nil if it does
// not.
func declared(g *proto.Graph, output int) *proto.Type {
	if g == nil || output >= len(g.Outputs) {
		return nil
	}
	return g.Outputs[output].Type
}

// isHost reports whether a node is computed between graphs: where its operator has no translation,
// or where it has none for strings and sequences, or to strings.
func (c *call) isHost() bool {
	o := c.node.op
	if o.host == nil || o.translate == nil {
		return o.host != nil
	}
	for _, v := range c.inputs {
		if v != nil && (v.kind != TensorKind || v.element == String) {
			return true
		}
	}
	return o.onHost != nil && o.onHost(c)
}
