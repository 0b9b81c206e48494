package plan

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/rewrite"
	"simdnn/onnx/internal/file"
	"simdnn/onnx/internal/lengths"
	"simdnn/onnx/internal/proto"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// KeepWhole says that what the node becomes in programs is nothing that files hold, such as
// operators of this module's or weights that were packed. A graph then has the node as one operator
// of its own, of which it can be written as the node that it was.
func (c *Call) KeepWhole() { c.whole = true }

// wholeNode is a node of a model as one operator of graphs. Its inputs are those of the node that
// are there. It has no gradient.
type wholeNode struct{ *wholeInfo }

type wholeInfo struct {
	session *Session
	node    *file.Node
	scope   *Scope // of attributes of a function's call
	inputs  []*Val // constants, and of others the types; nil where there is none
	outputs []bool // which are there
}

// Name returns ONNX's name of the operator.
func (o wholeNode) Name() string { return o.node.Proto.Operator }

// String returns the name.
func (o wholeNode) String() string { return o.Name() }

// MarshalJSON returns an error: what such a node computes hangs on its model.
func (o wholeNode) MarshalJSON() ([]byte, error) {
	return nil, errors.New("a node of an ONNX model that graphs have no operators for is kept by " +
		"ONNX files alone: write the graph with onnx/export")
}

// Infer returns the types of the outputs, for open dimensions by what they are for two lengths.
func (o wholeNode) Infer(in []graph.Type) ([]graph.Type, error) {
	open := lengths.Of(in)
	var types [2][]graph.Type
	for which := range types {
		if len(open) == 0 && which > 0 {
			return types[0], nil
		}
		_, outputs, err := o.translated(lengths.At(in, open, which))
		if err != nil {
			return nil, err
		}
		for _, v := range outputs {
			if v == nil {
				continue
			}
			types[which] = append(types[which], v.Type())
		}
	}
	for i, first := range types[0] {
		shape, other := slices.Clone(first.Shape), types[1][i].Shape
		if len(shape) != len(other) {
			return nil, fmt.Errorf("it gives %v or %v", first, types[1][i])
		}
		for d, n := range other {
			shape[d] = lengths.DimOf(open, shape[d], n)
		}
		types[0][i].Shape = shape
	}
	return types[0], nil
}

// translated returns the builder of a graph of operators for inputs of some types, and the node's
// outputs, nil for those that are not there.
func (o wholeNode) translated(in []graph.Type) (*graph.Builder, []*graph.Value, error) {
	t := &Tracer{segment: newSegment(), Machine: &Machine{Session: o.session}}
	c := &Call{Tracer: t, Scope: o.scope, Node: o.node, Inputs: make([]*Val, len(o.inputs)),
		outputs: make([]*Val, len(o.outputs))}
	for i, v := range o.inputs {
		switch {
		case v == nil:
			continue
		case v.Constant != nil:
			c.Inputs[i] = ConstantVal(v.Constant)
		default:
			shape, known := in[0].Shape.Ints()
			if !known {
				return nil, nil, fmt.Errorf("an input of %v", in[0])
			}
			x := t.builder.Input(inputName(i), in[0])
			c.Inputs[i] = &Val{Element: v.Element, Shape: shape, Node: x, slot: -1}
		}
		in = in[1:]
	}
	need, err := t.attempt(c)
	if need != nil {
		err = errors.New("what it gives depends on data")
	}
	if err != nil {
		return nil, nil, err
	}
	outputs := make([]*graph.Value, len(o.outputs))
	for i, v := range c.outputs {
		switch {
		case !o.outputs[i]:
		case v == nil || !isStored(v):
			return nil, nil, fmt.Errorf("its output %d is %v", i, v)
		default:
			outputs[i] = t.Value(v)
		}
	}
	return t.builder, outputs, nil
}

func inputName(i int) string { return fmt.Sprintf("i%d", i) }

// Bind returns a step that runs a program of its own.
func (o wholeNode) Bind(b *graph.Binding) (graph.Step, error) {
	types := make([]graph.Type, len(b.Inputs))
	for i, a := range b.Inputs {
		types[i] = graph.Type{DType: a.DType(), Shape: graph.ShapeOf(a.Shape()...)}
	}
	builder, outputs, err := o.translated(types)
	if err != nil {
		return nil, err
	}
	var results []*graph.Value
	for _, v := range outputs {
		if v != nil {
			builder.Output(fmt.Sprintf("o%d", len(results)), v)
			results = append(results, v)
		}
	}
	p, err := o.program(builder, exec.Engines{Float32: b.Float32, Float64: b.Float64})
	if err != nil {
		return nil, err
	}
	b.Shared = b.Float32.Threads() > 1
	return o.step(b, p, len(results))
}

// program compiles the node's own graph.
func (o wholeNode) program(builder *graph.Builder, e exec.Engines) (p *exec.Program, err error) {
	defer recovered(&err)
	g, err := builder.Graph()
	if err != nil {
		return nil, err
	}
	s := &Session{engines: e, packing: rewrite.NewPacking(e.Float32, e.Float64)}
	if g, err = s.rewritten(g); err != nil {
		return nil, err
	}
	return exec.CompileIn(&exec.Arena{Limit: o.session.memory}, g, e, nil)
}

// step lets a program have the inputs' elements, and copies its outputs.
func (o wholeNode) step(b *graph.Binding, p *exec.Program, results int) (graph.Step, error) {
	var shown [][2]*tensor.Array
	at := 0
	for i, v := range o.inputs {
		if v == nil {
			continue
		}
		if a, err := p.Input(inputName(i)); err == nil { // not of a constant, or one that isn't read
			shown = append(shown, [2]*tensor.Array{a, b.Inputs[at]})
		}
		at++
	}
	var copies []func()
	for i := range results {
		a, err := p.Output(fmt.Sprintf("o%d", i))
		if err != nil {
			return nil, err
		}
		copies = append(copies, tensor.Copier(b.Outputs[i], a))
	}
	return func() {
		for _, s := range shown {
			s[0].Show(s[1])
		}
		if err := p.Run(); err != nil {
			b.Fail(err)
			return
		}
		for _, f := range copies {
			f()
		}
	}, nil
}

// FileNode returns the node as the file had it, with its attributes, and the version of its
// domain's operators. Of its inputs and outputs those are named that are there.
func (o wholeNode) FileNode() (n *proto.Node, version int) {
	made := &proto.Node{Operator: o.node.Proto.Operator, Domain: file.DomainOf(o.node.Proto.Domain),
		Inputs: make([]string, len(o.inputs)), Outputs: make([]string, len(o.outputs))}
	for i, v := range o.inputs {
		if v != nil {
			made.Inputs[i] = inputName(i)
		}
	}
	for i, is := range o.outputs {
		if is {
			made.Outputs[i] = fmt.Sprintf("o%d", i)
		}
	}
	for _, a := range o.node.Proto.Attributes {
		if r := o.scope.Resolve(a); r != nil {
			named := *r
			named.Name, named.Reference = a.Name, ""
			made.Attributes = append(made.Attributes, &named)
		}
	}
	return made, o.node.Version
}

// keepWhole makes a node's outputs those of one operator, if graphs have its inputs and outputs.
// Weights that it reads become constants, since it may have packed them.
func (t *Tracer) keepWhole(c *Call) error {
	o := wholeNode{&wholeInfo{session: t.Machine.Session, node: c.Node,
		scope:  &Scope{attributes: c.Scope.attributes},
		inputs: make([]*Val, len(c.Inputs)), outputs: make([]bool, len(c.outputs))}}
	var inputs []*graph.Value
	for i, v := range c.Inputs {
		if v == nil {
			continue
		}
		if !isStored(v) {
			return nil
		}
		if v.Node != nil && v.Constant == nil {
			var weights needsWeights
			if errors.As(t.translation.elements(v), &weights) && len(weights) > 0 {
				return weights
			}
		}
		o.inputs[i] = &Val{Element: v.Element, Constant: v.Constant}
		inputs = append(inputs, t.Value(v))
	}
	for i, v := range c.outputs {
		if o.outputs[i] = c.Node.Proto.Outputs[i] != ""; !o.outputs[i] {
			continue
		}
		if v == nil || !isStored(v) {
			return nil
		}
	}
	o = t.translation.sameNode(o)
	made := t.builder.ApplyAll(o, inputs...)
	for i, v := range c.outputs {
		if o.outputs[i] {
			c.outputs[i] = &Val{Element: v.Element, Shape: v.Shape, Node: made[0], slot: -1}
			made = made[1:]
		}
	}
	return t.builder.Err()
}

// isStored reports whether graphs have tensors of a value's element type as what they are.
func isStored(v *Val) bool {
	return v.Kind == value.TensorKind && v.texts == nil &&
		v.Element.Storage() != tensor.InvalidDType && value.ElementOf(v.Element.Storage()) == v.Element
}

// sameNode returns the operator that a node became before, for other lengths, if it is the same for
// these; else the one that is given.
func (t *translation) sameNode(o wholeNode) wholeNode {
	for _, before := range t.whole {
		if before.node == o.node && slices.Equal(before.outputs, o.outputs) &&
			slices.EqualFunc(before.inputs, o.inputs, sameInput) && before.sameAttributes(o) {
			return before
		}
	}
	t.whole = append(t.whole, o)
	return o
}

// sameAttributes reports whether two calls of the node have the same attributes.
func (o wholeNode) sameAttributes(other wholeNode) bool {
	return !slices.ContainsFunc(o.node.Proto.Attributes, func(a *proto.Attribute) bool {
		return o.scope.Resolve(a) != other.scope.Resolve(a)
	})
}

// sameInput reports whether two inputs of a node are equal constants, or none.
func sameInput(v, w *Val) bool {
	if v == nil || w == nil || v.Constant == nil || w.Constant == nil {
		return v == w || v != nil && w != nil && v.Constant == w.Constant && v.Element == w.Element
	}
	a, b := v.Constant.Array(), w.Constant.Array()
	return a == b || v.Element == w.Element && a.SameShape(b) && bytes.Equal(a.Bytes(), b.Bytes())
}
