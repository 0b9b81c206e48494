package tensor

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Decision is one thing that was decided about a product and what it hung on: the shape, or a field
// of the [Tuning] with its value.
type Decision struct{ About, Choice, Because string }

// Explain says how the product is computed and why: the kernel, its tile, what is packed, and the
// threads. It reads what [Engine.Plan] decided for a product that replaces C, and tells where one
// that is added to C or passes through an epilogue takes another way. Once the product is settled
// it tells what was tried, and what was chosen in place of the rules' own way.
func (p *Product[T]) Explain() []Decision {
	x := explanation{
		decision: p.plans[useStore].decision, rules: &p.engine.rules, isa: p.engine.isa.Name,
		problem: p.problem(useStore),
	}
	decisions := x.decisions()
	if t := p.plans[useStore].trials; t != nil && len(t.ways().plans) > 1 {
		chosen := x
		chosen.decision = t.plans[t.Chosen()].decision
		decisions = append(replaceChoices(decisions, chosen.decisions()), t.explain()...)
	}
	if added := &p.plans[useAdd]; added.way != x.way { // by the rules, both
		y := x
		y.decision = added.decision
		decisions = append(decisions, Decision{"exception", y.decisions()[0].Choice +
			", where it is added to C",
			"only a product that replaces C may pass through a buffer"})
	}
	return decisions
}

// replaceChoices returns a measured choice with reasons: the rules' own where they agree.
func replaceChoices(byRule, chosen []Decision) []Decision {
	for i, d := range chosen {
		at := slices.IndexFunc(byRule, func(r Decision) bool { return r.About == d.About })
		switch {
		case at < 0:
			chosen[i].Because = "measured; by the rules one kernel call would do it all"
		case byRule[at].Choice == d.Choice:
			chosen[i].Because = byRule[at].Because
		default:
			chosen[i].Because = "measured; by the rules: " + byRule[at].Choice
		}
	}
	return chosen
}

// explain says what was tried.
func (t *trials[T]) explain() []Decision {
	if !t.settled() {
		return []Decision{{"trials", fmt.Sprintf("%d ways", len(t.plans)),
			"the plan times them on its first runs, and keeps the fastest"}}
	}
	var tried []Decision
	for i, assuming := range t.assuming {
		best, _ := t.Best(i)
		d := Decision{"tried", best.String(), "the rules' own way"}
		if i > 0 {
			d.Because = "the rules' way if " + assuming
		}
		if i == t.Chosen() {
			d.Choice += ", chosen"
		}
		tried = append(tried, d)
	}
	return tried
}

// explanation puts a decision into words.
type explanation struct {
	decision
	*rules
	problem problem
	isa     string
}

// What holds for every product that one kernel call computes.
var (
	asTheyStand = Decision{"operands", "as they stand", "one kernel call reads them in place"}
	oneThread   = Decision{"threads", "1", "one kernel call is one thread's work"}
)

// decisions returns all that there is to say.
func (x *explanation) decisions() []Decision {
	t := &x.tuning
	operands := asTheyStand
	switch x.way {
	case wayBlocks:
		return x.blocks()
	case wayDots:
		if !x.unpacked {
			operands = Decision{"operands", "copied",
				"a dot takes contiguous vectors, and replaces an element"}
			if x.problem.aCol != 1 {
				operands = Decision{"operands", "A packed",
					"its rows are not contiguous: it is transposed"}
			}
		}
		return []Decision{{"kernel", "Reduce.Gemv",
			"C has one column: each element is a dot in virtual lanes"}, operands, oneThread}
	case wayTransposeB:
		operands = Decision{"operands", "B transposed beforehand",
			fmt.Sprintf("its depth of %d takes at most TransposeBytes = %d bytes, so that to "+
				"pack it would take as long as to "+
				"multiply, and its rows lie no multiple of TransposeStride = %d apart", x.problem.k,
				t.TransposeBytes, t.TransposeStride)}
	case wayTransposeResult:
		operands = Decision{"operands", "Cᵀ = Bᵀ·A computed, then transposed",
			fmt.Sprintf("C has %d columns, at most half of NR: they would leave lanes idle, and "+
				"its transpose has full rows", x.problem.n)}
	}
	l := &x.layout
	return []Decision{{"kernel", x.kernel.String() + ", one call", x.fitting()},
		x.tile(l.M, l.N, l.ARow), operands, oneThread}
}

// String returns the kernel's name in package asm.
func (k kernel) String() string {
	return [...]string{"Gemm.Mul", "Gemm.Row", "Gemm.RowBands", "Gemm.Few", "Gemm.Skinny",
		"Gemm.Wide"}[k]
}

// blocks explains a product that is cut into blocks.
func (x *explanation) blocks() []Decision {
	t := &x.tuning
	m, n, k := x.problem.m, x.problem.n, x.problem.k
	blocks := Decision{"blocks",
		fmt.Sprintf("%d×%d×%d of %d×%d×%d", min(x.mc, m), min(x.nc, n), min(x.kc, k), m, n, k),
		fmt.Sprintf("a depth of at most KCBytes = %d per lane; A within MCBytes = %d; a packed "+
			"block of B within NCBytes = %d",
			t.KCBytes, t.MCBytes, t.NCBytes)}
	if x.streamed {
		blocks.Because = fmt.Sprintf("B is read from memory as it stands: StreamDepth = %d rows at "+
			"a time, half as many that lie a multiple of PageBytes apart in more than four times "+
			"BandBytes, two or four times as many where they share no sets of L1 or are fetched "+
			"ahead, or all that L2 holds, next to a part of C in L2; NearDepth = %d of a B of at "+
			"most four times BandBytes, if that is more", t.StreamDepth, t.NearDepth)
	}
	switch {
	case x.byBands:
		blocks.Because = fmt.Sprintf("B takes %d bytes, for few rows of A: the kernel reads bands of its "+
			"rows, each of which all rows of A meet", x.bytes(k, n))
	case x.kernel == kernelRowBands:
		blocks.Because = fmt.Sprintf("B takes %d bytes, at least BandBytes = %d: the kernel reads "+
			"bands of its rows", x.bytes(k, n), t.BandBytes)
	}
	if x.mc >= m && x.nc >= n && x.kc >= k && !x.streamed {
		blocks.Because = "the whole product is one block"
	}
	return []Decision{
		{"kernel", x.kernel.String() + ", block by block", x.misfitting()},
		x.tile(m, n, x.problem.aRow), blocks, x.packingOfA(), x.packingOfB(), x.threading(),
	}
}

// bytes returns the size of a matrix.
func (x *explanation) bytes(rows, cols int) int { return rows * cols * x.elem }

// work returns the number of multiply-adds.
func (x *explanation) work() string {
	m, n, k := x.problem.m, x.problem.n, x.problem.k
	if all := work(m, n, k); all < math.MaxInt64 {
		return fmt.Sprint(all)
	}
	return fmt.Sprintf("%.4g", float64(m)*float64(n)*float64(k))
}

// fitting says why one kernel call does it all.
func (x *explanation) fitting() string {
	t, m, n, k := &x.tuning, x.problem.m, x.problem.n, x.problem.k
	why := fmt.Sprintf("B takes %d bytes, less than PackBytes = %d, and A %d, less than MCBytes "+
		"= %d",
		x.bytes(k, n), t.PackBytes, x.bytes(m, k), t.MCBytes)
	if x.rules.threads > 1 {
		why += fmt.Sprintf("; %s multiply-adds are less than 2·ThreadWork = %d",
			x.work(), x.limitWork)
	}
	return why
}

// misfitting says what keeps one kernel call from doing it all.
func (x *explanation) misfitting() string {
	t, m, n, k := &x.tuning, x.problem.m, x.problem.n, x.problem.k
	var why []string
	add := func(holds bool, format string, values ...any) {
		if holds {
			why = append(why, fmt.Sprintf(format, values...))
		}
	}
	add(x.problem.prepacked, "B is packed beforehand")
	add(x.problem.bCol != 1 && !x.problem.prepacked, "B is transposed")
	add(k*n >= x.limitB, "B takes %d bytes, PackBytes is %d", x.bytes(k, n), t.PackBytes)
	add(m*k >= x.limitA, "A takes %d bytes, MCBytes is %d", x.bytes(m, k), t.MCBytes)
	add(x.problem.bCol == 1 && k*n < x.limitB && x.isAliased(m, n, x.problem.bRow),
		"the rows of B lie a multiple of half of PageBytes, %d bytes, apart", t.PageBytes/2)
	add(x.problem.aCol != 1 && x.packsTransposedA(m, n, k),
		"A is transposed and takes %d bytes, PackABytes is %d, PackTallBytes %d", x.bytes(m, k),
		t.PackABytes, t.PackTallBytes)
	add(x.readsPlain(&x.problem) && x.writesFar(&x.problem),
		"C takes %d bytes, more than half of L2: all columns of a few rows are written together",
		x.bytes(m, n))
	add(x.rules.threads > 1 && work(m, n, k) >= x.limitWork,
		"%s multiply-adds are work for threads: 2·ThreadWork is %d", x.work(), x.limitWork)
	return strings.Join(why, "; ")
}

// tile describes the register tile for m×n elements of C, A's rows being this stride apart.
func (x *explanation) tile(m, n, aRow int) Decision {
	t := &x.tuning
	switch x.kernel {
	case kernelRow, kernelRowBands:
		if m > 1 {
			return Decision{"tile", "1 row", "A's rows meet each part of a band while L1 holds it"}
		}
		return Decision{"tile", "1 row", "C has one row"}
	case kernelFew:
		return Decision{"tile", fmt.Sprintf("%d rows by eight registers", m),
			fmt.Sprintf("at most FewMax = %d rows of %s, whose chains would leave a tile of two "+
				"registers waiting", x.fewMax, x.isa)}
	case kernelSkinny:
		depth := fmt.Sprintf("SkinnyDepth = %d steps", t.SkinnyDepth)
		if aRow == 1 {
			depth = "half as many steps as columns, A being transposed"
		}
		return Decision{"tile", fmt.Sprintf("%d columns, rows in the lanes", n),
			fmt.Sprintf("at most SkinnyMax = %d columns of %s, which would leave the tile's "+
				"lanes idle; at least SkinnyRows = %d rows and %s",
				x.skinnyMax, x.isa, t.SkinnyRows, depth)}
	case kernelWide:
		return Decision{"tile", "6 rows by two panels, or 9 by fewer columns",
			fmt.Sprintf("low and wide, which takes the fewest instructions, and fetches the rows of "+
				"a B beyond L1 RowsAhead = %d rows ahead; more than NR = %d columns",
				t.RowsAhead, x.nr)}
	}
	return Decision{"tile",
		fmt.Sprintf("%d×%d, in row blocks of %d", x.rules.mr, x.nr, x.blocking.mr),
		fmt.Sprintf("MR×NR of %s; %d rows are cut into equal blocks of at most MR", x.isa, m)}
}

// packingOfA says how a blocked product reads A.
func (x *explanation) packingOfA() Decision {
	t, n := &x.tuning, x.problem.n
	transposed := x.problem.aCol != 1
	enough := fmt.Sprintf("and %d columns are at least PackPanels = %d panels", n, t.PackPanels)
	switch {
	case x.byBands:
		return Decision{"A", "as it stands", "its elements are read once for all columns of a part"}
	case x.packA && transposed && !x.isLowTile():
		return Decision{"A", "packed",
			fmt.Sprintf("it is transposed and takes %d bytes, at least PackTallBytes = %d, %s",
				x.bytes(x.problem.m, x.problem.k), t.PackTallBytes, enough)}
	case x.packA && transposed:
		return Decision{"A", "packed",
			fmt.Sprintf("it is transposed, the tile reads less than LowTileBytes = %d of its "+
				"lines, %s",
				t.LowTileBytes, enough)}
	case x.packA:
		return Decision{"A", "packed",
			fmt.Sprintf("its rows lie a multiple of PageBytes = %d apart, %s", t.PageBytes, enough)}
	case transposed && !x.isLowTile():
		return Decision{"A", "as it stands",
			fmt.Sprintf("it is transposed, the tile reads at least LowTileBytes = %d of its "+
				"lines, and it takes less than PackTallBytes = %d, or there are less than "+
				"PackPanels = %d panels", t.LowTileBytes, t.PackTallBytes, t.PackPanels)}
	case !transposed && !x.isOnOnePage(x.problem.aRow):
		return Decision{"A", "as it stands",
			fmt.Sprintf("its rows do not lie a multiple of PageBytes = %d apart", t.PageBytes)}
	case !transposed && n >= t.PackPanels*x.nr && x.problem.m > 1:
		return Decision{"A", "as it stands",
			fmt.Sprintf("its rows lie a multiple of PageBytes = %d apart, but a set of L1 holds a "+
				"line of each, or B passes by once", t.PageBytes)}
	}
	return Decision{"A", "as it stands",
		fmt.Sprintf("it is read for %d columns, too few to pack it for: PackPanels is %d panels", n,
			t.PackPanels)}
}

// packingOfB says how a blocked product reads B.
func (x *explanation) packingOfB() Decision {
	t, m, n, k := &x.tuning, x.problem.m, x.problem.n, x.problem.k
	because := fmt.Sprintf("it takes %d bytes, at least PackBytes = %d, and A has at least "+
		"PackRows = %d rows",
		x.bytes(k, n), t.PackBytes, t.PackRows)
	switch apart := x.problem.bRow; {
	case x.problem.bCol != 1:
		because = "B is transposed: its rows are not contiguous"
	case k*n >= x.limitB:
	case x.isAliased(m, n, apart) && x.isOnOnePage(apart):
		because = fmt.Sprintf("its rows lie a multiple of PageBytes = %d apart, and A has %d "+
			"rows, more than PageBlocks = %d times MR",
			t.PageBytes, m, t.PageBlocks)
	case x.isAliased(m, n, apart):
		because = fmt.Sprintf("its rows lie a multiple of half of PageBytes = %d apart, and A "+
			"has %d rows, more than HalfPageBlocks = %d times MR",
			t.PageBytes, m, t.HalfPageBlocks)
	}
	switch {
	case x.packB == prepacked:
		return Decision{"B", "packed beforehand", "it stays from product to product"}
	case x.packB == packBlock && x.problem.bCol == 1 && x.group < n:
		return Decision{"B", "packed in bands of a few rows", because +
			"; it is far beyond all caches, and few rows of A wait for it"}
	case x.packB == packBlock && x.problem.bCol == 1:
		return Decision{"B", "packed a block at a time", because +
			"; it serves more than one block of A"}
	case x.packB == packBlock && x.group < n:
		return Decision{"B", "packed a few panels at a time",
			fmt.Sprintf("%s; A is one block, so that a packed panel serves once: %d columns, "+
				"within GroupBytes = %d, stay in L2 until then", because, x.group, t.GroupBytes)}
	case x.packB == packBlock:
		return Decision{"B", "packed a block at a time", because}
	case x.packB == packOnTheFly:
		return Decision{"B", "packed by the kernel, panel by panel", because}
	case k*n < x.limitB:
		return Decision{"B", "as it stands",
			fmt.Sprintf("it takes %d bytes, less than PackBytes = %d", x.bytes(k, n), t.PackBytes)}
	}
	return Decision{"B", "as it stands",
		fmt.Sprintf("%d rows of A are too few to pack it for: PackRows is %d", m, t.PackRows)}
}

// threading says on how many threads a blocked product runs.
func (x *explanation) threading() Decision {
	if x.rules.threads == 1 {
		return Decision{"threads", "1", "the engine has one"}
	}
	along := "columns"
	if x.byRows {
		along = "rows"
	}
	of := x.work() + " multiply-adds"
	p := &x.problem
	if enough := x.rules.threadWork(p.m, p.n, p.k); enough > work(p.m, p.n, p.k) {
		of = fmt.Sprintf("%d multiply-adds that B takes as long to be read as", enough)
	}
	return Decision{"threads", fmt.Sprintf("%d, each with a range of %s", x.parts, along),
		fmt.Sprintf("as many of %d as have ThreadWork = %d of the %s and a block of %s each",
			x.rules.threads, x.tuning.ThreadWork, of, along)}
}
