package main

import (
	"encoding/binary"
	"fmt"
	"math"

	"simdnn/nn"
	"simdnn/tensor"
)

// message is a protocol buffer under construction.
type message []byte

// number appends an integer field.
func (m *message) number(field int, v uint64) {
	*m = binary.AppendUvarint(*m, uint64(field)<<3)
	*m = binary.AppendUvarint(*m, v)
}

// bytes appends a field of bytes: a text, or another message.
func (m *message) bytes(field int, b []byte) {
	*m = binary.AppendUvarint(*m, uint64(field)<<3|2)
	*m = binary.AppendUvarint(*m, uint64(len(b)))
	*m = append(*m, b...)
}

// text appends a field of text.
func (m *message) text(field int, s string) { m.bytes(field, []byte(s)) }

// onnxFloat is the number of ONNX for elements of type float32.
const onnxFloat = 1

// onnxModel returns the network as an ONNX model with the input x and the output y: for every layer
// a Gemm (x·Wᵀ + b), with a Relu between them. The numbers of the fields are those of onnx.proto.
func (n network) onnxModel(m *nn.Model[float32]) []byte {
	var graph message
	parameters := m.Parameters()
	last := len(n.sizes) - 2
	for i := range n.sizes[:last+1] {
		weight, bias := fmt.Sprintf("w%d", i), fmt.Sprintf("b%d", i)
		graph.bytes(5, onnxTensor(weight, parameters[2*i].Value))
		graph.bytes(5, onnxTensor(bias, parameters[2*i+1].Value))
		in, out := fmt.Sprintf("a%d", i), fmt.Sprintf("z%d", i+1)
		if i == 0 {
			in = "x"
		}
		if i == last {
			out = "y"
		}
		graph.bytes(1, onnxNode("Gemm", out, true, in, weight, bias))
		if i < last {
			graph.bytes(1, onnxNode("Relu", fmt.Sprintf("a%d", i+1), false, out))
		}
	}
	graph.text(2, "network")
	graph.bytes(11, onnxValue("x", n.batch, n.sizes[0]))
	graph.bytes(12, onnxValue("y", n.batch, n.sizes[last+1]))

	return onnxFile(graph, "", 13)
}

// onnxFile returns a model of a graph with the operators of a domain.
func onnxFile(graph message, domain string, version uint64) []byte {
	var opset, model message
	opset.text(1, domain)
	opset.number(2, version)
	model.number(1, 7) // version of the format
	model.bytes(7, graph)
	model.bytes(8, opset)
	return model
}

// onnxNode returns an operation; transB says that the second operand is transposed.
func onnxNode(op, out string, transB bool, in ...string) []byte {
	var node message
	for _, name := range in {
		node.text(1, name)
	}
	node.text(2, out)
	node.text(4, op)
	if transB {
		var attribute message
		attribute.text(1, "transB")
		attribute.number(3, 1)
		attribute.number(20, 2) // an integer
		node.bytes(5, attribute)
	}
	return node
}

// onnxTensor returns a constant with the elements of t in row-major order.
func onnxTensor(name string, t *tensor.Tensor[float32]) []byte {
	var raw []byte
	for _, v := range t.Clone().Data() {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return onnxBytes(name, onnxFloat, raw, t.Shape()...)
}

// onnxBytes returns a constant whose elements, of the type with that number, are these bytes.
func onnxBytes(name string, kind int, raw []byte, dims ...int) []byte {
	var constant message
	for _, d := range dims {
		constant.number(1, uint64(d))
	}
	constant.number(2, uint64(kind))
	constant.text(8, name)
	constant.bytes(9, raw)
	return constant
}

// onnxValue returns the description of a tensor of float32.
func onnxValue(name string, dims ...int) []byte { return onnxValueOf(name, onnxFloat, dims...) }

// onnxValueOf returns the description of a tensor of the type with that number.
func onnxValueOf(name string, number int, dims ...int) []byte {
	var shape, kind, matrix, value message
	for _, d := range dims {
		var dim message
		dim.number(1, uint64(d))
		shape.bytes(1, dim)
	}
	matrix.number(1, uint64(number))
	matrix.bytes(2, shape)
	kind.bytes(1, matrix)
	value.text(1, name)
	value.bytes(2, kind)
	return value
}
