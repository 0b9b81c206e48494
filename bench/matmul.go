package bench

import (
	"fmt"

	"simdnn/tensor"
)

// matMul is the family of products.
const matMul = "MatMul"

// shape is that of a product: C (m, n), inner dimension k.
type shape struct{ m, n, k int }

// shapes are those that networks use: layers of small networks on one row and on a batch, one
// output, and layers large enough to be packed.
var shapes = []shape{
	{1, 64, 10}, {32, 64, 10}, {32, 1, 64}, {64, 64, 64}, {128, 256, 512}, {512, 512, 512},
}

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
		Config: fmt.Sprintf("trans=%v/size=%dx%dx%d/dtype=%s/isa=%s",
			trans, s.m, s.n, s.k, Dtype[T](), isa.Name),
		Flops: 2 * float64(s.m) * float64(s.n) * float64(s.k),
		Prepare: func() (func(), error) {
			e := tensor.NewEngine[T](isa, 1)
			c, a, b := Factors[T](s.m, s.n, s.k, trans)
			return warm(func() { e.MatMul(c, a, b, trans) }), nil
		},
	}
}
