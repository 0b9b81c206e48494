package tensor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBlocksDoNotShow computes products by blocks, packing and parts at random, among them small
// ones that plans choose for huge products only, and expects the bits of the plain chains.
func TestBlocksDoNotShow(t *testing.T) {
	t.Run("float32", testBlocksDoNotShow[float32])
	t.Run("float64", testBlocksDoNotShow[float64])
}

func testBlocksDoNotShow[T Float](t *testing.T) {
	reference := &AvailableISAs()[0]
	sets := slices.DeleteFunc(exactISAs(), func(s ISA) bool {
		return s.Name == reference.Name &&
			len(exactISAs()) > 1
	})
	rng := rand.New(rand.NewPCG(31, 32))
	for range 60 {
		m, n, k, trans := 1+rng.IntN(50), 2+rng.IntN(150), 1+rng.IntN(60), Trans(rng.IntN(4))
		a := operand[T](rng, m, k, trans == TN || trans == TT, true)
		b := operand[T](rng, k, n, trans == NT || trans == TT, true)
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
			requireSameBits(t, want.Data(), c.Data(), "%s, %d×%d×%d %v, %+v", sets[i].Name, m, n, k,
				trans, blocks)
			requireSameBits(t, sumColumns(f.b)[:len(sums)], sums, "sums, %s, %d×%d×%d %v, %+v",
				sets[i].Name, m, n, k, trans, blocks)
		}
	}
}

// sumColumns returns the sums down the columns of a matrix by the definition of
// [Engine.ColumnSums].
func sumColumns[T Float](x matrix[T]) []T {
	sums := make([]T, x.cols)
	for j := range sums {
		var blocks []T
		for i := range x.rows {
			if i%columnBlock == 0 {
				blocks = append(blocks, 0)
			}
			blocks[len(blocks)-1] += x.data[i*x.rs+j*x.cs]
		}
		for len(blocks) > 1 {
			var pairs []T
			for i := 0; i < len(blocks); i += 2 {
				pair := blocks[i]
				if i+1 < len(blocks) {
					pair += blocks[i+1]
				}
				pairs = append(pairs, pair)
			}
			blocks = pairs
		}
		for _, sum := range blocks {
			sums[j] = sum
		}
	}
	return sums
}

// randomBlocks returns a decision for blocks that is allowed for a product.
func randomBlocks[T Float](rng *rand.Rand, e *Engine[T], f *operands[T], u use) decision {
	tile := &e.k.Gemm
	b := blocking{mr: 1 + rng.IntN(tile.MR), kc: 1 + rng.IntN(f.a.cols), packA: rng.IntN(2) == 0,
		packB: packBlock,
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
	b.group = b.nc
	if rows := b.rowsOfPart(f.c.rows); rows <= b.mc {
		b.group = tile.NR * (1 + rng.IntN(2))
	}
	b.far = rng.IntN(2) == 0
	d := decision{way: wayBlocks, blocking: b}
	if b.packB == unpacked && !b.packA {
		p := f.problem(u)
		d.kernel = e.rules.blockKernel(&b, &p, u)
		d.early = e.rules.blockKernel(&b, &p, useStore)
	}
	return d
}

// TestTransposingProducts compares products, those that transpose an operand or their result among
// them, with the reference's MatMul, bit by bit.
func TestTransposingProducts(t *testing.T) {
	for _, caches := range []Caches{{L1: 48 << 10, L2: 2 << 20}, {L1: 4 << 10, L2: 4 << 10}} {
		t.Run(fmt.Sprint("float32 ", caches), func(t *testing.T) {
			testTransposingProducts[float32](t, caches)
		})
		t.Run(fmt.Sprint("float64 ", caches), func(t *testing.T) {
			testTransposingProducts[float64](t, caches)
		})
	}
}

func testTransposingProducts[T Float](t *testing.T, caches Caches) {
	rng := rand.New(rand.NewPCG(11, 12))
	reference, err := ISAByName("reference")
	require.NoError(t, err)
	exact := NewEngine[T](reference, 1)
	met := map[string]int{}
	for _, s := range [][3]int{{64, 3, 32}, {8, 2, 1}, {9, 2, 5}, {41, 4, 33}, {67, 10, 19},
		{130, 16, 7}, {32, 64, 3}, {3, 65, 2}, {2, 17, 16}, {5, 33, 9}, {12, 3, 40}} {
		for trans := NN; trans <= TT; trans++ {
			a := operand[T](rng, s[0], s[2], trans == TN || trans == TT, false)
			b := operand[T](rng, s[2], s[1], trans == NT || trans == TT, false)
			want, sum := New[T](s[0], s[1]), random[T](rng, s[0], s[1])
			exact.MatMul(want, a, b, trans)
			wantSum := sum.Clone()
			exact.MatMulAdd(wantSum, a, b, trans)
			for i := range AvailableISAs() {
				set := &AvailableISAs()[i]
				if set.Name == "generic" {
					continue // rounds otherwise
				}
				e := NewEngine[T](set, 1, WithTuning(TuningFor[T](set, caches)))
				p := e.Plan(s[0], s[1], s[2], trans)
				met[fmt.Sprint(set.Name, p.plans[useStore].way)]++
				got, gotSum := random[T](rng, s[0], s[1]), sum.Clone()
				p.MatMul(got.Data(), a.Data(), b.Data())
				require.Equal(t, want.Data(), got.Data(), "%s, %v, %v", set.Name, s, trans)
				p.MatMulAdd(gotSum.Data(), a.Data(), b.Data())
				require.Equal(t, wantSum.Data(), gotSum.Data(), "%s, %v, %v, added", set.Name, s,
					trans)
				e.MatMul(got, a, b, trans)
				require.Equal(t, want.Data(), got.Data(), "%s, %v, %v, without a plan", set.Name, s,
					trans)
				gotSum.CopyFrom(sum)
				e.MatMulAdd(gotSum, a, b, trans)
				require.Equal(t, wantSum.Data(), gotSum.Data(), "%s, %v, %v, added without a plan",
					set.Name, s, trans)
				require.Zero(t, testing.AllocsPerRun(5, func() {
					p.MatMul(got.Data(), a.Data(),
						b.Data())
				}), "%s, %v, %v", set.Name, s, trans)
			}
		}
	}
	for i := range AvailableISAs() {
		if name := AvailableISAs()[i].Name; name != "generic" {
			require.NotZero(t, met[fmt.Sprint(name, wayTransposeResult)], "%s transposed no result",
				name)
			require.NotZero(t, met[fmt.Sprint(name, wayTransposeB)], "%s transposed no operand",
				name)
		}
	}
}

// TestMatMulSums compares products that also add up the rows of B with the separate operations, on
// one to three threads. The shapes take every path: dots, one row, few columns transposed, one
// kernel call, blocks.
func TestMatMulSums(t *testing.T) {
	t.Run("float32", testMatMulSums[float32])
	t.Run("float64", testMatMulSums[float64])
}

func testMatMulSums[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 52))
	reference := NewEngine[T](&AvailableISAs()[0], 1)
	shapes := [][3]int{{64, 1, 32}, {1, 70, 5}, {64, 3, 32}, {10, 64, 32}, {70, 130, 300},
		{300, 70, 400}}
	for _, s := range shapes {
		m, n, k := s[0], s[1], s[2]
		for _, trans := range []Trans{NN, TN} {
			a, b := operand[T](rng, m, k, trans == TN, false), operand[T](rng, k, n, false, false)
			wantSums := New[T](n)
			reference.SumAxis(wantSums, b, 0)
			for _, set := range exactISAs() {
				if set.Name == "reference" && m*n*k > 100000 {
					continue // slow
				}
				want := New[T](m, n)
				NewEngine[T](&set, 1).MatMul(want, a, b, trans)
				for threads := 1; threads <= 3; threads++ {
					c, sums := random[T](rng, m, n), random[T](rng, n)
					NewEngine[T](&set, threads).Plan(m, n, k, trans).MatMulSums(c.Data(), a.Data(),
						b.Data(), sums.Data())
					requireSameBits(t, want.Data(), c.Data(), "%v %v, %s, %d threads", s, trans,
						set.Name, threads)
					requireSameBits(t, wantSums.Data(), sums.Data(), "sums, %v %v, %s, %d threads",
						s, trans, set.Name, threads)
				}
			}
		}
	}
}

// TestMatMulAxpy compares products that are added, scaled, to a matrix with the separate operations
// of the same ISA, on one to three threads: by one kernel call, with few columns, by blocks.
func TestMatMulAxpy(t *testing.T) {
	t.Run("float32", testMatMulAxpy[float32])
	t.Run("float64", testMatMulAxpy[float64])
}

func testMatMulAxpy[T Float](t *testing.T) {
	rng, caches := rand.New(rand.NewPCG(53, 54)), Caches{L1: 1 << 10, L2: 1 << 20}
	for i := range AvailableISAs() {
		set, fused := &AvailableISAs()[i], 0
		cached := WithTuning(Tuning{Caches: caches})
		for _, s := range [][3]int{{10, 64, 32}, {64, 10, 33}, {40, 65, 31}, {70, 130, 300},
			{300, 70, 400}} {
			m, n, k := s[0], s[1], s[2]
			if m*n*k > 100000 && (set.Name == "reference" || testing.Short()) {
				continue // slow
			}
			a, b, before := random[T](rng, k, m), random[T](rng, k, n), random[T](rng, m, n)
			serial := NewEngine[T](set, 1)
			product, wantSums, want := New[T](m, n), New[T](n), before.Clone()
			serial.Plan(m, n, k, TN).MatMulSums(product.Data(), a.Data(), b.Data(), wantSums.Data())
			serial.Kernels().Parametric[Axpy](want.Data(), product.Data(), -0.3)
			for threads := 1; threads <= 3; threads++ {
				p := NewEngine[T](set, threads, cached).Plan(m, n, k, TN)
				y, sums := before.Clone(), random[T](rng, n)
				step := func() { p.MatMulAxpy(y.Data(), -0.3, a.Data(), b.Data(), sums.Data()) }
				if !p.FusesAxpy() {
					require.PanicsWithValue(t,
						"tensor: Product.MatMulAxpy TN: the product can't be fused", step)
					continue
				}
				fused++
				step()
				requireSameBits(t, want.Data(), y.Data(), "%v, %s, %d threads", s, set.Name, threads)
				requireSameBits(t, wantSums.Data(), sums.Data(), "sums, %v, %s, %d threads", s,
					set.Name, threads)
				require.Zero(t, testing.AllocsPerRun(5, step), "%v, %s, %d threads", s, set.Name,
					threads)
			}
		}
		require.NotZero(t, fused, set.Name)
	}
	small := NewEngine[T](&AvailableISAs()[0], 1, WithTuning(Tuning{Caches: caches, KCBytes: 512,
		MCBytes: 8192}))
	require.False(t, small.Plan(10, 12, 30, TN).FusesAxpy(), "a matrix that L1 holds")
	require.True(t, small.Plan(70, 130, 64, TN).FusesAxpy())
	require.False(t, small.Plan(70, 130, 300, TN).FusesAxpy(), "sums that C holds between blocks")
}

// TestBands compares products that are handed on in bands with whole ones, on one to three threads
// that share rows or columns, and checks that each element comes once.
func TestBands(t *testing.T) {
	t.Run("float32", testBands[float32])
	t.Run("float64", testBands[float64])
}

func testBands[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(55, 56))
	tuning := WithTuning(Tuning{Caches: Caches{L1: 1 << 10, L2: 1 << 16}, ThreadWork: 1 << 10})
	for i := range AvailableISAs() {
		set := &AvailableISAs()[i]
		for _, s := range [][3]int{{300, 70, 33}, {120, 200, 20}, {500, 65, 70}} {
			m, n, k := s[0], s[1], s[2]
			if set.Name == "reference" && testing.Short() {
				continue // slow
			}
			for _, trans := range []Trans{NN, TN} {
				a, b, wantSums, want := random[T](rng, m, k), random[T](rng, k, n), New[T](n), New[T](m, n)
				NewEngine[T](set, 1).Plan(m, n, k, trans).MatMulSums(want.Data(), a.Data(), b.Data(),
					wantSums.Data())
				for threads := 1; threads <= 3; threads++ {
					got, sums := New[T](m, n), random[T](rng, n)
					for i := range got.Data() {
						got.Data()[i] = T(math.NaN())
					}
					bands := NewEngine[T](set, threads, tuning).Plan(m, n, k, trans).Bands(
						func(at int, elements []T) {
							require.NotEqual(t, got.Data()[at], got.Data()[at], "twice")
							copy(got.Data()[at:], elements)
						})
					require.NotNil(t, bands)
					bands.Run(a.Data(), b.Data(), sums.Data())
					requireSameBits(t, want.Data(), got.Data(), "%v %v, %s, %d threads", s, trans,
						set.Name, threads)
					requireSameBits(t, wantSums.Data(), sums.Data(), "sums, %v %v, %s, %d threads", s,
						trans, set.Name, threads)
				}
			}
		}
	}
	e := NewEngine[T](&AvailableISAs()[0], 1, tuning)
	require.Nil(t, e.Plan(20, 16, 30, TN).Bands(nil), "a matrix of one band")
	require.Nil(t, e.Plan(300, 1, 30, TN).Bands(nil), "dots")
	require.Nil(t, e.Plan(300, 70, 3000, TN).Bands(nil), "sums that C holds between blocks")
	require.Panics(t, func() { e.Plan(300, 70, 33, NT).Bands(nil) })
	require.Panics(t, func() {
		e.Plan(300, 70, 33, TN).Bands(nil).Run(make([]T, 5), make([]T, 33*70), make([]T, 70))
	})
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

// TestColumnSums compares sums down columns, by themselves, along axes and beside products, with
// their definition, over the edges of blocks, in every ISA and on one to three threads.
func TestColumnSums(t *testing.T) {
	t.Run("float32", testColumnSums[float32])
	t.Run("float64", testColumnSums[float64])
}

func testColumnSums[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(71, 72))
	for _, rows := range []int{0, 1, 1023, 1024, 1025, 2048, 2049, 3072, 5*1024 + 7, 7 * 1024,
		8*1024 + 1} {
		for _, cols := range []int{1, 3, 40} {
			x := random[T](rng, rows, cols)
			want := sumColumns(x.matrix())
			for _, isa := range exactISAs() {
				for threads := 1; threads <= 3; threads++ {
					e := NewEngine[T](&isa, threads, WithTuning(Tuning{MCBytes: 64 << 10,
						ThreadWork: 1 << 12}))
					name := fmt.Sprintf("%d×%d, %s, %d threads", rows, cols, isa.Name, threads)
					sums := random[T](rng, cols)
					e.ColumnSums(sums.Data(), x.Data())
					requireSameBits(t, want, sums.Data(), "%s", name)
					e.SumAxis(sums, x, 0)
					requireSameBits(t, want, sums.Data(), "%s along an axis", name)
					if rows == 0 || isa.Name == "reference" {
						continue
					}
					const m = 2
					a, c := New[T](m, rows), New[T](m, cols)
					p := e.Plan(m, cols, rows, NN)
					p.MatMulSums(c.Data(), a.Data(), x.Data(), sums.Data())
					requireSameBits(t, want, sums.Data(), "%s beside a product", name)
				}
			}
		}
	}
	x := random[T](rng, 3, 2500, 2)
	sums := New[T](3, 2)
	Default[T]().SumAxis(sums, x, 1)
	for i := range 3 {
		requireSameBits(t, sumColumns(x.Slice(i, i+1).Reshape(2500, 2).matrix()), sums.Row(i),
			"axis 1")
	}
}

// TestLongSumsAreRight adds up as many numbers as a single chain would be 8.8 % off with.
func TestLongSumsAreRight(t *testing.T) {
	x := New[float32](10_000_000, 1)
	x.Fill(0.1)
	sum := New[float32](1)
	Default[float32]().SumAxis(sum, x, 0)
	require.InEpsilon(t, 1e6, float64(sum.At(0)), 1e-5)
	e := Default[float32]()
	require.Zero(t, testing.AllocsPerRun(3, func() { e.ColumnSums(sum.Data(), x.Data()[:5000]) }))
	require.PanicsWithValue(t, "tensor: ColumnSums: 5 elements are not rows of 2 columns",
		func() { e.ColumnSums(make([]float32, 2), make([]float32, 5)) })
}

// TestHugePagesKeepElements advises buffers of all of a huge page, of a part and of too little.
func TestHugePagesKeepElements(t *testing.T) {
	for _, n := range []int{0, 1, 1000, 1 << 18, 1<<20 + 5} {
		buf := alignedSlice[float32](n)
		for i := range buf {
			buf[i] = float32(i)
		}
		adviseHugePages(buf)
		for i, v := range buf {
			if v != float32(i) {
				t.Fatalf("element %d of %d became %v", i, n, v)
			}
		}
	}
}
