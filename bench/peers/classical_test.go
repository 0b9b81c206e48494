package main

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestClassicalModelsAgree computes the scores of the first row as they are defined.
func TestClassicalModelsAgree(t *testing.T) {
	for _, m := range classicals {
		_, got, err := m.ours(&session{options: &options{threads: 1}})
		require.NoError(t, err, m.name)
		require.Len(t, got, m.outputs(), m.name)
		x := m.inputs()[:classicalColumns]
		if m.kernel == "" {
			z := 0.25
			for i, w := range m.numbers(52, classicalColumns, 1) {
				z += float64(w) * float64(x[i])
			}
			if m.classes == 0 {
				require.InDelta(t, z, got[0], 1e-5)
			} else { // the row with a minus stands first
				require.InDelta(t, 1/(1+math.Exp(-z)), got[1], 1e-5)
				require.InDelta(t, 1, got[0]+got[1], 1e-6)
			}
			continue
		}
		want := m.decisions(x)
		if m.classes == 2 {
			want = []float64{-want[0], want[0]}
		}
		require.InDeltaSlice(t, want, got, 1e-4, m.name)
	}
}

// decisions returns what the machine decides between each pair of classes, or the value of a
// regressor.
func (m classical) decisions(x []float32) (all []float64) {
	kernels := m.kernels(x)
	weights := m.numbers(54, max(1, m.classes-1)*len(kernels), 2)
	part := func(class, row int) (sum float64) {
		start := 0
		for _, n := range m.vectors[:class] {
			start += n
		}
		for i := start; i < start+m.vectors[class]; i++ {
			sum += float64(weights[row*len(kernels)+i]) * kernels[i]
		}
		return sum
	}
	if m.classes == 0 {
		return []float64{part(0, 0) + 0.5}
	}
	rho := m.numbers(55, m.classes*(m.classes-1)/2, 1)
	for i := range m.classes {
		for j := i + 1; j < m.classes; j++ {
			all = append(all, part(i, j-1)+part(j, i)+float64(rho[len(all)]))
		}
	}
	return all
}

// kernels returns those of a row and each vector.
func (m classical) kernels(x []float32) (all []float64) {
	n := 0
	for _, of := range m.vectors {
		n += of
	}
	vectors := m.numbers(53, n*classicalColumns, 2*math.Sqrt(3))
	const gamma = 1. / classicalColumns
	for j := range n {
		product, distance := 0.0, 0.0
		for i, v := range vectors[j*classicalColumns:][:classicalColumns] {
			product += float64(x[i]) * float64(v)
			distance += math.Pow(float64(x[i])-float64(v), 2)
		}
		switch m.kernel {
		case "RBF":
			all = append(all, math.Exp(-gamma*distance))
		case "SIGMOID":
			all = append(all, math.Tanh(gamma*product))
		default:
			all = append(all, math.Pow(gamma*product, 3))
		}
	}
	return all
}
