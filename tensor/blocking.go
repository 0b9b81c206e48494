package tensor

import (
	"unsafe"

	"simdnn/tensor/asm"
)

// This file holds the sizes and thresholds of matrix products: how large products are cut so that each piece stays in the cache that
// it is read from (Goto and van de Geijn 2008), when operands are packed, and when threads help.
//
// The measurements were made on virtual AMD EPYCs of the generations Zen 5 and Zen 4, with AVX-512 and 1 MiB of second-level cache, and
// Zen 3, with AVX2 and 512 KiB; float32 and one thread, unless it says otherwise. This repeats them, after a change of the
// constant:
//
//	go run ./cmd/nnbench kernels --op gemm --dtype f32 --trans NN --shape 512x512x512,… --threads 1
const (
	// kcBytes is the depth of a block in bytes of one lane: 512 float32 or 256 float64. A deeper block resumes its chains from C
	// less often, which costs two passes over the tile; a panel of B this deep just fills a first-level cache of 32 KiB in AVX2, and a panel
	// of A streams past it.
	//
	// Zen 3, speed relative to OpenBLAS in the same sitting, at 1024, 1536, 2048 and 3072 bytes: float32 512³ 1.01, 1.07, 1.07,
	// 1.05; 1024³ 0.90, 0.97, 0.98, 0.99; float64 512³ 0.92, 0.99, 1.03, 1.02; 1024³ 0.80, 0.90, 0.98, 0.91.
	kcBytes = 2048
	// deepBytes is the width of a panel of B from which on blocks are twice as deep: AVX-512's tile has time to read B from the
	// second-level cache. Zen 5, GFLOP/s at 2048, 2752, 4096 and 8192 bytes: float32 1024³ 247, 246, 252, 254; 2048³ 230, 236, 240, 224;
	// float64 1024³ 114, 111, 117, 119; but AVX2 at 2048 and 4096: 1024³ 133 and 130, 2000³ 136 and 130.
	deepBytes = 128
	// ncBytes is the size of a packed block of B: a share of the third-level cache. Zen 3: 1, 4 and 16 MiB give 2048³ in 196, 198 and
	// 190 ms.
	ncBytes = 4 << 20

	// packRows is the smallest number of rows of A for which packing a plain B pays: each packed element is read once a row block. Zen 3,
	// with 8, 32 and 128: 16×512×512 takes 137, 121 and 123 µs, 64×512×512 423, 433 and 443 µs, 100×1024×256 597, 667 and 899 µs.
	//
	// The kernel packs it as it goes, for free, as long as all rows of A are in one block. For more blocks it does so again for each, and it is
	// better to pack a block of B beforehand. Zen 3, GFLOP/s of both: 1024³ 65 and 76, 700³ 62 and 72, 256×1000×1000 66 and 72; but
	// 128×512×784 84 and 82. Zen 4 with AVX-512: 1024³ 105 and 109, 700³ 106 and 110, 2048³ 107 and 110, 256×1024×1024 109 and 110.
	packRows = 32
	// packDepth is the number of contiguous rows that are copied into panels together: a panel by itself would walk down the rows, from page to
	// page. Zen 3, GFLOP/s panel by panel and so: 256×1024×1024 62 and 74, Aᵀ 512³ 76 and 81, 1024³ 70 and 80.
	packDepth = 16
	// packPanels is the smallest number of column panels for which packing A pays, where it pays at all: each packed element is read once
	// a panel.
	packPanels = 8
	// packTall is the height of the register tile, in bytes of A, from which on a transposed A needs no packing: most of each cache line is
	// used at once, which else would be fetched again for the next tile. Zen 5 with 56 bytes, GFLOP/s where it stands and packed: Aᵀ 512×784×128 269
	// and 252, 2048×2048×256 263 and 258. Zen 3 with 24 bytes: 1024×1024×256 34 and 76, 1000×1000×256 61 and 81, 512³ 60 and 80,
	// 784×512×128 80 and 88, 512×256×128 78 and 85; with 48 bytes, float64, 1024×1024×256 16 and 34, 1000×1000×256 31 and 38, 512×256×128 19 and 41.
	packTall = 56
	// tallBytes is the size of a transposed A from which on a tile lower than that has it packed even where one kernel call would do, if there are
	// twice packPanels panels. Zen 4 with 24 bytes, where it stands and packed: 784×512×128 98 and 106, 512×784×128 108 and 113, 256×512×128
	// 104 and 107, 1000×256×100 103 and 108; but 256×256×64 108 and 108, 784×128×64 111 and 104.
	tallBytes = 128 << 10
	// pageBytes is the distance of rows of A at which they fall into the same set of the first-level cache, and are packed for that
	// reason alone. Zen 5, GFLOP/s with A where it stands and packed: 126×512 by 1024 deep 255 and 266; with rows of 784 or 2000
	// elements 267 and 269, 263 and 259 of 784³.
	pageBytes = 4096
	// pageBlocks and halfPageBlocks are the row blocks beyond which a plain B is packed, whatever its size, if its rows lie a multiple of
	// pageBytes or of half of that apart: so do those of C then, and a panel and a tile are more lines than the few sets hold that they fall into.
	// Layers of 512 and 1024 neurons have such weights. Zen 4, GFLOP/s as it stands and packed: AVX2 float32 128×1024×100 71 and 110, 64×1024×8 29
	// and 73, 16×1024×100 61 and 83, 64×512×128 111 and 114, Aᵀ 784×512×128 105 and 113, but 24×512×128 112 and 110; float64 64×512×128 27 and 53,
	// 16×512×64 27 and 40; AVX-512 float32 128×1024×100 111 and 114, Aᵀ 784×512×128 114 and 116, but 64×512×128 115 and 114, 24×512×128 116 and
	// 110; float64 32×512×64 53 and 55, but 24×512×128 57 and 54.
	pageBlocks     = 2
	halfPageBlocks = 5

	// narrowRows and narrowDepth are the least rows and depth from which on the kernel for few columns pays, which takes 16 by 8 elements of A
	// at a time. Zen 5, GFLOP/s of the tile and of that kernel: 32×3×64 42 and 99, 64×10×128 150 and 206, 128×10×256 148 and 210.
	//
	// A transposed A is in order as it stands, and what costs is to store C: the kernel pays where the depth is at least half the columns. ns:
	// 64×3×2 30 and 17, 64×6×4 46 and 33, 64×10×6 67 and 59, 64×12×6 62 and 59, 64×3×32 297 and 69, 128×10×64 1130 and 658, 256×10×128
	// 4670 and 2510; but 64×10×1 28 and 38, 64×10×2 31 and 37, 64×12×4 45 and 49.
	narrowRows  = 16
	narrowDepth = 8

	// turnedDepth is the largest depth, in bytes of a lane, for which a transposed B is transposed in one go: to pack it would take about as long
	// as to multiply. turnedStride is the distance whose multiples the rows of B and C must not lie apart then, or those that a tile takes
	// together would share a few sets of the first-level cache. Zen 3, ns packed and transposed: float32 32×64×10 988 and 748, 64×128×10 2955 and
	// 2638, 32×64×16 1189 and 1016, 100×400×10 14,200 and 13,000, 64×2000×10 46,200 and 44,100; but 128×512×16 31,200 and 37,000, 128×1024×10
	// 50,500 and 84,500; float64 64×128×8 4390 and 4100, 128×250×8 19,100 and 17,600, but 128×256×8 16,700 and 24,600.
	turnedDepth  = 64
	turnedStride = 2048

	// threadFlops is the smallest number of multiply-adds a thread for which engaging another one pays: not in a product by itself, which
	// gains from 96³ on, but in a training, where the caller then fetches half of the results from the other processor's cache. Zen 5,
	// training steps with one thread, and with two from 2¹⁷, 2²⁰ and 3·2²⁰ on, in µs: 64-128-10 12.4, 24.5, 12.7 and 12.5; 128-128-10 of
	// 128 rows 37.6, –, 29.6 and 37.6; 256-256-10 of 64 rows 70, 93, 54 and 70; 1024-1024-1024-10 11,600, 6,820, 7,100 and 7,120.
	// Where the processors share no cache more of it does not pay: package nn measures its steps, and goes without threads then.
	threadFlops = 1 << 20
)

var (
	// mcBytes is the size of a block of A: half of the second-level cache. Zen 5, GFLOP/s at three eighths, a half and three quarters: 1024³
	// 255, 255 and 254, 2048³ 244, 250 and 243; Zen 3 shows no difference beyond the noise.
	mcBytes = asm.L2Cache / 2
	// packBytes is the size of a plain B from which on it is packed: beyond three quarters of the second-level cache its rows no longer
	// stay there while the rows of A pass. Zen 5, GFLOP/s of 128×256×512, half of that cache, packed and where it stands: 262 and 281; of
	// 128×512×784, one and a half of it, 266 and 257.
	packBytes = asm.L2Cache / 4 * 3
)

// blocking is the plan of one product: how it is cut, and what is packed.
type blocking struct {
	mr         int // height of a row block
	mc, kc, nc int // size of a block: rows, depth, columns
	packA      bool
	packB      packing
	parts      int  // number of parts for threads
	byRows     bool // the parts are ranges of rows, not of columns
}

// packing says how the kernels read B.
type packing uint8

const (
	plain      packing = iota // where it stands
	byPanel                   // in panels that the kernel packs as it goes
	whole                     // in a block of panels, packed before the kernel runs
	beforehand                // in the panels of a [Packed], see [Packed.matrix]
)

// isDirect tells whether a product is best done by one kernel call over its plain operands.
func (e *Engine[T]) isDirect(f *factors[T]) bool {
	m, n, k := f.c.rows, f.c.cols, f.a.cols
	return f.b.cs == 1 && e.isOneCall(m, n, k) && !e.isAliased(m, n, f.b.rs) && (f.a.cs == 1 || !e.isTall(m, n, k))
}

// isAliased tells whether a plain B of n columns, whose rows lie this number of elements apart, is to be packed for m rows of A because its
// rows fall into few sets of the first-level cache.
func (e *Engine[T]) isAliased(m, n, apart int) bool {
	bytes := apart * elementBytes[T]()
	if bytes%(pageBytes/2) != 0 {
		return false
	}
	blocks := halfPageBlocks
	if onOnePage[T](apart) {
		blocks = pageBlocks
	}
	return m > blocks*e.k.Gemm.MR && n > e.k.Gemm.NR
}

// isTall tells whether a transposed A of m×k elements is to be packed for a B of n columns though it need not be.
func (e *Engine[T]) isTall(m, n, k int) bool {
	g := &e.k.Gemm
	return isLow[T](g.MR) && n >= 2*packPanels*g.NR && m*k*elementBytes[T]() >= tallBytes
}

// isOneCall tells whether a product of this size is best done by one kernel call: if it fits, see below. All in one expression it takes
// half a nanosecond less, of sixteen that a small product takes.
func (e *Engine[T]) isOneCall(m, n, k int) bool {
	elem := elementBytes[T]()
	return k*n < packBytes/elem && m*k < mcBytes/elem && (e.threads == 1 || m*n*k < 2*threadFlops)
}

// fitsB tells whether a plain B of k×n elements stays in the second-level cache.
func fitsB[T Float](k, n int) bool { return k*n < packBytes/elementBytes[T]() }

// fitsA tells whether an A of m×k elements is no larger than a block of it.
func fitsA[T Float](m, k int) bool { return m*k < mcBytes/elementBytes[T]() }

// fitsThread tells whether a product is too little work for a second thread.
func fitsThread(m, n, k int) bool { return m*n*k < 2*threadFlops }

// isDeep tells whether blocks are twice as deep for a panel of B of nr elements.
func isDeep[T Float](nr int) bool { return nr*elementBytes[T]() >= deepBytes }

// onOnePage tells whether rows of A that lie this number of elements apart fall into the same set of the first-level cache.
func onOnePage[T Float](apart int) bool { return apart*elementBytes[T]()%pageBytes == 0 }

// fitsTurned tells whether a transposed B of k×n elements is transposed in one go.
func fitsTurned[T Float](k, n int) bool {
	return k*elementBytes[T]() <= turnedDepth && n*elementBytes[T]()%turnedStride != 0
}

// isLow tells whether a transposed A is to be packed for a register tile of this height.
func isLow[T Float](mr int) bool { return mr*elementBytes[T]() < packTall }

// isNarrow tells whether the kernel for few columns is the best for plain operands.
func (e *Engine[T]) isNarrow(l *asm.Layout) bool {
	return l.N <= e.k.Gemm.NarrowMax && l.M >= narrowRows && (l.ARow == 1 && l.N <= 2*l.K || l.ACol == 1 && l.K >= narrowDepth)
}

// plan chooses the blocking of a product that is not direct, from its shape and strides alone.
func (e *Engine[T]) plan(f *factors[T]) blocking {
	m, n, k := f.c.rows, f.c.cols, f.a.cols
	tile := &e.k.Gemm
	b := blocking{mr: e.blockHeight(m), mc: m, kc: k, nc: n, parts: 1}
	if e.threads > 1 {
		e.split(&b, m, n, k)
	}
	large := !fitsB[T](k, n) || !fitsA[T](m, k)
	if large {
		e.cut(&b, m, k)
	}
	pays := !fitsB[T](k, n) && m >= packRows || e.isAliased(m, n, f.b.rs)
	switch {
	case f.b.cs != 1 || pays && b.rowsOfPart(m) > b.mc:
		b.packB = whole
	case pays:
		b.packB = byPanel
	}
	if large && b.packB == whole {
		b.nc = roundUp(min(n, max(ncBytes/(b.kc*elementBytes[T]()), tile.NR)), tile.NR)
	}
	b.packA = n >= packPanels*tile.NR && (large && f.a.cs == 1 && onOnePage[T](f.a.rs) || f.a.cs != 1 && isLow[T](tile.MR))
	return b
}

// cut sets the depth of the blocks and the rows of a block of A.
func (e *Engine[T]) cut(b *blocking, m, k int) {
	depth := kcBytes / elementBytes[T]()
	if isDeep[T](e.k.Gemm.NR) {
		depth *= 2
	}
	b.kc = balanced(k, depth)
	b.mc = roundUp(min(m, max(mcBytes/(b.kc*elementBytes[T]()), b.mr)), b.mr)
}

// rowsOfPart returns the largest number of rows of a thread's part of m rows.
func (b *blocking) rowsOfPart(m int) int {
	if !b.byRows {
		return m
	}
	return roundUp((m+b.parts-1)/b.parts, b.mr)
}

// split cuts the larger side of the product into parts for the threads, as many as have enough work each.
func (e *Engine[T]) split(b *blocking, m, n, k int) {
	b.byRows = m >= n
	units := (n + e.k.Gemm.NR - 1) / e.k.Gemm.NR
	if b.byRows {
		units = (m + b.mr - 1) / b.mr
	}
	b.parts = max(1, min(e.threads, units, m*n*k/threadFlops))
}

// blockHeight returns the height of the row blocks that m rows are cut into.
func (e *Engine[T]) blockHeight(m int) int {
	if m < len(e.heights) {
		return int(e.heights[m])
	}
	return balanced(m, e.k.Gemm.MR)
}

// elementBytes returns the size of an element.
func elementBytes[T Float]() int { return int(unsafe.Sizeof(T(0))) }

// balanced returns the size of the equal pieces, at most limit each, that n is cut into: 32 rows in blocks of at most 14 are 11+11+10,
// not 14+14+4.
func balanced(n, limit int) int {
	pieces := (n + limit - 1) / limit
	return (n + pieces - 1) / pieces
}

// roundUp returns the smallest multiple of unit that is at least n.
func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }
