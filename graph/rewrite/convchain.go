package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// ConvChains lets convolutions by packed weights end with the chain that follows them, or with an
// element-wise operator with another array, such as a residual sum, while their elements are in
// caches; and products and convolutions of integers with a chain of numbers, to codes again. It
// comes after [Chains] and [Pack], and is no part of [Passes].
//
//	x ─ conv_kept ┐                    x ┐
//	            r ┤                    r ┤
//	            3 ┴ chain ─ y    →     3 ┴ conv_kept ─ y
func ConvChains(g *graph.Graph) (*graph.Graph, error) {
	if !contains(g, func(o graph.Operator) bool {
		_, isKept := o.(op.KeptConv)
		_, isOfIntegers := integersOf(o)
		return isKept || isOfIntegers
	}) {
		return g, nil
	}
	f := fusion{g, g.Consumers()}
	return graph.Rebuild(g, graph.Rewriter{Node: f.fuseConvChain})
}

// fuseConvChain replaces a chain that can end a convolution.
func (f fusion) fuseConvChain(r *graph.Rebuilding, n *graph.Node) {
	program, whole, ok := convChainOf(n)
	if !ok || f.fuseIntegerChain(r, n, program, whole) || program.To != nil {
		return
	}
	inputs := slices.Clone(n.Inputs)
	for i, v := range inputs[:whole] {
		before, _ := v.Node()
		if before == nil || !f.isOnlyFor(v, n) {
			continue
		}
		o, ok := before.Operator.(op.KeptConv)
		if !ok || o.Chain != nil || !o.ChannelsLast {
			continue
		}
		if i == 1 {
			inputs[0], inputs[1] = inputs[1], inputs[0]
			program = swapped(program)
		}
		o.Chain = program
		r.Replace(n, r.Apply(o, append(r.All(before.Inputs), r.All(inputs[1:])...)...))
		return
	}
}

// fuseIntegerChain lets a product of integers end with a chain of its floats and numbers, and
// reports whether it did.
func (f fusion) fuseIntegerChain(r *graph.Rebuilding, n *graph.Node, program *op.ChainProgram,
	whole int) bool {
	before := nodeOf(n.Inputs[0])
	if before == nil || whole != 1 || !f.isOnlyFor(n.Inputs[0], n) {
		return false
	}
	o, ok := integersOf(before.Operator)
	if !ok || o.To != tensor.Float32Type || o.Chain != nil {
		return false
	}
	o.Chain = &op.IntegerChain{ChainProgram: program}
	for _, v := range n.Inputs[1:] {
		o.Chain.Numbers = append(o.Chain.Numbers, v.Constant())
	}
	o.To = n.Outputs[0].DType()
	end := integerEnd{IntegerProduct: o, from: before.Operator}
	r.Replace(n, r.Apply(end.operator(), r.All(before.Inputs)...))
	return true
}

// convChainOf returns what a node computes as a chain of one or two arrays, so many and different
// ones, and of numbers behind them.
func convChainOf(n *graph.Node) (p *op.ChainProgram, whole int, ok bool) {
	switch o := n.Operator.(type) {
	case op.Chain:
		p = o.ChainProgram
	case op.Binary:
		p = &op.ChainProgram{Steps: []op.ChainStep{{Operator: o, Arguments: []int{0, 1}}},
			Fixed: []bool{false, false}, Codes: make([]*op.ChainCodes, 2)}
	default:
		return nil, 0, false
	}
	isCode := func(c *op.ChainCodes) bool { return c != nil }
	if slices.ContainsFunc(p.Codes, isCode) {
		return nil, 0, false
	}
	for i, v := range n.Inputs {
		switch {
		case !p.Fixed[i] && v.Shape().Equal(n.Outputs[0].Shape()):
			whole++
		case !p.Fixed[i] || !v.Shape().Size().Is(1):
			return nil, 0, false
		}
	}
	return p, whole, whole == 1 || whole == 2 && n.Inputs[0] != n.Inputs[1]
}

// swapped returns a program that takes its first two inputs, both arrays, the other way round.
func swapped(p *op.ChainProgram) *op.ChainProgram {
	turned := *p
	turned.Steps = slices.Clone(p.Steps)
	for i, step := range p.Steps {
		arguments := slices.Clone(step.Arguments)
		for j, a := range arguments {
			if a == 0 || a == 1 {
				arguments[j] = 1 - a
			}
		}
		turned.Steps[i].Arguments = arguments
	}
	return &turned
}
