package tensor

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

// TestMatMulBatch compares batches with products one by one, in every way that a plan takes, with
// matrices apart, adjacent and repeated, on one thread and three.
func TestMatMulBatch(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	for _, threads := range []int{1, 3} {
		for _, tuning := range []Tuning{{}, {ThreadWork: 1 << 10}, randomTuning(rng)} {
			e := NewEngine[float32](asm.Active(), threads, WithTuning(tuning))
			for _, s := range [][3]int{{1, 1, 1}, {8, 64, 10}, {5, 1, 7}, {1, 33, 9}, {40, 3, 20},
				{64, 64, 64}} {
				for trans := NN; trans <= TT; trans++ {
					for _, count := range []int{1, 2, 7} {
						for gap := range 2 {
							batch := Batch{count, s[0]*s[2] + gap*5, (s[2]*s[1] + 3) * gap}
							requireBatchOfProducts(t, e.Plan(s[0], s[1], s[2], trans), rng, batch)
						}
					}
				}
			}
		}
	}
}

func requireBatchOfProducts(t *testing.T, p *Product[float32], rng *rand.Rand, batch Batch) {
	t.Helper()
	a := random[float32](rng, (batch.Count-1)*batch.AStep+p.a).Data()
	b := random[float32](rng, (batch.Count-1)*batch.BStep+p.b).Data()
	want, got := make([]float32, batch.Count*p.c), make([]float32, batch.Count*p.c)
	for i := range batch.Count {
		p.MatMul(want[i*p.c:][:p.c], a[i*batch.AStep:][:p.a], b[i*batch.BStep:][:p.b])
	}
	p.MatMulBatch(got, a, b, batch)
	requireSameBits(t, want, got, "%v %d×%d×%d, %+v", p.trans, p.operands.c.rows,
		p.operands.c.cols, p.operands.a.cols, batch)
}

// TestMatMulBatchRefuses gives operands that do not fit.
func TestMatMulBatchRefuses(t *testing.T) {
	p := NewEngine[float32](asm.Active(), 1).Plan(2, 3, 4, NN)
	c, a, b := make([]float32, 12), make([]float32, 16), make([]float32, 12)
	p.MatMulBatch(nil, nil, nil, Batch{})
	p.MatMulBatch(c, a, b, Batch{2, 8, 0})
	message := "tensor: Product.MatMulBatch NN 2×3×4: C, A and B have 12, 16 and 12 elements, which " +
		"do not fit {Count:2 AStep:%d BStep:%d}"
	for _, steps := range [][2]int{{7, 0}, {8, 1}, {-8, 0}} {
		require.PanicsWithValue(t, fmt.Sprintf(message, steps[0], steps[1]),
			func() { p.MatMulBatch(c, a, b, Batch{2, steps[0], steps[1]}) })
	}
	require.Panics(t, func() { p.MatMulBatch(c, a, c, Batch{2, 8, 0}) }, "C is B")
}

// TestMatMulBatchAllocatesNothing runs a batch that threads share.
func TestMatMulBatchAllocatesNothing(t *testing.T) {
	e := NewEngine[float32](asm.Active(), 2, WithTuning(Tuning{ThreadWork: 1 << 10}))
	p := e.Plan(16, 16, 16, NN)
	c, a, b := make([]float32, 8*256), make([]float32, 8*256), make([]float32, 256)
	require.Zero(t, testing.AllocsPerRun(20, func() { p.MatMulBatch(c, a, b, Batch{8, 256, 0}) }))
}

// TestPlanRows compares products of parts of wider matrices with those of views, in every way that
// a plan takes, and refuses what there are no gaps for.
func TestPlanRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(43, 44))
	for _, tuning := range []Tuning{{}, {ThreadWork: 1 << 10}, randomTuning(rng)} {
		e := NewEngine[float32](asm.Active(), 3, WithTuning(tuning))
		for _, s := range [][3]int{{1, 1, 1}, {8, 64, 10}, {5, 1, 7}, {1, 33, 9}, {40, 3, 20},
			{64, 64, 64}} {
			for trans := NN; trans <= TT; trans++ {
				for gap := range 3 {
					requireRowsOfViews(t, e, s, trans, 5*gap)
				}
			}
		}
	}
	e := NewEngine[float32](asm.Active(), 1)
	p := e.PlanRows(2, 3, 4, NN, RowSteps{A: 5})
	c, a, b := make([]float32, 6), make([]float32, 9), make([]float32, 12)
	p.MatMul(c, a, b)
	require.Panics(t, func() { p.MatMul(c, a[:8], b) })
	require.Panics(t, func() {
		p := e.PlanRows(2, 3, 4, NN, RowSteps{C: 4})
		p.MatMulEpilogue(make([]float32, 7), a[:8], b, &Epilogue[float32]{Into: make([]float32, 7)})
	})
	require.Panics(t, func() { p.MatMulSums(c, a, b, make([]float32, 3)) })
	require.Panics(t, func() { p.MatMulBatch(c, a, b, Batch{Count: 1}) })
	require.PanicsWithValue(t, "tensor: PlanRows: rows of 4 elements of A are 3 apart",
		func() { e.PlanRows(2, 3, 4, NN, RowSteps{A: 3}) })
}

// requireRowsOfViews multiplies matrices of sizes m, n and k whose stored rows have gaps.
func requireRowsOfViews(t *testing.T, e *Engine[float32], s [3]int, trans Trans, gap int) {
	t.Helper()
	stored := func(rows, cols int, transposed bool) (step int, all, view *Tensor[float32]) {
		if transposed {
			rows, cols = cols, rows
		}
		all = random[float32](rand.New(rand.NewPCG(1, uint64(rows))), rows, cols+gap)
		if view = all.Narrow(1, 0, cols); transposed {
			view = view.T()
		}
		return cols + gap, all, view
	}
	cStep, c, to := stored(s[0], s[1], false)
	aStep, a, left := stored(s[0], s[2], trans&TN != 0)
	bStep, b, right := stored(s[2], s[1], trans&NT != 0)
	got := c.Clone()
	p := e.PlanRows(s[0], s[1], s[2], trans, RowSteps{cStep, aStep, bStep})
	end := func(x *Tensor[float32]) []float32 { return x.Data()[:x.Len()-gap] }
	for _, add := range []bool{false, true} {
		if add {
			e.MatMulAdd(to, left, right, NN)
			p.MatMulAdd(end(got), end(a), end(b))
		} else {
			e.MatMul(to, left, right, NN)
			p.MatMul(end(got), end(a), end(b))
		}
		requireSameBits(t, c.Data(), got.Data(), "%v %v, gaps of %d, added %v", trans, s, gap, add)
	}
}
