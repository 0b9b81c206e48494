package nn

import (
	"fmt"

	"simdnn/tensor"
)

// LeakyReLU returns the activation that lets a share of the negative values through: a = z where z ≥ 0, else slope·z;
// act'(z) = 1 where z > 0, else slope.
func LeakyReLU(slope float64) Activation {
	return Activation{
		name: fmt.Sprintf("%s:%g", leakyPrefix, slope),
		f32:  leakyReLU(float32(slope)),
		f64:  leakyReLU(slope),
	}
}

// leakyReLU has a gradient that is a function of the sign of a, which is that of z, unless a negative slope turns it round.
func leakyReLU[T tensor.Float](slope T) activation[T] {
	act := activation[T]{
		forward:  func(k *tensor.Kernels[T], a, z []T, _ int) { k.Parametric[tensor.LeakyRelu](a, z, slope) },
		gradient: func(k *tensor.Kernels[T], dst, g, x []T) { k.ParametricGradient[tensor.LeakyRelu](dst, g, x, slope) },
	}
	if slope < 0 {
		act.needsInput = true
		act.end = func(k *tensor.Kernels[T]) tensor.Epilogue[T] {
			return tensor.Epilogue[T]{Activate: func(dst, x []T) { k.Parametric[tensor.LeakyRelu](dst, x, slope) }}
		}
		return act
	}
	act.end = func(*tensor.Kernels[T]) (e tensor.Epilogue[T]) {
		e.Slope, e.Activation = slope, tensor.LeakyReluActivation
		return e
	}
	return act
}
