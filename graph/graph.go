// Package graph holds computations as data: typed values, the nodes that compute them, and the
// variables that outlive a run. A graph can be checked, printed, drawn, saved and walked; its
// gradients are derived from those of its operators. The package knows no operator: those are in
// graph/op, and graph/exec runs graphs.
//
// A graph is built by a [Builder], node by node, so its nodes are in an order in which they can
// run. A value is never changed once it is computed: a training step computes the next value of a
// variable, and [Builder.Update] says that it takes the variable's place when the run ends.
package graph

import (
	"fmt"
	"slices"
	"strings"

	"simdnn/tensor"
)

// Graph is a computation.
type Graph struct {
	sources []*Value // inputs, variables and constants, in the order in which they were made
	nodes   []*Node
	outputs []Output
	updates []Update
	values  int // the numbers of values are below it
}

// Sources returns the inputs, variables and constants in the order in which they were made.
func (g *Graph) Sources() []*Value { return g.sources }

// Nodes returns the nodes in an order in which they can run.
func (g *Graph) Nodes() []*Node { return g.nodes }

// Outputs returns what the graph computes for its caller.
func (g *Graph) Outputs() []Output { return g.outputs }

// Updates returns what becomes of variables when a run ends.
func (g *Graph) Updates() []Update { return g.updates }

// Inputs returns the values that the caller gives for a run.
func (g *Graph) Inputs() []*Value {
	return slices.DeleteFunc(slices.Clone(g.sources), func(v *Value) bool { return v.kind != Input })
}

// Variables returns what outlives a run, in the order in which the graph uses it first.
func (g *Graph) Variables() []*Variable {
	var variables []*Variable
	for _, v := range g.sources {
		if v.kind == VariableValue {
			variables = append(variables, v.variable)
		}
	}
	return variables
}

// Check returns an error if an input has a negative dimension, or if a node, an output or an update
// takes a value that nothing before it gives: one of another graph or, after somebody changed a
// node's inputs, one of a cycle.
func (g *Graph) Check() error {
	known := make([]*Value, g.values)
	for _, v := range g.sources {
		if slices.ContainsFunc(v.typ.Shape, Dim.isNegative) {
			return fmt.Errorf("graph: the input %q has the shape %v", v.name, v.typ.Shape)
		}
		known[v.id] = v
	}
	isKnown := func(v *Value) bool { return v != nil && v.id >= 0 && v.id < g.values && known[v.id] == v }
	for _, n := range g.nodes {
		for i, v := range n.Inputs {
			if !isKnown(v) {
				return fmt.Errorf("graph: %v: its input %d, %v, is computed after it, in a cycle, or in "+
					"another graph", n, i, v)
			}
		}
		for _, v := range n.Outputs {
			known[v.id] = v
		}
	}
	for _, o := range g.outputs {
		if !isKnown(o.Value) {
			return fmt.Errorf("graph: the output %q is %v of another graph", o.Name, o.Value)
		}
	}
	for _, u := range g.updates {
		if !isKnown(u.Variable) || !isKnown(u.Value) {
			return fmt.Errorf("graph: the update of %v by %v of another graph", u.Variable, u.Value)
		}
	}
	return nil
}

// Output is a value that a graph computes for its caller, with a name.
type Output struct {
	Name  string
	Value *Value
}

// Update says that a variable takes the value when a run ends.
type Update struct {
	Variable *Value
	Value    *Value
}

// Kind says where a value comes from.
type Kind uint8

// A value is the output of a node, an input that the caller gives for a run, a variable as it is
// when a run begins, or a constant.
const (
	Computed Kind = iota
	Input
	VariableValue
	Constant
)

// Value is an array that a node computes, or that a graph is given.
type Value struct {
	kind     Kind
	id       int // in the graph
	typ      Type
	name     string // of an input
	node     *Node  // that computes it
	output   int    // which of that node's outputs it is
	variable *Variable
	constant *tensor.Array
	lazy     *tensor.Lazy // of a constant, in place of the array
}

// Kind says where the value comes from.
func (v *Value) Kind() Kind { return v.kind }

// Type returns the element type and the shape.
func (v *Value) Type() Type { return v.typ }

// Shape returns the shape.
func (v *Value) Shape() Shape { return v.typ.Shape }

// DType returns the type of the elements.
func (v *Value) DType() tensor.DType { return v.typ.DType }

// Node returns the node that computes the value, nil if none does, and which of its outputs it is.
func (v *Value) Node() (n *Node, output int) { return v.node, v.output }

// Variable returns the variable of that kind of value, else nil.
func (v *Value) Variable() *Variable { return v.variable }

// Constant returns the array of a constant, else nil. A lazy one is made now if nobody has it.
//
//go:noinline
func (v *Value) Constant() *tensor.Array {
	if v.lazy != nil {
		return v.lazy.Array()
	}
	return v.constant
}

// Lazy returns what makes the array of a lazy constant, else nil.
func (v *Value) Lazy() *tensor.Lazy { return v.lazy }

// Name returns what errors and printed graphs call the value: the name of an input or a variable,
// else its number.
//
//go:noinline
func (v *Value) Name() string {
	switch v.kind {
	case Input:
		return v.name
	case VariableValue:
		return v.variable.Name
	}
	return fmt.Sprintf("%%%d", v.id)
}

// String returns the name and the type: "%3: float32[batch 64]".
func (v *Value) String() string { return v.Name() + ": " + v.typ.String() }

// Node is an operator with its inputs and outputs.
type Node struct {
	Operator Operator
	Inputs   []*Value
	Outputs  []*Value
	// Scope is the path of the layer that made the node: "encoder.0.fc1".
	Scope string

	index int // in the graph
}

// String returns the node's number, scope and operator: "node 4 (fc1, matmul)".
func (n *Node) String() string {
	if n.Scope == "" {
		return fmt.Sprintf("node %d (%s)", n.index, n.Operator.Name())
	}
	return fmt.Sprintf("node %d (%s, %s)", n.index, n.Scope, n.Operator.Name())
}

// types returns the types of values, the zero type of one that is missing.
func types(values []*Value) []Type {
	t := make([]Type, len(values))
	for i, v := range values {
		if v != nil {
			t[i] = v.typ
		}
	}
	return t
}

// Role says what a variable is for.
type Role uint8

// Training changes a parameter by its gradient. A buffer, such as a running mean, and an
// optimizer's state are changed by the graph itself.
const (
	Parameter Role = iota
	Buffer
	State
)

var roles = [...]string{Parameter: "parameter", Buffer: "buffer", State: "state"}

// String returns "parameter", "buffer" or "state".
func (r Role) String() string { return roles[r] }

// Variable is an array that outlives a run. Graphs that hold it share it.
type Variable struct {
	Name  string
	Role  Role
	Value *tensor.Array
}

// Type returns the element type and the shape.
func (v *Variable) Type() Type { return Type{v.Value.DType(), ShapeOf(v.Value.Shape()...)} }

// Join returns the path of a name within a scope: "encoder.0" and "fc1" give "encoder.0.fc1".
func Join(scope, name string) string { return strings.Trim(scope+"."+name, ".") }
