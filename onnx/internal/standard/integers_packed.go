package standard

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/tensors"
	"simdnn/onnx/value"
	"simdnn/tensor"
)

// PackedMatrix returns constant integers of 8 bits, less their zero points, for products of
// integers: a matrix, or one of several of (matrices, rows, columns). It is nil where they are no
// such.
func PackedMatrix(c *plan.Call, input, zero, matrix int) *op.IntegerWeights {
	var z *value.Value
	if c.Has(zero) {
		if z = c.Val(zero).Constant; z == nil {
			return nil
		}
	}
	return integerWeightsOf(c.Machine.Session, c.Val(input).Constant, z, matrix)
}

// integerWeightsOf returns one of some matrices of integers, which may be nil, less zero points, if
// there are any: for all columns of all matrices, of each, or for each column.
func integerWeightsOf(s *plan.Session, b, zero *value.Value, matrix int) *op.IntegerWeights {
	if b == nil || !b.Element().IsByte() || len(b.Dims()) < 2 || b.Len() == 0 {
		return nil
	}
	rows, cols := b.Dims()[len(b.Dims())-2], b.Dims()[len(b.Dims())-1]
	matrices := b.Len() / (rows * cols)
	if matrix >= matrices {
		return nil
	}
	var zeros []int32
	if zero != nil {
		n := max(zero.Len()/matrices, 1)
		if n != 1 && n != cols || zero.Len() != 1 && zero.Len() != n*matrices {
			return nil
		}
		for _, v := range tensors.Numbers[int64](zero.Array())[matrix*n%zero.Len():][:n] {
			zeros = append(zeros, int32(v))
		}
	}
	key := plan.DerivedKey{Of: b, Zero: zero, Packed: true, Matrix: matrix}
	return plan.Derive(s, key, func() *op.IntegerWeights {
		bytes := tensor.Words[uint8](b.Array())[matrix*rows*cols:][:rows*cols]
		return op.NewIntegerWeights(bytes, rows, cols, b.Element().IsSigned(), zeros)
	})
}

// PackedRows are the operands of a product by packed integers.
type PackedRows struct {
	op.IntegerProduct
	Inputs []*graph.Value
}

// PackedProduct returns the product of two inputs less their zero points, of which the second is a
// constant matrix, or says that there is none.
func PackedProduct(c *plan.Call, x, xZero, y, yZero int) (p PackedRows, ok bool) {
	if len(c.Val(y).Shape) != 2 || !c.Element(x).IsByte() || c.Rank(x) == 0 ||
		c.Shape(x)[c.Rank(x)-1] != c.Shape(y)[0] {
		return p, false
	}
	p.Inputs = []*graph.Value{c.Value(x)}
	if p.Zero = c.Has(xZero); p.Zero {
		if n := tensors.Size(c.Shape(xZero)); n != 1 &&
			n != tensors.Size(c.Shape(x))/c.Shape(y)[0] {
			return p, false
		}
		p.Inputs = append(p.Inputs, c.Value(xZero))
	}
	p.Weights = PackedMatrix(c, y, yZero, 0)
	return p, p.Weights != nil
}

// apply returns the product as elements of a type.
func (p PackedRows) apply(c *plan.Call, to tensor.DType) *graph.Value {
	p.To = to
	return c.B().Apply(p.IntegerProduct, p.Inputs...)
}

// Scaled returns the product times scales, plus the bias if there is one, or says that they are not
// of the kinds that it has.
func (p PackedRows) Scaled(c *plan.Call, scale, bias *graph.Value) (*graph.Value, bool) {
	n := p.Weights.Shape()[1]
	fits := func(v *graph.Value) bool {
		return len(native.Dims(v)) <= 1 &&
			tensors.Size(native.Dims(v)) == n
	}
	if tensors.Size(native.Dims(scale)) != 1 && !fits(scale) || bias != nil && !fits(bias) {
		return nil, false
	}
	p.Scale, p.Bias = true, bias != nil
	if p.Inputs = append(p.Inputs, scale); p.Bias {
		p.Inputs = append(p.Inputs, bias)
	}
	return p.apply(c, tensor.Float32Type), true
}

// quantisedMatMul multiplies the integers that both operands were made of, of which the second are
// constant, or says that they were not.
func quantisedMatMul(c *plan.Call) (z *graph.Value, ok bool) {
	if c.Val(0).Node == nil || c.Val(1).Constant == nil || c.Rank(1) != 2 || c.Rank(0) == 0 ||
		c.Shape(0)[c.Rank(0)-1] != c.Shape(1)[0] {
		return nil, false
	}
	x, known := c.Dequantised[c.Val(0).Node]
	y := c.Machine.Session.Origin(c.Val(1).Constant)
	if !known || y == nil || y.Key.Scale.Len() > 1 && y.Axis != 1 {
		return nil, false
	}
	p := PackedRows{Inputs: []*graph.Value{x.Codes}}
	if p.Weights = integerWeightsOf(c.Machine.Session, y.Key.Of, y.Key.Zero, 0); p.Weights == nil {
		return nil, false
	}
	if p.Zero = x.Zero != nil; p.Zero {
		p.Inputs = append(p.Inputs, x.Zero)
	}
	scales := floatsOf(y.Key.Scale.Array())
	return p.Scaled(c, op.Mul(c.B(), c.Reshape(x.Scale), c.B().Constant(tensor.ArrayOf(scales,
		len(scales)))), nil)
}
