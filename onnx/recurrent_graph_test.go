package onnx_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/graph/exec"
	"simdnn/onnx"
	"simdnn/tensor"
)

// TestRecurrentGraphs compares recurrent layers in graphs, for batches of any size, with sessions:
// all directions and orders, with lengths and states at first or without.
func TestRecurrentGraphs(t *testing.T) {
	gates := map[string]int{"RNN": 1, "GRU": 3, "LSTM": 4}
	for operator, g := range gates {
		for _, direction := range []string{"forward", "reverse", "bidirectional"} {
			for layout := range 2 {
				for given := range 4 { // a bias and lengths, states at first
					name := fmt.Sprint(operator, " ", direction, " ", layout, " ", given)
					t.Run(name, func(t *testing.T) {
						compareRecurrent(t, operator, g, direction, layout, given&1 != 0, given&2 != 0)
					})
				}
			}
		}
	}
}

func compareRecurrent(t *testing.T, operator string, gates int, direction string, layout int,
	padded, initial bool) {
	const steps, batch, in, h = 4, 3, 2, 5
	d := map[string]int{"forward": 1, "reverse": 1, "bidirectional": 2}[direction]
	r := rand.New(rand.NewPCG(1, 2))
	values, open := map[string]*onnx.Value{}, map[string][]int{}
	var declared []message
	names := make([]string, 7)
	add := func(i, batchAt int, shape ...int) {
		a := tensor.NewArray(tensor.Float32Type, shape...)
		for j := range tensor.Elements[float32](a) {
			tensor.Elements[float32](a)[j] = float32(r.NormFloat64())
		}
		names[i] = fmt.Sprint("x", i)
		values[names[i]], open[names[i]] = onnx.NewTensor(a), a.Shape()
		if batchAt >= 0 {
			open[names[i]][batchAt] = -1
		}
		declared = append(declared, declare(names[i], onnx.Float, shape...))
	}
	x, state, at := []int{steps, batch, in}, []int{d, batch, h}, 1
	if layout == 1 {
		x, state, at = []int{batch, steps, in}, []int{batch, d, h}, 0
	}
	add(0, at, x...)
	add(1, -1, d, gates*h, in)
	add(2, -1, d, gates*h, h)
	if padded {
		add(3, -1, d, 2*gates*h)
		names[4] = "lengths"
		values["lengths"] = onnx.NewTensor(tensor.ArrayOf([]int32{2, 4, 1}, batch))
		open["lengths"] = []int{-1}
		declared = append(declared, declare("lengths", onnx.Int32, batch))
	}
	if initial {
		add(5, at, state...)
	}
	outputs := []string{"y", "last"}
	if operator == "LSTM" {
		outputs = append(outputs, "cells")
		if padded { // else there is no c at first beside h
			add(6, at, state...)
		}
	} else {
		names = names[:6]
	}
	attributes := []message{text("direction", direction), attribute("layout", layout),
		attribute("hidden_size", h)}
	if operator == "GRU" {
		attributes = append(attributes, attribute("linear_before_reset", 1))
	}
	var results []message
	for _, name := range outputs {
		results = append(results, declare(name, onnx.Float))
	}
	m := made(t, 14, graphOf(declared, results,
		[]message{node(operator, "", names, outputs, attributes...)}))
	want, err := m.Session(onnx.SessionOptions{Threads: 1}).Run(values)
	require.NoError(t, err)
	g, err := m.Graph(onnx.GraphOptions{Shapes: open})
	require.NoError(t, err)
	for _, n := range g.Nodes() {
		require.NotEqual(t, "recurrent", n.Operator.Name()) // which has no gradient
	}
	shapes := map[string][]int{}
	for name, v := range values {
		shapes[name] = v.Shape()
	}
	p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), 1), shapes)
	require.NoError(t, err)
	for name, v := range values {
		a, err := p.Input(name)
		require.NoError(t, err)
		tensor.Copier(a, v.Array())()
	}
	require.NoError(t, p.Run())
	for _, name := range outputs {
		got, err := p.Output(name)
		require.NoError(t, err)
		require.Equal(t, want[name].Shape(), got.Shape())
		require.InDeltaSlice(t, onnx.Floats(want[name]), onnx.Floats(onnx.NewTensor(got)), 1e-6, name)
	}
}

// TestRecurrentWeightsThatStay compares layers with constant weights of states, which are read
// packed, with those that are given ones.
func TestRecurrentWeightsThatStay(t *testing.T) {
	const steps, in = 5, 3
	for operator, gates := range map[string]int{"RNN": 1, "GRU": 3, "LSTM": 4} {
		for _, h := range []int{1, 7, 72} {
			for _, batch := range []int{1, 3} {
				for after := range 2 {
					t.Run(fmt.Sprint(operator, h, batch, after), func(t *testing.T) {
						values := []*onnx.Value{normal(1, steps, batch, in), normal(2, 2, gates*h, in),
							normal(3, 2, gates*h, h), normal(4, 2, 2*gates*h)}
						attributes := []message{text("direction", "bidirectional"), attribute("hidden_size", h)}
						if operator == "GRU" {
							attributes = append(attributes, attribute("linear_before_reset", after))
						}
						givenOrConstant(t, operator, values, []int{1, 2, 3}, onnx.Float,
							[]int{steps, 2, batch, h}, attributes...)
					})
				}
			}
		}
	}
}

// TestRecurrentHalvesThatStay does so with weights that are halves.
func TestRecurrentHalvesThatStay(t *testing.T) {
	const steps, batch, in, h = 4, 2, 3, 17
	var values []*onnx.Value
	for i, shape := range [][]int{{steps, batch, in}, {2, 4 * h, in}, {2, 4 * h, h}} {
		wide := tensor.Elements[float32](normal(uint64(i), shape...).Array())
		narrow := make([]tensor.Float16, len(wide))
		tensor.Narrow(narrow, wide)
		values = append(values, onnx.NewTensor(tensor.ArrayOf(narrow, shape...)))
	}
	givenOrConstant(t, "LSTM", values, []int{1, 2}, onnx.Float16, []int{steps, 2, batch, h},
		text("direction", "bidirectional"), attribute("hidden_size", h))
}

// normal returns random numbers.
func normal(seed uint64, shape ...int) *onnx.Value {
	r, a := rand.New(rand.NewPCG(seed, 0)), tensor.NewArray(tensor.Float32Type, shape...)
	for i := range tensor.Elements[float32](a) {
		tensor.Elements[float32](a)[i] = float32(r.NormFloat64()) / 4
	}
	return onnx.NewTensor(a)
}

// TestGraphsOfOtherCells has cells that those of graphs lack: a graph has the node as it is, for
// batches of any size, on any number of threads, and its weights are constants.
func TestGraphsOfOtherCells(t *testing.T) {
	x := message{}.text(1, "x").bytes(2, message{}.bytes(1, message{}.int(1, int(onnx.Float))))
	m := made(t, 14, graphOf([]message{x},
		[]message{declare("y", onnx.Float), declare("last", onnx.Float)},
		[]message{node("GRU", "g", []string{"x", "w", "r"}, []string{"y", "last"},
			attribute("hidden_size", 5))}).bytes(5, constantTensor("w", normal(1, 1, 15, 2))).
		bytes(5, constantTensor("r", normal(2, 1, 15, 5))))
	g, err := m.Graph(onnx.GraphOptions{Shapes: map[string][]int{"x": {4, -1, 2}}})
	require.NoError(t, err)
	require.Empty(t, g.Variables())
	require.Len(t, g.Nodes(), 1)
	require.Equal(t, "GRU", g.Nodes()[0].Operator.Name())
	require.Equal(t, "float32[4 1 batch 5]", g.Outputs()[0].Value.Type().String())
	s := m.Session(onnx.SessionOptions{Threads: 1})
	for threads := 1; threads <= 2; threads++ {
		for _, batch := range []int{1, 2, 9} {
			x := normal(uint64(batch), 4, batch, 2)
			want, err := s.Run(map[string]*onnx.Value{"x": x})
			require.NoError(t, err)
			p, err := exec.Compile(g, exec.NewEngines(tensor.ActiveISA(), threads),
				map[string][]int{"x": x.Shape()})
			require.NoError(t, err)
			in, err := p.Input("x")
			require.NoError(t, err)
			tensor.Copier(in, x.Array())()
			require.NoError(t, p.Run())
			for _, name := range []string{"y", "last"} {
				y, err := p.Output(name)
				require.NoError(t, err)
				require.Equal(t, want[name].Array().Bytes(), y.Bytes())
			}
			require.Zero(t, testing.AllocsPerRun(10, func() { _ = p.Run() }))
		}
	}
}

// TestRecurrentOnThreads runs layers whose steps threads share: the bits are those of one thread,
// whichever way the session tries.
func TestRecurrentOnThreads(t *testing.T) {
	const steps, in, h = 7, 3, 100
	for operator, gates := range map[string]int{"GRU": 3, "LSTM": 4} {
		for _, batch := range []int{1, 3} {
			t.Run(fmt.Sprint(operator, batch), func(t *testing.T) {
				lengths := onnx.NewTensor(tensor.ArrayOf([]int32{5, 7, 0}[:batch], batch))
				inputs := map[string]*onnx.Value{"x": normal(1, steps, batch, in), "lengths": lengths}
				attributes := []message{text("direction", "bidirectional"), attribute("hidden_size", h)}
				if operator == "GRU" {
					attributes = append(attributes, attribute("linear_before_reset", 1))
				}
				graph := graphOf([]message{declare("x", onnx.Float, steps, batch, in),
					declare("lengths", onnx.Int32, batch)},
					[]message{declare("y", onnx.Float), declare("last", onnx.Float)},
					[]message{node(operator, "", []string{"x", "w", "r", "b", "lengths"},
						[]string{"y", "last"}, attributes...)})
				for i, shape := range [][]int{{2, gates * h, in}, {2, gates * h, h}, {2, 2 * gates * h}} {
					graph = graph.bytes(5, constantTensor("wrb"[i:i+1], normal(uint64(i), shape...)))
				}
				m := made(t, 14, graph)
				want, err := m.Session(onnx.SessionOptions{Threads: 1}).Run(inputs)
				require.NoError(t, err)
				for _, threads := range []int{2, 3} {
					s := m.Session(onnx.SessionOptions{Threads: threads})
					for range 20 { // some of which try each way
						got, err := s.Run(inputs)
						require.NoError(t, err)
						for name := range want {
							require.Equal(t, want[name].Array().Bytes(), got[name].Array().Bytes(), name)
						}
					}
				}
			})
		}
	}
}
