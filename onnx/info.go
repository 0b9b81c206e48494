package onnx

import (
	"cmp"
	"slices"

	"simdnn/onnx/internal/file"
	"simdnn/onnx/internal/proto"
	"simdnn/onnx/value"
)

// Info is what a file says of its model.
type Info struct {
	IRVersion int            `json:"ir_version"`
	Opset     map[string]int `json:"opset"` // by domain; "ai.onnx" is the default one
	Producer  string         `json:"producer"`
	Inputs    []Declaration  `json:"inputs"`
	Outputs   []Declaration  `json:"outputs"`
	Nodes     int            `json:"nodes"` // those in graphs of attributes and in functions, too
	// Operators counts the nodes of each.
	Operators  map[string]int    `json:"operators"`
	Parameters int               `json:"parameters"` // elements of initializers
	Metadata   map[string]string `json:"metadata,omitempty"`
	Notes      []string          `json:"notes,omitempty"`
	// Warnings are traces of known changes that converters make: the model may not be the one that was
	// trained.
	Warnings []string `json:"warnings,omitempty"`
}

// Declaration is what a file says of an input or an output.
type Declaration struct {
	Name string `json:"name"`
	// Type is that of the elements, or a description of what is no tensor.
	Type string `json:"type"`
	// Shape has the dimensions: numbers, names, or "?"; nil if they are not declared.
	Shape []any `json:"shape"`
}

// Info returns what the file says of the model.
func (m *Model) Info() Info { return infoOf(m.file.Proto, m.file.Opsets, m.file.Notes) }

func infoOf(p *proto.Model, opsets map[string]int, notes []string) Info {
	i := Info{IRVersion: int(p.IRVersion), Opset: map[string]int{}, Producer: p.ProducerName,
		Operators: map[string]int{}, Notes: notes, Warnings: warnings(p)}
	if p.ProducerVersion != "" {
		i.Producer += " " + p.ProducerVersion
	}
	for domain, v := range opsets {
		i.Opset[cmp.Or(domain, "ai.onnx")] = v
	}
	for _, e := range p.Metadata {
		if i.Metadata == nil {
			i.Metadata = map[string]string{}
		}
		i.Metadata[e.Key] = e.Value
	}
	if p.Graph == nil {
		return i
	}
	given := map[string]bool{}
	for _, t := range p.Graph.Initializer {
		given[t.Name] = true
	}
	for _, v := range p.Graph.Inputs {
		if !given[v.Name] {
			i.Inputs = append(i.Inputs, declarationOf(v))
		}
	}
	for _, v := range p.Graph.Outputs {
		i.Outputs = append(i.Outputs, declarationOf(v))
	}
	i.count(p.Graph)
	for _, f := range p.Functions {
		i.countNodes(f.Nodes)
	}
	return i
}

// count adds a graph's nodes and parameters.
func (i *Info) count(g *proto.Graph) {
	for _, t := range g.Initializer {
		n := int64(1)
		for _, d := range t.Dims {
			n *= d
		}
		i.Parameters += int(n)
	}
	i.countNodes(g.Nodes)
}

func (i *Info) countNodes(nodes []*proto.Node) {
	for _, n := range nodes {
		i.Nodes++
		name := n.Operator
		if domain := file.DomainOf(n.Domain); domain != "" {
			name = domain + "." + name
		}
		i.Operators[name]++
		for _, a := range n.Attributes {
			if a.Graph != nil {
				i.count(a.Graph)
			}
		}
	}
}

func declarationOf(v *proto.ValueInfo) Declaration {
	d := Declaration{Name: v.Name, Type: "anything"}
	if v.Type == nil {
		return d
	}
	if v.Type.Kind != proto.TensorKind {
		d.Type = file.Describe(v.Type)
		return d
	}
	d.Type = value.ElementType(v.Type.Element).String()
	if !v.Type.Ranked {
		return d
	}
	d.Shape = []any{}
	for _, dim := range v.Type.Shape {
		if dim.HasValue && dim.Value >= 0 {
			d.Shape = append(d.Shape, dim.Value)
		} else {
			d.Shape = append(d.Shape, file.DimText(dim))
		}
	}
	return d
}

// Operator is an entry of the list of what is supported.
type Operator struct {
	Domain, Name string
	// Since are the versions of the domain from which on each of its meanings is known.
	Since []int
}

// Operators returns all operators that are supported, by domain and name.
func Operators() []Operator {
	var list []Operator
	for _, f := range families() {
		for _, o := range f.Operators {
			at := slices.IndexFunc(list, func(x Operator) bool {
				return x.Domain == f.Domain && x.Name == o.Name
			})
			if at < 0 {
				at, list = len(list), append(list, Operator{Domain: f.Domain, Name: o.Name})
			}
			list[at].Since = append(list[at].Since, o.Since)
		}
	}
	slices.SortFunc(list, func(a, b Operator) int {
		return cmp.Or(cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Name, b.Name))
	})
	return list
}

// Inspect returns what a file says of its model, and what of it is not supported: unlike [Open], it
// returns an error only if the file can't be understood.
func Inspect(path string) (info Info, unsupported []string, err error) {
	p, opsets, notes, unsupported, err := file.Inspect(path, operators.Find)
	if p == nil {
		return Info{}, nil, err
	}
	return infoOf(p, opsets, notes), unsupported, err
}
