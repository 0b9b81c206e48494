package tensor

import (
	"fmt"
	"slices"
)

// Sum returns the sum of all elements of x in the order of virtual lanes, see package asm.
func (e *Engine[T]) Sum(x *Tensor[T]) T { return e.k.Reduce.Sum(contiguous(x)) }

// Mean returns the sum of all elements divided by their number: NaN if there are none.
func (e *Engine[T]) Mean(x *Tensor[T]) T { return e.Sum(x) / T(x.Len()) }

// Max returns the largest element: NaN if any element is NaN, −∞ if there are none.
func (e *Engine[T]) Max(x *Tensor[T]) T { return e.k.Reduce.Max(contiguous(x)) }

// Dot returns Σ x·y over two tensors of one shape in the order of virtual lanes.
func (e *Engine[T]) Dot(x, y *Tensor[T]) T {
	if !sameShape(x, y) {
		panic(fmt.Sprintf("tensor: Dot: shapes %v and %v", x.shape, y.shape))
	}
	return e.k.Reduce.Dot(contiguous(x), contiguous(y))
}

// SumAxis sets dst to the sums of x along dimension axis. dst has the shape of x without that
// dimension. Sums along the last dimension run in virtual lanes, the others are chains over the
// ascending index.
func (e *Engine[T]) SumAxis(dst, x *Tensor[T], axis int) {
	e.reduceAxis("SumAxis", dst, x, axis, e.k.Reduce.Sum, func(dst, x []T) {
		clear(dst)
		e.k.Rows.ColumnSum(dst, x, len(dst))
	})
}

// MeanAxis sets dst to the means of x along dimension axis: SumAxis, then a multiplication by 1/n.
func (e *Engine[T]) MeanAxis(dst, x *Tensor[T], axis int) {
	e.SumAxis(dst, x, axis)
	e.Scale(dst, dst, 1/T(x.shape[axis]))
}

// MaxAxis sets dst to the largest elements of x along dimension axis; NaN wins.
func (e *Engine[T]) MaxAxis(dst, x *Tensor[T], axis int) {
	column := make([]T, x.shape[axis])
	e.reduceAxis("MaxAxis", dst, x, axis, e.k.Reduce.Max, func(dst, x []T) {
		for j := range dst {
			for i := range column {
				column[i] = x[i*len(dst)+j]
			}
			dst[j] = e.k.Reduce.Max(column)
		}
	})
}

// reduceAxis folds dimension axis of x. With inner elements behind each index of the axis, columns
// folds a block of rows of that length; along the last dimension, where inner is 1, whole folds one
// row.
func (e *Engine[T]) reduceAxis(op string, dst, x *Tensor[T], axis int, whole func(x []T) T,
	columns func(dst, x []T)) {
	if axis < 0 || axis >= len(x.shape) || !slices.Equal(dst.shape,
		slices.Delete(slices.Clone(x.shape), axis, axis+1)) {
		panic(fmt.Sprintf("tensor: %s: axis %d of the shape %v into the shape %v", op, axis,
			x.shape, dst.shape))
	}
	if dst.Len() == 0 {
		return
	}
	n, inner := x.shape[axis], size(x.shape[axis+1:])
	from, to := contiguous(x), dst.Data()
	for o := range size(x.shape[:axis]) {
		block := from[o*n*inner:][:n*inner]
		if axis == len(x.shape)-1 {
			to[o] = whole(block)
		} else {
			columns(to[o*inner:][:inner], block)
		}
	}
}

// ArgMax returns, for each row of x (the last dimension), the index of its largest element: the
// first of equals, and the first NaN if there is one, as NumPy does.
func (e *Engine[T]) ArgMax(index []int, x *Tensor[T]) {
	n := x.shape[len(x.shape)-1]
	if n == 0 || len(index)*n != x.Len() {
		panic(fmt.Sprintf("tensor: ArgMax: %d indices for the shape %v", len(index), x.shape))
	}
	data := contiguous(x)
	for i := range index {
		row := data[i*n:][:n]
		if n < argMaxLength {
			index[i] = firstLargest(row)
			continue
		}
		if v := e.k.Reduce.Max(row); v == v {
			index[i] = slices.Index(row, v)
		} else {
			index[i] = slices.IndexFunc(row, func(v T) bool { return v != v })
		}
	}
}

// argMaxLength is the length of a row from which on it pays to find the largest element by a kernel
// and then where it stands: the loop takes 7 and 50 ns for 10 and 48 float32 with AVX-512, the
// kernel and the search 29 ns for either.
const argMaxLength = 32

// firstLargest returns the index of the first largest element, or of the first NaN.
func firstLargest[T Float](row []T) int {
	best, v := 0, row[0]
	for j, c := range row {
		if c > v || c != c && v == v {
			best, v = j, c
		}
	}
	return best
}

// contiguous returns the elements of x in row-major order, copied only if x has gaps.
func contiguous[T Float](x *Tensor[T]) []T {
	if !x.IsContiguous() {
		x = x.Clone()
	}
	return x.Data()
}
