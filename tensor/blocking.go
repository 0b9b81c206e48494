package tensor

import (
	"math"
	"math/bits"
)

// blocking is how a product is cut, and what is packed.
type blocking struct {
	early      kernel // of all blocks but the last along the depth, which have no epilogue
	mr         int    // height of a row block
	mc, kc, nc int    // size of a block: rows, depth, columns
	group      int    // columns of B packed at a time; less than nc only where A is one block
	packA      bool
	packB      packing
	streamed   bool // B is read from memory as it stands, in bands of a few rows
	byBands    bool // each band meets all rows of A, which [asm.Gemm.RowBands] takes
	ahead      int  // how far before its use a B packed beforehand is fetched, or by wide tiles
	far        bool // the operands lie beyond L1, and the kernel fetches ahead
	parts      int  // number of parts for threads
	byRows     bool // the parts are ranges of rows, not of columns
}

// packing says how the kernels read B.
type packing uint8

const (
	unpacked     packing = iota // where it stands
	packOnTheFly                // in panels that the kernel packs as it goes
	packBlock                   // in a block of panels, packed before the kernel runs
	prepacked                   // in the panels of a [Packed]
)

// block returns how a product is cut into blocks and parts.
func (r *rules) block(p *problem) blocking {
	m, n, k := p.m, p.n, p.k
	b := blocking{mr: r.blockHeight(m), mc: m, kc: k, nc: n, parts: 1}
	fitsB := k*n < r.limitB
	large := !fitsB || m*k >= r.limitA
	pays := !fitsB && m >= r.tuning.PackRows || fitsB && r.isAliased(m, n, p.bRow)
	streams := !fitsB && !pays && p.bCol == 1 && !p.prepacked
	if n >= r.tuning.PackPanels*r.nr && m > 1 {
		b.packA = large && p.aCol == 1 && r.isOnOnePage(p.aRow) && !r.leavesA(m, streams) ||
			p.aCol != 1 && (r.isLowTile() || m*k*r.elem >= r.tuning.PackTallBytes)
	}
	writes := r.writesFar(p)
	// Weights packed beforehand are met again after others, which have driven them out of L2.
	fetches := p.prepacked || r.fetchesAhead()
	b.far = writes && r.fetchesAhead() || r.readsFar(p) || (large || b.packA) && fetches
	if m == 1 {
		b.far = !fitsB
	}
	if r.threads > 1 {
		r.split(&b, p, pays || p.bCol != 1)
	}
	switch {
	case writes:
		b.mc = min(m, r.rowsOfL1(p))
	case large:
		r.cut(&b, m, k)
	}
	switch {
	case p.prepacked:
		b.packB, b.ahead = prepacked, r.tuning.AheadBytes/r.elem
		if m == 1 && k*n*r.elem <= r.tuning.Caches.L2 { // four panels at a time had better not be
			b.ahead = 0
		}
	case p.bCol != 1 || pays && b.rowsOfPart(m) > b.mc:
		b.packB = packBlock
	case pays:
		b.packB = packOnTheFly
	}
	if streams {
		r.stream(&b, p)
	}
	b.group = n
	switch {
	case b.packB == packOnTheFly && r.packsInBands(p):
		b.packB, b.kc = packBlock, balanced(k, packedDepth)
		b.group = max(r.tuning.MCBytes/(b.kc*r.elem)/r.nr, 1) * r.nr
	case b.packB != packBlock:
	case b.rowsOfPart(m) <= b.mc:
		b.group = max(r.tuning.GroupBytes/(b.kc*r.elem)/r.nr, 1) * r.nr
	case large:
		b.nc = roundUp(min(n, max(r.tuning.NCBytes/(b.kc*r.elem), r.nr)), r.nr)
	}
	return b
}

// Of a B far beyond all caches rows are packed side by side, as wide as half of L2 allows, for so few
// rows of A that reading B takes most of the time: panel by panel each of its rows is another page.
const (
	packedRows  = 32
	packedDepth = 128
)

// packsInBands reports whether a B that pays to be packed is packed so.
func (r *rules) packsInBands(p *problem) bool {
	return p.m < packedRows && p.k*p.n*r.elem/4 > r.tuning.BandBytes
}

// leavesA reports whether m rows of A that lie a multiple of a page apart are read as they stand:
// one row block of no more than the ways of L1, a line of each of which fits into a set; or any by
// which wide tiles read a B that streams.
func (r *rules) leavesA(m int, streams bool) bool {
	return m <= r.mr && m <= r.tuning.Caches.L1/r.tuning.PageBytes ||
		streams && r.wide && !r.farBands
}

// fetchesAhead reports whether the register tile fetches its operands.
func (r *rules) fetchesAhead() bool { return r.tuning.Caches.L2 < r.tuning.FetchL2Bytes }

// writesFar reports whether C is more than L2 holds, or half of that where it is written by wide tiles,
// and B so little that blocks of a few rows of A, which L1 keeps meanwhile, may each meet all of it:
// their rows of C are then written from end to end, not panel by panel.
func (r *rules) writesFar(p *problem) bool {
	far := r.tuning.Caches.L2
	if r.readsPlain(p) {
		far /= 2
	}
	return p.m*p.n*r.elem > far && r.isLittle(p)
}

// readsFar reports whether such a B meets an A from beyond L2 whose rows follow each other: no
// processor follows all rows of a tile by itself.
func (r *rules) readsFar(p *problem) bool {
	return p.m > 1 && p.aCol == 1 && p.aRow == p.k && p.m*p.k >= r.limitA && r.isLittle(p)
}

// isLittle reports whether B stands in panels, or wide tiles read it, and takes an eighth of L2 at most
// and one block of the depth.
func (r *rules) isLittle(p *problem) bool {
	return (p.prepacked || p.bCol != 1 || r.readsPlain(p)) &&
		p.k*p.n*r.elem <= r.tuning.Caches.L2/8 && p.k*r.elem <= r.tuning.KCBytes
}

// readsPlain reports whether wide tiles would read B as it stands.
func (r *rules) readsPlain(p *problem) bool {
	return r.wide && !p.prepacked && p.bCol == 1 && p.aCol == 1 && p.n > r.nr && p.m > r.fewMax
}

// wideRows is a multiple of the heights of wide tiles.
const wideRows = 18

// rowsOfL1 returns the rows of a block whose C takes half of L1, beside A, in whole tiles.
func (r *rules) rowsOfL1(p *problem) int {
	height := r.blockHeight(p.m)
	if r.readsPlain(p) {
		height = wideRows
	}
	return max(r.tuning.Caches.L1/2/((p.n+p.k)*r.elem)/height, 1) * height
}

// cut sets the depth of the blocks and the rows of a block of A. Tiles that resume their chains often
// cost less than a B that is packed for more than one block of A.
func (r *rules) cut(b *blocking, m, k int) {
	b.kc = balanced(k, max(r.tuning.KCBytes/r.elem, 1))
	half := balanced(k, max(r.tuning.KCBytes/2/r.elem, 1))
	if m*b.kc > r.limitA && m*half <= r.limitA {
		b.kc = half
	}
	b.mc = roundUp(min(m, max(r.tuning.MCBytes/(b.kc*r.elem), b.mr)), b.mr)
}

// stream cuts a product whose B is read from memory as it stands: into bands of rows of B so few
// that their pages stay in the TLB and each is read from end to end, next to a band of C in L2. A B
// that L2 just holds is one band for the kernel that fetches its rows ahead, and one far beyond all
// caches has the fewest rows side by side.
// The kernels for one row go down all rows of a B that L3 may hold, or make bands by themselves.
func (r *rules) stream(b *blocking, p *problem) {
	m, n, k := p.m, p.n, p.k
	if m == 1 && p.use != useMulEpilogue {
		if b.streamed = k*n*r.elem >= r.tuning.BandBytes || r.bandRows > 0; b.streamed {
			b.kc = k
		}
		return
	}
	b.streamed, b.far = true, r.farBands // as a rule C's tiles come again too soon to be fetched
	if b.byBands = r.takesBands(p); b.byBands {
		b.mc, b.kc, b.packA = m, k, false
		return
	}
	depth := r.tuning.StreamDepth
	wide := r.wide && n > r.nr && !b.packA
	switch {
	case r.bandRows > 0:
		depth = r.bandRows
	case r.tuning.NearDepth > depth && k*n*r.elem/4 <= r.tuning.BandBytes:
		depth = r.tuning.NearDepth
	case wide && k*n*r.elem <= r.tuning.Caches.L2:
		depth = k
	case r.isOnOnePage(p.bRow) && k*n*r.elem/4 > r.tuning.BandBytes:
		depth = max(depth/2, 1)
		if r.tuning.NearDepth > r.tuning.StreamDepth {
			depth = max(depth/2, 1) // a set of L1 holds a line of eight
		}
	case wide && m < 8:
		depth *= 4
	case wide || !r.isOnOnePage(p.bRow):
		depth *= 2
	}
	b.kc = balanced(k, depth)
	b.nc = min(n, roundUp(balanced(n, max(r.tuning.MCBytes/2/(m*r.elem), r.nr)), r.nr))
}

// Rows of A by which a B beyond L2 is read in bands: so few where L3 is near enough for a tile to go
// down rows of B, else all that the kernel takes and that don't pay for packing it. Rows of C of less
// than bandWidth bytes are too short.
const (
	bandedRows = 3
	bandWidth  = 2048
)

// takesBands reports whether several rows of A meet each band of a streamed B.
func (r *rules) takesBands(p *problem) bool {
	pays := p.m <= bandedRows || r.nearBands || p.k*p.n*r.elem/4 > r.tuning.BandBytes
	return 1 < p.m && p.m <= r.rowBands && p.use != useMulEpilogue && r.bandRows == 0 && !r.farBands &&
		p.n*r.elem >= bandWidth && pays
}

// split cuts one side of the product into parts for the threads, as many as have enough work each:
// the larger one, but of about equal ones that by which no operand is packed twice, since each part
// packs all of B, or of A, for itself; or the other side where that is on trial.
func (r *rules) split(b *blocking, p *problem, packsB bool) {
	m, n, k := p.m, p.n, p.k
	b.byRows = m >= n
	if packsB != b.packA && !p.prepacked && m < 2*n && n < 2*m {
		b.byRows = b.packA
	}
	b.byRows = b.byRows != r.splitOther
	units := (n + r.nr - 1) / r.nr
	if b.byRows {
		units = (m + b.mr - 1) / b.mr
	}
	b.parts = max(1, min(r.threads, units))
	if enough := r.threadWork(m, n, k) / int64(r.tuning.ThreadWork); enough < int64(b.parts) {
		b.parts = max(1, int(enough))
	}
}

// streamedRows is how many rows of A take as long to multiply as a B beyond L2 takes to be read.
const streamedRows = 8

// threadWork returns the multiply-adds that take the time of a product: more than it has where few
// rows meet a B that is read from beyond L2, of which each thread reads a part.
func (r *rules) threadWork(m, n, k int) int64 {
	return r.tuning.threadWork(m, n, k, k*n >= r.limitB)
}

func (t *Tuning) threadWork(m, n, k int, streamed bool) int64 {
	if streamed {
		m = max(m, streamedRows)
	}
	return work(m, n, k)
}

// work returns the multiply-adds of a product, the largest int64 if there are more.
func work(m, n, k int) int64 {
	high, c := bits.Mul64(uint64(m), uint64(n))
	more, all := bits.Mul64(c, uint64(k))
	if high != 0 || more != 0 || all > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(all)
}

// paysToPack reports whether a k×n matrix by which rows are multiplied again and again, few of them
// or many, is read faster from panels than as it stands: from half of L2 on, unless columns that
// panels are filled up with would take more than a twentieth of them.
func (r *rules) paysToPack(k, n int) bool {
	return k*n >= r.limitA && 20*(roundUp(n, r.nr)-n) <= n
}

// paysToTranspose reports whether weights that stay, by which rows of k elements are multiplied to n
// columns, are read faster by wide tiles from a copy with the columns side by side than from panels: up
// to two panels always, and more as long as L1 keeps the rows of some registers and C does not take all
// the time.
func (r *rules) paysToTranspose(k, n int) bool {
	bytes := k * n * r.elem
	wide := r.wide && n > r.nr && bytes <= r.tuning.Caches.L2/8 && k*r.elem <= r.tuning.KCBytes
	aliased := n*r.elem&(setBytes-1) == 0 && bytes > r.tuning.Caches.L1/4*3
	shallow := n > 3*r.nr && k < leastTransposed
	return wide && (n <= 2*r.nr || k <= mostTransposed && !aliased && !shallow)
}

const (
	// setBytes is the distance of rows from which on few sets of L1 take them.
	setBytes = 512
	// Of more than two panels, the least and the greatest depth.
	leastTransposed, mostTransposed = 16, 128
)

// blockHeight returns the height of the row blocks that m rows are cut into.
func (r *rules) blockHeight(m int) int {
	if m < len(r.heights) {
		return int(r.heights[m])
	}
	return balanced(m, r.mr)
}

// leastCols returns the columns of the narrowest block of n: a bound below where parts are cut
// again.
func (b *blocking) leastCols(n, nr int) int {
	cols := n
	if units := (n + nr - 1) / nr; b.parts > 1 && !b.byRows {
		if (units+b.parts-1)/b.parts*nr > b.nc {
			return 1
		}
		cols -= (units - units/b.parts) * nr
	}
	if rest := cols % b.nc; rest > 0 {
		return rest
	}
	return min(cols, b.nc)
}

// rowsOfPart returns the largest number of rows of a thread's part of m rows.
func (b *blocking) rowsOfPart(m int) int {
	if !b.byRows {
		return m
	}
	return roundUp((m+b.parts-1)/b.parts, b.mr)
}
