package nn_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/tensor"
)

// TestCrossEntropyTargets compares class indices with one-hot rows, bit by bit, with and without
// weights.
func TestCrossEntropyTargets(t *testing.T) {
	const rows = 9
	for _, columns := range []int{2, 3, 7, 20} {
		r := source(uint64(columns))
		z, indices, hot := random[float32](r, rows, columns), classes[float32](r, rows, columns),
			tensor.New[float32](rows, columns)
		for i, class := range indices.Data() {
			hot.Set(1, i, int(class))
		}
		weights := random[float32](r, columns+rows)
		var ofClasses []float64
		for i, w := range weights.Data() {
			weights.Data()[i] = w * w
			if i < columns {
				ofClasses = append(ofClasses, float64(w*w))
			}
		}
		for _, loss := range []nn.Loss{nn.CrossEntropyLogits,
			nn.CrossEntropyLogits.WithClassWeights(ofClasses...)} {
			for _, ofRows := range [][]float32{nil, weights.Data()[columns:]} {
				want, gradient, err := nn.EvaluateLoss(loss, z, indices, ofRows...)
				require.NoError(t, err)
				got, gradientOfHot, err := nn.EvaluateLoss(loss, z, hot, ofRows...)
				require.NoError(t, err)
				require.Equal(t, want, got, "%d columns", columns)
				require.Equal(t, gradient.Data(), gradientOfHot.Data(), "%d columns", columns)
			}
		}

		// A row of two classes takes the batch another way, which must not show in the other rows.
		_, want, err := nn.EvaluateLoss(nn.CrossEntropyLogits, z, hot)
		require.NoError(t, err)
		hot.Slice(rows-1, rows).Fill(0)
		hot.Set(0.5, rows-1, 0)
		hot.Set(0.5, rows-1, 1)
		_, got, err := nn.EvaluateLoss(nn.CrossEntropyLogits, z, hot)
		require.NoError(t, err)
		require.Equal(t, want.Slice(0, rows-1).Clone().Data(), got.Slice(0, rows-1).Clone().Data(),
			"%d columns", columns)
		require.NotEqual(t, want.Row(rows-1), got.Row(rows-1), "%d columns", columns)
	}
}

// TestCrossEntropyOfNaNWithoutATarget lets no NaN go unnoticed, be it in a row that weighs nothing.
func TestCrossEntropyOfNaNWithoutATarget(t *testing.T) {
	target := tensor.FromSlice([]float32{0.5, 0.5, 0, 0, 0, 0}, 2, 3)
	outputs := tensor.FromSlice([]float32{1, 2, 3, 1, float32(math.NaN()), 3}, 2, 3)
	value, _, err := nn.EvaluateLoss(nn.CrossEntropyLogits, outputs, target)
	require.NoError(t, err)
	require.True(t, math.IsNaN(value))
}
