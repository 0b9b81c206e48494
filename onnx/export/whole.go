package export

import (
	"fmt"
	"slices"

	"simdnn/graph"
	"simdnn/onnx/internal/proto"
)

// fileNode is an operator that is a node of the file it was read from, as package onnx has those
// that are no operators of graphs. It names the inputs and outputs that are there.
type fileNode interface {
	graph.Operator
	FileNode() (n *proto.Node, version int)
}

// versions says of operators of ONNX from which version on a node means the same in all later ones,
// and which of these gave them more than types of elements: what a node of one of them may have is
// not there before.
var versions = map[string][]int{
	"AffineGrid": {20}, "Cast": {6, 19}, "Col2Im": {18}, "ConvInteger": {10}, "CumSum": {11},
	"DeformConv": {19}, "DequantizeLinear": {10, 13, 19, 21}, "Det": {11},
	"DynamicQuantizeLinear": {11}, "GRU": {7, 14}, "GridSample": {20}, "LSTM": {7, 14},
	"LpPool": {11, 18}, "MatMul": {9, 13}, "MatMulInteger": {10}, "MaxPool": {10, 11},
	"MaxRoiPool": {1}, "MaxUnpool": {11}, "QLinearConv": {10}, "QLinearMatMul": {10},
	"QuantizeLinear": {10, 13, 19, 21}, "RNN": {7, 14}, "Resize": {11, 18, 19}, "RoiAlign": {16},
}

// renamed are versions in which operators took on another meaning, such as names of modes.
var renamed = map[string]int{"GridSample": 20}

// nodeOf adds a node as it stood in the file that it was read from.
func (t *Translation) nodeOf(o fileNode, in []string) []string {
	n, version := o.FileNode()
	if n.Domain == "" {
		version = t.versionOf(n.Operator, version)
	}
	inputs := slices.Clone(n.Inputs)
	for i, name := range inputs {
		if name != "" {
			inputs[i], in = in[0], in[1:]
		}
	}
	var attributes []Attribute
	for _, a := range n.Attributes {
		attributes = append(attributes, Attribute{a})
	}
	all := t.NodeIn(n.Domain, version, n.Operator, len(n.Outputs), inputs, attributes...)
	var outputs []string
	for i, name := range n.Outputs {
		if name != "" {
			outputs = append(outputs, all[i])
		}
	}
	return outputs
}

// versionOf ends the translation if a node of one version of ONNX's operators means another one, or
// none, in the file's.
func (t *Translation) versionOf(operator string, version int) int {
	since := -1
	for _, v := range versions[operator] {
		if v <= version {
			since = v
		}
	}
	if at := renamed[operator]; since < 0 && version < at && t.Opset() < at {
		return 0
	}
	if since < 0 {
		t.Fail("%s of opset %d is not the one of opset %d", operator, version, t.Opset())
	}
	t.Needs(since, fmt.Sprintf("%s of opset %d", operator, version))
	return 0
}
