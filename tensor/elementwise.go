package tensor

import (
	"fmt"

	"simdnn/tensor/asm"
)

// chunk is the number of elements of a strided row that are gathered into a contiguous buffer for a
// kernel.
const chunk = 256

// Unary sets dst = f(x); x is broadcast to the shape of dst.
func (e *Engine[T]) Unary(f Unary, dst, x *Tensor[T]) {
	requireFunction("Unary", f, Unaries)
	unary(f.String(), dst, x, e.k.Unary[f])
}

// UnaryGradient sets dst = g·f'(x), where x is what f has got or given, as f.Gradient says; g and x
// are broadcast to the shape of dst. It panics if f has no gradient.
func (e *Engine[T]) UnaryGradient(f Unary, dst, g, x *Tensor[T]) {
	requireFunction("UnaryGradient", f, Unaries)
	if e.k.UnaryGradient[f] == nil {
		panic(fmt.Sprintf("tensor: UnaryGradient: %v has no gradient", f))
	}
	binary(f.String(), dst, g, x, e.k.UnaryGradient[f])
}

// Parametric sets dst = f(x, alpha), and for [Axpy] dst = fma(alpha, x, dst); x is broadcast to the
// shape of dst.
func (e *Engine[T]) Parametric(f Parametric, dst, x *Tensor[T], alpha T) {
	requireFunction("Parametric", f, Parametrics)
	kernel := e.k.Parametric[f]
	binary(f.String(), dst, dst, x, func(to, old, x []T) {
		if f == Axpy && &to[0] != &old[0] {
			copy(to, old)
		}
		kernel(to, x, alpha)
	})
}

// ParametricGradient sets dst = g·f'(x, alpha), as UnaryGradient does.
func (e *Engine[T]) ParametricGradient(f Parametric, dst, g, x *Tensor[T], alpha T) {
	requireFunction("ParametricGradient", f, Parametrics)
	kernel := e.k.ParametricGradient[f]
	if kernel == nil {
		panic(fmt.Sprintf("tensor: ParametricGradient: %v has no gradient", f))
	}
	binary(f.String(), dst, g, x, func(dst, g, x []T) { kernel(dst, g, x, alpha) })
}

// Binary sets dst = f(x, y); x and y are broadcast to the shape of dst.
func (e *Engine[T]) Binary(f Binary, dst, x, y *Tensor[T]) {
	requireFunction("Binary", f, Binaries)
	binary(f.String(), dst, x, y, e.k.Binary[f])
}

// requireFunction panics unless f names one of the functions of an operation.
func requireFunction[F ~uint8](op string, f, functions F) {
	if f >= functions {
		panic(fmt.Sprintf("tensor: %s: there is no function %d, only 0 to %d", op, uint8(f),
			uint8(functions)-1))
	}
}

// Add sets dst = x + y, as Binary does.
func (e *Engine[T]) Add(dst, x, y *Tensor[T]) { e.Binary(Add, dst, x, y) }

// Sub sets dst = x − y, as Binary does.
func (e *Engine[T]) Sub(dst, x, y *Tensor[T]) { e.Binary(Sub, dst, x, y) }

// Mul sets dst = x·y element by element, as Binary does.
func (e *Engine[T]) Mul(dst, x, y *Tensor[T]) { e.Binary(Mul, dst, x, y) }

// Div sets dst = x/y element by element, as Binary does.
func (e *Engine[T]) Div(dst, x, y *Tensor[T]) { e.Binary(Div, dst, x, y) }

// Scale sets dst = alpha·x, as Parametric does.
func (e *Engine[T]) Scale(dst, x *Tensor[T], alpha T) { e.Parametric(Scale, dst, x, alpha) }

// Axpy sets y = fma(alpha, x, y), as Parametric does.
func (e *Engine[T]) Axpy(y, x *Tensor[T], alpha T) { e.Parametric(Axpy, y, x, alpha) }

// Softmax sets the rows of dst (the last dimension) to exp(x−max)/Σ exp(x−max). Both tensors are
// contiguous and of one shape.
func (e *Engine[T]) Softmax(dst, x *Tensor[T]) {
	if !sameShape(dst, x) || dst.Rank() == 0 {
		panic(fmt.Sprintf("tensor: Softmax: shapes %v and %v", dst.shape, x.shape))
	}
	requireInPlaceOrApart("Softmax", dst, x)
	if dst.Len() > 0 {
		e.k.Classifier.Softmax(dst.Data(), x.Data(), x.shape[len(x.shape)-1])
	}
}

// unary runs a kernel over x, broadcast to the shape of dst.
func unary[T Float](op string, dst, x *Tensor[T], kernel func(dst, x []T)) {
	binary(op, dst, x, x, func(dst, x, _ []T) { kernel(dst, x) })
}

// binary runs a kernel over the elements of x and y, broadcast to the shape of dst.
func binary[T Float](op string, dst, x, y *Tensor[T], kernel func(dst, x, y []T)) {
	requireInPlaceOrApart(op, dst, x)
	requireInPlaceOrApart(op, dst, y)
	if sameShape(dst, x) && sameShape(dst, y) && dst.IsContiguous() && x.IsContiguous() &&
		y.IsContiguous() {
		if dst.Len() > 0 {
			kernel(dst.Data(), x.Data(), y.Data())
		}
		return
	}
	var buf [3][chunk]T
	forEachRow(op, dst, x, y, func(dst, x, y row[T]) {
		for at := 0; at < dst.n; at += chunk {
			n := min(chunk, dst.n-at)
			xs, ys := x.gather(buf[0][:n], at), y.gather(buf[1][:n], at)
			if dst.stride == 1 {
				kernel(dst.data[at:at+n], xs, ys)
				continue
			}
			kernel(buf[2][:n], xs, ys)
			for i, v := range buf[2][:n] {
				dst.data[(at+i)*dst.stride] = v
			}
		}
	})
}

// gather returns the elements of the row from at on, in buf unless they are contiguous.
func (r row[T]) gather(buf []T, at int) []T {
	if r.stride == 1 {
		return r.data[at:][:len(buf)]
	}
	for i := range buf {
		buf[i] = r.data[(at+i)*r.stride]
	}
	return buf
}

// sameShape reports whether x and y have the same dimensions.
func sameShape[T Float](x, y *Tensor[T]) bool {
	if len(x.shape) != len(y.shape) {
		return false
	}
	for d, n := range x.shape {
		if n != y.shape[d] {
			return false
		}
	}
	return true
}

// row is a run of n elements along the last dimension. A stride of 0 repeats one element.
type row[T Float] struct {
	data      []T
	n, stride int
}

// forEachRow calls f with the rows of dst and the matching rows of x and y, which are broadcast to
// the shape of dst by NumPy's rule: dimensions are matched from the last one, and a dimension that
// is missing or has length 1 is repeated.
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
		f(row[T]{dst.data[d:], n, dst.strides[last]}, row[T]{x.data[i:], n, xs[last]},
			row[T]{y.data[j:], n, ys[last]})
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
			panic(fmt.Sprintf("tensor: %s: the shape %v can't be broadcast to %v", op, t.shape,
				shape))
		}
	}
	return strides
}

// Unary, Parametric and Binary name the element-wise functions of an [Engine], see package asm.
type (
	Unary      = asm.Unary
	Parametric = asm.Parametric
	Binary     = asm.Binary
)

// What a gradient is a function of, see [Unary.Gradient].
const (
	NoGradient = asm.NoGradient
	OfOutput   = asm.OfOutput
	OfInput    = asm.OfInput
)

// The functions of one argument.
const (
	Relu      = asm.Relu
	Exp       = asm.Exp
	Log       = asm.Log
	Tanh      = asm.Tanh
	Sigmoid   = asm.Sigmoid
	Silu      = asm.Silu
	Gelu      = asm.Gelu
	GeluTanh  = asm.GeluTanh
	Erf       = asm.Erf
	Softplus  = asm.Softplus
	Hardswish = asm.Hardswish
	Mish      = asm.Mish
	Sqrt      = asm.Sqrt
	Unaries   = asm.Unaries // their number
)

// The functions of one argument and a scalar.
const (
	Scale       = asm.Scale
	Axpy        = asm.Axpy
	ExpSub      = asm.ExpSub
	LeakyRelu   = asm.LeakyRelu
	Elu         = asm.Elu
	Parametrics = asm.Parametrics // their number
)

// The functions of two arguments.
const (
	Add      = asm.Add
	Sub      = asm.Sub
	Mul      = asm.Mul
	Div      = asm.Div
	Binaries = asm.Binaries // their number
)
