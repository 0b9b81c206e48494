package nn_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
)

func TestMetrics(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		metric             nn.Metric
		name               string
		prediction, target [][]float64
		want               float64
	}{
		{nn.Accuracy, "accuracy", [][]float64{{0.2, 0.8}, {0.6, 0.4}, {0.5, 0.5}, {nan, 1}},
			[][]float64{{1}, {1}, {0}, {1}}, 0.5},
		{nn.Accuracy, "accuracy", [][]float64{{1, 2, 3}, {3, 2, 1}}, [][]float64{{0, 0, 1}, {0, 1, 0}},
			0.5},
		{nn.BinaryAccuracy(0.5), "accuracy", [][]float64{{0.6}, {0.5}, {0.4}, {nan}},
			[][]float64{{1}, {0}, {1}, {0}}, 0.5},
		{nn.BinaryAccuracy(0), "accuracy", [][]float64{{-3, 3}, {1, -1}}, [][]float64{{0, 1}, {0, 0}},
			0.75},
		// The values of scikit-learn's r2_score.
		{nn.R2, "r2", [][]float64{{2.5}, {0}, {2}, {8}}, [][]float64{{3}, {-0.5}, {2}, {7}},
			0.9486081370449679},
		{nn.R2, "r2", [][]float64{{0, 2}, {-1, 2}, {8, -5}}, [][]float64{{0.5, 1}, {-1, 1}, {7, -6}},
			0.9368005266622779},
		{nn.R2, "r2", [][]float64{{1, 1}, {2, 2}}, [][]float64{{1, 1}, {2, 1}}, 0.5},
		{nn.R2, "r2", [][]float64{{1, 1}, {2, 1}}, [][]float64{{1, 1}, {2, 1}}, 1},
		{nn.MeanSquaredError, "mse", [][]float64{{1, 2}, {3, 4}}, [][]float64{{1, 4}, {0, 4}}, 13.0 / 4},
		{nn.MeanAbsoluteError, "mae", [][]float64{{1, 2}, {3, 4}}, [][]float64{{1, 4}, {0, 4}}, 5.0 / 4},
		{nn.WithinTolerance(5), "within5", [][]float64{{1}, {2}, {3}, {nan}},
			[][]float64{{6}, {-3.5}, {4}, {0}}, 0.5},
	} {
		a := c.metric.New()
		require.Equal(t, c.name, c.metric.String())
		require.True(t, math.IsNaN(a.Value()), "%s of no rows", c.name)
		for i := range c.prediction {
			a.Add(c.prediction[i], c.target[i])
		}
		require.InDelta(t, c.want, a.Value(), 1e-15, c.name)
		require.False(t, math.IsNaN(a.Value()))
	}
}

// TestR2IsExactFarFromZero checks that large targets of small spread lose no digits.
func TestR2IsExactFarFromZero(t *testing.T) {
	a := nn.R2.New()
	for i := range 1000 {
		y := 1e8 + float64(i%2)
		a.Add([]float64{y + 0.25}, []float64{y})
	}
	require.InDelta(t, 1-0.0625/0.25, a.Value(), 1e-9)
}

// TestR2OfNaN checks that a prediction that is no number shows, even where the targets are
// constant.
func TestR2OfNaN(t *testing.T) {
	a := nn.R2.New()
	for range 2 {
		a.Add([]float64{1, math.NaN()}, []float64{1, 1})
	}
	require.True(t, math.IsNaN(a.Value()))
}
