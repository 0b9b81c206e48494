package bench

import (
	"fmt"

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
