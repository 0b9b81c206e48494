package tensor

import (
	"cmp"
	"fmt"

	"simdnn/internal/race"
	"simdnn/tensor/asm"
)

// rowPanelBytes is the width of the panels of [RowPanels] for one row where the kernel for single
// rows does not say what it takes at a time.
const rowPanelBytes = 512

// The kernel of wide tiles takes tiles of up to 6 rows by four registers and 9 by three. With fewer
// registers, those of [Packed], so few rows have too few chains to keep the FMA units busy: half as
// fast as they could be with 2 rows, two thirds with 4, four fifths with 12, where a core has two
// units and weights come from L2.
const (
	fourPanelRows  = 6
	threePanelRows = 12
)

// RowPanels is a k×n matrix in panels of columns, each of which the kernel for single rows, or that
// for a few, reads from end to end: for rows that come one after another, each made of the product
// before, as the states of a recurrent network are. It may be used by many goroutines at once
// between changes.
type RowPanels[T Float] struct {
	k, n, rows, width int
	data              []T
	whole, last       asm.Layout // of products with panels
	narrow            bool       // whether the last one is that of [asm.Gemm.Mul]
}

// NewRowPanels returns the panels of a k×n matrix of zeros for so many rows at a time, nil where
// the engine is faster with a matrix from [Engine.Pack], which it never is for one row.
func NewRowPanels[T Float](e *Engine[T], rows, k, n int) *RowPanels[T] {
	ahead := 8
	if k*n*e.rules.elem <= e.rules.tuning.Caches.L1 {
		ahead = 0
	}
	switch nr := e.rules.nr; { // two registers
	case rows == 1:
		// Wider panels would be read in pieces, which no processor foresees.
		width := cmp.Or(e.k.Gemm.RowColumns, rowPanelBytes/e.rules.elem)
		return newRowPanels(e, 1, k, n, width, 0)
	case !e.rules.wide || rows > threePanelRows || n <= nr:
		return nil
	case rows > fourPanelRows:
		return newRowPanels(e, rows, k, n, nr/2*3, 2*ahead)
	default:
		return newRowPanels(e, rows, k, n, 2*nr, ahead)
	}
}

// newRowPanels returns panels of so many columns, of which so many rows are fetched before their
// use.
func newRowPanels[T Float](e *Engine[T], rows, k, n, width, ahead int) *RowPanels[T] {
	if rows < 1 || k < 1 || n < 1 || size([]int{k, n, elementBytes[T]()}) < 0 {
		panic(fmt.Sprintf("tensor: NewRowPanels: the sizes %d and %d×%d are not all positive", rows, k,
			n))
	}
	p := &RowPanels[T]{k: k, n: n, rows: rows, width: width, data: alignedSlice[T](k * n)}
	layout := func(columns int) asm.Layout {
		return asm.Layout{M: rows, N: columns, K: k, LDC: n, APanel: rows * k, ARow: k, ACol: 1,
			BPanel: e.rules.nr, BRow: columns, MR: rows, Ahead: ahead * columns}
	}
	rest := (n-1)%width + 1
	p.whole, p.last = layout(width), layout(rest)
	if p.narrow = rows > 1 && rest < width && rest <= e.rules.nr; p.narrow {
		p.last.MR = e.rules.blockHeight(rows)
		p.last.APanel = p.last.MR * k
	}
	return p
}

// SetTransposed copies the n×k matrix w, whose rows are contiguous and become columns.
func (p *RowPanels[T]) SetTransposed(e *Engine[T], w []T) {
	if len(w) != p.k*p.n {
		panic(fmt.Sprintf("tensor: RowPanels.SetTransposed: %d elements for a matrix of %d×%d", len(w),
			p.n, p.k))
	}
	race.Read(w)
	race.Write(p.data)
	for j := 0; j < p.n; j += p.width {
		columns := min(p.width, p.n-j)
		e.k.Gemm.Pack(p.data[j*p.k:], columns, w[j*p.k:], p.k, 1, columns, p.k)
	}
}

// Multiply sets c, whose rows have n elements, to the product of the rows a, of k elements, and the
// matrix, or adds it: chains over ascending k, as those of [Engine.MatMul]. It begins at the last
// panel if backwards says so, which changes no bit: who multiplies again and again, to and fro,
// finds the panels that were read last in a cache that does not hold them all.
func (p *RowPanels[T]) Multiply(e *Engine[T], c, a []T, accumulate, backwards bool) {
	if len(c) != p.rows*p.n || len(a) != p.rows*p.k || !apart(c, a) {
		panic(fmt.Sprintf("tensor: RowPanels.Multiply: %d and %d elements for %d rows and a matrix of "+
			"%d×%d, or not apart", len(c), len(a), p.rows, p.k, p.n))
	}
	race.Read(a)
	race.Read(p.data)
	race.Write(c)
	panels := (p.n + p.width - 1) / p.width
	for i := range panels {
		if backwards {
			i = panels - 1 - i
		}
		p.panel(e, c[i*p.width:], a, i*p.width, accumulate)
	}
}

// panel multiplies by the panel of the columns from j on, which c begins with.
func (p *RowPanels[T]) panel(e *Engine[T], c, a []T, j int, accumulate bool) {
	l, multiply, last := &p.whole, e.k.Gemm.Row, j+p.width >= p.n
	if last {
		l = &p.last
	}
	switch {
	case last && p.narrow:
		multiply = e.k.Gemm.Mul
	case p.rows > 1:
		multiply = e.k.Gemm.Wide
	}
	multiply(&c[0], &a[0], &p.data[j*p.k], nil, l, accumulate, nil)
}
