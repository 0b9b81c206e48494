package tensor

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestConcatAndSplit takes tensors of random shapes apart and puts them together again.
func TestConcatAndSplit(t *testing.T) {
	rng := rand.New(rand.NewPCG(101, 102))
	for range 100 {
		x := randomView[float32](rng, randomShape(rng))
		d := rng.IntN(x.Rank())
		var lengths []int
		for left := x.Dim(d); left > 0; left -= lengths[len(lengths)-1] {
			lengths = append(lengths, rng.IntN(left+1))
		}
		parts := x.Split(d, lengths...)
		for i, p := range parts {
			require.Equal(t, lengths[i], p.Dim(d))
		}
		whole := Concat(d, parts...)
		require.Equal(t, x.Shape(), whole.Shape())
		require.Equal(t, elementwise(x).data, whole.Data(), "%v along %d in %v", x.shape, d, lengths)
	}
	x := counting[int32](2, 3)
	for want, call := range map[string]func(){
		"tensor: Concat: there are no parts":                                            func() { Concat[int8](0) },
		"tensor: Concat: there is no dimension 2 in the shape [2 3]":                    func() { Concat(2, x) },
		"tensor: Concat: the shapes [2 3] and [3 2] differ beyond dimension 0":          func() { Concat(0, x, x.T()) },
		"tensor: Concat: the shapes [2 3] and [6] differ beyond dimension 1":            func() { Concat(1, x, x.Reshape(6)) },
		"tensor: Split: the lengths [1 1] are 2, dimension 1 of the shape [2 3] is not": func() { x.Split(1, 1, 1) },
		"tensor: Split: the lengths [1 3] along dimension 1 of the shape [2 3]":         func() { x.Split(1, 1, 3) },
		"tensor: Split: the lengths [-1 4] along dimension 0 of the shape [2 3]":        func() { x.Split(0, -1, 4) },
		"tensor: Split: the lengths [-1 4] along dimension 1 of the shape [2 3]":        func() { x.Split(1, -1, 4) },
		"tensor: Gather: the index 3 is outside dimension 1 of the shape [2 3]":         func() { Gather(x, 1, FromSlice([]int64{0, 3}, 2)) },
		"tensor: Gather: the index -1 is outside dimension 0 of the shape [2 3]":        func() { Gather(x, 0, FromSlice([]int32{-1}, 1)) },
	} {
		require.PanicsWithValue(t, want, call)
	}
	require.Panics(t, func() { x.Split(1, math.MaxInt, 2) }, "their sum is 0 in as many bits")
}

// TestGather compares with the definition.
func TestGather(t *testing.T) {
	rng := rand.New(rand.NewPCG(103, 104))
	for range 50 {
		x := randomView[float64](rng, randomShape(rng))
		d := rng.IntN(x.Rank())
		indices := New[int64](3, 2)
		for i := range indices.Data() {
			indices.Data()[i] = int64(rng.IntN(x.Dim(d)))
		}
		got := Gather(x, d, indices.T())
		require.Equal(t, slices.Concat(x.shape[:d], []int{2, 3}, x.shape[d+1:]), got.shape)
		forEachIndex(got.shape, func(index []int) {
			from := slices.Concat(index[:d], []int{int(indices.At(index[d+1], index[d]))}, index[d+2:])
			require.Equal(t, x.At(from...), got.At(index...))
		})
	}
}

// TestBatchMatMul compares with a product for each matrix, over broadcast, transposed and empty
// batches.
func TestBatchMatMul(t *testing.T) {
	rng := rand.New(rand.NewPCG(105, 106))
	e := Default[float32]()
	for _, batch := range [][3][]int{{{}, {}, {}}, {{3}, {3}, {3}}, {{2, 3}, {3}, {2, 1}},
		{{4}, {}, {4}},
		{{4}, {4}, {}}, {{2, 3, 2}, {1, 3, 1}, {2, 1, 2}}, {{0}, {0}, {}}, {{2}, {1}, {1}}} {
		for _, size := range [][3]int{{1, 1, 1}, {5, 17, 9}, {33, 1, 40}, {1, 20, 3}, {2, 3, 0},
			{0, 2, 3}} {
			m, n, k := size[0], size[1], size[2]
			for trans := NN; trans <= TT; trans++ {
				c := randomView[float32](rng, slices.Concat(batch[0], []int{m, n}))
				a := randomView[float32](rng, slices.Concat(batch[1], []int{m, k}))
				b := randomView[float32](rng, slices.Concat(batch[2], []int{k, n}))
				if trans == TN || trans == TT {
					a = a.Transpose(a.Rank()-2, a.Rank()-1).Clone()
				}
				if trans == NT || trans == TT {
					b = b.Transpose(b.Rank()-2, b.Rank()-1).Clone()
				}
				e.BatchMatMul(c, a, b, trans)
				requireBatch(t, e, c, a, b, trans)
			}
		}
	}
	x := New[float32](2, 3, 4)
	require.PanicsWithValue(
		t,
		"tensor: BatchMatMul NN: shapes [2 3 4] and [4] into [2 3 4] need two "+
			"dimensions each",
		func() { e.BatchMatMul(x.Clone(), x, New[float32](4), NN) },
	)
	require.PanicsWithValue(t, "tensor: BatchMatMul: the shape [3] can't be broadcast to [2]",
		func() { e.BatchMatMul(x.Clone(), New[float32](3, 3, 4), New[float32](4, 4), NN) })
	require.PanicsWithValue(t, "tensor: MatMul NN: shapes [3 4] and [3 4] do not give [3 4]",
		func() { e.BatchMatMul(x.Clone(), x, x, NN) })
	require.Panics(t, func() { e.BatchMatMul(x, x, New[float32](4, 4), NN) })
}

// requireBatch compares the matrices of a batch with products of copies.
func requireBatch(t *testing.T, e *Engine[float32], c, a, b *Tensor[float32], trans Trans) {
	batch := c.shape[:c.Rank()-2]
	a = a.Expand(slices.Concat(batch, a.shape[a.Rank()-2:])...)
	b = b.Expand(slices.Concat(batch, b.shape[b.Rank()-2:])...)
	forEachIndex(batch, func(index []int) {
		at := func(x *Tensor[float32]) *Tensor[float32] {
			for _, i := range index {
				x = x.Slice(i, i+1).Squeeze(0)
			}
			return elementwise(x)
		}
		want := New[float32](c.shape[c.Rank()-2:]...)
		e.MatMul(want, at(a), at(b), trans)
		require.Equal(
			t,
			want.data,
			append([]float32{}, at(c).data...),
			"%v·%v %v at %v",
			a.shape,
			b.shape,
			trans,
			index,
		)
	})
}
