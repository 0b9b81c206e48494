package bench

import (
	"fmt"
	"slices"

	"simdnn/tensor"
)

// elementwise is the family of operations on elements and of reductions.
const elementwise = "Elementwise"

// lengths lie within the first-level cache, the second-level cache and memory.
var lengths = []int{256, 16384, 1 << 21}

// elements returns the operations on elements of one ISA and type. The selection takes all of them
// in the second-level cache with float32, and one of each kind (limited by memory, a reduction,
// limited by arithmetic) with the other lengths and with float64.
func elements[T tensor.Float](isa *tensor.ISA, full bool) []Case {
	kinds := []string{"add", "sum", "exp"}
	var cases []Case
	for _, op := range Operations[T]() {
		for _, n := range lengths {
			typical := n == 16384 && Dtype[T]() == "f32"
			one := slices.Contains(kinds, op.Name) && (n == 16384 || Dtype[T]() == "f32")
			if full || typical || one {
				cases = append(cases, element(isa, op, n))
			}
		}
	}
	return cases
}

// element returns one operation on n elements.
func element[T tensor.Float](isa *tensor.ISA, op Operation[T], n int) Case {
	return Case{
		Family: elementwise,
		Config: fmt.Sprintf("%s/size=%d/dtype=%s/isa=%s", op.Name, n, Dtype[T](), isa.Name),
		Bytes:  op.Bytes(n),
		Prepare: func() (func(), error) {
			return warm(op.On(n, tensor.NewEngine[T](isa, 1))[0]), nil
		},
	}
}
