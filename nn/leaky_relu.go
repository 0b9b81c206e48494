package nn

import (
	"fmt"

	"simdnn/tensor"
)

// LeakyReLU returns the rectifier that lets a share of the negative values through: a = z where z ≥ 0, else slope·z;
// act'(z) = 1 where z > 0, else slope.
func LeakyReLU(slope float64) Activation {
	return Activation{
		name: fmt.Sprintf("%s:%g", leakyPrefix, slope),
		f32:  leakyReLU(float32(slope)),
		f64:  leakyReLU(slope),
	}
}

// leakyReLU reads in backward the sign of a, which is that of z, unless a negative slope turns it round.
func leakyReLU[T tensor.Float](slope T) activation[T] {
	act := activation[T]{forward: func(k *tensor.Kernels[T], a, z []T, _ int) { k.LeakyRelu(a, z, slope) }}
	if slope < 0 {
		act.backward = func(k *tensor.Kernels[T], dz, da, z, _ []T, _ int) { k.LeakyReluGrad(dz, da, z, slope) }
		act.needsInput = true
		return act
	}
	act.backward = func(k *tensor.Kernels[T], dz, da, _, a []T, _ int) { k.LeakyReluGrad(dz, da, a, slope) }
	act.end = func(*tensor.Kernels[T]) (e tensor.Epilogue[T]) {
		e.Slope, e.Rectify = slope, tensor.LeakyReluRectifier
		return e
	}
	return act
}
