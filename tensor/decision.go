package tensor

import (
	"math"
	"unsafe"

	"simdnn/tensor/asm"
)

// problem is a product C = A·B as far as decisions about it go: its sizes, the strides of its
// matrices in elements, with transposes carried out, and what becomes of it.
type problem struct {
	m, n, k    int
	cRow, cCol int
	aRow, aCol int
	bRow, bCol int
	use        use
	prepacked  bool // B stands in the panels of a [Packed], see [Packed.matrix]
}

// use says what becomes of a product.
type use uint8

const (
	useStore       use = iota
	useAdd             // it is added to C
	useEpilogue        // it passes through an epilogue that all kernels take
	useMulEpilogue     // or one that [asm.Gemm.Mul] alone takes
	uses           = 4 // their number
)

// way says how a product is computed.
type way uint8

const (
	wayNothing         way = iota // C has no elements
	wayNoDepth                    // there is nothing to multiply
	wayDots                       // C has one column: a dot for each row of A
	wayOneCall                    // by one kernel call over the operands as they stand
	wayTransposeB                 // by one kernel call after B was transposed in one go
	wayTransposeResult            // by one kernel call as Cᵀ = Bᵀ·A, transposed afterwards
	wayBlocks                     // block by block
)

// kernel names a kernel of [asm.Gemm].
type kernel uint8

const (
	kernelMul kernel = iota
	kernelRow
	kernelRowBands
	kernelFew
	kernelSkinny
	kernelWide
)

// decision is the answer to a problem.
type decision struct {
	way      way
	unpacked bool // of dots: all vectors are contiguous, and nothing is added
	// C has no contiguous rows, and the rest of the decision is about
	mirrored bool // Cᵀ = Bᵀ·Aᵀ, which has and whose chains are the same
	viaCopy  bool // a copy of C that has

	kernel kernel
	layout asm.Layout // of the one kernel call
	blocking
}

// rules are what decisions hang on besides the problem: an engine's tuning, threads and register
// tile.
type rules struct {
	tuning    Tuning
	threads   int
	mr, nr    int  // the register tile
	skinnyMax int  // columns that the kernel for few takes; 0 if there is none
	fewMax    int  // rows that the kernel for few takes; 0 if there is none
	wide      bool // there is a kernel of wide tiles
	rowBands  int  // rows of A that the kernel for bands of B takes
	elem      int  // bytes of an element

	// The limits of one kernel call: elements of A and of B, and multiply-adds; and elements of a C
	// that is surely written by one.
	limitA, limitB int
	limitC         int
	limitWork      int64

	// What only trials set.
	splitOther bool // threads share the other side of C than the rule says
	bandRows   int  // rows of a band of a streamed B, if not 0
	nearBands  bool // a B that is near meets few rows in bands, too
	farBands   bool // the register tile reads bands by a packed A, and fetches ahead

	halfPage int        // mask of the multiples of half of PageBytes, in elements
	heights  [129]uint8 // of the row blocks by number of rows: spares two divisions
}

// newRules returns the rules of an engine with these kernels.
func newRules[T Float](g *asm.Gemm[T], t Tuning, threads int) rules {
	elem := elementBytes[T]()
	r := rules{
		tuning: t.complete(g.NR, elem), threads: threads, mr: g.MR, nr: g.NR,
		skinnyMax: g.SkinnyMax, fewMax: g.FewMax, wide: g.Wide != nil,
		rowBands: g.BandsOfRows, elem: elem,
	}
	r.setLimits()
	for m := 1; m < len(r.heights); m++ {
		r.heights[m] = uint8(balanced(m, g.MR))
	}
	return r
}

// setLimits sets what follows from the tuning and the threads.
func (r *rules) setLimits() {
	r.limitA, r.limitB = r.tuning.MCBytes/r.elem, r.tuning.PackBytes/r.elem
	r.limitC = r.tuning.Caches.L2 / 2 / r.elem
	r.limitWork = math.MaxInt64
	if r.threads > 1 && int64(r.tuning.ThreadWork) <= math.MaxInt64/2 {
		r.limitWork = 2 * int64(r.tuning.ThreadWork)
	}
	r.halfPage = max(r.tuning.PageBytes/2/r.elem, 1) - 1
}

// decide says which way a product takes. It is the only place that does: products at once and
// planned ones carry out its answer, and explanations print it. [Engine.fastPath] asks its first
// questions, [rules.fits] and [rules.isOneCall], without the rest.
func (r *rules) decide(p problem) decision {
	switch {
	case p.m == 0 || p.n == 0:
		return decision{way: wayNothing}
	case p.k == 0:
		return decision{way: wayNoDepth}
	case p.n == 1:
		return decision{way: wayDots, unpacked: p.aCol == 1 && p.bRow == 1 && p.cRow == 1 &&
			p.use != useAdd}
	case p.cCol == 1:
		return r.decideRows(p)
	case p.cRow == 1 && p.use <= useAdd:
		d := r.decideRows(problem{m: p.n, n: p.m, k: p.k, cRow: p.cCol, cCol: 1,
			aRow: p.bCol, aCol: p.bRow, bRow: p.aCol, bCol: p.aRow, use: p.use})
		d.mirrored = true
		return d
	}
	p.cRow, p.cCol = p.n, 1
	d := r.decideRows(p)
	d.viaCopy = true
	return d
}

// decideRows decides about a product whose C has contiguous rows.
func (r *rules) decideRows(p problem) decision {
	switch {
	case p.prepacked:
	case p.bCol == 1 && r.fits(p.m, p.n, p.k) && !r.writesFar(&p) && r.isOneCall(p.m, p.n, p.k, p.aRow, p.aCol, p.bRow,
		p.use):
		return r.oneCall(wayOneCall, p)
	case p.bCol == 1 && p.aCol != 1 && r.transposesResult(p.m, p.n, p.k, p.aRow, p.aCol, p.bRow,
		p.use):
		return r.oneCall(wayTransposeResult, problem{m: p.n, n: p.m, k: p.k, cRow: p.m,
			aRow: 1, aCol: p.bRow, bRow: p.aCol})
	case r.transposesB(&p):
		p.bRow = p.n
		return r.oneCall(wayTransposeB, p)
	}
	d := decision{way: wayBlocks, blocking: r.block(&p)}
	if d.packB == unpacked && !d.packA {
		d.kernel = r.blockKernel(&d.blocking, &p, p.use)
		d.early = r.blockKernel(&d.blocking, &p, useStore)
		if d.kernel == kernelWide || d.early == kernelWide {
			d.ahead = r.rowsAhead(p.k, p.bRow)
		}
		switch {
		case d.byBands:
			d.kernel, d.early = kernelRowBands, kernelRowBands
		case d.streamed && d.kernel == kernelRow:
			d.kernel, d.early = kernelRowBands, kernelRowBands
			if r.tuning.NearDepth <= r.tuning.StreamDepth { // else fetching costs time
				d.ahead = r.tuning.RowsAhead / 8 * 8 * p.bRow // a band has eight rows
			}
		}
	}
	return d
}

// oneCall returns the decision for one kernel call over unpacked operands.
func (r *rules) oneCall(w way, p problem) decision {
	mr := r.blockHeight(p.m)
	d := decision{
		way: w, kernel: r.chooseKernel(p.m, p.n, p.k, p.aRow, p.aCol, p.use),
		layout: asm.Layout{M: p.m, N: p.n, K: p.k, LDC: p.cRow, APanel: mr * p.aRow, ARow: p.aRow,
			ACol: p.aCol, BPanel: r.nr, BRow: p.bRow, MR: mr},
		blocking: blocking{mr: mr, mc: p.m, kc: p.k, nc: p.n, parts: 1},
	}
	if d.kernel == kernelWide {
		d.layout.Ahead = r.rowsAhead(p.k, p.bRow)
	}
	return d
}

// isOneCall reports whether a product that [rules.fits], whose B and C have contiguous rows, is
// best done by one kernel call over its operands as they stand. The usual case is inlined.
func (r *rules) isOneCall(m, n, k, aRow, aCol, bRow int, u use) bool {
	return bRow&r.halfPage != 0 && aCol == 1 || r.isOneCallEvenSo(m, n, k, aRow, aCol, bRow, u)
}

// isOneCallEvenSo answers [rules.isOneCall] for an A stored transposed and rows of B half pages
// apart.
func (r *rules) isOneCallEvenSo(m, n, k, aRow, aCol, bRow int, u use) bool {
	return !r.isAliased(m, n, bRow) &&
		(aCol == 1 || !r.packsTransposedA(m, n, k) && !r.transposesResult(m, n, k, aRow, aCol, bRow,
			u))
}

// fits reports whether A, B and the work are small enough for one kernel call.
func (r *rules) fits(m, n, k int) bool {
	return k*n < r.limitB && m*k < r.limitA && int64(m)*int64(n)*int64(k) < r.limitWork
}

// isAliased reports whether an unpacked B of n columns, whose rows lie this number of elements
// apart, is to be packed for m rows of A because its rows fall into few sets of L1.
func (r *rules) isAliased(m, n, apart int) bool {
	return apart&r.halfPage == 0 && m > r.aliasedBlocks(apart)*r.mr && n > r.nr
}

// aliasedBlocks returns the number of row blocks beyond which rows of B that lie a multiple of half
// a page apart are packed.
func (r *rules) aliasedBlocks(apart int) int {
	if r.isOnOnePage(apart) {
		return r.tuning.PageBlocks
	}
	return r.tuning.HalfPageBlocks
}

// isOnOnePage reports whether rows this number of elements apart fall into the same set of L1.
func (r *rules) isOnOnePage(apart int) bool { return apart*r.elem&(r.tuning.PageBytes-1) == 0 }

// packsTransposedA reports whether a transposed A of m×k elements is to be packed for a B of n
// columns though it need not be.
func (r *rules) packsTransposedA(m, n, k int) bool {
	least := r.tuning.PackABytes
	if !r.isLowTile() {
		least = r.tuning.PackTallBytes
	}
	return n >= 2*r.tuning.PackPanels*r.nr && m*k*r.elem >= least
}

// isLowTile reports whether the register tile is so low that a transposed A of any size is worth
// packing where a product is cut into blocks.
func (r *rules) isLowTile() bool { return r.mr*r.elem < r.tuning.LowTileBytes }

// rowsAhead returns how far before its use the kernel of wide tiles fetches a plain B of k rows
// this far apart: not at all where L1 holds it.
func (r *rules) rowsAhead(k, apart int) int {
	if k*apart*r.elem <= r.tuning.Caches.L1 {
		return 0
	}
	return r.tuning.RowsAhead * apart
}

// chooseKernel returns the kernel for unpacked operands.
func (r *rules) chooseKernel(m, n, k, aRow, aCol int, u use) kernel {
	switch masked := u == useMulEpilogue; {
	case m == 1 && masked:
		return kernelMul
	case m == 1:
		return kernelRow
	case 1 < n && n <= r.skinnyMax && !masked && r.isSkinny(m, n, k, aRow, aCol):
		return kernelSkinny
	case m <= r.fewMax && n >= 4*r.nr && !masked && k*n < r.limitB:
		return kernelFew
	case n > r.nr && r.wide:
		return kernelWide
	}
	return kernelMul
}

// blockKernel returns the kernel for the blocks of unpacked operands, which all are wide enough for
// it.
func (r *rules) blockKernel(b *blocking, p *problem, u use) kernel {
	k := r.chooseKernel(p.m, p.n, min(b.kc, p.k), p.aRow, p.aCol, u)
	if k == kernelWide && b.leastCols(p.n, r.nr) <= r.nr {
		return kernelMul
	}
	return k
}

// isSkinny reports whether the kernel for few columns is the best for n columns that it takes. A
// transposed A is in its order as it stands; it pays then where the depth is at least half the
// columns.
func (r *rules) isSkinny(m, n, k, aRow, aCol int) bool {
	return m >= r.tuning.SkinnyRows && (aRow == 1 && n <= 2*k || aCol == 1 &&
		k >= r.tuning.SkinnyDepth)
}

// transposesResult reports whether Aᵀ·B, A being stored transposed, is computed as Bᵀ·A and
// transposed afterwards: where C has so few columns that they leave lanes idle, its transpose has
// full rows, and the same chains. Where there is a kernel for few columns, that one is faster.
func (r *rules) transposesResult(m, n, k, aRow, aCol, bRow int, u use) bool {
	return n <= r.nr/2 && m >= 4*n && n > 1 && aRow == 1 && u == useStore &&
		!(n <= r.skinnyMax && r.isSkinny(m, n, k, aRow, aCol)) &&
		r.fits(n, m, k) && !r.isAliased(n, m, aCol) && (bRow == 1 || !r.packsTransposedA(n, m, k))
}

// transposesB reports whether A·Bᵀ, B being stored transposed, is computed with B transposed in one
// go.
func (r *rules) transposesB(p *problem) bool {
	t := &r.tuning
	return p.bRow == 1 && p.bCol != 1 && p.aCol == 1 && p.m > 1 && 1 < p.k && p.k < p.n &&
		p.k*r.elem <= t.TransposeBytes && p.n*r.elem%t.TransposeStride != 0 && r.fits(p.m, p.n, p.k) &&
		!r.writesFar(p)
}

// readsOnce reports whether a product, for which this was decided, reads a B from beyond L2 as it
// stands, for rows of A too few to read it twice.
func (r *rules) readsOnce(d *decision, p *problem) bool {
	return d.way == wayBlocks && d.packB == unpacked && !d.mirrored && !d.viaCopy &&
		p.k*p.n >= r.limitB && p.m < r.tuning.PackRows
}

// fusesAxpy reports whether a product, for which this way was decided, is best added to a matrix by
// the kernel that makes it: where no sum is stored before it is done, no other kernel is better,
// and the matrix is more than L1 holds, which an [Axpy] reads as fast as it can.
func (r *rules) fusesAxpy(d *decision, p problem) bool {
	p.use = useStore
	stored := r.decide(p)
	return (d.way == wayOneCall || d.way == wayBlocks && d.kc >= p.k) && !d.mirrored &&
		!d.viaCopy && d.way == stored.way &&
		(stored.kernel == kernelMul || stored.kernel == kernelWide) &&
		p.m*p.n*r.elem > r.tuning.Caches.L1
}

// elementBytes returns the size of an element.
func elementBytes[T Element]() int { return int(unsafe.Sizeof(*new(T))) }

// balanced returns the size of the equal pieces, at most limit each, that n is cut into: 32 rows in
// blocks of at most 14 are 11+11+10, not 14+14+4.
func balanced(n, limit int) int {
	pieces := (n + limit - 1) / limit
	return (n + pieces - 1) / pieces
}

// roundUp returns the smallest multiple of unit that is at least n.
func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }
