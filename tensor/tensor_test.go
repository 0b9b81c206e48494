package tensor

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// TestNewIsAligned checks that storage starts at a cache line.
func TestNewIsAligned(t *testing.T) {
	for n := 1; n < 70; n++ {
		require.Zero(t, uintptr(unsafe.Pointer(&New[float32](n).Data()[0]))%alignment)
		require.Zero(t, uintptr(unsafe.Pointer(&New[float64](n, 2).Data()[0]))%alignment)
	}
}

// panicOf returns what a function panics with, nil if it doesn't.
func panicOf(f func()) (message any) {
	defer func() { message = recover() }()
	f()
	return nil
}

// TestSizesBeyondMemory asks for shapes that no machine can hold, one of which has 0 elements
// modulo 2⁶⁴: nothing is allocated, and shape and bytes are named.
func TestSizesBeyondMemory(t *testing.T) {
	const half = 1 << (bits.UintSize / 2)
	for _, shape := range [][]int{{half, half}, {math.MaxInt, 3}, {3, math.MaxInt, 2}} {
		message := fmt.Sprint(panicOf(func() { New[float32](shape...) }))
		require.Regexp(t, `^tensor: New: the shape \[[0-9 ]+\] needs [0-9]+ bytes .*, `+
			`but this machine has `, message)
		require.Contains(t, message, fmt.Sprint(shape))
		require.Panics(t, func() { FromSlice([]float32{}, shape...) })
	}
	require.Zero(t, New[float32](math.MaxInt, 2, 0).Len())
	require.Zero(t, New[float32](0, math.MaxInt, 2).Len())
}

// TestMisuseNamesTheOperation calls operations with what they can't take.
func TestMisuseNamesTheOperation(t *testing.T) {
	e := NewEngine[float32](ActiveISA(), 1)
	x, y, v := New[float32](2, 3), New[float32](2, 3), New[float32](3)
	tuned := func(t Tuning) func() {
		return func() { NewEngine[float32](ActiveISA(), 1, WithTuning(t)) }
	}
	for want, call := range map[string]func(){
		"tensor: MeanAxis: axis 2 of the shape [2 3] into the shape [3]": func() { e.MeanAxis(v, x, 2) },
		"tensor: MaxAxis: axis -1 of the shape [2 3] into the shape [3]": func() { e.MaxAxis(v, x, -1) },
		"tensor: ArgMax: 1 indices for the shape []":                     func() { e.ArgMax(make([]int, 1), New[float32]()) },
		fmt.Sprintf("tensor: Unary: there is no function 99, only 0 to %d",
			Unaries-1): func() { e.Unary(99, x, y) },
		fmt.Sprintf("tensor: UnaryGradient: there is no function 99, only 0 to %d", Unaries-1): func() {
			e.UnaryGradient(99, x, y, y)
		},
		fmt.Sprintf("tensor: Parametric: there is no function %d, only 0 to %d", Parametrics,
			Parametrics-1): func() {
			e.Parametric(Parametrics, x, y, 1)
		},
		fmt.Sprintf("tensor: ParametricGradient: there is no function %d, only 0 to %d", Parametrics,
			Parametrics-1): func() {
			e.ParametricGradient(Parametrics, x, y, y, 1)
		},
		fmt.Sprintf("tensor: Binary: there is no function %d, only 0 to %d", Binaries,
			Binaries-1): func() { e.Binary(Binaries, x, y, y) },
		fmt.Sprintf("tensor: Plan: the sizes %d×2×2 are beyond any memory", math.MaxInt/4): func() {
			e.Plan(math.MaxInt/4, 2, 2, NN)
		},
		"tensor: MatMulEpilogue: the epilogue is nil": func() {
			e.MatMulEpilogue(New[float32](2, 2), x, y, NT, nil)
		},
		"tensor: Product.MatMulEpilogue: the epilogue is nil": func() {
			e.Plan(2, 2, 3, NT).MatMulEpilogue(make([]float32, 4), x.Data(), y.Data(), nil)
		},
		"tensor: NewEngine: the ISA is nil; ActiveISA returns the one chosen at start": func() {
			NewEngine[float32](nil, 1)
		},
		"tensor: NewEngine: Tuning.Caches.L2 is -1 bytes, which is negative": tuned(
			Tuning{Caches: Caches{L1: 32 << 10, L2: -1}}),
		"tensor: NewEngine: Tuning.KCBytes is -2, which is negative":    tuned(Tuning{KCBytes: -2}),
		"tensor: NewEngine: Tuning.ThreadWork is -3, which is negative": tuned(Tuning{ThreadWork: -3}),
	} {
		require.PanicsWithValue(t, want, call)
	}
}

// TestEmptyViewsAreContiguous checks that a view without elements has no gaps, whatever its
// strides.
func TestEmptyViewsAreContiguous(t *testing.T) {
	for _, view := range []*Tensor[float32]{
		New[float32](0, 3).T(), New[float32](2, 3).Narrow(1, 1, 1),
		New[float32](4, 3, 2).T().Slice(1, 1),
	} {
		require.True(t, view.IsContiguous(), "%v", view.Shape())
		require.Empty(t, view.Data())
		require.Equal(t, []int{0, 7}, view.Reshape(0, 7).Shape())
	}
}

// TestViews checks that views show the right elements of shared storage.
func TestViews(t *testing.T) {
	x := New[float64](3, 4)
	for i := range x.Data() {
		x.Data()[i] = float64(i)
	}
	require.Equal(t, []int{4, 3}, x.T().Shape())
	require.Equal(t, 6.0, x.T().At(2, 1))
	require.Equal(t, []float64{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}, x.T().Clone().Data())
	require.Equal(t, []float64{4, 5, 6, 7}, x.Slice(1, 2).Data())
	require.Equal(t, []float64{1, 2, 5, 6, 9, 10}, x.Narrow(1, 1, 3).Clone().Data())
	require.False(t, x.Narrow(1, 1, 3).IsContiguous())
	require.Equal(t, 7.0, x.Reshape(2, 6).At(1, 1))
	require.Equal(t, []float64{8, 9, 10, 11}, x.Row(2))
	x.Narrow(1, 3, 4).Fill(-1)
	require.Equal(t, []float64{0, 1, 2, -1, 4, 5, 6, -1, 8, 9, 10, -1}, x.Data())
	x.Slice(3, 3).Fill(5) // an empty view
	view := New[float64](0, 0)
	view.SetSlice(x, 1, 2)
	require.Equal(t, x.Slice(1, 2), view)
	view.SetSlice(x.T(), 2, 4)
	require.Equal(t, x.T().Slice(2, 4), view)
	require.Zero(t, testing.AllocsPerRun(10, func() { view.SetSlice(x, 0, 2) }))
	require.Panics(t, func() { view.SetSlice(x, 2, 4) })
	require.Panics(t, func() { x.Narrow(1, 1, 3).Data() })
	require.Equal(t, []float64{7, 9, 11, 8, 10, 12}, New[float64](3, 2).T().Over([]float64{7, 8, 9,
		10, 11, 12}).Clone().Data())
	require.Panics(t, func() { x.Over([]float64{1}) })
	require.Panics(t, func() { x.Slice(2, 4) })
	require.Panics(t, func() { x.At(0, 4) })
	require.Panics(t, func() { x.At(1) })
	require.Panics(t, func() { x.Reshape(5) })
	require.Panics(t, func() { x.T().Row(0) })
	require.PanicsWithValue(t, "tensor: Row: no contiguous row 3 in the shape [3 4] with strides [4 1]",
		func() { x.Row(3) })
	require.Panics(t, func() { FromSlice([]float64{1, 2}, 3) })
	require.Panics(t, func() { New[float64](2, -1) })
	require.Equal(t, "Tensor[2][1 2]", FromSlice([]float64{1, 2}, 2).String())
	require.Equal(t, "Tensor[100]", New[float64](100).String())
}

// TestBroadcast compares elementwise operations on every mixture of shapes and views with a loop
// over indices.
func TestBroadcast(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	e := Default[float64]()
	operands := []*Tensor[float64]{
		random[float64](rng, 3, 4, 300), random[float64](rng, 300), random[float64](rng, 4, 1),
		random[float64](rng, 3, 1, 300),
		random[float64](rng, 1), random[float64](rng, 300, 4, 3).T(), random[float64](rng, 3, 4,
			303).Narrow(2, 1, 301),
		random[float64](rng),
	}
	at := func(x *Tensor[float64], i, j, k int) float64 {
		index := []int{i, j, k}[3-x.Rank():]
		for d := range index {
			index[d] %= x.Dim(d)
		}
		return x.At(index...)
	}
	for _, x := range operands {
		for _, y := range operands {
			for _, dst := range []*Tensor[float64]{New[float64](3, 4, 300), New[float64](300, 4,
				3).T()} {
				e.Sub(dst, x, y)
				for i := range 3 {
					for j := range 4 {
						for k := range 300 {
							require.Equal(t, at(x, i, j, k)-at(y, i, j, k), dst.At(i, j, k))
						}
					}
				}
			}
		}
	}
	y := New[float64](2, 3)
	e.Axpy(y, FromSlice([]float64{1, 2, 3}, 3), 2)
	require.Equal(t, []float64{2, 4, 6, 2, 4, 6}, y.Data())
	e.Axpy(y.T(), FromSlice([]float64{1, 2}, 2), 1)
	require.Equal(t, []float64{3, 5, 7, 4, 6, 8}, y.Data())
	require.PanicsWithValue(t, "tensor: add: the shape [2] can't be broadcast to [2 3]",
		func() { e.Add(y, y, New[float64](2)) })
	require.Panics(t, func() { e.Add(New[float64](3), y, y) })
}

// TestReductions compares sums, means and maxima along each axis with loops.
func TestReductions(t *testing.T) {
	x := FromSlice([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 2, 3, 2)
	e := Default[float64]()
	require.Equal(t, 78.0, e.Sum(x))
	require.Equal(t, 6.5, e.Mean(x))
	require.Equal(t, 12.0, e.Max(x))
	require.Equal(t, 650.0, e.Dot(x, x))
	require.Equal(t, 78.0, e.Sum(x.T()))
	for axis, want := range [][]float64{{8, 10, 12, 14, 16, 18}, {9, 12, 27, 30}, {3, 7, 11, 15, 19,
		23}} {
		dst := New[float64](len(want)/2, 2)
		if axis == 2 {
			dst = New[float64](2, 3)
		}
		e.SumAxis(dst, x, axis)
		require.Equal(t, want, dst.Data(), "sum along axis %d", axis)
		e.MeanAxis(dst, x, axis)
		for i := range want {
			require.InDelta(t, want[i]/float64(x.Dim(axis)), dst.Data()[i], 1e-15)
		}
	}
	dst := New[float64](2, 2)
	e.MaxAxis(dst, x, 1)
	require.Equal(t, []float64{5, 6, 11, 12}, dst.Data())
	dst = New[float64](2, 3)
	e.MaxAxis(dst, x, 2)
	require.Equal(t, []float64{2, 4, 6, 8, 10, 12}, dst.Data())
	index := make([]int, 3)
	e.ArgMax(index, FromSlice([]float64{1, 3, 3, 2, math.NaN(), 9, -1, -2, -3}, 3, 3))
	require.Equal(t, []int{1, 1, 0}, index)
	require.Panics(t, func() { e.SumAxis(New[float64](3), x, 1) })
	require.Panics(t, func() { e.ArgMax(index, New[float64](2, 2)) })
}

// TestArgMaxOfLongRows compares the search after a kernel with the loop that short rows take, over
// ties, zeros of both signs, infinities and NaN.
func TestArgMaxOfLongRows(t *testing.T) {
	e := Default[float32]()
	rng := rand.New(rand.NewPCG(5, 6))
	negativeZero, inf, nan := float32(math.Copysign(0, -1)), float32(math.Inf(1)),
		float32(math.NaN())
	for _, values := range [][]float32{{1, 2, 3, 4}, {negativeZero, 0}, {-inf}, {-inf, inf, 1},
		{-1, negativeZero, nan}, {nan}} {
		for n := argMaxLength; n < 4*argMaxLength; n += 7 {
			x, index := New[float32](9, n), make([]int, 9)
			for i := range x.Data() {
				x.Data()[i] = values[rng.IntN(len(values))]
			}
			e.ArgMax(index, x)
			for i, got := range index {
				require.Equal(t, firstLargest(x.Data()[i*n:][:n]), got, "%v", x.Data()[i*n:][:n])
			}
		}
	}
}
