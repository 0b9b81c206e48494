package tensor

import (
	"fmt"

	"simdnn/tensor/asm"
)

// runSteps returns the steps of the runs that rows of signed bytes are cut into, or 0 if there are
// no kernels for that: codes have four bits, and a block is a run or several of them.
func runSteps(coding Coding, block int) int {
	switch {
	case coding != Int4Coding:
		return 0
	case block <= asm.RunLength:
		return block
	case block%asm.RunLength == 0:
		return asm.RunLength
	}
	return 0
}

// HasDots reports whether [PlanDots] has kernels for a matrix of these codes.
func (c *Codes) HasDots() bool {
	return c.HasKernels() && runSteps(c.coding(), min(c.Block, c.Rows)) > 0
}

// PlanDots prepares products of rows of floats by weights of four bits that round the rows to
// signed bytes, in runs of a block's steps, or of 32 if a block has more: the largest magnitude of
// a run becomes 127. Sums of a run are exact, and are added up as float32. Other weights have no
// such products, see [Codes.HasDots].
func PlanDots(e *Engine[float32], rows int, w *Compressed) *CompressedProduct {
	p := PlanCompressed(e, rows, w)
	if p.steps = runSteps(w.coding, w.block); p.steps == 0 {
		panic(fmt.Sprintf("tensor: PlanDots: no kernels for %v in blocks of %d", w.coding, w.block))
	}
	return p
}

// round makes runs of the rows of A.
func (t *compressedTask) round() {
	n := len(t.a) / t.steps
	if len(t.runs) < n {
		t.runs = make([]asm.Run, n)
	}
	asm.Runs(t.runs[:n], t.a, t.steps)
}

// multiplyRuns computes a panel of C of rounded rows.
func (t *compressedTask) multiplyRuns(panel int, c []float32, ldc int) {
	w, k := t.weights, &t.kernels.Dots
	from, codes := w.layout(panel, 0, w.rows)
	l := asm.DotsLayout{LDC: ldc, ARow: w.rows / t.steps, Blocks: from.Blocks,
		Runs: w.block / t.steps, Groups: t.steps / w.coding.Group(),
		Scales: from.Scales, Zeros: from.Zeros, ZeroRow: from.ZeroRow}
	for i := 0; i < t.rows; i += k.Rows {
		l.M = min(k.Rows, t.rows-i)
		for row := range l.M {
			clear(c[(i+row)*ldc:][:w.nr])
		}
		k.Mul(&c[i*ldc], &t.runs[i*l.ARow], codes, asm.Noescape(&l))
	}
}
