package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/graph/rewrite"
	"simdnn/tensor"
)

// TestLazyConstants takes a graph with a constant that is not there yet through what graphs go
// through: its program holds the array, and others have the same one.
func TestLazyConstants(t *testing.T) {
	made := 0
	l := tensor.NewLazy(tensor.Float32Type, []int{3}, func(a *tensor.Array) {
		made++
		copy(tensor.Elements[float32](a), []float32{1, 2, 3})
	})
	b := graph.NewBuilder()
	x := b.Input("x", graph.TypeOf[float32](graph.ShapeOf(3)...))
	w := b.Lazy(l)
	require.Same(t, l, w.Lazy())
	require.Equal(t, "float32[3]", w.Type().String())
	b.Output("y", op.Mul(b, x, w))
	g, err := b.Graph()
	require.NoError(t, err)
	g, err = rewrite.All(g)
	require.NoError(t, err)
	outer := graph.NewBuilder()
	outer.Output("z", outer.Inline(g, func(v *graph.Value) *graph.Value {
		return outer.Input(v.Name(), v.Type())
	})[0])
	if g, err = outer.Graph(); err != nil {
		t.Fatal(err)
	}
	require.Zero(t, made)
	e := exec.NewEngines(tensor.ActiveISA(), 1)
	for range 2 {
		p, err := exec.Compile(g, e, nil)
		require.NoError(t, err)
		defer func() { require.NoError(t, p.Run()) }()
		in, err := p.Input("x")
		require.NoError(t, err)
		copy(tensor.Elements[float32](in), []float32{4, 5, 6})
		require.NoError(t, p.Run())
		z, err := p.Output("z")
		require.NoError(t, err)
		require.Equal(t, []float32{4, 10, 18}, tensor.Elements[float32](z))
	}
	require.Equal(t, 1, made)
	for _, a := range g.Arrays() {
		require.Equal(t, []float32{1, 2, 3}, tensor.Elements[float32](a))
	}
}
