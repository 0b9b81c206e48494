package nn

import "simdnn/tensor"

// SiLU is the sigmoid linear unit: a = z·σ(z), act'(z) = σ(z)·(1 + z·(1−σ(z))) with σ the logistic function.
var SiLU = Activation{name: "silu", f32: silu[float32](), f64: silu[float64]()}

func silu[T tensor.Float]() activation[T] {
	return activation[T]{
		forward: func(k *tensor.Kernels[T], a, z []T, _ int) { k.Unary[tensor.Silu](a, z) },
		end: func(k *tensor.Kernels[T]) tensor.Epilogue[T] {
			return tensor.Epilogue[T]{Activate: k.Unary[tensor.Silu]}
		},
		gradient:   func(k *tensor.Kernels[T], dst, g, x []T) { k.UnaryGradient[tensor.Silu](dst, g, x) },
		needsInput: true,
	}
}
