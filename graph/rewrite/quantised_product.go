package rewrite

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// codesProduct is a product of integers.
type codesProduct struct {
	op.IntegerProduct
	conv        *op.IntegerConv // that it is, or nil
	codes, zero *graph.Value    // of the graph that is rewritten
	scale       []float32       // of each column, of the weights and, if that is a constant, of the rows
	rowScale    *graph.Value    // else nil
	isPerRow    bool
	bias        *graph.Value // of a convolution, or nil
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

// newCodesProduct returns the product, or the convolution, of integers that a node stands for, nil
// if it stands for none.
func newCodesProduct(n *graph.Node) *codesProduct {
	conv, isConv := n.Operator.(op.Conv)
	if isConv && conv.ChannelsLast || !isConv && !isByMatrix(n) {
		return nil
	}
	_, x := dequantized(n.Inputs[0])
	by, w := dequantized(n.Inputs[1])
	if x == nil || w == nil || !isStored(nodeOf(n.Inputs[1])) {
		return nil
	}
	axis := 1 // of the columns
	if isConv {
		axis = 0
	}
	columns, known := n.Inputs[1].Shape()[axis].Value()
	one := func(v *graph.Value) bool { return v.Shape().Size().Is(1) }
	isPerRow := !one(x[1])
	if !known || w[0].Constant().Len() == 0 || !one(w[1]) && by.Axis != axis ||
		isPerRow && (isConv || len(x[1].Shape()) < 2) {
		return nil
	}
	p := &codesProduct{codes: x[0], zero: x[2], scale: make([]float32, columns), isPerRow: isPerRow}
	p.IntegerProduct = op.IntegerProduct{Zero: true, Scale: true,
		Weights: integerWeights(w[0].Constant(), zerosOf(w[2].Constant()))}
	if isConv {
		p.convolve(conv, n)
	}
	scales := tensor.Elements[float32](w[1].Constant())
	for j := range p.scale {
		p.scale[j] = scales[j%len(scales)]
	}
	if a := x[1].Constant(); a != nil && a.Len() == 1 {
		for j := range p.scale {
			p.scale[j] *= tensor.Elements[float32](a)[0]
		}
	} else {
		p.rowScale = x[1]
	}
	return p
}

// integerWeights returns a matrix of codes, nil if they are none.
func integerWeights(codes *tensor.Array, zeros []int32) *op.IntegerWeights {
	if len(codes.Shape()) != 2 {
		return nil
	}
	return op.NewIntegerWeights(tensor.Words[uint8](codes), codes.Shape()[0], codes.Shape()[1],
		codes.DType() == tensor.Int8Type, zeros)
}

// convolve makes the product that of images by filters.
func (p *codesProduct) convolve(o op.Conv, n *graph.Node) {
	_, w := dequantized(n.Inputs[1])
	codes := w[0].Constant()
	kernel := codes.Shape()[2:]
	groups := max(o.Groups, 1)
	s := tensor.ConvShape{Channels: codes.Shape()[1] * groups, Filters: codes.Shape()[0],
		Groups: groups, Kernel: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}}
	copy(s.Kernel[3-len(kernel):], kernel)
	copy(s.Dilation[3-len(kernel):], o.Dilation.Values())
	p.Weights = op.NewIntegerFilters(tensor.Words[uint8](codes), s, codes.DType() == tensor.Int8Type,
		zerosOf(w[2].Constant()))
	p.conv = &op.IntegerConv{Sliding: o.Sliding, Kernel: op.IntsOf(kernel...), Groups: groups}
	if o.Bias {
		p.bias = n.Inputs[2]
	}
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
	o := p.IntegerProduct
	o.To, o.Bias = tensor.Float32Type, p.bias != nil
	scale := r.Constant(tensor.ArrayOf(p.scale, len(p.scale)))
	if p.rowScale != nil && !p.isPerRow {
		scale = op.Mul(r.Builder, scale, op.Reshape(r.Builder, r.Of(p.rowScale)))
	}
	in := op.IntegerOperands[*graph.Value]{Rows: r.Of(p.codes), Zero: r.Of(p.zero), Scale: scale,
		Bias: r.Of(p.bias)}
	var by graph.Operator = o
	if p.conv != nil {
		conv := *p.conv
		conv.IntegerProduct = o
		by = conv
	}
	y := r.Apply(by, in.List(o)...)
	if p.isPerRow {
		y = op.Mul(r.Builder, y, r.Of(p.rowScale))
	}
	return y
}
