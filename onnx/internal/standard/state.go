package standard

import (
	"slices"

	"simdnn/graph"
	"simdnn/tensor"
)

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
func newStateIntegers(b *graph.Binding, cl Cell, scales *tensor.Array) *stateIntegers {
	n, width := cl.batch*cl.hidden, cl.Integers.Shape()[1]
	e := graph.Engine[float32](b)
	m := &stateIntegers{plan: e.PlanIntegers(cl.batch, cl.Integers.On(e), false),
		scales: tensor.Slot[float32](scales), codes: make([]uint8, n),
		sums: make([]float32, cl.batch*width), ofState: make([]float32, cl.batch),
		factors: make([]float32, width), k: e.Kernels()}
	m.result = tensor.IntegerResult{Floats: m.sums, Scale: slices.Repeat([]float32{1}, width),
		Zeros: make([]int32, cl.batch)}
	return m
}

// add adds the state's part to the gates: its codes times the integers of the weights, and the
// scales of the row and of the column. order says of each gate where the weights have it. It reports
// whether no element is NaN.
func (m *stateIntegers) add(gates, h []float32, order []int) bool {
	rows := len(m.ofState)
	width, hidden := len(m.sums)/rows, len(m.codes)/rows
	for row := range rows {
		scale, zero, ok := tensor.QuantizeByRange(m.codes[row*hidden:][:hidden],
			h[row*hidden:][:hidden])
		if !ok {
			return false
		}
		m.ofState[row], m.result.Zeros[row] = scale, int32(zero)
	}
	m.plan.Run(m.codes, &m.result)
	m.result.Backwards = !m.result.Backwards
	for row, scale := range m.ofState {
		g, z := gates[row*width:][:width], m.sums[row*width:][:width]
		m.k.Parametric[tensor.Scale](m.factors, *m.scales, scale)
		m.k.Binary[tensor.Mul](z, z, m.factors)
		for i, at := range order {
			m.k.Binary[tensor.Add](g[i*hidden:][:hidden], g[i*hidden:], z[at*hidden:])
		}
	}
	return true
}
