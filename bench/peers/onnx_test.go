package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

// The bytes that protoc gives for AttributeProto{name: "transB", i: 1, type: INT} in a node, and
// for a tensor.
func TestONNXMessages(t *testing.T) {
	require.Equal(t, []byte("\x0a\x01x\x0a\x01w\x12\x01y\x22\x04Gemm\x2a\x0d\x0a\x06transB\x18\x01\xa0\x01\x02"), onnxNode("Gemm", "y", true, "x", "w"))
	require.Equal(t, []byte("\x08\x01\x08\x02\x10\x01\x42\x01w\x4a\x08\x00\x00\x80\x3f\x00\x00\x00\xc0"),
		onnxTensor("w", tensor.FromSlice([]float32{1, -2}, 1, 2)))
	require.Equal(t, []byte("\x0a\x01x\x12\x0f\x0a\x0d\x08\x01\x12\x09\x0a\x02\x08\x03\x0a\x03\x08\xac\x02"), onnxValue("x", 3, 300))
}
