package rewrite

import (
	"math"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Activation takes activations that are spelled out, as exporters do it, for the operators that
// compute them at once, and that a product can end with: gelu by the error function or by the
// hyperbolic tangent, and silu.
//
// It changes bits, since the operators round less often: so it is not among [Passes].
//
//	x ┬ div √2 ─ erf ─ add 1 ┐
//	  └──────────────────────┴ mul ─ mul 0.5 ─ y  →  x ─ gelu ─ y
//
//	x ┬ sigmoid ┐
//	  └─────────┴ mul ─ y                         →  x ─ silu ─ y
//
//	x ┬ less 0 ──────┐
//	  ├ mul 0.1 ─────┤
//	  └──────────────┴ where ─ y                  →  x ─ leaky_relu ─ y
func Activation(g *graph.Graph) (*graph.Graph, error) {
	f := fusion{g, g.Consumers()}
	found := map[*graph.Node]activated{}
	for _, n := range g.Nodes() {
		if a, ok := f.activation(n); ok {
			found[n] = a
		}
	}
	if len(found) == 0 {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if a, ok := found[n]; ok {
			r.Replace(n, r.Apply(a.by, r.Of(a.x)))
		}
	}})
}

// activated is a value and the activation that is spelled out for it.
type activated struct {
	x  *graph.Value
	by graph.Operator
}

// activation returns the activation that ends with a node.
func (f fusion) activation(n *graph.Node) (a activated, ok bool) {
	if n.Operator == (op.Choose{}) {
		return leakyRelu(n)
	}
	if n.Operator != (op.Binary{Function: tensor.Mul}) {
		return a, false
	}
	factors := f.factors(n, nil)
	for i, v := range factors {
		a.x = v
		if !v.Type().Equal(n.Outputs[0].Type()) {
			continue
		}
		switch len(factors) {
		case 2:
			gate := nodeOf(factors[1-i])
			if gate != nil && gate.Operator == (op.Unary{Function: tensor.Sigmoid}) && gate.Inputs[0] == v {
				a.by = op.Unary{Function: tensor.Silu}
				return a, true
			}
		case 3:
			for _, others := range [2][2]int{{1, 2}, {2, 1}} {
				c, gate := numberOf(factors[(i+others[0])%3]), factors[(i+others[1])%3]
				if c == nil || *c != 0.5 {
					continue
				}
				if by, ok := geluGate(gate, v); ok {
					a.by = op.Unary{Function: by}
					return a, true
				}
			}
		}
	}
	return a, false
}

// leakyRelu returns the leaky ReLU that a choice between x·slope and x is, where it is one.
func leakyRelu(n *graph.Node) (a activated, ok bool) {
	low, product, x := nodeOf(n.Inputs[0]), n.Inputs[1], n.Inputs[2]
	of, slope, ok := withNumber(product, tensor.Mul)
	if !ok || of != x || low == nil || low.Operator != (op.Compare{By: op.IsLess}) ||
		low.Inputs[0] != x || !x.Type().Equal(n.Outputs[0].Type()) || !x.DType().IsFloat() {
		return a, false
	}
	zero := numberOf(low.Inputs[1])
	a = activated{x, op.Parametric{Function: tensor.LeakyRelu, Alpha: slope}}
	return a, zero != nil && *zero == 0
}

// factors returns what a product is made of, products within it that nobody else needs taken apart.
func (f fusion) factors(n *graph.Node, all []*graph.Value) []*graph.Value {
	for _, v := range n.Inputs {
		if inner := binaryOf(v, tensor.Mul); inner != nil && f.isOnlyFor(v, n) {
			all = f.factors(inner, all)
		} else {
			all = append(all, v)
		}
	}
	return all
}

// geluGate returns the gelu of x whose factor, beside x and 0.5, v is: 1 + erf(x/√2), or 1 +
// tanh(√(2/π)·(x + 0.044715·x³)).
func geluGate(v, x *graph.Value) (by tensor.Unary, ok bool) {
	sum, one, ok := withNumber(v, tensor.Add)
	if !ok || one != 1 || nodeOf(sum) == nil {
		return 0, false
	}
	inner := nodeOf(sum)
	switch inner.Operator {
	case op.Unary{Function: tensor.Erf}:
		z := inner.Inputs[0]
		if of, root, ok := withNumber(z, tensor.Div); ok {
			return tensor.Gelu, of == x && isAbout(root, math.Sqrt2)
		}
		of, root, ok := withNumber(z, tensor.Mul)
		return tensor.Gelu, ok && of == x && isAbout(root, 1/math.Sqrt2)
	case op.Unary{Function: tensor.Tanh}:
		z, factor, ok := withNumber(inner.Inputs[0], tensor.Mul)
		return tensor.GeluTanh, ok && isAbout(factor, math.Sqrt(2/math.Pi)) && isWithCube(z, x)
	}
	return 0, false
}

// isWithCube reports whether z is x + 0.044715·x³.
func isWithCube(z, x *graph.Value) bool {
	sum := binaryOf(z, tensor.Add)
	if sum == nil {
		return false
	}
	for i, v := range sum.Inputs {
		cube, factor, ok := withNumber(sum.Inputs[1-i], tensor.Mul)
		if ok && v == x && isAbout(factor, 0.044715) && isCube(cube, x) {
			return true
		}
	}
	return false
}

// isCube reports whether v is x³.
func isCube(v, x *graph.Value) bool {
	n := nodeOf(v)
	if n == nil {
		return false
	}
	if n.Operator == (op.Pairwise{By: op.PowOf}) {
		exponent := numberOf(n.Inputs[1])
		return n.Inputs[0] == x && exponent != nil && *exponent == 3
	}
	isSquare := func(v *graph.Value) bool {
		n := binaryOf(v, tensor.Mul)
		return n != nil && n.Inputs[0] == x && n.Inputs[1] == x
	}
	n = binaryOf(v, tensor.Mul)
	return n != nil && (n.Inputs[0] == x && isSquare(n.Inputs[1]) ||
		n.Inputs[1] == x && isSquare(n.Inputs[0]))
}

// isAbout reports whether a number is what exporters write for another one, often in few digits.
func isAbout(v, want float64) bool { return math.Abs(v-want) <= 1e-6*want }
