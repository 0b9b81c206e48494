package tensor

import "fmt"

// chunk is the number of elements of a strided row that are gathered into a contiguous buffer for a kernel.
const chunk = 256

// Add sets dst = x + y; x and y are broadcast to the shape of dst.
func (e *Engine[T]) Add(dst, x, y *Tensor[T]) { binary("Add", dst, x, y, e.k.Add) }

// Sub sets dst = x − y; x and y are broadcast to the shape of dst.
func (e *Engine[T]) Sub(dst, x, y *Tensor[T]) { binary("Sub", dst, x, y, e.k.Sub) }

// Mul sets dst = x·y element by element; x and y are broadcast to the shape of dst.
func (e *Engine[T]) Mul(dst, x, y *Tensor[T]) { binary("Mul", dst, x, y, e.k.Mul) }

// Scale sets dst = alpha·x; x is broadcast to the shape of dst.
func (e *Engine[T]) Scale(dst, x *Tensor[T], alpha T) {
	unary("Scale", dst, x, func(dst, x []T) { e.k.Scale(dst, x, alpha) })
}

// Axpy sets y = fma(alpha, x, y); x is broadcast to the shape of y.
func (e *Engine[T]) Axpy(y, x *Tensor[T], alpha T) {
	binary("Axpy", y, y, x, func(dst, y, x []T) {
		if &dst[0] != &y[0] {
			copy(dst, y)
		}
		e.k.Axpy(dst, x, alpha)
	})
}

// Relu sets dst = max(x, 0).
func (e *Engine[T]) Relu(dst, x *Tensor[T]) { unary("Relu", dst, x, e.k.Relu) }

// LeakyRelu sets dst = x where x ≥ 0, else slope·x.
func (e *Engine[T]) LeakyRelu(dst, x *Tensor[T], slope T) {
	unary("LeakyRelu", dst, x, func(dst, x []T) { e.k.LeakyRelu(dst, x, slope) })
}

// Exp sets dst = exp(x).
func (e *Engine[T]) Exp(dst, x *Tensor[T]) { unary("Exp", dst, x, e.k.Exp) }

// Log sets dst = ln(x).
func (e *Engine[T]) Log(dst, x *Tensor[T]) { unary("Log", dst, x, e.k.Log) }

// Tanh sets dst = tanh(x).
func (e *Engine[T]) Tanh(dst, x *Tensor[T]) { unary("Tanh", dst, x, e.k.Tanh) }

// Sigmoid sets dst = 1/(1+exp(−x)).
func (e *Engine[T]) Sigmoid(dst, x *Tensor[T]) { unary("Sigmoid", dst, x, e.k.Sigmoid) }

// Silu sets dst = x/(1+exp(−x)).
func (e *Engine[T]) Silu(dst, x *Tensor[T]) { unary("Silu", dst, x, e.k.Silu) }

// Gelu sets dst = x·Φ(x), with Φ the distribution function of the standard normal distribution, ½(1+erf(x/√2)).
func (e *Engine[T]) Gelu(dst, x *Tensor[T]) { unary("Gelu", dst, x, e.k.Gelu) }

// GeluTanh sets dst = ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), an approximation of Gelu.
func (e *Engine[T]) GeluTanh(dst, x *Tensor[T]) { unary("GeluTanh", dst, x, e.k.GeluTanh) }

// Softmax sets the rows of dst (the last dimension) to exp(x−max)/Σ exp(x−max). Both tensors are contiguous and of one shape.
func (e *Engine[T]) Softmax(dst, x *Tensor[T]) {
	if !sameShape(dst, x) || dst.Rank() == 0 {
		panic(fmt.Sprintf("tensor: Softmax: shapes %v and %v", dst.shape, x.shape))
	}
	if dst.Len() > 0 {
		e.k.Softmax(dst.Data(), x.Data(), x.shape[len(x.shape)-1])
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
