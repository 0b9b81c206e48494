package data

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

func TestOneHotAndBack(t *testing.T) {
	y := tensor.FromSlice([]float32{2, 0, 1, 2}, 4, 1)
	hot, err := OneHot(y, 3)
	require.NoError(t, err)
	require.Equal(t, []int{4, 3}, hot.Shape())
	require.Equal(t, []float32{0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1}, hot.Data())
	back, err := Classes(hot)
	require.NoError(t, err)
	require.Equal(t, y.Shape(), back.Shape())
	require.Equal(t, y.Data(), back.Data())

	classes, err := ClassNumbers(tensor.FromSlice([]float32{2, 0, 1, 2}, 4))
	require.NoError(t, err)
	require.Equal(t, []int{2, 0, 1, 2}, classes)
}

func TestClassesTakesTheFirstLargest(t *testing.T) {
	nan := math.NaN()
	scores := tensor.FromSlice([]float64{1, 3, 3, nan, -1, -2, nan, nan, nan, math.Inf(-1), nan, 0},
		4, 3)
	y, err := Classes(scores)
	require.NoError(t, err)
	require.Equal(t, []float64{1, 1, 0, 2}, y.Data())
	byView, err := Classes(scores.T().Clone().T())
	require.NoError(t, err)
	require.Equal(t, y.Data(), byView.Data())
}

func TestOneHotRejectsBadClasses(t *testing.T) {
	for want, v := range map[string]float64{
		"class number of row 1 is 3, but there are 3": 3,
		"class number of row 1 is -1":                 -1,
		"class number of row 1 is 0.5":                0.5,
		"class number of row 1 is NaN":                math.NaN(),
		"class number of row 1 is +Inf":               math.Inf(1),
	} {
		_, err := OneHot(tensor.FromSlice([]float64{0, v}, 2, 1), 3)
		require.ErrorContains(t, err, want)
	}
	_, err := OneHot(tensor.New[float64](2, 2), 3)
	require.ErrorContains(t, err, "column of shape (n, 1)")
	_, err = OneHot(tensor.New[float64](2, 1), 0)
	require.ErrorContains(t, err, "0 classes")
	_, err = Classes(tensor.New[float64](2))
	require.ErrorContains(t, err, "(n, classes)")
}

func TestConvertRounds(t *testing.T) {
	x := tensor.FromSlice([]float64{1, 0.1, -3, 1e300}, 2, 2)
	c := Convert[float32](x.T())
	require.Equal(t, []int{2, 2}, c.Shape())
	require.Equal(t, []float32{1, -3, float32(0.1), float32(math.Inf(1))}, c.Data())
}
