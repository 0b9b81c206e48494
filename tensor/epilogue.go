package tensor

import (
	"fmt"

	"simdnn/internal/race"
	"simdnn/tensor/asm"
)

// Epilogue is what a product does with its elements before it is done: what a kernel does with them
// in its registers, see package asm, and then perhaps an activation or the gradient of one. The
// product calls these for rows that are done and still in the cache, in each of its threads.
//
// A Bias has an element for each column of C. A Mask and Into have as many elements as C, which
// then is contiguous.
type Epilogue[T Float] struct {
	asm.Epilogue[T]
	// Activate, if not nil, sets the elements of dst to a function of those of x. x comes from C,
	// and dst is Into or, if that is nil, x itself.
	Activate func(dst, x []T)
	Into     []T
	// Gradient, if not nil, sets the elements of dst, which is g, to those of g times a function of
	// those of x, which come from the Mask.
	Gradient func(dst, g, x []T)
}

// from returns the epilogue of a part of C, see [asm.Epilogue.From].
func (e *Epilogue[T]) from(column, offset, cols int) Epilogue[T] {
	part := *e
	part.Epilogue = e.Epilogue.From(column, offset, cols)
	if e.Into != nil {
		part.Into = e.Into[offset:]
	}
	return part
}

// finish passes rows that a kernel is done with, which follow each other and begin in this offset
// from C's first element, through what is no kernel's.
func (e *Epilogue[T]) finish(rows []T, offset int) {
	switch {
	case e.Activate == nil:
	case e.Into != nil:
		e.Activate(e.Into[offset:][:len(rows)], rows)
	default:
		e.Activate(rows, rows)
	}
	if e.Gradient != nil {
		e.Gradient(rows, rows, e.Mask[offset:][:len(rows)])
	}
}

// isBias reports whether the epilogue has no slices but perhaps a bias, and needs no others.
func (e *Epilogue[T]) isBias() bool {
	return e.Mask == nil && e.Into == nil && e.Gradient == nil && e.Activation <= LeakyReluActivation
}

// isByColumns reports whether a kernel takes all of the epilogue, and the same for all rows.
func (e *Epilogue[T]) isByColumns() bool {
	return e.Mask == nil && e.Activate == nil && e.Gradient == nil
}

// check panics if the epilogue does not fit a C of this size.
func (e *Epilogue[T]) check(op string, rows, cols int, contiguous bool) {
	masked := e.Activation == ReluBackward || e.Gradient != nil
	switch {
	case e.Bias != nil && len(e.Bias) != cols:
		panic(fmt.Sprintf("tensor: %s: a bias of %d elements for %d columns", op, len(e.Bias),
			cols))
	case masked && len(e.Mask) != rows*cols:
		panic(fmt.Sprintf("tensor: %s: a mask of %d elements for %d×%d", op, len(e.Mask), rows,
			cols))
	case e.Into != nil && len(e.Into) != rows*cols:
		panic(fmt.Sprintf("tensor: %s: an activation into %d elements for %d×%d", op, len(e.Into),
			rows, cols))
	case (masked || e.Into != nil) && !contiguous:
		panic(fmt.Sprintf("tensor: %s: a mask, or an activation into another matrix, for a C that is not contiguous", op))
	}
}

// checkApart panics if what the epilogue reads, or an Into other than C itself, shares elements
// with what is written, C and Into.
func (e *Epilogue[T]) checkApart(op string, c, a, b *Tensor[T]) {
	if !apart(c.data, e.Bias) {
		requireMemoryApart(op, "C", "the bias", c.extent(), extentOf(e.Bias))
	}
	if !apart(c.data, e.Mask) {
		requireMemoryApart(op, "C", "the mask", c.extent(), extentOf(e.Mask))
	}
	if len(e.Into) == 0 {
		return
	}
	if !apart(c.data, e.Into) && &c.data[0] != &e.Into[0] {
		requireMemoryApart(op, "the activation", "C", extentOf(e.Into), c.extent())
	}
	into := extentOf(e.Into)
	requireMemoryApart(op, "the activation", "A", into, a.extent())
	requireMemoryApart(op, "the activation", "B", into, b.extent())
	requireMemoryApart(op, "the activation", "the bias", into, extentOf(e.Bias))
	requireMemoryApart(op, "the activation", "the mask", into, extentOf(e.Mask))
}

// checkSlicesApart is checkApart for planned products.
func (e *Epilogue[T]) checkSlicesApart(op string, c, a, b []T) {
	if apart(c, e.Bias) && apart(c, e.Mask) && (e.Into == nil || apart(c, e.Into) &&
		apart(a, e.Into) && apart(b, e.Into) && apart(e.Bias, e.Into) && apart(e.Mask, e.Into)) {
		return
	}
	e.checkApart(op, FromSlice(c, len(c)), FromSlice(a, len(a)), FromSlice(b, len(b)))
}

// addsBiasInOneCall is MatMulEpilogue for the usual small product with a bias, as run does it in
// twice the instructions. It reports whether it is one.
func (p *Product[T]) addsBiasInOneCall(c, a, b []T, e *Epilogue[T]) bool {
	d := &p.plans[useEpilogue]
	if d.way != wayOneCall || d.trials != nil || len(e.Bias) != p.operands.c.cols || !e.isBias() ||
		e.Activate != nil || len(c) != p.c || len(a) != p.a || len(b) != p.b || !apart(c, e.Bias) ||
		!apart(c, a) || !apart(c, b) {
		return false
	}
	if race.Enabled {
		p.announce(c, a, b)
	}
	d.multiply(&c[0], &a[0], &b[0], nil, &d.layout, false, &e.Epilogue)
	return true
}

// Activation names what a kernel may end a product with, see package asm.
type Activation = asm.Activation

// The activations that an [Epilogue] may end with.
const (
	NoActivation        = asm.NoActivation
	ReluActivation      = asm.ReluActivation
	LeakyReluActivation = asm.LeakyReluActivation
	ReluBackward        = asm.ReluBackward
	ClampActivation     = asm.ClampActivation
)

// output says what becomes of a product: whether it is added to C, and what each element then
// passes through, nil for nothing.
type output[T Float] struct {
	accumulate bool
	epilogue   *Epilogue[T]
	each       func(at int, elements []T) // takes C instead of memory, see [Bands]
	at         int                        // where this part of it begins
}

// forKernel returns the part of the epilogue that a kernel takes, nil for none.
func (o output[T]) forKernel() *asm.Epilogue[T] {
	if o.epilogue == nil || o.epilogue.Bias == nil && o.epilogue.Activation == NoActivation {
		return nil
	}
	return &o.epilogue.Epilogue
}

// use returns what becomes of the product as far as decisions go.
func (o output[T]) use() use {
	switch {
	case o.epilogue == nil && o.accumulate:
		return useAdd
	case o.epilogue == nil:
		return useStore
	case o.onlyMul():
		return useMulEpilogue
	}
	return useEpilogue
}

// onlyMul reports whether the kernel's part of the epilogue is one that [asm.Gemm.Mul] alone takes.
func (o output[T]) onlyMul() bool {
	e := o.epilogue
	return e != nil && (e.Activation > LeakyReluActivation || e.Bias == nil && e.Activation != NoActivation)
}

// finish passes rows that a kernel is done with through what is left of the epilogue.
func (o output[T]) finish(c matrix[T]) {
	if o.epilogue == nil || o.epilogue.Activate == nil && o.epilogue.Gradient == nil {
		return
	}
	if c.rs == c.cols {
		o.epilogue.finish(c.data[:c.rows*c.cols], 0)
		return
	}
	for i := range c.rows {
		o.epilogue.finish(c.data[i*c.rs:][:c.cols], i*c.rs)
	}
}

// apply passes rows of sums, which follow each other, through the whole epilogue. They begin in
// this offset from C's first element.
func (o output[T]) apply(k *Kernels[T], rows []T, offset int) {
	if o.epilogue == nil || len(rows) == 0 {
		return
	}
	o.epilogue.Apply(k, rows, offset)
	o.epilogue.finish(rows, offset)
}
