package tensor

import (
	"fmt"

	"simdnn/tensor/asm"
)

// Unary sets dst = f(x); x is broadcast to the shape of dst.
func (e *Engine[T]) Unary(f Unary, dst, x *Tensor[T]) {
	requireFunction("Unary", f, Unaries)
	e.unary(f.String(), dst, x, e.k.Unary[f])
}

// UnaryGradient sets dst = g·f'(x), where x is what f has got or given, as f.Gradient says; g and x
// are broadcast to the shape of dst. It panics if f has no gradient.
func (e *Engine[T]) UnaryGradient(f Unary, dst, g, x *Tensor[T]) {
	requireFunction("UnaryGradient", f, Unaries)
	if e.k.UnaryGradient[f] == nil {
		panic(fmt.Sprintf("tensor: UnaryGradient: %v has no gradient", f))
	}
	e.binary(f.String(), dst, g, x, e.k.UnaryGradient[f])
}

// Parametric sets dst = f(x, alpha), and for [Axpy] dst = fma(alpha, x, dst); x is broadcast to the
// shape of dst.
func (e *Engine[T]) Parametric(f Parametric, dst, x *Tensor[T], alpha T) {
	requireFunction("Parametric", f, Parametrics)
	kernel := e.k.Parametric[f]
	if f != Axpy {
		e.unary(f.String(), dst, x, func(dst, x []T) { kernel(dst, x, alpha) })
		return
	}
	e.binary(f.String(), dst, dst, x, func(to, old, x []T) {
		if &to[0] != &old[0] {
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
	e.binary(f.String(), dst, g, x, func(dst, g, x []T) { kernel(dst, g, x, alpha) })
}

// Binary sets dst = f(x, y); x and y are broadcast to the shape of dst.
func (e *Engine[T]) Binary(f Binary, dst, x, y *Tensor[T]) {
	requireFunction("Binary", f, Binaries)
	e.binary(f.String(), dst, x, y, e.k.Binary[f])
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
	Minimum  = asm.Minimum
	Maximum  = asm.Maximum
	Binaries = asm.Binaries // their number
)
