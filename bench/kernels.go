package bench

import (
	"fmt"
	"slices"
	"unsafe"

	"simdnn/tensor"
	"simdnn/tensor/asm"
)

// ceiling is the family of what no kernel can exceed.
const ceiling = "Ceiling"

// peaks measures fused multiply-adds on registers: the ceiling of products.
func peaks[T tensor.Float](isa *tensor.ISA) Case {
	const iterations = 10000
	return Case{
		Family: ceiling,
		Config: fmt.Sprintf("fma/dtype=%s/isa=%s", Dtype[T](), isa.Name),
		Flops:  float64(asm.PeakFMA[T](isa, iterations)),
		Prepare: func() (func(), error) {
			return func() { asm.PeakFMA[T](isa, iterations) }, nil
		},
	}
}

// copies measures copy on the lengths of the operations on elements: their ceiling in each level of
// the memory.
func copies() []Case {
	var cases []Case
	for _, n := range lengths {
		cases = append(cases, copying(n))
	}
	return cases
}

// copying measures copy on a number of float32 elements.
func copying(n int) Case {
	return Case{
		Family: ceiling,
		Config: fmt.Sprintf("copy/size=%d/dtype=f32", n),
		Bytes:  float64(2 * 4 * n),
		Prepare: func() (func(), error) {
			dst, src := make([]float32, n), Filled[float32](n).Data()
			return warm(func() { copy(dst, src) }), nil
		},
	}
}

// matMul is the family of products.
const matMul = "MatMul"

// shape is that of a product: C (m, n), inner dimension k.
type shape struct{ m, n, k int }

// shapes are those that networks use: layers of small networks on one row and on a batch, one
// output, and layers large enough to be packed.
var shapes = []shape{{1, 64, 10}, {32, 64, 10}, {32, 1, 64}, {64, 64, 64}, {128, 256, 512},
	{512, 512, 512}}

// products returns the products of one ISA and type. The selection takes all shapes with float32,
// and for transposes and float64 those that tell kernels from packing.
func products[T tensor.Float](isa *tensor.ISA, full bool) []Case {
	var cases []Case
	for trans := tensor.NN; trans <= tensor.TT; trans++ {
		for _, s := range shapes {
			typical := s == shape{64, 64, 64} || s == shape{128, 256, 512}
			if full || typical || trans == tensor.NN && Dtype[T]() == "f32" {
				cases = append(cases, product[T](isa, s, trans))
			}
		}
	}
	return cases
}

// product returns one product through the public call.
func product[T tensor.Float](isa *tensor.ISA, s shape, trans tensor.Trans) Case {
	return Case{
		Family: matMul,
		Config: fmt.Sprintf("trans=%v/size=%dx%dx%d/dtype=%s/isa=%s", trans, s.m, s.n, s.k,
			Dtype[T](), isa.Name),
		Flops: 2 * float64(s.m) * float64(s.n) * float64(s.k),
		Prepare: func() (func(), error) {
			e := tensor.NewEngine[T](isa, 1)
			c, a, b := Operands[T](s.m, s.n, s.k, trans)
			return warm(func() { e.MatMul(c, a, b, trans) }), nil
		},
	}
}

// elementwise is the family of operations on elements and of reductions.
const elementwise = "Elementwise"

// lengths lie within L1, L2 and memory.
var lengths = []int{256, 16384, 1 << 21}

// elements returns the operations on elements of one ISA and type. The selection takes all of them
// in L2 with float32, and one of each kind (limited by memory, a reduction, limited by arithmetic)
// with the other lengths and with float64.
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

// Operation is an element-wise operation or a reduction that can be timed.
type Operation[T tensor.Float] struct {
	Name    string
	streams int // the slices of n elements that it reads or writes
	// Flops is the arithmetic for each float32 element, counted as [tensor.Unary.Flops] does. It
	// says what limits an operation, its arithmetic or its data, and has no part in any speed.
	Flops int
	// Run computes into dst, from x and y as far as it takes them, and returns what a reduction
	// gives. The tensors have the shape (1, n).
	Run func(e *tensor.Engine[T], dst, x, y *tensor.Tensor[T]) T
}

// parameter is the scalar of the parametric operations: so small that a sum stays finite however
// often it is added to.
const parameter = 1e-3

// Operations returns every element-wise operation and reduction: those of the families of package
// tensor, and softmax.
func Operations[T tensor.Float]() []Operation[T] {
	type engine = tensor.Engine[T]
	type array = tensor.Tensor[T]
	var all []Operation[T]
	for f := range tensor.Binaries {
		all = append(all, Operation[T]{f.String(), 3, f.Flops(),
			func(e *engine, dst, x, y *array) T { e.Binary(f, dst, x, y); return 0 }})
	}
	for f := range tensor.Parametrics {
		streams := 2
		if f == tensor.Axpy {
			streams = 3
		}
		all = append(all, Operation[T]{f.String(), streams, f.Flops(),
			func(e *engine, dst, x, _ *array) T { e.Parametric(f, dst, x, parameter); return 0 }})
	}
	for f := range tensor.Unaries {
		all = append(all, Operation[T]{f.String(), 2, f.Flops(),
			func(e *engine, dst, x, _ *array) T { e.Unary(f, dst, x); return 0 }})
	}
	return append(all,
		Operation[T]{"dot", 2, 2, func(e *engine, _, x, y *array) T { return e.Dot(x, y) }},
		Operation[T]{"sum", 1, 1, func(e *engine, _, x, _ *array) T { return e.Sum(x) }},
		Operation[T]{"max", 1, 1, func(e *engine, _, x, _ *array) T { return e.Max(x) }},
		Operation[T]{"softmax", 2, 27, func(e *engine, dst, x, _ *array) T {
			e.Softmax(dst, x)
			return 0
		}},
	)
}

// Bytes returns the bytes that the operation on n elements has to read and write.
func (op *Operation[T]) Bytes(n int) float64 {
	return float64(op.streams) * float64(n) * float64(unsafe.Sizeof(T(0)))
}

// On returns the operation on n elements by each of the engines. They share the operands, which are
// positive where the operation needs that.
func (op *Operation[T]) On(n int, engines ...*tensor.Engine[T]) []func() {
	dst, x, y := tensor.New[T](1, n), Filled[T](1, n), Filled[T](1, n)
	if op.Name == tensor.Log.String() {
		for i := range x.Data() {
			x.Data()[i] += 2.5
		}
	}
	calls := make([]func(), len(engines))
	for i, e := range engines {
		calls[i] = func() { op.Run(e, dst, x, y) }
	}
	return calls
}
