package onnx_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"simdnn/onnx"
	"simdnn/tensor"
)

// TestReadingAllocatesInProportion repeats each kind of field of a file, in its shortest form, and
// compares what reading allocates with the size.
func TestReadingAllocatesInProportion(t *testing.T) {
	empty := func(field int) message { return message{}.bytes(protowire.Number(field), nil) }
	inGraph := func(m message) message { return message{}.int(1, 8).bytes(7, m) }
	for name, wrap := range map[string]func(n int) message{
		"nodes":        func(n int) message { return inGraph(bytes.Repeat(empty(1), n)) },
		"initializers": func(n int) message { return inGraph(bytes.Repeat(empty(5), n)) },
		"inputs":       func(n int) message { return inGraph(bytes.Repeat(empty(11), n)) },
		"outputs":      func(n int) message { return inGraph(bytes.Repeat(empty(12), n)) },
		"sparse":       func(n int) message { return inGraph(bytes.Repeat(empty(15), n)) },
		"attributes": func(n int) message {
			return inGraph(message{}.bytes(1, bytes.Repeat(empty(5), n)))
		},
		"node inputs": func(n int) message {
			return inGraph(message{}.bytes(1, bytes.Repeat(empty(1), n)))
		},
		"strings": func(n int) message {
			w := tensorOf("w", onnx.String, int64(n)).append(bytes.Repeat(empty(6), n))
			return inGraph(message{}.bytes(5, w))
		},
		"bools": func(n int) message {
			return inGraph(message{}.bytes(5, tensorOf("w", onnx.Bool, int64(n)).bytes(5, make([]byte, n))))
		},
		"int64s": func(n int) message {
			return inGraph(message{}.bytes(5, tensorOf("w", onnx.Int64, int64(n)).bytes(7, make([]byte, n))))
		},
		"dimensions": func(n int) message {
			shape := message{}.bytes(1, message{}.bytes(2, bytes.Repeat(empty(1), n)))
			return inGraph(message{}.bytes(11, message{}.text(1, "x").bytes(2, shape)))
		},
		"functions": func(n int) message { return inGraph(nil).append(bytes.Repeat(empty(25), n)) },
		"metadata":  func(n int) message { return inGraph(nil).append(bytes.Repeat(empty(14), n)) },
		"opsets":    func(n int) message { return inGraph(nil).append(bytes.Repeat(empty(8), n)) },
		"unknown nodes": func(n int) message {
			return inGraph(bytes.Repeat(message{}.bytes(1, message{}.text(4, "A")), n))
		},
		"identities": func(n int) message {
			var g message
			for i := range n {
				g = g.bytes(1, node("Neg", "", []string{"x"}, []string{fmt.Sprintf("%x", i)}))
			}
			return inGraph(g.bytes(11, declare("x", onnx.Float)))
		},
	} {
		file := wrap(20000)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = onnx.Read(file, "model", onnx.Options{})
		runtime.ReadMemStats(&after)
		t.Logf("%s: %.0f", name, float64(after.TotalAlloc-before.TotalAlloc)/float64(len(file)))
		require.LessOrEqual(t, after.TotalAlloc-before.TotalAlloc, uint64(256*len(file)), name)
	}
}

// runNode runs a model of one node, whose memory is bounded, on numbers.
func runNode(t *testing.T, n message, inputs map[string]*onnx.Value) error {
	var declared []message
	for name, v := range inputs {
		declared = append(declared, declare(name, v.Element(), v.Shape()...))
	}
	m := made(t, 18, graphOf(declared, []message{declare("y", onnx.Float)}, []message{n}))
	_, err := m.Session(onnx.SessionOptions{Threads: 1, Memory: 1 << 20}).Run(inputs)
	return err
}

// TestRunsStayWithinTheirMemory runs nodes that ask for more.
func TestRunsStayWithinTheirMemory(t *testing.T) {
	ints := func(v ...int64) *onnx.Value { return onnx.NewTensor(tensor.ArrayOf(v, len(v))) }
	floats := func(v ...float32) *onnx.Value { return onnx.NewTensor(tensor.ArrayOf(v, len(v))) }
	in := func(names ...string) []string { return names }
	out := []string{"y"}
	scalar := func(v int64) *onnx.Value { return onnx.NewTensor(tensor.ArrayOf([]int64{v})) }
	number := func(v float32) *onnx.Value { return onnx.NewTensor(tensor.ArrayOf([]float32{v})) }
	endless := graphOf([]message{declare("i", onnx.Int64), declare("c", onnx.Bool)},
		[]message{declare("c", onnx.Bool), declare("i2", onnx.Int64)},
		[]message{node("Identity", "", in("i"), []string{"i2"})})
	type values map[string]*onnx.Value
	image := onnx.NewTensor(tensor.NewArray(tensor.Float32Type, 1, 1, 2, 2))
	abc, huge := in("a", "b", "c"), int64(math.MaxInt64)
	for name, c := range map[string]struct {
		node   message
		inputs values
	}{
		"shape":    {node("ConstantOfShape", "", in("s"), out), values{"s": ints(1<<20, 1<<20)}},
		"overflow": {node("ConstantOfShape", "", in("s"), out), values{"s": ints(1<<32, 1<<32)}},
		"expand":   {node("Expand", "", in("x", "s"), out), values{"x": floats(1), "s": ints(1 << 40)}},
		"tile":     {node("Tile", "", in("x", "s"), out), values{"x": floats(1), "s": ints(1 << 30)}},
		"pad":      {node("Pad", "", in("x", "s"), out), values{"x": floats(1), "s": ints(0, 1<<28)}},
		"range": {node("Range", "", abc, out), values{"a": scalar(0), "b": scalar(huge),
			"c": scalar(1)}},
		"range down": {node("Range", "", abc, out), values{"a": scalar(huge), "b": scalar(-huge),
			"c": scalar(-3)}},
		"range of floats": {node("Range", "", abc, out), values{"a": number(0), "b": number(1e30),
			"c": number(1)}},
		"range to NaN": {node("Range", "", abc, out), values{"a": number(0),
			"b": number(float32(math.NaN())), "c": number(1)}},
		"one-hot": {node("OneHot", "", in("i", "d", "v"), out), values{"i": ints(1), "d": scalar(1 << 40),
			"v": floats(0, 1)}},
		"resize": {node("Resize", "", in("x", "", "", "s"), out), values{"x": image,
			"s": ints(1, 1, 1<<20, 1<<20)}},
		"random": {node("RandomNormal", "", nil, out, attribute("shape", []int{1 << 20, 1 << 20})), nil},
		"window": {node("HannWindow", "", in("n"), out), values{"n": scalar(1 << 40)}},
		"a loop": {node("Loop", "", in("n", ""), out, attribute("body", endless)),
			values{"n": scalar(huge)}},
	} {
		err := runNode(t, c.node, c.inputs)
		require.ErrorContains(t, err, "limit", name)
		require.NotContains(t, err.Error(), "\n")
	}
	require.NoError(t, runNode(t, node("Neg", "", in("x"), out), values{"x": floats(1)}))
}

// TestAttributesHaveTheirTypes refuses an attribute of another type than the operator's.
func TestAttributesHaveTheirTypes(t *testing.T) {
	x := onnx.NewTensor(tensor.NewArray(tensor.Float32Type, 2, 3))
	err := runNode(t, node("Softmax", "", []string{"x"}, []string{"y"}, attribute("axis", float32(1))),
		map[string]*onnx.Value{"x": x})
	require.ErrorContains(t, err, "its attribute axis is of type 1, not 2")
}

// TestWeightsAreReadOnce checks that a file's weights take their size in memory once, whatever
// their sizes are, and little more.
func TestWeightsAreReadOnce(t *testing.T) {
	for name, sizes := range map[string][]int{"small": slices.Repeat([]int{40 << 10}, 100),
		"middling": slices.Repeat([]int{1 << 20, 1900 << 10, 100}, 6), "large": {3 << 20, 5 << 20, 7}} {
		g := graphOf(nil, []message{declare("w0", onnx.Uint8)}, nil)
		for i, n := range sizes {
			g = g.bytes(5, tensorOf(fmt.Sprintf("w%d", i), onnx.Uint8, int64(n)).bytes(9, make([]byte, n)))
		}
		file := message{}.int(1, 8).bytes(7, g).bytes(8, message{}.text(1, "").int(2, 13))
		path := filepath.Join(t.TempDir(), "model.onnx")
		require.NoError(t, os.WriteFile(path, file, 0o600))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m, err := onnx.Open(path, onnx.Options{})
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		t.Logf("%s: %.2f", name, float64(after.TotalAlloc-before.TotalAlloc)/float64(len(file)))
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(len(file)+len(file)/5), name)
		require.NoError(t, m.Close())
	}
}
