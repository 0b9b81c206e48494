package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Chains takes element-wise operators of floats that follow each other, also in branches that meet
// again, for one that computes them block by block, and those that repeat an operand, for which
// that is faster too. It is no part of [Passes]: the blocks pay for large arrays, such as images,
// not for small networks.
//
// What makes floats of codes before them, by one constant scale, and codes of floats after them is
// part of a chain.
//
//	x ┬ add 3 ─ clip ┐                   x ┐
//	  └──────────────┴ mul ─ y     →     3 ┴ chain ─ y
func Chains(g *graph.Graph) (*graph.Graph, error) {
	g, err := chainsOf(g, canChain)
	if err != nil {
		return nil, err
	}
	return spread(g)
}

// WholeChains is [Chains] of nodes whose operands all have the shape of the result, of images or
// sequences, in batches of any size: such as the sum of a residual and the ReLU behind it, and
// those of their gradients.
func WholeChains(g *graph.Graph) (*graph.Graph, error) { return chainsOf(g, isWhole) }

// chainsOf puts the nodes together that can be in a chain.
func chainsOf(g *graph.Graph, can func(*graph.Node) bool) (*graph.Graph, error) {
	f := chaining{fusion{g, g.Consumers()}, map[*graph.Node]int{}, can}
	for i, n := range g.Nodes() {
		f.order[n] = i
	}
	chains, taken := map[*graph.Node][]*graph.Node{}, map[*graph.Node]bool{}
	for _, n := range slices.Backward(g.Nodes()) {
		if taken[n] || isFromCodes(n) || !can(n) && !isToCodes(n) {
			continue
		}
		chain := f.chainTo(n, taken)
		steps := len(chain)
		for _, m := range chain {
			if isFromCodes(m) || isToCodes(m) {
				steps--
			}
		}
		if steps > 0 && (len(chain) > 1 || repeats(n)) {
			chains[n] = chain
		}
	}
	if len(chains) == 0 {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if chain := chains[n]; chain != nil {
			o, inputs := program(chain)
			r.Replace(n, r.Apply(o, r.All(inputs)...))
		}
	}})
}

// chaining is a graph whose element-wise nodes are put together.
type chaining struct {
	fusion
	order map[*graph.Node]int
	can   func(*graph.Node) bool // be in a chain
}

// chainTo returns, in the graph's order, the nodes that a node needs and nobody else does, itself
// included, and marks them as taken; but floats are made of codes wherever they are needed.
func (f chaining) chainTo(end *graph.Node, taken map[*graph.Node]bool) []*graph.Node {
	inside := map[*graph.Node]bool{end: true}
	chain := []*graph.Node{end}
	for i := 0; i < len(chain); i++ {
		for _, v := range chain[i].Inputs {
			n, _ := v.Node()
			if n == nil || inside[n] || !n.Outputs[0].Shape().Equal(end.Outputs[0].Shape()) {
				continue
			}
			if isFromCodes(n) {
				inside[n], chain = true, append(chain, n)
				continue
			}
			if taken[n] || isFromCodes(chain[i]) || !f.can(n) || f.graph.IsUsedOutside(v) ||
				slices.ContainsFunc(f.consumers.Of(v), func(c *graph.Node) bool { return !inside[c] }) {
				continue // one whose other consumers come to be inside is met again there
			}
			inside[n] = true
			chain = append(chain, n)
		}
	}
	for _, n := range chain {
		taken[n] = true
	}
	slices.SortFunc(chain, func(a, b *graph.Node) int { return f.order[a] - f.order[b] })
	return chain
}

// program returns nodes as one operator, and its inputs, the first one of the output's shape.
func program(chain []*graph.Node) (op.Chain, []*graph.Value) {
	p, inputs := &op.ChainProgram{}, []*graph.Value{}
	arguments := map[*graph.Value]int{}
	add := func(v, input *graph.Value, codes *op.ChainCodes) {
		arguments[v] = len(inputs)
		inputs = append(inputs, input)
		p.Fixed, p.Codes = append(p.Fixed, input.Kind() == graph.Constant), append(p.Codes, codes)
	}
	shape := chain[0].Outputs[0].Shape()
	chain = slices.DeleteFunc(chain, func(n *graph.Node) bool {
		if isFromCodes(n) {
			add(n.Outputs[0], n.Inputs[0], chainCodes(n, n.Inputs[0].DType()))
		} else if isToCodes(n) {
			p.To = chainCodes(n, n.Outputs[0].DType())
		} else {
			return false
		}
		return true
	})
	for s, n := range chain {
		arguments[n.Outputs[0]] = ^s
	}
	for _, isWhole := range []bool{true, false} {
		for _, n := range chain {
			for _, v := range n.Inputs {
				if _, known := arguments[v]; !known && v.Shape().Equal(shape) == isWhole {
					add(v, v, nil)
				}
			}
		}
	}
	for _, n := range chain {
		step := op.ChainStep{Operator: n.Operator}
		for _, v := range n.Inputs {
			step.Arguments = append(step.Arguments, arguments[v])
		}
		p.Steps = append(p.Steps, step)
	}
	return op.Chain{ChainProgram: p}, inputs
}

// isFromCodes reports whether a node makes floats of codes by one constant scale.
func isFromCodes(n *graph.Node) bool {
	_, ok := n.Operator.(op.Dequantize)
	return ok && hasOneScale(n)
}

// isToCodes reports whether a node makes codes of floats by a constant scale.
func isToCodes(n *graph.Node) bool {
	_, ok := n.Operator.(op.Quantize)
	_, known := n.Outputs[0].Shape().Ints()
	return ok && known && hasOneScale(n)
}

// hasOneScale reports whether the scale and the zero point of a node are constants, and one for
// all.
func hasOneScale(n *graph.Node) bool {
	return n.Inputs[1].Kind() == graph.Constant && n.Inputs[2].Kind() == graph.Constant &&
		n.Inputs[1].Constant().Len() == 1
}

// chainCodes returns what codes stand for by a node's scale and zero point.
func chainCodes(n *graph.Node, d tensor.DType) *op.ChainCodes {
	return &op.ChainCodes{DType: d, Scale: tensor.Elements[float32](n.Inputs[1].Constant())[0],
		Zero: zerosOf(n.Inputs[2].Constant())[0]}
}

// repeats reports whether an operand of a node is broadcast.
func repeats(n *graph.Node) bool {
	return slices.ContainsFunc(n.Inputs, func(v *graph.Value) bool {
		return !v.Shape().Equal(n.Outputs[0].Shape())
	})
}

// chainPeriod is the largest number of elements that a chain repeats.
const chainPeriod = 2048

// canChain reports whether a node can be in a chain: one of an element-wise operator of floats,
// with an input of the output's shape; others have it, too, or repeat along the first dimensions.
func canChain(n *graph.Node) bool {
	if len(n.Outputs) != 1 || !n.Outputs[0].DType().IsFloat() {
		return false
	}
	switch o := n.Operator.(type) {
	case op.Unary, op.Clamp, op.Mapping, op.Binary:
	case op.Parametric:
		if o.Function == tensor.Axpy {
			return false
		}
	default:
		return false
	}
	shape := n.Outputs[0].Shape()
	if _, known := shape.Ints(); !known {
		return false
	}
	isWhole := func(v *graph.Value) bool { return v.Shape().Equal(shape) }
	return slices.ContainsFunc(n.Inputs, isWhole) &&
		!slices.ContainsFunc(n.Inputs, func(v *graph.Value) bool {
			size, known := v.Shape().Size().Value()
			return !isWhole(v) && (!known || size > chainPeriod || !op.IsTail(v.Shape(), shape))
		})
}

// isWhole reports whether a node is an element-wise one whose operands have its result's shape, of
// three dimensions at least.
func isWhole(n *graph.Node) bool {
	switch n.Operator.(type) {
	case op.Unary, op.UnaryGradient, op.Binary:
	default:
		return false
	}
	result := n.Outputs[0]
	return result.DType().IsFloat() && len(result.Shape()) > 2 &&
		!slices.ContainsFunc(n.Inputs, func(v *graph.Value) bool {
			return !v.Shape().Equal(result.Shape())
		})
}
