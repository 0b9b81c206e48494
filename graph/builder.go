package graph

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"simdnn/tensor"
)

// Builder builds a graph. The first mistake ends it: later calls return values without a type, and
// [Builder.Graph] returns the error. So code that builds a graph needs no checks of its own.
type Builder struct {
	graph     Graph
	values    int
	inputs    map[string]*Value
	variables map[string]*Value
	scope     []string
	streams   map[string]int // random streams of each scope
	store     map[string]*Variable
	training  bool
	err       error
}

// NewBuilder returns a builder of an empty graph.
//
//go:noinline
func NewBuilder() *Builder {
	return &Builder{inputs: map[string]*Value{}, variables: map[string]*Value{},
		streams: map[string]int{}, store: map[string]*Variable{}}
}

// Share lets [Builder.Stored] find variables in a store, by name, and add those that it makes.
// Graphs that are built with one store share its variables: a step of training and the graph that
// predicts.
func (b *Builder) Share(store map[string]*Variable) { b.store = store }

// Graph returns the graph, or the first mistake that was made in building it.
func (b *Builder) Graph() (*Graph, error) {
	g, err := b.built()
	if err == nil {
		err = g.Check()
	}
	if err != nil {
		return nil, err
	}
	return g, nil
}

// built is Graph for one that was built of a graph, and needs no check.
func (b *Builder) built() (*Graph, error) {
	if b.err != nil {
		return nil, b.err
	}
	g := b.graph
	g.values = b.values
	return &g, nil
}

// Err returns the first mistake that was made so far.
func (b *Builder) Err() error { return b.err }

// Fail ends the building with an error that names the scope. Only the first counts.
func (b *Builder) Fail(format string, args ...any) {
	if b.err != nil {
		return
	}
	where := ""
	if scope := b.Scope(); scope != "" {
		where = scope + ": "
	}
	b.err = fmt.Errorf("graph: %s%w", where, fmt.Errorf(format, args...))
}

// SetTraining says whether the graph is for training: layers such as dropout ask for it.
func (b *Builder) SetTraining(training bool) { b.training = training }

// Training reports whether the graph is for training.
func (b *Builder) Training() bool { return b.training }

// Scope returns the path of the layers that are being applied: "encoder.0".
func (b *Builder) Scope() string { return strings.Join(b.scope, ".") }

// In calls f within a scope: names of variables and nodes begin with it.
func (b *Builder) In(scope string, f func()) {
	b.scope = append(b.scope, scope)
	defer func() { b.scope = b.scope[:len(b.scope)-1] }()
	f()
}

// Stream returns the number of a random stream: a function of the scope and of how many it has
// asked for, so that layers elsewhere don't change it.
func (b *Builder) Stream() uint64 {
	scope := b.Scope()
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", scope, b.streams[scope])
	b.streams[scope]++
	return h.Sum64()
}

// Input returns an array that the caller gives for each run. Names are unique.
func (b *Builder) Input(name string, t Type) *Value {
	if _, ok := b.inputs[name]; ok || name == "" {
		b.Fail("two inputs of the name %q, or an input without one", name)
	}
	v := b.source(&Value{kind: Input, name: name, typ: t})
	b.inputs[name] = v
	return v
}

// Constant returns an array that is part of the graph. It must not change.
func (b *Builder) Constant(a *tensor.Array) *Value {
	if a == nil {
		b.Fail("a constant without an array")
		return &Value{id: -1}
	}
	return b.source(&Value{kind: Constant, constant: a,
		typ: Type{a.DType(), ShapeOf(a.Shape()...)}})
}

// Lazy returns a constant whose array is made when it is needed.
func (b *Builder) Lazy(l *tensor.Lazy) *Value {
	return b.source(&Value{kind: Constant, lazy: l, typ: Type{l.DType(), ShapeOf(l.Shape()...)}})
}

// copyConstant returns a constant that shares the array of another graph's.
func (b *Builder) copyConstant(v *Value) *Value {
	return b.source(&Value{kind: Constant, constant: v.constant, lazy: v.lazy, typ: v.typ})
}

// Variable returns the value that a variable has when a run begins. The same variable gives the
// same value each time; two variables of one name are an error.
func (b *Builder) Variable(variable *Variable) *Value {
	if variable == nil || variable.Value == nil {
		b.Fail("a variable without an array: %+v", variable)
		return &Value{id: -1}
	}
	if v, ok := b.variables[variable.Name]; ok {
		if v.variable != variable {
			b.Fail("two variables of the name %q, %v and %v", variable.Name, v.typ, variable.Type())
		}
		return v
	}
	v := b.source(&Value{kind: VariableValue, variable: variable, typ: variable.Type()})
	b.variables[variable.Name] = v
	return v
}

// Stored returns the value of the variable of that name in the store, see [Builder.Share]. If it
// has none, make makes it.
func (b *Builder) Stored(name string, make func() *Variable) *Value {
	v, ok := b.store[name]
	if !ok {
		v = make()
		b.store[name] = v
	}
	return b.Variable(v)
}

// source adds a value that no node computes.
func (b *Builder) source(v *Value) *Value {
	v.id = b.values
	b.values++
	b.graph.sources = append(b.graph.sources, v)
	return v
}

// Output names a value that the graph computes for its caller. Names are unique.
func (b *Builder) Output(name string, v *Value) {
	for _, o := range b.graph.outputs {
		if o.Name == name {
			b.Fail("two outputs of the name %q", name)
		}
	}
	b.graph.outputs = append(b.graph.outputs, Output{name, v})
}

// Update lets a variable take a value when a run ends.
func (b *Builder) Update(variable, v *Value) {
	switch {
	case b.err != nil:
	case variable == nil || v == nil:
		b.Fail("an update of %v by %v: one is missing", variable, v)
	case variable.kind != VariableValue:
		b.Fail("an update of %v, which is not a variable", variable)
	case !variable.typ.Equal(v.typ):
		b.Fail("an update of %v by %v", variable, v)
	}
	if b.IsUpdated(variable) {
		b.Fail("two updates of %v", variable)
	}
	b.graph.updates = append(b.graph.updates, Update{variable, v})
}

// IsUpdated reports whether a variable takes another value when a run ends.
func (b *Builder) IsUpdated(variable *Value) bool {
	return slices.ContainsFunc(b.graph.updates, func(u Update) bool { return u.Variable == variable })
}

// Next returns the value that a variable has when a run has ended: its own if nothing updates it.
func (b *Builder) Next(variable *Value) *Value {
	for _, u := range b.graph.updates {
		if u.Variable == variable {
			return u.Value
		}
	}
	return variable
}

// Apply adds a node and returns its only output.
func (b *Builder) Apply(o Operator, inputs ...*Value) *Value {
	outputs := b.ApplyAll(o, inputs...)
	if len(outputs) != 1 {
		b.Fail("%s has %d outputs, not one", o.Name(), len(outputs))
		return &Value{id: -1}
	}
	return outputs[0]
}

// ApplyAll adds a node and returns its outputs.
func (b *Builder) ApplyAll(o Operator, inputs ...*Value) []*Value {
	if b.err != nil {
		return []*Value{{id: -1}}
	}
	if o == nil {
		b.Fail("a node without an operator")
		return []*Value{{id: -1}}
	}
	n := &Node{Operator: o, Inputs: inputs, Scope: b.Scope(), index: len(b.graph.nodes)}
	outputs, err := n.infer(types(inputs))
	if err != nil {
		b.err = fmt.Errorf("graph: %w", err)
		return []*Value{{id: -1}}
	}
	for i, t := range outputs {
		n.Outputs = append(n.Outputs, &Value{id: b.values, typ: t, node: n, output: i})
		b.values++
	}
	b.graph.nodes = append(b.graph.nodes, n)
	return n.Outputs
}

// Infer returns the types of the node's outputs for inputs of these types. Its error names the
// node, its operator and the types.
func (n *Node) Infer(inputs []Type) ([]Type, error) {
	t, err := n.infer(inputs)
	if err != nil {
		return nil, fmt.Errorf("graph: %w", err)
	}
	return t, nil
}

func (n *Node) infer(inputs []Type) ([]Type, error) {
	for i, v := range n.Inputs {
		if v == nil || v.id < 0 {
			return nil, fmt.Errorf("%v: input %d is missing", n, i)
		}
	}
	outputs, err := n.Operator.Infer(inputs)
	if err != nil {
		names := make([]string, len(inputs))
		for i, t := range inputs {
			names[i] = n.Inputs[i].Name() + ": " + t.String()
		}
		return nil, fmt.Errorf("%v of %s: %w", n, strings.Join(names, ", "), err)
	}
	if len(outputs) == 0 {
		return nil, errors.New(n.String() + " has no outputs")
	}
	return outputs, nil
}
