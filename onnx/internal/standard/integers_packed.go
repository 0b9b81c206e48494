package standard

import (
	"slices"

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
	return packedMatrix(c, input, zero, matrix, false)
}

// packedMatrix is [PackedMatrix] of integers that may be transposed.
func packedMatrix(c *plan.Call, input, zero, matrix int, transposed bool) *op.IntegerWeights {
	var z *value.Value
	if c.Has(zero) {
		if z = c.Val(zero).Constant; z == nil {
			return nil
		}
	}
	return integerWeightsOf(c.Machine.Session, c.Val(input).Constant, z, matrix, transposed)
}

// integerWeightsOf returns one of some matrices of integers, which may be nil, less zero points, if
// there are any: for all columns of all matrices, of each, or for each column. If they are
// transposed they stand in memory column by column.
func integerWeightsOf(s *plan.Session, b, zero *value.Value, matrix int,
	transposed bool) *op.IntegerWeights {
	if b == nil || !b.Element().IsByte() || len(b.Dims()) < 2 || b.Len() == 0 {
		return nil
	}
	rows, cols := b.Dims()[len(b.Dims())-2], b.Dims()[len(b.Dims())-1]
	matrices := b.Len() / (rows * cols)
	if transposed {
		rows, cols = cols, rows
	}
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
	key := plan.DerivedKey{Settings: transposed, Of: b, Zero: zero, Packed: true, Matrix: matrix}
	return plan.Derive(s, key, func() *op.IntegerWeights {
		bytes := tensor.Words[uint8](b.Array())[matrix*rows*cols:][:rows*cols]
		if transposed {
			columns := bytes
			bytes = make([]uint8, len(columns))
			for i, v := range columns {
				bytes[i%rows*cols+i/rows] = v
			}
		}
		return op.NewIntegerWeights(bytes, rows, cols, b.Element().IsSigned(), zeros)
	})
}

// PackedRows are a product of integers and its operands.
type PackedRows struct {
	op.IntegerProduct
	In op.IntegerOperands[*graph.Value]
}

// PackedProduct returns the product of two inputs less their zero points, of which the second is a
// constant matrix, which may be transposed, or matrices less one zero point for all; or says that
// there is none.
func PackedProduct(c *plan.Call, x, xZero, y, yZero int, transposed bool) (p PackedRows, ok bool) {
	depth := c.Rank(y) - 2
	if transposed {
		depth++
	}
	if !c.Element(x).IsByte() || c.Rank(x) == 0 || c.Rank(y) < 2 ||
		c.Shape(x)[c.Rank(x)-1] != c.Shape(y)[depth] {
		return p, false
	}
	c.Alike(x, xZero)
	c.Alike(y, yZero)
	p.In.Rows = c.Value(x)
	if p.Zero = c.Has(xZero); p.Zero {
		if n := tensors.Size(c.Shape(xZero)); n != 1 &&
			n != tensors.Size(c.Shape(x))/c.Shape(x)[c.Rank(x)-1] {
			return p, false
		}
		p.In.Zero = c.Value(xZero)
	}
	if c.Rank(y) == 2 {
		if p.Weights = packedMatrix(c, y, yZero, 0, transposed); p.Weights != nil {
			return p, true
		}
	}
	if transposed {
		return p, false
	}
	var zero *graph.Value
	if c.Has(yZero) {
		zero = c.Value(yZero)
	}
	return p, p.byMatrices(c.Value(y), zero)
}

// byMatrices lets a product multiply by matrices less a zero point, unless that is nil, and reports
// whether there are such products.
func (p *PackedRows) byMatrices(y, zero *graph.Value) bool {
	if p.In.Matrix = y; zero != nil {
		p.MatrixZero, p.In.MatrixZero = true, zero
	}
	p.To = tensor.Int32Type
	types := op.IntegerOperands[graph.Type]{Rows: p.In.Rows.Type(), Matrix: y.Type()}
	product := op.IntegerProduct{To: p.To}
	_, err := product.Infer(types.List(product))
	return err == nil && !slices.Contains(native.Dims(y), 0) &&
		(zero == nil || tensors.Size(native.Dims(zero)) == 1)
}

// columns returns the number of the product's columns.
func (p PackedRows) columns() int {
	if p.Weights != nil {
		return p.Weights.Shape()[1]
	}
	s := native.Dims(p.In.Matrix)
	return s[len(s)-1]
}

// apply returns the product as elements of a type.
func (p PackedRows) apply(c *plan.Call, to tensor.DType) *graph.Value {
	c.KeepWhole()
	p.To = to
	return c.B().Apply(p.IntegerProduct, p.In.List(p.IntegerProduct)...)
}

// Scaled returns the product times scales, plus the bias if there is one, or says that they are not
// of the kinds that it has.
func (p PackedRows) Scaled(c *plan.Call, scale, bias *graph.Value) (*graph.Value, bool) {
	n := p.columns()
	fits := func(v *graph.Value) bool {
		return len(native.Dims(v)) <= 1 &&
			tensors.Size(native.Dims(v)) == n
	}
	if tensors.Size(native.Dims(scale)) != 1 && !fits(scale) || bias != nil && !fits(bias) {
		return nil, false
	}
	p.Scale, p.Bias = true, bias != nil
	p.In.Scale, p.In.Bias = scale, bias
	return p.apply(c, tensor.Float32Type), true
}

// Add lets the product add an input of constant integers, one for each column, if there is one, or
// says that it is none such.
func (p *PackedRows) Add(c *plan.Call, input int) bool {
	if !c.Has(input) {
		return true
	}
	n, rank := p.columns(), c.Rank(input)
	if !isBias(c, input, n) || rank == 0 || c.Shape(input)[rank-1] != n {
		return false
	}
	offset := tensor.Elements[int32](c.Val(input).Constant.Array())
	p.Offset = &offset
	return true
}

// Requantised returns the product times scales as codes around the zero point in an input, or says
// that they are not of the kinds that it has.
func (p PackedRows) Requantised(c *plan.Call, scale *graph.Value, zero int) (*graph.Value, bool) {
	n := tensors.Size(native.Dims(scale))
	if !isRange(c, zero) || n != 1 && n != p.columns() {
		return nil, false
	}
	p.Codes, p.Scale = codeRange(c, zero), true
	p.In.Scale = c.Reshape(scale, n)
	return p.apply(c, c.Element(zero).Storage()), true
}

// quantisedMatMul multiplies the integers that both operands were made of, or says that they were
// not. The second ones are constant, or have one scale; they may be transposed. Of graphs a pass
// does that.
func quantisedMatMul(c *plan.Call, transposed bool, bias *graph.Value) (z *graph.Value, ok bool) {
	if c.Translating() || c.Val(0).Node == nil || c.Rank(0) == 0 || c.Rank(1) < 2 {
		return nil, false
	}
	x, known := c.Dequantised[c.Val(0).Node]
	if !known {
		if x, known = dequantisedRows(c, c.Val(0).Node); !known {
			return nil, false
		}
	}
	p := PackedRows{}
	p.Zero, p.In.Rows, p.In.Zero = x.Zero != nil, x.Codes, x.Zero
	if v := c.Val(1).Constant; v != nil {
		y := c.Machine.Session.Origin(v)
		columns := 1
		if transposed {
			columns = 0
		}
		if y == nil || c.Rank(1) != 2 || y.Key.Scale.Len() > 1 && y.Axis != columns {
			return nil, false
		}
		p.Weights = integerWeightsOf(c.Machine.Session, y.Key.Of, y.Key.Zero, 0, transposed)
		if p.Weights == nil || p.Weights.Shape()[0] != c.Shape(0)[c.Rank(0)-1] {
			return nil, false
		}
		scales := floatsOf(y.Key.Scale.Array())
		scale := c.B().Constant(tensor.ArrayOf(scales, len(scales)))
		if tensors.Size(native.Dims(x.Scale)) == 1 {
			return p.Scaled(c, op.Mul(c.B(), c.Reshape(x.Scale), scale), bias)
		}
		if z, ok = p.Scaled(c, scale, nil); !ok {
			return nil, false
		}
		if z = op.Mul(c.B(), z, x.Scale); bias != nil {
			z = op.Add(c.B(), z, bias)
		}
		return z, true
	}
	y, known := c.Dequantised[c.Val(1).Node]
	if !known || transposed || tensors.Size(native.Dims(x.Scale)) != 1 ||
		!p.byMatrices(y.Codes, y.Zero) {
		return nil, false
	}
	return p.Scaled(c, op.Mul(c.B(), c.Reshape(x.Scale), c.Reshape(y.Scale)), bias)
}
