package rewrite

import (
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Quantised multiplies integers where floats were made of them, and weights are constant:
//
//	codes ─ dequantize ┐                     codes ┐
//	W ───── dequantize ┴ matmul ─ y    →   sx·sw·W ┴ integer_matmul ─ y
//
// What comes after such a product and ends in integers again, a bias, a relu and the rounding, becomes
// part of it:
//
//	… matmul ─ add b ─ relu ─ quantize ─ codes'   →   … integer_matmul ─ codes'
//
// Where only the weights are integers in blocks, or halves, they stay so in memory, and the product is
// one of floats; rows of such tables become floats when they are looked up. What else is made of
// constant integers is computed beforehand.
//
// It changes bits: sums of integers are exact, where those of floats were rounded, and a bias that goes
// into codes is rounded to a multiple of the scales' product. They are the same on every machine. It
// stands before [Fold], which would make floats of all constants.
func Quantised(g *graph.Graph) (*graph.Graph, error) {
	if !slices.ContainsFunc(g.Nodes(), isStored) {
		return g, nil
	}
	q := quantising{fusion{g, g.Consumers()}, &folding{}, map[*graph.Node]*codesProduct{}}
	return graph.Rebuild(g, graph.Rewriter{Node: q.visit})
}

// isStored reports whether a node makes floats of constants that have fewer bits.
func isStored(n *graph.Node) bool {
	for _, v := range n.Inputs {
		if v.Kind() != graph.Constant {
			return false
		}
	}
	switch o := n.Operator.(type) {
	case op.Dequantize, op.DequantizeBlocks:
		return true
	case op.CastTo:
		d := n.Inputs[0].DType()
		return o.To == tensor.Float32Type && (d == tensor.BFloat16Type || d == tensor.Float16Type)
	}
	return false
}

// quantising is a graph whose products become those of integers.
type quantising struct {
	fusion
	folding  *folding
	products map[*graph.Node]*codesProduct // by the nodes that were them
}

// codesProduct is a product of integers.
type codesProduct struct {
	weights     *op.IntegerWeights
	codes, zero *graph.Value // of the graph that is rewritten
	scale       []float32    // of each column, of the weights and, if that is a constant, of the rows
	rowScale    *graph.Value // else nil
	isPerRow    bool
}

func (q quantising) visit(r *graph.Rebuilding, n *graph.Node) {
	switch o := n.Operator.(type) {
	case op.Product:
		q.products[n] = newCodesProduct(n)
		if p := q.products[n]; p != nil {
			r.Replace(n, p.floats(r))
		} else if w := compressedOf(n); w != nil {
			r.Replace(n, r.Apply(op.CompressedProduct{Weights: w}, r.Of(n.Inputs[0])))
		}
	case op.GatherAxis:
		if stored := storedTable(n); stored != nil {
			r.Replace(n, lookUp(r, stored, n.Inputs[1]))
		}
	case op.Quantize:
		q.requantise(r, n, o)
	default:
		if isStored(n) && !areAll(q.consumers.Of(n.Outputs[0]), readsStored) {
			q.folding.compute(r, n, math.MaxInt)
		}
	}
}

// readsStored reports whether a node reads its stored weights as they are.
func readsStored(n *graph.Node) bool {
	return newCodesProduct(n) != nil || compressedOf(n) != nil || storedTable(n) != nil
}

// storedTable returns the node that makes the floats of a table that a node looks up rows in, nil if
// there is none whose rows can be made floats of alone.
func storedTable(n *graph.Node) *graph.Node {
	o, ok := n.Operator.(op.GatherAxis)
	stored, _ := n.Inputs[0].Node()
	if !ok || o.Axis != 0 || stored == nil || !isStored(stored) || len(n.Inputs[0].Shape()) != 2 ||
		len(n.Inputs[1].Shape()) == 0 {
		return nil
	}
	switch d := stored.Operator.(type) {
	case op.CastTo:
		return stored
	case op.Dequantize:
		if len(stored.Inputs[1].Shape()) == 1 && d.Axis == 0 {
			return stored
		}
	}
	return nil
}

// lookUp returns rows of a table as floats.
func lookUp(r *graph.Rebuilding, stored *graph.Node, rows *graph.Value) *graph.Value {
	inputs := r.All(stored.Inputs)
	for i, v := range inputs {
		inputs[i] = op.Gather(r.Builder, v, r.Of(rows), 0)
		if i > 0 { // a scale, or a zero point, for each row
			inputs[i] = r.Apply(op.Unsqueeze{Axis: len(inputs[i].Shape())}, inputs[i])
		}
	}
	if len(inputs) == 3 {
		return r.Apply(op.Dequantize{}, inputs...)
	}
	return r.Apply(stored.Operator, inputs...)
}

// dequantized returns the inputs of the node that makes a value of integers, nil if none does.
func dequantized(v *graph.Value) (o op.Dequantize, in []*graph.Value) {
	n, _ := v.Node()
	if n == nil {
		return o, nil
	}
	o, ok := n.Operator.(op.Dequantize)
	if !ok {
		return o, nil
	}
	return o, n.Inputs
}

// isByMatrix reports whether a node multiplies rows by a matrix.
func isByMatrix(n *graph.Node) bool {
	o, ok := n.Operator.(op.Product)
	return ok && !o.TransposeA && !o.TransposeB && len(n.Inputs[1].Shape()) == 2
}

// newCodesProduct returns the product of integers that a node stands for, nil if it stands for none.
func newCodesProduct(n *graph.Node) *codesProduct {
	if !isByMatrix(n) {
		return nil
	}
	rows, x := dequantized(n.Inputs[0])
	columns, w := dequantized(n.Inputs[1])
	if x == nil || w == nil || len(x[1].Shape()) == 1 && !x[1].Shape().Size().Is(1) && rows.Axis >= 0 ||
		len(w[1].Shape()) > 1 || !w[1].Shape().Size().Is(1) && columns.Axis != 1 {
		return nil
	}
	for _, v := range w {
		if v.Kind() != graph.Constant {
			return nil
		}
	}
	codes := w[0].Constant()
	k, m := codes.Shape()[0], codes.Shape()[1]
	if k == 0 || m == 0 {
		return nil
	}
	p := &codesProduct{codes: x[0], zero: x[2], scale: make([]float32, m)}
	p.weights = op.NewIntegerWeights(tensor.Words[uint8](codes), k, m,
		codes.DType() == tensor.Int8Type, zerosOf(w[2].Constant()))
	scales := tensor.Elements[float32](w[1].Constant())
	for j := range p.scale {
		p.scale[j] = scales[j%len(scales)]
	}
	switch {
	case x[1].Kind() == graph.Constant && x[1].Constant().Len() == 1:
		for j := range p.scale {
			p.scale[j] *= tensor.Elements[float32](x[1].Constant())[0]
		}
	default:
		p.rowScale, p.isPerRow = x[1], len(x[1].Shape()) > 1
	}
	return p
}

// zerosOf returns zero points of uint8 or int8.
func zerosOf(a *tensor.Array) []int32 {
	zeros := make([]int32, a.Len())
	for i, v := range tensor.Words[uint8](a) {
		if zeros[i] = int32(v); a.DType() == tensor.Int8Type {
			zeros[i] = int32(int8(v))
		}
	}
	return zeros
}

// floats returns the product as floats.
func (p *codesProduct) floats(r *graph.Rebuilding) *graph.Value {
	o := op.IntegerProduct{Weights: p.weights, To: tensor.Float32Type, Zero: true, Scale: true}
	scale := r.Constant(tensor.ArrayOf(p.scale, len(p.scale)))
	if p.rowScale != nil && !p.isPerRow {
		scale = op.Mul(r.Builder, scale, op.Reshape(r.Builder, r.Of(p.rowScale)))
	}
	y := r.Apply(o, r.Of(p.codes), r.Of(p.zero), scale)
	if p.isPerRow {
		y = op.Mul(r.Builder, y, r.Of(p.rowScale))
	}
	return y
}

// requantise lets a product give the codes that its floats would become.
func (q quantising) requantise(r *graph.Rebuilding, n *graph.Node, o op.Quantize) {
	if n.Inputs[1].Kind() != graph.Constant || n.Inputs[2].Kind() != graph.Constant {
		return
	}
	scale := tensor.Elements[float32](n.Inputs[1].Constant())[0]
	codes := op.CodesAround(o.To, zerosOf(n.Inputs[2].Constant())[0])
	v, next := n.Inputs[0], n
	before := func() *graph.Node { // the node before, if all it does is for the next one
		m, _ := v.Node()
		if m == nil || !q.isOnlyFor(v, next) {
			return nil
		}
		return m
	}
	m := before()
	if m != nil && m.Operator == graph.Operator(op.Unary{Function: tensor.Relu}) {
		codes.Low = max(codes.Low, 0)
		v, next = m.Inputs[0], m
		m = before()
	}
	var bias []float32
	if m != nil && m.Operator == graph.Operator(op.Binary{Function: tensor.Add}) {
		i := 0
		if m.Inputs[0].Kind() == graph.Constant {
			i = 1
		}
		b := m.Inputs[1-i]
		if b.Kind() != graph.Constant || len(b.Shape()) != 1 {
			return
		}
		bias = tensor.Elements[float32](b.Constant())
		v, next = m.Inputs[i], m
		m = before()
	}
	p := q.products[m]
	if m == nil || p == nil || p.rowScale != nil || bias != nil && len(bias) != len(p.scale) {
		return
	}
	if y := p.asCodes(r, o.To, scale, codes, bias); y != nil {
		r.Replace(n, y)
	}
}

// asCodes returns the product as codes, nil if it can't give them: if a bias is beyond the integers.
func (p *codesProduct) asCodes(r *graph.Rebuilding, to tensor.DType, by float32, codes tensor.CodeRange,
	bias []float32) *graph.Value {
	o := op.IntegerProduct{Weights: p.weights, To: to, Zero: true, Scale: true, Codes: codes}
	scale := make([]float32, len(p.scale))
	for j, s := range p.scale {
		scale[j] = s / by
	}
	if bias != nil {
		offset := make([]int32, len(bias))
		for j, v := range bias {
			x := math.RoundToEven(float64(v) / float64(p.scale[j]))
			if !(math.Abs(x) < 1<<30) {
				return nil
			}
			offset[j] = int32(x)
		}
		o.Offset = &offset
	}
	return r.Apply(o, r.Of(p.codes), r.Of(p.zero), r.Constant(tensor.ArrayOf(scale, len(scale))))
}

// compressedOf returns the weights of a product, halves or integers in blocks, that stay so in memory,
// nil if it has none.
func compressedOf(n *graph.Node) *op.CompressedWeights {
	if !isByMatrix(n) || n.Inputs[0] == n.Inputs[1] {
		return nil
	}
	stored, _ := n.Inputs[1].Node()
	if stored == nil || !isStored(stored) {
		return nil
	}
	w := stored.Inputs[0].Constant()
	switch o := stored.Operator.(type) {
	case op.DequantizeBlocks:
		return op.CodeWeights(o.Codes(w, stored.Inputs[1].Constant(), stored.Inputs[2].Constant()))
	case op.CastTo:
		if k, n := w.Shape()[0], w.Shape()[1]; k > 0 && n > 1 { // a column is a dot
			if w.DType() == tensor.BFloat16Type {
				return op.HalfWeights(tensor.Elements[tensor.BFloat16](w), k, n, false)
			}
			return op.HalfWeights(tensor.Elements[tensor.Float16](w), k, n, false)
		}
	}
	return nil
}
