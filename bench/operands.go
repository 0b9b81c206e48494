package bench

import "simdnn/tensor"

// filled returns a tensor of moderate values of both signs.
func filled[T tensor.Float](shape ...int) *tensor.Tensor[T] {
	t := tensor.New[T](shape...)
	x := t.Data()
	for i := range x {
		x[i] = T((i*7919)%2003)/500 - 2
	}
	return t
}

// dtype names the element type T.
func dtype[T tensor.Float]() string {
	if _, ok := any(T(0)).(float32); ok {
		return "f32"
	}
	return "f64"
}

// warm calls f once, for what it allocates the first time and for its operands to be in the caches, and returns it.
func warm(f func()) func() {
	f()
	return f
}

// repeat is warm for a function that may fail. Whether it does depends on the shapes alone, so that the first call tells.
func repeat(f func() error) (func(), error) {
	if err := f(); err != nil {
		return nil, err
	}
	return func() {
		if err := f(); err != nil {
			panic("bench: a call failed after one like it succeeded: " + err.Error())
		}
	}, nil
}
