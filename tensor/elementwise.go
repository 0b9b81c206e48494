package tensor

import "fmt"

// chunk is the number of elements of a strided row that are gathered into a contiguous buffer for a kernel.
const chunk = 256

// Unary sets dst = f(x); x is broadcast to the shape of dst.
func (e *Engine[T]) Unary(f Unary, dst, x *Tensor[T]) { unary(f.String(), dst, x, e.k.Unary[f]) }

// UnaryGradient sets dst = g·f'(x), where x is what f has got or given, as f.Gradient says; g and x
// are broadcast to the shape of dst. It panics if f has no gradient.
func (e *Engine[T]) UnaryGradient(f Unary, dst, g, x *Tensor[T]) {
	if e.k.UnaryGradient[f] == nil {
		panic(fmt.Sprintf("tensor: UnaryGradient: %v has no gradient", f))
	}
	binary(f.String(), dst, g, x, e.k.UnaryGradient[f])
}

// Parametric sets dst = f(x, alpha), and for [Axpy] dst = fma(alpha, x, dst); x is broadcast to the
// shape of dst.
func (e *Engine[T]) Parametric(f Parametric, dst, x *Tensor[T], alpha T) {
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
	kernel := e.k.ParametricGradient[f]
	if kernel == nil {
		panic(fmt.Sprintf("tensor: ParametricGradient: %v has no gradient", f))
	}
	binary(f.String(), dst, g, x, func(dst, g, x []T) { kernel(dst, g, x, alpha) })
}

// Binary sets dst = f(x, y); x and y are broadcast to the shape of dst.
func (e *Engine[T]) Binary(f Binary, dst, x, y *Tensor[T]) {
	binary(f.String(), dst, x, y, e.k.Binary[f])
}

// Add sets dst = x + y, as Binary does.
func (e *Engine[T]) Add(dst, x, y *Tensor[T]) { e.Binary(Add, dst, x, y) }

// Sub sets dst = x − y, as Binary does.
func (e *Engine[T]) Sub(dst, x, y *Tensor[T]) { e.Binary(Sub, dst, x, y) }

// Mul sets dst = x·y element by element, as Binary does.
func (e *Engine[T]) Mul(dst, x, y *Tensor[T]) { e.Binary(Mul, dst, x, y) }

// Scale sets dst = alpha·x, as Parametric does.
func (e *Engine[T]) Scale(dst, x *Tensor[T], alpha T) { e.Parametric(Scale, dst, x, alpha) }

// Axpy sets y = fma(alpha, x, y), as Parametric does.
func (e *Engine[T]) Axpy(y, x *Tensor[T], alpha T) { e.Parametric(Axpy, y, x, alpha) }

// Softmax sets the rows of dst (the last dimension) to exp(x−max)/Σ exp(x−max). Both tensors are contiguous and of one shape.
func (e *Engine[T]) Softmax(dst, x *Tensor[T]) {
	if !sameShape(dst, x) || dst.Rank() == 0 {
		panic(fmt.Sprintf("tensor: Softmax: shapes %v and %v", dst.shape, x.shape))
	}
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
	if sameShape(dst, x) && sameShape(dst, y) && dst.IsContiguous() && x.IsContiguous() && y.IsContiguous() {
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

// sameShape tells whether x and y have the same dimensions.
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
