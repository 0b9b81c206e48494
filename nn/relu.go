package nn

import "simdnn/tensor"

// ReLU is the activation: a = max(0, z), act'(z) = 1 where z > 0, else 0.
var ReLU = Activation{name: "relu", he: true, f32: relu[float32](), f64: relu[float64]()}

func relu[T tensor.Float]() activation[T] {
	return activation[T]{
		forward: func(k *tensor.Kernels[T], a, z []T, _ int) { k.Unary[tensor.Relu](a, z) },
		end: func(*tensor.Kernels[T]) (e tensor.Epilogue[T]) {
			e.Activation = tensor.ReluActivation
			return e
		},
		gradient: func(k *tensor.Kernels[T], dst, g, x []T) { k.UnaryGradient[tensor.Relu](dst, g, x) },
		mask:     tensor.ReluBackward,
	}
}
