package simdnn_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	simdnn "simdnn/adapters/gonum"
	"simdnn/tensor"
)

func TestViews(t *testing.T) {
	whole := tensor.FromSlice([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 3, 4)
	block := whole.Narrow(0, 1, 3).Narrow(1, 1, 3) // 6 7 / 10 11
	d, err := simdnn.Dense(block)
	require.NoError(t, err)
	require.True(t, mat.Equal(mat.NewDense(2, 2, []float64{6, 7, 10, 11}), d))
	d.Set(1, 0, 20)
	require.Equal(t, 20.0, whole.At(2, 1))

	back := simdnn.Tensor(d.Slice(0, 2, 1, 2).(*mat.Dense))
	require.Equal(t, []int{2, 1}, back.Shape())
	back.Set(30, 1, 0)
	require.Equal(t, 30.0, whole.At(2, 2))

	v, err := simdnn.Vector(whole.T().Slice(1, 2).Squeeze(0)) // column 1
	require.NoError(t, err)
	require.Equal(t, []float64{2, 6, 20}, mat.Col(nil, 0, v))
	v.SetVec(0, 40)
	require.Equal(t, 40.0, whole.At(0, 1))

	g, err := simdnn.General(tensor.FromSlice([]float32{1, 2, 3, 4}, 2, 2).Narrow(1, 1, 2))
	require.NoError(t, err)
	require.Equal(t, []int{2, 1, 2}, []int{g.Rows, g.Cols, g.Stride})
}

func TestViewsRefused(t *testing.T) {
	for want, x := range map[string]*tensor.Tensor[float64]{
		"a tensor of shape [2 2 2] is no matrix of gonum":                             tensor.New[float64](2, 2, 2),
		"a tensor of shape [0 3] is no matrix of gonum":                               tensor.New[float64](0, 3),
		"the rows of the 3×2 tensor are not contiguous, but have the strides 1 and 3": tensor.New[float64](2, 3).T(),
		"the rows of the 4×3 tensor are not contiguous, but have the strides 0 and 1": tensor.New[float64](1, 3).Expand(4, 3),
	} {
		_, err := simdnn.Dense(x)
		require.EqualError(t, err, want)
	}
	_, err := simdnn.Vector(tensor.New[float64](2, 2))
	require.EqualError(t, err, "a tensor of shape [2 2] is no vector of gonum")
	_, err = simdnn.Vector(tensor.New[float64](1).Expand(3))
	require.EqualError(t, err, "the elements of the vector of shape [3] are one and the same")
}
