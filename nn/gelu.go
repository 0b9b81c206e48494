package nn

import "simdnn/tensor"

// GELU is the Gaussian error linear unit (Hendrycks and Gimpel 2016): a = z·Φ(z), act'(z) = Φ(z) + z·φ(z), with Φ and φ the distribution
// function and the density of the standard normal distribution: Φ(z) = ½(1+erf(z/√2)), φ(z) = exp(−z²/2)/√(2π).
var GELU = Activation{name: "gelu", f32: gelu[float32](), f64: gelu[float64]()}

// GELUTanh is the approximation of GELU that PyTorch calls approximate="tanh", which some published weights were trained with:
// a = ½·z·(1 + tanh(√(2/π)·(z + 0.044715·z³))). It differs from GELU by at most 0.0005.
var GELUTanh = Activation{name: "gelu_tanh", f32: geluTanh[float32](), f64: geluTanh[float64]()}

func gelu[T tensor.Float]() activation[T] {
	return activation[T]{
		forward: func(k *tensor.Kernels[T], a, z []T, _ int) { k.Unary[tensor.Gelu](a, z) },
		end: func(k *tensor.Kernels[T]) tensor.Epilogue[T] {
			return tensor.Epilogue[T]{Activate: k.Unary[tensor.Gelu]}
		},
		gradient:   func(k *tensor.Kernels[T], dst, g, x []T) { k.UnaryGradient[tensor.Gelu](dst, g, x) },
		needsInput: true,
	}
}

func geluTanh[T tensor.Float]() activation[T] {
	return activation[T]{
		forward: func(k *tensor.Kernels[T], a, z []T, _ int) { k.Unary[tensor.GeluTanh](a, z) },
		end: func(k *tensor.Kernels[T]) tensor.Epilogue[T] {
			return tensor.Epilogue[T]{Activate: k.Unary[tensor.GeluTanh]}
		},
		gradient:   func(k *tensor.Kernels[T], dst, g, x []T) { k.UnaryGradient[tensor.GeluTanh](dst, g, x) },
		needsInput: true,
	}
}
