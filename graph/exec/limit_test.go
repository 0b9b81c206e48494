package exec_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// TestProgramsStayWithinTheirArena compiles graphs that need more memory than they are given, or
// than there is.
func TestProgramsStayWithinTheirArena(t *testing.T) {
	build := func(dims ...int) *graph.Graph {
		b := graph.NewBuilder()
		x := b.Input("x", graph.Type{DType: tensor.Float32Type, Shape: graph.ShapeOf(1)})
		b.Output("y", op.BroadcastTo(b, op.Apply(b, tensor.Exp, x), dims...))
		g, err := b.Graph()
		require.NoError(t, err)
		return g
	}
	e := exec.NewEngines(tensor.ActiveISA(), 1)
	_, err := exec.CompileIn(&exec.Arena{Limit: 1 << 20}, build(1<<10, 1<<10), e, nil)
	require.ErrorContains(t, err, "needs 4 MiB, and its limit is 1 MiB")
	p, err := exec.CompileIn(&exec.Arena{Limit: 5 << 20}, build(1<<10, 1<<10), e, nil)
	require.NoError(t, err)
	require.NoError(t, p.Run())
	_, err = exec.Compile(build(1<<30, 1<<30, 1<<30), e, nil)
	require.ErrorContains(t, err, "but this machine has")
}
