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

func leakyReLU[T tensor.Float](slope T) activation[T] {
	return activation[T]{
		forward:    func(k *tensor.Kernels[T], a, z []T, _ int) { k.LeakyRelu(a, z, slope) },
		backward:   func(k *tensor.Kernels[T], dz, da, z, _ []T, _ int) { k.LeakyReluGrad(dz, da, z, slope) },
		needsInput: true,
	}
}
