package simdnn

import (
	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// mostSmall is the number of rows, columns and steps up to which a product is one kernel call, which is
// decided here: what [tensor.Engine.MatMulMatrix] asks takes as long as 8×8×8.
const mostSmall = 32

// smallGemm sets C = alpha·op(A)·op(B) + beta·C with the bits of [core.multiply], for valid operands
// up to mostSmall, more than one column and alpha ≠ 0. It copies a transposed B, and the smaller one
// of A and B if it must be scaled.
func (c *core[T]) smallGemm(transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int,
	beta T, r []T, ldc int) {

	scalesA := alpha != 1 && m <= n
	scalesB := alpha != 1 && m > n
	s := c.getIf(alpha != 1 || transB)
	if beta != 0 && beta != 1 {
		for i := range m {
			scaleFew(r[i*ldc:][:n], beta)
		}
	}
	if transB {
		copied := grow(&s.block, k*n)
		c.k.Gemm.Pack(copied, n, b, ldb, 1, n, k)
		b, ldb = copied, n
	}
	if scalesB {
		b, ldb = scaledRows(grow(&s.scaled, k*n), b, k, n, ldb, alpha), n
	}
	var l asm.Layout // no literal: it would be copied, and the loads that follow so soon would wait
	mr := int(c.heights[m])
	l.M, l.N, l.K, l.LDC, l.MR = m, n, k, ldc, mr
	switch {
	case transA && scalesA:
		a, lda = scaledRows(grow(&s.scaled, k*m), a, k, m, lda, alpha), m
	case scalesA:
		a, lda = scaledRows(grow(&s.scaled, m*k), a, m, k, lda, alpha), k
	}
	if transA {
		l.APanel, l.ARow, l.ACol = mr, 1, lda
	} else {
		l.APanel, l.ARow, l.ACol = mr*lda, lda, 1
	}
	l.BPanel, l.BRow = c.k.Gemm.NR, ldb
	multiply := c.k.Gemm.Mul
	if n > c.k.Gemm.NR && c.k.Gemm.Wide != nil {
		multiply = c.k.Gemm.Wide
	}
	multiply(&r[0], &a[0], &b[0], nil, asm.Noescape(&l), beta != 0, nil)
	c.put(s)
}

// scaledRows sets dst to alpha times the rows of a matrix, one after the other.
func scaledRows[T tensor.Float](dst, a []T, rows, cols, ld int, alpha T) []T {
	for i := range rows {
		to := dst[i*cols:][:cols]
		for j, v := range a[i*ld:][:cols] {
			to[j] = alpha * v
		}
	}
	return dst
}

// setHeights sets the heights of row blocks by number of rows: equal ones, and as few as there can
// be.
func (c *core[T]) setHeights() {
	for m := 1; m <= mostSmall; m++ {
		blocks := (m + c.k.Gemm.MR - 1) / c.k.Gemm.MR
		c.heights[m] = uint8((m + blocks - 1) / blocks)
	}
}
