package main

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"simdnn/tensor"
)

// gonumProduct returns the product of gonum, which uses as many threads as Go runs.
func gonumProduct[T tensor.Float](m *matrices[T], by clock) contender {
	ta, tb := blas.NoTrans, blas.NoTrans
	lda, ldb := m.k, m.n
	if m.trans == tensor.TN || m.trans == tensor.TT {
		ta, lda = blas.Trans, m.m
	}
	if m.trans == tensor.NT || m.trans == tensor.TT {
		tb, ldb = blas.Trans, m.k
	}
	var work func()
	var g gonum.Implementation
	switch a := any(m.a.Data()).(type) {
	case []float32:
		b, c := any(m.b.Data()).([]float32), any(m.c.Data()).([]float32)
		work = func() { g.Sgemm(ta, tb, m.m, m.n, m.k, 1, a, lda, b, ldb, 0, c, m.n) }
	case []float64:
		b, c := any(m.b.Data()).([]float64), any(m.c.Data()).([]float64)
		work = func() { g.Dgemm(ta, tb, m.m, m.n, m.k, 1, a, lda, b, ldb, 0, c, m.n) }
	}
	return contender{name: "gonum", role: peer, run: by.timed(work)}
}
