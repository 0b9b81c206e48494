package tensor

import (
	"fmt"
	"strings"

	"simdnn/tensor/asm"
)

// Decision is one thing that was decided about a product and what it hung on: the shape, or a constant of this package with its value.
type Decision struct{ About, Choice, Because string }

// Explain tells how the product is computed and why: the kernel, its tile, what is packed, and the threads. It reads what [Engine.Plan] decided.
func (p *Product[T]) Explain() []Decision {
	f := &p.factors
	switch { // as in run
	case p.turned != nil:
		return p.explainTurned()
	case p.kernel != nil:
		return []Decision{{"kernel", p.kernelName(&p.layout) + ", one call", p.fits()}, p.tile(&p.layout), asTheyStand, oneThread}
	case f.c.cols == 1:
		operands := asTheyStand
		if !p.contiguousDots {
			operands = Decision{"operands", "A packed", "its rows are not contiguous: it is transposed"}
		}
		return []Decision{{"kernel", "Reduce.Gemv", "C has one column: each element is a dot in virtual lanes"}, operands, oneThread}
	}
	return p.explainBlocked()
}

// What holds for every product that one kernel call computes.
var (
	asTheyStand = Decision{"operands", "as they stand", "one kernel call reads them in place"}
	oneThread   = Decision{"threads", "1", "one kernel call is one thread's work"}
)

// kernelName returns the name, in package asm, of the kernel for plain operands that [Engine.kernel] returns.
func (p *Product[T]) kernelName(l *asm.Layout) string {
	switch {
	case l.M == 1:
		return "Gemm.Row"
	case p.engine.isNarrow(l):
		return "Gemm.Narrow"
	default:
		return "Gemm.Mul"
	}
}

// explainTurned explains a product that is computed with a matrix transposed.
func (p *Product[T]) explainTurned() []Decision {
	l := &p.turned.layout
	operands := Decision{"operands", "B transposed beforehand", fmt.Sprintf("its depth of %d takes at most turnedDepth = %d bytes, so that to pack it would take as long as to multiply, and its rows lie no multiple of turnedStride = %d apart",
		p.factors.a.cols, turnedDepth, turnedStride)}
	decisions := []Decision{{"kernel", p.kernelName(l) + ", one call", p.fits()}, p.tile(l), operands, oneThread}
	if p.turned.result {
		decisions[2] = Decision{"operands", "Cᵀ = Bᵀ·A computed, then transposed",
			fmt.Sprintf("C has %d columns, at most half of NR: they would leave lanes idle, and its transpose has full rows", p.factors.c.cols)}
		decisions = append(decisions, Decision{"exception", "as they stand in Engine.MatMul, with an epilogue, or added to C",
			"only a plan turns its result, which passes through a buffer"})
	}
	return decisions
}

// explainBlocked explains a product that is cut into blocks.
func (p *Product[T]) explainBlocked() []Decision {
	b := &p.blocking
	m, n, k := p.factors.c.rows, p.factors.c.cols, p.factors.a.cols
	l := p.factors.layout(&p.engine.k.Gemm, b.mr)
	l.K = min(b.kc, k)
	kernel := Decision{"kernel", "Gemm.Mul, block by block", p.misfits()}
	if b.packB == plain && !b.packA {
		kernel.Choice = p.kernelName(&l) + ", block by block"
	}
	depth := fmt.Sprintf("kcBytes = %d", kcBytes)
	if isDeep[T](p.engine.k.Gemm.NR) {
		depth = fmt.Sprintf("2·kcBytes = %d, a panel of B being at least deepBytes = %d wide", 2*kcBytes, deepBytes)
	}
	blocks := Decision{"blocks", fmt.Sprintf("%d×%d×%d of %d×%d×%d", min(b.mc, m), min(b.nc, n), min(b.kc, k), m, n, k),
		fmt.Sprintf("a depth of at most %s; A within mcBytes = %d; a packed block of B within ncBytes = %d", depth, mcBytes, ncBytes)}
	if b.mc >= m && b.nc >= n && b.kc >= k {
		blocks.Because = "the whole product is one block"
	}
	return []Decision{kernel, p.tile(&l), blocks, p.packingOfA(), p.packingOfB(), p.parts()}
}

// bytes returns the size of a matrix.
func (p *Product[T]) bytes(rows, cols int) int { return rows * cols * elementBytes[T]() }

// fits says why one kernel call does it all.
func (p *Product[T]) fits() string {
	m, n, k := p.factors.c.rows, p.factors.c.cols, p.factors.a.cols
	why := fmt.Sprintf("B takes %d bytes, less than packBytes = %d, and A %d, less than mcBytes = %d", p.bytes(k, n), packBytes, p.bytes(m, k), mcBytes)
	if p.engine.threads > 1 {
		why += fmt.Sprintf("; %d multiply-adds are less than 2·threadFlops = %d", m*n*k, 2*threadFlops)
	}
	return why
}

// misfits says what keeps one kernel call from doing it all.
func (p *Product[T]) misfits() string {
	m, n, k := p.factors.c.rows, p.factors.c.cols, p.factors.a.cols
	var why []string
	if p.factors.b.cs != 1 {
		why = append(why, "B is transposed")
	}
	if !fitsB[T](k, n) {
		why = append(why, fmt.Sprintf("B takes %d bytes, packBytes is %d", p.bytes(k, n), packBytes))
	}
	if !fitsA[T](m, k) {
		why = append(why, fmt.Sprintf("A takes %d bytes, mcBytes is %d", p.bytes(m, k), mcBytes))
	}
	if p.factors.b.cs == 1 && p.engine.isAliased(m, n, p.factors.b.rs) {
		why = append(why, fmt.Sprintf("the rows of B lie a multiple of half of pageBytes, %d bytes, apart", pageBytes/2))
	}
	if p.factors.a.cs != 1 && p.engine.isTall(m, n, k) {
		why = append(why, fmt.Sprintf("A is transposed and takes %d bytes, tallBytes is %d", p.bytes(m, k), tallBytes))
	}
	if p.engine.threads > 1 && !fitsThread(m, n, k) {
		why = append(why, fmt.Sprintf("%d multiply-adds are work for threads: 2·threadFlops is %d", m*n*k, 2*threadFlops))
	}
	return strings.Join(why, "; ")
}

// tile describes the register tile.
func (p *Product[T]) tile(l *asm.Layout) Decision {
	g := &p.engine.k.Gemm
	switch p.kernelName(l) {
	case "Gemm.Row":
		return Decision{"tile", "1 row", "C has one row"}
	case "Gemm.Narrow":
		depth := fmt.Sprintf("narrowDepth = %d steps", narrowDepth)
		if l.ARow == 1 {
			depth = "half as many steps as columns, A being transposed"
		}
		return Decision{"tile", fmt.Sprintf("%d columns, rows in the lanes", l.N),
			fmt.Sprintf("at most NarrowMax = %d columns of %s, which would leave the tile's lanes idle; at least narrowRows = %d rows and %s",
				g.NarrowMax, p.engine.set.Name, narrowRows, depth)}
	}
	return Decision{"tile", fmt.Sprintf("%d×%d, in row blocks of %d", g.MR, g.NR, l.MR),
		fmt.Sprintf("MR×NR of %s; %d rows are cut into equal blocks of at most MR", p.engine.set.Name, l.M)}
}

// packingOfA says how a blocked product reads A.
func (p *Product[T]) packingOfA() Decision {
	a, n := &p.factors.a, p.factors.c.cols
	switch {
	case p.packA && a.cs == 1:
		return Decision{"A", "packed", fmt.Sprintf("its rows lie a multiple of pageBytes = %d apart, and %d columns are at least packPanels = %d panels",
			pageBytes, n, packPanels)}
	case p.packA:
		return Decision{"A", "packed", fmt.Sprintf("it is transposed, the tile reads less than packTall = %d bytes of its lines, and %d columns are at least packPanels = %d panels",
			packTall, n, packPanels)}
	case a.cs != 1 && !isLow[T](p.engine.k.Gemm.MR):
		return Decision{"A", "as it stands", fmt.Sprintf("it is transposed, and the tile reads at least packTall = %d bytes of its lines", packTall)}
	case a.cs == 1 && !onOnePage[T](a.rs):
		return Decision{"A", "as it stands", fmt.Sprintf("its rows do not lie a multiple of pageBytes = %d apart", pageBytes)}
	}
	return Decision{"A", "as it stands", fmt.Sprintf("it is read for %d columns, too few to pack it for: packPanels is %d panels", n, packPanels)}
}

// packingOfB says how a blocked product reads B.
func (p *Product[T]) packingOfB() Decision {
	m, n, k := p.factors.c.rows, p.factors.c.cols, p.factors.a.cols
	because := fmt.Sprintf("it takes %d bytes, at least packBytes = %d, and A has at least packRows = %d rows", p.bytes(k, n), packBytes, packRows)
	switch {
	case p.factors.b.cs != 1:
		because = "B is transposed: its rows are not contiguous"
	case p.engine.isAliased(m, n, p.factors.b.rs):
		apart, blocks := "half of ", fmt.Sprintf("halfPageBlocks = %d", halfPageBlocks)
		if onOnePage[T](p.factors.b.rs) {
			apart, blocks = "", fmt.Sprintf("pageBlocks = %d", pageBlocks)
		}
		because = fmt.Sprintf("its rows lie a multiple of %spageBytes = %d apart, and A has %d rows, more than %s times MR", apart, pageBytes, m, blocks)
	}
	switch p.packB {
	case whole:
		if p.factors.b.cs == 1 {
			because += "; it serves more than one block of A"
		}
		return Decision{"B", "packed a block at a time", because}
	case byPanel:
		return Decision{"B", "packed by the kernel, panel by panel", because}
	}
	if fitsB[T](k, n) {
		return Decision{"B", "as it stands", fmt.Sprintf("it takes %d bytes, less than packBytes = %d", p.bytes(k, n), packBytes)}
	}
	return Decision{"B", "as it stands", fmt.Sprintf("%d rows of A are too few to pack it for: packRows is %d", m, packRows)}
}

// parts says on how many threads a blocked product runs.
func (p *Product[T]) parts() Decision {
	m, n, k := p.factors.c.rows, p.factors.c.cols, p.factors.a.cols
	if p.engine.threads == 1 {
		return Decision{"threads", "1", "the engine has one"}
	}
	along := "columns"
	if p.byRows {
		along = "rows"
	}
	return Decision{"threads", fmt.Sprintf("%d, each with a range of %s", p.blocking.parts, along),
		fmt.Sprintf("as many of %d as have threadFlops = %d of the %d multiply-adds and a block of %s each", p.engine.threads, threadFlops, m*n*k, along)}
}
