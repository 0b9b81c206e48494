package graph

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDim(t *testing.T) {
	n, s := Symbol("n"), Symbol("s")
	require.Equal(t, "6", Fixed(2).Times(Fixed(3)).String())
	require.Equal(t, "6·n·s", Fixed(2).Times(s).Times(n).Times(Fixed(3)).String())
	require.Equal(t, n.Times(s), s.Times(n))
	require.Equal(t, Fixed(0), n.Times(Fixed(0)))
	require.Equal(t, "3·n", n.Plus(n).Plus(n).String())
	require.Equal(t, n, n.Plus(Fixed(0)))
	require.Equal(t, n.Plus(s), s.Plus(n))
	require.Equal(t, "(n+s)", n.Plus(s).String())

	for _, c := range []struct {
		d, e, want Dim
		ok         bool
	}{
		{Fixed(6), Fixed(2), Fixed(3), true},
		{Fixed(7), Fixed(2), Dim{}, false},
		{Fixed(7), Fixed(0), Dim{}, false},
		{Fixed(0), n, Fixed(0), true},
		{Fixed(4).Times(n), Fixed(2), Fixed(2).Times(n), true},
		{Fixed(4).Times(n).Times(s), Fixed(2).Times(s), Fixed(2).Times(n), true},
		{n.Times(n), n, n, true},
		{Fixed(4).Times(n), n, Fixed(4), true},
		{n, s, Dim{}, false},
	} {
		got, ok := c.d.Over(c.e)
		require.Equal(t, c.ok, ok, "%v over %v", c.d, c.e)
		if ok {
			require.Equal(t, c.want, got, "%v over %v", c.d, c.e)
		}
	}
}

func TestBroadcast(t *testing.T) {
	n := Symbol("n")
	for _, c := range []struct {
		s, t, want Shape
	}{
		{Shape{n, Fixed(4)}, ShapeOf(4), Shape{n, Fixed(4)}},
		{ShapeOf(5, 1), Shape{Fixed(1), n}, Shape{Fixed(5), n}},
		{ShapeOf(), Shape{n}, Shape{n}},
		{ShapeOf(1), ShapeOf(0), ShapeOf(0)},
		{ShapeOf(2), ShapeOf(3), nil},
		{Shape{n}, ShapeOf(3), nil},
	} {
		got, err := Broadcast(c.s, c.t)
		if c.want == nil {
			require.ErrorContains(t, err, "can't be broadcast")
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.want, got)
		swapped, err := Broadcast(c.t, c.s)
		require.NoError(t, err)
		require.Equal(t, c.want, swapped)
	}
}
