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

// dynamicQuantizeMatMul quantises A, multiplies by the integers B, and scales; then it adds a bias.
func dynamicQuantizeMatMul(c *call) {
	codes, scale, zero := c.dynamicCodes(c.float(0))
	if w := c.packedMatrix(1, 3, 0); w != nil && c.rank(1) == 2 && c.rank(0) > 0 {
		p := packedRows{op.IntegerProduct{Weights: w, Zero: true}, []*graph.Value{codes, zero}}
		if z, ok := p.scaled(c, op.Mul(c.b(), scale, c.float(2)), c.optional(4)); ok {
			c.setLike(0, z, 0)
			return
		}
	}
	z := c.asFloat(c.integerMatMul(c.centredCodes(codes, zero), c.centred(1, 3, false)))
	c.setLike(0, c.scaledProduct(z, scale, c.float(2), 4), 0)
}

// centredCodes returns codes less their zero point.
func (c *call) centredCodes(codes, zero *graph.Value) integers {
	return integers{value: c.centredBytes(codes, zero), most: 255}
}

// optional returns an input, nil if it is missing.
func (c *call) optional(i int) *graph.Value {
	if !c.has(i) {
		return nil
	}
	return c.float(i)
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
	if p, ok := c.packedProduct(0, 4, 1, 5); ok && sizeOf(c.shape(2)) == 1 {
		scale := op.Mul(c.b(), c.reshape(c.float(2)), c.float(3))
		if z, ok := p.scaled(c, scale, c.optional(6)); ok {
			c.setLike(0, z, 2)
			return
		}
	}
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
	codes, scale, zero := c.dynamicCodes(c.reshape(x, s[0]*s[1], s[2]))
	var outputs [3][]*graph.Value
	for d := range directions {
		cl := c.cell(lstmCell, s, hidden, d, directions)
		w := c.packedMatrix(1, 9, d)
		if cl.integers = c.packedMatrix(2, 11, d); w == nil || cl.integers == nil {
			c.fail("weights of integers that are not constant, or zero points of another number")
		}
		p := packedRows{op.IntegerProduct{Weights: w, Zero: true}, []*graph.Value{codes, zero}}
		xp, ok := p.scaled(c, op.Mul(c.b(), scale, c.scalesOf(8, d, 4*hidden)), nil)
		if !ok {
			c.fail("%d scales of %d columns", sizeOf(c.shape(8)), 4*hidden)
		}
		for i, v := range c.direction(cl, x, d, batchFirst, xp, c.scalesOf(10, d, 4*hidden)) {
			outputs[i] = append(outputs[i], v)
		}
	}
	c.setRecurrent(outputs, batchFirst, s[0], s[1], hidden)
}

// scalesOf returns the scales of one direction, one for each column.
func (c *call) scalesOf(input, d, columns int) *graph.Value {
	v := c.ofDirection(input, d)
	return op.BroadcastTo(c.b(), c.reshape(v, sizeOf(dims(v))), columns)
}

// stateIntegers is the state's part of gates as products of integers.
type stateIntegers struct {
	plan    *tensor.IntegerProduct
	scales  *[]float32 // of the columns
	codes   []uint8
	sums    []float32
	ofState []float32 // the scales of the rows
	result  tensor.IntegerResult
	factors []float32 // of a row's columns
	k       *tensor.Kernels[float32]
}

// newStateIntegers returns them for a state of float32.
func newStateIntegers(b *graph.Binding, cl cell, scales *tensor.Array) *stateIntegers {
	n, width := cl.batch*cl.hidden, cl.integers.Shape()[1]
	e := graph.Engine[float32](b)
	m := &stateIntegers{plan: e.PlanIntegers(cl.batch, cl.integers.On(e), false),
		scales: tensor.Slot[float32](scales), codes: make([]uint8, n),
		sums: make([]float32, cl.batch*width), ofState: make([]float32, cl.batch),
		factors: make([]float32, width), k: e.Kernels()}
	m.result = tensor.IntegerResult{Floats: m.sums, Scale: slices.Repeat([]float32{1}, width),
		Zeros: make([]int32, cl.batch)}
	return m
}

// add adds the state's part to the gates: its codes times the integers of the weights, and the scales of
// the row and of the column. It reports whether no element is NaN.
func (m *stateIntegers) add(gates, h []float32) bool {
	rows := len(m.ofState)
	width, hidden := len(m.sums)/rows, len(m.codes)/rows
	for row := range rows {
		scale, zero, ok := quantizeDynamically(m.codes[row*hidden:][:hidden], h[row*hidden:][:hidden])
		if !ok {
			return false
		}
		m.ofState[row], m.result.Zeros[row] = scale, int32(zero)
	}
	m.plan.Run(m.codes, &m.result)
	for row, scale := range m.ofState {
		g, z := gates[row*width:][:width], m.sums[row*width:][:width]
		m.k.Parametric[tensor.Scale](m.factors, *m.scales, scale)
		m.k.Binary[tensor.Mul](z, z, m.factors)
		m.k.Binary[tensor.Add](g, g, z)
	}
	return true
}
