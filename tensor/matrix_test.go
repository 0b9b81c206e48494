package tensor

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMatMulMatrix compares products of slices with those of tensors over the same elements.
func TestMatMulMatrix(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	e := NewEngine[float32](ActiveISA(), 2)
	for range 200 {
		m, n, k := rng.IntN(40), rng.IntN(40), rng.IntN(40)
		draw := func(rows, cols int) *Tensor[float32] {
			if rng.IntN(2) == 0 {
				return operand[float32](rng, rows, cols, true, rng.IntN(2) == 0).T()
			}
			return operand[float32](rng, rows, cols, false, rng.IntN(2) == 0)
		}
		a, b, c := draw(m, k), draw(k, n), draw(m, n)
		want, accumulate := c.Clone(), rng.IntN(2) == 0
		if accumulate {
			e.MatMulAdd(want, a, b, NN)
		} else {
			e.MatMul(want, a, b, NN)
		}
		e.MatMulMatrix(MatrixOf(c), MatrixOf(a), MatrixOf(b), accumulate)
		require.Equal(t, want.String(), c.Clone().String())
		require.True(t, slices.Equal(want.Data(), c.Clone().Data()))
	}
}

func TestMatrixViews(t *testing.T) {
	x := FromSlice([]float64{1, 2, 3, 4, 5, 6}, 2, 3)
	m := MatrixOf(x)
	v := m.From(0, 1, 2, 2).T().Tensor()
	require.Equal(t, []float64{2, 5, 3, 6}, v.Clone().Data())
	v.Set(9, 1, 0)
	require.Equal(t, 9.0, x.At(0, 2))
	require.Zero(t, m.From(1, 1, 0, 2).Tensor().Len())
	require.PanicsWithValue(t, "tensor: Matrix.From: 2×1 from (1, 0) on is outside 2×3",
		func() { m.From(1, 0, 2, 1) })
	require.PanicsWithValue(t, "tensor: MatrixOf: the shape [6] is not that of a matrix",
		func() { MatrixOf(x.Reshape(6)) })
}

func TestMatMulMatrixRefuses(t *testing.T) {
	e := Default[float64]()
	data := make([]float64, 20)
	square := func(at, stride int) Matrix[float64] {
		return Matrix[float64]{data[at:], 2, 2, stride, 1}
	}
	e.MatMulMatrix(square(0, 6), square(2, 6), square(4, 6), false) // interleaved, but apart
	for want, run := range map[string]func(){
		"MatMulMatrix NN: shapes [2 3] and [2 2] do not give [2 2]": func() {
			e.MatMulMatrix(square(0, 6), Matrix[float64]{data[8:], 2, 3, 3, 1}, square(4, 6), false)
		},
		"MatMulMatrix: A has 1 elements for 2×2 with strides 6 and 1": func() {
			e.MatMulMatrix(square(0, 6), square(19, 6), square(4, 6), false)
		},
		"MatMulMatrix: elements of C with the strides 0 and 1 are one and the same": func() {
			e.MatMulMatrix(square(0, 0), square(2, 6), square(4, 6), false)
		},
		"MatMulMatrix: C at": func() {
			e.MatMulMatrix(square(0, 6), square(2, 6), square(1, 6), false)
		},
	} {
		func() {
			defer func() { require.Contains(t, recover(), "tensor: "+want) }()
			run()
		}()
	}
}

func TestMatMulMatrixAllocates(t *testing.T) {
	e := NewEngine[float64](ActiveISA(), 1)
	data := make([]float64, 3*64*64)
	part := func(at int) Matrix[float64] { return Matrix[float64]{data[at:], 64, 64, 3 * 64, 1} }
	require.Zero(t, testing.AllocsPerRun(10, func() {
		e.MatMulMatrix(part(0), part(64), part(128), true)
	}))
}
