package op

import (
	"fmt"
	"math"
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

// Quantize rounds float32 to integers of 8 bits:
//
//	code = round(x/scale) + zero point        half to even, within the range of the type
//
// Its inputs are x, the scale, one float32, and the zero point, one number of the codes' type. NaN
// becomes the lowest code.
type Quantize struct {
	To tensor.DType `json:"to"` // uint8 or int8
}

// Name returns "quantize".
func (Quantize) Name() string { return "quantize" }

// Infer returns x's shape with the codes' type.
func (o Quantize) Infer(in []graph.Type) ([]graph.Type, error) {
	switch {
	case len(in) != 3:
		return nil, fmt.Errorf("%d inputs, not 3", len(in))
	case o.To != tensor.Uint8Type && o.To != tensor.Int8Type:
		return nil, fmt.Errorf("codes of %v, not of uint8 or int8", o.To)
	case in[0].DType != tensor.Float32Type || in[1].DType != tensor.Float32Type ||
		in[2].DType != o.To || !in[1].Shape.Size().Is(1) || !in[2].Shape.Size().Is(1):
		return nil, fmt.Errorf("the scale %v and the zero point %v of %v for codes of %v", in[1], in[2],
			in[0], o.To)
	}
	return []graph.Type{{DType: o.To, Shape: in[0].Shape}}, nil
}

// Bind returns a step that reads the scale and the zero point when it runs.
func (o Quantize) Bind(b *graph.Binding) (graph.Step, error) {
	x, scale := tensor.Slot[float32](b.Inputs[0]), tensor.Slot[float32](b.Inputs[1])
	zero, y := b.Inputs[2], b.Outputs[0]
	return func() {
		tensor.Quantize(tensor.Words[uint8](y), *x, (*scale)[0], CodesAround(o.To, zeroAt(zero, 0)))
	}, nil
}

// CodesAround returns the range of the codes of uint8 or int8 around a zero point.
func CodesAround(d tensor.DType, zero int32) tensor.CodeRange {
	lowest := int32(0)
	if d == tensor.Int8Type {
		lowest = math.MinInt8
	}
	return tensor.CodeRange{Low: float32(lowest - zero), High: float32(lowest + 255 - zero),
		Zero: zero}
}

// zeroAt returns a zero point, of uint8 or int8.
func zeroAt(zeros *tensor.Array, i int) int32 {
	z := tensor.Words[uint8](zeros)[i]
	if zeros.DType() == tensor.Int8Type {
		return int32(int8(z))
	}
	return int32(z)
}

// Gradient is none: integers don't change continuously.
func (Quantize) Gradient(*graph.Builder, *graph.Node, []*graph.Value) []*graph.Value {
	return make([]*graph.Value, 3)
}

// QuantizeRows quantises each row of x (…, k) by a range of its own: its outputs are the codes,
// uint8, the scales (…, 1) and the zero points (…, 1), as [tensor.QuantizeByRange] has them, but
// codes 0 with the scale 1 where that would be 0. So a row has the same codes in whatever batch it
// stands. A row with NaN or an infinity has the scale NaN, and with it all that is made of its
// codes.
type QuantizeRows struct{}

// Name returns "quantize_rows".
func (QuantizeRows) Name() string { return "quantize_rows" }

// Infer returns the types of codes, scales and zero points.
func (QuantizeRows) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 1 || in[0].DType != tensor.Float32Type || len(in[0].Shape) < 2 {
		return nil, fmt.Errorf("rows of float32 are quantised, not %v", in)
	}
	s := in[0].Shape
	one := append(slices.Clone(s[:len(s)-1]), graph.Fixed(1))
	return []graph.Type{{DType: tensor.Uint8Type, Shape: s}, {DType: tensor.Float32Type, Shape: one},
		{DType: tensor.Uint8Type, Shape: one}}, nil
}

// Bind returns a step that goes from row to row.
func (QuantizeRows) Bind(b *graph.Binding) (graph.Step, error) {
	x, codes := tensor.Slot[float32](b.Inputs[0]), tensor.Slot[uint8](b.Outputs[0])
	scale, zero := tensor.Slot[float32](b.Outputs[1]), tensor.Slot[uint8](b.Outputs[2])
	s := b.Inputs[0].Shape()
	k := s[len(s)-1]
	return func() {
		for i := range *scale {
			row := (*x)[i*k:][:k]
			s, z, ok := tensor.QuantizeByRange((*codes)[i*k:][:k], row)
			switch {
			case !ok || s-s != 0:
				s = float32(math.NaN())
			case s == 0:
				s, z = 1, 0
				clear((*codes)[i*k:][:k])
			}
			(*scale)[i], (*zero)[i] = s, z
		}
	}, nil
}

// Gradient is none: integers don't change continuously.
func (QuantizeRows) Gradient(*graph.Builder, *graph.Node, []*graph.Value) []*graph.Value {
	return []*graph.Value{nil}
}

// Dequantize makes float32 of integers of 8 bits, (code − zero point)·scale. Its inputs are the
// codes, uint8 or int8, the scales, float32, and the zero points, of the codes' type and the
// scales' shape: one for all, a list of one for each index along Axis, or, as [QuantizeRows] gives
// them, (…, 1) of one for each row of two or more dimensions.
type Dequantize struct {
	Axis int `json:"axis,omitempty"` // not negative
}

// Name returns "dequantize".
func (Dequantize) Name() string { return "dequantize" }

// Infer returns the codes' shape.
func (o Dequantize) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 3 {
		return nil, fmt.Errorf("%d inputs, not 3", len(in))
	}
	s, scale, rank := in[0].Shape, in[1].Shape, len(in[0].Shape)
	switch {
	case in[0].DType != tensor.Uint8Type && in[0].DType != tensor.Int8Type ||
		in[1].DType != tensor.Float32Type || in[2].DType != in[0].DType || !in[2].Shape.Equal(scale):
	case scale.Size().Is(1),
		len(scale) == 1 && o.Axis >= 0 && o.Axis < rank && s[o.Axis] == scale[0],
		rank > 1 && len(scale) == rank && scale[rank-1].Is(1) && s[:rank-1].Equal(scale[:rank-1]):
		return []graph.Type{{DType: tensor.Float32Type, Shape: s}}, nil
	}
	return nil, fmt.Errorf("scales %v and zero points %v of codes %v along axis %d", in[1], in[2],
		in[0], o.Axis)
}

// Bind returns a step that goes through stretches of codes with one scale.
func (o Dequantize) Bind(b *graph.Binding) (graph.Step, error) {
	y, scale := tensor.Slot[float32](b.Outputs[0]), tensor.Slot[float32](b.Inputs[1])
	codes, zero := b.Inputs[0], b.Inputs[2]
	s, n := codes.Shape(), b.Inputs[1].Len()
	stretch := codes.Len()
	switch {
	case stretch == 0:
		return nil, nil
	case len(b.Inputs[1].Shape()) > 1:
		stretch /= n
	case n > 1:
		stretch = product(s[o.Axis+1:])
	}
	signed := codes.DType() == tensor.Int8Type
	return func() {
		from := tensor.Words[uint8](codes)
		for at, i := 0, 0; at < len(from); at, i = at+stretch, (i+1)%n {
			tensor.Dequantize((*y)[at:][:stretch], from[at:][:stretch], signed, zeroAt(zero, i),
				(*scale)[i])
		}
	}, nil
}

// Gradient is none: integers don't change continuously, and scales count as fixed.
func (Dequantize) Gradient(*graph.Builder, *graph.Node, []*graph.Value) []*graph.Value {
	return make([]*graph.Value, 3)
}
