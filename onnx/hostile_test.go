package onnx_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"simdnn/onnx"
	"simdnn/tensor"
)

// modelOf returns a file of version 18 of the operators, with functions.
func modelOf(graph message, functions ...message) message {
	m := message{}.int(1, 8).bytes(7, graph).bytes(8, message{}.text(1, "").int(2, 18)).
		bytes(8, message{}.text(1, "f").int(2, 1))
	for _, f := range functions {
		m = m.bytes(25, f)
	}
	return m
}

// withTensors returns a graph y = −x with initializers.
func withTensors(tensors ...message) message {
	g := graphOf([]message{declare("x", onnx.Float, 1)}, []message{declare("y", onnx.Float, 1)},
		[]message{node("Neg", "n", []string{"x"}, []string{"y"})})
	for _, t := range tensors {
		g = g.bytes(5, t)
	}
	return g
}

// tensorOf returns a tensor without elements.
func tensorOf(name string, element onnx.ElementType, dims ...int64) message {
	t := message{}
	for _, n := range dims {
		t = t.int64(1, n)
	}
	return t.int(2, int(element)).text(8, name)
}

// away lets a tensor stand in a file.
func away(t message, entries ...string) message {
	for i := 0; i < len(entries); i += 2 {
		t = t.bytes(13, message{}.text(1, entries[i]).text(2, entries[i+1]))
	}
	return t.int(14, 1)
}

// functionOf returns a function of one input and one output.
func functionOf(name string, nodes ...message) message {
	f := message{}.text(1, name).text(4, "a").text(5, "b").text(10, "f")
	for _, n := range nodes {
		f = f.bytes(7, n)
	}
	return f
}

// callOf is a node that calls a function.
func callOf(name, in, out string) message {
	return node(name, "", []string{in}, []string{out}).text(7, "f")
}

// TestHostileFiles opens files that were made to do harm. Each is an error of one line, and none
// allocates more than the documentation says.
func TestHostileFiles(t *testing.T) {
	sparse := func(dims ...int64) message {
		values := tensorOf("s", onnx.Float, 1).bytes(9, make([]byte, 4))
		s := message{}.bytes(1, values).bytes(2, tensorOf("", onnx.Int64, 1).bytes(9, make([]byte, 8)))
		for _, n := range dims {
			s = s.int64(3, n)
		}
		return withTensors().bytes(15, s)
	}
	doubling := []message{functionOf("f0", node("Neg", "", []string{"a"}, []string{"b"}))}
	for i := 1; i <= 30; i++ {
		name := fmt.Sprintf("f%d", i-1)
		doubling = append(doubling, functionOf(fmt.Sprintf("f%d", i), callOf(name, "a", "t"),
			callOf(name, "t", "b")))
	}
	unknown := []message{}
	for i := range 20000 {
		unknown = append(unknown, node(fmt.Sprint("Op", i), "", nil, []string{fmt.Sprint(i)}))
	}
	nested := node("Neg", "", []string{"x"}, []string{"v"})
	for i := range 40 {
		g := graphOf(nil, []message{declare("v", onnx.Float)}, []message{nested})
		nested = node("If", fmt.Sprint(i), []string{"c"}, []string{"v"}, attribute("then_branch", g))
	}
	one := func(nodes ...message) message {
		return graphOf([]message{declare("x", onnx.Float, 1), declare("c", onnx.Bool)},
			[]message{declare("y", onnx.Float, 1)}, nodes)
	}
	neg := func(in, out string) message { return node("Neg", "", []string{in}, []string{out}) }
	with := func(tensors ...message) message { return modelOf(withTensors(tensors...)) }
	at := func(n int64, entries ...string) message {
		return with(away(tensorOf("w", onnx.Float, n), entries...))
	}
	raw := func(bytes int, element onnx.ElementType, dims ...int64) message {
		return with(tensorOf("w", element, dims...).bytes(9, make([]byte, bytes)))
	}
	calls := func(function string, functions ...message) message {
		return modelOf(one(callOf(function, "x", "y")), functions...)
	}
	f := functionOf
	for name, c := range map[string]struct {
		want string
		file message
	}{
		"elements that are not there": {"it has no elements for float32[1024 1024 64]",
			with(tensorOf("w", onnx.Float, 1<<10, 1<<10, 64))},
		"2⁶² elements":                     {"takes more than", with(tensorOf("w", onnx.Float, 1<<62))},
		"sizes that overflow to 4":         {"takes more than", raw(4, onnx.Int8, 1<<31, 1<<31, 1<<2, 1)},
		"sizes that overflow behind a 0":   {"takes more than", raw(0, onnx.Int8, 1<<62, 4, 0)},
		"a negative dimension":             {"dimension of -1", with(tensorOf("w", onnx.Float, -1))},
		"weights shorter than their shape": {"8 bytes for float32[3], which", raw(8, onnx.Float, 3)},
		"weights longer than their shape":  {"16 bytes for float32[3], which", raw(16, onnx.Float, 3)},
		"strings that are not there":       {"0 strings for", with(tensorOf("w", onnx.String, 1<<28))},
		"a sparse tensor of 1 GB": {"take 1073741824 bytes for the 12",
			modelOf(sparse(1 << 28))},
		"a sparse tensor of 2⁶⁰": {"takes more than", modelOf(sparse(1<<30, 1<<30))},
		"an initializer twice": {"two initializers", with(tensorOf("w", onnx.Float, 0),
			tensorOf("w", onnx.Float, 0))},
		"an input twice": {"two inputs", modelOf(graphOf([]message{declare("x", onnx.Float),
			declare("x", onnx.Float)}, nil, nil))},
		"a value twice":            {"which the graph", modelOf(one(neg("x", "y"), neg("x", "y")))},
		"a cycle of two":           {"a cycle through", modelOf(one(neg("y", "z"), neg("z", "y")))},
		"a node that needs itself": {"a cycle through", modelOf(one(neg("y", "y")))},
		"a value that is nowhere":  {"which nothing computes", modelOf(one(neg("nowhere", "y")))},
		"a function that recurs":   {"calls itself", calls("f0", f("f0", callOf("f0", "a", "b")))},
		"functions that recur": {"calls itself", calls("f0", f("f0", callOf("f1", "a", "b")),
			f("f1", callOf("f0", "a", "b")))},
		"2³⁰ nodes by 30 functions": {"once functions stand in place", calls("f30", doubling...)},
		"a function twice":          {"two functions", calls("f0", doubling[0], doubling[0])},
		"a function that captures": {"which nothing computes", modelOf(one(neg("x", "v"),
			callOf("f0", "v", "y")), f("f0", neg("v", "b")))},
		"40 graphs in each other":  {"deep in each other", modelOf(one(nested, neg("v", "y")))},
		"20,000 unknown operators": {"and 19500 more", modelOf(one(unknown...))},
		"a name of several lines":  {`Neg\n\n`, modelOf(one(node("Neg\n\n", "", nil, []string{"y"})))},
		"a file outside the folder": {"not a file in the model's folder",
			at(1, "location", "a/../../etc/passwd")},
		"a file by its whole path": {"not a file in the model", at(1, "location", "/etc/passwd")},
		"no file":                  {"not a file in the model's folder", at(1)},
		"an offset behind the end": {"which has 64",
			at(1, "location", "w", "offset", "9223372036854775")},
		"a length that overflows": {"which has 64", at(1, "location", "w", "offset", "60", "length",
			"9223372036854775807")},
		"a negative offset":           {"has the offset", at(1, "location", "w", "offset", "-4")},
		"external data that is short": {"8 bytes for float32[3]", at(3, "location", "w", "offset", "56")},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{"w": {Data: make([]byte, 64)}}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := onnx.Read(c.file, "model", onnx.Options{Files: files})
			runtime.ReadMemStats(&after)
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "\n")
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(256*len(c.file)+1<<20))
		})
	}
}

// TestCutFiles reads every beginning of a file.
func TestCutFiles(t *testing.T) {
	file := modelOf(withTensors(tensorOf("w", onnx.Float, 3).bytes(9, make([]byte, 12))),
		functionOf("f0", callOf("f0", "a", "b")))
	for n := range len(file) {
		if _, err := onnx.Read(file[:n], "model", onnx.Options{}); err != nil {
			require.NotContains(t, err.Error(), "\n")
		}
	}
	_, err := onnx.Read(file, "model", onnx.Options{})
	require.NoError(t, err)
}

// TestOverlappingExternalData reads many tensors from the same bytes: those that stand at multiples
// of their size are not copied, others only so often.
func TestOverlappingExternalData(t *testing.T) {
	files := fstest.MapFS{"w": {Data: make([]byte, 1<<17)}}
	read := func(offset string) error {
		var list []message
		for i := range 64 {
			list = append(list, away(tensorOf(fmt.Sprint(i), onnx.Float, 1<<14), "location", "w", "offset",
				offset, "length", "65536"))
		}
		_, err := onnx.Read(modelOf(withTensors(list...)), "model", onnx.Options{Files: files})
		return err
	}
	require.NoError(t, read("4"))
	require.ErrorContains(t, read("1"), "more than 16 times")
}

// TestLinksAndFolders opens what is no regular file.
func TestLinksAndFolders(t *testing.T) {
	folder := t.TempDir()
	_, err := onnx.Open(folder, onnx.Options{})
	require.ErrorContains(t, err, "is not a regular file")
	path := filepath.Join(folder, "m.onnx")
	model := modelOf(withTensors(away(tensorOf("w", onnx.Float, 1), "location", "w")))
	require.NoError(t, os.WriteFile(path, model, 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(folder, "w"), 0o700))
	_, err = onnx.Open(path, onnx.Options{})
	require.ErrorContains(t, err, "w is not a regular file")
}

// TestTensorsOfFunctionsAndSparseConstants reads tensors where few files have them.
func TestTensorsOfFunctionsAndSparseConstants(t *testing.T) {
	two := tensorOf("", onnx.Float).bytes(9, []byte{0, 0, 0, 0x40})
	sparse := message{}.bytes(1, tensorOf("s", onnx.Float, 1).bytes(9, []byte{0, 0, 0x40, 0x40})).
		bytes(2, tensorOf("", onnx.Int64, 1).bytes(9, []byte{1, 0, 0, 0, 0, 0, 0, 0})).int(3, 3)
	reference := message{}.text(1, "value").text(21, "factor").int(20, 4)
	f := functionOf("scaled", node("Constant", "", nil, []string{"c"}, reference),
		node("Mul", "", []string{"a", "c"}, []string{"b"})).
		bytes(11, message{}.text(1, "factor").bytes(5, two).int(20, 4)).
		bytes(9, message{}.text(1, "").int(2, 18))
	constant := func(sparse message) message {
		return node("Constant", "", nil, []string{"s"},
			message{}.text(1, "sparse_value").bytes(22, sparse).int(20, 11))
	}
	g := graphOf([]message{declare("x", onnx.Float, 3)}, []message{declare("y", onnx.Float, 3)},
		[]message{callOf("scaled", "x", "z"), constant(sparse),
			node("Add", "", []string{"z", "s"}, []string{"y"})})
	m, err := onnx.Read(modelOf(g, f), "model", onnx.Options{})
	require.NoError(t, err)
	y, err := m.Session(onnx.SessionOptions{}).Run(map[string]*onnx.Value{
		"x": onnx.NewTensor(tensor.ArrayOf([]float32{1, 2, 3}, 3))})
	require.NoError(t, err)
	require.Equal(t, []float32{2, 7, 6}, tensor.Elements[float32](y["y"].Array()))

	broken := graphOf(nil, []message{declare("s", onnx.Float)}, []message{constant(message{})})
	_, err = onnx.Read(modelOf(broken), "model", onnx.Options{})
	require.ErrorContains(t, err, "lacks its values")
}
