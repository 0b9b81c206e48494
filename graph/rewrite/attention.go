package rewrite

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Attention takes scaled dot-product attention that is spelled out for the operator that computes
// it in blocks of queries, whose scores never stand in memory as a whole, and reads and writes
// heads where they are: transposes, slices and repetitions of queries, keys and values, the
// transpose of the sums, and factors of queries, keys or scores become part of it, and masks that
// are added or choose scores, and the choice of 0 for weights that are no numbers. It keeps the
// bits.
//
//	q ─ transpose ─ mul √s ┐
//	k ─ transpose ─ mul √s ┴ matmul ─ add m ─ softmax ┬ is_nan ┐                 q ┐
//	                                                  ├────────┴ where 0 ┐       k ┤
//	                                                  └────────┘         │   →   v ┤
//	v ─ transpose ───────────────────────────────────────────────────────┤       m ┴ attention_fused
//	                                                                     └ matmul ─ transpose
//
// Where nobody wants the weights of an [op.Attention] it makes them of a block at a time, too.
func Attention(g *graph.Graph) (*graph.Graph, error) {
	f := fusion{g, g.Consumers()}
	found := map[*graph.Node]*attention{}
	for _, n := range g.Nodes() {
		if a := f.attention(n); a != nil {
			found[a.end] = a
		}
	}
	if len(found) == 0 {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if a := found[n]; a != nil {
			if y := r.Apply(a.operator, r.All(a.inputs)...); r.Err() == nil {
				r.Replace(n, slices.Concat([]*graph.Value{y}, make([]*graph.Value, len(n.Outputs)-1))...)
			}
		}
	}})
}

// attention is one that was found.
type attention struct {
	operator graph.Operator
	inputs   []*graph.Value
	end      *graph.Node // whose first output is the sums of values
}

// attention returns the attention that ends with a node, or with transposes behind it, nil if none
// does.
func (f fusion) attention(n *graph.Node) *attention {
	switch o := n.Operator.(type) {
	case op.Attention:
		if o.Alone || len(f.consumers.Of(n.Outputs[1])) > 0 || f.graph.IsUsedOutside(n.Outputs[1]) {
			return nil
		}
		o.Alone = true
		return &attention{o, n.Inputs, n}
	case op.Product:
		s := spelled{fusion: f, operator: op.FusedAttention{QueryScale: 1, KeyScale: 1, Scale: 1}}
		if !o.TransposeA && s.ends(n, o) {
			return &attention{s.operator, s.inputs(), s.end}
		}
	}
	return nil
}

// spelled is an attention that is spelled out, as far as it was found.
type spelled struct {
	fusion
	operator op.FusedAttention
	q, k, v  operand
	masks    []*graph.Value // from the last one back
	scaled   bool
	end      *graph.Node
}

// inputs returns those of the operator.
func (s *spelled) inputs() []*graph.Value {
	return slices.Concat([]*graph.Value{s.q.of, s.k.of, s.v.of}, s.masks)
}

// ends reports whether the product of weights by values ends an attention.
func (s *spelled) ends(n *graph.Node, o op.Product) bool {
	shape, known := n.Outputs[0].Shape().Ints()
	weights, alsoKnown := n.Inputs[0].Shape().Ints()
	if !known || !alsoKnown || slices.Contains(shape, 0) || len(weights) != len(shape) {
		return false
	}
	heads, last := shape[:len(shape)-2], len(shape)-1
	if !slices.Equal(weights[:last-1], heads) {
		return false
	}
	s.operator.M, s.operator.N, s.operator.E = weights[last-1], weights[last], shape[last]
	softmax := s.softmax(n.Inputs[0], n)
	if softmax == nil || !s.scores(softmax.Inputs[0], softmax) {
		return false
	}
	slices.Reverse(s.masks)
	slices.Reverse(s.operator.Masks[:len(s.masks)])
	var ok bool
	s.v, ok = s.matrices(n.Inputs[1], heads, o.TransposeB)
	if !ok || s.v.factor != 1 || isWeight(s.k.of) || isWeight(s.v.of) {
		return false
	}
	s.operator.Queries, s.operator.Keys, s.operator.Values = s.q.view, s.k.view, s.v.view
	s.operator.QueryScale, s.operator.KeyScale = s.q.factor, s.k.factor
	return s.place(n)
}

// isWeight reports whether a value stays from run to run: products by it are better packed once.
func isWeight(v *graph.Value) bool {
	return v.Kind() == graph.Constant || v.Kind() == graph.VariableValue
}

// softmax returns the node of which a node gets the weights, where nobody else does, nil if it is
// none. A choice of 0 for what is no number may stand between them.
func (s *spelled) softmax(v *graph.Value, by *graph.Node) *graph.Node {
	n := nodeOf(v)
	switch {
	case n == nil || !s.isOnlyFor(v, by):
		return nil
	case n.Operator == (op.SoftmaxRows{}):
		return n
	case n.Operator == (op.Choose{}):
		return s.withoutNaN(n)
	case keepsMatrices(n):
		return s.softmax(n.Inputs[0], n)
	}
	return nil
}

// withoutNaN returns the softmax whose weights a node gives, or 0 for those that are no numbers.
func (s *spelled) withoutNaN(n *graph.Node) *graph.Node {
	p, isNaN, zero := n.Inputs[2], nodeOf(n.Inputs[0]), numberOf(n.Inputs[1])
	softmax := nodeOf(p)
	if softmax == nil || softmax.Operator != (op.SoftmaxRows{}) || isNaN == nil || zero == nil ||
		*zero != 0 || isNaN.Operator != (op.Tested{For: op.IsNaN}) || isNaN.Inputs[0] != p ||
		!s.isOnlyFor(n.Inputs[0], n) || len(s.consumers.Of(p)) != 2 || s.graph.IsUsedOutside(p) ||
		!p.Type().Equal(n.Outputs[0].Type()) {
		return nil
	}
	s.operator.NaNAsZero = true
	return softmax
}

// keepsMatrices reports whether a node gives its input other dimensions before the last two.
func keepsMatrices(n *graph.Node) bool {
	if !isView(n) {
		return false
	}
	from, to := n.Inputs[0].Shape(), n.Outputs[0].Shape()
	return min(len(from), len(to)) >= 2 && from[len(from)-2:].Equal(to[len(to)-2:])
}

// scores reports whether a value that only one node needs is scores, which may be scaled and then
// masked, and takes note of what they are made of.
func (s *spelled) scores(v *graph.Value, by *graph.Node) bool {
	n := nodeOf(v)
	if n == nil || !s.isOnlyFor(v, by) {
		return false
	}
	if o, ok := n.Operator.(op.Product); ok {
		return s.product(n, o)
	}
	if keepsMatrices(n) {
		return s.scores(n.Inputs[0], n)
	}
	x, factor := multipleOf(v)
	if x == nil {
		x, factor, s.operator.Divide = withNumber(v, tensor.Div)
	}
	if x != nil {
		s.operator.Scale = factor
		isFirst := !s.scaled
		s.scaled = true
		return isFirst && factor != 0 && s.scores(x, n)
	}
	return !s.scaled && s.masked(n)
}

// masked reports whether a node masks scores.
func (s *spelled) masked(n *graph.Node) bool {
	before := *s
	tryWith := func(scores, mask *graph.Value, kind op.MaskKind, fill float64) bool {
		shape, known := n.Outputs[0].Shape().Ints()
		at := len(s.masks)
		if !known || at == len(s.operator.Masks) || !scores.Type().Equal(n.Outputs[0].Type()) {
			return false
		}
		m, ok := s.operand(mask, shape, false, true)
		if !ok {
			return false
		}
		s.operator.Masks[at] = op.ScoreMask{Kind: kind, View: m.view, Fill: op.Number(fill)}
		s.masks = append(s.masks, m.of)
		if s.scores(scores, n) {
			return true
		}
		*s = before
		return false
	}
	switch n.Operator {
	case op.Binary{Function: tensor.Add}:
		return tryWith(n.Inputs[0], n.Inputs[1], op.AddedMask, 0) ||
			tryWith(n.Inputs[1], n.Inputs[0], op.AddedMask, 0)
	case op.Choose{}:
		if fill := numberOf(n.Inputs[1]); fill != nil {
			return tryWith(n.Inputs[2], n.Inputs[0], op.FilledMask, *fill)
		}
		fill := numberOf(n.Inputs[2])
		return fill != nil && tryWith(n.Inputs[1], n.Inputs[0], op.KeptMask, *fill)
	}
	return false
}

// product reports whether a product of queries by keys has the scores that are wanted.
func (s *spelled) product(n *graph.Node, o op.Product) bool {
	shape, known := n.Outputs[0].Shape().Ints()
	depth, alsoKnown := n.Inputs[0].Shape().Ints()
	if !known || !alsoKnown || o.TransposeA {
		return false
	}
	last := len(shape) - 1
	s.operator.D = depth[len(depth)-1]
	var ok bool
	if s.q, ok = s.matrices(n.Inputs[0], shape[:last-1], false); !ok {
		return false
	}
	s.k, ok = s.matrices(n.Inputs[1], shape[:last-1], !o.TransposeB)
	return ok && shape[last-1] == s.operator.M && shape[last] == s.operator.N && s.q.factor != 0 &&
		s.k.factor != 0
}

// place finds where the sums of a product go: the last one of the nodes that transpose them ends
// the attention.
func (s *spelled) place(n *graph.Node) bool {
	var path []*graph.Node
	found := false
	for at := n; ; {
		if _, isTranspose := at.Operator.(op.PermuteAxes); isTranspose || at == n {
			if view, ok := backAlong(path, at.Outputs[0]); ok {
				shape, _ := at.Outputs[0].Shape().Ints()
				s.operator.Sums, s.operator.Shape, s.end, found = view, op.IntsOf(shape...), at, true
			}
		}
		next := s.consumers.Of(at.Outputs[0])
		if len(next) != 1 || s.graph.IsUsedOutside(at.Outputs[0]) || !showsInput(next[0]) {
			return found
		}
		at = next[0]
		path = append(path, at)
	}
}

// backAlong returns where the matrices that nodes transpose and reshape are in what becomes of
// them.
func backAlong(path []*graph.Node, end *graph.Value) (v op.HeadView, ok bool) {
	shape, known := end.Shape().Ints()
	if !known {
		return v, false
	}
	s := shown(shape)
	for _, n := range slices.Backward(path) {
		from, _ := n.Inputs[0].Shape().Ints()
		if o, isTranspose := n.Operator.(op.PermuteAxes); isTranspose {
			inverse := make([]int, len(from))
			for i, a := range o.Axes.Values() {
				inverse[a] = i
			}
			s = s.permuted(inverse)
		} else if s, ok = s.reshaped(from); !ok || !isView(n) {
			return v, false
		}
	}
	v, ok = s.view()
	if joined(s.dims[len(s.dims)-1]) == nil {
		v.Column = 1 // of one column
	}
	return v, ok && v.Column == 1
}
