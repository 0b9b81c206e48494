package plan

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"simdnn/graph"
	"simdnn/graph/rewrite"
	"simdnn/onnx/internal/file"
	"simdnn/onnx/internal/lengths"
	"simdnn/onnx/internal/proto"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// GraphOptions are the options of graphs of package onnx.
type GraphOptions struct {
	Shapes  map[string][]int
	Values  map[string]*value.Value
	Outputs []string
}

// Translate returns a model as a graph.
func Translate(m *file.Model, o GraphOptions) (*graph.Graph, error) {
	t, err := newTranslation(m, o)
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
	return lengths.Merge(first, second, t.open)
}

// translation is a model on its way to a graph.
type translation struct {
	model   *file.Model
	options GraphOptions
	root    *file.Graph // of the nodes that the outputs need
	inputs  []translatedInput
	open    []lengths.Open
	// variables are the weights, by name, and nil for those that have to be constants.
	variables map[string]*graph.Variable
	buffers   map[string]bool
	session   *Session
	whole     []wholeNode // that nodes became
	// keepWhole is the tracer's, which no program has that only runs models.
	keepWhole func(*Tracer, *Call) error
}

// translatedInput is an input of the graph.
type translatedInput struct {
	name    string
	element value.ElementType
	shape   graph.Shape
}

func newTranslation(m *file.Model, o GraphOptions) (*translation, error) {
	t := &translation{model: m, options: o, variables: map[string]*graph.Variable{},
		buffers: map[string]bool{}, session: NewSession(m, Options{Threads: 1}),
		keepWhole: (*Tracer).keepWhole}
	for name := range o.Shapes {
		if !m.Graph.HasInput(name) {
			return nil, fmt.Errorf("it has no input %q; it has %s", name, m.InputNames())
		}
	}
	for name := range o.Values {
		if !m.Graph.HasInput(name) {
			return nil, fmt.Errorf("it has no input %q; it has %s", name, m.InputNames())
		}
	}
	var err error
	if t.root, err = m.Graph.UpTo(o.Outputs); err != nil {
		return nil, err
	}
	inner := m.Graph.InnerNames()
	for _, in := range m.Graph.Inputs {
		if o.Values[in.Name] != nil || m.Graph.Given[in.Name] {
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
	for _, n := range t.root.Nodes {
		o := OperatorOf(n)
		switch {
		case o == nil:
		case o.Name == "BatchNormalization":
			t.buffers[n.Proto.Inputs[3]], t.buffers[n.Proto.Inputs[4]] = true, true
		case o.Name == "QuantizeLinear" || o.Name == "DequantizeLinear":
			t.variables[n.Proto.Inputs[1]] = nil // scales are no weights
		}
	}
	return t, nil
}

// inputOf returns an input with the dimensions that are given, or declared. Names of inner
// dimensions are not the batch's.
func inputOf(in *proto.ValueInfo, given []int, inner map[string]bool) (translatedInput, error) {
	t := translatedInput{name: in.Name}
	if in.Type == nil || in.Type.Kind != proto.TensorKind {
		return t, fmt.Errorf("the input %q is %s, not a tensor: give it in Values", in.Name,
			file.Describe(in.Type))
	}
	t.element = value.ElementType(in.Type.Element)
	if t.element.Storage() == tensor.InvalidDType {
		return t, fmt.Errorf("the input %q is %s: give it in Values", in.Name,
			file.Describe(in.Type))
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
			case i == 0 && !inner[file.NameOf(d)]:
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
			d = graph.Symbol(lengths.Batch)
		case n < -2 || n == -2 && (i >= len(declared) || file.NameOf(declared[i]) == ""):
			return t, fmt.Errorf("the input %q is %s: give its dimensions in Shapes", in.Name,
				file.Describe(in.Type))
		case n == -2:
			d = graph.Symbol(file.NameOf(declared[i]))
		}
		t.shape = append(t.shape, d)
	}
	return t, nil
}

// graph returns the model's graph for the first or the second lengths of open dimensions. Weights
// whose elements a node has to know become constants, and it begins anew.
func (t *translation) graph(which int) (*graph.Graph, error) {
	for {
		g, err := t.attempt(which)
		if err == nil {
			if err = t.mixed(); err == nil {
				return g, nil
			}
		}
		var known needsWeights
		if !errors.As(err, &known) {
			return g, err
		}
		for _, name := range known {
			t.variables[name] = nil
		}
	}
}

// mixed returns an error if there are weights of float64 beside those of float32, whose element
// type the model is trained in.
func (t *translation) mixed() error {
	var double needsWeights
	single := false
	for name, v := range t.variables {
		single = single || v != nil && v.Value.DType() == tensor.Float32Type
		if v != nil && v.Value.DType() == tensor.Float64Type {
			double = append(double, name)
		}
	}
	if !single || len(double) == 0 {
		return nil
	}
	return double
}

// needsWeights says which weights a node has to know the elements of.
type needsWeights []string

// Error is never seen.
func (n needsWeights) Error() string { return fmt.Sprintf("the elements of %q", []string(n)) }

func (t *translation) attempt(which int) (*graph.Graph, error) {
	tr := &Tracer{segment: newSegment(), translation: t,
		Machine: &Machine{Session: t.session, Graph: t.root}}
	s := NewScope(t.root, nil)
	for _, in := range t.root.Initializers {
		s.set(in.Name, tr.weight(in.Name, ConstantVal(in.Value), 1))
	}
	for _, in := range t.root.Inputs {
		if v := t.options.Values[in.Name]; v != nil {
			s.set(in.Name, ConstantVal(v))
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
		v := tr.builder.Input(in.name, graph.Type{DType: in.element.Storage(),
			Shape: graph.ShapeOf(shape...)})
		s.set(in.name, &Val{Element: in.element, Shape: shape, Node: v, slot: -1})
	}
	outputs, err := tr.Graph(s)
	if err != nil {
		return nil, err
	}
	for i, v := range outputs {
		if v == nil || v.Kind != value.TensorKind || v.Element.Storage() == tensor.InvalidDType {
			return nil, fmt.Errorf("the output %q is %v, which graphs don't have",
				t.root.Outputs[i], v)
		}
		tr.builder.Output(t.root.Outputs[i], tr.Value(v))
	}
	g, err := tr.builder.Graph()
	if err != nil {
		return nil, err
	}
	return rewrite.Dead(g)
}

// weight returns the variable for a constant of the model's graph that can be one; else the
// constant. Those with fewer elements stay constants.
func (t *Tracer) weight(name string, v *Val, elements int) *Val {
	if v == nil || v.Constant == nil || v.Kind != value.TensorKind || len(v.Shape) == 0 ||
		t.translation.model.Proto.ProducerName == "simdnn" && writtenConstant.MatchString(name) ||
		v.Element != value.Float && v.Element != value.Double || v.Constant.Len() < elements {
		return v
	}
	variable, ok := t.translation.variables[name]
	if !ok {
		variable = &graph.Variable{Name: name, Value: v.Constant.Clone().Array()}
		if t.translation.buffers[name] {
			variable.Role = graph.Buffer
		}
		t.translation.variables[name] = variable
	}
	if variable == nil {
		return v
	}
	return &Val{Element: v.Element, Shape: v.Shape, Node: t.builder.Variable(variable), slot: -1}
}

// writtenConstant are the names that package export gives constants.
var writtenConstant = regexp.MustCompile(`^constant(\.[0-9]+)?$`)

// elements is the error that the elements of a value have to be known: those of the weights that it
// is computed from, if it is from nothing else.
func (t *translation) elements(v *Val) error {
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
	if err := walk(v.Node); err != nil {
		return err
	}
	if len(weights) == 0 {
		return errors.New("a shape depends on the elements of quantised constants")
	}
	return needsWeights(slices.Sorted(maps.Keys(weights)))
}

// addOpen enters the open dimensions of an input.
func (t *translation) addOpen(shape graph.Shape) error {
	for _, d := range shape {
		_, known := d.Value()
		if known || slices.ContainsFunc(t.open, func(o lengths.Open) bool { return o.Dim == d }) {
			continue
		}
		if len(t.open) == len(lengths.Choices) {
			return fmt.Errorf("it has more than %d open dimensions: give some of them in Shapes",
				len(lengths.Choices))
		}
		t.open = append(t.open, lengths.Open{Dim: d, Lengths: lengths.Choices[len(t.open)]})
	}
	return nil
}

// lengths returns those of an open dimension.
func (t *translation) lengths(d graph.Dim) [2]int {
	return t.open[slices.IndexFunc(t.open, func(o lengths.Open) bool { return o.Dim == d })].Lengths
}
