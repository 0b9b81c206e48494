package export

import (
	"math"
	"reflect"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/internal/portable"
	"simdnn/tensor"
)

// productForms are those of products of matrices and of attention.
var productForms = []entry{
	on(product),
	{reflect.TypeFor[op.Attention](), attention},
	on(rotary),
	on(writeRows),
}

// product is Gemm of matrices that are transposed, else MatMul.
func product(t *Translation, o op.Product, n *graph.Node, in []string) string {
	if (o.TransposeA || o.TransposeB) && len(n.Inputs[0].Shape()) == 2 &&
		len(n.Inputs[1].Shape()) == 2 {
		return t.Node("Gemm", in, Bool("transA", o.TransposeA), Bool("transB", o.TransposeB))
	}
	a, b := in[0], in[1]
	if o.TransposeA {
		a = t.transposed(a, len(n.Inputs[0].Shape()))
	}
	if o.TransposeB {
		b = t.transposed(b, len(n.Inputs[1].Shape()))
	}
	return t.Node("MatMul", []string{a, b})
}

// transposed swaps the last two dimensions.
func (t *Translation) transposed(x string, rank int) string {
	perm := make([]int, rank)
	for i := range perm {
		perm[i] = i
	}
	perm[rank-2], perm[rank-1] = rank-1, rank-2
	return t.Node("Transpose", []string{x}, Ints("perm", perm...))
}

// attention is spelled out: an operator Attention is there from version 23 on, and masked rows are
// NaN there, as is not the case here.
func attention(t *Translation, n *graph.Node, in []string) []string {
	o, d := n.Operator.(op.Attention), n.Inputs[0].DType()
	heads, _ := n.Inputs[0].Shape()[2].Value()
	groups, _ := n.Inputs[1].Shape()[2].Value()
	byHead := func(x string, perm ...int) string {
		return t.Node("Transpose", []string{x}, Ints("perm", perm...))
	}
	perHead := func(x string) string {
		if heads == groups {
			return x
		}
		group := make([]int, heads)
		for i := range group {
			group[i] = i / (heads / groups)
		}
		return t.Node("Gather", []string{x, t.Integers(group...)}, Int("axis", 2))
	}
	q := byHead(in[0], 0, 2, 1, 3)
	k := byHead(perHead(in[1]), 0, 2, 3, 1)
	v := byHead(perHead(in[2]), 0, 2, 1, 3)
	scores := t.Node("Mul", []string{t.Node("MatMul", []string{q, k}), t.Number(d, o.Scale)})
	if o.Masked {
		scores = t.Node("Add", []string{scores, in[3]})
	}
	if o.Causal {
		scores = t.Node("Where", []string{t.seen(o, in), scores, t.Number(d, math.Inf(-1))})
	}
	weights := t.Node("Softmax", []string{scores}, Int("axis", -1))
	if o.Masked { // a row that is masked everywhere has weights of 0, not NaN
		weights = t.Node("Where", []string{t.Node("IsNaN", []string{weights}), t.Number(d, 0), weights})
	}
	return []string{byHead(t.Node("MatMul", []string{weights, v}), 0, 2, 1, 3), weights}
}

// seen says which keys a query sees under a causal mask: those not behind it.
func (t *Translation) seen(o op.Attention, in []string) string {
	length := func(x string) string {
		return t.Node("Gather", []string{t.Node("Shape", []string{x}), t.scalarInt(1)})
	}
	queries, keys := length(in[0]), length(in[1])
	numbers := func(n string) string {
		return t.Node("Range", []string{t.scalarInt(0), n, t.scalarInt(1)})
	}
	last := t.Node("Unsqueeze", []string{numbers(queries), t.Integers(1)})
	if o.AtEnd {
		last = t.Node("Add", []string{last, t.Node("Sub", []string{keys, queries})})
	}
	return t.Node("LessOrEqual", []string{numbers(keys), last})
}

// rotary turns pairs by angles: x·cos + (the other of the pair, the first one with a minus)·sin.
func rotary(t *Translation, o op.Rotary, n *graph.Node, in []string) string {
	d := n.Inputs[0].DType()
	width, _ := n.Inputs[0].Shape()[3].Value()
	half := width / 2
	positions := t.Node("Unsqueeze", []string{t.Cast(in[1], tensor.Float64Type), t.Integers(1)})
	angles := t.Node("Mul", []string{positions, t.frequencies(o, half)})
	turn := func(f string) string { // (time, 1, half)
		return t.Node("Unsqueeze", []string{t.Cast(t.Node(f, []string{angles}), d), t.Integers(1)})
	}
	cos, sin := turn("Cos"), turn("Sin")
	first, second := t.slice(in[0], 3, 0, half, 1), t.slice(in[0], 3, half, width, 1)
	if o.Interleaved {
		first, second = t.slice(in[0], 3, 0, width, 2), t.slice(in[0], 3, 1, width, 2)
	}
	mul := func(x, y string) string { return t.Node("Mul", []string{x, y}) }
	turned := [2]string{t.Node("Sub", []string{mul(first, cos), mul(second, sin)}),
		t.Node("Add", []string{mul(second, cos), mul(first, sin)})}
	if o.Inverse {
		turned = [2]string{t.Node("Add", []string{mul(first, cos), mul(second, sin)}),
			t.Node("Sub", []string{mul(second, cos), mul(first, sin)})}
	}
	if !o.Interleaved {
		return t.Node("Concat", turned[:], Int("axis", 3))
	}
	for i, part := range turned {
		turned[i] = t.Node("Unsqueeze", []string{part, t.Integers(4)})
	}
	return t.reshape(t.Node("Concat", turned[:], Int("axis", 4)), t.Node("Shape", in[:1]))
}

// frequencies returns by what a position is multiplied to give the angle of each pair.
func (t *Translation) frequencies(o op.Rotary, half int) string {
	a := tensor.NewArray(tensor.Float64Type, half)
	for i := range half {
		tensor.Elements[float64](a)[i] = portable.Pow(o.Base, -float64(i)/float64(half))
	}
	return t.Constant(a)
}

// writeRows puts what stands before the rows, the rows and what stands behind them together.
func writeRows(t *Translation, _ op.WriteRows, _ *graph.Node, in []string) string {
	before := t.reshape(in[2], t.Integers(1))
	count := t.Node("Slice", []string{t.Node("Shape", in[1:2]), t.Integers(1), t.Integers(2)})
	after := t.Node("Add", []string{before, count})
	part := func(start, end string) string {
		return t.Node("Slice", []string{in[0], start, end, t.Integers(1)})
	}
	return t.Node("Concat", []string{part(t.Integers(0), before), in[1],
		part(after, t.Integers(math.MaxInt32))}, Int("axis", 1))
}
