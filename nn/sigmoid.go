package nn

import "simdnn/tensor"

// Sigmoid is the logistic function: a = 1/(1+exp(−z)), act'(z) = a·(1−a).
var Sigmoid = Activation{name: "sigmoid", f32: sigmoid[float32](), f64: sigmoid[float64]()}

func sigmoid[T tensor.Float]() activation[T] {
	return activation[T]{
		forward: func(k *tensor.Kernels[T], a, z []T, _ int) { k.Unary[tensor.Sigmoid](a, z) },
		end: func(k *tensor.Kernels[T]) tensor.Epilogue[T] {
			return tensor.Epilogue[T]{Activate: k.Unary[tensor.Sigmoid]}
		},
		gradient: func(k *tensor.Kernels[T], dst, g, x []T) { k.UnaryGradient[tensor.Sigmoid](dst, g, x) },
	}
}
