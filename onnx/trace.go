package onnx

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/rewrite"
	"simdnn/onnx/internal/proto"
	"simdnn/tensor"
)

// val is a value of the model while a run is planned. What is known of it grows: its type is known
// always; its elements are, if they are constant, or if they were asked for.
type val struct {
	kind     Kind
	element  ElementType
	shape    []int
	constant *Value
	node     *graph.Value // in the segment at hand
	slot     int          // once it stands in the run's memory; else −1
}

// constantVal returns a value whose elements are known.
func constantVal(v *Value) *val {
	return &val{kind: v.kind, element: v.element, shape: v.shape, constant: v, slot: -1}
}

// String returns the type.
func (v *val) String() string {
	if v == nil {
		return "nothing"
	}
	return (&Value{kind: v.kind, element: v.element, shape: v.shape}).String()
}

// scope is the values of a graph whose nodes are being planned.
type scope struct {
	graph  *graphInfo
	values map[string]*val
	order  []string // of the names, as they came
	at     int      // the node at hand
	around *scope   // whose values the graph can use, too
	// attributes are those of the call of the function that the graph is in.
	attributes map[string]*proto.Attribute
}

func newScope(g *graphInfo, around *scope) *scope {
	s := &scope{graph: g, values: map[string]*val{}, around: around}
	for _, in := range g.initializers {
		s.set(in.name, constantVal(in.value))
	}
	if around != nil {
		s.attributes = around.attributes
	}
	return s
}

func (s *scope) set(name string, v *val) {
	if _, ok := s.values[name]; !ok {
		s.order = append(s.order, name)
	}
	s.values[name] = v
}

func (s *scope) get(name string) *val {
	for ; s != nil; s = s.around {
		if v, ok := s.values[name]; ok {
			return v
		}
	}
	return nil
}

// segment is a graph in the making, which becomes the program of one plan.
type segment struct {
	builder   *graph.Builder
	inputs    map[*val]*graph.Value
	slots     []int // of the inputs, in their order
	names     []string
	constants map[*Value]*graph.Value
	exact     map[*graph.Value]*graph.Value // the float32 that integers were made of, and equal
}

func newSegment() *segment {
	return &segment{builder: graph.NewBuilder(), inputs: map[*val]*graph.Value{},
		constants: map[*Value]*graph.Value{}, exact: map[*graph.Value]*graph.Value{}}
}

// value returns what stands for a value in the segment's graph.
func (s *segment) value(v *val) *graph.Value {
	if v.constant != nil {
		if s.constants[v.constant] == nil {
			s.constants[v.constant] = s.builder.Constant(v.constant.array)
		}
		return s.constants[v.constant]
	}
	if v.node != nil {
		return v.node
	}
	if s.inputs[v] == nil {
		name := fmt.Sprintf("v%d", v.slot)
		t := graph.Type{DType: v.element.storage(), Shape: graph.ShapeOf(v.shape...)}
		s.inputs[v] = s.builder.Input(name, t)
		s.slots, s.names = append(s.slots, v.slot), append(s.names, name)
	}
	return s.inputs[v]
}

// tracer plans a run while it happens: it goes through the nodes, with the run's inputs at hand, and
// builds the graphs of programs. Where it has to know data, it cuts: the program so far is compiled
// and run.
type tracer struct {
	*segment
	machine *machine
	stack   []*scope
	at      *plan   // the one that is being made
	path    []*plan // those that the run has gone through already
	slots   int
}

// trace makes the plans of a run that are not there yet, runs them, and returns the outputs. The run
// has gone through path already.
func (m *machine) trace(root *plan, inputs []*Value, constant []bool, path []*plan) ([]*Value, error) {
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
		s.set(name, outputs[i])
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

// resolve returns an attribute, or the one of the function's call that it refers to, nil if there is
// none.
func (s *scope) resolve(a *proto.Attribute) *proto.Attribute {
	if a.Reference == "" {
		return a
	}
	return s.attributes[a.Reference]
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
	program, err := t.program(rewrite.All)
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
		p.results = append(p.results, result{v.slot, newTensor(v.element, a)})
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
	return exec.Compile(g, t.machine.session.engines, nil)
}

// needValue is the panic of a node that has to know the elements of a value.
type needValue struct{ v *val }

// failure is the panic of a node that finds something wrong.
type failure struct{ err error }

// apply plans a node of an operator: from the beginning again whenever it asks for a value.
func (t *tracer) apply(c *call) (outputs []*val, err error) {
	for {
		c.outputs = make([]*val, len(c.node.proto.Outputs))
		need, err := t.attempt(c)
		switch {
		case err != nil:
			return nil, c.node.error(c.inputs, err)
		case need == nil:
			return c.outputs, nil
		}
		if err := t.read(need); err != nil {
			return nil, err
		}
	}
}

// read cuts in order to know the elements of a value.
func (t *tracer) read(v *val) error {
	err := t.cut(func() event { return &reading{[]int{v.slot}} })
	if err == nil {
		v.constant = t.machine.env[v.slot].clone()
	}
	return err
}

// attempt plans a node, and returns the value that it lacks, if it does.
func (t *tracer) attempt(c *call) (need *val, err error) {
	depth := len(t.stack)
	defer func() {
		switch r := recover().(type) {
		case nil:
		case needValue:
			need = r.v
		case failure:
			err = r.err
		default: // of a check within an operator
			err = fmt.Errorf("%v", r)
		}
		t.stack = t.stack[:depth]
	}()
	constant := !slices.ContainsFunc(c.inputs, func(v *val) bool {
		return v != nil && v.constant == nil
	})
	switch {
	case c.isHost():
		return nil, t.host(c, constant && !c.node.op.impure && len(c.node.captures) == 0)
	case constant && !c.node.op.impure:
		if done, err := t.fold(c); done || err != nil {
			return nil, err
		}
	}
	c.node.op.translate(c)
	return nil, t.builder.Err()
}

// foldLimit bounds what constants that are computed beforehand may take, beyond twice their inputs.
const foldLimit = 1 << 16

// fold computes a node of constants, unless its outputs are large.
func (t *tracer) fold(c *call) (done bool, err error) {
	outer := t.segment
	t.segment = newSegment()
	defer func() { t.segment = outer }()
	c.node.op.translate(c)
	if err := t.builder.Err(); err != nil {
		return false, err
	}
	size, limit := 0, foldLimit
	for _, v := range c.inputs {
		if v != nil {
			limit += 2 * sizeOf(v.shape) * max(v.element.storage().Bytes(), 1)
		}
	}
	var computed []*val
	for _, v := range c.outputs {
		if v != nil && v.constant == nil {
			size += sizeOf(v.shape) * v.element.storage().Bytes()
			t.builder.Output(fmt.Sprintf("o%d", len(computed)), v.node)
			computed = append(computed, v)
		}
	}
	if size > limit {
		c.outputs = make([]*val, len(c.outputs))
		return false, nil
	}
	if len(computed) == 0 {
		return true, nil
	}
	// What runs once is not worth rewriting.
	program, err := t.program(func(g *graph.Graph) (*graph.Graph, error) { return g, nil })
	if err == nil {
		err = program.Run()
	}
	for i, v := range computed {
		if err != nil {
			return false, err
		}
		var a *tensor.Array
		if a, err = program.Output(fmt.Sprintf("o%d", i)); err == nil {
			v.constant, v.node = newTensor(v.element, a).clone(), nil
		}
	}
	return true, err
}

// host plans a node that is computed between graphs.
func (t *tracer) host(c *call, constant bool) error {
	h := &hostCall{call: c, session: t.machine.session, inputs: make([]*Value, len(c.inputs))}
	if constant {
		for i, v := range c.inputs {
			if v != nil {
				h.inputs[i] = v.constant
			}
		}
		outputs, err := h.run()
		if err != nil {
			return err
		}
		for i := range min(len(outputs), len(c.outputs)) {
			c.outputs[i] = constantVal(outputs[i])
		}
		return nil
	}
	e := &hosting{call: h}
	err := t.cut(func() event {
		for _, v := range c.inputs {
			e.inputs = append(e.inputs, refOf(v))
		}
		for _, name := range c.node.captures {
			v := c.scope.get(name)
			e.capture = append(e.capture, refOf(v))
			h.names = append(h.names, name)
			h.constant = append(h.constant, v == nil || v.constant != nil)
		}
		h.captured = make([]*Value, len(e.capture))
		for _, name := range c.node.proto.Outputs {
			slot := -1
			if name != "" {
				slot = t.slots
				t.slots++
			}
			e.outputs = append(e.outputs, slot)
		}
		return e
	})
	if err != nil {
		return err
	}
	for i, slot := range e.outputs {
		if slot >= 0 {
			v := t.machine.env[slot]
			c.outputs[i] = &val{kind: v.kind, element: v.element, shape: v.shape, slot: slot}
		}
	}
	return nil
}
