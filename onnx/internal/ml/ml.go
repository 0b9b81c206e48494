// Package ml has the operators of the domain ai.onnx.ml: classical models, and what stands before
// them.
package ml

import (
	"slices"

	"simdnn/onnx/internal/plan"
)

// Operators returns the operators of the domain ai.onnx.ml: a list of each file.
func Operators() []plan.Operator {
	return slices.Concat(ensembles, features, labelings, linearModels, mappings, supportVectors)
}
