package rewrite_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// TestSmallIntegersAreFolded folds operators of integers that are widened, for which a fold has no
// scratch memory.
func TestSmallIntegersAreFolded(t *testing.T) {
	b := graph.NewBuilder()
	x := b.Constant(tensor.ArrayOf([]int8{100, 27, -128}, 3))
	y := b.Constant(tensor.ArrayOf([]int8{100, 1, -1}, 3))
	b.Output("sum", op.Add(b, x, y))
	b.Output("quotient", op.Div(b, x, y))
	b.Output("less", b.Apply(op.Compare{By: op.IsLess}, x, y))
	g, err := b.Graph()
	require.NoError(t, err)
	folded, err := rewrite.Fold(g)
	require.NoError(t, err)
	require.Empty(t, folded.Nodes())
	constant := func(output int) *tensor.Array { return folded.Outputs()[output].Value.Constant() }
	require.Equal(t, []int8{-56, 28, 127}, tensor.Elements[int8](constant(0)))
	require.Equal(t, []int8{1, 27, -128}, tensor.Elements[int8](constant(1)))
	require.Equal(t, []bool{false, false, true}, tensor.Elements[bool](constant(2)))
}
