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
		for _, s := range [][2]int{{1, 2}, {3, 1}, {16, 48}, {5, 63}, {9, 128}, {7, 300}, {70, 200}} {
			for rows := 1; rows <= threePanelRows+1; rows++ {
				if p := NewRowPanels(e, rows, s[0], s[1]); p != nil {
					testRowPanelsOf(t, e, p, r)
				} else {
					require.Greater(t, rows, 1)
				}
			}
		}
	}
	e := Default[T]()
	p := NewRowPanels(e, 1, 2, 3)
	require.Panics(t, func() { p.Multiply(e, make([]T, 2), make([]T, 2), false, false) })
	require.Panics(t, func() { p.SetTransposed(e, make([]T, 5)) })
	require.Panics(t, func() { NewRowPanels(e, 1, 0, 3) })
	require.Panics(t, func() { NewRowPanels(e, 1, -1, 300) })
}

func testRowPanelsOf[T Float](t *testing.T, e *Engine[T], p *RowPanels[T], r *rand.Rand) {
	rows, k, n := p.rows, p.k, p.n
	a, w, c := random[T](r, rows*k).Data(), random[T](r, n*k).Data(), random[T](r, rows*n).Data()
	p.SetTransposed(e, w)
	// Two rows and columns at least, since a single column would be a dot.
	all, wide := New[T](max(rows, 2), k), New[T](max(n, 2), k)
	copy(all.Data(), a)
	copy(wide.Data(), w)
	for _, accumulate := range []bool{false, true} {
		want := New[T](max(rows, 2), max(n, 2))
		for i := range rows {
			copy(want.Data()[i*max(n, 2):], c[i*n:][:n])
		}
		if accumulate {
			e.MatMulAdd(want, all, wide, NT)
		} else {
			e.MatMul(want, all, wide, NT)
		}
		for _, backwards := range []bool{false, true} {
			got := append([]T{}, c...)
			p.Multiply(e, got, a, accumulate, backwards)
			for i := range rows {
				require.Equal(t, want.Data()[i*max(n, 2):][:n], got[i*n:][:n],
					fmt.Sprint(rows, k, n, accumulate, backwards))
			}
		}
	}
	require.Zero(t, testing.AllocsPerRun(3, func() { p.Multiply(e, c, a, true, false) }))
}
