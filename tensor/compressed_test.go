package tensor

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

// compressedOf returns weights in a coding, drawn.
func compressedOf(e *Engine[float32], rng *rand.Rand, c Coding, k, n, block int) *Compressed {
	switch c {
	case BFloat16Coding:
		return CompressHalves(e, drawnHalves[BFloat16](rng, k*n), k, n, rng.IntN(2) == 0)
	case Float16Coding:
		return CompressHalves(e, drawnHalves[Float16](rng, k*n), k, n, rng.IntN(2) == 0)
	}
	codes := &Codes{Bits: 8, Rows: k, Cols: n, Block: block}
	if c == Int4Coding {
		codes.Bits = 4
	}
	seed := rng.Uint64()
	codes.Column = func(column []uint8, j int) {
		r := rand.New(rand.NewPCG(seed, uint64(j)))
		for i := range column {
			column[i] = uint8(r.UintN(1 << codes.Bits))
		}
	}
	blocks := (k + block - 1) / block
	for range blocks * n {
		codes.Scales = append(codes.Scales, float32(rng.NormFloat64()))
	}
	if kind := rng.IntN(3); kind > 0 {
		for range blocks * n {
			zero := uint8(7)
			if kind == 2 {
				zero = uint8(rng.UintN(1 << codes.Bits))
			}
			codes.Zeros = append(codes.Zeros, zero)
		}
	}
	return CompressCodes(e, codes)
}

func drawnHalves[H Half](rng *rand.Rand, n int) []H {
	x := make([]H, n)
	for i := range x {
		x[i] = ToHalf[H](rng.NormFloat64())
	}
	return x
}

// TestCompressedProduct compares products by weights of few bits with those by the weights as
// float32, for rows around what kernels take and what makes weights float32 first, on threads too:
// the same bits.
func TestCompressedProduct(t *testing.T) {
	sizes := []struct{ k, n, block int }{{8, 2, 8}, {40, 33, 8}, {64, 64, 32}, {96, 130, 96},
		{1024, 20, 16}, {640, 40, 128}}
	sets := AvailableISAs()
	for i := range sets {
		for _, threads := range []int{1, 3} {
			e := NewEngine[float32](&sets[i], threads, WithTuning(Tuning{ThreadWork: 1000}))
			rng := rand.New(rand.NewPCG(1, 2))
			for c := range asm.Codings {
				for _, s := range sizes {
					if s.k*s.n < 5000 || rng.IntN(3) == 0 {
						checkCompressed(t, e, rng, compressedOf(e, rng, c, s.k, s.n, s.block))
					}
				}
			}
		}
	}
}

// checkCompressed compares products of all heights by w.
func checkCompressed(t *testing.T, e *Engine[float32], rng *rand.Rand, w *Compressed) {
	t.Helper()
	k, n := w.Shape()[0], w.Shape()[1]
	weights, bias := w.Weights(e), random[float32](rng, n)
	for _, rows := range []int{1, 2, 3, 5, 8, 9, 20, 40} {
		a, want := random[float32](rng, rows, k), New[float32](rows, n)
		e.MatMul(want, a, weights, NN)
		c, p := make([]float32, rows*n), PlanCompressed(e, rows, w)
		p.Run(c, a.Data(), nil)
		require.Equal(t, want.Data(), c, "%s %v %d×%d×%d", e.ISA(), w.coding, rows, n, k)
		epilogue := &Epilogue[float32]{}
		epilogue.Bias, epilogue.Activation = bias.Data(), asm.ReluActivation
		e.Add(want, want, bias)
		e.Unary(Relu, want, want)
		p.Run(c, a.Data(), epilogue)
		require.Equal(t, want.Data(), c, "%s %v %d×%d×%d", e.ISA(), w.coding, rows, n, k)
	}
}

// TestCompressedWeights compares the weights that are given back with their definition.
func TestCompressedWeights(t *testing.T) {
	e := NewEngine[float32](ActiveISA(), 1)
	halves := []BFloat16{0x3F80, 0x4000, 0x4040, 0x4080, 0x40A0, 0x40C0} // 1 to 6
	plain, transposed := CompressHalves(e, halves, 3, 2, false), CompressHalves(e, halves, 3, 2, true)
	require.Equal(t, []float32{1, 2, 3, 4, 5, 6}, plain.Weights(e).Data())
	require.Equal(t, []float32{1, 4, 2, 5, 3, 6}, transposed.Weights(e).Data())
	codes := &Codes{Bits: 4, Rows: 16, Cols: 2, Block: 8, Scales: []float32{1, 0.1, 2, 0.3},
		Column: func(codes []uint8, j int) {
			for i := range codes {
				codes[i] = uint8(i + j*15*(i%2)&15) // 0, 1, 2, …; 0, 0, 2, 2, …
			}
		}}
	for _, zeros := range [][]uint8{nil, {8, 8, 8, 8}, {0, 1, 2, 15}} {
		codes.Zeros = zeros
		w := CompressCodes(e, codes)
		column, want := make([]uint8, 16), New[float32](16, 2)
		for j := range 2 {
			codes.Column(column, j)
			for i, code := range column {
				zero := 8
				if zeros != nil {
					zero = int(zeros[j*2+i/8])
				}
				want.Set(float32(int(code&15)-zero)*codes.Scales[j*2+i/8], i, j)
			}
		}
		require.Equal(t, want, w.Weights(e))
	}
	codes.Zeros = nil
	require.Equal(t, (16/2+2*4+4)*e.isa.Compressed.NR, CompressCodes(e, codes).Bytes(),
		"16 codes, 2 scales and a zero for each of the columns of a panel")
}

// TestCompressCodesWithout names the blocks that there are no kernels for.
func TestCompressCodesWithout(t *testing.T) {
	e := NewEngine[float32](ActiveISA(), 1)
	column := func([]uint8, int) {}
	for _, c := range []Codes{{Bits: 4, Rows: 12, Block: 12}, {Bits: 4, Rows: 16, Block: 4},
		{Bits: 8, Rows: 9, Block: 4}} {
		c.Cols, c.Column = 1, column
		require.False(t, c.HasKernels())
		require.PanicsWithValue(t, fmt.Sprintf("tensor: CompressCodes: no kernels for %d bits and %d "+
			"rows in blocks of %d", c.Bits, c.Rows, c.Block), func() { CompressCodes(e, &c) })
	}
	c := &Codes{Bits: 8, Rows: 7, Cols: 1, Block: 7, Scales: []float32{1}, Column: column}
	require.True(t, c.HasKernels())
	c.Scales = nil
	require.PanicsWithValue(t, "tensor: CompressCodes: 0 scales and 0 zero points for 1 blocks of 1 "+
		"columns", func() { CompressCodes(e, c) })
	require.PanicsWithValue(t, "tensor: CompressHalves: 3 elements of a matrix of 2×2", func() {
		CompressHalves(e, make([]Float16, 3), 2, 2, false)
	})
}

// TestCompressedAllocates demands that a product allocates nothing once it has run.
func TestCompressedAllocates(t *testing.T) {
	e := NewEngine[float32](ActiveISA(), 2, WithTuning(Tuning{ThreadWork: 100}))
	rng := rand.New(rand.NewPCG(3, 4))
	w := compressedOf(e, rng, Int4Coding, 64, 70, 32)
	for _, rows := range []int{1, 40} {
		for _, p := range []*CompressedProduct{PlanCompressed(e, rows, w), PlanDots(e, rows, w)} {
			a, c := make([]float32, rows*64), make([]float32, rows*70)
			run := func() { p.Run(c, a, nil) }
			run()
			require.Zero(t, testing.AllocsPerRun(50, run))
		}
	}
}

// BenchmarkCompressed multiplies rows by 4096×4096 weights of each coding.
func BenchmarkCompressed(b *testing.B) {
	e := NewEngine[float32](ActiveISA(), 1)
	const n = 4096
	for c := range asm.Codings {
		w := compressedOf(e, rand.New(rand.NewPCG(1, 2)), c, n, n, 32)
		for _, rows := range []int{1, 4, 16} {
			b.Run(fmt.Sprintf("%v/%d", c, rows), func(b *testing.B) {
				p := PlanCompressed(e, rows, w)
				x, y := make([]float32, rows*n), make([]float32, rows*n)
				for b.Loop() {
					p.Run(y, x, nil)
				}
				flops := 2 * float64(rows) * n * n * float64(b.N)
				b.ReportMetric(flops/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}
