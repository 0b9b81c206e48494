package data

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

// descend fits ŷ = w·x + b by gradient descent on the whole data set, 600 epochs at the learning
// rate 1e-5, from the given parameters, and returns the mean squared error, the mean absolute error
// and the percentage of predictions within 5 units.
func descend(x, y *tensor.Tensor[float64], w [2]float64, b float64) (mse, mae, within float64) {
	n := float64(y.Len())
	for range 600 {
		var dw [2]float64
		var db float64
		for i, target := range y.Data() {
			row := x.Row(i)
			d := 2 / n * (w[0]*row[0] + w[1]*row[1] + b - target)
			dw[0] += d * row[0]
			dw[1] += d * row[1]
			db += d
		}
		w[0] -= 1e-5 * dw[0]
		w[1] -= 1e-5 * dw[1]
		b -= 1e-5 * db
	}
	for i, target := range y.Data() {
		row := x.Row(i)
		d := math.Abs(w[0]*row[0] + w[1]*row[1] + b - target)
		mse += d * d / n
		mae += d / n
		if d <= 5 {
			within += 100 / n
		}
	}
	return mse, mae, within
}

func TestBodyFatGivesTheReportsFigures(t *testing.T) {
	for seed := range uint32(10) {
		x, y, err := MakeBodyFat(DefaultBodyFatSamples, seed)
		require.NoError(t, err)
		require.Equal(t, []int{DefaultBodyFatSamples, 2}, x.Shape())
		require.Equal(t, []int{DefaultBodyFatSamples, 1}, y.Shape())
		start := NewRandomState(seed + 100)
		mse, mae, within := descend(x, y,
			[2]float64{start.StandardNormal(), start.StandardNormal()}, start.StandardNormal())
		require.True(t, mse >= 20 && mse <= 26, "seed %d: MSE %v", seed, mse)
		require.True(t, mae >= 3.5 && mae <= 4.2, "seed %d: MAE %v", seed, mae)
		require.True(t, within >= 68 && within <= 75, "seed %d: %v %% within 5", seed, within)
		t.Logf("seed %d: MSE %.2f, MAE %.3f, %.2f %% within 5", seed, mse, mae, within)
	}
}

func TestBodyFatOfPeople(t *testing.T) {
	x, _, err := MakeBodyFat(DefaultBodyFatSamples, 1)
	require.NoError(t, err)
	for i := range x.Dim(0) {
		require.InDelta(t, 175, x.At(i, 0), 25, "height in cm")
		require.InDelta(t, 80, x.At(i, 1), 35, "weight in kg")
	}
	_, _, err = MakeBodyFat(1, 1)
	require.NoError(t, err)
	_, _, err = MakeBodyFat(0, 1)
	require.EqualError(t, err, "make body fat: 0 samples are not possible")
	_, _, err = MakeBodyFat(maxElements/2+1, 1)
	require.EqualError(t, err, "make body fat: 536870913 samples are not possible")
}
