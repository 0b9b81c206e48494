package onnx

import (
	"slices"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// microsoftQuantised are those operators of ONNX Runtime's domain that compute with integers.
var microsoftQuantised = []operator{
	{name: "DynamicQuantizeLSTM", since: 1, min: 12, max: 12, attributes: cells + " input_forget",
		translate: quantisedLSTM},
	{name: "DynamicQuantizeMatMul", since: 1, min: 3, max: 5, translate: dynamicQuantizeMatMul},
	{name: "MatMulIntegerToFloat", since: 1, min: 4, max: 7, translate: matMulIntegerToFloat},
}

// dynamicCodes quantises floats as DynamicQuantizeLinear does, and returns the codes less the zero
// point, in float32, and the scale.
func (c *call) dynamicCodes(x *graph.Value) (codes integers, scale *graph.Value) {
	types := []graph.Type{{DType: tensor.Float32Type, Shape: x.Shape()}, {DType: tensor.Float32Type}}
	out := c.natives("dynamic_codes", types, func(b *graph.Binding) graph.Step {
		from, to := tensor.Slot[float32](b.Inputs[0]), tensor.Slot[float32](b.Outputs[0])
		scale := tensor.Slot[float32](b.Outputs[1])
		return func() {
			var ok bool
			if (*scale)[0], ok = centredCodes(*to, *from); !ok {
				b.Fail(errNaN)
			}
		}
	}, x)
	return integers{value: out[0], most: 255}, out[1]
}

// dynamicQuantizeMatMul quantises A, multiplies by the integers B, and scales; then it adds a bias.
func dynamicQuantizeMatMul(c *call) {
	codes, scale := c.dynamicCodes(c.float(0))
	z := c.asFloat(c.integerMatMul(codes, c.centred(1, 3, false)))
	c.setLike(0, c.scaledProduct(z, scale, c.float(2), 4), 0)
}

// scaledProduct returns z·(a·b), plus the bias in an input if there is one.
func (c *call) scaledProduct(z, a, b *graph.Value, bias int) *graph.Value {
	if sizeOf(dims(a)) == 1 {
		a = c.reshape(a)
	} else if len(dims(a)) == 1 { // one for each row
		a = c.reshape(a, dims(a)[0], 1)
	}
	if sizeOf(dims(b)) == 1 {
		b = c.reshape(b)
	}
	z = op.Mul(c.b(), z, op.Mul(c.b(), a, b))
	if c.has(bias) {
		z = op.Add(c.b(), z, c.float(bias))
	}
	return z
}

func matMulIntegerToFloat(c *call) {
	z := c.asFloat(c.integerMatMul(c.centred(0, 4, true), c.centred(1, 5, false)))
	c.setLike(0, c.scaledProduct(z, c.float(2), c.float(3), 6), 2)
}

// quantisedLSTM is an LSTM with weights of integers, (directions, inputs, gates). The inputs are
// quantised once, with one scale for all steps and rows. The state is quantised at every step, with a
// scale for each row: so a row never depends on its neighbours. For a batch of one that is what ONNX
// Runtime computes.
func quantisedLSTM(c *call) {
	batchFirst := c.attrInt("layout", 0) != 0
	x := c.float(0)
	if c.rank(0) != 3 || c.rank(1) != 3 || c.rank(2) != 3 {
		c.fail("an input %v with weights %v and %v", c.val(0), c.val(1), c.val(2))
	}
	if batchFirst {
		x = op.Permute(c.b(), x, 1, 0, 2)
	}
	s, hidden := dims(x), c.shape(2)[1]
	directions := map[string]int{"forward": 1, "reverse": 1, "bidirectional": 2}[c.attrString("direction",
		"forward")]
	if !slices.Equal(c.shape(1), []int{directions, s[2], 4 * hidden}) ||
		!slices.Equal(c.shape(2), []int{directions, hidden, 4 * hidden}) ||
		c.attrInt("hidden_size", hidden) != hidden {
		c.fail("the direction %q of weights %v and %v", c.attrString("direction", "forward"), c.val(1),
			c.val(2))
	}
	w, r := c.weightIntegers(1, 9), c.weightIntegers(2, 11)
	if r.most*255*float64(hidden) >= exactFloats && (r.known == nil ||
		255*r.columnSums(hidden, 4*hidden) >= exactFloats) {
		c.fail("a state of %d numbers, whose products are not exact in float32", hidden)
	}
	codes, scale := c.dynamicCodes(c.reshape(x, s[0]*s[1], s[2]))
	var outputs [3][]*graph.Value
	for d := range directions {
		cl := c.cell(lstmCell, s, hidden, d, directions)
		cl.quantised = true
		xp := c.asFloat(c.integerMatMul(codes, w.matrix(c, d)))
		xp = op.Mul(c.b(), xp, op.Mul(c.b(), scale, c.scalesOf(8, d, 4*hidden)))
		for i, v := range c.direction(cl, x, d, batchFirst, xp, r.matrix(c, d).value,
			c.scalesOf(10, d, 4*hidden)) {
			outputs[i] = append(outputs[i], v)
		}
	}
	c.setRecurrent(outputs, batchFirst, s[0], s[1], hidden)
}

// weightIntegers returns weights (directions, rows, columns), which have to be constant, less their zero
// points (directions) or (directions, columns).
func (c *call) weightIntegers(input, zero int) integers {
	w, z := c.known(input), c.known(zero)
	return c.constantIntegers(w, z, []int{c.shape(input)[0], 1, z.len() / c.shape(input)[0]})
}

// matrix returns the matrix of one direction.
func (w integers) matrix(c *call, d int) integers {
	s := dims(w.value)
	w.value = c.reshape(op.Slice(c.b(), w.value, 0, d, d+1, 1), s[1:]...)
	if w.known != nil {
		w.known = w.known[d*s[1]*s[2]:][:s[1]*s[2]]
	}
	return w
}

// scalesOf returns the scales of one direction, one for each column.
func (c *call) scalesOf(input, d, columns int) *graph.Value {
	v := c.ofDirection(input, d)
	return op.BroadcastTo(c.b(), c.reshape(v, sizeOf(dims(v))), columns)
}

// addQuantised adds the state's part to the gates: its codes times the integers of the weights, and the
// scales of the row and of the column.
func (m *cellRun[T]) addQuantised() {
	width := len(m.gates) / m.batch
	for row := range m.batch {
		h, codes := m.h[row*m.hidden:][:m.hidden], m.codes[row*m.hidden:][:m.hidden]
		var ok bool
		if m.rowScales[row], ok = centredCodes(codes, h); !ok {
			m.fail(errNaN)
			return
		}
	}
	m.whole.MatMul(m.reset, m.codes, *m.r)
	for row := range m.batch {
		g, z := m.gates[row*width:][:width], m.reset[row*width:][:width]
		for j, s := range *m.scales {
			g[j] += T(z[j] * T(m.rowScales[row]*s))
		}
	}
}
