package nn

import "simdnn/tensor"

// Softmax turns each row into probabilities: a[j] = exp(z[j]) / Σ exp(z[i]), computed after subtracting the row's largest value.
// Its Jacobian is ∂a[i]/∂z[j] = a[i]·(δij − a[j]), so that dz = a·(da − Σ a[i]·da[i]).
var Softmax = Activation{name: "softmax", f32: softmax[float32](), f64: softmax[float64]()}

func softmax[T tensor.Float]() activation[T] {
	return activation[T]{
		forward: func(k *tensor.Kernels[T], a, z []T, columns int) { k.Classifier.Softmax(a, z, columns) },
		jacobian: func(k *tensor.Kernels[T], dst, g, a []T, columns int) {
			k.Classifier.SoftmaxGradient(dst, g, a, columns)
		},
	}
}
