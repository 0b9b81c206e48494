package graph

// Inline adds the nodes of another graph, in the scope at hand, and returns what stands for its
// outputs, in their order. of gives what stands for an input or a variable of that graph; its
// constants are shared, and its updates update what stands for its variables. Types are inferred
// anew, so what stands for an input may have another shape wherever the operators allow it.
func (b *Builder) Inline(g *Graph, of func(source *Value) *Value) []*Value {
	stands := make([]*Value, g.values)
	all := func(values []*Value) []*Value {
		list := make([]*Value, len(values))
		for i, v := range values {
			list[i] = stands[v.id]
		}
		return list
	}
	for _, v := range g.sources {
		if v.kind == Constant {
			stands[v.id] = b.copyConstant(v)
		} else {
			stands[v.id] = of(v)
		}
	}
	for _, n := range g.nodes {
		var outputs []*Value
		if n.Scope == "" {
			outputs = b.ApplyAll(n.Operator, all(n.Inputs)...)
		} else {
			b.In(n.Scope, func() { outputs = b.ApplyAll(n.Operator, all(n.Inputs)...) })
		}
		if b.err != nil {
			outputs = make([]*Value, len(n.Outputs))
		}
		for i, v := range n.Outputs {
			stands[v.id] = outputs[i]
		}
	}
	for _, u := range g.updates {
		b.Update(stands[u.Variable.id], stands[u.Value.id])
	}
	outputs := make([]*Value, len(g.outputs))
	for i, o := range g.outputs {
		if outputs[i] = stands[o.Value.id]; outputs[i] == nil {
			outputs[i] = &Value{id: -1} // as of a mistake before
		}
	}
	return outputs
}
