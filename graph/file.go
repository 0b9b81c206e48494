package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"simdnn/tensor"
)

// file is a graph as JSON. Values are numbered: the sources first, then the outputs of the nodes.
// The elements of variables and constants are kept elsewhere, by name.
type file struct {
	Version int          `json:"version"`
	Sources []fileSource `json:"sources"`
	Nodes   []fileNode   `json:"nodes"`
	Outputs []fileOutput `json:"outputs"`
	Updates []fileUpdate `json:"updates,omitempty"`
}

type fileSource struct {
	Kind  string       `json:"kind"` // "input", "parameter", "buffer", "state" or "constant"
	Name  string       `json:"name"`
	DType tensor.DType `json:"dtype"`
	Shape Shape        `json:"shape"`
}

type fileNode struct {
	Operator   string          `json:"operator"`
	Attributes json.RawMessage `json:"attributes,omitempty"`
	Inputs     []int           `json:"inputs"`
	Scope      string          `json:"scope,omitempty"`
}

type fileOutput struct {
	Name  string `json:"name"`
	Value int    `json:"value"`
}

type fileUpdate struct {
	Variable int `json:"variable"`
	Value    int `json:"value"`
}

// fileVersion is the version of the format that is written.
const fileVersion = 1

// MarshalJSON returns the graph without the elements of its variables and constants, which
// [Graph.Arrays] returns:
//
//	{"version": 1,
//	 "sources": [{"kind": "input", "name": "x", "dtype": "float32", "shape": ["batch", 10]}, …],
//	 "nodes": [{"operator": "scale", "attributes": {"alpha": 2}, "inputs": [0], "scope": "fc1"}, …],
//	 "outputs": [{"name": "y", "value": 3}, …],
//	 "updates": [{"variable": 1, "value": 4}, …]}
//
// Values are numbered: first the sources, then the outputs of the nodes, each in their order. The
// kind of a source is input, parameter, buffer, state or constant.
func (g *Graph) MarshalJSON() ([]byte, error) {
	f := file{Version: fileVersion, Sources: []fileSource{}, Nodes: []fileNode{},
		Outputs: []fileOutput{}}
	number, names := map[*Value]int{}, g.names()
	for _, v := range g.sources {
		number[v] = len(number)
		f.Sources = append(f.Sources, fileSource{v.origin(), names[v], v.typ.DType, v.typ.Shape})
	}
	for _, n := range g.nodes {
		node := fileNode{Operator: n.Operator.Name(), Inputs: make([]int, len(n.Inputs)), Scope: n.Scope}
		for i, v := range n.Inputs {
			node.Inputs[i] = number[v]
		}
		attributes, err := json.Marshal(n.Operator)
		if err != nil {
			return nil, fmt.Errorf("graph: %v: %w", n, err)
		}
		if string(attributes) != "{}" {
			node.Attributes = attributes
		}
		f.Nodes = append(f.Nodes, node)
		for _, v := range n.Outputs {
			number[v] = len(number)
		}
	}
	for _, o := range g.outputs {
		f.Outputs = append(f.Outputs, fileOutput{o.Name, number[o.Value]})
	}
	for _, u := range g.updates {
		f.Updates = append(f.Updates, fileUpdate{number[u.Variable], number[u.Value]})
	}
	return json.Marshal(f)
}

// names returns the names of the sources in files. Constants are counted.
func (g *Graph) names() map[*Value]string {
	names, constants := map[*Value]string{}, 0
	for _, v := range g.sources {
		names[v] = v.Name()
		if v.kind == Constant {
			names[v] = fmt.Sprintf("constant.%d", constants)
			constants++
		}
	}
	return names
}

// Arrays returns the arrays of the variables and constants by their names in files.
func (g *Graph) Arrays() map[string]*tensor.Array {
	arrays, names := map[string]*tensor.Array{}, g.names()
	for _, v := range g.sources {
		switch v.kind {
		case VariableValue:
			arrays[names[v]] = v.variable.Value
		case Constant:
			arrays[names[v]] = v.Constant()
		}
	}
	return arrays
}

// Read returns the graph that [Graph.MarshalJSON] wrote. operators lists one operator of each name,
// and arrays holds the elements of the variables and constants, which the graph then refers to. An
// error names what is unknown, missing or does not fit.
func Read(data []byte, operators []Operator, arrays map[string]*tensor.Array) (*Graph, error) {
	var f file
	if err := decode(data, &f); err != nil {
		return nil, fmt.Errorf("graph: the description of the graph: %w", err)
	}
	if f.Version != fileVersion {
		return nil, fmt.Errorf("graph: the description has version %d; this program reads version %d",
			f.Version, fileVersion)
	}
	r := &reader{b: NewBuilder(), arrays: arrays, operators: map[string]Operator{}}
	for _, o := range operators {
		r.operators[o.Name()] = o
	}
	if err := r.read(&f); err != nil {
		return nil, fmt.Errorf("graph: %w", err)
	}
	return r.b.Graph()
}

// decode reads JSON that has no other fields than v.
func decode(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// reader builds a graph of what a file says.
type reader struct {
	b         *Builder
	values    []*Value
	operators map[string]Operator
	arrays    map[string]*tensor.Array
}

func (r *reader) read(f *file) error {
	for _, s := range f.Sources {
		v, err := r.source(s)
		if err != nil {
			return err
		}
		r.values = append(r.values, v)
	}
	for i, n := range f.Nodes {
		if err := r.node(n); err != nil {
			return fmt.Errorf("node %d (%s): %w", i, n.Operator, err)
		}
	}
	for _, o := range f.Outputs {
		v, err := r.value(o.Value)
		if err != nil {
			return fmt.Errorf("the output %q: %w", o.Name, err)
		}
		r.b.Output(o.Name, v)
	}
	for _, u := range f.Updates {
		variable, err := r.value(u.Variable)
		if err != nil {
			return fmt.Errorf("an update: %w", err)
		}
		v, err := r.value(u.Value)
		if err != nil {
			return fmt.Errorf("an update of %v: %w", variable, err)
		}
		r.b.Update(variable, v)
	}
	return nil
}

// source returns an input, a variable or a constant.
func (r *reader) source(s fileSource) (*Value, error) {
	t := Type{s.DType, s.Shape}
	if s.Kind == "input" {
		return r.b.Input(s.Name, t), nil
	}
	a, ok := r.arrays[s.Name]
	if !ok {
		return nil, fmt.Errorf("the %s %q is missing", s.Kind, s.Name)
	}
	if have := (Type{a.DType(), ShapeOf(a.Shape()...)}); !have.Equal(t) {
		return nil, fmt.Errorf("the %s %q is %v, not %v", s.Kind, s.Name, have, t)
	}
	if s.Kind == "constant" {
		return r.b.Constant(a), nil
	}
	for role, name := range roles {
		if name == s.Kind {
			return r.b.Variable(&Variable{Name: s.Name, Role: Role(role), Value: a}), nil
		}
	}
	return nil, fmt.Errorf("%q is of the kind %q, not input, parameter, buffer, state or constant",
		s.Name, s.Kind)
}

// node adds a node.
func (r *reader) node(n fileNode) error {
	prototype, ok := r.operators[n.Operator]
	if !ok {
		return fmt.Errorf("there is no operator of this name")
	}
	inputs := make([]*Value, len(n.Inputs))
	for i, number := range n.Inputs {
		var err error
		if inputs[i], err = r.value(number); err != nil {
			return fmt.Errorf("input %d: %w", i, err)
		}
	}
	o := reflect.New(reflect.TypeOf(prototype))
	o.Elem().Set(reflect.ValueOf(prototype))
	if len(n.Attributes) > 0 {
		if err := decode(n.Attributes, o.Interface()); err != nil {
			return fmt.Errorf("its attributes: %w", err)
		}
	}
	r.b.scope = nil
	if n.Scope != "" {
		r.b.scope = []string{n.Scope}
	}
	r.values = append(r.values, r.b.ApplyAll(o.Elem().Interface().(Operator), inputs...)...)
	return r.b.err
}

// value returns the value of that number.
func (r *reader) value(number int) (*Value, error) {
	if number < 0 || number >= len(r.values) {
		return nil, fmt.Errorf("there is no value %d before it", number)
	}
	return r.values[number], nil
}
