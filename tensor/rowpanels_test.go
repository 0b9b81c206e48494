package tensor

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRowPanels compares rows times panels with the same products by a matrix as it stands.
func TestRowPanels(t *testing.T) {
	t.Run("f32", testRowPanels[float32])
	t.Run("f64", testRowPanels[float64])
}

func testRowPanels[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, isa := range AvailableISAs() {
		e := NewEngine[T](&isa, 1)
		for _, s := range [][2]int{{1, 2}, {3, 1}, {16, 48}, {5, 63}, {9, 128}, {7, 300}} {
			k, n := s[0], s[1]
			a, w, c := random[T](r, k).Data(), random[T](r, n*k).Data(), random[T](r, n).Data()
			p := NewRowPanels[T](k, n)
			p.SetTransposed(e, w)
			for _, accumulate := range []bool{false, true} {
				// Two equal rows, since one column of one row would be a dot.
				want := New[T](2, max(n, 2))
				wide := New[T](max(n, 2), k)
				copy(wide.Data(), w)
				rows := FromSlice(append(append([]T{}, a...), a...), 2, k)
				if accumulate {
					copy(want.Data(), c)
					e.MatMulAdd(want, rows, wide, NT)
				} else {
					e.MatMul(want, rows, wide, NT)
				}
				got := append([]T{}, c...)
				p.Multiply(e, got, a, accumulate)
				require.Equal(t, want.Data()[:n], got, fmt.Sprint(isa.Name, s, accumulate))
			}
			require.Zero(t, testing.AllocsPerRun(3, func() { p.Multiply(e, c, a, true) }))
		}
	}
	p := NewRowPanels[T](2, 3)
	e := Default[T]()
	require.Panics(t, func() { p.Multiply(e, make([]T, 2), make([]T, 2), false) })
	require.Panics(t, func() { p.SetTransposed(e, make([]T, 5)) })
	require.Panics(t, func() { NewRowPanels[T](0, 3) })
}
