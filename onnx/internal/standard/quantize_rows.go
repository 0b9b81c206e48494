package standard

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/tensor"
)

// Rows that have ranges of their own no operator of ONNX quantises: package export spells them out.
// With x (…, k) and what is (…, 1),
//
//	scale = s, or 1 if that is 0, for s = (max(highest of x, 0) − lowest)/255
//	zero  = uint8(round(−lowest/scale)) for lowest = min(lowest of x, 0)
//	codes = uint8(clip(round(x/scale) + round(−lowest/scale), 0, 255))
//
// is [op.QuantizeRows]. The bits are the same but in rows with an infinity, whose scale is NaN.

// quantisedRows returns the codes, or the zero points, that floats become by a cast to uint8, if
// they are rounded so; else nil.
func quantisedRows(c *plan.Call, v *graph.Value) *graph.Value {
	output, x := 2, zerosOfRows(v)
	if x == nil {
		output, x = 0, codesOfRows(v)
	}
	if x == nil {
		return nil
	}
	return c.B().ApplyAll(op.QuantizeRows{}, x)[output]
}

// codesOfRows returns the x whose codes are v as floats, or nil.
func codesOfRows(v *graph.Value) *graph.Value {
	clip, _ := v.Node()
	if clip == nil || clip.Operator != (op.Clamp{Low: 0, High: 255}) {
		return nil
	}
	sum := madeBy(clip.Inputs[0], op.Binary{Function: tensor.Add})
	if sum == nil {
		return nil
	}
	quotient := rounded(sum.Inputs[0])
	if quotient == nil {
		return nil
	}
	x := scaledRows(quotient.Inputs[1])
	if x != quotient.Inputs[0] || zerosOfRows(sum.Inputs[1]) != x {
		return nil
	}
	return x
}

// zerosOfRows returns the x whose zero points are v as floats, or nil.
func zerosOfRows(v *graph.Value) *graph.Value {
	quotient := rounded(v)
	if quotient == nil {
		return nil
	}
	negative := madeBy(quotient.Inputs[0], op.Mapping{By: op.Neg})
	x := scaledRows(quotient.Inputs[1])
	if negative == nil || x == nil ||
		extremeOfRows(negative.Inputs[0], op.MinOf, tensor.Minimum) != x {
		return nil
	}
	return x
}

// rounded returns the division whose rounded quotient v is, or nil.
func rounded(v *graph.Value) *graph.Node {
	if round := madeBy(v, op.Mapping{By: op.Round}); round != nil {
		return madeBy(round.Inputs[0], op.Binary{Function: tensor.Div})
	}
	return nil
}

// scaledRows returns the x whose scales are v, or nil.
func scaledRows(v *graph.Value) *graph.Value {
	choice := madeBy(v, op.Choose{})
	if choice == nil {
		return nil
	}
	isZero := madeBy(choice.Inputs[0], op.Compare{By: op.IsEqual})
	scale := madeBy(choice.Inputs[2], op.Binary{Function: tensor.Div})
	if isZero == nil || scale == nil || isZero.Inputs[0] != choice.Inputs[2] ||
		!isNumber(isZero.Inputs[1], 0) || !isNumber(choice.Inputs[1], 1) || !isNumber(scale.Inputs[1], 255) {
		return nil
	}
	span := madeBy(scale.Inputs[0], op.Binary{Function: tensor.Sub})
	if span == nil {
		return nil
	}
	x := extremeOfRows(span.Inputs[0], op.MaxOf, tensor.Maximum)
	if x == nil || extremeOfRows(span.Inputs[1], op.MinOf, tensor.Minimum) != x {
		return nil
	}
	return x
}

// extremeOfRows returns the x of float32 of whose rows, and 0, v is the largest or the smallest
// number, or nil.
func extremeOfRows(v *graph.Value, by op.Reduction, or tensor.Binary) *graph.Value {
	with := madeBy(v, op.Binary{Function: or})
	if with == nil || !isNumber(with.Inputs[1], 0) {
		return nil
	}
	of, _ := with.Inputs[0].Node()
	if of == nil {
		return nil
	}
	x := of.Inputs[0]
	rank := len(native.Dims(x))
	if rank < 2 || x.DType() != tensor.Float32Type ||
		of.Operator != (op.Reduce{By: by, Axes: op.IntsOf(rank - 1), KeepDims: true}) {
		return nil
	}
	return x
}

// madeBy returns the node that makes a value by an operator, or nil.
func madeBy(v *graph.Value, o graph.Operator) *graph.Node {
	if n, _ := v.Node(); n != nil && n.Operator == o {
		return n
	}
	return nil
}

// isNumber reports whether a value is a constant of one float32.
func isNumber(v *graph.Value, number float32) bool {
	c := v.Constant()
	return c != nil && c.DType() == tensor.Float32Type && slices.Equal(tensor.Elements[float32](c),
		[]float32{number})
}

// dequantisedRows says of what integers floats were made whose rows have scales and zero points of
// their own, spelled out as (T(codes) − T(zero))·scale.
func dequantisedRows(c *plan.Call, v *graph.Value) (d plan.Dequantised, ok bool) {
	product := madeBy(v, op.Binary{Function: tensor.Mul})
	if product == nil {
		return d, false
	}
	difference := madeBy(product.Inputs[0], op.Binary{Function: tensor.Sub})
	x := scaledRows(product.Inputs[1])
	if difference == nil || x == nil {
		return d, false
	}
	for i, output := range [...]int{0, 2} { // codes and zero points
		cast := madeBy(difference.Inputs[i], op.CastTo{To: tensor.Float32Type})
		if cast == nil {
			return d, false
		}
		rows := madeBy(cast.Inputs[0], op.QuantizeRows{})
		if rows == nil || rows.Inputs[0] != x || rows.Outputs[output] != cast.Inputs[0] {
			return d, false
		}
	}
	out := c.B().ApplyAll(op.QuantizeRows{}, x)
	return plan.Dequantised{Codes: out[0], Scale: out[1], Zero: out[2]}, true
}
