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
	m.result = tensor.IntegerResult{Floats: m.sums, Scale: m.factors, Zeros: make([]int32, cl.batch)}
	if cl.batch > 1 { // each row has other factors
		m.result.Scale = slices.Repeat([]float32{1}, width)
	}
	return m
}

// multiply returns the products of a state's codes and the integers of the weights, times the scales
// of the row and of the column. It reports whether no element is NaN.
func (m *stateIntegers) multiply(h []float32) (products []float32, ok bool) {
	rows := len(m.ofState)
	width, hidden := len(m.sums)/rows, len(m.codes)/rows
	for row := range rows {
		scale, zero, ok := tensor.QuantizeByRange(m.codes[row*hidden:][:hidden],
			h[row*hidden:][:hidden])
		if !ok {
			return nil, false
		}
		m.ofState[row], m.result.Zeros[row] = scale, int32(zero)
	}
	if rows == 1 {
		m.k.Parametric[tensor.Scale](m.factors, *m.scales, m.ofState[0])
	}
	m.plan.Run(m.codes, &m.result)
	m.result.Backwards = !m.result.Backwards
	if rows == 1 {
		return m.sums, true
	}
	for row, scale := range m.ofState {
		z := m.sums[row*width:][:width]
		m.k.Parametric[tensor.Scale](m.factors, *m.scales, scale)
		m.k.Binary[tensor.Mul](z, z, m.factors)
	}
	return m.sums, true
}
