package onnx

import (
	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// packedMatrix returns constant integers of 8 bits, less their zero points, for products of integers: a
// matrix, or one of several of (matrices, rows, columns). It is nil where they are no such.
func (c *call) packedMatrix(input, zero, matrix int) *op.IntegerWeights {
	var z *Value
	if c.has(zero) {
		if z = c.val(zero).constant; z == nil {
			return nil
		}
	}
	return c.machine.session.integerWeights(c.val(input).constant, z, matrix)
}

// integerWeights returns one of some matrices of integers, which may be nil, less zero points, if there
// are any: for all columns of all matrices, of each, or for each column.
func (s *Session) integerWeights(b, zero *Value, matrix int) *op.IntegerWeights {
	if b == nil || !b.element.isByte() || len(b.shape) < 2 || b.len() == 0 {
		return nil
	}
	rows, cols := b.shape[len(b.shape)-2], b.shape[len(b.shape)-1]
	matrices := b.len() / (rows * cols)
	if matrix >= matrices {
		return nil
	}
	var zeros []int32
	if zero != nil {
		n := max(zero.len()/matrices, 1)
		if n != 1 && n != cols || zero.len() != 1 && zero.len() != n*matrices {
			return nil
		}
		for _, v := range numbersOf[int64](zero.array)[matrix*n%zero.len():][:n] {
			zeros = append(zeros, int32(v))
		}
	}
	key := derivedKey{of: b, zero: zero, packed: true, matrix: matrix}
	return derive(s, key, func() *op.IntegerWeights {
		bytes := tensor.Words[uint8](b.array)[matrix*rows*cols:][:rows*cols]
		return op.NewIntegerWeights(bytes, rows, cols, b.element.isSigned(), zeros)
	})
}

// isByte reports whether elements are integers of 8 bits.
func (e ElementType) isByte() bool { return e == Int8 || e == Uint8 }

// packedRows are the operands of a product by packed integers.
type packedRows struct {
	op.IntegerProduct
	inputs []*graph.Value
}

// packedProduct returns the product of two inputs less their zero points, of which the second is a
// constant matrix, or says that there is none.
func (c *call) packedProduct(x, xZero, y, yZero int) (p packedRows, ok bool) {
	if len(c.val(y).shape) != 2 || !c.element(x).isByte() || c.rank(x) == 0 ||
		c.shape(x)[c.rank(x)-1] != c.shape(y)[0] {
		return p, false
	}
	p.inputs = []*graph.Value{c.value(x)}
	if p.Zero = c.has(xZero); p.Zero {
		if n := sizeOf(c.shape(xZero)); n != 1 && n != sizeOf(c.shape(x))/c.shape(y)[0] {
			return p, false
		}
		p.inputs = append(p.inputs, c.value(xZero))
	}
	p.Weights = c.packedMatrix(y, yZero, 0)
	return p, p.Weights != nil
}

// apply returns the product as elements of a type.
func (p packedRows) apply(c *call, to tensor.DType) *graph.Value {
	p.To = to
	return c.b().Apply(p.IntegerProduct, p.inputs...)
}

// scaled returns the product times scales, plus the bias if there is one, or says that they are not of
// the kinds that it has.
func (p packedRows) scaled(c *call, scale, bias *graph.Value) (*graph.Value, bool) {
	n := p.Weights.Shape()[1]
	fits := func(v *graph.Value) bool { return len(dims(v)) <= 1 && sizeOf(dims(v)) == n }
	if sizeOf(dims(scale)) != 1 && !fits(scale) || bias != nil && !fits(bias) {
		return nil, false
	}
	p.Scale, p.Bias = true, bias != nil
	if p.inputs = append(p.inputs, scale); p.Bias {
		p.inputs = append(p.inputs, bias)
	}
	return p.apply(c, tensor.Float32Type), true
}

// dequantised says of what integers floats were made: of codes in the graph with one scale and zero point,
// which may be missing, or of constants with some along an axis.
type dequantised struct {
	codes, scale, zero *graph.Value
	key                derivedKey
	axis               int
}

// quantisedMatMul multiplies the integers that both operands were made of, of which the second are
// constant, or says that they were not.
func (c *call) quantisedMatMul() (z *graph.Value, ok bool) {
	if c.val(0).node == nil || c.val(1).constant == nil || c.rank(1) != 2 || c.rank(0) == 0 ||
		c.shape(0)[c.rank(0)-1] != c.shape(1)[0] {
		return nil, false
	}
	x, known := c.dequantised[c.val(0).node]
	y := c.machine.session.origin(c.val(1).constant)
	if !known || y == nil || y.key.scale.len() > 1 && y.axis != 1 {
		return nil, false
	}
	p := packedRows{inputs: []*graph.Value{x.codes}}
	if p.Weights = c.machine.session.integerWeights(y.key.of, y.key.zero, 0); p.Weights == nil {
		return nil, false
	}
	if p.Zero = x.zero != nil; p.Zero {
		p.inputs = append(p.inputs, x.zero)
	}
	scales := floatsOf(y.key.scale.array)
	return p.scaled(c, op.Mul(c.b(), c.reshape(x.scale), c.b().Constant(tensor.ArrayOf(scales,
		len(scales)))), nil)
}
