package nn

import (
	"fmt"

	"simdnn/tensor"
)

// SiLU is the sigmoid linear unit: a = z·σ(z), act'(z) = σ(z)·(1 + z·(1−σ(z))) with σ the logistic
// function.
var SiLU = smooth(tensor.Silu)

// GELU is the Gaussian error linear unit (Hendrycks and Gimpel 2016): a = z·Φ(z), act'(z) = Φ(z) +
// z·φ(z), with Φ and φ the distribution function and the density of the standard normal
// distribution: Φ(z) = ½(1+erf(z/√2)), φ(z) = exp(−z²/2)/√(2π).
var GELU = smooth(tensor.Gelu)

// GELUTanh is the approximation of GELU that PyTorch calls approximate="tanh", which some published
// weights were trained with: a = ½·z·(1 + tanh(√(2/π)·(z + 0.044715·z³))). It differs from GELU by
// at most 0.0005.
var GELUTanh = smooth(tensor.GeluTanh)

// Softplus is a = ln(1+exp(z)), act'(z) = σ(z) with σ the logistic function.
var Softplus = smooth(tensor.Softplus)

// Hardswish is the swish of MobileNetV3 (Howard et al. 2019): a = z·min(max(z+3, 0), 6)/6; act'(z)
// is 0 up to −3, 1 from 3 on, and z/3 + ½ between.
var Hardswish = smooth(tensor.Hardswish)

// Mish is a = z·tanh(ln(1+exp(z))) (Misra 2019); act'(z) = t + z·σ(z)·(1−t²) with t =
// tanh(ln(1+exp(z))) and σ the logistic function. Where exp(z) is subnormal, below −87 in
// float32, the computed act' has an absolute error of up to 1e-42, and is −0 from about −103 on.
var Mish = smooth(tensor.Mish)

// ELU returns the exponential linear unit (Clevert, Unterthiner and Hochreiter 2015): a = z where
// z ≥ 0, else alpha·(exp(z)−1); act'(z) = 1 where z > 0, else alpha·exp(z).
func ELU(alpha float64) Activation {
	return Activation{
		name: fmt.Sprintf("%v:%g", tensor.Elu, alpha),
		he:   true,

		parameter: alpha,

		f32: parametricOf(tensor.Elu, float32(alpha)),
		f64: parametricOf(tensor.Elu, alpha),
	}
}

// smooth returns the activation, without parameters, whose kernels have the name f.
func smooth(f tensor.Unary) Activation {
	return Activation{name: f.String(), he: true, f32: unaryOf[float32](f), f64: unaryOf[float64](f)}
}

// unaryOf returns the activation whose kernels have the name f; the gradient is one of the input.
func unaryOf[T tensor.Float](f tensor.Unary) activation[T] {
	return activation[T]{
		forward: func(k *tensor.Kernels[T], a, z []T, _ int) { k.Unary[f](a, z) },
		end: func(k *tensor.Kernels[T]) tensor.Epilogue[T] {
			return tensor.Epilogue[T]{Activate: k.Unary[f]}
		},
		gradient:   func(k *tensor.Kernels[T], dst, g, x []T) { k.UnaryGradient[f](dst, g, x) },
		needsInput: true,
	}
}

// parametricOf is unaryOf for a function with a parameter.
func parametricOf[T tensor.Float](f tensor.Parametric, alpha T) activation[T] {
	return activation[T]{
		forward: func(k *tensor.Kernels[T], a, z []T, _ int) { k.Parametric[f](a, z, alpha) },
		end: func(k *tensor.Kernels[T]) tensor.Epilogue[T] {
			return tensor.Epilogue[T]{Activate: func(dst, x []T) { k.Parametric[f](dst, x, alpha) }}
		},
		gradient: func(k *tensor.Kernels[T], dst, g, x []T) {
			k.ParametricGradient[f](dst, g, x, alpha)
		},
		needsInput: true,
	}
}
