package graph

import "slices"

// Gradients adds the nodes that compute dL/dv for each value in of, given seeds = dL/doutput for
// each of outputs, and returns these values: nil where L does not depend on v. add adds up what
// the consumers of a value give, in the order of the consumers. It is reverse-mode differentiation
// as Griewank and Walther, Evaluating Derivatives (2008), chapter 3, have it; because a gradient is
// a graph again, it has a gradient as well.
func Gradients(b *Builder, outputs, seeds, of []*Value, add Operator) []*Value {
	d := &derivation{b: b, add: add, parts: map[*Value][]*Value{}}
	if b.err != nil {
		return make([]*Value, len(of))
	}
	for i, v := range outputs {
		d.give(v, seeds[i])
	}
	needed := dependents(b.graph.nodes, of)
	for i := len(b.graph.nodes) - 1; i >= 0; i-- {
		if n := b.graph.nodes[i]; needed[n] && b.err == nil {
			d.differentiate(n)
		}
	}
	gradients := make([]*Value, len(of))
	for i, v := range of {
		gradients[i] = d.total(v)
	}
	return gradients
}

// dependents returns the nodes that compute something from these values.
func dependents(nodes []*Node, of []*Value) map[*Node]bool {
	wanted := map[*Value]bool{}
	for _, v := range of {
		wanted[v] = true
	}
	needed := map[*Node]bool{}
	for _, n := range nodes {
		needed[n] = slices.ContainsFunc(n.Inputs, func(v *Value) bool {
			return wanted[v] || v.node != nil && needed[v.node]
		})
	}
	return needed
}

// derivation is the state of [Gradients].
type derivation struct {
	b     *Builder
	add   Operator
	parts map[*Value][]*Value // dL/dv from each consumer of v, the last one first
}

// give adds a part of dL/dv.
func (d *derivation) give(v, gradient *Value) {
	if gradient == nil || d.b.err != nil {
		return
	}
	if !v.typ.Equal(gradient.typ) {
		d.b.Fail("the gradient of %v has the type %v", v, gradient.typ)
	}
	d.parts[v] = append(d.parts[v], gradient)
}

// total returns dL/dv, nil if L does not depend on v.
func (d *derivation) total(v *Value) *Value {
	parts := d.parts[v]
	if len(parts) == 0 {
		return nil
	}
	sum := parts[len(parts)-1]
	for i := len(parts) - 2; i >= 0; i-- {
		sum = d.b.Apply(d.add, sum, parts[i])
	}
	d.parts[v] = []*Value{sum}
	return sum
}

// differentiate gives the inputs of a node their parts.
func (d *derivation) differentiate(n *Node) {
	upstream := make([]*Value, len(n.Outputs))
	for i, v := range n.Outputs {
		upstream[i] = d.total(v)
	}
	if !slices.ContainsFunc(upstream, func(v *Value) bool { return v != nil }) {
		return
	}
	o, ok := n.Operator.(Differentiable)
	if !ok {
		d.b.Fail("%v has no gradient", n)
		return
	}
	scope := d.b.scope
	d.b.scope = []string{Join(n.Scope, "gradient")} // the layer's that made the node
	gradients := o.Gradient(d.b, n, upstream)
	d.b.scope = scope
	if d.b.err == nil && len(gradients) != len(n.Inputs) {
		d.b.Fail("%v has %d gradients for %d inputs", n, len(gradients), len(n.Inputs))
	}
	for i := len(gradients) - 1; i >= 0; i-- {
		d.give(n.Inputs[i], gradients[i])
	}
}
