package onnx

import (
	"simdnn/onnx/internal/file"
	"simdnn/onnx/internal/microsoft"
	"simdnn/onnx/internal/ml"
	"simdnn/onnx/internal/plan"
	"simdnn/onnx/internal/standard"
)

// families returns all operators by domain.
func families() []plan.Family {
	return []plan.Family{
		{Domain: "", Operators: standard.Operators()},
		{Domain: "ai.onnx.ml", Operators: ml.Operators()},
		{Domain: file.TrainingDomain, Operators: standard.Training},
		{Domain: "com.microsoft", Operators: microsoft.Operators()},
	}
}
