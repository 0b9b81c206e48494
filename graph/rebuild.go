package graph

// Rewriter says what becomes of the parts of a graph that is copied.
type Rewriter struct {
	// Keep reports whether a source is wanted; nil keeps all.
	Keep func(source *Value) bool
	// Node builds what stands for a node and says so by [Rebuilding.Replace] or [Rebuilding.Drop];
	// a node about which it says nothing is copied.
	Node func(r *Rebuilding, n *Node)
}

// Rebuild returns a copy of a graph as the rewriter wants it. Nodes are visited in order.
func Rebuild(g *Graph, w Rewriter) (*Graph, error) {
	r := &Rebuilding{Builder: NewBuilder(), of: map[*Value]*Value{}, done: map[*Node]bool{}}
	for _, v := range g.sources {
		if w.Keep == nil || w.Keep(v) {
			r.of[v] = r.copySource(v)
		}
	}
	for _, n := range g.nodes {
		r.scope = nil
		if n.Scope != "" {
			r.scope = []string{n.Scope}
		}
		if w.Node(r, n); !r.done[n] && r.err == nil {
			r.Replace(n, r.ApplyAll(n.Operator, r.All(n.Inputs)...)...)
		}
	}
	for _, o := range g.outputs {
		r.Output(o.Name, r.Of(o.Value))
	}
	for _, u := range g.updates {
		r.Update(r.Of(u.Variable), r.Of(u.Value))
	}
	return r.Graph()
}

// Rebuilding is the copy of a graph in the making.
type Rebuilding struct {
	*Builder
	of   map[*Value]*Value
	done map[*Node]bool
}

// Of returns what stands for a value of the graph that is copied.
func (r *Rebuilding) Of(v *Value) *Value { return r.of[v] }

// All returns what stands for values of the graph that is copied.
func (r *Rebuilding) All(values []*Value) []*Value {
	all := make([]*Value, len(values))
	for i, v := range values {
		all[i] = r.of[v]
	}
	return all
}

// Replace says what stands for the outputs of a node from now on: one for each.
func (r *Rebuilding) Replace(n *Node, outputs ...*Value) {
	r.done[n] = true
	for i, v := range n.Outputs {
		if r.err == nil {
			r.of[v] = outputs[i]
		}
	}
}

// ReplaceValue says what stands for a value from now on.
func (r *Rebuilding) ReplaceValue(v, by *Value) { r.of[v] = by }

// Drop leaves a node out. Nobody needs its outputs.
func (r *Rebuilding) Drop(n *Node) { r.done[n] = true }

// copySource returns a copy of an input, a variable or a constant.
func (r *Rebuilding) copySource(v *Value) *Value {
	switch v.kind {
	case Input:
		return r.Input(v.name, v.typ)
	case VariableValue:
		return r.Variable(v.variable)
	}
	return r.Constant(v.constant)
}

// Consumers returns, for each value, the nodes that it is an input of, in order.
func (g *Graph) Consumers() map[*Value][]*Node {
	consumers := map[*Value][]*Node{}
	for _, n := range g.nodes {
		for _, v := range n.Inputs {
			consumers[v] = append(consumers[v], n)
		}
	}
	return consumers
}

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
