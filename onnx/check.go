package onnx

import (
	"fmt"
	"slices"
	"strings"

	"simdnn/onnx/internal/proto"
)

// graphInfo is a graph that was checked: the model's, a function's, or one in an attribute.
type graphInfo struct {
	nodes        []*nodeInfo // in an order in which they can run
	inputs       []*proto.ValueInfo
	outputs      []string
	initializers []named
	lastUse      map[string]int  // the last node that needs a value; len(nodes) for outputs
	captures     []string        // the values of graphs around it that it needs
	size         int             // nodes, with those of attributes' graphs and of called functions
	given        map[string]bool // the names of initializers
}

type named struct {
	name  string
	value *Value
}

// nodeInfo is a node that was checked.
type nodeInfo struct {
	proto    *proto.Node
	op       *operator // nil if it calls a function
	function *function
	version  int
	graphs   map[string]*graphInfo // by attribute
	captures []string
	label    string
}

// function is a function of the model.
type function struct {
	proto    *proto.Function
	graph    *graphInfo
	visiting bool
}

// checker checks a model and collects what is wrong with it.
type checker struct {
	model    *Model
	opsets   map[string]int // of the model, or of the function at hand
	errors   []string
	missing  map[string]*missing // operators that are not supported
	depth    int
	deepness bool
}

// checkModel checks the functions and the graph.
func (c *checker) checkModel(p *proto.Model) *graphInfo {
	for _, f := range p.Functions {
		key := functionKey(f.Domain, f.Name, f.Overload)
		if c.model.functions[key] != nil {
			c.fail("it has two functions %s", printable(key))
		}
		c.model.functions[key] = &function{proto: f}
	}
	c.opsets = c.model.opsets
	return c.graph(p.Graph, nil)
}

func functionKey(domain, name, overload string) string {
	return strings.TrimSuffix(domainOf(domain)+":"+name+":"+overload, ":")
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
func (c *checker) graph(p *proto.Graph, around *names) *graphInfo {
	g := &graphInfo{inputs: p.Inputs, given: map[string]bool{}}
	here := &names{here: map[string]bool{}, around: around}
	for _, v := range p.Inputs {
		if here.here[v.Name] || v.Name == "" {
			c.fail("the graph %q has two inputs %q, or one without a name", p.Name, v.Name)
		}
		here.here[v.Name] = true
	}
	add := func(name string, v *Value, err error) {
		here.here[name] = true
		if err != nil {
			c.fail("%v", err)
			return
		}
		if around.has(name) {
			c.fail("the graph %q has the initializer %q, as has a graph around it", p.Name, name)
		}
		g.initializers = append(g.initializers, named{name, v})
		g.given[name] = true
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
		g.outputs = append(g.outputs, v.Name)
	}
	c.body(g, p.Name, p.Nodes, here)
	return g
}

// maxNesting bounds how deep graphs and functions may stand in each other.
const maxNesting = 32

// body checks the nodes of a graph, sorts them, and finds what they need.
func (c *checker) body(g *graphInfo, name string, nodes []*proto.Node, here *names) {
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
	infos := make([]*nodeInfo, len(nodes))
	for i, n := range nodes {
		infos[i] = c.node(n, labelOf(n, i), here)
		g.size = min(g.size+infos[i].size(), maxInlined+1)
	}
	if g.size > maxInlined && len(c.model.functions) > 0 {
		c.fail("the graph %q has more than %d nodes once functions stand in place of their calls", name,
			maxInlined)
	}
	g.nodes = c.sort(name, infos, producer)
	c.uses(g, name, here)
}

// maxInlined bounds the nodes of graphs with functions: few that call each other many times make
// many.
const maxInlined = 1 << 20

// size returns the number of nodes that stand for one.
func (n *nodeInfo) size() int {
	size := 1
	for _, g := range n.graphs {
		size += g.size
	}
	if n.function != nil && n.function.graph != nil {
		size += n.function.graph.size
	}
	return size
}

// node checks one node.
func (c *checker) node(n *proto.Node, label string, here *names) *nodeInfo {
	domain := domainOf(n.Domain)
	info := &nodeInfo{proto: n, label: label, version: c.opsets[domain]}
	c.tensors(n.Attributes, label)
	for _, a := range n.Attributes {
		if a.Graph != nil {
			if info.graphs == nil {
				info.graphs = map[string]*graphInfo{}
			}
			sub := c.graph(a.Graph, here)
			info.graphs[a.Name] = sub
			info.captures = append(info.captures, sub.captures...)
		}
	}
	slices.Sort(info.captures)
	info.captures = slices.Compact(info.captures)
	if f := c.model.functions[functionKey(domain, n.Operator, n.Overload)]; f != nil {
		info.function = f
		c.function(f, label)
		if len(n.Inputs) > len(f.proto.Inputs) || len(n.Outputs) > len(f.proto.Outputs) {
			c.fail("%s has %d inputs and %d outputs, the function %d and %d", label, len(n.Inputs),
				len(n.Outputs), len(f.proto.Inputs), len(f.proto.Outputs))
		}
		return info
	}
	title := printable(n.Operator)
	if domain != "" {
		title = printable(domain) + "." + title
	}
	if _, ok := c.opsets[domain]; !ok {
		if domain != "" && find(domain, n.Operator, maxOpset) != nil {
			info.version = 1 // as for domains of one version only, which some files don't name
		} else {
			c.fail("%s is of domain %q, whose version the file does not give", label, domain)
			return info
		}
	}
	info.op = find(domain, n.Operator, info.version)
	if info.op == nil {
		if len(registry[domain+":"+n.Operator]) > 0 {
			title = fmt.Sprintf("%s of version %d", title, info.version)
		}
		c.lack(title, label)
		return info
	}
	if info.op.name == imageDecoder && c.model.options.DecodeImage == nil {
		c.lack(title+" without Options.DecodeImage", label)
	}
	c.arity(info, label)
	c.support(info, title, label)
	return info
}

// support checks that the operator understands the node's attributes and inputs.
func (c *checker) support(n *nodeInfo, title, label string) {
	for _, a := range n.proto.Attributes {
		switch name, value := n.op.knows(a); {
		case !name:
			c.lack(fmt.Sprintf("the attribute %s of %s", printable(a.Name), title), label)
		case !value:
			c.lack(fmt.Sprintf("the value of the attribute %s of %s", a.Name, title), label)
		}
	}
	for i, name := range n.op.refused {
		if i < len(n.proto.Inputs) && n.proto.Inputs[i] != "" {
			c.lack(fmt.Sprintf("the input %s of %s", name, title), label)
		}
	}
}

// tensors reads those of attributes.
func (c *checker) tensors(attributes []*proto.Attribute, label string) {
	for _, a := range attributes {
		var v *Value
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
func (c *checker) arity(n *nodeInfo, label string) {
	have := len(n.proto.Inputs)
	for have > n.op.min && n.proto.Inputs[have-1] == "" {
		have--
	}
	if have < n.op.min || n.op.max >= 0 && have > n.op.max {
		want := fmt.Sprintf("%d to %d", n.op.min, n.op.max)
		switch {
		case n.op.max < 0:
			want = fmt.Sprintf("at least %d", n.op.min)
		case n.op.min == n.op.max:
			want = fmt.Sprint(n.op.min)
		}
		c.fail("%s has %d inputs, not %s", label, have, want)
	}
	if len(n.proto.Outputs) == 0 {
		c.fail("%s has no outputs", label)
	}
}

// function checks a function's nodes, once.
func (c *checker) function(f *function, label string) {
	if f.visiting {
		c.fail("%s: the function %s calls itself", label, printable(f.proto.Name))
		return
	}
	if f.graph != nil {
		return
	}
	f.visiting = true
	f.graph = &graphInfo{outputs: f.proto.Outputs}
	outer := c.opsets
	opsets, err := opsetsOf(f.proto.Opsets)
	if err != nil {
		c.fail("the function %s: %v", printable(f.proto.Name), err)
		opsets = map[string]int{}
	}
	for domain, v := range outer {
		if _, ok := opsets[domain]; !ok {
			opsets[domain] = v
		}
	}
	c.opsets = opsets
	c.tensors(f.proto.Defaults, "the function "+printable(f.proto.Name))
	here := &names{here: map[string]bool{}}
	for _, in := range f.proto.Inputs {
		here.here[in] = true
	}
	c.body(f.graph, f.proto.Name, f.proto.Nodes, here)
	c.opsets = outer
	f.visiting = false
}

// sort puts nodes after those that compute what they need, and otherwise keeps their order.
func (c *checker) sort(graph string, nodes []*nodeInfo, producer map[string]int) []*nodeInfo {
	waiting := make([]int, len(nodes))
	users := make([][]int, len(nodes))
	sorted := true
	for i, n := range nodes {
		for _, name := range slices.Concat(n.proto.Inputs, n.captures) {
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
	order := make([]*nodeInfo, 0, len(nodes))
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
				c.fail("the graph %q has a cycle through %s", graph, nodes[i].label)
				break
			}
		}
	}
	return order
}

// uses finds the last use of each value, and what the graph needs of those around it.
func (c *checker) uses(g *graphInfo, name string, here *names) {
	g.lastUse = map[string]int{}
	captured := map[string]bool{}
	use := func(value string, at int, by string) {
		if value == "" {
			return
		}
		g.lastUse[value] = at
		if here.here[value] || captured[value] {
			return
		}
		if here.around.has(value) {
			captured[value] = true
			g.captures = append(g.captures, value)
			return
		}
		c.fail("%s needs %q, which nothing computes", by, value)
	}
	for i, n := range g.nodes {
		for _, in := range n.proto.Inputs {
			use(in, i, n.label)
		}
		for _, in := range n.captures {
			use(in, i, n.label)
		}
	}
	for _, out := range g.outputs {
		if out == "" {
			c.fail("the graph %q has an output without a name", name)
			continue
		}
		use(out, len(g.nodes), fmt.Sprintf("the graph %q, as an output,", name))
	}
}
