package nn

import "simdnn/tensor"

// Tanh is the hyperbolic tangent: a = tanh(z), act'(z) = 1−a².
var Tanh = Activation{name: "tanh", f32: tanh[float32](), f64: tanh[float64]()}

func tanh[T tensor.Float]() activation[T] {
	return activation[T]{
		forward: func(k *tensor.Kernels[T], a, z []T, _ int) { k.Unary[tensor.Tanh](a, z) },
		end: func(k *tensor.Kernels[T]) tensor.Epilogue[T] {
			return tensor.Epilogue[T]{Activate: k.Unary[tensor.Tanh]}
		},
		gradient: func(k *tensor.Kernels[T], dst, g, x []T) { k.UnaryGradient[tensor.Tanh](dst, g, x) },
	}
}
