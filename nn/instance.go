package nn

import (
	"fmt"

	"simdnn/tensor"
)

// instance returns the one of a descriptor's two instantiations, for float32 and float64, whose type is P.
func instance[P any](f32, f64 any) P {
	if p, ok := f32.(P); ok {
		return p
	}
	return f64.(P)
}

// elementType returns the name of T.
func elementType[T tensor.Float]() string { return fmt.Sprintf("%T", T(0)) }

// requireRepresentable returns an error if a setting can't be what it says in the element type: it
// is not a number, infinite, or not 0 but rounds to 0.
func requireRepresentable[T tensor.Float](name string, value float64) error {
	if r := float64(T(value)); !finite(r) || r == 0 && value != 0 {
		return fmt.Errorf("the %s %g is %g in %s", name, value, r, elementType[T]())
	}
	return nil
}
