package microsoft

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/onnx/internal/native"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/standard"
	"simdnn/onnx/internal/tensors"
)

// microsoftQuantised are those operators of ONNX Runtime's domain that compute with integers.
var microsoftQuantised = []plan.Operator{
	{Name: "DynamicQuantizeLSTM", Since: 1, Min: 12, Max: 12, Attributes: standard.Cells +
		" input_forget",
		Translate: quantisedLSTM},
	{Name: "DynamicQuantizeMatMul", Since: 1, Min: 3, Max: 5, Translate: dynamicQuantizeMatMul},
	{Name: "MatMulIntegerToFloat", Since: 1, Min: 4, Max: 7, Translate: matMulIntegerToFloat},
}

// dynamicQuantizeMatMul quantises A, multiplies by the integers B, and scales; then it adds a bias.
func dynamicQuantizeMatMul(c *plan.Call) {
	codes, scale, zero := standard.DynamicCodes(c, c.Float(0))
	if w := standard.PackedMatrix(c, 1, 3, 0); w != nil && c.Rank(1) == 2 && c.Rank(0) > 0 {
		p := standard.PackedRows{IntegerProduct: op.IntegerProduct{Weights: w, Zero: true}}
		p.In.Rows, p.In.Zero = codes, zero
		if z, ok := p.Scaled(c, op.Mul(c.B(), scale, c.Float(2)), optional(c, 4)); ok {
			c.SetLike(0, z, 0)
			return
		}
	}
	product, isFloat := standard.IntegerMatMul(c, centredCodes(c, codes, zero), standard.Centred(c,
		1, 3, false))
	z := standard.AsFloat(c, product, isFloat)
	c.SetLike(0, scaledProduct(c, z, scale, c.Float(2), 4), 0)
}

// centredCodes returns codes less their zero point.
func centredCodes(c *plan.Call, codes, zero *graph.Value) standard.Integers {
	return standard.Integers{Value: standard.CentredBytes(c, codes, zero), Most: 255}
}

// optional returns an input, nil if it is missing.
func optional(c *plan.Call, i int) *graph.Value {
	if !c.Has(i) {
		return nil
	}
	return c.Float(i)
}

// scaledProduct returns z·(a·b), plus the bias in an input if there is one.
func scaledProduct(c *plan.Call, z, a, b *graph.Value, bias int) *graph.Value {
	if tensors.Size(native.Dims(a)) == 1 {
		a = c.Reshape(a)
	} else if len(native.Dims(a)) == 1 { // one for each row
		a = c.Reshape(a, native.Dims(a)[0], 1)
	}
	if tensors.Size(native.Dims(b)) == 1 {
		b = c.Reshape(b)
	}
	z = op.Mul(c.B(), z, op.Mul(c.B(), a, b))
	if c.Has(bias) {
		z = op.Add(c.B(), z, c.Float(bias))
	}
	return z
}

func matMulIntegerToFloat(c *plan.Call) {
	if p, ok := standard.PackedProduct(c, 0, 4, 1, 5, false); ok && tensors.Size(c.Shape(2)) == 1 {
		scale := op.Mul(c.B(), c.Reshape(c.Float(2)), c.Float(3))
		if z, ok := p.Scaled(c, scale, optional(c, 6)); ok {
			c.SetLike(0, z, 2)
			return
		}
	}
	product, isFloat := standard.IntegerMatMul(c, standard.Centred(c, 0, 4, true),
		standard.Centred(c, 1, 5, false))
	z := standard.AsFloat(c, product, isFloat)
	c.SetLike(0, scaledProduct(c, z, c.Float(2), c.Float(3), 6), 2)
}

// quantisedLSTM is an LSTM with weights of integers, (directions, inputs, gates). The inputs are
// quantised once, with one scale for all steps and rows. The state is quantised at every step, with
// a scale for each row: so a row never depends on its neighbours. For a batch of one that is what
// ONNX Runtime computes.
func quantisedLSTM(c *plan.Call) {
	batchFirst := c.AttrInt("layout", 0) != 0
	x := c.Float(0)
	if c.Rank(0) != 3 || c.Rank(1) != 3 || c.Rank(2) != 3 {
		c.Fail("an input %v with weights %v and %v", c.Val(0), c.Val(1), c.Val(2))
	}
	if batchFirst {
		x = op.Permute(c.B(), x, 1, 0, 2)
	}
	s, hidden := native.Dims(x), c.Shape(2)[1]
	directions := map[string]int{"forward": 1, "reverse": 1,
		"bidirectional": 2}[c.AttrString("direction",
		"forward")]
	if !slices.Equal(c.Shape(1), []int{directions, s[2], 4 * hidden}) ||
		!slices.Equal(c.Shape(2), []int{directions, hidden, 4 * hidden}) ||
		c.AttrInt("hidden_size", hidden) != hidden {
		c.Fail("the direction %q of weights %v and %v", c.AttrString("direction", "forward"),
			c.Val(1),
			c.Val(2))
	}
	codes, scale, zero := standard.DynamicCodes(c, c.Reshape(x, s[0]*s[1], s[2]))
	var outputs [3][]*graph.Value
	for d := range directions {
		cl := standard.CellOf(c, standard.LSTMCell, s, hidden, d, directions)
		w := standard.PackedMatrix(c, 1, 9, d)
		if cl.Integers = standard.PackedMatrix(c, 2, 11, d); w == nil || cl.Integers == nil {
			c.Fail("weights of integers that are not constant, or zero points of another number")
		}
		p := standard.PackedRows{IntegerProduct: op.IntegerProduct{Weights: w, Zero: true}}
		p.In.Rows, p.In.Zero = codes, zero
		xp, ok := p.Scaled(c, op.Mul(c.B(), scale, scalesOf(c, 8, d, 4*hidden)), nil)
		if !ok {
			c.Fail("%d scales of %d columns", tensors.Size(c.Shape(8)), 4*hidden)
		}
		for i, v := range standard.Direction(c, cl, x, d, batchFirst, xp, scalesOf(c, 10, d,
			4*hidden)) {
			outputs[i] = append(outputs[i], v)
		}
	}
	standard.SetRecurrent(c, outputs, batchFirst, s[0], s[1], hidden)
}

// scalesOf returns the scales of one direction, one for each column.
func scalesOf(c *plan.Call, input, d, columns int) *graph.Value {
	v := standard.OfDirection(c, input, d)
	return op.BroadcastTo(c.B(), c.Reshape(v, tensors.Size(native.Dims(v))), columns)
}
