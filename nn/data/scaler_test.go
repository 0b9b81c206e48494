package data

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

func TestScalerAsScikitLearn(t *testing.T) {
	for _, c := range readGolden[struct {
		X, Scaled   recorded
		Mean, Scale []float64
	}](t, "scaler.json") {
		x := tensor.FromSlice(c.X.Head, c.X.Shape...)
		c.X.requireTensor(t, x, "recorded x")
		s, err := FitScaler(x)
		require.NoError(t, err)
		require.InEpsilonSlice(t, c.Mean, s.Mean, 1e-12)
		require.InEpsilonSlice(t, c.Scale, s.Deviation, 1e-12)
		require.Equal(t, 1.0, s.Deviation[3], "the constant column")
		z, err := s.Transform(x)
		require.NoError(t, err)
		require.Equal(t, c.Scaled.Shape, z.Shape())
		require.InDeltaSlice(t, c.Scaled.Head, z.Data(), 1e-10)
		back, err := s.Inverse(z)
		require.NoError(t, err)
		require.InEpsilonSlice(t, c.X.Head, back.Data(), 1e-12)
	}
}

func TestScalerOfFloat32AndViews(t *testing.T) {
	x := tensor.FromSlice([]float32{1, 10, 2, 20, 3, 30}, 3, 2)
	s, err := FitScaler(x)
	require.NoError(t, err)
	require.Equal(t, []float64{2, 20}, s.Mean)
	byView, err := FitScaler(x.T().Clone().T())
	require.NoError(t, err)
	require.Equal(t, s, byView)
	z, err := s.Transform(x)
	require.NoError(t, err)
	require.Equal(t, float32(-math.Sqrt(1.5)), z.At(0, 0))
	require.Equal(t, float32(1), x.At(0, 0), "x itself stays")
}

func TestScalerRejectsWhatDoesNotFit(t *testing.T) {
	_, err := FitScaler(tensor.New[float64](0, 3))
	require.ErrorContains(t, err, "at least one row")
	_, err = FitScaler(tensor.New[float64](3))
	require.ErrorContains(t, err, "(rows, columns)")
	for _, bad := range []float64{math.NaN(), math.Inf(-1), 1e308} {
		_, err = FitScaler(tensor.FromSlice([]float64{1, 2, 3, bad, 5, -bad}, 3, 2))
		require.ErrorContains(t, err, "column 1 holds values that are not finite")
		_, err = FitScaler(tensor.FromSlice([]float64{1, 2, 3, bad, 5, -bad}, 3, 2), "length", "mass")
		require.EqualError(t, err, fmt.Sprintf(`row 2, column "mass": %g is not finite or too large to be scaled`, bad))
	}
	s, err := FitScaler(tensor.New[float64](3, 2))
	require.NoError(t, err)
	_, err = s.Transform(tensor.New[float64](3, 3))
	require.EqualError(t, err, "scaler: x of shape [3 3], but the scaler was fitted to 2 columns")
	_, err = s.Inverse(tensor.New[float64](2))
	require.Error(t, err)
}
