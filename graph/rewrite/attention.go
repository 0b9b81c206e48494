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
func Attention(g *graph.Graph) (*graph.Graph, error) {
	f := fusion{g, g.Consumers()}
	found := map[*graph.Node]*spelled{}
	for _, n := range g.Nodes() {
		if _, ok := n.Operator.(op.Product); !ok || n.Outputs[0].DType() != tensor.Float32Type {
			continue
		}
		s := &spelled{fusion: f, end: n,
			program: &op.HeadsProgram{Scale: 1, QueryScale: 1, KeyScale: 1}}
		if s.isAttention(n) {
			found[s.end] = s
		}
	}
	if len(found) == 0 {
		return g, nil
	}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if s := found[n]; s != nil {
			r.Replace(n, r.Apply(op.FusedAttention{HeadsProgram: s.program}, r.All(s.inputs)...))
		}
	}})
}

// spelled is an attention that is spelled out, as far as it was found.
type spelled struct {
	fusion
	program *op.HeadsProgram
	q, k    *operand
	masks   []*graph.Value // from the last one back
	scaled  bool
	inputs  []*graph.Value
	end     *graph.Node
}

// isAttention reports whether a product, of weights by values, ends an attention.
func (s *spelled) isAttention(n *graph.Node) bool {
	o := n.Operator.(op.Product)
	shape, weights, p := sizes(n.Outputs[0]), sizes(n.Inputs[0]), s.program
	if o.TransposeA || shape == nil || len(weights) != len(shape) {
		return false
	}
	last := len(shape) - 1
	p.M, p.N, p.E, p.Shape = weights[last-1], weights[last], shape[last], n.Outputs[0].Shape()
	softmax := s.softmax(n.Inputs[0], n)
	if softmax == nil || !s.scores(softmax.Inputs[0], softmax) {
		return false
	}
	slices.Reverse(s.masks)
	slices.Reverse(p.Masks)
	v := s.matrices(n.Inputs[1], shape[:last-1], o.TransposeB)
	if v == nil || v.factor != 1 || isWeight(s.k.of) || isWeight(v.of) {
		return false
	}
	s.inputs = append([]*graph.Value{s.q.of, s.k.of, v.of}, s.masks...)
	p.Queries, p.Keys, p.Values = s.q.view, s.k.view, v.view
	p.QueryScale, p.KeyScale = float32(s.q.factor), float32(s.k.factor)
	p.Sums, _ = shown(shape).view()
	p.Sums.Column = 1
	s.place(n)
	return len(p.Sums.At) == len(p.Queries.At)
}

// matrices returns where the matrices of a value, broadcast to so many heads, are.
func (s *spelled) matrices(v *graph.Value, heads []int, transposed bool) *operand {
	shape := sizes(v)
	if len(shape) < 2 {
		return nil
	}
	to := append(slices.Clip(heads), shape[len(shape)-2:]...)
	return s.operand(v, to, transposed, false)
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
	s.program.NaNAsZero = true
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
	if _, ok := n.Operator.(op.Product); ok {
		return s.product(n)
	}
	if keepsMatrices(n) {
		return s.scores(n.Inputs[0], n)
	}
	if s.scaled {
		return false
	}
	x, factor := multipleOf(v)
	if x == nil {
		x, factor, s.program.Divide = withNumber(v, tensor.Div)
	}
	if x != nil {
		s.program.Scale, s.scaled = float32(factor), true
		return s.scores(x, n)
	}
	switch n.Operator {
	case op.Binary{Function: tensor.Add}:
		return s.masked(n, n.Inputs[0], n.Inputs[1], op.AddedMask, nil) ||
			s.masked(n, n.Inputs[1], n.Inputs[0], op.AddedMask, nil)
	case op.Choose{}:
		if fill := numberOf(n.Inputs[1]); fill != nil {
			return s.masked(n, n.Inputs[2], n.Inputs[0], op.FilledMask, fill)
		}
		fill := numberOf(n.Inputs[2])
		return fill != nil && s.masked(n, n.Inputs[1], n.Inputs[0], op.KeptMask, fill)
	}
	return false
}

// masked reports whether a node masks scores.
func (s *spelled) masked(n *graph.Node, scores, mask *graph.Value, kind op.MaskKind,
	fill *float64) bool {
	shape, masks, p := sizes(n.Outputs[0]), len(s.masks), s.program
	if shape == nil || !scores.Type().Equal(n.Outputs[0].Type()) {
		return false
	}
	m := s.operand(mask, shape, false, true)
	if m == nil {
		return false
	}
	of := op.ScoreMask{Kind: kind, View: m.view}
	if fill != nil {
		of.Fill = float32(*fill)
	}
	s.masks, p.Masks = append(s.masks, m.of), append(p.Masks, of)
	if s.scores(scores, n) {
		return true
	}
	s.masks, p.Masks, s.scaled, p.Scale, p.Divide = s.masks[:masks], p.Masks[:masks], false, 1, false
	return false
}

// product reports whether a product of queries by keys has the scores that are wanted.
func (s *spelled) product(n *graph.Node) bool {
	o, shape, queries := n.Operator.(op.Product), sizes(n.Outputs[0]), sizes(n.Inputs[0])
	if shape == nil || queries == nil || o.TransposeA {
		return false
	}
	last, p := len(shape)-1, s.program
	p.D = queries[len(queries)-1]
	s.q = s.matrices(n.Inputs[0], shape[:last-1], false)
	s.k = s.matrices(n.Inputs[1], shape[:last-1], !o.TransposeB)
	return s.q != nil && s.k != nil && shape[last-1] == p.M && shape[last] == p.N
}

// place finds where the sums of a product go: the last one of the nodes that transpose them ends
// the attention.
func (s *spelled) place(n *graph.Node) {
	var path []*graph.Node
	for at := n; s.isOnlyOnce(at.Outputs[0]); {
		at = s.consumers.Of(at.Outputs[0])[0]
		_, isTranspose := at.Operator.(op.PermuteAxes)
		if !isTranspose && !isView(at) {
			return
		}
		path = append(path, at)
		if view, ok := backAlong(path); ok && isTranspose {
			s.program.Sums, s.program.Shape, s.end = view, at.Outputs[0].Shape(), at
		}
	}
}

// backAlong returns where the matrices that nodes transpose and reshape are in what becomes of
// them.
func backAlong(path []*graph.Node) (v op.HeadView, ok bool) {
	shape := sizes(path[len(path)-1].Outputs[0])
	if shape == nil {
		return v, false
	}
	s := shown(shape)
	for _, n := range slices.Backward(path) {
		if o, isTranspose := n.Operator.(op.PermuteAxes); isTranspose {
			s = s.permuted(o.Axes.Values(), true)
		} else if s = s.reshaped(sizes(n.Inputs[0])); s == nil {
			return v, false
		}
	}
	v, ok = s.view()
	if s[len(s)-1] == nil {
		v.Column = 1 // of one column
	}
	return v, ok && v.Column == 1
}
