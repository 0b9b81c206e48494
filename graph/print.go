package graph

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"
)

// String returns the graph as text, a line for each source, node, output and update:
//
//	x = input: float32[batch 10]
//	fc1.weight = parameter: float32[64 10]
//	%2 = matmul{transposeB: true}(x, fc1.weight): float32[batch 64]  # fc1
//	return y=%2
func (g *Graph) String() string {
	var s strings.Builder
	for _, v := range g.sources {
		fmt.Fprintf(&s, "%s = %s: %v\n", v.Name(), v.origin(), v.typ)
	}
	for _, n := range g.nodes {
		fmt.Fprintf(&s, "%s = %s(%s): %s", join(n.Outputs, (*Value).Name), describe(n.Operator),
			join(n.Inputs, (*Value).Name),
			join(n.Outputs, func(v *Value) string { return v.typ.String() }))
		if n.Scope != "" {
			s.WriteString("  # " + n.Scope)
		}
		s.WriteString("\n")
	}
	for _, o := range g.outputs {
		fmt.Fprintf(&s, "return %s=%s\n", o.Name, o.Value.Name())
	}
	for _, u := range g.updates {
		fmt.Fprintf(&s, "update %s=%s\n", u.Variable.Name(), u.Value.Name())
	}
	return s.String()
}

// DOT returns the graph in Graphviz' language, values along the edges.
func (g *Graph) DOT() string {
	var s strings.Builder
	s.WriteString("digraph {\n\trankdir=TB; node [fontname=\"sans-serif\"];\n")
	for _, v := range g.sources {
		fmt.Fprintf(&s, "\tv%d [shape=ellipse label=%q];\n", v.id, v.Name()+"\n"+v.typ.String())
	}
	for _, n := range g.nodes {
		fmt.Fprintf(&s, "\tn%d [shape=box label=%q];\n", n.index,
			strings.Trim(describe(n.Operator)+"\n"+n.Scope, "\n"))
		for _, v := range n.Inputs {
			fmt.Fprintf(&s, "\t%s -> n%d [label=%q];\n", v.dot(), n.index, v.typ.Shape.String())
		}
	}
	for i, o := range g.outputs {
		fmt.Fprintf(&s, "\to%d [shape=ellipse style=bold label=%q];\n\t%s -> o%d;\n", i, o.Name,
			o.Value.dot(), i)
	}
	for _, u := range g.updates {
		fmt.Fprintf(&s, "\t%s -> v%d [style=dashed constraint=false];\n", u.Value.dot(),
			u.Variable.id)
	}
	s.WriteString("}\n")
	return s.String()
}

// dot returns the name of the node of a drawing that a value comes from.
func (v *Value) dot() string {
	if v.node != nil {
		return fmt.Sprintf("n%d", v.node.index)
	}
	return fmt.Sprintf("v%d", v.id)
}

// origin says where a source comes from.
func (v *Value) origin() string {
	switch v.kind {
	case Input:
		return "input"
	case VariableValue:
		return v.variable.Role.String()
	}
	return "constant"
}

// describe returns an operator's name with its attributes: `softmax{axis: -1}`.
func describe(o Operator) string {
	attributes := attributesOf(reflect.ValueOf(o))
	if len(attributes) == 0 {
		return o.Name()
	}
	return o.Name() + "{" + strings.Join(attributes, ", ") + "}"
}

// attributesOf returns those that a file names, too, but without package encoding/json, which
// programs that only run models then do without.
func attributesOf(v reflect.Value) []string {
	var all []string
	for i := 0; v.Kind() == reflect.Struct && i < v.NumField(); i++ {
		field, value := v.Type().Field(i), v.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous:
			all = append(all, attributesOf(value)...)
		case !field.IsExported() || name == "-" || value.IsZero() && options == "omitempty":
		default:
			all = append(all, fmt.Sprintf("%s: %v", cmp.Or(name, field.Name), value))
		}
	}
	return all
}

// join joins what f says of values.
func join(values []*Value, f func(*Value) string) string {
	s := make([]string, len(values))
	for i, v := range values {
		s[i] = f(v)
	}
	return strings.Join(s, ", ")
}
