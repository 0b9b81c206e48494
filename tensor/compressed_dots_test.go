package tensor

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDotsOfRoundedRows compares products of rows that are rounded to bytes with the products, in
// float64, of the rounded rows and the weights as float32: runs of whole and of parts of blocks, on
// threads too, where all have the same bits but generic.
func TestDotsOfRoundedRows(t *testing.T) {
	sets := AvailableISAs()
	for _, s := range []struct{ k, n, block, steps int }{{8, 2, 8, 8}, {48, 70, 16, 16},
		{128, 33, 128, 32}, {192, 20, 64, 32}, {256, 130, 32, 32}} {
		for _, rows := range []int{1, 2, 3, 9} {
			var first []float32
			for i := range sets {
				for _, threads := range []int{1, 3} {
					e := NewEngine[float32](&sets[i], threads, WithTuning(Tuning{ThreadWork: 1000}))
					rng := rand.New(rand.NewPCG(1, 2))
					w := compressedOf(e, rng, Int4Coding, s.k, s.n, s.block)
					a, bias := random[float32](rng, rows, s.k), random[float32](rng, s.n)
					c := make([]float32, rows*s.n)
					epilogue := &Epilogue[float32]{}
					epilogue.Bias = bias.Data()
					PlanDots(e, rows, w).Run(c, a.Data(), epilogue)
					want := roundedProduct(a, w.Weights(e), bias.Data(), s.steps)
					require.InDeltaSlice(t, want, c, 3e-4, "%s %+v", e.ISA(), s)
					if first == nil {
						first = c
					} else if e.ISA() != "generic" {
						require.Equal(t, first, c, "%s %+v", e.ISA(), s)
					}
				}
			}
		}
	}
}

// roundedProduct is the product of rows, of which each run of steps is rounded to multiples of its
// largest magnitude divided by 127.
func roundedProduct(a, weights *Tensor[float32], bias []float32, steps int) []float32 {
	rows, k, n := a.Shape()[0], a.Shape()[1], weights.Shape()[1]
	c := make([]float32, rows*n)
	for i := range rows {
		rounded := make([]float64, k)
		for run := 0; run < k; run += steps {
			largest := 0.0
			for _, v := range a.Data()[i*k+run:][:steps] {
				largest = max(largest, math.Abs(float64(v)))
			}
			for p := run; p < run+steps; p++ {
				rounded[p] = math.RoundToEven(float64(a.At(i, p))*127/largest) * largest / 127
			}
		}
		for j := range n {
			sum := float64(bias[j])
			for p, v := range rounded {
				sum += v * float64(weights.At(p, j))
			}
			c[i*n+j] = float32(sum)
		}
	}
	return c
}

// TestPlanDotsRefuses names the blocks that there are no kernels for.
func TestPlanDotsRefuses(t *testing.T) {
	e, rng := NewEngine[float32](ActiveISA(), 1), rand.New(rand.NewPCG(1, 2))
	require.PanicsWithValue(t, "tensor: PlanDots: no kernels for u8 in blocks of 32", func() {
		PlanDots(e, 1, compressedOf(e, rng, Int8Coding, 64, 2, 32))
	})
	require.PanicsWithValue(t, "tensor: PlanDots: no kernels for u4 in blocks of 40", func() {
		PlanDots(e, 1, compressedOf(e, rng, Int4Coding, 80, 2, 40))
	})
	for block, has := range map[int]bool{8: true, 16: true, 12: false, 40: false, 64: true} {
		require.Equal(t, has, (&Codes{Bits: 4, Rows: 2 * block, Block: block}).HasDots(), block)
	}
	require.False(t, (&Codes{Bits: 8, Rows: 32, Block: 32}).HasDots())
}
