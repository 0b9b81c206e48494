package onnx_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"simdnn/onnx"
)

// message is a protocol buffer in the making.
type message []byte

func (m message) int(field protowire.Number, v int) message {
	return m.int64(field, int64(v))
}

func (m message) int64(field protowire.Number, v int64) message {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), uint64(v))
}

func (m message) bytes(field protowire.Number, v []byte) message {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), v)
}

func (m message) text(field protowire.Number, v string) message { return m.bytes(field, []byte(v)) }

// append adds fields.
func (m message) append(fields message) message { return append(m, fields...) }

// attribute is an attribute that is a whole number, a float32, a text, a list of whole numbers or a graph.
func attribute(name string, value any) message {
	a := message{}.text(1, name)
	switch v := value.(type) {
	case int:
		return a.int(3, v).int(20, 2)
	case float32:
		a = protowire.AppendTag(a, 2, protowire.Fixed32Type)
		return message(protowire.AppendFixed32(a, math.Float32bits(v))).int(20, 1)
	case string:
		return a.text(4, v).int(20, 3)
	case []int:
		for _, n := range v {
			a = a.int(8, n)
		}
		return a.int(20, 7)
	case message:
		return a.bytes(6, v).int(20, 5)
	}
	panic(value)
}

// node is a node of an operator.
func node(operator, name string, inputs, outputs []string, attributes ...message) message {
	n := message{}
	for _, in := range inputs {
		n = n.text(1, in)
	}
	for _, out := range outputs {
		n = n.text(2, out)
	}
	n = n.text(3, name).text(4, operator)
	for _, a := range attributes {
		n = n.bytes(5, a)
	}
	return n
}

// declare is the name and the type of an input or an output.
func declare(name string, element onnx.ElementType, shape ...int) message {
	dims := make([]any, len(shape))
	for i, n := range shape {
		dims[i] = n
	}
	return declareOpen(name, element, dims...)
}

// declareOpen is declare where some dimensions have a name in place of a length.
func declareOpen(name string, element onnx.ElementType, shape ...any) message {
	dims := message{}
	for _, n := range shape {
		if symbol, ok := n.(string); ok {
			dims = dims.bytes(1, message{}.text(2, symbol))
		} else {
			dims = dims.bytes(1, message{}.int(1, n.(int)))
		}
	}
	tensor := message{}.int(1, int(element)).bytes(2, dims)
	return message{}.text(1, name).bytes(2, message{}.bytes(1, tensor))
}

func graphOf(inputs, outputs, nodes []message) message {
	g := message{}
	for _, n := range nodes {
		g = g.bytes(1, n)
	}
	g = g.text(2, "g")
	for _, v := range inputs {
		g = g.bytes(11, v)
	}
	for _, v := range outputs {
		g = g.bytes(12, v)
	}
	return g
}

// made returns the model of a graph.
func made(t testing.TB, opset int, g message) *onnx.Model {
	t.Helper()
	m, err := onnx.Read(message{}.int(1, 8).bytes(7, g).bytes(8, message{}.text(1, "").int(2, opset)),
		"made", onnx.Options{})
	require.NoError(t, err)
	return m
}
