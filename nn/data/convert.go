package data

import "simdnn/tensor"

// Convert returns a copy of x with elements of type T, each rounded to the nearest.
func Convert[T tensor.Float](x *tensor.Tensor[float64]) *tensor.Tensor[T] {
	if !x.IsContiguous() {
		x = x.Clone()
	}
	c := tensor.New[T](x.Shape()...)
	to := c.Data()
	for i, v := range x.Data() {
		to[i] = T(v)
	}
	return c
}
