package onnx

import (
	"fmt"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/onnx/internal/proto"
)

// tracer plans a run while it happens: it goes through the nodes, with the run's inputs at hand,
// and builds the graphs of programs. Where it has to know data, it cuts: the program so far is
// compiled and run.
type tracer struct {
	*segment
	machine *machine
	stack   []*scope
	at      *plan   // the one that is being made
	path    []*plan // those that the run has gone through already
	slots   int
	// translation is set where there is no run, and nothing may be cut: all is to be one graph.
	translation *translation
}

// trace makes the plans of a run that are not there yet, runs them, and returns the outputs. The
// run has gone through path already.
func (m *machine) trace(root *plan, inputs []*Value, constant []bool, path []*plan) ([]*Value,
	error) {
	t := &tracer{segment: newSegment(), machine: m, at: root, path: path, slots: len(inputs)}
	s := newScope(m.graph, nil)
	if m.scope != nil {
		s.attributes = m.scope.attributes
	}
	for i, v := range inputs {
		name := ""
		if i < len(m.graph.inputs) {
			name = m.graph.inputs[i].Name
		} else {
			name = m.graph.captures[i-len(m.graph.inputs)]
		}
		switch {
		case v == nil:
			if s.values[name] == nil {
				s.set(name, nil)
			}
		case constant != nil && constant[i]:
			s.set(name, constantVal(v))
		default:
			s.set(name, &val{kind: v.kind, element: v.element, shape: v.shape, slot: i})
		}
	}
	outputs, err := t.graph(s)
	if err != nil {
		return nil, err
	}
	t.stack = []*scope{s} // the last program computes its outputs
	if err := t.cut(func() event {
		end := &ending{}
		for _, v := range outputs {
			end.outputs = append(end.outputs, refOf(v))
		}
		return end
	}); err != nil {
		return nil, err
	}
	m.out = m.out[:0]
	for _, v := range outputs {
		m.out = append(m.out, m.value(refOf(v)))
	}
	return m.out, nil
}

// refOf returns where a value is that stands in the run's memory, or is constant.
func refOf(v *val) ref {
	switch {
	case v == nil:
		return ref{slot: -1}
	case v.constant != nil:
		return ref{slot: -1, constant: v.constant}
	}
	return ref{slot: v.slot}
}

// graph plans the nodes of a graph, and returns its outputs.
func (t *tracer) graph(s *scope) ([]*val, error) {
	t.stack = append(t.stack, s)
	defer func() { t.stack = t.stack[:len(t.stack)-1] }()
	for i, n := range s.graph.nodes {
		s.at = i
		if err := t.plan(s, n); err != nil {
			return nil, err
		}
	}
	outputs := make([]*val, len(s.graph.outputs))
	for i, name := range s.graph.outputs {
		outputs[i] = s.get(name)
	}
	s.at = len(s.graph.nodes)
	return outputs, nil
}

// plan plans a node.
func (t *tracer) plan(s *scope, n *nodeInfo) error {
	inputs := make([]*val, len(n.proto.Inputs))
	for i, name := range n.proto.Inputs {
		if name != "" {
			inputs[i] = s.get(name)
		}
	}
	var outputs []*val
	var err error
	if n.function != nil {
		outputs, err = t.call(s, n, inputs)
	} else {
		outputs, err = t.apply(&call{tracer: t, scope: s, node: n, inputs: inputs})
	}
	if err != nil {
		return err
	}
	for i, name := range n.proto.Outputs {
		if name == "" {
			continue
		}
		if i >= len(outputs) || outputs[i] == nil && n.function == nil {
			return n.error(inputs, fmt.Errorf("its output %d is not supported", i))
		}
		if t.translation != nil && s.graph == t.translation.root && n.isConstant() {
			outputs[i] = t.weight(name, outputs[i], 2)
		}
		s.set(name, outputs[i])
		if t.machine.types != nil && s.graph == t.machine.graph {
			t.machine.types[name] = outputs[i].String()
		}
	}
	return nil
}

// error returns an error of a node, which names its inputs' types.
func (n *nodeInfo) error(inputs []*val, err error) error {
	types := make([]string, len(inputs))
	for i, v := range inputs {
		types[i] = v.String()
	}
	return fmt.Errorf("%s of %v: %w", n.label, types, err)
}

// call plans the nodes of a function in place of a node.
func (t *tracer) call(s *scope, n *nodeInfo, inputs []*val) ([]*val, error) {
	inner := newScope(n.function.graph, nil)
	inner.attributes = map[string]*proto.Attribute{}
	for _, a := range n.function.proto.Defaults {
		inner.attributes[a.Name] = a
	}
	for _, a := range n.proto.Attributes {
		if r := s.resolve(a); r != nil {
			inner.attributes[a.Name] = r
		}
	}
	for i, name := range n.function.proto.Inputs {
		var v *val
		if i < len(inputs) {
			v = inputs[i]
		}
		inner.set(name, v)
	}
	return t.graph(inner)
}

// cut ends the segment: what later nodes need is computed, and the event that follows happens.
func (t *tracer) cut(what func() event) error {
	live := t.live()
	var outputs []*val
	for _, v := range live {
		v.slot = t.slots
		t.slots++
		outputs = append(outputs, v)
	}
	m := t.machine
	if len(m.env) < t.slots {
		m.env = append(m.env, make([]*Value, t.slots-len(m.env))...)
	}
	p := t.at
	e := what()
	if len(m.env) < t.slots {
		m.env = append(m.env, make([]*Value, t.slots-len(m.env))...)
	}
	if p.event == nil {
		if err := t.compile(p, outputs); err != nil {
			return err
		}
		p.event = e
	}
	for _, v := range outputs {
		v.node = nil
	}
	if len(t.path) > 0 { // the run was here
		t.at = nil
		t.path = t.path[1:]
		if len(t.path) > 0 {
			t.at = t.path[0]
			t.segment = newSegment()
			return nil
		}
	} else if err := m.execute(p); err != nil {
		return err
	}
	next := p.next[string(m.key)]
	if next == nil {
		next = &plan{}
		if p.next == nil || len(p.next) >= maxPlans {
			p.next = map[string]*plan{}
		}
		p.next[string(m.key)] = next
	}
	t.at, t.segment = next, newSegment()
	return nil
}

// live returns the values of the segment that nodes from here on need.
func (t *tracer) live() []*val {
	var live []*val
	seen := map[*val]bool{}
	for _, s := range t.stack {
		for _, name := range s.order {
			v := s.values[name]
			if v == nil || v.node == nil || v.constant != nil || seen[v] {
				continue
			}
			if s.graph.lastUse[name] >= s.at {
				seen[v] = true
				live = append(live, v)
			}
		}
	}
	return live
}

// compile compiles the segment as the program of a plan.
func (t *tracer) compile(p *plan, outputs []*val) error {
	if err := t.builder.Err(); err != nil {
		return err
	}
	if len(outputs) == 0 {
		return nil
	}
	for i, v := range outputs {
		t.builder.Output(fmt.Sprintf("o%d", i), v.node)
	}
	program, err := t.program(t.machine.session.rewritten)
	if err != nil {
		return err
	}
	for i, slot := range t.segment.slots {
		if a, err := program.Input(t.names[i]); err == nil { // some are not needed
			p.feeds = append(p.feeds, feed{slot, a})
		}
	}
	for i, v := range outputs {
		a, err := program.Output(fmt.Sprintf("o%d", i))
		if err != nil {
			return err
		}
		p.results = append(p.results, resultOf(v, a))
	}
	p.program = program
	return nil
}

// program compiles the segment's graph.
func (t *tracer) program(rewritten func(*graph.Graph) (*graph.Graph, error)) (*exec.Program, error) {
	g, err := t.builder.Graph()
	if err != nil {
		return nil, err
	}
	if g, err = rewritten(g); err != nil {
		return nil, err
	}
	s := t.machine.session
	return exec.CompileIn(&exec.Arena{Limit: s.memory}, g, s.engines, nil)
}

// foldLimit bounds what a constant that is computed beforehand may take, beyond twice its inputs, and
// repeatLimit one whose elements are only repeated, which programs do as they go.
const foldLimit, repeatLimit = 1 << 24, 1 << 16

// repeating are the operators that repeat elements.
var repeating = []string{"ConstantOfShape", "Expand", "Tile"}
