package export_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph"
	"simdnn/graph/exec"
	"simdnn/graph/op"
	"simdnn/nn"
	"simdnn/nn/experiment"
	"simdnn/onnx"
	"simdnn/onnx/export"
	"simdnn/tensor"
	"simdnn/tensor/npy"
)

// opsets are those that files are written in here: each has operators that the one before lacks.
// For other programs they are all.
func opsets() []int {
	if *writeTo == "" {
		return []int{export.MinOpset, 17, 18, 20, 23, export.MaxOpset}
	}
	var all []int
	for opset := export.MinOpset; opset <= export.MaxOpset; opset++ {
		all = append(all, opset)
	}
	return all
}

// writeTo is a folder to which each graph is written as a file, with its inputs and outputs, for
// check.py to compare with what other programs compute.
var writeTo = flag.String("write", "", "the `FOLDER` to write all graphs to")

// keep writes a file, its inputs and what is expected of it.
func keep(t *testing.T, file []byte, opset int, inputs, outputs map[string]*tensor.Array) {
	if *writeTo == "" {
		return
	}
	name := strings.NewReplacer("/", "_", " ", "_").Replace(fmt.Sprint(t.Name(), ".", opset))
	folder := filepath.Join(*writeTo, fmt.Sprintf("%.60s-%x", name, sha256.Sum256(file))[:70])
	require.NoError(t, os.MkdirAll(folder, 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "model.onnx"), file, 0o666))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "name"), []byte(name), 0o666))
	for part, arrays := range map[string]map[string]*tensor.Array{"in": inputs, "out": outputs} {
		require.NoError(t, npy.WriteArchive(filepath.Join(folder, part+".npz"), arrays, npy.Stored))
	}
}

// roundTrip writes a graph, reads it as a model and compares what both compute of inputs, within a
// tolerance relative to the largest element.
func roundTrip(t *testing.T, g *graph.Graph, o export.Options, tolerance float64,
	inputs map[string]*tensor.Array) {
	t.Helper()
	var file bytes.Buffer
	require.NoError(t, export.Encode(&file, g, o))
	m, err := onnx.Read(file.Bytes(), "written.onnx", onnx.Options{})
	require.NoError(t, err)
	values, shapes := map[string]*onnx.Value{}, map[string][]int{}
	for name, a := range inputs {
		values[name], shapes[name] = onnx.NewTensor(a), a.Shape()
	}
	got, err := m.Session(onnx.SessionOptions{Threads: 1}).Run(values)
	require.NoError(t, err)
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), shapes)
	require.NoError(t, err)
	for name, a := range inputs {
		in, err := p.Input(name)
		require.NoError(t, err)
		tensor.Copier(in, a)()
	}
	require.NoError(t, p.Run())
	outputs := map[string]*tensor.Array{}
	for _, out := range g.Outputs() {
		want, err := p.Output(out.Name)
		require.NoError(t, err)
		outputs[out.Name] = want
		require.Equal(t, want.DType(), got[out.Name].Array().DType(), out.Name)
		require.Equal(t, want.Shape(), got[out.Name].Array().Shape(), out.Name)
		requireNear(t, onnx.Floats(onnx.NewTensor(want)), onnx.Floats(got[out.Name]), tolerance)
	}
	keep(t, file.Bytes(), m.Info().Opset["ai.onnx"], inputs, outputs)
}

func requireNear(t *testing.T, want, got []float64, tolerance float64) {
	t.Helper()
	largest := 1.
	for _, v := range want {
		if !math.IsInf(v, 0) && !math.IsNaN(v) {
			largest = max(largest, math.Abs(v))
		}
	}
	for i, v := range want {
		if v == got[i] || math.IsNaN(v) && math.IsNaN(got[i]) {
			continue
		}
		require.InDelta(t, v, got[i], tolerance*largest, "element %d", i)
	}
}

// random returns normally distributed numbers.
func random[T tensor.Float](seed uint64, shape ...int) *tensor.Array {
	r := rand.New(rand.NewPCG(seed, 9))
	a := tensor.NewArray(tensor.DTypeOf[T](), shape...)
	for i := range tensor.Elements[T](a) {
		tensor.Elements[T](a)[i] = T(r.NormFloat64())
	}
	return a
}

// TestNetworks writes all named networks, in all versions.
func TestNetworks(t *testing.T) {
	for _, n := range experiment.Networks() {
		t.Run(n.Name, func(t *testing.T) {
			m, err := experiment.NetworkModel[float32](n)
			require.NoError(t, err)
			g, err := m.PredictionGraph()
			require.NoError(t, err)
			for _, opset := range opsets() {
				x, _ := experiment.RandomBatch(n, m, 2)
				roundTrip(t, g, export.Options{Opset: opset}, 2e-5, map[string]*tensor.Array{
					"x": tensor.ArrayOf(x.Data(), x.Shape()...)})
			}
		})
	}
}

// layerCase is a model of one layer.
type layerCase struct {
	layers []nn.Layer
	input  []int
}

func layerCases() []layerCase {
	var cases []layerCase
	add := func(input []int, layers ...nn.Layer) {
		cases = append(cases, layerCase{layers, input})
	}
	for _, a := range []nn.Activation{nn.Linear, nn.ReLU, nn.Tanh, nn.Sigmoid, nn.SiLU, nn.GELU,
		nn.Softplus, nn.Hardswish, nn.Mish, nn.Softmax} {
		add([]int{5}, nn.NewDense(5, 7, a))
	}
	images := []int{4, 9, 8}
	add(images, nn.NewConv2D(4, 6, 3, nn.ReLU, nn.WithPadding(1), nn.WithStride(2)))
	add(images, nn.NewConv2D(4, 8, 3, nn.Linear, nn.WithGroups(4), nn.WithDilation(2)))
	add(images, nn.NewConvTranspose2D(4, 6, 3, nn.Linear, nn.WithStride(2), nn.WithPadding(1)))
	add(images, nn.NewMaxPool2D(2), nn.NewBatchNorm(4), nn.NewPReLU(4))
	add(images, nn.NewAveragePool2D(3, nn.WithStride(1), nn.WithPadding(1)))
	add(images, nn.NewAdaptiveAveragePool(1, 1), nn.Flatten{})
	add(images, nn.NewAdaptiveMaxPool(3, 2))
	add(images, nn.NewGroupNorm(2, 4), nn.NewInstanceNorm(4))
	add(images, nn.Upsample{Factors: []float64{2, 2}})
	add(images, nn.Upsample{Factors: []float64{2, 3}, Linear: true})
	add(images, nn.NewLayerNorm(9, 8), nn.NewRMSNorm(8))
	add(images, nn.Permute{Axes: []int{3, 1, 2}}, nn.Reshape{Shape: []int{8, 36}})
	add(images, nn.Residual{nn.NewConv2D(4, 4, 1, nn.Tanh)},
		nn.Parallel{nn.Flatten{}, nn.Flatten{}})
	series := []int{6, 8}
	add(series, nn.NewConv1D(6, 3, 3, nn.Tanh))
	add(series, nn.NewRNN(8, 5), nn.LastStep{})
	for _, cell := range []op.Cell{op.TanhCell, op.ReluCell, op.LSTMCell, op.GRUCell} {
		add(series, &nn.Recurrent{Cell: cell, In: 8, Hidden: 5, Layers: 2, Bidirectional: true})
		add(series, &nn.Recurrent{Cell: cell, In: 8, Hidden: 5, NoBias: true})
	}
	add(series, nn.NewSelfAttention(8, 2, true), nn.NewPositions(7, 8))
	add(series, &nn.Attention{Width: 8, Heads: 4, Groups: 2, Rotary: 10000})
	add(series, nn.NewTransformerEncoderLayer(8, 2, 16))
	return cases
}

// TestLayers writes layers in float32 and float64, for batches of several sizes.
func TestLayers(t *testing.T) {
	for _, c := range layerCases() {
		testLayers[float32](t, c, 1e-5)
	}
	for _, c := range layerCases() {
		testLayers[float64](t, c, 1e-7) // attributes such as ε are float32 in files
	}
}

func testLayers[T tensor.Float](t *testing.T, c layerCase, tolerance float64) {
	m := nn.NewModel[T](nn.MSE, nn.WithInput(c.input...))
	require.NoError(t, m.Add(c.layers...))
	t.Run(fmt.Sprint(c.layers, tensor.DTypeOf[T]()), func(t *testing.T) {
		g, err := m.PredictionGraph()
		require.NoError(t, err)
		for i, v := range g.Variables() { // so that nothing is 0 or 1
			for j, r := range tensor.Elements[T](random[T](uint64(i), v.Value.Len())) {
				tensor.Elements[T](v.Value)[j] += T(math.Abs(float64(r))) / 10
			}
		}
		for i, opset := range opsets() {
			x := random[T](3, append([]int{1 + i%3}, c.input...)...)
			roundTrip(t, g, export.Options{Opset: opset}, tolerance, map[string]*tensor.Array{"x": x})
		}
	})
}

// TestNames checks what a file says of itself: names, symbols, metadata.
func TestNames(t *testing.T) {
	m := nn.NewModel[float32](nn.MSE, nn.WithInput(4))
	require.NoError(t, m.Add(nn.Named("hidden", nn.NewDense(4, 3, nn.ReLU)),
		nn.NewDense(3, 1, nn.Linear)))
	g, err := m.PredictionGraph()
	require.NoError(t, err)
	var file bytes.Buffer
	require.NoError(t, export.Encode(&file, g, export.Options{Name: "small", Doc: "two layers",
		Metadata: map[string]string{"seed": "1"}, Docs: map[string]string{"x": "four numbers"}}))
	read, err := onnx.Read(file.Bytes(), "small.onnx", onnx.Options{})
	require.NoError(t, err)
	info := read.Info()
	require.Equal(t, "simdnn", info.Producer)
	require.Equal(t, map[string]string{"seed": "1"}, info.Metadata)
	require.Equal(t, []onnx.Declaration{{Name: "x", Type: "float32", Shape: []any{"batch", int64(4)}}},
		info.Inputs)
	back, err := read.Graph(onnx.GraphOptions{})
	require.NoError(t, err)
	var names []string
	for _, v := range back.Variables() {
		names = append(names, v.Name)
	}
	slices.Sort(names)
	require.Equal(t, []string{"2.bias", "2.weight", "hidden.bias", "hidden.weight"}, names)
}

// TestLastCells writes LSTMs of which the last cells are needed, as imported ones have them, which
// ONNX has in an output of their own; what else of the cells is needed has no form.
func TestLastCells(t *testing.T) {
	for _, padded := range []bool{false, true} {
		g, inputs := lastCells(t, padded)
		for _, opset := range opsets() {
			roundTrip(t, g, export.Options{Opset: opset}, 1e-6, inputs)
		}
	}
	b := graph.NewBuilder()
	in := make([]*graph.Value, 3)
	for i, shape := range [][]int{{5, 4, 2}, {12, 4}, {12, 3}} {
		in[i] = b.Input(fmt.Sprint(i), graph.TypeOf[float32](graph.ShapeOf(shape...)...))
	}
	cells := b.ApplyAll(op.Recurrence{Cell: op.LSTMCell, NoBias: true}, in...)[2]
	b.Output("y", op.Slice(b, cells, 0, 1, op.ToEnd, 1))
	g, err := b.Graph()
	require.NoError(t, err)
	require.ErrorContains(t, export.Encode(io.Discard, g, export.Options{}), "has no form in ONNX")
}

// lastCells returns a graph of an LSTM in both directions, (time, batch, 4) to 3 units, with its
// last states and cells, and its inputs.
func lastCells(t *testing.T, padded bool) (*graph.Graph, map[string]*tensor.Array) {
	b, inputs := graph.NewBuilder(), map[string]*tensor.Array{}
	input := func(name string, a *tensor.Array) *graph.Value {
		inputs[name] = a
		return b.Input(name, graph.Type{DType: a.DType(), Shape: graph.ShapeOf(a.Shape()...)})
	}
	l := op.RecurrentLayers{Cell: op.LSTMCell, Weights: make([][]op.RecurrentWeights, 1)}
	for d := range uint64(2) {
		weight := func(i uint64, shape ...int) *graph.Value {
			return b.Constant(random[float32](10*d+i, shape...))
		}
		l.Weights[0] = append(l.Weights[0], op.RecurrentWeights{Input: weight(1, 12, 4),
			State: weight(2, 12, 3), InputBias: weight(3, 12), StateBias: weight(4, 12)})
	}
	l.Initial = input("h", random[float32](31, 2, 2, 3))
	l.InitialCells = input("c", random[float32](32, 2, 2, 3))
	if padded {
		l.Lengths = input("lengths", tensor.ArrayOf([]int64{5, 2}, 2))
	}
	y, last, cells := l.Apply(b, input("x", random[float32](33, 5, 2, 4)))
	b.Output("y", y)
	b.Output("last", last)
	b.Output("cells", cells)
	g, err := b.Graph()
	require.NoError(t, err)
	return g, inputs
}
