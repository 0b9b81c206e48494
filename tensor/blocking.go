package tensor

import "unsafe"

// This file holds the sizes and thresholds of matrix products: how large products are cut so that each piece stays in the cache that
// it is read from (Goto and van de Geijn 2008), when operands are packed, and when threads help.
const (
	// kcBytes is the depth of a block in bytes of one lane: 512 float32 or 256 float64. A deeper block resumes its chains from C
	// less often, which costs two passes over the tile; a panel of B this deep just fills a first-level cache of 32 KiB, and a panel of A
	// streams past it.
	//
	// Zen 3, AVX2, speed relative to OpenBLAS in the same sitting, at 1024, 1536, 2048 and 3072 bytes: float32 512³ 1.01, 1.07, 1.07,
	// 1.05; 1024³ 0.90, 0.97, 0.98, 0.99; float64 512³ 0.92, 0.99, 1.03, 1.02; 1024³ 0.80, 0.90, 0.98, 0.91.
	// In bench/peers: go run . --dtype f32,f64 --shape 512x512x512,1024x1024x1024 --trans NN gemm
	kcBytes = 2048
	// mcBytes is the size of a packed block of A: half of a 512 KiB second-level cache.
	mcBytes = 256 << 10
	// ncBytes is the size of a packed block of B: a share of the third-level cache.
	ncBytes = 4 << 20

	// packBytes is the size of a plain B from which on it is packed: beyond it the rows of B, a page or more apart, no longer stay
	// in the first-level cache while the rows of A pass.
	packBytes = 128 << 10
	// packRows is the smallest number of rows of A for which packing a plain B pays: each packed element is read once a row block.
	packRows = 32

	// directElements is the number of elements of C that a direct product's kernel call covers: the kernel goes down all rows of a panel
	// of columns before it takes the next panel, and whole rows of C are to be written while they are in the cache.
	directElements = 8 << 10

	// threadFlops is the smallest number of multiply-adds a thread for which waking another one pays.
	threadFlops = 1 << 19
)

// blocking is the plan of one product: how it is cut, and what is packed.
type blocking struct {
	mr         int // height of a row block
	mc, kc, nc int // size of a block: rows, depth, columns
	packA      bool
	packB      bool
	parts      int  // number of parts for threads
	byRows     bool // the parts are ranges of rows, not of columns
}

// isDirect tells whether a product is best done by one kernel call over its plain operands.
func (e *Engine[T]) isDirect(f *factors[T]) bool {
	var zero T
	elem := int(unsafe.Sizeof(zero))
	m, n, k := f.c.rows, f.c.cols, f.a.cols
	return f.b.cs == 1 && k*n*elem < packBytes && m*k*elem < mcBytes && (e.threads == 1 || m*n*k < 2*threadFlops)
}

// plan chooses the blocking of a product that is not direct, from its shape and strides alone.
func (e *Engine[T]) plan(f *factors[T]) blocking {
	var zero T
	elem := int(unsafe.Sizeof(zero))
	m, n, k := f.c.rows, f.c.cols, f.a.cols
	tile := &e.k.Gemm
	b := blocking{mr: balanced(m, tile.MR), mc: m, kc: k, nc: n, parts: 1}
	b.packB = f.b.cs != 1 || k*n*elem >= packBytes && m >= packRows
	if k*n*elem >= packBytes || m*k*elem >= mcBytes {
		b.kc = balanced(k, kcBytes/elem)
		b.nc = roundUp(min(n, max(ncBytes/(b.kc*elem), tile.NR)), tile.NR)
		b.mc = roundUp(min(m, max(mcBytes/(b.kc*elem), b.mr)), b.mr)
		b.packA = n >= 4*tile.NR
	}
	if e.threads > 1 {
		e.split(&b, m, n, k)
	}
	return b
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

// balanced returns the size of the equal pieces, at most limit each, that n is cut into: 32 rows in blocks of at most 14 are 11+11+10,
// not 14+14+4.
func balanced(n, limit int) int {
	pieces := (n + limit - 1) / limit
	return (n + pieces - 1) / pieces
}

// roundUp returns the smallest multiple of unit that is at least n.
func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }
