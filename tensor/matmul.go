package tensor

import (
	"fmt"

	"simdnn/internal/race"
	"simdnn/tensor/asm"
)

// Trans says which operands of a product are transposed: the first letter is that of A, the second
// that of B.
type Trans uint8

// The four products C = op(A)·op(B).
const (
	NN Trans = iota // C = A·B
	NT              // C = A·Bᵀ
	TN              // C = Aᵀ·B
	TT              // C = Aᵀ·Bᵀ
)

// String returns the two letters.
func (t Trans) String() string {
	if t > TT {
		return fmt.Sprintf("Trans(%d)", uint8(t))
	}
	return [...]string{"NN", "NT", "TN", "TT"}[t]
}

// ParseTrans returns the Trans of two letters, or an error that lists the four.
func ParseTrans(s string) (Trans, error) {
	for t := NN; t <= TT; t++ {
		if t.String() == s {
			return t, nil
		}
	}
	return 0, fmt.Errorf("unknown transposes %q; known: NN, NT, TN, TT", s)
}

// MatMul sets C to the product op(A)·op(B) of matrices, which may be strided views. It panics if A
// or B has an element in common with C.
//
// Each element of C is one chain of fused multiply-adds over the ascending inner index, starting at
// 0. A product with one column is computed as dots, in virtual lanes (see package asm). The bits of
// C depend on the operands alone.
//
// Products of few rows of A by a B beyond L2 go by the rate of memory, which rules know little of:
// those of the same sizes and strides try a few ways, as plans do, see [Engine.Plan].
func (e *Engine[T]) MatMul(c, a, b *Tensor[T], trans Trans) {
	if o := (output[T]{}); !e.fastPath(c, a, b, trans, o) {
		e.slowPath("MatMul", c, a, b, trans, o)
	}
}

// MatMulAdd adds the product op(A)·op(B) to C: the chains start at the elements of C. A dot is
// computed whole, then added.
func (e *Engine[T]) MatMulAdd(c, a, b *Tensor[T], trans Trans) {
	if o := (output[T]{accumulate: true}); !e.fastPath(c, a, b, trans, o) {
		e.slowPath("MatMulAdd", c, a, b, trans, o)
	}
}

// MatMulEpilogue sets C to op(A)·op(B) as MatMul does, and passes each element through an epilogue,
// while it is still in a register: a bias for each column, then perhaps an activation or the
// gradient of one; those of another kind follow in the cache. The bits are those of the separate
// operations.
func (e *Engine[T]) MatMulEpilogue(c, a, b *Tensor[T], trans Trans, epilogue *Epilogue[T]) {
	if epilogue == nil {
		panic("tensor: MatMulEpilogue: the epilogue is nil")
	}
	if len(c.shape) == 2 {
		epilogue.check("MatMulEpilogue", c.shape[0], c.shape[1], c.IsContiguous())
		epilogue.checkApart("MatMulEpilogue", c, a, b)
	}
	if o := (output[T]{epilogue: epilogue}); !e.fastPath(c, a, b, trans, o) {
		e.slowPath("MatMulEpilogue", c, a, b, trans, o)
	}
}

// slowPath checks the shapes of a product and computes it the way that is decided on.
func (e *Engine[T]) slowPath(op string, c, a, b *Tensor[T], trans Trans, o output[T]) {
	var f operands[T]
	f.set(op, c, a, b, trans)
	requireApart(op, "C", "A", c, a)
	requireApart(op, "C", "B", c, b)
	if race.Enabled {
		f.raceAnnotate()
	}
	p := f.problem(o.use())
	d := e.rules.decide(p)
	if e.rules.readsOnce(&d, &p) {
		if t := e.planned(p, d, false).trials; t != nil {
			t.run(func(d *plan[T]) { e.compute(&f, &d.decision, o) })
			return
		}
	}
	e.compute(&f, &d, o)
}

// fastPath computes a product if one kernel call over the operands as they stand does, and reports
// whether it did. Such products may take less time than the slow path's decision: this asks the
// first questions of it and leaves everything unusual to that path, errors included.
func (e *Engine[T]) fastPath(c, a, b *Tensor[T], trans Trans, o output[T]) bool {
	if len(c.shape) != 2 || len(a.shape) != 2 || len(b.shape) != 2 || trans&^TN != 0 {
		return false
	}
	m, n, k := c.shape[0], c.shape[1], b.shape[0]
	aRows, aCols := a.shape[0], a.shape[1]
	cs, as, bs := (*[2]int)(c.strides), (*[2]int)(a.strides), (*[2]int)(b.strides)
	aRow, aCol := as[0], as[1]
	if trans == TN {
		aRows, aCols, aRow, aCol = aCols, aRows, aCol, aRow
	}
	if aRows != m || aCols != k || b.shape[1] != n || m < 1 || n < 1 || k < 1 {
		return false
	}
	if !apart(c.data, a.data) || !apart(c.data, b.data) {
		return false
	}
	if n == 1 {
		if aCol != 1 || bs[0] != 1 || cs[0] != 1 || o.accumulate {
			return false
		}
		e.k.Reduce.Gemv(c.data[:m], a.data, aRow, b.data[:k])
		o.apply(e.k, c.data[:m], 0)
		return true
	}
	u := o.use()
	if cs[1] != 1 || bs[1] != 1 || !e.rules.fits(m, n, k) || m*n >= e.rules.limitC ||
		!e.rules.isOneCall(m, n, k, aRow, aCol, bs[0], u) {
		return false
	}
	mr, kernel := e.rules.blockHeight(m), e.rules.chooseKernel(m, n, k, aRow, aCol, u)
	var l asm.Layout // no literal: it would be copied, and the loads that follow so soon would wait
	l.M, l.N, l.K, l.LDC = m, n, k, cs[0]
	l.APanel, l.ARow, l.ACol, l.BPanel, l.BRow, l.MR = mr*aRow, aRow, aCol, e.rules.nr, bs[0], mr
	if kernel == kernelWide {
		l.Ahead = e.rules.rowsAhead(k, bs[0])
	}
	if race.Enabled {
		f := operands[T]{c.matrix(), a.matrix(), b.matrix()}
		f.raceAnnotate()
	}
	e.multiply(kernel)(&c.data[0], &a.data[0], &b.data[0], nil, asm.Noescape(&l), o.accumulate,
		o.forKernel())
	if o.epilogue != nil {
		o.finish(c.matrix())
	}
	return true
}

// multiply returns one of the engine's kernels.
func (e *Engine[T]) multiply(k kernel) asm.Multiply[T] {
	switch k {
	case kernelRow:
		return e.k.Gemm.Row
	case kernelRowBands:
		return e.k.Gemm.RowBands
	case kernelFew:
		return e.k.Gemm.Few
	case kernelSkinny:
		return e.k.Gemm.Skinny
	case kernelWide:
		return e.k.Gemm.Wide
	}
	return e.k.Gemm.Mul
}

// matrix is a strided view of a slice: element (i, j) is data[i·rs + j·cs].
type matrix[T Element] struct {
	data       []T
	rows, cols int
	rs, cs     int
}

// transposed returns the view with rows and columns swapped.
func (m matrix[T]) transposed() matrix[T] {
	return matrix[T]{m.data, m.cols, m.rows, m.cs, m.rs}
}

// from returns the view that starts at element (i, j) and has the given size.
//
//go:noinline
func (m matrix[T]) from(i, j, rows, cols int) matrix[T] {
	if m.data == nil { // it is nowhere, see [Bands]
		return matrix[T]{nil, rows, cols, m.rs, m.cs}
	}
	return matrix[T]{m.data[i*m.rs+j*m.cs:], rows, cols, m.rs, m.cs}
}

// operands are the three matrices of a product C = A·B.
type operands[T Float] struct{ c, a, b matrix[T] }

// set checks the shapes of a product and sets its matrices, with the transposes carried out.
func (f *operands[T]) set(op string, c, a, b *Tensor[T], trans Trans) {
	if trans > TT {
		panic(fmt.Sprintf("tensor: %s: %v is not NN, NT, TN or TT", op, trans))
	}
	if len(c.shape) == 2 && len(a.shape) == 2 && len(b.shape) == 2 {
		f.c, f.a, f.b = c.matrix(), a.matrix(), b.matrix()
		if trans == TN || trans == TT {
			f.a = f.a.transposed()
		}
		if trans == NT || trans == TT {
			f.b = f.b.transposed()
		}
		if f.a.rows == f.c.rows && f.b.cols == f.c.cols && f.a.cols == f.b.rows {
			if f.c.rs == 0 || f.c.cs == 0 {
				requireWritable(op, c)
			}
			return
		}
	}
	panic(fmt.Sprintf("tensor: %s %v: shapes %v and %v do not give %v", op, trans, a.shape, b.shape,
		c.shape))
}

// matrix returns a tensor of rank 2 as a matrix.
func (t *Tensor[T]) matrix() matrix[T] {
	return matrix[T]{t.data, t.shape[0], t.shape[1], t.strides[0], t.strides[1]}
}

// problem returns what is to be decided about the product.
func (f *operands[T]) problem(u use) problem {
	return problem{m: f.c.rows, n: f.c.cols, k: f.a.cols, cRow: f.c.rs, cCol: f.c.cs,
		aRow: f.a.rs, aCol: f.a.cs, bRow: f.b.rs, bCol: f.b.cs, use: u}
}

// compute computes C = A·B or C += A·B the way that was decided on.
func (e *Engine[T]) compute(f *operands[T], d *decision, o output[T]) {
	switch {
	case d.mirrored:
		f = &operands[T]{f.c.transposed(), f.b.transposed(), f.a.transposed()}
	case d.viaCopy:
		c := matrix[T]{make([]T, f.c.rows*f.c.cols), f.c.rows, f.c.cols, f.c.cols, 1}
		c.copyFrom(f.c)
		defer f.c.copyFrom(c)
		f = &operands[T]{c, f.a, f.b}
	}
	switch d.way {
	case wayNoDepth:
		e.empty(f.c, o)
	case wayDots:
		e.dots(f, d, o)
	case wayOneCall:
		e.callOnce(f.c, &f.a.data[0], &f.b.data[0], d, o)
	case wayTransposeB:
		s := e.buffers[0].get()
		b := s.packB(f.b.rows * f.b.cols)
		e.k.Gemm.Pack(b, f.b.cols, f.b.data, f.b.cs, f.b.rs, f.b.cols, f.b.rows)
		e.callOnce(f.c, &f.a.data[0], &b[0], d, o)
		e.buffers[0].put(s)
	case wayTransposeResult:
		s := e.buffers[0].get()
		across := s.packB(f.c.rows * f.c.cols)
		l := &d.layout
		e.multiply(d.kernel)(&across[0], &f.b.data[0], &f.a.data[0], nil, asm.Noescape(l), false,
			nil)
		e.k.Gemm.Pack(f.c.data, f.c.rs, across, l.N, 1, l.M, l.N)
		e.buffers[0].put(s)
	case wayBlocks:
		e.blocked(f, d, o, nil)
	}
}

// callOnce multiplies unpacked operands in one kernel call.
func (e *Engine[T]) callOnce(c matrix[T], a, b *T, d *decision, o output[T]) {
	e.multiply(d.kernel)(&c.data[0], a, b, nil, asm.Noescape(&d.layout), o.accumulate,
		o.forKernel())
	o.finish(c)
}

// raceAnnotate tells the race detector what the kernels will read and write.
func (f *operands[T]) raceAnnotate() {
	f.a.forEachRun(race.Read)
	f.b.forEachRun(race.Read)
	f.c.forEachRun(race.Write)
}

// forEachRun calls visit with slices that hold the elements of the matrix and no others.
func (m matrix[T]) forEachRun(visit func(run []T)) {
	if m.cs != 1 && m.rs == 1 {
		m = m.transposed()
	}
	run := m.cols
	if m.cs != 1 {
		run = 1
	}
	for i := range m.rows {
		for j := 0; j < m.cols; j += run {
			visit(m.data[i*m.rs+j*m.cs:][:run])
		}
	}
}

// empty finishes a product of depth 0, whose chains end where they start.
func (e *Engine[T]) empty(c matrix[T], o output[T]) {
	row := make([]T, c.cols)
	for i := range c.rows {
		for j := range row {
			row[j] = 0
			if o.accumulate {
				row[j] = c.data[i*c.rs+j*c.cs]
			}
		}
		o.apply(e.k, row, i*c.rs)
		for j, v := range row {
			c.data[i*c.rs+j*c.cs] = v
		}
	}
}

// copyFrom copies the elements of a matrix of the same size.
func (m matrix[T]) copyFrom(x matrix[T]) {
	for i := range m.rows {
		for j := range m.cols {
			m.data[i*m.rs+j*m.cs] = x.data[i*x.rs+j*x.cs]
		}
	}
}

// dots computes a product with one column: a dot in virtual lanes for each row of A. Operands that
// are not contiguous along the inner index are packed, as are the dots of a C that is not
// contiguous or that they are added to.
func (e *Engine[T]) dots(f *operands[T], d *decision, o output[T]) {
	m, k := f.c.rows, f.a.cols
	if d.unpacked {
		e.k.Reduce.Gemv(f.c.data[:m], f.a.data, f.a.rs, f.b.data[:k])
		o.apply(e.k, f.c.data[:m], 0)
		return
	}
	s := e.buffers[0].get()
	defer e.buffers[0].put(s)
	buf := s.packB(k + m)
	x, y, sums, xRow := f.a.data, f.b.data, buf[k:], f.a.rs
	if f.b.rs != 1 {
		y = buf
		e.k.Gemm.Pack(y, 1, f.b.data, 1, f.b.rs, 1, k)
	}
	if f.a.cs != 1 {
		x, xRow = s.packA(m*k), k
		e.k.Gemm.Pack(x, k, f.a.data, f.a.cs, f.a.rs, k, m)
	}
	e.k.Reduce.Gemv(sums, x, xRow, y[:k])
	if o.accumulate {
		for i := range sums {
			sums[i] += f.c.data[i*f.c.rs]
		}
	}
	o.apply(e.k, sums, 0)
	for i, sum := range sums {
		f.c.data[i*f.c.rs] = sum
	}
}
