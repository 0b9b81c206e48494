package simdnn

import (
	"gonum.org/v1/gonum/blas"

	"simdnn/tensor"
)

// The blocks of the matrices of which one triangle is stored.
const (
	triangleRows  = 64      // of blocks of C on its diagonal, computed whole
	symmetricRows = 128     // of a symmetric A written out
	mostScaled    = 1 << 20 // elements of an operand copied to be scaled
)

// gemm sets C = alpha·op(A)·op(B) + beta·C.
func (c *core[T]) gemm(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int,
	beta T, r []T, ldc int) bool {

	if max(m, n, k) <= mostSmall && n > 1 && alpha != 0 && isOperand(tA, a, m, k, lda) &&
		isOperand(tB, b, k, n, ldb) && isMatrix(r, m, n, ldc) {
		c.smallGemm(tA != blas.NoTrans, tB != blas.NoTrans, m, n, k, alpha, a, lda, b, ldb, beta, r,
			ldc)
		return true
	}
	A, okA := operand(tA, a, m, k, lda)
	B, okB := operand(tB, b, k, n, ldb)
	if !okA || !okB || !isMatrix(r, m, n, ldc) {
		return false
	}
	C := matrix(r, m, n, ldc)
	if alpha == 0 {
		c.scaleMatrix(C, beta)
		return true
	}
	if alpha == 1 && beta == 0 {
		c.e.MatMulMatrix(C, A, B, false)
		return true
	}
	s := c.get()
	c.multiply(s, C, alpha, A, B, beta)
	c.put(s)
	return true
}

// isMatrix reports whether a holds rows×cols elements, at least one, in rows ld apart.
func isMatrix[T tensor.Float](a []T, rows, cols, ld int) bool {
	return rows > 0 && cols > 0 && ld >= cols && len(a) >= (rows-1)*ld+cols
}

// isOperand reports whether a holds the rows×cols matrix op(A).
func isOperand[T tensor.Float](t blas.Transpose, a []T, rows, cols, ld int) bool {
	transposes, ok := isTranspose(t)
	if transposes {
		rows, cols = cols, rows
	}
	return ok && isMatrix(a, rows, cols, ld)
}

// operand returns a as the rows×cols matrix op(A), and whether it is one.
func operand[T tensor.Float](t blas.Transpose, a []T, rows, cols, ld int) (tensor.Matrix[T], bool) {
	ok := isOperand(t, a, rows, cols, ld)
	if t != blas.NoTrans {
		return matrix(a, cols, rows, ld).T(), ok
	}
	return matrix(a, rows, cols, ld), ok
}

// multiply sets C = alpha·A·B + beta·C, for alpha ≠ 0, with alpha multiplied into the smaller one
// of A and B, a piece of the inner dimension at a time.
func (c *core[T]) multiply(s *scratch[T], C tensor.Matrix[T], alpha T, A, B tensor.Matrix[T],
	beta T) {
	adds := beta != 0
	if adds {
		c.scaleMatrix(C, beta)
	}
	if alpha == 1 {
		c.e.MatMulMatrix(C, A, B, adds)
		return
	}
	piece := max(mostScaled/min(A.Rows, B.Cols), 256)
	for p := 0; p < A.Cols; p += piece {
		k := min(piece, A.Cols-p)
		Ap, Bp := A.From(0, p, A.Rows, k), B.From(p, 0, k, B.Cols)
		if A.Rows <= B.Cols {
			Ap = c.scaledCopy(&s.scaled, Ap, alpha)
		} else {
			Bp = c.scaledCopy(&s.scaled, Bp, alpha)
		}
		c.e.MatMulMatrix(C, Ap, Bp, adds || p > 0)
	}
}

// scaledCopy returns alpha·M in buf, row by row or column by column as M is.
func (c *core[T]) scaledCopy(buf *[]T, m tensor.Matrix[T], alpha T) tensor.Matrix[T] {
	if m.ColStride != 1 {
		return c.scaledCopy(buf, m.T(), alpha).T()
	}
	dst := matrix(grow(buf, m.Rows*m.Cols), m.Rows, m.Cols, m.Cols)
	if m.RowStride == m.Cols {
		c.k.Parametric[tensor.Scale](dst.Data, m.Data[:len(dst.Data)], alpha)
		return dst
	}
	for i := range m.Rows {
		c.k.Parametric[tensor.Scale](rowOf(dst, i), rowOf(m, i), alpha)
	}
	return dst
}

// scaleMatrix multiplies a matrix by beta, where 0 erases what stands there.
func (c *core[T]) scaleMatrix(m tensor.Matrix[T], beta T) {
	if beta == 1 {
		return
	}
	if m.ColStride != 1 {
		m = m.T()
	}
	for i := range m.Rows {
		c.scale(rowOf(m, i), beta)
	}
}

// rowOf returns a contiguous row of a matrix.
func rowOf[T tensor.Float](m tensor.Matrix[T], i int) []T { return m.Data[i*m.RowStride:][:m.Cols] }

// symm sets C = alpha·A·B + beta·C, or alpha·B·A + beta·C, for a symmetric A of which one triangle
// is read, and written out some rows at a time.
func (c *core[T]) symm(side blas.Side, ul blas.Uplo, m, n int, alpha T, a []T, lda int, b []T,
	ldb int, beta T, r []T, ldc int) bool {

	order := n
	if side == blas.Left {
		order = m
	}
	if side != blas.Left && side != blas.Right || !isUplo(ul) || !isMatrix(a, order, order, lda) ||
		!isMatrix(b, m, n, ldb) || !isMatrix(r, m, n, ldc) || alpha == 0 {
		return false
	}
	B, C := matrix(b, m, n, ldb), matrix(r, m, n, ldc)
	s := c.get()
	for i := 0; i < order; i += symmetricRows {
		rows := min(symmetricRows, order-i)
		R := matrix(grow(&s.block, rows*order), rows, order, order)
		writeOut(R, a, lda, i, ul == blas.Upper)
		if side == blas.Left {
			c.multiply(s, C.From(i, 0, rows, n), alpha, R, B, beta)
		} else {
			c.multiply(s, C.From(0, i, m, rows), alpha, B, R.T(), beta)
		}
	}
	c.put(s)
	return true
}

// writeOut sets dst to the rows from i on of a symmetric matrix of which one triangle is stored.
func writeOut[T tensor.Float](dst tensor.Matrix[T], a []T, lda, i int, upper bool) {
	for p := range dst.Rows {
		r, at := rowOf(dst, p), i+p
		lo, hi := 0, at // the columns that stand as rows elsewhere
		if !upper {
			lo, hi = at+1, dst.Cols
		}
		for j := lo; j < hi; j++ {
			r[j] = a[j*lda+at]
		}
		if upper {
			copy(r[at:], a[at*lda+at:][:dst.Cols-at])
		} else {
			copy(r, a[at*lda:][:at+1])
		}
	}
}

// syrk sets C = alpha·A·Aᵀ + beta·C, or alpha·Aᵀ·A + beta·C, in one triangle of C.
func (c *core[T]) syrk(ul blas.Uplo, t blas.Transpose, n, k int, alpha T, a []T, lda int, beta T,
	r []T, ldc int) bool {

	A, ok := operand(t, a, n, k, lda)
	if !ok || !isUplo(ul) || !isMatrix(r, n, n, ldc) || alpha == 0 {
		return false
	}
	s := c.get()
	c.eachBlock(s, matrix(r, n, n, ldc), ul == blas.Upper, beta, func(C tensor.Matrix[T], i, j int) {
		c.multiply(s, C, alpha, A.From(i, 0, C.Rows, k), A.From(j, 0, C.Cols, k).T(), 1)
	})
	c.put(s)
	return true
}

// syr2k sets C = alpha·A·Bᵀ + alpha·B·Aᵀ + beta·C, or alpha·Aᵀ·B + alpha·Bᵀ·A + beta·C, in one
// triangle of C.
func (c *core[T]) syr2k(ul blas.Uplo, t blas.Transpose, n, k int, alpha T, a []T, lda int, b []T,
	ldb int, beta T, r []T, ldc int) bool {

	A, okA := operand(t, a, n, k, lda)
	B, okB := operand(t, b, n, k, ldb)
	if !okA || !okB || !isUplo(ul) || !isMatrix(r, n, n, ldc) || alpha == 0 {
		return false
	}
	s := c.get()
	c.eachBlock(s, matrix(r, n, n, ldc), ul == blas.Upper, beta, func(C tensor.Matrix[T], i, j int) {
		c.multiply(s, C, alpha, A.From(i, 0, C.Rows, k), B.From(j, 0, C.Cols, k).T(), 1)
		c.multiply(s, C, alpha, B.From(i, 0, C.Rows, k), A.From(j, 0, C.Cols, k).T(), 1)
	})
	c.put(s)
	return true
}

// eachBlock scales a triangle of C by beta and calls add with the blocks that cover it, and the row
// and column of C where they begin. Those on the diagonal are copies, of which the triangle is put
// back.
func (c *core[T]) eachBlock(s *scratch[T], C tensor.Matrix[T], upper bool, beta T,
	add func(block tensor.Matrix[T], i, j int)) {

	t := triangleOf(upper, C.Rows, C.Data, C.RowStride)
	for i := range t.n {
		r, _ := t.row(i)
		c.scale(r, beta)
	}
	for i := 0; i < t.n; i += triangleRows {
		rows := min(triangleRows, t.n-i)
		if rest := t.n - i - rows; upper && rest > 0 {
			add(C.From(i, i+rows, rows, rest), i, i+rows)
		} else if !upper && i > 0 {
			add(C.From(i, 0, rows, i), i, 0)
		}
		D := matrix(grow(&s.block, rows*rows), rows, rows, rows)
		part := triangleOf(upper, rows, C.From(i, i, rows, rows).Data, C.RowStride)
		clear(D.Data)
		for p := range rows {
			r, j := part.row(p)
			copy(rowOf(D, p)[j:], r)
		}
		add(D, i, i)
		for p := range rows {
			r, j := part.row(p)
			copy(r, rowOf(D, p)[j:])
		}
	}
}
