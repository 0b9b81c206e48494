package nn

import (
	"strings"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// Names of the variables that hold averages: behind their parameters', and how many there were.
const (
	averageSuffix  = ".average"
	averageCounter = "average.step"
)

// setAverage lets steps keep moving averages of the parameters, that begin anew; 0 lets them keep
// none.
func (m *Model[T]) setAverage(decay float64) {
	if decay == 0 && m.average == 0 {
		return
	}
	m.average = decay
	for name, v := range m.variables.store {
		if v.Role == graph.State && (strings.HasSuffix(name, averageSuffix) || name == averageCounter) {
			delete(m.variables.store, name)
		}
	}
	m.forget(false)
}

// buildAverages adds the averages of what training changes to a step.
func (m *Model[T]) buildAverages(b *Builder, trained []*graph.Value) {
	if m.average != 0 && b.Err() == nil {
		op.AverageWeights(b.Builder, m.average, trained...)
	}
}

// swapAverages puts the averages in the place of the parameters, and these in that of the averages,
// if there are any.
func (m *Model[T]) swapAverages() {
	counter, ok := m.variables.store[averageCounter]
	if m.average == 0 || !ok || tensor.Elements[uint64](counter.Value)[0] == 0 {
		return
	}
	for name, v := range m.variables.store {
		p, ok := m.variables.store[strings.TrimSuffix(name, averageSuffix)]
		if !ok || p == v || v.Role != graph.State {
			continue
		}
		a, w := tensor.Elements[T](v.Value), tensor.Elements[T](p.Value)
		for i := range a {
			a[i], w[i] = w[i], a[i]
		}
	}
}
