// Package simdnn lets gonum compute with the kernels of simdnn:
//
//	blas64.Use(simdnn.BLAS())
//	blas32.Use(simdnn.BLAS())
//
// From then on gonum's mat, lapack, stat and what stands on them multiply, factorise and solve with
// them. [Dense], [Vector] and [Tensor] show tensors to gonum's mat, and back, without copying.
//
// # What is computed how
//
// Products, gemm and the blocks of symm, syrk, syr2k, trmm and trsm, are chains of fused
// multiply-adds over the ascending inner index (a single column: dots in virtual lanes), which
// begin at beta·C, with alpha multiplied into the operand of fewer elements. Matrices times
// vectors, dots and sums have the orders of package [simdnn/tensor/asm]. What is too short to be
// worth a kernel for many has each product rounded before it is added: vectors and rows of up to 16
// elements, triangles of that order, or with as many diagonals, that are multiplied or solved, and
// vectors with gaps. So results have the same bits on every instruction set (generic excepted) and
// with any number of threads, and rows of a product don't depend on how many there are. Nothing is
// skipped: 0·NaN is NaN wherever an element is multiplied.
//
// With beta = 0 what stood in C or y is not read, with alpha = 0 A, B and x are not. Everything
// else that gonum defines is as there: which arguments panic and with what text, empty operands,
// negative increments, triangles that are not read, and triangular solves without a test for
// singularity.
//
// Gonum's own are: swap, copy, rot, rotg, rotm, rotmg, sdsdot, dsdot, scal by 0, norms whose squares
// overflow or vanish, and everything complex. Those that add up may round otherwise on other
// processors than amd64.
package simdnn

import (
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"simdnn/tensor"
)

// Implementation is a [blas.Float32] and a [blas.Float64], and with gonum's own routines a
// [blas.Complex64] and a [blas.Complex128]. It may be used by many goroutines at once.
type Implementation struct {
	gonum.Implementation // the routines that are not overridden, and what these refuse
	*cores
}

// cores are one pointer, which an interface holds as it is: calls through it need no copy.
type cores struct {
	f32 core[float32]
	f64 core[float64]
}

var (
	_ blas.Float32    = Implementation{}
	_ blas.Float64    = Implementation{}
	_ blas.Complex64  = Implementation{}
	_ blas.Complex128 = Implementation{}
)

// BLAS returns the implementation with the instruction set that was chosen at start, on as many
// threads as Go runs.
func BLAS() Implementation {
	return shared()
}

var shared = sync.OnceValue(func() Implementation {
	return With(tensor.Default[float32](), tensor.Default[float64]())
})

// With returns an implementation that computes with these engines.
func With(f32 *tensor.Engine[float32], f64 *tensor.Engine[float64]) Implementation {
	c := new(cores)
	c.f32.set(f32)
	c.f64.set(f64)
	return Implementation{cores: c}
}

// core has the routines of one element type. Each reports whether it did what it was asked for: it
// leaves to gonum's own what has wrong arguments, to panic as gonum does, and what is empty.
type core[T tensor.Float] struct {
	e     *tensor.Engine[T]
	k     *tensor.Kernels[T]
	few   fewKernels[T]
	gaps  gapKernels[T]
	spare sync.Pool // of *scratch[T]

	heights [mostSmall + 1]uint8 // of row blocks by number of rows
}

func (c *core[T]) set(e *tensor.Engine[T]) {
	c.e, c.k = e, e.Kernels()
	c.spare.New = func() any { return new(scratch[T]) }
	c.setHeights()
	c.setFew()
}

// scratch is the memory of one call.
type scratch[T tensor.Float] struct {
	x, y   []T // vectors that are contiguous
	result []T
	scaled []T // an operand of a product
	block  []T // of a matrix
	turned []T // a block of rows of a transposed matrix
}

func (c *core[T]) get() *scratch[T] { return c.spare.Get().(*scratch[T]) }

// getIf returns nil, which serves as well, unless memory is needed.
func (c *core[T]) getIf(needed bool) *scratch[T] {
	if !needed {
		return nil
	}
	return c.get()
}

func (c *core[T]) put(s *scratch[T]) {
	if s != nil {
		c.spare.Put(s)
	}
}

// gatherX returns the elements of a vector one after the other, see [gather].
func (s *scratch[T]) gatherX(x []T, n, inc int) []T {
	if inc == 1 {
		return x[:n]
	}
	return gather(grow(&s.x, n), x, inc)
}

// gatherY does so for a second vector.
func (s *scratch[T]) gatherY(y []T, n, inc int) []T {
	if inc == 1 {
		return y[:n]
	}
	return gather(grow(&s.y, n), y, inc)
}

// grow returns the first n elements of a buffer, which it replaces if it is too small.
func grow[T tensor.Float](buf *[]T, n int) []T {
	if cap(*buf) < n {
		*buf = make([]T, n+n/4)
	}
	return (*buf)[:n]
}

// holds reports whether x has n ≥ 1 elements inc apart, an increment of either sign but 0.
func holds[T tensor.Float](x []T, n, inc int) bool {
	return n > 0 && (inc > 0 && len(x) > (n-1)*inc || inc < 0 && len(x) > (1-n)*inc)
}

// first returns where the first of n elements inc apart stands: those of a negative increment are
// in reverse order.
func first(n, inc int) int {
	if inc < 0 {
		return (1 - n) * inc
	}
	return 0
}

// gather sets dst to the elements of a vector one after the other, which [scatter] puts back.
func gather[T tensor.Float](dst, x []T, inc int) []T {
	at := first(len(dst), inc)
	for i := range dst {
		dst[i] = x[at]
		at += inc
	}
	return dst
}

// scatter puts elements that gatherX or gatherY returned back where they came from.
func scatter[T tensor.Float](x []T, inc int, elements []T) {
	if inc == 1 {
		return // they are x
	}
	at := first(len(elements), inc)
	for _, v := range elements {
		x[at] = v
		at += inc
	}
}

// isTranspose reports whether t is one, and whether it transposes.
func isTranspose(t blas.Transpose) (transposes, ok bool) {
	return t != blas.NoTrans, t == blas.NoTrans || t == blas.Trans || t == blas.ConjTrans
}

func isUplo(ul blas.Uplo) bool { return ul == blas.Upper || ul == blas.Lower }

func isDiag(d blas.Diag) bool { return d == blas.Unit || d == blas.NonUnit }
