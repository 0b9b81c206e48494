package tensor

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
)

// goldenProduct is a product that NumPy computed, of matrices that [smallNumbers] makes.
type goldenProduct struct {
	M, N, K int
	C       []float64
}

// TestMatMulEqualsNumPy compares products of whole numbers, which are exact in every order, for all
// transposes, sets and both types.
func TestMatMulEqualsNumPy(t *testing.T) {
	for _, c := range golden.Read[goldenProduct](t, "tensor/products.json") {
		for i := range AvailableISAs() {
			testGoldenProduct[float32](t, c, &AvailableISAs()[i])
			testGoldenProduct[float64](t, c, &AvailableISAs()[i])
		}
	}
}

func testGoldenProduct[T Float](t *testing.T, p goldenProduct, set *ISA) {
	want := make([]T, len(p.C))
	for i, v := range p.C {
		want[i] = T(v)
	}
	for trans := NN; trans <= TT; trans++ {
		a, b, c := smallNumbers[T](p.M, p.K, 1), smallNumbers[T](p.K, p.N, 2), New[T](p.M, p.N)
		if trans == TN || trans == TT {
			a = a.T().Clone()
		}
		if trans == NT || trans == TT {
			b = b.T().Clone()
		}
		NewEngine[T](set, 2).MatMul(c, a, b, trans)
		require.Equal(t, want, c.Data(), "%s, %T, %v: %d×%d×%d", set.Name, *new(T), trans, p.M, p.N,
			p.K)
	}
}

// smallNumbers returns the matrix of small whole numbers that the golden script makes with the same
// seed.
func smallNumbers[T Float](rows, columns, seed int) *Tensor[T] {
	x := New[T](rows, columns)
	for i := range rows {
		for j := range columns {
			x.Set(T((i*31+j*17+(i*j)%7+seed)%23-11), i, j)
		}
	}
	return x
}
