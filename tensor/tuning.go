package tensor

import (
	"fmt"
	"reflect"

	"simdnn/tensor/asm"
)

// Caches holds the sizes in bytes of a core's data caches, 0 for none, see package asm.
type Caches = asm.Caches

// ParseCaches returns the sizes in a text such as 48K,2M,105M, see package asm.
func ParseCaches(text string) (Caches, error) { return asm.ParseCaches(text) }

// Tuning holds what the speed of matrix products hangs on, and nothing else: no result depends on
// it. It says how large products are cut so that each piece stays in the cache that it is read from
// (Goto and van de Geijn 2008), when operands are packed, and when threads help. [TuningFor]
// derives it; docs/tuning.md has the measurements behind the numbers.
//
// Give one to an engine by [WithTuning]. A field that is 0 is derived from Caches, and those, if
// all are 0, are the processor's. None may be negative.
type Tuning struct {
	Caches Caches

	// KCBytes is the depth of a block, in bytes of one lane. A deeper one resumes its chains from C
	// less often, which costs two passes over the tile.
	KCBytes int
	// MCBytes is the size of a block of A, which stays in L2 while the panels of B pass.
	MCBytes int
	// NCBytes is the size of a packed block of B: a share of L3.
	NCBytes int
	// GroupBytes is the size of the panels of B that are packed at a time where A is one block:
	// they are multiplied by while L2 still holds them, and their memory serves for the next.
	GroupBytes int

	// PackBytes is the size of an unpacked B from which on it is packed: its rows no longer stay in
	// L2 while the rows of A pass.
	PackBytes int
	// PackRows is the smallest number of rows of A for which packing such a B pays: each packed
	// element is read once per row block.
	PackRows int
	// StreamDepth is the number of rows of such a B that are read side by side for fewer rows of A:
	// a page each. It is halved where they lie a multiple of PageBytes apart in a B of more than four
	// times BandBytes; else it is doubled unless they lie so; where the kernel of wide tiles fetches
	// them ahead it is doubled, and again for less than eight rows of A.
	StreamDepth int
	// NearDepth takes the place of StreamDepth, if it is more, for a B of at most four times BandBytes.
	NearDepth int
	// BandBytes is the size of such a B from which on one row of A reads it so, too: none of the
	// caches, of which the last one is shared, is then likely to hold it.
	BandBytes int
	// AheadBytes is how far before its use a B that was packed beforehand is fetched: two pages, since
	// the processor's prefetchers stop at the end of each. It is at most 64 KiB.
	AheadBytes int
	// RowsAhead is how many rows before its use the kernel of wide tiles fetches a B that stands in no
	// panels and that L1 does not hold.
	RowsAhead int
	// FetchL2Bytes is the size of L2 from which on the register tile fetches nothing ahead: the cores
	// that have so much follow panels by themselves, and what else is fetched waits in their way. A B
	// that was packed beforehand is fetched all the same, since it may come from beyond L2.
	FetchL2Bytes int
	// PackDepth is the number of contiguous rows that are copied into panels together: panel by
	// panel the copy would walk from page to page.
	PackDepth int
	// PackPanels is the smallest number of column panels for which packing A pays, where it pays at
	// all: each packed element is read once per panel.
	PackPanels int
	// LowTileBytes is the height of the register tile, in bytes of A, below which a transposed A is
	// packed: a lower tile fetches most cache lines again for the next one.
	LowTileBytes int
	// PackABytes is the size of a transposed A from which on a tile that low has it packed even
	// where one kernel call would do, if there are twice PackPanels panels.
	PackABytes int
	// PackTallBytes is the size from which on any other tile has it packed, too: it then no longer
	// stays in L2 beside B and C, and lines that hold two tiles' rows come twice from beyond.
	PackTallBytes int
	// PageBytes, a power of two, is the distance of rows at which they fall into the same set of
	// L1, and are packed for that reason alone.
	PageBytes int
	// PageBlocks and HalfPageBlocks are the row blocks beyond which an unpacked B is packed,
	// whatever its size, if its rows lie a multiple of PageBytes, or of half of that, apart: a
	// panel and a tile of C are then more lines than the few sets hold that they fall into.
	PageBlocks, HalfPageBlocks int

	// SkinnyRows and SkinnyDepth are the least rows and depth from which on the kernel for few
	// columns pays, which takes 16 by 8 elements of A at a time.
	SkinnyRows, SkinnyDepth int

	// TransposeBytes is the largest depth, in bytes of a lane, for which a transposed B is
	// transposed in one go: to pack it would take about as long as to multiply. Rows of B and C
	// must not lie a multiple of TransposeStride bytes apart then, or those of a tile would share a
	// few sets of L1.
	TransposeBytes, TransposeStride int

	// ThreadWork is the smallest number of multiply-adds per thread for which engaging another one
	// pays in a training run, where the caller then fetches half of the results from another core's
	// cache.
	ThreadWork int

	// TrialWork is the smallest number of multiply-adds of a product whose plan chooses by timing,
	// see [Engine.Plan]: some microseconds, below which the clock's own time and steps show.
	TrialWork int
}

// TuningFor returns the tuning that is derived from cache sizes for products of an ISA's kernels
// over elements of type T.
func TuningFor[T Float](isa *ISA, caches Caches) Tuning {
	return deriveTuning(caches, asm.For[T](isa).Gemm.NR, elementBytes[T]())
}

// widePanel is the width of a panel of B in bytes from which on a tile has time to read B from L2.
const widePanel = 128

// deriveTuning returns the tuning for cache sizes and panels of B of so many columns of so many
// bytes each.
func deriveTuning(c Caches, nr, elem int) Tuning {
	kc := 2048 // a panel of AVX2's float32 this deep just fills an L1 of 32 KiB
	switch {
	case nr*elem >= widePanel:
		kc *= 2
	case nr*elem >= widePanel/2 && c.L2 >= 512<<10: // which holds two panels of 64 KiB beside A
		kc = 1024 * elem
	}
	if 0 < c.L1 && c.L1 < 32<<10 {
		kc /= 2
	}
	nc := 4 << 20
	if c.L3 > 0 {
		nc = max(min(nc, c.L3/4), 256<<10)
	}
	l2 := c.L2
	if l2 == 0 {
		l2 = max(c.L1, 64<<10)
	}
	// Two registers of AVX2 a panel: few rows wait for L2 and L3, which are near if L2 is small.
	packRows, nearDepth, packDepth := 32, 32, 16
	if nr*elem == widePanel/2 && l2 <= 512<<10 {
		packRows, nearDepth, packDepth = 12, 512, 8
	}
	return Tuning{
		Caches:  c,
		KCBytes: kc, MCBytes: l2 / 2, NCBytes: nc, GroupBytes: l2 / 16,
		PackBytes: l2 / 4 * 3, PackRows: packRows, StreamDepth: 32, NearDepth: nearDepth,
		BandBytes:  4 * l2,
		AheadBytes: 8192, RowsAhead: 8, FetchL2Bytes: 2 << 20, PackDepth: packDepth, PackPanels: 8,
		LowTileBytes: 56, PackABytes: 128 << 10, PackTallBytes: l2 / 8 * 3,
		PageBytes: 4096, PageBlocks: 2, HalfPageBlocks: 5,
		SkinnyRows: 16, SkinnyDepth: 8,
		TransposeBytes: 64, TransposeStride: 2048,
		ThreadWork: 1 << 20, TrialWork: 1 << 18,
	}
}

// complete returns the tuning with the fields that are 0 derived for panels of B of so many columns of
// so many bytes each.
func (t Tuning) complete(nr, elem int) Tuning {
	if t.Caches == (Caches{}) {
		t.Caches = asm.CacheSizes()
	}
	derived := deriveTuning(t.Caches, nr, elem)
	given, fallback := t.fields(), derived.fields()
	for i, field := range given {
		if *field == 0 {
			*field = *fallback[i]
		}
	}
	t.AheadBytes = min(t.AheadBytes, 64<<10) // the kernels take this for an address from 1 MiB on
	for t.PageBytes&(t.PageBytes-1) != 0 {   // down to a power of two
		t.PageBytes &= t.PageBytes - 1
	}
	return t
}

// require panics if a field or a cache is negative.
func (t *Tuning) require(op string) {
	caches, fields := reflect.ValueOf(t.Caches), reflect.ValueOf(*t)
	for i := range caches.NumField() {
		if n := caches.Field(i).Int(); n < 0 {
			panic(fmt.Sprintf("tensor: %s: Tuning.Caches.%s is %d bytes, which is negative", op,
				caches.Type().Field(i).Name, n))
		}
	}
	for i, field := range t.fields() {
		if *field < 0 { // field 0 is Caches
			panic(fmt.Sprintf("tensor: %s: Tuning.%s is %d, which is negative", op,
				fields.Type().Field(i+1).Name, *field))
		}
	}
}

// fields returns all fields but the cache sizes.
func (t *Tuning) fields() []*int {
	return []*int{
		&t.KCBytes, &t.MCBytes, &t.NCBytes, &t.GroupBytes, &t.PackBytes, &t.PackRows,
		&t.StreamDepth, &t.NearDepth, &t.BandBytes, &t.AheadBytes, &t.RowsAhead, &t.FetchL2Bytes,
		&t.PackDepth,
		&t.PackPanels, &t.LowTileBytes, &t.PackABytes, &t.PackTallBytes, &t.PageBytes, &t.PageBlocks,
		&t.HalfPageBlocks,
		&t.SkinnyRows, &t.SkinnyDepth, &t.TransposeBytes, &t.TransposeStride, &t.ThreadWork,
		&t.TrialWork,
	}
}
