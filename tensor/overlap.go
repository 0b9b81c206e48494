package tensor

import (
	"fmt"
	"slices"
	"unsafe"
)

// This file finds operands that share elements with a destination. Operations write while they
// read: a destination may be the very same view as an operand where that is said (in place), and
// anything else would give wrong elements, so it panics. Views that only interleave, such as two
// blocks of columns of one matrix, share nothing.

// apart reports whether two slices have no memory in common. It takes less than a nanosecond.
func apart[T Element](x, y []T) bool {
	xs := uintptr(unsafe.Pointer(unsafe.SliceData(x)))
	ys := uintptr(unsafe.Pointer(unsafe.SliceData(y)))
	return ys-xs >= uintptr(len(x))*unsafe.Sizeof(*new(T)) &&
		xs-ys >= uintptr(len(y))*unsafe.Sizeof(*new(T))
}

// requireApart panics if a destination shares elements with an operand, both named as the operation
// calls them.
func requireApart[T Element](op, dstName, xName string, dst, x *Tensor[T]) {
	if !apart(dst.data, x.data) {
		requireMemoryApart(op, dstName, xName, dst.extent(), x.extent())
	}
}

// requireInPlaceOrApart panics if a destination shares elements with an operand, broadcast to its
// shape, and is not the very same view.
func requireInPlaceOrApart[T Element](op string, dst, x *Tensor[T]) {
	if !apart(dst.data, x.data) && !isSameView(dst, x) {
		requireApart(op, "the destination", "another view of its elements", dst, x)
	}
}

// requireMemoryApart panics if two extents, of which one is written, have an element in common.
func requireMemoryApart(op, xName, yName string, x, y extent) {
	if x.overlaps(y) {
		panic(fmt.Sprintf("tensor: %s: %s at %v overlaps %s at %v", op, xName, x, yName, y))
	}
}

// isSameView reports whether x, broadcast to the shape of dst, has every element where dst has it.
func isSameView[T Element](dst, x *Tensor[T]) bool {
	skip := len(dst.shape) - len(x.shape)
	if unsafe.SliceData(dst.data) != unsafe.SliceData(x.data) || skip < 0 {
		return false
	}
	for d, n := range dst.shape {
		if n != 1 && (d < skip || x.shape[d-skip] != n || x.strides[d-skip] != dst.strides[d]) {
			return false
		}
	}
	return true
}

// extent is the memory of a view: the addresses from its first element to behind its last, and the
// runs of adjacent elements that it consists of. The outermost dimension comes first.
type extent struct {
	lo, hi uintptr
	run    uintptr // bytes
	rank   int
	dims   [maxRank]dimension
}

// maxRank is the largest number of dimensions longer than 1 that are told apart.
const maxRank = 8

// dimension is a number of equal parts and their distance in bytes.
type dimension struct{ n, stride uintptr }

// String returns the addresses.
func (x extent) String() string { return fmt.Sprintf("[%#x, %#x)", x.lo, x.hi) }

// extentOf returns the extent of a slice.
func extentOf[T Element](x []T) extent {
	lo, size := uintptr(unsafe.Pointer(unsafe.SliceData(x))), uintptr(len(x))*unsafe.Sizeof(*new(T))
	return extent{lo: lo, hi: lo + size, run: size}
}

// extent returns the memory of a tensor.
//
//go:noinline
func (t *Tensor[T]) extent() extent { return viewExtent(t.data, t.shape, t.strides) }

// viewExtent returns the memory of a view of data.
func viewExtent[T Element](data []T, shape, strides []int) extent {
	x := extentOf(data[:0])
	if slices.Contains(shape, 0) {
		return x
	}
	elem := unsafe.Sizeof(*new(T))
	x.run = elem
	for d, n := range shape {
		if strides[d] == 0 {
			continue // broadcast: the same elements over and over
		}
		if n > 1 && x.rank == len(x.dims) {
			return extentOf(data) // more than will be met with
		}
		if n > 1 { // sorted by stride
			at := x.rank
			for ; at > 0 && x.dims[at-1].stride < uintptr(strides[d])*elem; at-- {
				x.dims[at] = x.dims[at-1]
			}
			x.dims[at] = dimension{uintptr(n), uintptr(strides[d]) * elem}
			x.rank++
		}
	}
	x.hi = x.lo + elem
	for _, d := range x.dims[:x.rank] {
		x.hi += (d.n - 1) * d.stride
	}
	for x.rank > 0 && x.dims[x.rank-1].stride == x.run { // adjacent runs are one
		x.rank--
		x.run *= x.dims[x.rank].n
	}
	return x
}

// overlaps reports whether two views have an element in common.
func (x extent) overlaps(y extent) bool {
	switch {
	case x.lo >= y.hi || y.lo >= x.hi || x.lo == x.hi || y.lo == y.hi:
		return false
	case x.rank == 1 && y.rank == 1 && x.dims[0].stride == y.dims[0].stride:
		if x.lo <= y.lo {
			return x.rowsOverlap(y)
		}
		return y.rowsOverlap(x)
	}
	var i, j [maxRank]uintptr
	at, to := x.lo, y.lo
	for more := true; more; { // both walk up the memory, run by run
		switch {
		case at+x.run <= to:
			at, more = x.next(&i)
		case to+y.run <= at:
			to, more = y.next(&j)
		default:
			return true
		}
	}
	return false
}

// rowsOverlap answers overlaps for rows as far apart as those of y, which begins in x or behind. It
// needs no walk: each row of y begins as far behind one of x.
func (x extent) rowsOverlap(y extent) bool {
	n, stride := x.dims[0].n, x.dims[0].stride
	row, behind := (y.lo-x.lo)/stride, (y.lo-x.lo)%stride
	return row < n && behind < x.run || row+1 < n && behind+y.run > stride
}

// next returns the address of the next run, or false behind the last.
func (x *extent) next(index *[maxRank]uintptr) (at uintptr, ok bool) {
	for d := x.rank - 1; d >= 0; d-- {
		if index[d]++; index[d] < x.dims[d].n {
			at = x.lo
			for k, i := range index[:x.rank] {
				at += i * x.dims[k].stride
			}
			return at, true
		}
		index[d] = 0
	}
	return 0, false
}
