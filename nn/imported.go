package nn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
	"simdnn/tensor/npy"
)

// Imported is a graph that was made elsewhere, such as by package onnx, as a layer. Its variables
// become the layer's parameters and buffers, under their own names: "conv1.weight" of a layer that
// [Named] calls "backbone" is "backbone.conv1.weight". A model that is trained changes copies of
// the graph's elements only if the graph was made for it: the layer keeps the arrays that the graph
// has. It can be saved if all of its operators are those of package graph/op.
type Imported struct {
	graph     *graph.Graph // nil until the variables of a file are there
	text      []byte       // the graph as JSON, while it is nil
	constants map[string]*tensor.Array
	variables []importedVariable
	input     []int // the shape of a sample, nil if it is not known
}

// importedVariable is a parameter or a buffer.
type importedVariable struct {
	spec Spec
	role graph.Role
	slot *graph.Variable
}

// NewImported returns a layer of a graph, whose inputs and outputs have the batch as their first
// dimension. As a layer it has one of each; see [Imported.ApplyAll].
func NewImported(g *graph.Graph) (*Imported, error) {
	l := &Imported{graph: g}
	for _, v := range g.Inputs() {
		if s := v.Shape(); len(s) == 0 {
			return nil, fmt.Errorf("nn: the input %v is a number, not a batch", v)
		} else if n, known := s[0].Value(); known {
			return nil, fmt.Errorf("nn: the input %v takes batches of %d only", v, n)
		}
	}
	if in := g.Inputs(); len(in) > 0 {
		l.input, _ = in[0].Shape()[1:].Ints()
	}
	for _, v := range g.Variables() {
		l.variables = append(l.variables, importedVariable{Spec{Name: v.Name, Shape: v.Value.Shape()},
			v.Role, v})
	}
	return l, l.check()
}

// check returns an error if a variable is none that models have.
func (l *Imported) check() error {
	for _, v := range l.variables {
		if v.role != graph.Parameter && v.role != graph.Buffer {
			return fmt.Errorf("nn: %q is a graph's %v, not a parameter or a buffer", v.spec.Name, v.role)
		}
	}
	return nil
}

// InputShape returns the shape of a sample of the first input.
func (l *Imported) InputShape() []int { return l.input }

// Apply returns the graph's output for its input x.
func (l *Imported) Apply(b *Builder, x *graph.Value) *graph.Value {
	outputs := l.ApplyAll(b, x)
	if len(outputs) != 1 {
		b.Fail("the imported graph has %d outputs: a layer has one", len(outputs))
		return x
	}
	return outputs[0]
}

// ApplyAll returns the graph's outputs for its inputs, for a [Network] of several of them. Inputs
// are converted to the types that the graph takes, and outputs that are floats to the model's.
func (l *Imported) ApplyAll(b *Builder, inputs ...*graph.Value) []*graph.Value {
	stands := map[string]*graph.Value{}
	for i := range l.variables {
		v := &l.variables[i]
		stands[v.spec.Name] = b.variable(&v.slot, v.role, v.spec)
	}
	if b.Err() == nil && l.graph == nil {
		if err := l.read(); err != nil {
			b.Fail("%w", err)
		}
	}
	if b.Err() != nil {
		return inputs[:1]
	}
	names := l.graph.Inputs()
	if len(names) != len(inputs) {
		b.Fail("%d inputs; the imported graph takes %d", len(inputs), len(names))
		return inputs[:1]
	}
	given := map[*graph.Value]*graph.Value{}
	for i, v := range names {
		given[v] = op.Cast(b.Builder, inputs[i], v.DType())
	}
	outputs := b.Inline(l.graph, func(source *graph.Value) *graph.Value {
		if source.Kind() == graph.Input {
			return given[source]
		}
		return stands[source.Name()]
	})
	for i, v := range outputs {
		if b.Err() == nil && v.DType().IsFloat() {
			outputs[i] = op.Cast(b.Builder, v, b.dtype)
		}
	}
	return outputs
}

// read makes the graph of a file, whose variables are there.
func (l *Imported) read() error {
	for _, v := range l.variables {
		l.constants[v.spec.Name] = v.slot.Value
	}
	g, err := graph.Read(l.text, op.List(), l.constants)
	if err == nil {
		l.graph, l.text, l.constants = g, nil, nil
	}
	return err
}

// String returns "Imported, 12 nodes".
func (l *Imported) String() string {
	if l.graph == nil {
		return "Imported"
	}
	return fmt.Sprintf("Imported, %d nodes", len(l.graph.Nodes()))
}

// importedRecord is an imported graph in a file: see [graph.Graph.MarshalJSON], and its constants
// as .npy files. Its variables are tensors of the model's file.
type importedRecord struct {
	Graph     json.RawMessage   `json:"graph"`
	Constants map[string][]byte `json:"constants,omitempty"`
}

// MarshalJSON returns the graph without the elements of its variables.
func (l *Imported) MarshalJSON() ([]byte, error) {
	if l.graph == nil {
		return nil, errors.New("an imported graph without its variables")
	}
	list := op.List()
	for _, n := range l.graph.Nodes() {
		isKnown := func(o graph.Operator) bool { return o.Name() == n.Operator.Name() }
		if !slices.ContainsFunc(list, isKnown) {
			return nil, fmt.Errorf("%v can't be saved: its operator is not of package graph/op", n)
		}
	}
	text, err := json.Marshal(l.graph)
	if err != nil {
		return nil, err
	}
	record := importedRecord{Graph: text, Constants: map[string][]byte{}}
	arrays := l.graph.Arrays()
	for _, v := range l.variables {
		delete(arrays, v.spec.Name)
	}
	for name, a := range arrays {
		var file bytes.Buffer
		if err := npy.Write(&file, a); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		record.Constants[name] = file.Bytes()
	}
	return json.Marshal(record)
}

// UnmarshalJSON reads what MarshalJSON returns. The variables have no elements yet.
func (l *Imported) UnmarshalJSON(text []byte) error {
	var record importedRecord
	if err := json.Unmarshal(text, &record); err != nil {
		return err
	}
	var described struct {
		Sources []struct {
			Kind, Name string
			Shape      graph.Shape
		}
	}
	if err := json.Unmarshal(record.Graph, &described); err != nil {
		return fmt.Errorf("the graph: %w", err)
	}
	*l = Imported{text: record.Graph, constants: map[string]*tensor.Array{}}
	for name, file := range record.Constants {
		a, err := npy.Read(bytes.NewReader(file))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		l.constants[name] = a
	}
	for _, s := range described.Sources {
		shape, known := s.Shape.Ints()
		switch {
		case s.Kind == "input" && l.input == nil && len(s.Shape) > 0:
			l.input, _ = s.Shape[1:].Ints()
		case s.Kind == "input" || s.Kind == "constant":
		case s.Kind == graph.Parameter.String() && known:
			l.variables = append(l.variables, importedVariable{spec: Spec{Name: s.Name, Shape: shape}})
		case s.Kind == graph.Buffer.String() && known:
			l.variables = append(l.variables, importedVariable{spec: Spec{Name: s.Name, Shape: shape},
				role: graph.Buffer})
		default:
			return fmt.Errorf("the %s %q of shape %v is no parameter and no buffer", s.Kind, s.Name,
				s.Shape)
		}
	}
	return nil
}
