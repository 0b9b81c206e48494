package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
)

// doubledThenTripled is x·2·3 + v, with the node of each operation.
func doubledThenTripled(t *testing.T, v *graph.Variable) *graph.Graph {
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.Fixed(2)))
	b.Output("y", op.Add(b, op.Scale(b, op.Scale(b, x, 2), 3), b.Variable(v)))
	g, err := b.Graph()
	require.NoError(t, err)
	return g
}

func TestRebuildReturnsWhatStaysTheSame(t *testing.T) {
	g := doubledThenTripled(t, parameter("v", 2))
	visited := 0
	same, err := graph.Rebuild(g, graph.Rewriter{Node: func(*graph.Rebuilding, *graph.Node) { visited++ },
		Keep: func(*graph.Value) bool { return true }})
	require.NoError(t, err)
	require.Same(t, g, same)
	require.Equal(t, 3, visited)
	other, err := graph.Rebuild(g, graph.Rewriter{Node: func(r *graph.Rebuilding, n *graph.Node) {
		r.Of(n.Inputs[0])
	}})
	require.NoError(t, err)
	require.NotSame(t, g, other)
	require.Len(t, other.Nodes(), 3)
	require.Len(t, other.Sources(), 2)
}

// TestRebuildMayUseVariablesBeforeItsFirstChange checks that a variable which the first change reads,
// before it asks for what stands for anything, is that of the nodes before.
func TestRebuildMayUseVariablesBeforeItsFirstChange(t *testing.T) {
	v := parameter("v", 2)
	g, err := graph.Rebuild(doubledThenTripled(t, v), graph.Rewriter{
		Node: func(r *graph.Rebuilding, n *graph.Node) {
			if o, ok := n.Operator.(op.Parametric); ok && o.Alpha == 3 {
				y := op.Scale(r.Builder, r.Variable(v), 5)
				r.Replace(n, op.Mul(r.Builder, y, r.Of(n.Inputs[0])))
			}
		}})
	require.NoError(t, err)
	require.NoError(t, g.Check())
	require.Len(t, g.Sources(), 2)
	require.Len(t, g.Nodes(), 4)
}
