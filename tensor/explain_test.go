package tensor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

// witness counts what the kernels of an engine are called for.
type witness struct{ mul, row, few, narrow, wide, dots, pack, panel atomic.Int64 }

// counts returns what was counted since the last call.
func (w *witness) counts() [8]int64 {
	return [...]int64{w.mul.Swap(0), w.row.Swap(0), w.few.Swap(0), w.narrow.Swap(0), w.wide.Swap(0),
		w.dots.Swap(0), w.pack.Swap(0), w.panel.Swap(0)}
}

// watched returns an engine for an ISA whose kernels compute nothing and tell a witness of each
// call.
func watched[T Float](isa *ISA, threads int, t Tuning) (*Engine[T], *witness) {
	e, w := NewEngine[T](isa, threads, WithTuning(t), WithFixedPlans()), &witness{}
	table := *e.k
	table.Gemm.Mul = func(_, _, _, panel *T, _ *asm.Layout, _ bool, _ *asm.Epilogue[T]) {
		w.mul.Add(1)
		if panel != nil {
			w.panel.Add(1)
		}
	}
	table.Gemm.Row = func(_, _, _, _ *T, _ *asm.Layout, _ bool, _ *asm.Epilogue[T]) { w.row.Add(1) }
	table.Gemm.RowBands = table.Gemm.Row
	if table.Gemm.Few != nil {
		table.Gemm.Few = func(_, _, _, _ *T, _ *asm.Layout, _ bool, _ *asm.Epilogue[T]) {
			w.few.Add(1)
		}
	}
	if table.Gemm.Skinny != nil {
		table.Gemm.Skinny = func(_, _, _, _ *T, _ *asm.Layout, _ bool,
			_ *asm.Epilogue[T]) {
			w.narrow.Add(1)
		}
	}
	if table.Gemm.Wide != nil {
		table.Gemm.Wide = func(_, _, _, _ *T, _ *asm.Layout, _ bool, _ *asm.Epilogue[T]) {
			w.wide.Add(1)
		}
	}
	table.Gemm.Pack = func([]T, int, []T, int, int, int, int) { w.pack.Add(1) }
	table.Reduce.Gemv = func(_, _ []T, _ int, _ []T) { w.dots.Add(1) }
	e.k = &table
	return e, w
}

// TestExplanationsAreTrue compares what a product says about itself with what it does.
func TestExplanationsAreTrue(t *testing.T) {
	t.Run("float32", testExplanations[float32])
	t.Run("float64", testExplanations[float64])
}

func testExplanations[T Float](t *testing.T) {
	tuning := TuningFor[T](asm.Active(), Caches{L1: 48 << 10, L2: 1 << 20, L3: 0})
	elem := tuning.PackBytes / 4
	heard := map[string]bool{}
	shapes := [][3]int{
		{32, 64, 10}, {1, 64, 10}, {20, 1, 30}, {64, 3, 32}, {64, 14, 32}, {32, 64, 3},
		{100, 90, 80},                               // small
		{32, 33, 256}, {32, 40, 256}, {33, 12, 700}, // with a part of few columns or rows
		{40, 256, elem / 256}, {8, 256, elem / 256}, {1, 512, elem / 512},
		{1, 2048, tuning.BandBytes / 2048 / 4},
		{5, 128, 70}, // few rows
		// a large B, of enough rows or not
		{40, 1024, 5}, {elem / 64, 40, 64}, {256, 300, 1024}, {256, 20, 1024},
		// a large A, with rows a page apart or not
	}
	shapes = append(shapes, [3]int{256, 260,
		128}) // an A that is worth packing where it is transposed and the tile low
	for _, s := range shapes {
		for trans := NN; trans <= TT; trans++ {
			for _, threads := range []int{1, 2} {
				e, w := watched[T](asm.Active(), threads, tuning)
				p := e.Plan(s[0], s[1], s[2], trans)
				p.MatMul(make([]T, s[0]*s[1]), make([]T, s[0]*s[2]), make([]T, s[2]*s[1]))
				name := fmt.Sprintf("%v %v, %d threads", trans, s, threads)
				requireTrue(t, name, p.Explain(), w, heard)
				require.Equal(t, strings.Contains(fmt.Sprint(p.Explain()), "{B packed"), p.PacksB(),
					name)
			}
		}
	}
	for _, choice := range []string{
		"Gemm.Mul, one call", "Gemm.Row, one call", "Gemm.Mul, block by block",
		"Gemm.Row, block by block", "Gemm.RowBands, block by block", "Reduce.Gemv", "as it stands",
		"packed by the kernel",
		"packed a block", "B transposed", "Cᵀ", "packed", "A packed", "2, each",
	} {
		found := false
		for h := range heard {
			found = found || strings.HasPrefix(h, choice)
		}
		require.True(t, found, "no product was %q", choice)
	}
}

// TestExplanationsAtTheirBounds explains why the fewest rows of A pack a B that fills few sets.
func TestExplanationsAtTheirBounds(t *testing.T) {
	e := NewEngine[float32](asm.Active(), 1, WithTuning(TuningFor[float32](asm.Active(), Caches{})))
	tuning := e.Tuning()
	for n, c := range map[int]struct {
		blocks int
		why    string
	}{
		tuning.PageBytes / 4: {tuning.PageBlocks, "its rows lie a multiple of PageBytes = 4096"},
		tuning.PageBytes / 8: {tuning.HalfPageBlocks, "its rows lie a multiple of half of PageBytes"},
	} {
		m := c.blocks*e.rules.mr + 1
		explanation := fmt.Sprint(e.Plan(m, n, 3, NN).Explain())
		require.Contains(t, explanation, c.why)
		require.Contains(t, explanation, fmt.Sprintf("A has %d rows", m))
		require.True(t, e.Plan(m, n, 3, NN).PacksB())
		require.False(t, e.Plan(m-1, n, 3, NN).PacksB())
	}
}

// TestStreamedProducts reads a B beyond L2 in bands of rows, half as many where they lie a page
// apart and no kernel fetches them ahead, for the most rows of A that do not pay for packing it.
func TestStreamedProducts(t *testing.T) {
	r := NewEngine[float32](asm.Active(), 1,
		WithTuning(TuningFor[float32](asm.Active(), Caches{L2: 256 << 10}))).rules
	r.rowBands = 0
	m := r.tuning.PackRows - 1
	near := problem{m: m, n: 2048, k: 300, cRow: 2048, cCol: 1, aRow: 300, aCol: 1, bRow: 2048,
		bCol: 1}
	r.tuning.NearDepth = 200
	require.Equal(t, 150, r.decide(near).kc, "L3 may hold B")
	near.k = 4*r.tuning.BandBytes/4/2048 + 1
	require.Less(t, r.decide(near).kc, 150)

	r.tuning.NearDepth = r.tuning.StreamDepth
	aliased := r.tuning.StreamDepth
	if r.wide {
		aliased *= 2
	}
	for n, depth := range map[int]int{2048: aliased, 2000: 2 * r.tuning.StreamDepth} {
		p := problem{m: m, n: n, k: 256, cRow: n, cCol: 1, aRow: 256, aCol: 1, bRow: n, bCol: 1}
		d := r.decide(p)
		require.True(t, d.streamed)
		require.Equal(t, depth, d.kc)
		require.LessOrEqual(t, m*d.nc*4, r.tuning.MCBytes/2, "the part of C is to stay in L2")
		huge := p
		huge.k = 4*r.tuning.BandBytes/n/4 + 1
		if n == 2048 {
			depth = r.tuning.StreamDepth / 2
		}
		require.LessOrEqual(t, r.decide(huge).kc, depth, "B is far beyond all caches")
		require.Greater(t, r.decide(huge).kc, depth/4*3)
		p.m++
		require.False(t, r.decide(p).streamed)
		p.m, p.prepacked = m, true
		require.False(t, r.decide(p).streamed)
	}
	p := problem{m: 2, n: 64, k: 64, cRow: 64, cCol: 1, aRow: 64, aCol: 1, bRow: 64, bCol: 1}
	require.False(t, r.decide(p).streamed, "a small B")
}

// TestBandsOfFewRows takes few rows of A by which a B beyond L2 is read in bands, and compares them with
// products that read it otherwise.
func TestBandsOfFewRows(t *testing.T) {
	tuning := TuningFor[float32](asm.Active(), Caches{L2: 256 << 10})
	tuning.BandBytes = 1 << 19
	e := NewEngine[float32](asm.Active(), 1, WithTuning(tuning), WithFixedPlans())
	other := NewEngine[float32](asm.Active(), 1, WithTuning(tuning), WithFixedPlans())
	other.rules.rowBands = 0
	for _, c := range []struct {
		m, n, k int
		bands   bool
	}{
		{2, 520, 133, true}, {3, 512, 200, true}, {4, 512, 200, false}, {4, 700, 760, true},
		{tuning.PackRows - 1, 1100, 479, true}, {tuning.PackRows, 1100, 479, false}, {2, 511, 200, false},
	} {
		p := problem{m: c.m, n: c.n, k: c.k, cRow: c.n, cCol: 1, aRow: c.k, aCol: 1, bRow: c.n, bCol: 1}
		d := e.rules.decide(p)
		require.Equal(t, c.bands && c.m <= e.rules.rowBands, d.byBands, "%+v", c)
		require.Equal(t, d.byBands, d.kernel == kernelRowBands)
		p.use = useMulEpilogue
		require.False(t, e.rules.decide(p).byBands, "RowBands takes no mask")
		a, b := New[float32](c.m, c.k), New[float32](c.k, c.n)
		r := rand.New(rand.NewPCG(7, 8))
		for _, x := range [][]float32{a.data, b.data} {
			for i := range x {
				x[i] = float32(r.NormFloat64())
			}
		}
		got, want := New[float32](c.m, c.n), New[float32](c.m, c.n)
		e.MatMul(got, a, b, NN)
		other.MatMul(want, a, b, NN)
		require.Equal(t, want.data, got.data, "%+v", c)
		e.MatMulAdd(got, a, b, NN)
		other.MatMulAdd(want, a, b, NN)
		require.Equal(t, want.data, got.data, "%+v", c)
	}
}

// TestProductsPackedInBands packs a B far beyond all caches side by side for few rows of A, and a
// nearer one panel by panel.
func TestProductsPackedInBands(t *testing.T) {
	tuning := TuningFor[float32](asm.Active(), Caches{L2: 256 << 10})
	tuning.PackRows = packedRows - 1
	e := NewEngine[float32](asm.Active(), 1, WithTuning(tuning), WithFixedPlans())
	n := 1024
	k := 4*tuning.BandBytes/n/4 + 1
	for m, bands := range map[int]bool{packedRows - 2: false, packedRows - 1: true, packedRows: false} {
		p := problem{m: m, n: n, k: k, cRow: n, cCol: 1, aRow: k, aCol: 1, bRow: n, bCol: 1}
		d := e.rules.decide(p)
		require.Equal(t, bands, d.packB == packBlock && d.kc <= packedDepth && d.group < n)
		require.Equal(t, bands, strings.Contains(fmt.Sprint(e.Plan(m, n, k, NN).Explain()),
			"packed in bands"))
		p.k--
		require.False(t, e.rules.packsInBands(&p))
	}
	m := packedRows - 1
	a, b := New[float32](m, k), New[float32](k, n)
	for i := range a.data {
		a.data[i] = float32(i%13) - 6
	}
	for i := range b.data {
		b.data[i] = float32(i%29)/8 - 1
	}
	c, want := New[float32](m, n), New[float32](m, n)
	e.MatMul(c, a, b, NN)
	tuning.PackRows = packedRows
	NewEngine[float32](asm.Active(), 1, WithTuning(tuning), WithFixedPlans()).MatMul(want, a, b, NN)
	require.Equal(t, want.data, c.data)
}

// TestPackedExplanations compares what products with a packed B say with what they do.
func TestPackedExplanations(t *testing.T) {
	e, w := watched[float32](asm.Active(), 2, Tuning{})
	packed := NewEngine[float32](asm.Active(), 1).Pack(New[float32](700, 300))
	for _, m := range []int{1, 5, 400} {
		p := e.PlanPacked(m, packed)
		p.MatMul(make([]float32, m*300), make([]float32, m*700), packed.Data())
		requireTrue(t, fmt.Sprint(m), p.Explain(), w, map[string]bool{})
		w.counts()
		require.False(t, p.PacksB())
		require.Contains(t, fmt.Sprint(p.Explain()), "B is packed beforehand")
		require.Contains(t, fmt.Sprint(p.Explain()), "{B packed beforehand it stays")
	}
}

// TestTransposedOperandsWorthPacking takes the smallest A and the fewest columns that pay.
func TestTransposedOperandsWorthPacking(t *testing.T) {
	for _, isa := range AvailableISAs() {
		r := NewEngine[float64](&isa, 1, WithTuning(TuningFor[float64](&isa, Caches{}))).rules
		m, n := 64, 2*r.tuning.PackPanels*r.nr
		k := r.tuning.PackTallBytes / 8 / m
		if r.isLowTile() {
			k = r.tuning.PackABytes / 8 / m
		}
		require.True(t, r.packsTransposedA(m, n, k), isa.Name)
		require.False(t, r.packsTransposedA(m, n-1, k), isa.Name)
		require.False(t, r.packsTransposedA(m, n, k-1), isa.Name)
	}
}

// requireTrue fails unless the witness agrees with an explanation, whose choices it files.
func requireTrue(t *testing.T, name string, decisions []Decision, w *witness,
	heard map[string]bool) {
	t.Helper()
	said := map[string]string{}
	for _, d := range decisions {
		require.NotEmpty(t, d.Choice, name)
		require.NotEmpty(t, d.Because, "%s: %s", name, d.About)
		said[d.About] = d.Choice
		heard[d.Choice] = true
	}
	kernel := said["kernel"]
	require.Equal(t, strings.HasPrefix(kernel, "Gemm.Mul"), w.mul.Load() > 0, name)
	require.Equal(t, strings.HasPrefix(kernel, "Gemm.Row"), w.row.Load() > 0, name)
	require.Equal(t, strings.HasPrefix(kernel, "Gemm.Few"), w.few.Load() > 0, name)
	require.Equal(t, strings.HasPrefix(kernel, "Gemm.Skinny"), w.narrow.Load() > 0, name)
	require.Equal(t, strings.HasPrefix(kernel, "Gemm.Wide"), w.wide.Load() > 0, name)
	require.Equal(t, kernel == "Reduce.Gemv", w.dots.Load() > 0, name)
	if strings.HasSuffix(kernel, "one call") {
		require.EqualValues(t, 1,
			w.mul.Load()+w.row.Load()+w.few.Load()+w.narrow.Load()+w.wide.Load(), name)
	}
	require.Regexp(t, `^(1|\d+, each with a range of (rows|columns))$`, said["threads"], name)
	packs := said["operands"] != "" && said["operands"] != asTheyStand.Choice ||
		said["A"] == "packed" || said["B"] == "packed a block at a time" ||
		said["B"] == "packed a few panels at a time" || said["B"] == "packed in bands of a few rows"
	require.Equal(t, packs, w.pack.Load() > 0, name)
	require.Equal(t, said["B"] == "packed by the kernel, panel by panel", w.panel.Load() > 0, name)
}

// TestDecisionsAgree checks that a product at once and a planned one call the same kernels as
// often, and that explanations say which, for random shapes, uses and tunings.
func TestDecisionsAgree(t *testing.T) {
	t.Run("float32", testDecisionsAgree[float32])
	t.Run("float64", testDecisionsAgree[float64])
}

func testDecisionsAgree[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(61, 62))
	isas := AvailableISAs()
	ways := map[way]int{}
	for range 3000 {
		isa, threads := &isas[rng.IntN(len(isas))], 1+rng.IntN(3)
		tuning := randomTuning(rng)
		m, n, k, trans := 1+rng.IntN(70), 1+rng.IntN(70), 1+rng.IntN(70), Trans(rng.IntN(4))
		if rng.IntN(4) == 0 {
			n = 1 + rng.IntN(12)
		}
		e, w := watched[T](isa, threads, tuning)
		p := e.Plan(m, n, k, trans)
		name := fmt.Sprintf("%s, %d threads, %v %d×%d×%d, %+v", isa.Name, threads, trans, m, n, k,
			e.Tuning())
		a, b := operand[T](rng, m, k, trans == TN || trans == TT, false), operand[T](rng, k, n,
			trans == NT || trans == TT, false)
		c := New[T](m, n)
		epilogues := epiloguesOf[T](rng, m, n)
		epilogue := &epilogues[rng.IntN(len(epilogues))].epilogue
		for _, calls := range [][2]func(){
			{func() { e.MatMulAdd(c, a, b, trans) }, func() {
				p.MatMulAdd(c.Data(), a.Data(),
					b.Data())
			}},
			{func() { e.MatMulEpilogue(c, a, b, trans, epilogue) },
				func() { p.MatMulEpilogue(c.Data(), a.Data(), b.Data(), epilogue) }},
			{func() { e.MatMul(c, a, b, trans) }, func() {
				p.MatMul(c.Data(), a.Data(),
					b.Data())
			}},
		} {
			calls[0]()
			atOnce := w.counts()
			calls[1]()
			require.Equal(t, atOnce, w.counts(), name)
		}
		p.MatMul(c.Data(), a.Data(), b.Data())
		requireTrue(t, name, p.Explain(), w, map[string]bool{})
		ways[p.plans[useStore].way]++
	}
	for w := wayDots; w <= wayBlocks; w++ {
		require.Greater(t, ways[w], 10, "products of way %d", w)
	}
}

// randomTuning returns a tuning by which small products already take every way.
func randomTuning(rng *rand.Rand) Tuning {
	var t Tuning
	for _, field := range t.fields() {
		*field = rng.IntN(3) * (1 + rng.IntN(1<<rng.IntN(14))) // a third is derived
	}
	t.Caches = Caches{L1: rng.IntN(64 << 10), L2: rng.IntN(1 << 20), L3: rng.IntN(8 << 20)}
	if rng.IntN(2) == 0 {
		t.MCBytes, t.PackBytes, t.ThreadWork = 0, 0, 0
	}
	return t
}

// TestWorkBeyondInt plans a product whose multiply-adds exceed 2³¹, on which an int of 32 bits
// fails, and one whose exceed 2⁶³: they are for all threads.
func TestWorkBeyondInt(t *testing.T) {
	tuning := Tuning{MCBytes: math.MaxInt, PackBytes: math.MaxInt}
	e := NewEngine[float32](asm.Active(), 2, WithTuning(tuning))
	require.Equal(t, 2, e.Plan(1<<14, 1<<14, 1<<4, NN).Parts())
	require.False(t, e.rules.fits(1<<14, 1<<14, 1<<4))
	require.True(t, e.rules.fits(1<<7, 1<<7, 1<<4))
	require.Equal(t, int64(1<<32), work(1<<14, 1<<14, 1<<4))
	require.Equal(t, int64(math.MaxInt64), work(1<<30, 1<<30, 1<<30))
	require.Equal(t, int64(math.MaxInt64), work(1<<30, 1<<30, 8))
}

// TestFewRowsOfAStreamedMatrixAreWorkForThreads plans a product whose second matrix, beyond L2, takes
// longer to be read than to be multiplied by, and one whose does not.
func TestFewRowsOfAStreamedMatrixAreWorkForThreads(t *testing.T) {
	e := NewEngine[float32](asm.Active(), 2,
		WithTuning(Tuning{Caches: Caches{L1: 32 << 10, L2: 256 << 10}, ThreadWork: 1 << 20}))
	require.Equal(t, 2, e.Plan(1, 512, 512, NN).Parts())
	require.Equal(t, 1, e.Plan(1, 512, 511, NN).Parts(), "less than 2·ThreadWork")
	require.Equal(t, 2, e.Plan(8, 512, 512, NN).Parts())
	require.Contains(t, fmt.Sprint(e.Plan(1, 512, 512, NN).Explain()), "2097152 multiply-adds that B")
	near := NewEngine[float32](asm.Active(), 2,
		WithTuning(Tuning{Caches: Caches{L1: 32 << 10, L2: 8 << 20}, ThreadWork: 1 << 20}))
	require.Equal(t, 1, near.Plan(1, 512, 512, NN).Parts())
}

// TestTuning checks what is derived from cache sizes, what is given, and that no field is left out.
func TestTuning(t *testing.T) {
	avx2 := deriveTuning(Caches{L1: 32 << 10, L2: 512 << 10, L3: 32 << 20}, 16, 4)
	require.Equal(t, []int{4096, 256 << 10, 4 << 20, 384 << 10}, []int{avx2.KCBytes, avx2.MCBytes,
		avx2.NCBytes, avx2.PackBytes})
	require.Equal(t, 8192, deriveTuning(avx2.Caches, 8, 8).KCBytes, "as many steps of float64")
	require.Equal(t, 2048, deriveTuning(Caches{L1: 32 << 10, L2: 256 << 10}, 16, 4).KCBytes)
	avx512 := deriveTuning(Caches{L1: 48 << 10, L2: 2 << 20, L3: 2 << 20}, 16, 8)
	require.Equal(t, []int{4096, 1 << 20, 512 << 10, 1536 << 10}, []int{avx512.KCBytes,
		avx512.MCBytes, avx512.NCBytes, avx512.PackBytes})
	small := deriveTuning(Caches{L1: 16 << 10, L2: 0, L3: 0}, 16, 4)
	require.Equal(t, []int{1024, 32 << 10, 4 << 20, 48 << 10}, []int{small.KCBytes, small.MCBytes,
		small.NCBytes, small.PackBytes})
	require.Equal(t, Tuning{
		Caches: small.Caches, KCBytes: 1024, MCBytes: 32 << 10, NCBytes: 4 << 20, GroupBytes: 4 << 10,
		PackBytes: 48 << 10, PackRows: 12, StreamDepth: 32, NearDepth: 512, BandBytes: 256 << 10,
		AheadBytes: 8192, RowsAhead: 8, FetchL2Bytes: 2 << 20,
		PackDepth: 8, PackPanels: 8, LowTileBytes: 56,
		PackABytes: 128 << 10, PackTallBytes: 24 << 10,
		PageBytes: 4096, PageBlocks: 2, HalfPageBlocks: 5, SkinnyRows: 16, SkinnyDepth: 8,
		TransposeBytes: 64, TransposeStride: 2048, ThreadWork: 1 << 20, TrialWork: 1 << 18,
	}, small, "what the measurements of docs/tuning.md gave")

	require.Len(t, new(Tuning).fields(), reflect.TypeFor[Tuning]().NumField()-1,
		"all but the caches")
	isa := asm.Active()
	given := NewEngine[float32](isa, 2, WithTuning(Tuning{Caches: Caches{L2: 1 << 20}, PackRows: 7,
		PageBytes: 5000, AheadBytes: 1 << 30}))
	want := TuningFor[float32](isa, Caches{L2: 1 << 20})
	want.PackRows, want.PageBytes, want.AheadBytes = 7, 4096, 64<<10
	require.Equal(t, want, given.Tuning())
	require.Equal(t, want, given.Serial().Tuning())
	require.Equal(t, TuningFor[float64](isa, asm.CacheSizes()), Default[float64]().Tuning())
	require.NotEqual(t, TuningFor[float32](isa, Caches{L1: 32 << 10, L2: 256 << 10, L3: 0}), want)
}

// TestFewRowsOfAStayUnpacked decides about rows of A a page apart: as many as L1 has ways stay as
// they stand, more are packed unless wide tiles read a B that streams.
func TestFewRowsOfAStayUnpacked(t *testing.T) {
	for _, isa := range AvailableISAs() {
		r := NewEngine[float32](&isa, 1,
			WithTuning(TuningFor[float32](&isa, Caches{L1: 16 << 10, L2: 256 << 10}))).rules
		n := r.tuning.PackPanels * r.nr
		p := problem{n: n, k: 1 << 20 / 4, cRow: n, cCol: 1, aRow: 1 << 20, aCol: 1, bRow: n,
			bCol: 1}
		for m, packed := range map[int]bool{2: false, 4: false, 5: !r.wide, r.tuning.PackRows: true} {
			p.m = m
			p.prepacked = false
			require.Equal(t, packed, r.decide(p).packA, "%s, %d rows", isa.Name, m)
			p.prepacked = true
			require.Equal(t, m > 4, r.decide(p).packA, "%s, %d rows, B packed", isa.Name, m)
		}
	}
}
