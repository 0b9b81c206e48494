package onnx

import "simdnn/onnx/internal/minifloat"

// families returns all operators, a list for each file.
func families() []family {
	return []family{
		{"", elementwise}, {"", binaries}, {"", constants}, {"", shapes}, {"", pieces},
		{"", gathers}, {"", products}, {"", reductions}, {"", casts}, {"", control},
		{"", sequences}, {"", dataDependent}, {"", images}, {"", norms}, {"", losses},
		{"", attentions}, {"", quantised}, {"", resizes}, {"", samplings}, {"", signals},
		{"", recurrents}, {"", arrangements}, {"", textOperators}, {"", randoms}, {"", decoders},
		{"ai.onnx.ml", classical}, {"ai.onnx.ml", features}, {"ai.onnx.ml", labelings},
		{"ai.onnx.ml", linearModels}, {"ai.onnx.ml", mappings}, {"ai.onnx.ml", supportVectors},
		{"ai.onnx.preview.training", trainings},
		{"com.microsoft", microsoft}, {"com.microsoft", microsoftAttentions},
		{"com.microsoft", microsoftBlocks}, {"com.microsoft", microsoftLinear},
		{"com.microsoft", microsoftQuantised},
	}
}

// formatOf returns the format of floats that are stored only.
func formatOf(e ElementType) minifloat.Format {
	return map[ElementType]minifloat.Format{
		Float16: minifloat.Float16, BFloat16: minifloat.BFloat16,
		Float8E4M3FN: minifloat.E4M3FN, Float8E4M3FNUZ: minifloat.E4M3FNUZ,
		Float8E5M2: minifloat.E5M2, Float8E5M2FNUZ: minifloat.E5M2FNUZ,
		Float4E2M1: minifloat.E2M1, Float8E8M0: minifloat.E8M0,
	}[e]
}
