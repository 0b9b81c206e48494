package file

import (
	"fmt"
	"slices"
	"strings"

	"simdnn/onnx/internal/proto"
	"simdnn/onnx/value"
)

// Graph is a graph that was checked: the model's, a function's, or one in an attribute.
type Graph struct {
	Nodes        []*Node // in an order in which they can run
	Inputs       []*proto.ValueInfo
	Outputs      []string
	Initializers []Named
	LastUse      map[string]int  // the last node that needs a value; len(nodes) for outputs
	Captures     []string        // the values of graphs around it that it needs
	size         int             // nodes, with those of attributes' graphs and of called functions
	Given        map[string]bool // the names of initializers
}

// Named is an initializer.
type Named struct {
	Name  string
	Value *value.Value
}

// Node is a node that was checked.
type Node struct {
	Proto    *proto.Node
	Op       Operator // nil if it calls a function
	Function *Function
	Version  int
	Graphs   map[string]*Graph // by attribute
	Captures []string
	Label    string
}

// Scope returns the name of a node as graphs have it.
func (n *Node) Scope() string {
	if n.Proto.Name != "" {
		return proto.Printable(n.Proto.Name)
	}
	return proto.Printable(n.Proto.Outputs[0])
}

// Function is a function of the model.
type Function struct {
	Proto    *proto.Function
	Graph    *Graph
	visiting bool
}

// Operator is what a check has to know of an operator.
type Operator interface {
	// Arity returns the least and the largest number of inputs, the latter −1 where there is none.
	Arity() (least, most int)
	// Knows reports whether an attribute's name is understood, and whether its value too.
	Knows(a *proto.Attribute) (name, value bool)
	// Refuses returns the name of an input that is not supported, "" of those that are.
	Refuses(input int) string
}

// Finder returns an operator's meaning in a version of its domain, nil if it has none.
type Finder func(domain, name string, version int) Operator

// ImageDecoder is the operator that needs what programs give as DecodeImage, and Gradient, of
// TrainingDomain, the one that needs Gradients.
const (
	ImageDecoder   = "ImageDecoder"
	Gradient       = "Gradient"
	TrainingDomain = "ai.onnx.preview.training"
)

// checker checks a model and collects what is wrong with it.
type checker struct {
	find     Finder
	model    *Model
	opsets   map[string]int // of the model, or of the function at hand
	errors   []string
	missing  map[string]*missing // operators that are not supported
	depth    int
	deepness bool
}

// checkModel checks the functions and the graph.
func (c *checker) checkModel(p *proto.Model) *Graph {
	for _, f := range p.Functions {
		key := functionKey(f.Domain, f.Name, f.Overload)
		if c.model.functions[key] != nil {
			c.fail("it has two functions %s", proto.Printable(key))
		}
		c.model.functions[key] = &Function{Proto: f}
	}
	c.opsets = c.model.Opsets
	return c.graph(p.Graph, nil)
}

func functionKey(domain, name, overload string) string {
	return strings.TrimSuffix(DomainOf(domain)+":"+name+":"+overload, ":")
}

// names are the values that are there, in a graph and in those around it.
type names struct {
	here   map[string]bool
	around *names
}

func (n *names) has(name string) bool {
	for ; n != nil; n = n.around {
		if n.here[name] {
			return true
		}
	}
	return false
}

// graph checks a graph within others.
func (c *checker) graph(p *proto.Graph, around *names) *Graph {
	g := &Graph{Inputs: p.Inputs, Given: map[string]bool{}}
	here := &names{here: map[string]bool{}, around: around}
	for _, v := range p.Inputs {
		if here.here[v.Name] || v.Name == "" {
			c.fail("the graph %q has two inputs %q, or one without a name", p.Name, v.Name)
		}
		here.here[v.Name] = true
	}
	add := func(name string, v *value.Value, err error) {
		here.here[name] = true
		if err != nil {
			c.fail("%v", err)
			return
		}
		if around.has(name) {
			c.fail("the graph %q has the initializer %q, as has a graph around it", p.Name, name)
		}
		g.Initializers = append(g.Initializers, Named{name, v})
		g.Given[name] = true
	}
	seen := map[string]bool{}
	for _, t := range p.Initializer {
		if seen[t.Name] {
			c.fail("the graph %q has two initializers %q", p.Name, t.Name)
		}
		seen[t.Name] = true
		v, err := c.model.valueOf(t)
		add(t.Name, v, err)
	}
	for _, s := range p.Sparse {
		v, err := c.model.sparseValue(s)
		if s.Values != nil {
			add(s.Values.Name, v, err)
		}
	}
	for _, v := range p.Outputs {
		g.Outputs = append(g.Outputs, v.Name)
	}
	c.body(g, p.Name, p.Nodes, here)
	return g
}

// maxNesting bounds how deep graphs and functions may stand in each other.
const maxNesting = 32

// body checks the nodes of a graph, sorts them, and finds what they need.
func (c *checker) body(g *Graph, name string, nodes []*proto.Node, here *names) {
	if c.depth++; c.depth > maxNesting {
		if !c.deepness {
			c.fail("graphs and functions stand more than %d deep in each other", maxNesting)
		}
		c.deepness = true
		c.depth--
		return
	}
	defer func() { c.depth-- }()
	producer := map[string]int{}
	for i, n := range nodes {
		for _, out := range n.Outputs {
			if _, ok := producer[out]; out != "" && (ok || here.here[out]) {
				c.fail("%s computes %q, which the graph %q has already", labelOf(n, i), out, name)
			}
			if out != "" {
				producer[out] = i
			}
		}
	}
	for out := range producer {
		here.here[out] = true
	}
	infos := make([]*Node, len(nodes))
	for i, n := range nodes {
		infos[i] = c.node(n, labelOf(n, i), here)
		g.size = min(g.size+infos[i].size(), maxInlined+1)
	}
	if g.size > maxInlined && len(c.model.functions) > 0 {
		c.fail("the graph %q has more than %d nodes once functions stand in place of their calls",
			name,
			maxInlined)
	}
	g.Nodes = c.sort(name, infos, producer)
	c.uses(g, name, here)
}

// maxInlined bounds the nodes of graphs with functions: few that call each other many times make
// many.
const maxInlined = 1 << 20

// size returns the number of nodes that stand for one.
func (n *Node) size() int {
	size := 1
	for _, g := range n.Graphs {
		size += g.size
	}
	if n.Function != nil && n.Function.Graph != nil {
		size += n.Function.Graph.size
	}
	return size
}

// node checks one node.
func (c *checker) node(n *proto.Node, label string, here *names) *Node {
	domain := DomainOf(n.Domain)
	info := &Node{Proto: n, Label: label, Version: c.opsets[domain]}
	c.tensors(n.Attributes, label)
	for _, a := range n.Attributes {
		if a.Graph != nil {
			if info.Graphs == nil {
				info.Graphs = map[string]*Graph{}
			}
			sub := c.graph(a.Graph, here)
			info.Graphs[a.Name] = sub
			info.Captures = append(info.Captures, sub.Captures...)
		}
	}
	slices.Sort(info.Captures)
	info.Captures = slices.Compact(info.Captures)
	if f := c.model.functions[functionKey(domain, n.Operator, n.Overload)]; f != nil {
		info.Function = f
		c.function(f, label)
		if len(n.Inputs) > len(f.Proto.Inputs) || len(n.Outputs) > len(f.Proto.Outputs) {
			c.fail("%s has %d inputs and %d outputs, the function %d and %d", label, len(n.Inputs),
				len(n.Outputs), len(f.Proto.Inputs), len(f.Proto.Outputs))
		}
		return info
	}
	title := proto.Printable(n.Operator)
	if domain != "" {
		title = proto.Printable(domain) + "." + title
	}
	if _, ok := c.opsets[domain]; !ok {
		if domain != "" && c.find(domain, n.Operator, maxOpset) != nil {
			info.Version = 1 // as for domains of one version only, which some files don't name
		} else {
			c.fail("%s is of domain %q, whose version the file does not give", label, domain)
			return info
		}
	}
	info.Op = c.find(domain, n.Operator, info.Version)
	if info.Op == nil {
		if c.find(domain, n.Operator, maxOpset) != nil {
			title = fmt.Sprintf("%s of version %d", title, info.Version)
		}
		c.lack(title, label)
		return info
	}
	if domain == "" && n.Operator == ImageDecoder && c.model.Options.DecodeImage == nil {
		c.lack(title+" without Options.DecodeImage", label)
	}
	if domain == TrainingDomain && n.Operator == Gradient && c.model.Options.Gradients == nil {
		c.lack(title+" without Options.Gradients", label)
	}
	c.arity(info, label)
	c.support(info, title, label)
	return info
}

// support checks that the operator understands the node's attributes and inputs.
func (c *checker) support(n *Node, title, label string) {
	for _, a := range n.Proto.Attributes {
		switch name, value := n.Op.Knows(a); {
		case !name:
			c.lack(fmt.Sprintf("the attribute %s of %s", proto.Printable(a.Name), title), label)
		case !value:
			c.lack(fmt.Sprintf("the value of the attribute %s of %s", a.Name, title), label)
		}
	}
	for i, in := range n.Proto.Inputs {
		if name := n.Op.Refuses(i); name != "" && in != "" {
			c.lack(fmt.Sprintf("the input %s of %s", name, title), label)
		}
	}
}

// tensors reads those of attributes.
func (c *checker) tensors(attributes []*proto.Attribute, label string) {
	for _, a := range attributes {
		var v *value.Value
		var err error
		t := a.Tensor
		switch {
		case t != nil:
			v, err = c.model.valueOf(t)
		case a.Sparse != nil:
			t = a.Sparse.Values
			v, err = c.model.sparseValue(a.Sparse)
		default:
			continue
		}
		if err != nil {
			c.fail("%s: %v", label, err)
		}
		c.model.tensors[t] = v
	}
}

// arity checks the number of inputs.
func (c *checker) arity(n *Node, label string) {
	have := len(n.Proto.Inputs)
	least, most := n.Op.Arity()
	for have > least && n.Proto.Inputs[have-1] == "" {
		have--
	}
	if have < least || most >= 0 && have > most {
		want := fmt.Sprintf("%d to %d", least, most)
		switch {
		case most < 0:
			want = fmt.Sprintf("at least %d", least)
		case least == most:
			want = fmt.Sprint(least)
		}
		c.fail("%s has %d inputs, not %s", label, have, want)
	}
	if len(n.Proto.Outputs) == 0 {
		c.fail("%s has no outputs", label)
	}
}

// function checks a function's nodes, once.
func (c *checker) function(f *Function, label string) {
	if f.visiting {
		c.fail("%s: the function %s calls itself", label, proto.Printable(f.Proto.Name))
		return
	}
	if f.Graph != nil {
		return
	}
	f.visiting = true
	f.Graph = &Graph{Outputs: f.Proto.Outputs}
	outer := c.opsets
	opsets, err := opsetsOf(f.Proto.Opsets)
	if err != nil {
		c.fail("the function %s: %v", proto.Printable(f.Proto.Name), err)
		opsets = map[string]int{}
	}
	for domain, v := range outer {
		if _, ok := opsets[domain]; !ok {
			opsets[domain] = v
		}
	}
	c.opsets = opsets
	c.tensors(f.Proto.Defaults, "the function "+proto.Printable(f.Proto.Name))
	here := &names{here: map[string]bool{}}
	for _, in := range f.Proto.Inputs {
		here.here[in] = true
	}
	c.body(f.Graph, f.Proto.Name, f.Proto.Nodes, here)
	c.opsets = outer
	f.visiting = false
}

// sort puts nodes after those that compute what they need, and otherwise keeps their order.
func (c *checker) sort(graph string, nodes []*Node, producer map[string]int) []*Node {
	waiting := make([]int, len(nodes))
	users := make([][]int, len(nodes))
	sorted := true
	for i, n := range nodes {
		for _, name := range slices.Concat(n.Proto.Inputs, n.Captures) {
			if p, ok := producer[name]; ok && name != "" {
				waiting[i]++
				users[p] = append(users[p], i)
				sorted = sorted && p < i
			}
		}
	}
	if sorted {
		return nodes
	}
	order := make([]*Node, 0, len(nodes))
	var ready []int
	for i, n := range waiting {
		if n == 0 {
			ready = append(ready, i)
		}
	}
	for len(ready) > 0 {
		i := ready[0]
		ready = ready[1:]
		order = append(order, nodes[i])
		for _, u := range users[i] {
			if waiting[u]--; waiting[u] == 0 {
				ready = append(ready, u)
			}
		}
	}
	if len(order) < len(nodes) {
		for i, n := range waiting {
			if n > 0 {
				c.fail("the graph %q has a cycle through %s", graph, nodes[i].Label)
				break
			}
		}
	}
	return order
}

// uses finds the last use of each value, and what the graph needs of those around it.
func (c *checker) uses(g *Graph, name string, here *names) {
	g.LastUse = map[string]int{}
	captured := map[string]bool{}
	use := func(value string, at int, by string) {
		if value == "" {
			return
		}
		g.LastUse[value] = at
		if here.here[value] || captured[value] {
			return
		}
		if here.around.has(value) {
			captured[value] = true
			g.Captures = append(g.Captures, value)
			return
		}
		c.fail("%s needs %q, which nothing computes", by, value)
	}
	for i, n := range g.Nodes {
		for _, in := range n.Proto.Inputs {
			use(in, i, n.Label)
		}
		for _, in := range n.Captures {
			use(in, i, n.Label)
		}
	}
	for _, out := range g.Outputs {
		if out == "" {
			c.fail("the graph %q has an output without a name", name)
			continue
		}
		use(out, len(g.Nodes), fmt.Sprintf("the graph %q, as an output,", name))
	}
}
