package tensor

import "fmt"

// row is a run of n elements along the last dimension. A stride of 0 repeats one element.
type row[T Float] struct {
	data      []T
	n, stride int
}

// forEachRow calls f with the rows of dst and the matching rows of x and y, which are broadcast to the shape of dst by NumPy's rule:
// dimensions are matched from the last one, and a dimension that is missing or has length 1 is repeated.
func forEachRow[T Float](op string, dst, x, y *Tensor[T], f func(dst, x, y row[T])) {
	xs, ys := broadcastStrides(op, x, dst.shape), broadcastStrides(op, y, dst.shape)
	if dst.Len() == 0 {
		return
	}
	last := len(dst.shape) - 1
	if last < 0 {
		f(row[T]{dst.data, 1, 1}, row[T]{x.data, 1, 1}, row[T]{y.data, 1, 1})
		return
	}
	n := dst.shape[last]
	index := make([]int, last)
	for {
		var d, i, j int
		for k, at := range index {
			d, i, j = d+at*dst.strides[k], i+at*xs[k], j+at*ys[k]
		}
		f(row[T]{dst.data[d:], n, dst.strides[last]}, row[T]{x.data[i:], n, xs[last]}, row[T]{y.data[j:], n, ys[last]})
		k := last - 1
		for ; k >= 0; k-- {
			if index[k]++; index[k] < dst.shape[k] {
				break
			}
			index[k] = 0
		}
		if k < 0 {
			return
		}
	}
}

// broadcastStrides returns the strides with which t is read when it is broadcast to shape.
func broadcastStrides[T Float](op string, t *Tensor[T], shape []int) []int {
	strides := make([]int, len(shape))
	skip := len(shape) - len(t.shape)
	if skip < 0 {
		panic(fmt.Sprintf("tensor: %s: the shape %v can't be broadcast to %v", op, t.shape, shape))
	}
	for d, n := range t.shape {
		switch n {
		case shape[skip+d]:
			strides[skip+d] = t.strides[d]
		case 1:
			strides[skip+d] = 0
		default:
			panic(fmt.Sprintf("tensor: %s: the shape %v can't be broadcast to %v", op, t.shape, shape))
		}
	}
	return strides
}
