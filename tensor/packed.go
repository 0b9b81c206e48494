package tensor

import (
	"fmt"

	"simdnn/internal/race"
)

// Packed is a matrix in the order in which products read it fastest: weights that stay, packed once for many products. It is a copy, and may
// be used by many goroutines at once, on engines with the same ISA.
type Packed[T Float] struct {
	rows, cols int
	isa        string
	panels     []T // of NR columns each, row by row
}

// Pack copies a matrix, for [Engine.MatMulPacked]. The matrix may be a strided view, such as a transposed one.
func (e *Engine[T]) Pack(b *Tensor[T]) *Packed[T] {
	if len(b.shape) != 2 {
		panic(fmt.Sprintf("tensor: Pack: the shape %v is not that of a matrix", b.shape))
	}
	m, nr := b.matrix(), e.k.Gemm.NR
	p := &Packed[T]{rows: m.rows, cols: m.cols, isa: e.ISA(), panels: alignedSlice[T](roundUp(m.cols, nr) * m.rows)}
	if m.rows > 0 {
		e.packPanels(p.panels, m, nr)
	}
	return p
}

// Shape returns the matrix's rows and columns.
func (p *Packed[T]) Shape() []int { return []int{p.rows, p.cols} }

// matrix returns a view in which an element (i, j) stands where it does in the panels if j is a multiple of nr.
func (p *Packed[T]) matrix(nr int) matrix[T] { return matrix[T]{p.panels, p.rows, p.cols, nr, p.rows} }

// MatMulPacked sets C = A·B, as [Engine.MatMul] does and with the same bits, and passes it through an epilogue, as [Engine.MatMulEpilogue]
// does, unless that is nil. The rows of C are contiguous; A may be any view.
func (e *Engine[T]) MatMulPacked(c, a *Tensor[T], b *Packed[T], epilogue *Epilogue[T]) {
	const op = "MatMulPacked"
	if b.isa != e.ISA() {
		panic(fmt.Sprintf("tensor: %s: the matrix was packed for the ISA %s, and this is %s", op, b.isa, e.ISA()))
	}
	if len(c.shape) != 2 || len(a.shape) != 2 || a.shape[0] != c.shape[0] || a.shape[1] != b.rows || c.shape[1] != b.cols {
		panic(fmt.Sprintf("tensor: %s: shapes %v and %v do not give %v", op, a.shape, b.Shape(), c.shape))
	}
	if c.strides[1] != 1 && b.cols > 1 {
		panic(fmt.Sprintf("tensor: %s: the rows of C are not contiguous, but have the stride %d", op, c.strides[1]))
	}
	if epilogue != nil {
		epilogue.check(op, c.shape[0], b.cols, c.IsContiguous())
	}
	o := output[T]{epilogue: epilogue}
	f := factors[T]{c.matrix(), a.matrix(), b.matrix(e.k.Gemm.NR)}
	if race.Enabled {
		f.a.forEachRun(race.Read)
		f.c.forEachRun(race.Write)
		race.Read(b.panels)
	}
	switch {
	case f.c.rows == 0 || f.c.cols == 0:
	case b.rows == 0:
		e.empty(f.c, o)
	case b.cols == 1: // dots, for which the only panel is a vector with gaps
		e.dots(&f, o)
	default:
		plan := e.plan(&f)
		plan.packB, plan.nc = beforehand, b.cols
		e.blocked(&f, &plan, o, nil)
	}
}
