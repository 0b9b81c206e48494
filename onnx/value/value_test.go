package value_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/onnx/value"
	"simdnn/tensor"
)

// TestLazy checks that an array is made when it is first asked for, and once.
func TestLazy(t *testing.T) {
	made := 0
	v := value.Lazy(value.Float, []int{2, 3}, func() *tensor.Array {
		made++
		return tensor.ArrayOf([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
	})
	require.True(t, v.IsLazy())
	require.Equal(t, "float32[2 3]", v.String())
	require.Equal(t, 6, v.Len())
	require.Zero(t, made)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { v.Array() })
	}
	all.Wait()
	require.Equal(t, []float32{1, 2, 3, 4, 5, 6}, tensor.Elements[float32](v.Array()))
	for _, other := range []*value.Value{v.Clone(), v.Reshape(3, 2)} {
		require.False(t, other.IsLazy())
		require.Equal(t, []float32{1, 2, 3, 4, 5, 6}, tensor.Elements[float32](other.Array()))
	}
	require.Equal(t, []int{3, 2}, v.Reshape(3, 2).Dims())
	require.Equal(t, 1, made)
}
