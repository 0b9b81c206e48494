package tensor

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMatMulSums compares products that also add up the rows of B with the separate operations, on one to three threads. The shapes take
// every path: dots, one row, few columns transposed, one kernel call, blocks.
func TestMatMulSums(t *testing.T) {
	t.Run("float32", testMatMulSums[float32])
	t.Run("float64", testMatMulSums[float64])
}

func testMatMulSums[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 52))
	reference := NewEngine[T](&AvailableISAs()[0], 1)
	shapes := [][3]int{{64, 1, 32}, {1, 70, 5}, {64, 3, 32}, {10, 64, 32}, {70, 130, 300}, {300, 70, 400}}
	for _, s := range shapes {
		m, n, k := s[0], s[1], s[2]
		for _, trans := range []Trans{NN, TN} {
			a, b := factor[T](rng, m, k, trans == TN, false), factor[T](rng, k, n, false, false)
			wantSums := New[T](n)
			reference.SumAxis(wantSums, b, 0)
			for _, set := range exactSets() {
				if set.Name == "reference" && m*n*k > 100000 {
					continue // slow
				}
				want := New[T](m, n)
				NewEngine[T](&set, 1).MatMul(want, a, b, trans)
				for threads := 1; threads <= 3; threads++ {
					c, sums := random[T](rng, m, n), random[T](rng, n)
					NewEngine[T](&set, threads).Plan(m, n, k, trans).MatMulSums(c.Data(), a.Data(), b.Data(), sums.Data())
					requireSameBits(t, want.Data(), c.Data(), "%v %v, %s, %d threads", s, trans, set.Name, threads)
					requireSameBits(t, wantSums.Data(), sums.Data(), "sums, %v %v, %s, %d threads", s, trans, set.Name, threads)
				}
			}
		}
	}
}

// TestMatMulSumsPanics checks that what can't be added up by rows is refused.
func TestMatMulSumsPanics(t *testing.T) {
	e := NewEngine[float32](&AvailableISAs()[0], 1)
	c, a, b := make([]float32, 6), make([]float32, 8), make([]float32, 12)
	require.PanicsWithValue(t, "tensor: Product.MatMulSums NT: B is transposed",
		func() { e.Plan(2, 3, 4, NT).MatMulSums(c, a, b, make([]float32, 3)) })
	require.PanicsWithValue(t, "tensor: Product.MatMulSums TN: 2 sums for 3 columns of B",
		func() { e.Plan(2, 3, 4, TN).MatMulSums(c, a, b, make([]float32, 2)) })
}
