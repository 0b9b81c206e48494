package tensor

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// counting returns a tensor of 0, 1, 2, … in this shape.
func counting[T int32 | float64](shape ...int) *Tensor[T] {
	x := New[T](shape...)
	for i := range x.Data() {
		x.Data()[i] = T(i)
	}
	return x
}

// TestViewsShowTheirElements compares views with what NumPy shows.
func TestViewsShowTheirElements(t *testing.T) {
	x := counting[int32](2, 3, 4)
	for name, c := range map[string]struct {
		view  *Tensor[int32]
		shape []int
		want  []int32
	}{
		"x.transpose(2, 0, 1)": {x.Permute(2, 0, 1), []int{4, 2, 3}, []int32{0, 4, 8, 12, 16, 20, 1, 5, 9,
			13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23}},
		"x.swapaxes(0, 1)": {x.Transpose(0, 1), []int{3, 2, 4},
			[]int32{0, 1, 2, 3, 12, 13, 14, 15, 4, 5, 6, 7, 16, 17, 18, 19, 8, 9, 10, 11, 20, 21, 22, 23}},
		"x[:, :, ::3]": {x.Step(2, 3), []int{2, 3, 2},
			[]int32{0, 3, 4, 7, 8, 11, 12, 15, 16, 19, 20, 23}},
		"x[:, 1:3:2, 1:4:2]": {x.Narrow(1, 1, 3).Step(1, 2).Narrow(2, 1, 4).Step(2, 2), []int{2, 1, 2},
			[]int32{5, 7, 17, 19}},
		"x[:, ::9]":   {x.Step(1, 9), []int{2, 1, 4}, []int32{0, 1, 2, 3, 12, 13, 14, 15}},
		"x[:, 2:2:2]": {x.Narrow(1, 2, 2).Step(1, 2), []int{2, 0, 4}, nil},
		"x[1, 2:, None, 2:]": {x.Slice(1, 2).Squeeze(0).Slice(2, 3).Narrow(1, 2, 4).Unsqueeze(1),
			[]int{1, 1, 2}, []int32{22, 23}},
		"x[0, 0, :, None]": {x.Slice(0, 1).Narrow(1, 0, 1).Reshape(4).Unsqueeze(1), []int{4, 1},
			[]int32{0, 1, 2, 3}},
		"broadcast_to(x[0, 0])": {x.Slice(0, 1).Narrow(1, 0, 1).Expand(2, 1, 4), []int{2, 1, 4},
			[]int32{0, 1, 2, 3, 0, 1, 2, 3}},
		"a scalar": {x.Slice(1, 2).Narrow(1, 1, 2).Narrow(2, 1, 2).Expand(3, 1, 1).Squeeze(1).Squeeze(1),
			[]int{3}, []int32{17, 17, 17}},
	} {
		require.Equal(t, c.shape, c.view.Shape(), name)
		require.Equal(t, c.want, elementwise(c.view).data, name)
		require.Equal(t, len(c.want), len(c.view.Clone().Data()), name)
	}
	require.Panics(t, func() { x.Expand(2, 3, -1) })
	for want, call := range map[string]func(){
		"tensor: Permute: the axes [0 1 1] are no order of those of the shape [2 3 4]": func() { x.Permute(0, 1, 1) },
		"tensor: Permute: the axes [1 0] are no order of those of the shape [2 3 4]":   func() { x.Permute(1, 0) },
		"tensor: Transpose: there is no dimension 3 in the shape [2 3 4]":              func() { x.Transpose(0, 3) },
		"tensor: Step: there is no dimension -1 in the shape [2 3 4]":                  func() { x.Step(-1, 2) },
		"tensor: Step: a step of 0, which must be positive":                            func() { x.Step(1, 0) },
		"tensor: Squeeze: dimension 1 of the shape [2 3 4] is not 1":                   func() { x.Squeeze(1) },
		"tensor: Unsqueeze: there is no place 4 in the shape [2 3 4]":                  func() { x.Unsqueeze(4) },
		"tensor: Expand: the shape [2 3 4] can't be broadcast to [2 1 4]":              func() { x.Expand(2, 1, 4) },
		"tensor: Expand: the shape [2 3 4] can't be broadcast to [3 4]":                func() { x.Expand(3, 4) },
	} {
		require.PanicsWithValue(t, want, call)
	}
}

// TestNothingIsWrittenToRepeatedElements gives operations destinations that show elements twice.
func TestNothingIsWrittenToRepeatedElements(t *testing.T) {
	e := Default[float64]()
	dst, x := New[float64](3, 1).Expand(3, 2), New[float64](3, 2)
	want := ": the destination [3 2] repeats elements along dimension 1"
	require.NotPanics(t, func() { New[float64](2, 0).Fill(1) })
	require.PanicsWithValue(t, "tensor: CopyFrom"+want, func() { dst.CopyFrom(x) })
	require.PanicsWithValue(t, "tensor: add"+want, func() { e.Add(dst, x, x) })
	require.PanicsWithValue(t, "tensor: sqrt"+want, func() { e.Unary(Sqrt, dst, x) })
	require.PanicsWithValue(
		t,
		"tensor: MatMul"+want,
		func() { e.MatMul(dst, x, New[float64](2, 2), NN) },
	)
}

// TestProductsOfViews compares products of matrices with any strides, 0 included, with those of
// contiguous copies.
func TestProductsOfViews(t *testing.T) {
	rng := rand.New(rand.NewPCG(65, 66))
	e := Default[float32]()
	operand := func(m, n int) *Tensor[float32] {
		shape := []int{m, n}
		if rng.IntN(3) == 0 {
			shape[rng.IntN(2)] = 1
		}
		return randomView[float32](rng, shape).Expand(m, n)
	}
	sizes := []int{1, 2, 3, 16, 33, 70}
	for range 300 {
		m, n, k := sizes[rng.IntN(6)], sizes[rng.IntN(6)], sizes[rng.IntN(6)]
		a, b := operand(m, k), operand(k, n)
		got, want := randomView[float32](rng, []int{m, n}), New[float32](m, n)
		e.MatMul(got, a, b, NN)
		e.MatMul(want, elementwise(a), elementwise(b), NN)
		require.Equal(t, want.data, elementwise(got).data, "%v·%v, strides %v and %v into %v", a.shape,
			b.shape, a.strides, b.strides, got.strides)
	}
}

// TestMovesOfEveryType copies views of elements of each size.
func TestMovesOfEveryType(t *testing.T) {
	testMoves(t, func(i int) bool { return i%3 == 0 })
	testMoves(t, func(i int) int8 { return int8(i) })
	testMoves(t, func(i int) BFloat16 { return BFloat16(i) })
	testMoves(t, func(i int) int32 { return int32(i) })
	testMoves(t, func(i int) uint64 { return uint64(i) * 0x9E3779B97F4A7C15 })
}

func testMoves[T Element](t *testing.T, value func(i int) T) {
	rng := rand.New(rand.NewPCG(67, 68))
	for range 60 {
		x := New[T](randomShape(rng)...)
		for i := range x.Data() {
			x.Data()[i] = value(i)
		}
		view := x.Permute(rng.Perm(x.Rank())...).Step(0, 1+rng.IntN(3))
		require.Equal(t, elementwise(view).data, view.Clone().data, "%v %v", view.shape, view.strides)
		back := rng.Perm(x.Rank())
		to := New[T](x.Permute(back...).Shape()...)
		into := to.Permute(inverse(back)...)
		into.CopyFrom(x)
		require.Equal(t, x.data, elementwise(into).data, "%v %v", into.shape, into.strides)
	}
}

// TestMovesOfPlanes transposes matrices around the edges of the blocks that they are cut into.
func TestMovesOfPlanes(t *testing.T) {
	for _, rows := range []int{1, 3, 15, 17, 31, 33, 130, 301} {
		for _, cols := range []int{2, 5, 16, 31, 47, 128, 129, 145, 270} {
			x := New[int32](rows, cols)
			for i := range x.Data() {
				x.Data()[i] = int32(i)
			}
			view := x.Transpose(0, 1)
			require.Equal(t, elementwise(view).data, view.Clone().data, "%d×%d", rows, cols)
		}
	}
}

// inverse returns the order that undoes another.
func inverse(order []int) []int {
	back := make([]int, len(order))
	for i, o := range order {
		back[o] = i
	}
	return back
}
