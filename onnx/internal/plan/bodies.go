package plan

import (
	"simdnn/onnx/internal/proto"
	"simdnn/onnx/value"
)

// Body returns what runs the graph in an attribute.
func (h *HostCall) Body(attribute string) *Machine {
	if m := h.bodies[attribute]; m != nil {
		return m
	}
	g := h.Call.Node.Graphs[attribute]
	if g == nil {
		h.Fail("it has no graph %s", attribute)
	}
	if h.bodies == nil {
		h.bodies = map[string]*Machine{}
	}
	m := &Machine{Session: h.Session, draws: h.draws, Graph: g, scope: h.Call.Scope}
	h.bodies[attribute] = m
	return m
}

// RunBody runs a graph in an attribute, and returns copies of its outputs.
func (h *HostCall) RunBody(m *Machine, inputs []*value.Value) ([]*value.Value, error) {
	outputs, err := h.NewBodyCall(m, len(inputs)).Run(inputs)
	if err != nil {
		return nil, err
	}
	for i, v := range outputs {
		outputs[i] = v.Clone()
	}
	return outputs, nil
}

// BodyCall are calls of a graph in an attribute while the values around it stay.
type BodyCall struct {
	machine  *Machine
	inputs   []*value.Value // and behind them what it needs of the graphs around it
	constant []bool
}

// NewBodyCall returns what calls a graph of so many inputs in an attribute.
func (h *HostCall) NewBodyCall(m *Machine, inputs int) *BodyCall {
	if inputs != len(m.Graph.Inputs) {
		h.Fail("its graph has %d inputs, not %d", len(m.Graph.Inputs), inputs)
	}
	all, constant := make([]*value.Value, inputs), make([]bool, inputs)
	for _, name := range m.Graph.Captures {
		at := -1
		for i, n := range h.names {
			if n == name {
				at = i
			}
		}
		if at < 0 {
			h.Fail("its graph needs %q, which is not there", name)
		}
		all = append(all, h.captured[at])
		constant = append(constant, h.constant[at])
	}
	return &BodyCall{m, all, constant}
}

// Run returns the outputs, which stay until the next run.
func (c *BodyCall) Run(inputs []*value.Value) ([]*value.Value, error) {
	copy(c.inputs, inputs)
	return c.machine.run(c.inputs, c.constant)
}

// Declared returns the type that a graph in an attribute declares for an output, nil if it does
// not.
func Declared(g *proto.Graph, output int) *proto.Type {
	if g == nil || output >= len(g.Outputs) {
		return nil
	}
	return g.Outputs[output].Type
}
