package op_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// written applies WriteRows to two sequences of four rows.
func written(b *graph.Builder, before int64, rows ...float32) *graph.Value {
	cache := b.Constant(tensor.ArrayOf([]float32{1, 2, 3, 4, 5, 6, 7, 8}, 2, 4, 1))
	return b.Apply(op.WriteRows{}, cache,
		b.Constant(tensor.ArrayOf(rows, 2, len(rows)/2, 1)), constant(b, before))
}

func TestWriteRows(t *testing.T) {
	got := computed[float32](t, func(b *graph.Builder) *graph.Value {
		return op.Flatten(b, written(b, 1, 10, 20, 50, 60), 0, -1)
	})
	require.Equal(t, []float32{1, 10, 20, 4, 5, 50, 60, 8}, got)
	for _, before := range []int64{-1, 3} {
		err := failure(t, func(b *graph.Builder) *graph.Value { return written(b, before, 1, 2, 3, 4) })
		require.ErrorContains(t, err, "in a cache of 4")
	}
}

func TestWriteRowsRefuses(t *testing.T) {
	cache := graph.TypeOf[float32](graph.Fixed(2), graph.Fixed(4), graph.Fixed(3))
	rows := graph.TypeOf[float32](graph.Fixed(2), graph.Fixed(1), graph.Fixed(3))
	before := graph.TypeOf[int64](graph.Fixed(1))
	_, err := op.WriteRows{}.Infer([]graph.Type{cache, rows, before})
	require.NoError(t, err)
	for _, in := range [][]graph.Type{{cache, rows},
		{cache, graph.TypeOf[float32](graph.Fixed(2), graph.Fixed(1), graph.Fixed(4)), before},
		{cache, graph.TypeOf[float64](graph.Fixed(2), graph.Fixed(1), graph.Fixed(3)), before},
		{cache, rows, graph.TypeOf[int64](graph.Fixed(2))}} {
		_, err := op.WriteRows{}.Infer(in)
		require.Error(t, err)
	}
}
