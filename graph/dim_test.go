package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
)

func TestDim(t *testing.T) {
	n, s := graph.Symbol("n"), graph.Symbol("s")
	require.Equal(t, "6", graph.Fixed(2).Times(graph.Fixed(3)).String())
	require.Equal(t, "6·n·s", graph.Fixed(2).Times(s).Times(n).Times(graph.Fixed(3)).String())
	require.Equal(t, n.Times(s), s.Times(n))
	require.Equal(t, graph.Fixed(0), n.Times(graph.Fixed(0)))
	require.Equal(t, "3·n", n.Plus(n).Plus(n).String())
	require.Equal(t, n, n.Plus(graph.Fixed(0)))
	require.Equal(t, n.Plus(s), s.Plus(n))
	require.Equal(t, "(n+s)", n.Plus(s).String())

	for _, c := range []struct {
		d, e, want graph.Dim
		ok         bool
	}{
		{graph.Fixed(6), graph.Fixed(2), graph.Fixed(3), true},
		{graph.Fixed(7), graph.Fixed(2), graph.Dim{}, false},
		{graph.Fixed(7), graph.Fixed(0), graph.Dim{}, false},
		{graph.Fixed(0), n, graph.Fixed(0), true},
		{graph.Fixed(4).Times(n), graph.Fixed(2), graph.Fixed(2).Times(n), true},
		{graph.Fixed(4).Times(n).Times(s), graph.Fixed(2).Times(s), graph.Fixed(2).Times(n), true},
		{n.Times(n), n, n, true},
		{graph.Fixed(4).Times(n), n, graph.Fixed(4), true},
		{n, s, graph.Dim{}, false},
	} {
		got, ok := c.d.Over(c.e)
		require.Equal(t, c.ok, ok, "%v over %v", c.d, c.e)
		if ok {
			require.Equal(t, c.want, got, "%v over %v", c.d, c.e)
		}
	}
}

func TestBroadcast(t *testing.T) {
	n := graph.Symbol("n")
	for _, c := range []struct {
		s, t, want graph.Shape
	}{
		{graph.Shape{n, graph.Fixed(4)}, graph.ShapeOf(4), graph.Shape{n, graph.Fixed(4)}},
		{graph.ShapeOf(5, 1), graph.Shape{graph.Fixed(1), n}, graph.Shape{graph.Fixed(5), n}},
		{graph.ShapeOf(), graph.Shape{n}, graph.Shape{n}},
		{graph.ShapeOf(1), graph.ShapeOf(0), graph.ShapeOf(0)},
		{graph.ShapeOf(2), graph.ShapeOf(3), nil},
		{graph.Shape{n}, graph.ShapeOf(3), nil},
	} {
		got, err := graph.Broadcast(c.s, c.t)
		if c.want == nil {
			require.ErrorContains(t, err, "can't be broadcast")
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.want, got)
		swapped, err := graph.Broadcast(c.t, c.s)
		require.NoError(t, err)
		require.Equal(t, c.want, swapped)
	}
}
