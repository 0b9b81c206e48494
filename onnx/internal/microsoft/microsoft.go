// Package microsoft has the operators of ONNX Runtime's own domain, com.microsoft, that its
// optimiser and exporters for it put into files. ContribOperators.md of ONNX Runtime describes
// them.
package microsoft

import (
	"slices"

	"simdnn/onnx/internal/plan"
)

// Operators returns the operators of the domain com.microsoft: a list of each file.
func Operators() []plan.Operator {
	return slices.Concat(microsoft, microsoftAttentions, microsoftBlocks, microsoftLinear,
		microsoftQuantised, microsoftTexts)
}
