package asm

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// arrangement says how the operands of a product stand in memory: plain or transposed or packed,
// with gaps between rows.
type arrangement struct {
	name       string
	packA      bool
	transposeA bool
	packB      bool
	packing    bool // the kernel may pack B as it goes
	ahead      int  // how far the kernel fetches B ahead
	far        bool // the kernel may fetch ahead
	gap        int  // elements between rows
}

var arrangements = []arrangement{
	{name: "plain"},
	{name: "gaps", gap: 3},
	{name: "transposedA", transposeA: true, gap: 1},
	{name: "packed", packA: true, packB: true},
	{name: "packedB", packB: true, gap: 2},
	{name: "packing", packing: true, gap: 1},
	{name: "packingTransposedA", packing: true, transposeA: true},
	{name: "ahead", packB: true, ahead: 2048},
	{name: "far", far: true, gap: 2},
	{name: "farPacked", far: true, packA: true, packB: true},
	{name: "farPacking", far: true, packing: true},
}

// TestGemm compares the products of every ISA with the chains that the contract states, for sizes
// around the register tiles in every layout, with guard elements around C. Of the combinations of
// sizes and layout it draws one in four, with -sweep it takes all.
func TestGemm(t *testing.T) {
	forEachISA(t, func(t *testing.T, isa *ISA) {
		t.Run("f32", func(t *testing.T) { testGemm[float32](t, isa) })
		t.Run("f64", func(t *testing.T) { testGemm[float64](t, isa) })
	})
}

// forEachISA runs f as a subtest for each available ISA.
func forEachISA(t *testing.T, f func(t *testing.T, isa *ISA)) {
	for i := range Available() {
		isa := &Available()[i]
		t.Run(isa.Name, func(t *testing.T) { f(t, isa) })
	}
}

func testGemm[T Float](t *testing.T, isa *ISA) {
	kernels := For[T](isa)
	g := &kernels.Gemm
	r := rounding(isa.Name != "generic")
	rng := rand.New(rand.NewPCG(1, 2))
	checkGemm(t, noted(kernels), r, rng, arrangements[0], 2, 2, 2, 2, false)
	for _, l := range arrangements {
		for _, m := range distinct(1, 2, 3, 5, g.MR-1, g.MR, g.MR+1, 2*g.MR+3, 2*g.MR+4) {
			for _, n := range edges(g.NR, testing.Short()) {
				for _, k := range []int{1, 2, 3, 4, 5, 8, 11, 17} {
					if !drawn(rng, 4) {
						continue
					}
					checkGemm(t, kernels, r, rng, l, m, n, k, min(m, g.MR), (m+n+k)%2 == 0)
					checkGemm(t, kernels, r, rng, l, m, n, k, 1+rng.IntN(g.MR), (m+n+k)%2 == 1)
				}
			}
		}
	}
}

// drawn reports whether a test takes a combination of which it draws one in so many: all with
// -sweep.
func drawn(rng *rand.Rand, oneIn int) bool { return *sweep || rng.IntN(oneIn) == 0 }

// TestSkinny is TestGemm around the blocks of [Gemm.Skinny], where an ISA has it.
func TestSkinny(t *testing.T) {
	forEachISA(t, func(t *testing.T, isa *ISA) {
		testSkinny(t, &isa.F32, rounding(isa.Name != "generic"))
		testSkinny(t, &isa.F64, rounding(isa.Name != "generic"))
	})
}

func testSkinny[T Float](t *testing.T, kernels *Kernels[T], r rounding) {
	if kernels.Gemm.Skinny == nil {
		return
	}
	rng := rand.New(rand.NewPCG(13, 14))
	for _, l := range arrangements[:3] {
		for _, m := range []int{15, 16, 17, 20, 31, 32, 33, 47, 48, 63, 64, 80} {
			for n := 2; n <= kernels.Gemm.SkinnyMax; n++ {
				for _, k := range []int{1, 2, 7, 8, 9, 15, 16, 19} {
					for _, accumulate := range []bool{false, true} {
						checkGemm(t, kernels, r, rng, l, m, n, k, 1+rng.IntN(kernels.Gemm.MR), accumulate)
					}
				}
			}
		}
	}
}

// TestFew is TestGemm around the tiles of [Gemm.Few], where an ISA has it.
func TestFew(t *testing.T) {
	forEachISA(t, func(t *testing.T, isa *ISA) {
		testFew(t, &isa.F32, rounding(isa.Name != "generic"))
		testFew(t, &isa.F64, rounding(isa.Name != "generic"))
	})
}

func testFew[T Float](t *testing.T, kernels *Kernels[T], r rounding) {
	g := &kernels.Gemm
	rng := rand.New(rand.NewPCG(15, 16))
	for _, l := range arrangements[:3] {
		for m := 2; m <= g.FewMax; m++ {
			for _, panels := range []int{1, 2, 4, 6, 8} {
				for _, n := range []int{panels*g.NR - 1, panels * g.NR, panels*g.NR + 5} {
					for _, k := range []int{1, 2, 9} {
						for _, accumulate := range []bool{false, true} {
							checkGemm(t, kernels, r, rng, l, m, n, k, min(m, g.MR), accumulate)
						}
					}
				}
			}
		}
	}
}

// TestWide is TestGemm for [Gemm.Wide], where an ISA has it: in every height and width of its
// tiles, odd and even depths, with B fetched ahead and not.
func TestWide(t *testing.T) {
	forEachISA(t, func(t *testing.T, isa *ISA) {
		testWide(t, &isa.F32, rounding(isa.Name != "generic"))
		testWide(t, &isa.F64, rounding(isa.Name != "generic"))
	})
}

func testWide[T Float](t *testing.T, kernels *Kernels[T], r rounding) {
	g := &kernels.Gemm
	if g.Wide == nil {
		return
	}
	rng := rand.New(rand.NewPCG(15, 16))
	checkGemm(t, noted(kernels), r, rng, arrangements[0], 2, g.NR+1, 2, 2, false)
	register := g.NR / 2
	for _, l := range arrangements[:3] {
		for m := 1; m <= 29; m++ {
			for registers := 3; registers <= 11; registers++ {
				k := []int{1, 2, 3, 4, 7, 10}[rng.IntN(6)]
				n := registers*register - rng.IntN(register)
				for _, accumulate := range []bool{false, true} {
					checkGemm(t, kernels, r, rng, l, m, n, k, min(m, g.MR), accumulate)
				}
			}
		}
	}
}

// edges returns the widths to test: all up to a panel and those around two of them, or in a short
// run those around the registers' ends.
func edges(nr int, short bool) []int {
	if short || nr > 32 {
		return distinct(1, 3, nr/4+1, nr/2-1, nr/2, nr/2+1, nr-1, nr, nr+1, 2*nr+nr/2+1)
	}
	widths := []int{2*nr - 1, 2 * nr, 2*nr + 3}
	for n := 1; n <= nr+2; n++ {
		widths = append(widths, n)
	}
	return widths
}

// distinct returns the numbers in ascending order, each once.
func distinct(numbers ...int) []int {
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// checkGemm multiplies random operands and compares each element with its chain.
func checkGemm[T Float](
	t *testing.T, kernels *Kernels[T], r rounding, rng *rand.Rand,
	l arrangement, m, n, k, mr int, accumulate bool,
) {
	t.Helper()
	g := &kernels.Gemm
	epilogue := randomEpilogue[T](rng, n, (m-1)*(n+l.gap)+n)
	a, b := randomMatrix[T](rng, m*k), randomMatrix[T](rng, k*n)
	ldc := n + l.gap
	const guard = 40
	buf := randomMatrix[T](rng, guard+m*ldc+guard)
	before := append([]T(nil), buf...)
	c := buf[guard : len(buf)-guard]
	want := append([]T(nil), buf...)
	inPlace := epilogue != nil && epilogue.Activation == AxpyEpilogue && rng.IntN(2) == 0
	if inPlace {
		epilogue.Mask = before[guard:]
	}
	for i := range m {
		for j := range n {
			var chain T
			at := guard + i*ldc + j
			if accumulate {
				chain = before[at]
			}
			for p := range k {
				chain = fma(r, a[i*k+p], b[p*n+j], chain)
			}
			want[at] = epilogue.element(r, j, i*ldc+j, chain)
		}
	}
	if inPlace {
		epilogue.Mask = c
	}

	layout := Layout{M: m, N: n, K: k, LDC: ldc, MR: mr, Ahead: l.ahead, Far: l.far}
	as, bs := layA(g, l, a, &layout), layB(g, l, b, &layout)
	var packed *T
	if l.packing {
		packed = &make([]T, k*g.NR)[0]
	}
	check := func(name string, multiply Multiply[T]) {
		copy(buf, before)
		multiply(&c[0], &as[0], &bs[0], packed, &layout, accumulate, epilogue)
		for i := range buf {
			if buf[i] != want[i] {
				t.Fatalf("%s %s %d×%d×%d mr=%d accumulate=%v epilogue=%v: "+
					"element %d of C (stride %d) is %v, want %v",
					name, l.name, m, n, k, mr, accumulate, epilogue, i-guard, ldc, buf[i], want[i])
			}
		}
	}
	check("Mul", g.Mul)
	masked := epilogue != nil && epilogue.Activation > LeakyReluActivation
	if g.Skinny != nil && 2 <= n && n <= g.SkinnyMax && !l.packA && !l.packB && !masked {
		check("Skinny", g.Skinny)
	}
	if g.Few != nil && 2 <= m && m <= g.FewMax && !l.packA && !l.packB && !masked {
		check("Few", g.Few)
	}
	if g.Wide != nil && n > g.NR && !l.packA && !l.packB {
		layout.Ahead = k % 3 * layout.BRow
		check("Wide", g.Wide)
	}
}

// randomEpilogue returns none in half of all cases, else one with or without a bias and with one of
// the activations that all kernels take; or, with masks for so many elements, if there are any, some
// of them zero, negative zero and NaN, one of the others.
func randomEpilogue[T Float](rng *rand.Rand, n, masks int) *Epilogue[T] {
	if rng.IntN(2) == 0 {
		return nil
	}
	e := &Epilogue[T]{Bias: randomMatrix[T](rng, n), Slope: T(rng.NormFloat64()),
		Activation: Activation(rng.IntN(3))}
	if masks > 0 && rng.IntN(2) == 0 {
		switch rng.IntN(3) {
		case 0:
			e.Activation, e.Mask = ReluBackward, randomMasks[T](rng, masks)
		case 1:
			e.Activation, e.Mask = AxpyEpilogue, randomMatrix[T](rng, masks)
		default:
			e.clampTo(rng)
		}
		if rng.IntN(2) == 0 {
			e.Bias = nil
		}
	}
	return e
}

// clampTo lets the epilogue clamp to bounds of which the lower one is a zero half of the time.
func (e *Epilogue[T]) clampTo(rng *rand.Rand) {
	e.Activation, e.Low = ClampActivation, T(rng.IntN(2))*T(rng.NormFloat64())
	e.High = max(e.Low+1, 0)
}

// randomMasks returns n numbers of either sign, zeros of either sign and NaN.
func randomMasks[T Float](rng *rand.Rand, n int) []T {
	masks := randomMatrix[T](rng, n)
	special := []T{0, T(math.Copysign(0, -1)), T(math.NaN())}
	for i := range masks {
		if kind := rng.IntN(12); kind < len(special) {
			masks[i] = special[kind]
		}
	}
	return masks
}

// element passes the element of C in column j and at this distance from the first through the
// epilogue.
func (e *Epilogue[T]) element(r rounding, j, distance int, c T) T {
	if e == nil {
		return c
	}
	z := c
	if e.Bias != nil {
		z += e.Bias[j]
	}
	switch {
	case e.Activation == ClampActivation:
		return min(max(z, e.Low), e.High)
	case e.Activation == AxpyEpilogue:
		return fma(r, e.Slope, z, e.Mask[distance])
	case e.Activation == ReluBackward && e.Mask[distance] <= 0,
		e.Activation == ReluActivation && z < 0:
		return 0
	case e.Activation == LeakyReluActivation && z < 0:
		return e.Slope * z
	}
	return z
}

// layA lays out A and sets its strides. Slices end with the last element that the kernel may read.
func layA[T Float](g *Gemm[T], l arrangement, a []T, to *Layout) (data []T) {
	m, k, mr := to.M, to.K, to.MR
	switch {
	case l.packA:
		data = make([]T, (m+mr-1)/mr*mr*k)
		for i := 0; i < m; i += mr {
			g.Pack(data[i*k:], mr, a[i*k:], k, 1, min(mr, m-i), k)
		}
		to.APanel, to.ARow, to.ACol = mr*k, 1, mr
		return data
	case l.transposeA:
		lda := m + l.gap
		data = make([]T, (k-1)*lda+m)
		for i := range m {
			for p := range k {
				data[p*lda+i] = a[i*k+p]
			}
		}
		to.APanel, to.ARow, to.ACol = mr, 1, lda
		return data
	}
	lda := k + l.gap
	data = make([]T, (m-1)*lda+k)
	for i := range m {
		copy(data[i*lda:], a[i*k:][:k])
	}
	to.APanel, to.ARow, to.ACol = mr*lda, lda, 1
	return data
}

// layB lays out B and sets its strides.
func layB[T Float](g *Gemm[T], l arrangement, b []T, to *Layout) (data []T) {
	n, k := to.N, to.K
	if l.packB {
		data = make([]T, (n+g.NR-1)/g.NR*g.NR*k)
		for j := 0; j < n; j += g.NR {
			g.Pack(data[j*k:], g.NR, b[j:], 1, n, min(g.NR, n-j), k)
		}
		to.BPanel, to.BRow = g.NR*k, g.NR
		return data
	}
	ldb := n + l.gap
	data = make([]T, (k-1)*ldb+n)
	for p := range k {
		copy(data[p*ldb:], b[p*n:][:n])
	}
	to.BPanel, to.BRow = g.NR, ldb
	return data
}

// TestRow compares a row times a matrix with the same row of a product, for every width around the
// kernels' blocks.
func TestRow(t *testing.T) {
	forEachISA(t, func(t *testing.T, isa *ISA) {
		testRow(t, &noted(&isa.F32).Gemm, rounding(isa.Name != "generic"))
		testRow(t, &noted(&isa.F64).Gemm, rounding(isa.Name != "generic"))
	})
}

func testRow[T Float](t *testing.T, g *Gemm[T], r rounding) {
	rng := rand.New(rand.NewPCG(5, 6))
	for n := 1; n <= 260; n += 1 + n/20 {
		for _, k := range []int{1, 2, 7, 9, 24} {
			for _, accumulate := range []bool{false, true} {
				aCol, bRow := 1+n%3, n+n%2
				a, b := randomMatrix[T](rng, (k-1)*aCol+1), randomMatrix[T](rng, (k-1)*bRow+n)
				before := randomMatrix[T](rng, n+9)
				want := append([]T(nil), before...)
				epilogue := randomEpilogue[T](rng, n, 0)
				for j := range n {
					if !accumulate {
						want[j] = 0
					}
					for p := range k {
						want[j] = fma(r, a[p*aCol], b[p*bRow+j], want[j])
					}
					want[j] = epilogue.element(r, j, j, want[j])
				}
				layout := Layout{M: 1, N: n, K: k, LDC: n, MR: 1,
					APanel: k * aCol, ARow: k * aCol, ACol: aCol, BPanel: g.NR, BRow: bRow,
					Ahead: n % 3 * 8 * bRow, Far: n%4 == 0}
				if g.BandsOfRows > 1 {
					testRowsByBands(t, g, rng, layout, accumulate, epilogue)
				}
				for name, row := range map[string]Multiply[T]{"Row": g.Row, "RowBands": g.RowBands} {
					got := append([]T(nil), before...)
					row(&got[0], &a[0], &b[0], nil, &layout, accumulate, epilogue)
					require.Equal(t, want, got, "%s, n %d, k %d, accumulate %v", name, n, k, accumulate)
				}
			}
		}
	}
}

// testRowsByBands compares several rows of A by bands with as many single ones, also where B has more
// columns than a part of a band.
func testRowsByBands[T Float](t *testing.T, g *Gemm[T], rng *rand.Rand, l Layout, accumulate bool,
	epilogue *Epilogue[T]) {
	if l.N%7 == 0 {
		l.N += 2048 / int(unsafe.Sizeof(T(0)))
		epilogue = nil
	}
	l.M, l.BRow, l.LDC, l.ARow = 2+l.N%11, l.BRow+l.N, l.N+2, l.K*l.ACol+3
	a := randomMatrix[T](rng, l.M*l.ARow)
	b, before := randomMatrix[T](rng, l.K*l.BRow), randomMatrix[T](rng, l.M*l.LDC+9)
	got, want := append([]T(nil), before...), append([]T(nil), before...)
	single := l
	single.M = 1
	for i := range l.M {
		g.Row(&want[i*l.LDC], &a[i*l.ARow], &b[0], nil, &single, accumulate, epilogue)
	}
	g.RowBands(&got[0], &a[0], &b[0], nil, &l, accumulate, epilogue)
	require.Equal(t, want, got, "%d rows, n %d, k %d, accumulate %v", l.M, l.N, l.K, accumulate)
}

// TestPack compares the packing of every ISA with its definition, for both orders of the source.
func TestPack(t *testing.T) {
	forEachISA(t, func(t *testing.T, isa *ISA) {
		testPack(t, &noted(&isa.F32).Gemm)
		testPack(t, &noted(&isa.F64).Gemm)
	})
}

func testPack[T Float](t *testing.T, g *Gemm[T]) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, width := range []int{1, 3, g.MR, g.NR} {
		for _, lanes := range []int{1, 2, 3, width - 1, width} {
			for k := 1; k <= 35; k++ {
				strides := [][2]int{{1, lanes}, {1, lanes + 3}, {k, 1}, {k + 2, 1}, {2, 2*lanes + 1}}
				for _, stride := range strides {
					if lanes < 1 || lanes > width {
						continue
					}
					lane, step := stride[0], stride[1]
					src := randomMatrix[T](rng, (lanes-1)*lane+(k-1)*step+1)
					dst := randomMatrix[T](rng, k*width)
					want := append([]T(nil), dst...)
					for p := range k {
						for l := range lanes {
							want[p*width+l] = src[l*lane+p*step]
						}
					}
					g.Pack(dst, width, src, lane, step, lanes, k)
					require.Equal(t, want, dst, "width %d, lanes %d, k %d, strides %v", width, lanes, k, stride)
				}
			}
		}
	}
}

// randomMatrix returns n numbers of mixed signs and magnitudes, so that the order and the rounding
// of a chain show in its last bits.
func randomMatrix[T Float](rng *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(rng.NormFloat64())
	}
	return x
}
