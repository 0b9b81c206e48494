package nn

import (
	"fmt"

	"simdnn/tensor"
)

// LeakyReLU returns the activation that lets a share of the negative values through: a = z where z ≥ 0, else slope·z;
// act'(z) = 1 where z > 0, else slope.
func LeakyReLU(slope float64) Activation {
	return Activation{
		name: fmt.Sprintf("%v:%g", tensor.LeakyRelu, slope),
		he:   true,

		parameter: slope,

		f32: leakyReLU(float32(slope)),
		f64: leakyReLU(slope),
	}
}

// leakyReLU has a gradient that is a function of the sign of a, which is that of z, unless a negative slope turns it round.
func leakyReLU[T tensor.Float](slope T) activation[T] {
	act := parametricOf(tensor.LeakyRelu, slope)
	if slope < 0 {
		return act
	}
	act.needsInput = false
	act.end = func(*tensor.Kernels[T]) (e tensor.Epilogue[T]) {
		e.Slope, e.Activation = slope, tensor.LeakyReluActivation
		return e
	}
	return act
}
