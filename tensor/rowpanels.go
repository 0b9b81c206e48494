package tensor

import (
	"fmt"

	"simdnn/internal/race"
	"simdnn/tensor/asm"
)

// rowPanelBytes is the width of the panels of [RowPanels]: what AVX-512's kernel for single rows
// takes at a time, and twice what the others do.
const rowPanelBytes = 512

// RowPanels is a k×n matrix in panels of columns, each of which the kernel for single rows reads
// from end to end: for rows that come one after another, each made of the product before, as the
// states of a recurrent network are. It may be used by many goroutines at once between changes.
type RowPanels[T Float] struct {
	k, n, width int
	data        []T
}

// NewRowPanels returns the panels of a k×n matrix of zeros, both at least 1.
func NewRowPanels[T Float](k, n int) *RowPanels[T] {
	if k < 1 || n < 1 || size([]int{k, n, elementBytes[T]()}) < 0 {
		panic(fmt.Sprintf("tensor: NewRowPanels: the sizes %d×%d are not all positive", k, n))
	}
	return &RowPanels[T]{k: k, n: n, width: rowPanelBytes / elementBytes[T](),
		data: alignedSlice[T](k * n)}
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

// Multiply sets c, of n elements, to the product of the row a, of k elements, and the matrix, or
// adds it: chains over ascending k, as those of [Engine.MatMul].
func (p *RowPanels[T]) Multiply(e *Engine[T], c, a []T, accumulate bool) {
	if len(c) != p.n || len(a) != p.k || !apart(c, a) {
		panic(fmt.Sprintf("tensor: RowPanels.Multiply: rows of %d and %d elements for a matrix of %d×%d, "+
			"or not apart", len(c), len(a), p.k, p.n))
	}
	race.Read(a)
	race.Read(p.data)
	race.Write(c)
	l := asm.Layout{M: 1, K: p.k, APanel: p.k, ARow: p.k, ACol: 1, BPanel: e.rules.nr, MR: 1}
	for j := 0; j < p.n; j += p.width {
		columns := min(p.width, p.n-j)
		l.N, l.LDC, l.BRow = columns, columns, columns
		e.k.Gemm.Row(&c[j], &a[0], &p.data[j*p.k], nil, asm.Noescape(&l), accumulate, nil)
	}
}
