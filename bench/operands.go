package bench

import "simdnn/tensor"

// Filled returns a tensor of moderate values of both signs, without a pattern that a kernel could
// profit from.
func Filled[T tensor.Float](shape ...int) *tensor.Tensor[T] {
	t := tensor.New[T](shape...)
	x := t.Data()
	for i := range x {
		x[i] = T((i*7919)%2003)/500 - 2
	}
	return t
}

// Factors returns the matrices of a product C = op(A)·op(B): C is m×n, and the inner dimension is
// k.
func Factors[T tensor.Float](m, n, k int, trans tensor.Trans) (c, a, b *tensor.Tensor[T]) {
	c, a, b = tensor.New[T](m, n), Filled[T](m, k), Filled[T](k, n)
	if trans == tensor.TN || trans == tensor.TT {
		a = Filled[T](k, m)
	}
	if trans == tensor.NT || trans == tensor.TT {
		b = Filled[T](n, k)
	}
	return c, a, b
}

// Dtype names the element type T: "f32" or "f64".
func Dtype[T tensor.Float]() string {
	if _, ok := any(T(0)).(float32); ok {
		return "f32"
	}
	return "f64"
}

// warm calls f once, for what it allocates the first time and for its operands to be in the caches,
// and returns it.
func warm(f func()) func() {
	f()
	return f
}

// repeat is warm for a function that may fail. Whether it does depends on the shapes alone, so that
// the first call tells.
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
