package onnx

import "simdnn/graph/op"

// families returns all operators, a list for each file.
func families() []family {
	return []family{
		{"", elementwise}, {"", binaries}, {"", shapes}, {"", gathers}, {"", products},
		{"", reductions}, {"", casts}, {"", control}, {"", sequences}, {"", dataDependent},
	}
}

// formatOf returns the format of floats that are stored only.
func formatOf(e ElementType) op.Format {
	return map[ElementType]op.Format{
		Float16: op.Half, BFloat16: op.Brain, Float8E4M3FN: op.E4M3FN, Float8E4M3FNUZ: op.E4M3FNUZ,
		Float8E5M2: op.E5M2, Float8E5M2FNUZ: op.E5M2FNUZ, Float4E2M1: op.E2M1,
		Float8E8M0: op.PowerOfTwo,
	}[e]
}
