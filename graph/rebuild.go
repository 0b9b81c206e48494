package graph

import "slices"

// Rewriter says what becomes of the parts of a graph that is copied.
type Rewriter struct {
	// Keep reports whether a source is wanted; nil keeps all.
	Keep func(source *Value) bool
	// Node builds what stands for a node and says so by [Rebuilding.Replace] or [Rebuilding.Drop];
	// a node about which it says nothing is copied.
	Node func(r *Rebuilding, n *Node)
}

// Rebuild returns a copy of a graph as the rewriter wants it, or the graph itself if it has nothing
// to say. Nodes are visited in order.
func Rebuild(g *Graph, w Rewriter) (*Graph, error) {
	r := &Rebuilding{Builder: NewBuilder(), old: g}
	if w.Keep != nil {
		r.keep = w.Keep
		for _, v := range g.sources {
			if !w.Keep(v) {
				r.begin()
				break
			}
		}
	}
	var scope [1]string
	for i, n := range g.nodes {
		r.at = i
		r.scope = nil
		if n.Scope != "" {
			scope[0] = n.Scope
			r.scope = scope[:]
		}
		if w.Node(r, n); r.begun && !r.done[n.index] && r.err == nil {
			r.copyNode(n)
		}
	}
	if !r.begun && r.err == nil && len(r.graph.nodes)+len(r.graph.sources) == 0 {
		return g, nil
	}
	r.at = len(g.nodes)
	r.begin()
	for _, o := range g.outputs {
		r.Output(o.Name, r.Of(o.Value))
	}
	for _, u := range g.updates {
		r.Update(r.Of(u.Variable), r.Of(u.Value))
	}
	return r.built()
}

// Rebuilding is the copy of a graph in the making. It begins when a node is to be changed, with the
// nodes before that one.
type Rebuilding struct {
	*Builder
	old   *Graph
	at    int // the node at hand
	keep  func(source *Value) bool
	begun bool
	of    []*Value // by the value's number
	done  []bool   // by the node's number
	// What copies of nodes are made of, allocated at once.
	nodes  []Node
	values []Value
	lists  []*Value
}

// begin copies what comes before the node at hand, unless that has been done.
func (r *Rebuilding) begin() {
	if r.begun {
		return
	}
	r.begun = true
	g, outputs, lists := r.old, 0, 0
	for _, n := range g.nodes {
		outputs += len(n.Outputs)
		lists += len(n.Inputs) + len(n.Outputs)
	}
	r.of, r.done = make([]*Value, g.values), make([]bool, len(g.nodes))
	r.nodes, r.values = make([]Node, 0, len(g.nodes)), make([]Value, 0, outputs)
	r.lists = make([]*Value, 0, lists)
	r.graph.nodes = slices.Grow(r.graph.nodes, len(g.nodes))
	r.graph.sources = slices.Grow(r.graph.sources, len(g.sources))
	for _, v := range g.sources {
		if r.keep == nil || r.keep(v) {
			r.of[v.id] = r.copySource(v)
		}
	}
	for _, n := range g.nodes[:r.at] {
		r.copyNode(n)
	}
}

// copyNode copies a node. If its inputs have the types that they had, so have its outputs.
func (r *Rebuilding) copyNode(n *Node) {
	first := len(r.lists)
	for _, v := range n.Inputs {
		by := r.Of(v)
		if by == nil || by.id < 0 || !by.typ.Equal(v.typ) {
			r.lists = r.lists[:first]
			r.Replace(n, r.ApplyAll(n.Operator, r.All(n.Inputs)...)...)
			return
		}
		r.lists = append(r.lists, by)
	}
	inputs := r.lists[first:len(r.lists):len(r.lists)]
	r.nodes = append(r.nodes, Node{Operator: n.Operator, Inputs: inputs, Scope: n.Scope,
		index: len(r.graph.nodes)})
	c := &r.nodes[len(r.nodes)-1]
	first = len(r.lists)
	for i, v := range n.Outputs {
		r.values = append(r.values, Value{id: r.Builder.values, typ: v.typ, node: c, output: i})
		r.Builder.values++
		r.lists = append(r.lists, &r.values[len(r.values)-1])
	}
	c.Outputs = r.lists[first:len(r.lists):len(r.lists)]
	r.graph.nodes = append(r.graph.nodes, c)
	r.Replace(n, c.Outputs...)
}

// Of returns what stands for a value of the graph that is copied.
//
//go:noinline
func (r *Rebuilding) Of(v *Value) *Value {
	if v == nil || v.id < 0 {
		return nil
	}
	r.begin()
	return r.of[v.id]
}

// All returns what stands for values of the graph that is copied.
//
//go:noinline
func (r *Rebuilding) All(values []*Value) []*Value {
	all := make([]*Value, len(values))
	for i, v := range values {
		all[i] = r.Of(v)
	}
	return all
}

// Replace says what stands for the outputs of a node from now on: one for each.
//
//go:noinline
func (r *Rebuilding) Replace(n *Node, outputs ...*Value) {
	r.begin()
	r.done[n.index] = true
	for i, v := range n.Outputs {
		if r.err == nil {
			r.of[v.id] = outputs[i]
		}
	}
}

// ReplaceValue says what stands for a value from now on.
func (r *Rebuilding) ReplaceValue(v, by *Value) {
	r.begin()
	r.of[v.id] = by
}

// Drop leaves a node out. Nobody needs its outputs.
func (r *Rebuilding) Drop(n *Node) {
	r.begin()
	r.done[n.index] = true
}

// copySource returns a copy of an input, a variable or a constant.
func (r *Rebuilding) copySource(v *Value) *Value {
	switch v.kind {
	case Input:
		return r.Input(v.name, v.typ)
	case VariableValue:
		if known := r.variables[v.variable.Name]; known != nil { // by a node before the first change
			return known
		}
		r.variables[v.variable.Name] = r.source(&Value{kind: v.kind, variable: v.variable, typ: v.typ})
		return r.variables[v.variable.Name]
	}
	return r.copyConstant(v)
}

// Consumers says which nodes each value of a graph is an input of.
type Consumers struct {
	first []int // by the value's number: where its nodes begin; those of the next one end them
	nodes []*Node
}

// Consumers returns which nodes each value is an input of.
func (g *Graph) Consumers() Consumers {
	c := Consumers{first: make([]int, g.values+1)}
	for _, n := range g.nodes {
		for _, v := range n.Inputs {
			c.first[v.id]++
		}
	}
	total := 0
	for i, n := range c.first {
		total += n
		c.first[i] = total // where the next ones begin; filling up counts it down
	}
	c.nodes = make([]*Node, total)
	for i := len(g.nodes) - 1; i >= 0; i-- {
		inputs := g.nodes[i].Inputs
		for j := len(inputs) - 1; j >= 0; j-- {
			id := inputs[j].id
			c.first[id]--
			c.nodes[c.first[id]] = g.nodes[i]
		}
	}
	return c
}

// Of returns the nodes that a value is an input of, in order, one that takes it twice two times.
//
//go:noinline
func (c Consumers) Of(v *Value) []*Node { return c.nodes[c.first[v.id]:c.first[v.id+1]] }

// Set is a set of values of one graph.
type Set struct{ has []bool }

// NewSet returns an empty set of values.
func (g *Graph) NewSet() Set { return Set{make([]bool, g.values)} }

// Add adds a value to the set.
func (s Set) Add(v *Value) { s.has[v.id] = true }

// Has reports whether a value is in the set.
func (s Set) Has(v *Value) bool { return s.has[v.id] }

// IsUsedOutside reports whether a value is an output of the graph or updates a variable.
func (g *Graph) IsUsedOutside(v *Value) bool {
	for _, o := range g.outputs {
		if o.Value == v {
			return true
		}
	}
	for _, u := range g.updates {
		if u.Value == v {
			return true
		}
	}
	return false
}
