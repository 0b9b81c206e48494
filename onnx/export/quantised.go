package export

import (
	"reflect"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// quantisedForms are those of operators between floats and integers of few bits.
var quantisedForms = []entry{
	same("QuantizeLinear", func(op.Quantize) []Attribute { return nil }),
	{reflect.TypeFor[op.QuantizeRows](), quantizeRows},
	on(dequantize),
	on(dequantizeBlocks),
	on(fakeQuantize),
	on(func(t *Translation, _ op.Lookup, _ *graph.Node, in []string) string {
		return t.Node("Gather", []string{in[1], t.Cast(in[0], tensor.Int32Type)})
	}),
	on(lookupPair),
}

// lookupPair gathers at 256·a + b, b being a byte; what is negative since a is counts from the end,
// as the bytes of negative codes do.
func lookupPair(t *Translation, _ op.LookupPair, _ *graph.Node, in []string) string {
	whole := t.Number(tensor.Int32Type, 256)
	row := t.Node("Mul", []string{t.Cast(in[0], tensor.Int32Type), whole})
	column := t.Node("Mod", []string{t.Cast(in[1], tensor.Int32Type), whole})
	return t.Node("Gather", []string{in[2], t.Node("Add", []string{row, column})})
}

// quantizeRows is spelled out: DynamicQuantizeLinear has one range for all rows.
func quantizeRows(t *Translation, n *graph.Node, in []string) []string {
	f32 := tensor.Float32Type
	number := func(v float64) string { return t.Number(f32, v) }
	last := []int{len(n.Inputs[0].Shape()) - 1}
	lowest := t.Node("Min", []string{t.reduce("ReduceMin", in[0], last, true), number(0)})
	highest := t.Node("Max", []string{t.reduce("ReduceMax", in[0], last, true), number(0)})
	scale := t.Node("Div", []string{t.Node("Sub", []string{highest, lowest}), number(255)})
	scale = t.Node("Where", []string{t.Node("Equal", []string{scale, number(0)}), number(1), scale})
	zero := t.Node("Round", []string{t.Node("Div", []string{t.Node("Neg", []string{lowest}), scale})})
	codes := t.Node("Round", []string{t.Node("Div", []string{in[0], scale})})
	codes = t.Node("Clip", []string{t.Node("Add", []string{codes, zero}), number(0), number(255)})
	return []string{t.Cast(codes, tensor.Uint8Type), scale, t.Cast(zero, tensor.Uint8Type)}
}

// dequantize is DequantizeLinear, but for scales of rows, which are spelled out.
func dequantize(t *Translation, o op.Dequantize, n *graph.Node, in []string) string {
	scale := n.Inputs[1].Shape()
	switch {
	case len(scale) == 1:
		return t.Node("DequantizeLinear", in, Int("axis", o.Axis))
	case len(scale) == 0:
		return t.Node("DequantizeLinear", in)
	}
	float := func(x string) string { return t.Cast(x, tensor.Float32Type) }
	return t.Node("Mul", []string{t.Node("Sub", []string{float(in[0]), float(in[2])}), in[1]})
}

// dequantizeBlocks is DequantizeLinear of constants in the versions that have blocks and integers
// of 4 bits, else spelled out.
func dequantizeBlocks(t *Translation, o op.DequantizeBlocks, n *graph.Node, in []string) string {
	if codes := n.Inputs[0].Constant(); codes != nil && t.Opset() >= 21 {
		scales, zeros := n.Inputs[1].Constant(), n.Inputs[2].Constant()
		if scales != nil && zeros != nil {
			return t.blocksLinear(o, o.Codes(codes, scales, zeros))
		}
	}
	columns, _ := n.Inputs[0].Shape()[0].Value()
	rows, _ := n.Outputs[0].Shape()[0].Value()
	byBlock := func(x string) string { return t.Node("Unsqueeze", []string{x, t.Integers(2)}) }
	codes := t.Cast(in[0], tensor.Float32Type)
	if o.Bits == 4 {
		sixteen := t.Number(tensor.Float32Type, 16)
		high := t.Node("Floor", []string{t.Node("Div", []string{codes, sixteen})})
		low := t.Node("Sub", []string{codes, t.Node("Mul", []string{high, sixteen})})
		codes = t.Node("Concat", []string{byBlock(low), byBlock(high)}, Int("axis", 2))
	}
	codes = t.reshape(codes, t.Integers(columns, rows/o.Block, o.Block))
	zeros := byBlock(t.Cast(in[2], tensor.Float32Type))
	w := t.Node("Mul", []string{t.Node("Sub", []string{codes, zeros}), byBlock(in[1])})
	return t.transposed(t.reshape(w, t.Integers(columns, rows)), 2)
}

// blocksLinear is DequantizeLinear of rows of codes, along the columns, as ONNX Runtime multiplies
// by them without making floats.
func (t *Translation) blocksLinear(o op.DequantizeBlocks, c tensor.Codes) string {
	blocks := c.Rows / c.Block
	codes, column := make([]uint8, c.Rows*c.Cols), make([]uint8, c.Rows)
	scales := tensor.NewArray(tensor.Float32Type, blocks, c.Cols)
	zeros := make([]uint8, blocks*c.Cols)
	for j := range c.Cols {
		c.Column(column, j)
		for i, code := range column {
			codes[i*c.Cols+j] = code
		}
		for i := range blocks {
			tensor.Elements[float32](scales)[i*c.Cols+j] = c.Scales[j*blocks+i]
			zeros[i*c.Cols+j] = c.Zeros[j*blocks+i]
		}
	}
	return t.Node("DequantizeLinear", []string{t.codes(codes, o.Bits, c.Rows, c.Cols),
		t.Constant(scales), t.codes(zeros, o.Bits, blocks, c.Cols)}, Int("axis", 0),
		Int("block_size", o.Block))
}

// uint4 is ONNX's number of integers of 4 bits without sign, two in a byte, the lower bits first.
const uint4 = 21

// codes returns the name of a constant of integers of so many bits.
func (t *Translation) codes(codes []uint8, bits int, shape ...int) string {
	if bits == 8 {
		return t.Constant(tensor.ArrayOf(codes, shape...))
	}
	packed := make([]uint8, (len(codes)+1)/2)
	for i, code := range codes {
		packed[i/2] |= code << (i % 2 * 4)
	}
	name := t.unique("constant")
	m := messageOf(name, tensor.ArrayOf(packed, len(packed)))
	m.Dims, m.DataType = int64s(shape), uint4
	t.graph.Initializer = append(t.graph.Initializer, m)
	return name
}

// fakeQuantize rounds to multiples of scales: through codes of 8 bits where the range is theirs.
func fakeQuantize(t *Translation, o op.FakeQuantize, n *graph.Node, in []string) string {
	d, isList := n.Inputs[0].DType(), len(n.Inputs[1].Shape()) == 1
	var axis []Attribute
	if isList {
		axis = append(axis, Int("axis", o.Axis))
	}
	for _, codes := range []tensor.DType{tensor.Uint8Type, tensor.Int8Type} {
		r := op.CodesAround(codes, 0)
		if d == tensor.Float32Type && o.Low == int(r.Low) && o.High == int(r.High) {
			zero := t.Cast(in[2], codes)
			return t.Node("DequantizeLinear", []string{t.Node("QuantizeLinear", []string{in[0], in[1], zero},
				axis...), in[1], zero}, axis...)
		}
	}
	along := func(x string) string {
		if !isList {
			return x
		}
		shape := []int{-1}
		for range len(n.Inputs[0].Shape()) - 1 - o.Axis {
			shape = append(shape, 1)
		}
		return t.reshape(x, t.Integers(shape...))
	}
	scale, zero := along(in[1]), along(in[2])
	from := func(v int) string { return t.Node("Sub", []string{t.Number(d, float64(v)), zero}) }
	whole := t.Node("Round", []string{t.Node("Div", []string{in[0], scale})})
	whole = t.Node("Min", []string{t.Node("Max", []string{whole, from(o.Low)}), from(o.High)})
	return t.Node("Mul", []string{whole, scale})
}
