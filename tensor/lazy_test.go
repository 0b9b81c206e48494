package tensor_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

// counting returns an array of 1, 2, 3, …, and how often it has been made.
func counting(shape ...int) (*tensor.Lazy, *atomic.Int32) {
	made := &atomic.Int32{}
	return tensor.NewLazy(tensor.Float32Type, shape, func(a *tensor.Array) {
		made.Add(1)
		for i := range tensor.Elements[float32](a) {
			tensor.Elements[float32](a)[i] = float32(i + 1)
		}
	}), made
}

// TestLazyArraysAreShared checks that an array is made when it is first asked for, and once for all
// that hold it.
func TestLazyArraysAreShared(t *testing.T) {
	l, made := counting(2, 3)
	require.Equal(t, "float32[2 3]", l.String())
	require.Equal(t, []int{2, 3}, l.Shape())
	require.Equal(t, tensor.Float32Type, l.DType())
	require.Equal(t, 6, l.Len())
	require.Zero(t, made.Load())
	var all sync.WaitGroup
	arrays := make([]*tensor.Array, 4)
	for i := range arrays {
		all.Go(func() { arrays[i] = l.Array() })
	}
	all.Wait()
	runtime.GC()
	var memory []byte
	for _, a := range append(arrays, l.Array(), l.Lend(&memory)) {
		require.Same(t, arrays[0], a)
		require.Equal(t, []float32{1, 2, 3, 4, 5, 6}, tensor.Elements[float32](a))
	}
	require.Nil(t, memory)
	require.EqualValues(t, 1, made.Load())
	runtime.KeepAlive(arrays)
}

// TestLazyArraysAreForgotten checks that what nobody holds is made again.
func TestLazyArraysAreForgotten(t *testing.T) {
	l, made := counting(100)
	for range 2 {
		require.Equal(t, float32(100), tensor.Elements[float32](l.Array())[99])
		runtime.GC()
	}
	require.EqualValues(t, 2, made.Load())
}

// TestLazyArraysAreLent checks that lent arrays stand in the memory that is given, if it suffices.
func TestLazyArraysAreLent(t *testing.T) {
	small, _ := counting(5)
	large, _ := counting(3, 5)
	var memory []byte
	a := small.Lend(&memory)
	require.Len(t, memory, 20)
	require.Equal(t, []float32{1, 2, 3, 4, 5}, tensor.Elements[float32](a))
	b := large.Lend(&memory)
	require.Len(t, memory, 60)
	require.Equal(t, []int{3, 5}, b.Shape())
	require.Equal(t, float32(15), tensor.Elements[float32](b)[14])
	c := small.Lend(&memory)
	require.Same(t, &tensor.Elements[float32](b)[0], &tensor.Elements[float32](c)[0])
	require.Equal(t, float32(6), tensor.Elements[float32](b)[5])
}
