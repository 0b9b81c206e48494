package bench

import (
	"testing"

	"simdnn/tensor"
)

// filled returns a tensor of moderate values of both signs.
func filled[T tensor.Float](shape ...int) *tensor.Tensor[T] {
	t := tensor.New[T](shape...)
	for i := range t.Data() {
		t.Data()[i] = T((i*7919)%2003)/500 - 2
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

// forEachSet runs a benchmark with every kernel set, on one thread, except with reference: that one is the tests' oracle and slow.
func forEachSet[T tensor.Float](b *testing.B, f func(b *testing.B, e *tensor.Engine[T])) {
	sets := tensor.Sets()
	for i := range sets {
		if sets[i].Name == "reference" {
			continue
		}
		b.Run(dtype[T]()+"/"+sets[i].Name, func(b *testing.B) { f(b, tensor.NewEngine[T](&sets[i], 1)) })
	}
}
