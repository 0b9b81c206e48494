package asm

import (
	"math"
	"unsafe"
)

// mathPure fills in the pure-Go elementary functions and what is built on them.
func mathPure[T Float](k *Kernels[T], r rounding) {
	k.Unary[Exp] = func(dst, x []T) { exp(r, dst, x) }
	k.Parametric[ExpSub] = func(dst, x []T, shift T) { expSub(r, dst, x, shift) }
	k.Unary[Log] = func(dst, x []T) { log(r, dst, x) }
	k.Unary[Tanh] = func(dst, x []T) { tanh(r, dst, x) }
	k.Unary[Sigmoid] = func(dst, x []T) { sigmoid(r, dst, x) }
	k.Unary[Silu] = func(dst, x []T) { silu(r, dst, x) }
	k.UnaryGradient[Silu] = func(dst, g, x []T) { siluGrad(r, dst, g, x) }
	k.Unary[Gelu] = func(dst, x []T) { gelu(r, dst, x) }
	k.UnaryGradient[Gelu] = func(dst, g, x []T) { geluGrad(r, dst, g, x) }
	k.Unary[GeluTanh] = func(dst, x []T) { geluTanh(r, dst, x) }
	k.UnaryGradient[GeluTanh] = func(dst, g, x []T) { geluTanhGrad(r, dst, g, x) }
	k.Unary[Erf] = func(dst, x []T) { erf(r, dst, x) }
	k.UnaryGradient[Erf] = func(dst, g, x []T) { erfGrad(r, dst, g, x) }
	k.Unary[Softplus] = func(dst, x []T) { softplus(r, dst, x) }
	k.UnaryGradient[Softplus] = func(dst, g, x []T) { softplusGrad(r, dst, g, x) }
	k.Unary[Hardswish] = func(dst, x []T) { hardswish(r, dst, x) }
	k.UnaryGradient[Hardswish] = func(dst, g, x []T) { hardswishGrad(r, dst, g, x) }
	k.Unary[Mish] = func(dst, x []T) { mish(r, dst, x) }
	k.UnaryGradient[Mish] = func(dst, g, x []T) { mishGrad(r, dst, g, x) }
	k.Parametric[Elu] = func(dst, x []T, alpha T) { elu(r, dst, x, alpha) }
	k.ParametricGradient[Elu] = func(dst, g, x []T, alpha T) { eluGrad(r, dst, g, x, alpha) }
}

// constantsOf returns the one of a function's two tables of constants that belongs to T. The
// assembly reads the same tables.
func constantsOf[T Float](f32 []float32, f64 []float64) []T {
	if unsafe.Sizeof(T(0)) == 4 {
		return unsafe.Slice((*T)(unsafe.Pointer(&f32[0])), len(f32))
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&f64[0])), len(f64))
}

// polynomial evaluates a polynomial at x by Horner's scheme, its coefficients from the highest
// degree down.
func polynomial[T Float](r rounding, coefficients []T, x T) T {
	p := coefficients[0]
	for _, c := range coefficients[1:] {
		p = fma(r, p, x, c)
	}
	return p
}

// powerOfTwo returns 2ⁿ for an integral n in the range of normal numbers, and 0 for the n below it
// by one.
func powerOfTwo[T Float](n T) T {
	if unsafe.Sizeof(n) == 4 {
		return T(math.Float32frombits(uint32(int32(n)+127) << 23))
	}
	return T(math.Float64frombits(uint64(int64(n)+1023) << 52))
}

// clamp returns x moved into the range from low to high. NaN stays NaN.
func clamp[T Float](x, low, high T) T {
	if x < low {
		return low
	}
	if x > high {
		return high
	}
	return x
}
