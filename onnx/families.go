package onnx

// families returns all operators, a list for each file.
func families() []family {
	return []family{
		{"", elementwise}, {"", binaries}, {"", shapes}, {"", gathers}, {"", products},
		{"", reductions}, {"", casts}, {"", control}, {"", sequences}, {"", dataDependent},
		{"", images}, {"", norms}, {"", losses}, {"", attentions}, {"", quantised}, {"", resizes}, {"", samplings}, {"", signals}, {"", recurrents}, {"", arrangements}, {"", textOperators},
		{"ai.onnx.ml", classical}, {"ai.onnx.preview.training", trainings},
	}
}

// formatOf returns the format of floats that are stored only.
func formatOf(e ElementType) format {
	return map[ElementType]format{
		Float16: half, BFloat16: brain, Float8E4M3FN: e4m3fn, Float8E4M3FNUZ: e4m3fnuz,
		Float8E5M2: e5m2, Float8E5M2FNUZ: e5m2fnuz, Float4E2M1: e2m1,
		Float8E8M0: powerOfTwo,
	}[e]
}
