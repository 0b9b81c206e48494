package file

import (
	"fmt"
	"slices"
	"strings"

	"simdnn/onnx/internal/proto"
)

// HasInput reports whether the graph has an input of that name.
func (g *Graph) HasInput(name string) bool {
	return slices.ContainsFunc(g.Inputs, func(v *proto.ValueInfo) bool { return v.Name == name })
}

// InnerNames returns the names that dimensions of inputs have behind the first one.
func (g *Graph) InnerNames() map[string]bool {
	names := map[string]bool{}
	for _, in := range g.Inputs {
		if in.Type == nil {
			continue
		}
		for i, d := range in.Type.Shape {
			if name := NameOf(d); i > 0 && name != "" {
				names[name] = true
			}
		}
	}
	return names
}

// NameOf returns the name of an open dimension, "" if it has none that graphs may use.
func NameOf(d proto.Dim) string {
	if d.HasValue && d.Value >= 0 || d.Symbol == "?" || strings.Contains(d.Symbol, "·") {
		return ""
	}
	return d.Symbol
}

// UpTo returns the graph that computes values of these names, with no other nodes than that takes.
func (g *Graph) UpTo(outputs []string) (*Graph, error) {
	if outputs == nil {
		return g, nil
	}
	needed, there := map[string]bool{}, map[string]bool{}
	for _, name := range outputs {
		needed[name] = true
	}
	part := *g
	part.Outputs, part.Nodes = outputs, nil
	for _, n := range slices.Backward(g.Nodes) {
		isNeeded := false
		for _, out := range n.Proto.Outputs {
			there[out] = true
			isNeeded = isNeeded || out != "" && needed[out]
		}
		if !isNeeded {
			continue
		}
		part.Nodes = append(part.Nodes, n)
		for _, in := range slices.Concat(n.Proto.Inputs, n.Captures) {
			needed[in] = true
		}
	}
	slices.Reverse(part.Nodes)
	for _, name := range outputs {
		if !there[name] && !g.HasInput(name) && !g.Given[name] || name == "" {
			return nil, fmt.Errorf("it has no value %q", name)
		}
	}
	return &part, nil
}
