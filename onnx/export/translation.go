package export

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"simdnn/graph"
	"simdnn/onnx/internal/proto"
	"simdnn/tensor"
)

// Translation is a graph on its way to ONNX. It is what the form of an operator is built with, and
// takes what graphs don't have, such as texts, once the graph is translated. Values are called by
// the names that they have in the file.
type Translation struct {
	options Options
	graph   *proto.Graph
	names   map[*graph.Value]string
	taken   map[string]bool
	domains map[string]int // versions of other operators than ONNX's own
	// reserved are the names of [Options.Reserved] that nothing has yet.
	reserved map[string]bool
	ends     map[*graph.Value]end
	shared   map[string]string     // constants that were made on the way, by their content
	read     map[*graph.Value]bool // by nodes, or as outputs
	node     *graph.Node           // being translated
}

// Form is an operator that says what becomes of it in ONNX. It returns the names of its outputs,
// "" for those that nobody needs.
type Form interface {
	ONNX(t *Translation, n *graph.Node, inputs []string) (outputs []string)
}

// failure is how the translation of a node ends.
type failure struct{ error }

func newTranslation(o Options) *Translation {
	t := &Translation{options: o, graph: &proto.Graph{Name: cmp.Or(o.Name, "graph"), Doc: o.Doc},
		names: map[*graph.Value]string{}, taken: map[string]bool{"": true},
		domains: map[string]int{}, shared: map[string]string{}, ends: map[*graph.Value]end{},
		reserved: map[string]bool{}}
	for _, name := range o.Reserved {
		t.taken[name], t.reserved[name] = true, true
	}
	return t
}

// irVersions are the least versions of the format for those of operators, from MinOpset on.
var irVersions = [...]int64{7, 7, 8, 8, 8, 8, 9, 9, 10, 10, 11, 12}

func (t *Translation) translate(g *graph.Graph) error {
	t.read = map[*graph.Value]bool{}
	for _, n := range g.Nodes() {
		for _, v := range n.Inputs {
			t.read[v] = true
		}
	}
	for _, o := range g.Outputs() {
		t.read[o.Value] = true
	}
	if err := t.sources(g); err != nil {
		return err
	}
	for _, n := range g.Nodes() {
		if err := t.apply(n); err != nil {
			return err
		}
	}
	t.node = nil
	if err := t.outputs(g); err != nil {
		return err
	}
	t.dropUnread(g)
	return nil
}

// isRead reports whether one of the values is needed.
func (t *Translation) isRead(values ...*graph.Value) bool {
	return slices.ContainsFunc(values, func(v *graph.Value) bool { return t.read[v] })
}

// dropUnread leaves out constants of the graph that no node reads: those that a form has put
// otherwise.
func (t *Translation) dropUnread(g *graph.Graph) {
	unread := map[string]bool{}
	for _, v := range g.Sources() {
		if v.Kind() == graph.Constant {
			unread[t.names[v]] = true
		}
	}
	for _, n := range t.graph.Nodes {
		for _, name := range n.Inputs {
			delete(unread, name)
		}
	}
	t.graph.Initializer = slices.DeleteFunc(t.graph.Initializer, func(c *proto.Tensor) bool {
		return unread[c.Name]
	})
}

// model returns the message that a file with the graph holds.
func (t *Translation) model(g *proto.Graph) *proto.Model {
	m := &proto.Model{IRVersion: irVersions[t.options.Opset-MinOpset], ProducerName: "simdnn",
		Graph: g, Opsets: []proto.Opset{{Version: int64(t.options.Opset)}}}
	for _, domain := range slices.Sorted(maps.Keys(t.domains)) {
		m.Opsets = append(m.Opsets, proto.Opset{Domain: domain, Version: int64(t.domains[domain])})
	}
	for _, key := range slices.Sorted(maps.Keys(t.options.Metadata)) {
		m.Metadata = append(m.Metadata, proto.Entry{Key: key, Value: t.options.Metadata[key]})
	}
	return m
}

// sources names inputs, variables and constants.
func (t *Translation) sources(g *graph.Graph) error {
	for _, o := range g.Outputs() {
		if t.taken[o.Name] {
			return fmt.Errorf("export: two outputs are called %q", o.Name)
		}
		t.taken[o.Name] = true
	}
	for _, v := range g.Sources() {
		name := v.Name()
		if v.Kind() != graph.Constant {
			if v.Kind() == graph.VariableValue && t.isOutputOf(g, v) {
				name = t.unique(name)
				delete(t.taken, name)
			}
			if t.taken[name] {
				return fmt.Errorf("export: %q is the name of several inputs, variables or outputs", name)
			}
			t.taken[name] = true
			t.names[v] = name
		}
		switch v.Kind() {
		case graph.Input:
			t.graph.Inputs = append(t.graph.Inputs, t.declaration(name, v.Type()))
		case graph.VariableValue:
			t.initializer(name, v.Variable().Value)
		}
	}
	for _, v := range g.Sources() {
		if v.Kind() == graph.Constant {
			t.names[v] = t.Constant(v.Constant())
		}
	}
	return nil
}

// isOutputOf reports whether a variable is an output that has its name, which is the output's then.
func (t *Translation) isOutputOf(g *graph.Graph, v *graph.Value) bool {
	return slices.ContainsFunc(g.Outputs(), func(o graph.Output) bool {
		return o.Name == v.Name() && o.Value == v
	})
}

// elements are ONNX's numbers of element types.
var elements = [tensor.DTypes]int32{tensor.Float32Type: 1, tensor.Uint8Type: 2, tensor.Int8Type: 3,
	tensor.Uint16Type: 4, tensor.Int16Type: 5, tensor.Int32Type: 6, tensor.Int64Type: 7,
	tensor.BoolType: 9, tensor.Float16Type: 10, tensor.Float64Type: 11, tensor.Uint32Type: 12,
	tensor.Uint64Type: 13, tensor.BFloat16Type: 16}

// declaration returns what is said of an input or an output. Dimensions that are computed from
// others, such as "4·batch", are left open.
func (t *Translation) declaration(name string, typ graph.Type) *proto.ValueInfo {
	declared := &proto.Type{Kind: proto.TensorKind, Element: elements[typ.DType], Ranked: true}
	for _, d := range typ.Shape {
		n, known := d.Value()
		dim := proto.Dim{Value: int64(n), HasValue: known}
		if text := d.String(); !known && !strings.ContainsAny(text, "·()[") {
			dim.Symbol = text
		}
		declared.Shape = append(declared.Shape, dim)
	}
	return &proto.ValueInfo{Name: name, Type: declared, Doc: t.options.Docs[name]}
}

// apply translates a node.
func (t *Translation) apply(n *graph.Node) (err error) {
	defer func() {
		switch f := recover().(type) {
		case nil:
		case failure:
			err = fmt.Errorf("export: %v: %w", n, f.error)
		default:
			panic(f)
		}
	}()
	t.node = n
	if name := t.endOf(n); name != "" {
		t.names[n.Outputs[0]] = name
		return nil
	}
	in := make([]string, len(n.Inputs))
	for i, v := range n.Inputs {
		if in[i] = t.names[v]; in[i] == "" {
			t.Fail("its input %d, %v, is an output that has no form in ONNX", i, v)
		}
	}
	form, ok := n.Operator.(Form)
	if !ok {
		form, ok = formOf(n.Operator)
	}
	var outputs []string
	if o, whole := n.Operator.(fileNode); whole {
		outputs = t.nodeOf(o, in)
	} else if ok {
		outputs = form.ONNX(t, n, in)
	} else {
		t.Fail("it has no form in ONNX")
	}
	for i, name := range outputs {
		if name != "" {
			t.names[n.Outputs[i]] = name
		}
	}
	return nil
}

// outputs gives the graph's outputs their names: by renaming the values, where a value has no other
// name to keep.
func (t *Translation) outputs(g *graph.Graph) error {
	computed := map[string]bool{}
	for _, n := range t.graph.Nodes {
		for _, out := range n.Outputs {
			computed[out] = true
		}
	}
	renamed := map[string]string{}
	for _, o := range g.Outputs() {
		name := t.names[o.Value]
		switch {
		case name == "":
			return fmt.Errorf("export: the output %q, %v, has no form in ONNX", o.Name, o.Value)
		case computed[name] && renamed[name] == "":
			renamed[name] = o.Name
		default:
			t.graph.Nodes = append(t.graph.Nodes, &proto.Node{Operator: "Identity", Name: o.Name,
				Inputs: []string{name}, Outputs: []string{o.Name}})
		}
		t.graph.Outputs = append(t.graph.Outputs, t.declaration(o.Name, o.Value.Type()))
	}
	for _, n := range t.graph.Nodes {
		for _, list := range [][]string{n.Inputs, n.Outputs} {
			for i, name := range list {
				list[i] = cmp.Or(renamed[name], name)
			}
		}
	}
	return nil
}

// Fail ends the translation with what is wrong with the node.
func (t *Translation) Fail(format string, args ...any) {
	panic(failure{fmt.Errorf(format, args...)})
}

// Opset returns the version of ONNX's operators that the file is written in.
func (t *Translation) Opset() int { return t.options.Opset }

// Needs ends the translation if the version of ONNX's operators is too low for one.
func (t *Translation) Needs(opset int, operator string) {
	if t.options.Opset < opset {
		t.Fail("%s, which it becomes, is there from opset %d on, not in %d", operator, opset,
			t.options.Opset)
	}
}

// unique returns a name that nothing else has.
func (t *Translation) unique(name string) string {
	for i, base := 1, name; t.taken[name]; i++ {
		name = fmt.Sprintf("%s.%d", base, i)
	}
	t.taken[name] = true
	return name
}

// Node adds a node with one output and returns the output's name.
func (t *Translation) Node(operator string, inputs []string, attributes ...Attribute) string {
	return t.NodeOf(operator, 1, inputs, attributes...)[0]
}

// NodeOf adds a node with so many outputs and returns their names. Missing inputs are called "".
func (t *Translation) NodeOf(operator string, outputs int, inputs []string,
	attributes ...Attribute) []string {
	return t.NodeIn("", 0, operator, outputs, inputs, attributes...)
}

// NodeIn adds a node, as NodeOf does, of a version of the operators of another domain.
func (t *Translation) NodeIn(domain string, version int, operator string, outputs int,
	inputs []string, attributes ...Attribute) []string {
	if domain != "" {
		t.domains[domain] = max(t.domains[domain], version)
	}
	scope := ""
	if t.node != nil {
		scope = t.node.Scope
	}
	n := &proto.Node{Domain: domain, Operator: operator,
		Name: t.unique(graph.Join(scope, operator)), Inputs: slices.Clone(inputs)}
	for len(n.Inputs) > 0 && n.Inputs[len(n.Inputs)-1] == "" {
		n.Inputs = n.Inputs[:len(n.Inputs)-1]
	}
	for i := range outputs {
		n.Outputs = append(n.Outputs, t.unique(fmt.Sprintf("%s_output_%d", n.Name, i)))
	}
	for _, a := range attributes {
		if a.proto != nil {
			n.Attributes = append(n.Attributes, a.proto)
		}
	}
	t.graph.Nodes = append(t.graph.Nodes, n)
	return slices.Clone(n.Outputs)
}
