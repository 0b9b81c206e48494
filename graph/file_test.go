package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/op"
	"simdnn/tensor"
)

// trained returns a small graph of a training step, with attributes, constants and updates.
func trained(t *testing.T) *graph.Graph {
	b := graph.NewBuilder()
	x := b.Input("x", floats(10))
	w := b.Variable(parameter("fc1.weight", 10, 4))
	var y *graph.Value
	b.In("fc1", func() {
		y = b.Apply(op.Parametric{Function: tensor.Elu, Alpha: 0.5}, op.MatMul(b, x, w))
	})
	b.Output("y", op.Softmax(b, y))
	loss := op.Mean(b, op.Mul(b, y, op.Transpose(b, op.Transpose(b, y, 0, 1), 0, 1)))
	op.SGD(b, op.Scalar(b, tensor.Float64Type, 0.1), []*graph.Value{w}, op.Gradients(b, loss, w))
	g, err := b.Graph()
	require.NoError(t, err)
	return g
}

func TestFileKeepsEverything(t *testing.T) {
	g := trained(t)
	data, err := json.Marshal(g)
	require.NoError(t, err)
	read, err := graph.Read(data, op.List(), g.Arrays())
	require.NoError(t, err)
	again, err := json.Marshal(read)
	require.NoError(t, err)
	require.Equal(t, len(g.Nodes()), len(read.Nodes()))
	for i, n := range read.Nodes() {
		require.Equal(t, g.Nodes()[i].Operator, n.Operator)
		require.Equal(t, g.Nodes()[i].Scope, n.Scope)
	}
	require.Equal(t, g.Variables()[0].Value, read.Variables()[0].Value)
	require.Equal(t, string(data), string(again))
}

// TestDamagedFiles says what is wrong with each.
func TestDamagedFiles(t *testing.T) {
	g := trained(t)
	data, err := json.Marshal(g)
	require.NoError(t, err)
	for _, c := range []struct{ old, new, want string }{
		{`{"version":1`, `{"version":2`, "has version 2; this program reads version 1"},
		{`{"version":1`, `{"version":1,"more":1`, `unknown field "more"`},
		{`"elu"`, `"elo"`, "node 1 (elo): there is no operator of this name"},
		{`"alpha":0.5`, `"alpha":"x"`, "node 1 (elu): its attributes: "},
		{`"alpha":0.5`, `"beta":0.5`, `unknown field "beta"`},
		{`"inputs":[0,1]`, `"inputs":[0,99]`, "node 0 (matmul): input 1: there is no value 99 before it"},
		{`"inputs":[0,1]`, `"inputs":[0,-1]`, "there is no value -1"},
		{`"inputs":[0,1]`, fmt.Sprintf(`"inputs":[0,%d]`, len(g.Sources())), // a cycle of one node
			fmt.Sprintf("node 0 (matmul): input 1: there is no value %d before it", len(g.Sources()))},
		{`"inputs":[0,1]`, `"inputs":[0]`, "1 inputs, not 2"},
		{`"inputs":[0,1]`, `"inputs":[0,0]`, "the matrices of batch×10 and batch×10 don't fit"},
		{`"parameter"`, `"weird"`, `"fc1.weight" is of the kind "weird"`},
		{`"fc1.weight"`, `"fc2.weight"`, `the parameter "fc2.weight" is missing`},
		{`"shape":[10,4]`, `"shape":[10,5]`, `"fc1.weight" is float32[10 4], not float32[10 5]`},
		{`"shape":[10,4]`, `"shape":[10,{}]`, "{} is not a dimension"},
		{`"dtype":"float32"`, `"dtype":"float31"`, `the element type "float31" is unknown`},
	} {
		damaged := strings.Replace(string(data), c.old, c.new, 1)
		require.NotEqual(t, string(data), damaged, c.old)
		_, err := graph.Read([]byte(damaged), op.List(), g.Arrays())
		require.ErrorContains(t, err, c.want)
	}
	for n := range data {
		_, err := graph.Read(data[:n], op.List(), g.Arrays())
		require.Error(t, err)
	}
}

// TestListNamesEveryOperatorOnce keeps two operators from having one name in files.
func TestListNamesEveryOperatorOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range op.List() {
		require.False(t, seen[o.Name()], o.Name())
		seen[o.Name()] = true
	}
}
