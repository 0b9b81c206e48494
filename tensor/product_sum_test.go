package tensor

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

// TestProductSum compares sums of products with products added one by one, with every ISA, in one
// block of terms and in several, on one thread and three.
func TestProductSum(t *testing.T) {
	rng := rand.New(rand.NewPCG(45, 46))
	for _, set := range exactISAs() {
		for _, tuning := range []Tuning{{}, {ThreadWork: 1 << 10}, {MCBytes: 4096, ThreadWork: 64}} {
			e := NewEngine[float32](&set, 3, WithTuning(tuning))
			for _, s := range [][3]int{{1, 2, 1}, {3, 29, 1}, {40, 33, 7}, {61, 64, 20}} {
				for _, terms := range []Terms{{1, 0, 0}, {2, s[0] * s[2], s[1] * s[2]},
					{7, s[0]*s[2] + 5, s[1]*s[2] + 3}} {
					requireSumOfProducts(t, e, rng, s, terms)
				}
			}
		}
	}
}

func requireSumOfProducts(t *testing.T, e *Engine[float32], rng *rand.Rand, s [3]int,
	terms Terms) {
	t.Helper()
	m, n, k := s[0], s[1], s[2]
	a := random[float32](rng, (terms.Count-1)*terms.AStep+m*k).Data()
	b := random[float32](rng, (terms.Count-1)*terms.BStep+n*k).Data()
	sum, one := e.PlanSum(m, n, k, terms), e.Plan(m, n, k, NT)
	for _, accumulate := range []bool{false, true} {
		want := make([]float32, m*n)
		if accumulate {
			want = random[float32](rng, m*n).Data()
		}
		got := append([]float32(nil), want...)
		for i := range terms.Count {
			one.MatMulAdd(want, a[i*terms.AStep:][:m*k], b[i*terms.BStep:][:n*k])
		}
		sum.MatMulAdd(got, a, b, accumulate)
		requireSameBits(t, want, got, "%s %d×%d×%d, %+v", e.ISA(), m, n, k, terms)
	}
}

// TestProductSumRefuses gives sizes and operands that do not fit.
func TestProductSumRefuses(t *testing.T) {
	e := NewEngine[float32](asm.Active(), 1)
	require.Panics(t, func() { e.PlanSum(2, 1, 3, Terms{1, 0, 0}) }, "a dot")
	p := e.PlanSum(2, 3, 4, Terms{2, 8, 12})
	c, a, b := make([]float32, 6), make([]float32, 16), make([]float32, 24)
	p.MatMulAdd(c, a, b, false)
	require.PanicsWithValue(t, "tensor: ProductSum 2×3×4: C, A and B have 6, 15 and 24 elements, "+
		"which do not fit {Count:2 AStep:8 BStep:12}", func() { p.MatMulAdd(c, a[:15], b, false) })
}

// TestProductSumAllocatesNothing runs a sum that threads share.
func TestProductSumAllocatesNothing(t *testing.T) {
	e := NewEngine[float32](asm.Active(), 2, WithTuning(Tuning{ThreadWork: 1 << 10}))
	p := e.PlanSum(64, 32, 16, Terms{4, 1024, 512})
	c, a, b := make([]float32, 64*32), make([]float32, 4096), make([]float32, 2048)
	require.Zero(t, testing.AllocsPerRun(20, func() { p.MatMulAdd(c, a, b, false) }))
}
