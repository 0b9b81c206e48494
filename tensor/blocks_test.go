package tensor

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// forEachIndex calls f with every index of a shape, in row-major order.
func forEachIndex(shape []int, f func(index []int)) {
	index := make([]int, len(shape))
	for range size(shape) {
		f(index)
		for d := len(index) - 1; d >= 0; d-- {
			if index[d]++; index[d] < shape[d] {
				break
			}
			index[d] = 0
		}
	}
}

// elementwise returns a contiguous copy of a view, made element by element.
func elementwise[T Element](x *Tensor[T]) *Tensor[T] {
	var data []T
	forEachIndex(x.shape, func(index []int) { data = append(data, x.At(index...)) })
	return FromSlice(data, x.shape...)
}

// randomView returns a view of this shape with gaps, steps and an order of its own, and random
// elements.
func randomView[T Float](rng *rand.Rand, shape []int) *Tensor[T] {
	order := rng.Perm(len(shape))
	strides := make([]int, len(shape))
	stride := 1 + rng.IntN(8)/7
	for _, d := range order {
		strides[d] = stride
		stride = stride*max(1, shape[d]) + rng.IntN(5)/4
	}
	data := make([]T, stride+1)
	for i := range data {
		data[i] = T(rng.NormFloat64())
	}
	return &Tensor[T]{data: data, shape: slices.Clone(shape), strides: strides}
}

// randomShape returns a shape whose blocks are whole, cut and single, in one to four dimensions.
func randomShape(rng *rand.Rand) []int {
	lengths := []int{1, 2, 3, 5, 16, 31, 32, 33, 64, 131, 200}
	for {
		var shape []int
		for range 1 + rng.IntN(4) {
			shape = append(shape, lengths[rng.IntN(len(lengths))])
		}
		if size(shape) < 1<<17 {
			return shape
		}
	}
}

// TestViewsGiveTheBitsOfCopies runs operations on views in any order, with gaps, and broadcast, and
// compares with the same operations on contiguous copies.
func TestViewsGiveTheBitsOfCopies(t *testing.T) {
	t.Run("float32", testViewsGiveTheBitsOfCopies[float32])
	t.Run("float64", testViewsGiveTheBitsOfCopies[float64])
}

func testViewsGiveTheBitsOfCopies[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(61, 62))
	e := Default[T]()
	ops := map[string]func(dst, x, y *Tensor[T]){
		"add":  e.Add,
		"exp":  func(dst, x, _ *Tensor[T]) { e.Unary(Exp, dst, x) },
		"axpy": func(dst, x, _ *Tensor[T]) { e.Axpy(dst, x, 3) },
		"copy": func(dst, x, _ *Tensor[T]) { dst.CopyFrom(x) },
		"silu": func(dst, x, y *Tensor[T]) { e.UnaryGradient(Silu, dst, x, y) },
		"twin": func(dst, x, _ *Tensor[T]) { e.Mul(dst, x, x) },
	}
	trials := 120
	if testing.Short() {
		trials = 50
	}
	for range trials {
		shape := randomShape(rng)
		views := make([]*Tensor[T], 3)
		for i := range views {
			s := slices.Clone(shape)
			if i > 0 && rng.IntN(3) == 0 {
				s[rng.IntN(len(s))] = 1
				s = s[rng.IntN(2)*rng.IntN(len(s)):]
			}
			views[i] = randomView[T](rng, s)
		}
		what := fmt.Sprintf("%v: strides %v, %v %v, %v %v", shape, views[0].strides, views[1].shape,
			views[1].strides, views[2].shape, views[2].strides)
		for name, op := range ops {
			want := elementwise(views[0])
			op(want, broadcastCopy(views[1], shape), broadcastCopy(views[2], shape))
			storage := slices.Clone(views[0].data)
			op(views[0], views[1], views[2])
			require.Equal(t, want.data, elementwise(views[0]).data, "%s of %s", name, what)
			forEachIndex(shape, func(index []int) {
				at := views[0].offset(index)
				storage[at] = views[0].data[at]
			})
			require.Equal(t, storage, views[0].data, "%s of %s wrote beside the view", name, what)
		}
		x := views[1]
		require.Equal(t, e.Sum(elementwise(x)), e.Sum(x), "sum of %s", what)
		require.Equal(t, e.Max(elementwise(x)), e.Max(x), "max of %s", what)
	}
}

// broadcastCopy returns a contiguous copy of x broadcast to a shape.
func broadcastCopy[T Float](x *Tensor[T], shape []int) *Tensor[T] {
	v := &Tensor[T]{data: x.data, shape: shape, strides: broadcastStrides("test", x, shape)}
	return elementwise(v)
}

// TestSumOfLargeViews sums views of more than one part, whose parts begin at any lane.
func TestSumOfLargeViews(t *testing.T) {
	rng := rand.New(rand.NewPCG(63, 64))
	e := Default[float32]()
	for _, shape := range [][]int{{100_003}, {3, 40_001}, {501, 203}, {7, 5, 2001}, {40_001, 3}} {
		for range 3 {
			x := randomView[float32](rng, shape)
			require.Equal(t, e.Sum(elementwise(x)), e.Sum(x), "%v %v", shape, x.strides)
			require.Equal(t, e.Max(elementwise(x)), e.Max(x), "%v %v", shape, x.strides)
		}
	}
}
