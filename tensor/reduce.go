package tensor

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"simdnn/internal/race"
	"simdnn/tensor/asm"
)

// Sum returns the sum of all elements of x in the order of virtual lanes, see package asm.
func (e *Engine[T]) Sum(x *Tensor[T]) T {
	if data, ok := x.Contiguous(); ok {
		return e.k.Reduce.Sum(data)
	}
	sum := newLaneSum(e.k)
	e.parts(x, sum.add)
	return sum.take()
}

// lanesBytes is the size of a sum's virtual lanes.
const lanesBytes = 256

// Mean returns the sum of all elements divided by their number: NaN if there are none.
func (e *Engine[T]) Mean(x *Tensor[T]) T { return e.Sum(x) / T(x.Len()) }

// Max returns the largest element: NaN if any element is NaN, −∞ if there are none.
func (e *Engine[T]) Max(x *Tensor[T]) T {
	if data, ok := x.Contiguous(); ok {
		return e.k.Reduce.Max(data)
	}
	largest := []T{T(math.Inf(-1)), 0}
	e.parts(x, func(part []T) {
		largest[1] = e.k.Reduce.Max(part)
		largest[0] = e.k.Reduce.Max(largest)
	})
	return largest[0]
}

// Min returns the smallest element: NaN if any element is NaN, +∞ if there are none.
func (e *Engine[T]) Min(x *Tensor[T]) T {
	least := T(math.Inf(1))
	e.parts(x, func(part []T) { least = min(least, e.smallest(part)) })
	return least
}

// smallest returns the smallest element of a slice, −0 before +0: the largest of the negated ones,
// of whose zeros the kernel keeps no signs.
func (e *Engine[T]) smallest(x []T) T {
	s := e.buffers[0].get()
	defer e.buffers[0].put(s)
	buf := grow(&s.negated, min(len(x), blockElements))
	least := T(math.Inf(1))
	for at := 0; at < len(x); at += len(buf) {
		part := x[at:min(at+len(buf), len(x))]
		e.k.Parametric[Scale](buf[:len(part)], part, -1)
		v := -e.k.Reduce.Max(buf[:len(part)])
		if v == 0 {
			v = slices.Min(part)
		}
		least = min(least, v)
	}
	return least
}

// Dot returns Σ x·y over two tensors of one shape in the order of virtual lanes.
func (e *Engine[T]) Dot(x, y *Tensor[T]) T {
	if !sameShape(x, y) {
		panic(fmt.Sprintf("tensor: Dot: shapes %v and %v", x.shape, y.shape))
	}
	return e.k.Reduce.Dot(contiguous(x), contiguous(y))
}

// SumAxis sets dst to the sums of x along dimension axis. dst has the shape of x without that
// dimension, or with 1 in its place. Sums along the last dimension run in virtual lanes, the others
// down columns, see [Engine.ColumnSums]. Views are read part by part.
func (e *Engine[T]) SumAxis(dst, x *Tensor[T], axis int) { e.sumAxis("SumAxis", dst, x, axis) }

// ColumnSums sets dst to the sums down the columns of a matrix x of len(dst) columns, which stands
// in row-major order. Up to 1,024 rows are one chain of additions over ascending rows, from +0.
// More are cut into blocks of 1,024, the last one perhaps shorter, whose sums are added pairwise:
// the first and the second, the third and the fourth and so on, then these sums likewise; one
// without a neighbour goes on as it is. So the error of a sum grows with the logarithm of the
// blocks.
func (e *Engine[T]) ColumnSums(dst, x []T) {
	if len(dst) == 0 || len(x)%len(dst) != 0 {
		panic(fmt.Sprintf("tensor: ColumnSums: %d elements are not rows of %d columns", len(x),
			len(dst)))
	}
	if !apart(dst, x) {
		requireMemoryApart("ColumnSums", "the destination", "the operand", extentOf(dst), extentOf(x))
	}
	race.Read(x)
	race.Write(dst)
	e.addColumns(dst, x)
}

// addColumns is ColumnSums without its checks.
func (e *Engine[T]) addColumns(dst, x []T) {
	if len(x) <= columnBlock*len(dst) {
		clear(dst)
		e.k.Rows.ColumnSum(dst, x, len(dst))
		return
	}
	e.sumChannels(channelTask[T]{pass: columnSum, x: x, mean: dst, back: true}, dst, nil)
}

// columnBlock is the number of rows whose sum is one chain.
const columnBlock = 1024

// columnSums adds up rows as they come, the way [Engine.ColumnSums] describes: a binary counter
// whose digits are the sums of 1, 2, 4, … blocks.
type columnSums[T Float] struct {
	k      *Kernels[T]
	chain  []T // the sums of the block at hand, in the end all
	rows   int // that the chain has
	blocks int // that came before it
	digits []T // one sum of len(chain) for each digit of blocks
}

// newColumnSums returns sums of so many rows, which it sets to 0. It takes a buffer if it needs
// one.
func newColumnSums[T Float](k *Kernels[T], dst []T, rows int, s *scratch[T]) columnSums[T] {
	clear(dst)
	c := columnSums[T]{k: k, chain: dst}
	if blocks := (rows + columnBlock - 1) / columnBlock; blocks > 1 {
		c.digits = grow(&s.sums, bits.Len(uint(blocks-1))*len(dst))
	}
	return c
}

// add adds the rows of a matrix, whose own elements are next to each other.
func (c *columnSums[T]) add(x matrix[T]) {
	for at := 0; at < x.rows; {
		if c.rows == columnBlock {
			c.carry()
		}
		n := min(x.rows-at, columnBlock-c.rows)
		c.k.Rows.ColumnSum(c.chain, x.data[at*x.rs:][:(n-1)*x.rs+x.cols], x.rs)
		c.rows += n
		at += n
	}
}

// carry puts the full block with the others and begins a new one.
func (c *columnSums[T]) carry() {
	digit := 0
	for ; c.blocks>>digit&1 != 0; digit++ {
		c.k.Binary[Add](c.chain, c.digit(digit), c.chain)
	}
	copy(c.digit(digit), c.chain)
	clear(c.chain)
	c.blocks++
	c.rows = 0
}

// digit returns the sums of 2ⁱ blocks.
func (c *columnSums[T]) digit(i int) []T { return c.digits[i*len(c.chain):][:len(c.chain)] }

// finish adds the last block to the others.
func (c *columnSums[T]) finish() {
	for digit := 0; c.blocks>>digit != 0; digit++ {
		if c.blocks>>digit&1 != 0 {
			c.k.Binary[Add](c.chain, c.digit(digit), c.chain)
		}
	}
}

// ColumnAdder adds up the columns of a matrix that comes in pieces of rows, one after the other,
// with the bits of [Engine.ColumnSums] of all of it.
type ColumnAdder[T Float] struct {
	k    *Kernels[T]
	rows int
	sums columnSums[T]
	room scratch[T]
}

// NewColumnAdder returns one for at most so many rows in all.
func NewColumnAdder[T Float](k *Kernels[T], rows int) *ColumnAdder[T] {
	return &ColumnAdder[T]{k: k, rows: rows}
}

// Begin sets the sums to 0, which are to stand in dst.
func (c *ColumnAdder[T]) Begin(dst []T) { c.sums = newColumnSums(c.k, dst, c.rows, &c.room) }

// Add adds rows as long as dst.
func (c *ColumnAdder[T]) Add(x []T) {
	n := len(c.sums.chain)
	c.sums.add(matrix[T]{x, len(x) / n, n, n, 1})
}

// Finish leaves the sums of all rows in dst.
func (c *ColumnAdder[T]) Finish() { c.sums.finish() }

// MeanAxis sets dst to the means of x along dimension axis: SumAxis, then a multiplication by 1/n.
func (e *Engine[T]) MeanAxis(dst, x *Tensor[T], axis int) {
	e.sumAxis("MeanAxis", dst, x, axis)
	e.Scale(dst, dst, 1/T(x.shape[axis]))
}

// MaxAxis sets dst to the largest elements of x along dimension axis; NaN wins.
func (e *Engine[T]) MaxAxis(dst, x *Tensor[T], axis int) {
	e.reduceAxis("MaxAxis", dst, x, axis, e.k.Reduce.Max, func(dst, x []T) {
		foldColumns(dst, x, math.Inf(-1), func(y, v T) T { return max(y, v) })
		for j := range dst {
			dst[j] += 0 // of zeros +0, as Max
		}
	})
}

// MinAxis sets dst to the smallest elements of x along dimension axis; NaN wins.
func (e *Engine[T]) MinAxis(dst, x *Tensor[T], axis int) {
	e.reduceAxis("MinAxis", dst, x, axis, e.smallest, func(dst, x []T) {
		foldColumns(dst, x, math.Inf(1), func(y, v T) T { return min(y, v) })
	})
}

// foldColumns sets dst to the columns of x, each folded by f beginning with first.
func foldColumns[T Float](dst, x []T, first float64, f func(y, v T) T) {
	for j := range dst {
		dst[j] = T(first)
	}
	for at := 0; at < len(x); at += len(dst) {
		for j, v := range x[at:][:len(dst)] {
			dst[j] = f(dst[j], v)
		}
	}
}

// Variance returns the mean of the squared distances from the mean, with their number less
// correction in place of their number: 0 for the variance of a population, 1 for the unbiased
// estimate from a sample.
func (e *Engine[T]) Variance(x *Tensor[T], correction int) T {
	square := New[T](x.shape...)
	e.squareDistances(square, x, FromSlice([]T{e.Mean(x)}))
	return e.Sum(square) / T(x.Len()-correction)
}

// VarianceAxis sets dst to the variances of x along dimension axis, as Variance.
func (e *Engine[T]) VarianceAxis(dst, x *Tensor[T], axis, correction int) {
	requireAxis("VarianceAxis", dst, x, axis)
	requireApart("VarianceAxis", "the destination", "the operand", dst, x)
	shape := x.Shape()
	shape[axis] = 1
	mean, square := New[T](shape...), New[T](x.shape...)
	e.MeanAxis(mean, x, axis)
	e.squareDistances(square, x, mean)
	if correction == 0 {
		e.MeanAxis(dst, square, axis)
		return
	}
	e.SumAxis(dst, square, axis)
	e.Div(dst, dst, FromSlice([]T{T(x.shape[axis] - correction)}))
}

// squareDistances sets dst to (x − mean)².
func (e *Engine[T]) squareDistances(dst, x, mean *Tensor[T]) {
	e.Sub(dst, x, mean)
	e.Mul(dst, dst, dst)
}

// reduceAxis folds dimension axis of x. With inner elements behind each index of the axis, columns
// folds a block of rows of that length; along the last dimension, where inner is 1, whole folds one
// row.
func (e *Engine[T]) reduceAxis(op string, dst, x *Tensor[T], axis int, whole func(x []T) T,
	columns func(dst, x []T)) {
	requireAxis(op, dst, x, axis)
	requireApart(op, "the destination", "the operand", dst, x)
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

// requireAxis panics unless dst has the shape of x without that dimension, or with 1 in its place.
func requireAxis[T Float](op string, dst, x *Tensor[T], axis int) {
	if axis < 0 || axis >= len(x.shape) || !slices.Equal(dst.shape,
		slices.Concat(x.shape[:axis], x.shape[axis+1:])) && !slices.Equal(dst.shape,
		slices.Concat(x.shape[:axis], []int{1}, x.shape[axis+1:])) {
		panic(fmt.Sprintf("tensor: %s: axis %d of the shape %v into the shape %v", op, axis,
			x.shape, dst.shape))
	}
}

// ArgMax returns, for each row of x (the last dimension), the index of its largest element: the
// first of equals, and the first NaN if there is one, as NumPy does.
func (e *Engine[T]) ArgMax(index []int, x *Tensor[T]) {
	n := 0
	if len(x.shape) > 0 {
		n = x.shape[len(x.shape)-1]
	}
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

// Tolerance is how far two numbers may be apart to count as close: the absolute part, and the
// relative one times the second number. The zero Tolerance demands equality.
type Tolerance struct {
	Relative, Absolute float64
	EqualNaN           bool // a NaN is close to any other
}

// AllClose reports whether x and y, broadcast to one shape, are close everywhere by NumPy's rule:
// |x − y| ≤ Absolute + Relative·|y|, computed in float64, of finite y; infinities are close to
// themselves alone. NumPy's defaults are Tolerance{Relative: 1e-5, Absolute: 1e-8}.
func AllClose[T Float](x, y *Tensor[T], t Tolerance) bool {
	rank := max(len(x.shape), len(y.shape))
	shape := make([]int, rank)
	for d := range shape {
		shape[d] = 1
		for _, s := range [][]int{x.shape, y.shape} {
			if at := d - rank + len(s); at >= 0 && s[at] != 1 {
				shape[d] = s[at]
			}
		}
	}
	xs, ys := x.expand("AllClose", shape).Clone().data, y.expand("AllClose", shape).Clone().data
	for i, v := range xs {
		a, b := float64(v), float64(ys[i])
		switch {
		case a == b, t.EqualNaN && a != a && b != b:
		case math.IsInf(b, 0), !(math.Abs(a-b) <= t.Absolute+t.Relative*math.Abs(b)):
			return false
		}
	}
	return true
}

// DistanceLanes returns what the numbers of columns of the kernel Rows.Distances are multiples of.
func DistanceLanes[T Float]() int { return asm.DistanceLanes[T]() }

// RotateLanes returns how long the rows of the kernel Rows.Rotate are.
func RotateLanes[T Float]() int { return asm.RotateLanes[T]() }
