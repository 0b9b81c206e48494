package plan

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/onnx/internal/file"
	"simdnn/onnx/internal/proto"
	"simdnn/onnx/value"
)

// Tracer plans a run while it happens: it goes through the nodes, with the run's inputs at hand,
// and builds the graphs of programs. Where it has to know data, it cuts: the program so far is
// compiled and run.
type Tracer struct {
	*segment
	Machine *Machine
	stack   []*Scope
	at      *Plan   // the one that is being made
	path    []*Plan // those that the run has gone through already
	events  int     // before the one that is being made
	slots   int
	folded  map[string][]*value.Value // what nodes of constants gave, see likeKey
	ahead   bool                      // whether nothing runs yet, see [Turns]
	// translation is set where there is no run, and nothing may be cut: all is to be one graph.
	translation *translation
}

// trace makes the plans of a run that are not there yet, runs them, and returns the outputs. The
// run has gone through path already.
func (m *Machine) trace(root *Plan, inputs []*value.Value, constant []bool,
	path []*Plan) ([]*value.Value,
	error) {
	return m.traceWith(&Tracer{segment: newSegment(), Machine: m, at: root, path: path,
		slots: len(inputs)}, inputs, constant)
}

func (m *Machine) traceWith(t *Tracer, inputs []*value.Value,
	constant []bool) ([]*value.Value, error) {
	s := NewScope(m.Graph, nil)
	if m.scope != nil {
		s.attributes = m.scope.attributes
	}
	for i, v := range inputs {
		name := ""
		if i < len(m.Graph.Inputs) {
			name = m.Graph.Inputs[i].Name
		} else {
			name = m.Graph.Captures[i-len(m.Graph.Inputs)]
		}
		switch {
		case v == nil:
			if s.values[name] == nil {
				s.set(name, nil)
			}
		case constant != nil && constant[i]:
			s.set(name, ConstantVal(v))
		default:
			s.set(name, &Val{Kind: v.Kind(), Element: v.Element(), Shape: v.Dims(), slot: i})
			if c := m.cacheOf(name); c != nil {
				s.values[name].Node = m.keeping.past(c, t.builder)
			}
		}
	}
	outputs, err := t.Graph(s)
	if err != nil {
		return nil, err
	}
	t.stack = []*Scope{s} // the last program computes its outputs
	end := &ending{}
	if m.keeping != nil {
		if end.lengths, err = m.keeping.grow(t, s); err != nil {
			return nil, err
		}
	}
	if err := t.cut(func() event {
		for _, v := range outputs {
			end.outputs = append(end.outputs, refOf(v))
		}
		return end
	}); err != nil {
		return nil, err
	}
	return m.outputs(end), nil
}

// refOf returns where a value is that stands in the run's memory, or is constant.
func refOf(v *Val) ref {
	switch {
	case v == nil:
		return ref{slot: -1}
	case v.Constant != nil:
		return ref{slot: -1, constant: v.Constant}
	}
	return ref{slot: v.slot}
}

// Graph plans the nodes of a graph, and returns its outputs.
func (t *Tracer) Graph(s *Scope) ([]*Val, error) {
	t.stack = append(t.stack, s)
	defer func() { t.stack = t.stack[:len(t.stack)-1] }()
	for i, n := range s.graph.Nodes {
		s.at = i
		if err := t.plan(s, n); err != nil {
			return nil, err
		}
	}
	outputs := make([]*Val, len(s.graph.Outputs))
	for i, name := range s.graph.Outputs {
		outputs[i] = s.Get(name)
	}
	s.at = len(s.graph.Nodes)
	return outputs, nil
}

// plan plans a node.
func (t *Tracer) plan(s *Scope, n *file.Node) error {
	if known := t.known(s, n); known != nil {
		return t.setOutputs(s, n, nil, known)
	}
	inputs := make([]*Val, len(n.Proto.Inputs))
	for i, name := range n.Proto.Inputs {
		if name != "" {
			inputs[i] = s.Get(name)
		}
	}
	var outputs []*Val
	var err error
	if n.Function != nil {
		outputs, err = t.call(s, n, inputs)
	} else {
		outputs, err = t.apply(&Call{Tracer: t, Scope: s, Node: n, Inputs: inputs})
	}
	if err != nil {
		return err
	}
	return t.setOutputs(s, n, inputs, outputs)
}

// setOutputs enters what a node gives.
func (t *Tracer) setOutputs(s *Scope, n *file.Node, inputs, outputs []*Val) error {
	for i, name := range n.Proto.Outputs {
		if name == "" {
			continue
		}
		if i >= len(outputs) || outputs[i] == nil && n.Function == nil {
			return nodeError(n, inputs, fmt.Errorf("its output %d is not supported", i))
		}
		if t.translation != nil && s.graph == t.translation.root && isConstant(n) {
			outputs[i] = t.weight(name, outputs[i], 2)
		}
		s.set(name, outputs[i])
		if t.Machine.Types != nil && s.graph == t.Machine.Graph {
			t.Machine.Types[name] = outputs[i].String()
		}
	}
	return nil
}

// nodeError returns an error of a node, which names its inputs' types.
func nodeError(n *file.Node, inputs []*Val, err error) error {
	types := make([]string, len(inputs))
	for i, v := range inputs {
		types[i] = v.String()
	}
	return fmt.Errorf("%s of %v: %w", n.Label, types, err)
}

// call plans the nodes of a function in place of a node.
func (t *Tracer) call(s *Scope, n *file.Node, inputs []*Val) ([]*Val, error) {
	inner := NewScope(n.Function.Graph, nil)
	inner.attributes = map[string]*proto.Attribute{}
	for _, a := range n.Function.Proto.Defaults {
		inner.attributes[a.Name] = a
	}
	for _, a := range n.Proto.Attributes {
		if r := s.Resolve(a); r != nil {
			inner.attributes[a.Name] = r
		}
	}
	for i, name := range n.Function.Proto.Inputs {
		var v *Val
		if i < len(inputs) {
			v = inputs[i]
		}
		inner.set(name, v)
	}
	return t.Graph(inner)
}

// cut ends the segment: what later nodes need is computed, and the event that follows happens.
func (t *Tracer) cut(what func() event) error {
	live := t.live()
	var outputs []*Val
	for _, v := range live {
		v.slot = t.slots
		t.slots++
		outputs = append(outputs, v)
	}
	m := t.Machine
	if len(m.env) < t.slots {
		m.env = append(m.env, make([]*value.Value, t.slots-len(m.env))...)
	}
	p := t.at
	e := what()
	if _, ends := e.(*ending); t.ahead && !ends {
		return errAhead
	}
	if len(m.env) < t.slots {
		m.env = append(m.env, make([]*value.Value, t.slots-len(m.env))...)
	}
	if p.event == nil {
		if err := t.compile(p, outputs); err != nil {
			return err
		}
		p.event = e
	}
	if t.ahead {
		return errAhead
	}
	for _, v := range outputs {
		v.Node = nil
	}
	t.events++
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
	t.at, t.segment = p.next.forKey(m.key), newSegment()
	return nil
}

// live returns the values of the segment that nodes from here on need.
func (t *Tracer) live() []*Val {
	var live []*Val
	seen := map[*Val]bool{}
	for _, s := range t.stack {
		for _, n := range s.order {
			v := n.val
			if v == nil || v.Node == nil || v.Constant != nil {
				continue
			}
			if s.graph.LastUse[n.name] >= s.at && !seen[v] && !t.isCached(s, n.name) {
				seen[v] = true
				live = append(live, v)
			}
		}
	}
	return live
}

// isCached reports whether a value is what a cache takes at the end of a run.
func (t *Tracer) isCached(s *Scope, name string) bool {
	return s.at == len(s.graph.Nodes) && s.graph == t.Machine.Graph &&
		slices.ContainsFunc(t.Machine.caches, func(c *Cache) bool { return c.Output == name })
}

// compile compiles the segment as the program of a plan.
func (t *Tracer) compile(p *Plan, outputs []*Val) (err error) {
	defer recovered(&err)
	if err := t.builder.Err(); err != nil {
		return err
	}
	if len(outputs) == 0 && len(t.growing) == 0 {
		return nil
	}
	for i, v := range outputs {
		t.builder.Output(fmt.Sprintf("o%d", i), v.Node)
	}
	program, err := t.program(t.Machine.arena(t.events), t.Machine.Session.rewritten)
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
	p.Program = program
	return nil
}

// recovered makes the panic of a constant that can't be made an error.
func recovered(err *error) {
	switch r := recover().(type) {
	case nil:
	case failure:
		*err = r.err
	default:
		panic(r)
	}
}

// program compiles the segment's graph in memory that programs share.
func (t *Tracer) program(memory *exec.Arena,
	rewritten func(*graph.Graph) (*graph.Graph, error)) (*exec.Program, error) {
	g, err := t.builder.Graph()
	if err != nil {
		return nil, err
	}
	if len(t.growing) > 0 {
		if g, err = t.Machine.keeping.inPlace(t.segment, g); err != nil {
			return nil, err
		}
		g, err = t.Machine.keeping.rewritten(t, g)
	} else {
		g, err = rewritten(g)
	}
	if err != nil {
		return nil, err
	}
	return exec.CompileIn(memory, g, t.Machine.Session.engines, nil)
}

// foldLimit bounds what a constant that is computed beforehand may take, beyond twice its inputs,
// and repeatLimit one whose elements are only repeated, which programs do as they go.
const foldLimit, repeatLimit = 1 << 24, 1 << 16

// repeating are the operators that repeat elements.
var repeating = []string{"ConstantOfShape", "Expand", "Tile"}
