package tensor

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestBlocksDoNotShow computes products by blocks, packing and parts at random, among them small ones that plans choose for huge products
// only, and expects the bits of the plain chains.
func TestBlocksDoNotShow(t *testing.T) {
	t.Run("float32", testBlocksDoNotShow[float32])
	t.Run("float64", testBlocksDoNotShow[float64])
}

func testBlocksDoNotShow[T Float](t *testing.T) {
	reference := &AvailableISAs()[0]
	sets := slices.DeleteFunc(exactSets(), func(s ISA) bool { return s.Name == reference.Name && len(exactSets()) > 1 })
	rng := rand.New(rand.NewPCG(31, 32))
	for range 60 {
		m, n, k, trans := 1+rng.IntN(50), 2+rng.IntN(150), 1+rng.IntN(60), Trans(rng.IntN(4))
		a := factor[T](rng, m, k, trans == TN || trans == TT, true)
		b := factor[T](rng, k, n, trans == NT || trans == TT, true)
		before := random[T](rng, m, n)
		accumulate := rng.IntN(2) == 0
		want := expected(reference, before, a, b, trans, accumulate)
		o := output[T]{accumulate: accumulate}
		if kinds := epiloguesOf[T](rng, m, n); rng.IntN(len(kinds)+1) > 0 {
			kind := kinds[rng.IntN(len(kinds))]
			o.epilogue = &kind.epilogue
			kind.apply(NewEngine[T](reference, 1), want)
		}
		for i := range sets {
			e := NewEngine[T](&sets[i], 3)
			var f operands[T]
			c := before.Clone()
			f.set("blocks", c, a, b, trans)
			blocks := randomBlocks(rng, e, &f, o.use())
			var sums []T
			if f.b.cs == 1 {
				sums = make([]T, n)
			}
			e.blocked(&f, &blocks, o, sums)
			requireSameBits(t, want.Data(), c.Data(), "%s, %d×%d×%d %v, %+v", sets[i].Name, m, n, k, trans, blocks)
			requireSameBits(t, columnSums(f.b)[:len(sums)], sums, "sums, %s, %d×%d×%d %v, %+v", sets[i].Name, m, n, k, trans, blocks)
		}
	}
}

// columnSums returns the sums down the columns of a matrix.
func columnSums[T Float](x matrix[T]) []T {
	sums := make([]T, x.cols)
	for i := range x.rows {
		for j := range sums {
			sums[j] += x.data[i*x.rs+j*x.cs]
		}
	}
	return sums
}

// randomBlocks returns a decision for blocks that is allowed for a product.
func randomBlocks[T Float](rng *rand.Rand, e *Engine[T], f *operands[T], u use) decision {
	tile := &e.k.Gemm
	b := blocking{mr: 1 + rng.IntN(tile.MR), kc: 1 + rng.IntN(f.a.cols), packA: rng.IntN(2) == 0, packB: packBlock,
		parts: 1 + rng.IntN(3), byRows: rng.IntN(2) == 0}
	b.mc, b.nc = b.mr*(1+rng.IntN(4)), tile.NR*(1+rng.IntN(3))
	if f.b.cs == 1 {
		b.packB = []packing{unpacked, packOnTheFly, packBlock}[rng.IntN(3)]
	}
	units := (f.c.cols + tile.NR - 1) / tile.NR
	if b.byRows {
		units = (f.c.rows + b.mr - 1) / b.mr
	}
	b.parts = min(b.parts, units)
	d := decision{way: wayBlocks, blocking: b}
	if b.packB == unpacked && !b.packA {
		d.kernel = e.rules.chooseKernel(f.c.rows, f.c.cols, b.kc, f.a.rs, f.a.cs, u)
		d.early = e.rules.chooseKernel(f.c.rows, f.c.cols, b.kc, f.a.rs, f.a.cs, useStore)
	}
	return d
}
