package nn

// instance returns the one of a descriptor's two instantiations, for float32 and float64, whose type is P.
func instance[P any](f32, f64 any) P {
	if p, ok := f32.(P); ok {
		return p
	}
	return f64.(P)
}
