package rewrite_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
)

// TestNested looks at what joins are made of: of the longest one that they begin with, which goes
// along the same axis.
func TestNested(t *testing.T) {
	b := graph.NewBuilder()
	x, y, z := b.Input("x", matrix(3)), b.Input("y", matrix(3)), b.Input("z", matrix(3))
	single := op.Concat(b, 1, x)
	b.Output("other axis", op.Concat(b, 0, x, y, z))
	b.Output("single", single)
	b.Output("xy", op.Concat(b, 1, x, y))
	b.Output("xyz", op.Concat(b, 1, x, y, z))
	b.Output("xyzx", op.Concat(b, 1, x, y, z, x))
	b.Output("zxy", op.Concat(b, 1, z, x, y))
	g, err := b.Graph()
	require.NoError(t, err)
	g, err = rewrite.Nested(g)
	require.NoError(t, err)
	got := map[string][]*graph.Value{}
	of := map[string]*graph.Value{}
	for _, o := range g.Outputs() {
		n, _ := o.Value.Node()
		got[o.Name], of[o.Name] = n.Inputs, o.Value
	}
	in := map[string]*graph.Value{}
	for _, v := range g.Inputs() {
		in[v.Name()] = v
	}
	x, y, z = in["x"], in["y"], in["z"]
	require.Equal(t, map[string][]*graph.Value{"other axis": {x, y, z}, "single": {x}, "xy": {x, y},
		"xyz": {of["xy"], z}, "xyzx": {of["xyz"], x}, "zxy": {z, x, y}}, got)
	again, err := rewrite.Nested(g)
	require.NoError(t, err)
	require.Same(t, g, again)
}
