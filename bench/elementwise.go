package bench

import (
	"fmt"
	"slices"
	"unsafe"

	"simdnn/tensor"
)

// elementwise is the family of operations on elements and of reductions.
const elementwise = "Elementwise"

// lengths lie within the first-level cache, the second-level cache and memory.
var lengths = []int{256, 16384, 1 << 21}

// operands are those of an operation on elements.
type operands[T tensor.Float] struct{ dst, x, y *tensor.Tensor[T] }

// operation is an operation on elements.
type operation[T tensor.Float] struct {
	name    string
	streams int // the slices that it reads or writes
	call    func(e *tensor.Engine[T], o operands[T])
}

// operations lists the operations on elements.
func operations[T tensor.Float]() []operation[T] {
	type engine = tensor.Engine[T]
	type ops = operands[T]
	return []operation[T]{
		{"add", 3, func(e *engine, o ops) { e.Add(o.dst, o.x, o.y) }},
		{"sub", 3, func(e *engine, o ops) { e.Sub(o.dst, o.x, o.y) }},
		{"mul", 3, func(e *engine, o ops) { e.Mul(o.dst, o.x, o.y) }},
		{"scale", 2, func(e *engine, o ops) { e.Scale(o.dst, o.x, 1.5) }},
		{"axpy", 3, func(e *engine, o ops) { e.Axpy(o.dst, o.x, 1e-9) }},
		{"dot", 2, func(e *engine, o ops) { e.Dot(o.x, o.y) }},
		{"sum", 1, func(e *engine, o ops) { e.Sum(o.x) }},
		{"max", 1, func(e *engine, o ops) { e.Max(o.x) }},
		{"relu", 2, func(e *engine, o ops) { e.Relu(o.dst, o.x) }},
		{"leaky_relu", 2, func(e *engine, o ops) { e.LeakyRelu(o.dst, o.x, 0.01) }},
		{"sigmoid", 2, func(e *engine, o ops) { e.Sigmoid(o.dst, o.x) }},
		{"tanh", 2, func(e *engine, o ops) { e.Tanh(o.dst, o.x) }},
		{"silu", 2, func(e *engine, o ops) { e.Silu(o.dst, o.x) }},
		{"exp", 2, func(e *engine, o ops) { e.Exp(o.dst, o.x) }},
		{"log", 2, func(e *engine, o ops) { e.Log(o.dst, o.x) }},
		{"softmax", 2, func(e *engine, o ops) { e.Softmax(o.dst, o.x) }},
	}
}

// elements returns the operations on elements of one set and type. The selection takes all of them in the second-level cache with float32,
// and one of each kind (limited by memory, a reduction, limited by arithmetic) with the other lengths and with float64.
func elements[T tensor.Float](set *tensor.Set, full bool) []Case {
	kinds := []string{"add", "sum", "exp"}
	var cases []Case
	for _, op := range operations[T]() {
		for _, n := range lengths {
			typical := n == 16384 && dtype[T]() == "f32"
			one := slices.Contains(kinds, op.name) && (n == 16384 || dtype[T]() == "f32")
			if full || typical || one {
				cases = append(cases, element(set, op, n))
			}
		}
	}
	return cases
}

// element returns one operation on n elements.
func element[T tensor.Float](set *tensor.Set, op operation[T], n int) Case {
	return Case{
		Family: elementwise,
		Config: fmt.Sprintf("%s/size=%d/dtype=%s/isa=%s", op.name, n, dtype[T](), set.Name),
		Bytes:  float64(op.streams * n * int(unsafe.Sizeof(T(0)))),
		Prepare: func() (func(), error) {
			e := tensor.NewEngine[T](set, 1)
			o := operands[T]{tensor.New[T](1, n), filled[T](1, n), filled[T](1, n)}
			if op.name == "log" {
				for i := range o.x.Data() {
					o.x.Data()[i] += 2.5
				}
			}
			return warm(func() { op.call(e, o) }), nil
		},
	}
}
