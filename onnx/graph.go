package onnx

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"simdnn/graph"
	"simdnn/graph/rewrite"
	"simdnn/onnx/internal/proto"
	"simdnn/tensor"
)

// GraphOptions say what graph [Model.Graph] returns. The zero value is right for models whose
// inputs have no open dimensions but the first, which is taken for the batch, and those with a
// name.
type GraphOptions struct {
	// Shapes gives inputs, by name, their dimensions, of which −1 is the batch, and −2 one that stays
	// open by the name that the file gives it; they may differ from what the file declares. An input
	// that is not here has the dimensions that the file declares: the first one is the batch if it is
	// open there, and no other dimension has its name.
	Shapes map[string][]int
	// Values gives inputs that are always the same, such as a rate of samples. They are not inputs
	// of the graph.
	Values map[string]*Value
	// Outputs names the values that the graph computes, any of the model's: with the one before the
	// last layer, that layer is cut off. Nil stands for the model's outputs.
	Outputs []string
}

// Batch is the name that the first open dimension has in graphs.
const Batch = "batch"

// Graph returns the model as a graph that can be changed and trained, see package nn. Inputs and
// outputs have the names that the file gives them. Its weights become variables of their names:
// tensors of float32 or float64, with at least one dimension, that no shape depends on; those that
// the file has as a constant's attribute, too, if they have several elements. They are parameters,
// but for the moments of batch normalisations, which are buffers. They are copies: training changes
// neither the model nor what runs it.
//
// The graph is for batches of any size, and for any length of other open dimensions. To find out
// what depends on them, the model is translated for two lengths of each; where the two differ in
// what can't be said for any, the error names the node. So it does where a shape depends on data,
// or an If on an input that Values doesn't give; what depends on constants alone is computed
// beforehand.
func (m *Model) Graph(o GraphOptions) (*graph.Graph, error) {
	g, err := m.buildGraph(o)
	if err != nil {
		return nil, fmt.Errorf("onnx: %s: %w", m.name, err)
	}
	return g, nil
}

func (m *Model) buildGraph(o GraphOptions) (*graph.Graph, error) {
	t, err := m.newTranslation(o)
	if err != nil {
		return nil, err
	}
	first, err := t.graph(0)
	if err != nil || len(t.open) == 0 {
		return first, err
	}
	second, err := t.graph(1)
	if err != nil {
		return nil, err
	}
	return forAnyLength(first, second, t.open)
}

// translation is a model on its way to a graph.
type translation struct {
	model   *Model
	options GraphOptions
	root    *graphInfo // of the nodes that the outputs need
	inputs  []translatedInput
	open    []openDim
	// variables are the weights, by name, and nil for those that have to be constants.
	variables map[string]*graph.Variable
	buffers   map[string]bool
}

// translatedInput is an input of the graph.
type translatedInput struct {
	name    string
	element ElementType
	shape   graph.Shape
}

func (m *Model) newTranslation(o GraphOptions) (*translation, error) {
	t := &translation{model: m, options: o, variables: map[string]*graph.Variable{},
		buffers: map[string]bool{}}
	for name := range o.Shapes {
		if !m.graph.hasInput(name) {
			return nil, fmt.Errorf("it has no input %q; it has %s", name, m.inputNames())
		}
	}
	for name := range o.Values {
		if !m.graph.hasInput(name) {
			return nil, fmt.Errorf("it has no input %q; it has %s", name, m.inputNames())
		}
	}
	var err error
	if t.root, err = m.graph.upTo(o.Outputs); err != nil {
		return nil, err
	}
	inner := m.graph.innerNames()
	for _, in := range m.graph.inputs {
		if o.Values[in.Name] != nil || m.graph.given[in.Name] {
			continue
		}
		made, err := inputOf(in, o.Shapes[in.Name], inner)
		if err == nil {
			err = t.addOpen(made.shape)
		}
		if err != nil {
			return nil, err
		}
		t.inputs = append(t.inputs, made)
	}
	for _, n := range t.root.nodes {
		if n.op != nil && n.op.name == "BatchNormalization" {
			t.buffers[n.proto.Inputs[3]], t.buffers[n.proto.Inputs[4]] = true, true
		}
	}
	return t, nil
}

func (g *graphInfo) hasInput(name string) bool {
	return slices.ContainsFunc(g.inputs, func(v *proto.ValueInfo) bool { return v.Name == name })
}

// innerNames returns the names that dimensions of inputs have behind the first one.
func (g *graphInfo) innerNames() map[string]bool {
	names := map[string]bool{}
	for _, in := range g.inputs {
		if in.Type == nil {
			continue
		}
		for i, d := range in.Type.Shape {
			if name := nameOf(d); i > 0 && name != "" {
				names[name] = true
			}
		}
	}
	return names
}

// nameOf returns the name of an open dimension, "" if it has none that graphs may use.
func nameOf(d proto.Dim) string {
	if d.HasValue && d.Value >= 0 || d.Symbol == "?" || strings.Contains(d.Symbol, "·") {
		return ""
	}
	return d.Symbol
}

// inputOf returns an input with the dimensions that are given, or declared. Names of inner
// dimensions are not the batch's.
func inputOf(in *proto.ValueInfo, given []int, inner map[string]bool) (translatedInput, error) {
	t := translatedInput{name: in.Name}
	if in.Type == nil || in.Type.Kind != proto.TensorKind {
		return t, fmt.Errorf("the input %q is %s, not a tensor: give it in Values", in.Name,
			describe(in.Type))
	}
	t.element = ElementType(in.Type.Element)
	if t.element.storage() == tensor.InvalidDType {
		return t, fmt.Errorf("the input %q is %s: give it in Values", in.Name, describe(in.Type))
	}
	declared := in.Type.Shape
	if given == nil && !in.Type.Ranked {
		return t, fmt.Errorf("the dimensions of the input %q are not declared: give them in Shapes",
			in.Name)
	}
	if given == nil {
		for i, d := range declared {
			switch {
			case d.HasValue && d.Value >= 0:
				given = append(given, int(d.Value))
			case i == 0 && !inner[nameOf(d)]:
				given = append(given, -1)
			default:
				given = append(given, -2)
			}
		}
	}
	for i, n := range given {
		d := graph.Fixed(n)
		switch {
		case n == -1:
			d = graph.Symbol(Batch)
		case n < -2 || n == -2 && (i >= len(declared) || nameOf(declared[i]) == ""):
			return t, fmt.Errorf("the input %q is %s: give its dimensions in Shapes", in.Name,
				describe(in.Type))
		case n == -2:
			d = graph.Symbol(nameOf(declared[i]))
		}
		t.shape = append(t.shape, d)
	}
	return t, nil
}

// upTo returns the graph that computes values of these names, with no other nodes than that takes.
func (g *graphInfo) upTo(outputs []string) (*graphInfo, error) {
	if outputs == nil {
		return g, nil
	}
	needed, there := map[string]bool{}, map[string]bool{}
	for _, name := range outputs {
		needed[name] = true
	}
	part := *g
	part.outputs, part.nodes = outputs, nil
	for _, n := range slices.Backward(g.nodes) {
		isNeeded := false
		for _, out := range n.proto.Outputs {
			there[out] = true
			isNeeded = isNeeded || out != "" && needed[out]
		}
		if !isNeeded {
			continue
		}
		part.nodes = append(part.nodes, n)
		for _, in := range slices.Concat(n.proto.Inputs, n.captures) {
			needed[in] = true
		}
	}
	slices.Reverse(part.nodes)
	for _, name := range outputs {
		if !there[name] && !g.hasInput(name) && !g.given[name] || name == "" {
			return nil, fmt.Errorf("it has no value %q", name)
		}
	}
	return &part, nil
}

// graph returns the model's graph for the first or the second lengths of open dimensions. Weights
// whose elements a node has to know become constants, and it begins anew.
func (t *translation) graph(which int) (*graph.Graph, error) {
	for {
		g, err := t.attempt(which)
		var known needsWeights
		if !errors.As(err, &known) {
			return g, err
		}
		for _, name := range known {
			t.variables[name] = nil
		}
	}
}

// needsWeights says which weights a node has to know the elements of.
type needsWeights []string

// Error is never seen.
func (n needsWeights) Error() string { return fmt.Sprintf("the elements of %q", []string(n)) }

func (t *translation) attempt(which int) (*graph.Graph, error) {
	session := t.model.Session(SessionOptions{Threads: 1})
	tr := &tracer{segment: newSegment(), translation: t,
		machine: &machine{session: session, graph: t.root}}
	s := newScope(t.root, nil)
	for _, in := range t.root.initializers {
		s.set(in.name, tr.weight(in.name, constantVal(in.value), 1))
	}
	for _, in := range t.root.inputs {
		if v := t.options.Values[in.Name]; v != nil {
			s.set(in.Name, constantVal(v))
		}
	}
	for _, in := range t.inputs {
		shape := make([]int, len(in.shape))
		for i, d := range in.shape {
			n, known := d.Value()
			if shape[i] = n; !known {
				shape[i] = t.lengths(d)[which]
			}
		}
		v := tr.builder.Input(in.name, graph.Type{DType: in.element.storage(),
			Shape: graph.ShapeOf(shape...)})
		s.set(in.name, &val{element: in.element, shape: shape, node: v, slot: -1})
	}
	outputs, err := tr.graph(s)
	if err != nil {
		return nil, err
	}
	for i, v := range outputs {
		if v == nil || v.kind != TensorKind || v.element.storage() == tensor.InvalidDType {
			return nil, fmt.Errorf("the output %q is %v, which graphs don't have", t.root.outputs[i], v)
		}
		tr.builder.Output(t.root.outputs[i], tr.value(v))
	}
	g, err := tr.builder.Graph()
	if err != nil {
		return nil, err
	}
	return rewrite.Dead(g)
}

// weight returns the variable for a constant of the model's graph that can be one; else the
// constant. Those with fewer elements stay constants.
func (t *tracer) weight(name string, v *val, elements int) *val {
	if v == nil || v.constant == nil || v.kind != TensorKind || len(v.shape) == 0 ||
		v.element != Float && v.element != Double || v.constant.len() < elements {
		return v
	}
	variable, ok := t.translation.variables[name]
	if !ok {
		variable = &graph.Variable{Name: name, Value: v.constant.clone().array}
		if t.translation.buffers[name] {
			variable.Role = graph.Buffer
		}
		t.translation.variables[name] = variable
	}
	if variable == nil {
		return v
	}
	return &val{element: v.element, shape: v.shape, node: t.builder.Variable(variable), slot: -1}
}

// elements is the error that the elements of a value have to be known: those of the weights that it
// is computed from, if it is from nothing else.
func (t *translation) elements(v *val) error {
	weights, seen := map[string]bool{}, map[*graph.Value]bool{}
	var walk func(v *graph.Value) error
	walk = func(v *graph.Value) error {
		if seen[v] {
			return nil
		}
		seen[v] = true
		switch n, _ := v.Node(); {
		case v.Kind() == graph.VariableValue:
			weights[v.Name()] = true
		case v.Kind() == graph.Input:
			return fmt.Errorf("a shape depends on the elements of the input %q: give it in Values, if it "+
				"is always the same", v.Name())
		case n != nil:
			for _, in := range n.Inputs {
				if err := walk(in); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := walk(v.node); err != nil {
		return err
	}
	return needsWeights(slices.Sorted(maps.Keys(weights)))
}
