package onnx_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/onnx"
	"simdnn/onnx/value"
)

// TestTypesThatDontFit puts elements of other types into operators that take them for numbers of one
// type: each is an error that names the node and the type.
func TestTypesThatDontFit(t *testing.T) {
	type input struct {
		element onnx.ElementType
		shape   []int
	}
	matrix := func(e onnx.ElementType) input { return input{e, []int{2, 2}} }
	scalar := func(e onnx.ElementType) input { return input{e, []int{}} }
	for _, c := range []struct {
		operator string
		inputs   []input
		want     string
	}{
		{"CumSum", []input{matrix(onnx.Bool), scalar(onnx.Int64)}, "sums of bool"},
		{"CumSum", []input{matrix(onnx.Int8), scalar(onnx.Int64)}, "sums of int8"},
		{"MatMul", []input{matrix(onnx.Int8), matrix(onnx.Int8)}, "int8 by int8"},
		{"MatMul", []input{matrix(onnx.Int64), matrix(onnx.Float)}, "int64 by float32"},
		{"MatMul", []input{matrix(onnx.Float), matrix(onnx.Double)}, "float32 by float64"},
		{"Gemm", []input{matrix(onnx.Int64), matrix(onnx.Float)}, "int64 by float32"},
		{"DynamicQuantizeLinear", []input{matrix(onnx.Double)}, "codes of float64"},
		{"MatMulInteger", []input{matrix(onnx.Uint8), matrix(onnx.Int8), scalar(onnx.Int32)},
			"input 2 is int32"},
		{"MatMulInteger", []input{matrix(onnx.Uint8), matrix(onnx.Int8), scalar(onnx.Uint8),
			scalar(onnx.Float)}, "input 3 is float32"},
		{"QuantizeLinear", []input{matrix(onnx.Float), scalar(onnx.Float), scalar(onnx.Float16)},
			"codes of float16"},
		{"LSTM", []input{{onnx.Float, []int{1, 1, 2}}, {onnx.Float, []int{1, 8, 2}},
			{onnx.Double, []int{1, 8, 2}}}, "input 2 is float64"},
		{"Add", []input{matrix(onnx.Bool), matrix(onnx.Bool)}, "bool and bool"},
	} {
		names := []string{"a", "b", "c", "d"}[:len(c.inputs)]
		var declared []message
		values := map[string]*onnx.Value{}
		for i, in := range c.inputs {
			declared = append(declared, declare(names[i], in.element, in.shape...))
			values[names[i]] = value.Zeros(in.element, in.shape...)
		}
		model := made(t, 21, graphOf(declared, []message{declare("y", onnx.Float)},
			[]message{node(c.operator, "node1", names, []string{"y"})}))
		_, err := model.Session(onnx.SessionOptions{}).Run(values)
		require.ErrorContains(t, err, "node1", c.operator)
		require.ErrorContains(t, err, c.want, c.operator)
	}
}
