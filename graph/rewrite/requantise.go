package rewrite

import (
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Requantise lets a product of integers, or a convolution, give the codes that its floats would
// become, if nobody else needs these; a relu or a clip between them becomes the range of the codes:
//
//	integers, sx·sw, b ─ product ─ relu ─ quantize ─ codes   →   integers, sx·sw/sy ─ product' ─ codes
//
// What floats are moved or joined to before is codes by then.
//
// It changes bits as ONNX Runtime does: the integers are multiplied by one factor, not by one and
// then divided by another, and a bias is rounded to a multiple of sx·sw, which that of a quantised
// model is. A code is another one only where a number is halfway between two. They are the same on
// every machine.
func Requantise(g *graph.Graph) (*graph.Graph, error) {
	if !contains(g, func(o graph.Operator) bool { _, ok := integersOf(o); return ok }) {
		return g, nil
	}
	g, err := codesEarlier(g)
	if err != nil {
		return nil, err
	}
	f := fusion{g, g.Consumers()}
	return graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		if _, ok := n.Operator.(op.Quantize); !ok {
			return
		}
		if end, factors := f.requantised(n); end != nil {
			inputs := r.All(end.in.List(end.IntegerProduct)) // without a scale, which is the last one
			end.Scale = true
			inputs = append(inputs, r.Constant(tensor.ArrayOf(factors, len(factors))))
			r.Replace(n, r.Apply(end.operator(), inputs...))
		}
	}})
}

// requantised returns the product that gives a node's codes, still without its scales, and these;
// nil if there is none.
func (f fusion) requantised(n *graph.Node) (end *integerEnd, factors []float32) {
	codes, by, ok := codesOf(n)
	if !ok {
		return nil, nil
	}
	v, next := n.Inputs[0], n
	for {
		before, _ := v.Node()
		if before == nil || !f.isOnlyFor(v, next) {
			return nil, nil
		}
		if o, ok := integersOf(before.Operator); ok {
			end := &integerEnd{IntegerProduct: o, from: before.Operator}
			end.in, _ = op.Operands(o, before.Inputs)
			if o.To != tensor.Float32Type {
				return nil, nil
			}
			end.To, end.Codes = n.Outputs[0].DType(), codes.CodeRange
			if factors = end.giveCodes(by); factors == nil {
				return nil, nil
			}
			return end, factors
		}
		low, high, ok := clipped(before.Operator)
		if !ok {
			return nil, nil
		}
		codes.Low, codes.High = codes.clip(low/float64(by)), codes.clip(high/float64(by))
		v, next = before.Inputs[0], before
	}
}

// outputCodes are the codes that a node gives.
type outputCodes struct{ tensor.CodeRange }

// clip returns a number rounded into the range.
func (c outputCodes) clip(x float64) float32 {
	return float32(min(max(math.RoundToEven(x), float64(c.Low)), float64(c.High)))
}

// codesOf returns the range of the codes that a node makes of floats divided by a constant scale.
func codesOf(n *graph.Node) (codes outputCodes, scale float32, ok bool) {
	if !hasOneScale(n) {
		return codes, 0, false
	}
	scale = tensor.Elements[float32](n.Inputs[1].Constant())[0]
	zero := zerosOf(n.Inputs[2].Constant())[0]
	return outputCodes{op.CodesAround(n.Outputs[0].DType(), zero)}, scale, scale > 0
}

// clipped returns the range that an operator brings floats into, or says that it does something
// else.
func clipped(o graph.Operator) (low, high float64, ok bool) {
	switch o := o.(type) {
	case op.Unary:
		return 0, math.Inf(1), o.Function == tensor.Relu
	case op.Clamp:
		return float64(o.Low), float64(o.High), true
	}
	return 0, 0, false
}

// giveCodes takes scales, bias and addend out of a product of floats, which then gives codes by the
// factors that are returned, nil if it can't: if scales aren't known, or are of rows, or a bias is
// beyond the integers.
func (e *integerEnd) giveCodes(by float32) (factors []float32) {
	if e.RowScale {
		return nil
	}
	for _, v := range []*graph.Value{e.in.Scale, e.in.Bias, e.in.Addend} {
		if v != nil && v.Kind() != graph.Constant {
			return nil
		}
	}
	scales := []float32{1}
	if e.Scale {
		scales = tensor.Elements[float32](e.in.Scale.Constant())
	}
	offset, ok := e.offset(scales)
	if !ok {
		return nil
	}
	e.Offset, e.Scale, e.Bias, e.Addend = offset, false, false, false
	for _, s := range scales {
		factors = append(factors, s/by)
	}
	return factors
}

// offset returns what is added to the sums of integers of each column, nil for nothing: integers,
// and a bias as multiples of the scales.
func (e *integerEnd) offset(scales []float32) (*[]int32, bool) {
	if !e.Bias && !e.Addend {
		return e.Offset, true
	}
	if e.Offset != nil {
		return nil, false
	}
	var offset []int32
	if e.Addend {
		offset = slices.Clone(tensor.Elements[int32](e.in.Addend.Constant()))
	}
	if e.Bias {
		bias := tensor.Elements[float32](e.in.Bias.Constant())
		if offset == nil {
			offset = make([]int32, len(bias))
		}
		for j, v := range bias {
			x := math.RoundToEven(float64(v) / float64(scales[j%len(scales)]))
			if !(math.Abs(x) < 1<<30) {
				return nil, false
			}
			offset[j] += int32(x)
		}
	}
	return &offset, true
}
