package op

import (
	"fmt"

	"simdnn/graph"
	"simdnn/tensor"
)

// DequantizeBlocks makes weights (k, n) of integers of 4 or 8 bits, (code − zero point)·scale, with
// a scale and a zero point for each Block of rows of a column. Its inputs are the codes of one
// column after the other, uint8 (n, k·Bits/8), the lower bits of a byte first; the scales, float32
// (n, k/Block); and the zero points, uint8 of the same shape.
type DequantizeBlocks struct {
	Bits  int `json:"bits"`
	Block int `json:"block"`
}

// Name returns "dequantize_blocks".
func (DequantizeBlocks) Name() string { return "dequantize_blocks" }

// Infer returns (k, n).
func (o DequantizeBlocks) Infer(in []graph.Type) ([]graph.Type, error) {
	if len(in) != 3 || in[0].DType != tensor.Uint8Type || in[1].DType != tensor.Float32Type ||
		in[2].DType != tensor.Uint8Type || len(in[0].Shape) != 2 || len(in[1].Shape) != 2 ||
		!in[1].Shape.Equal(in[2].Shape) || o.Bits != 4 && o.Bits != 8 || o.Block < 1 {
		return nil, fmt.Errorf("codes of %d bits in blocks of %d, of %v", o.Bits, o.Block, in)
	}
	bytes, ok := in[0].Shape.Ints()
	scales, known := in[1].Shape.Ints()
	if !ok || !known || bytes[0] != scales[0] || bytes[1]*8 != scales[1]*o.Block*o.Bits {
		return nil, fmt.Errorf("codes %v of %d bits in blocks of %d with scales %v", in[0], o.Bits,
			o.Block, in[1])
	}
	return []graph.Type{{DType: tensor.Float32Type,
		Shape: graph.ShapeOf(scales[1]*o.Block, bytes[0])}}, nil
}

// Codes returns the codes of three such inputs, for products by them.
func (o DequantizeBlocks) Codes(codes, scales, zeros *tensor.Array) tensor.Codes {
	row, n := codes.Shape()[1], codes.Shape()[0]
	bytes := tensor.Elements[uint8](codes)
	return tensor.Codes{Bits: o.Bits, Rows: row * 8 / o.Bits, Cols: n, Block: o.Block,
		Scales: tensor.Elements[float32](scales), Zeros: tensor.Elements[uint8](zeros),
		Column: func(column []uint8, j int) { o.unpack(column, bytes[j*row:][:row]) }}
}

// unpack sets a column to its codes.
func (o DequantizeBlocks) unpack(column, bytes []uint8) {
	if o.Bits == 8 {
		copy(column, bytes)
		return
	}
	for i := range column {
		column[i] = bytes[i/2] >> (i % 2 * 4) & 15
	}
}

// Bind returns a step that goes from column to column.
func (o DequantizeBlocks) Bind(b *graph.Binding) (graph.Step, error) {
	y := tensor.Slot[float32](b.Outputs[0])
	c := o.Codes(b.Inputs[0], b.Inputs[1], b.Inputs[2])
	column := make([]uint8, c.Rows)
	return func() {
		c := o.Codes(b.Inputs[0], b.Inputs[1], b.Inputs[2])
		for j := range c.Cols {
			c.Column(column, j)
			for i, code := range column {
				at := j*(c.Rows/c.Block) + i/c.Block
				(*y)[i*c.Cols+j] = (float32(code) - float32(c.Zeros[at])) * c.Scales[at]
			}
		}
	}, nil
}

// Gradient is none: integers don't change continuously, and scales count as fixed.
func (DequantizeBlocks) Gradient(*graph.Builder, *graph.Node, []*graph.Value) []*graph.Value {
	return make([]*graph.Value, 3)
}
