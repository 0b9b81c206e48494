package onnx_test

import (
	"encoding/binary"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/onnx"
)

// TestWarnings finds the traces of converters in files that have them, and in those nearest to them
// that don't.
func TestWarnings(t *testing.T) {
	x, y := declare("x", onnx.Float, 4, 3), declare("y", onnx.Float)
	learned := func(n message) message { return n.text(7, "ai.onnx.ml") }
	svm := func(classes int, more ...message) message {
		counts := []int{2, 1, 3}[:classes]
		return learned(node("SVMClassifier", "", []string{"x"}, []string{"l", "y"},
			append(more, attribute("vectors_per_class", counts))...))
	}
	trees := func(tracks ...int) message {
		return learned(node("TreeEnsembleClassifier", "", []string{"x"}, []string{"l", "y"},
			attribute("nodes_missing_value_tracks_true", tracks)))
	}
	chain := func(first, second string) message {
		return graphOf([]message{x}, []message{y}, []message{
			node(first, "", []string{"x"}, []string{"z"}), node(second, "", []string{"z"}, []string{"y"})})
	}
	one := func(n message) message { return graphOf([]message{x}, []message{y}, []message{n}) }
	norm := func(mode int) message {
		return one(node("BatchNormalization", "", []string{"x", "x", "x", "x", "x"}, []string{"y"},
			attribute("training_mode", mode)))
	}
	halves := func(bits ...byte) message {
		return one(node("Relu", "", []string{"x"}, []string{"y"})).
			bytes(5, tensorOf("w", onnx.Float16, int64(len(bits)/2)).bytes(9, bits))
	}
	subtract := func(rows int) message {
		return graphOf([]message{x, declare("mean", onnx.Float, rows, 3)}, []message{y},
			[]message{node("Sub", "", []string{"x", "mean"}, []string{"y"})})
	}
	logarithm := func(second string) message { // of a sum of an exponential and another
		return graphOf([]message{x}, []message{y}, []message{
			node("Exp", "", []string{"x"}, []string{"a"}), node(second, "", []string{"x"}, []string{"b"}),
			node("Add", "", []string{"a", "b"}, []string{"c"}),
			node("Log", "", []string{"c"}, []string{"y"})})
	}
	constant := func(name string, tensor message) message {
		return node("Constant", "", nil, []string{name},
			message{}.text(1, "value").bytes(5, tensor).int(20, 4))
	}
	distances := func(power float32) message {
		bits := binary.LittleEndian.AppendUint32(nil, math.Float32bits(power))
		return graphOf([]message{x}, []message{y}, []message{
			constant("p", tensorOf("", onnx.Float).bytes(9, bits)),
			node("Sub", "", []string{"x", "x"}, []string{"a"}),
			node("Pow", "", []string{"a", "p"}, []string{"b"}),
			node("ReduceSum", "", []string{"b"}, []string{"c"}),
			node("Pow", "", []string{"c", "p"}, []string{"y"})})
	}
	scattered := func(reduction string) message {
		return graphOf([]message{x, declare("i", onnx.Int64, 4, 3)}, []message{y}, []message{
			constant("zeros", tensorOf("", onnx.Float, 4, 3).bytes(9, make([]byte, 48))),
			node("ScatterElements", "", []string{"zeros", "i", "x"}, []string{"a"},
				attribute("reduction", reduction)), node("Add", "", []string{"x", "a"}, []string{"y"})})
	}
	plain := one(node("Relu", "", []string{"x"}, []string{"y"}))
	metadata := func(key string) message {
		return message{}.bytes(14, message{}.text(1, key).text(2, "1"))
	}
	for _, c := range []struct {
		want, producer string
		with, without  message // graphs
		more, other    message // fields of models
	}{
		{"swaps the two scores of a binary SVC without probabilities (a node)", "skl2onnx", one(svm(2)),
			one(svm(3)), nil, nil},
		{"swaps the two scores", "skl2onnx", one(svm(2)), one(svm(2, attribute("prob_a", []int{1}))),
			nil, nil},
		{"a missing value goes to the right always", "skl2onnx", one(trees(0, 0)), one(trees(0, 1)),
			nil, nil},
		{"thresholds of trees are rounded to float32", "OnnxMLTools", one(trees(0)), plain, nil, nil},
		{"one-vs-all as softmax", "CatBoost", one(trees(1)), plain, nil, nil},
		{"exported in training mode", "pytorch", norm(1), norm(0), nil, nil},
		{"the logarithm of a sigmoid", "pytorch", chain("Sigmoid", "Log"), chain("Softplus", "Log"),
			nil, nil},
		{"of a sum of exponentials", "pytorch", logarithm("Exp"), logarithm("Abs"), nil, nil},
		{"differences with their signs", "pytorch", distances(1), distances(2), nil, nil},
		{"only the last one counts", "pytorch", scattered("none"), scattered("add"), nil, nil},
		{"onnxsim joins", "", plain, plain, metadata("onnxsim.version"), metadata("onnxslim")},
		{"end at ±10,000", "", halves(0xE2, 0xF0, 0, 0x3C), halves(0xE3, 0x70, 0xE2, 0x70), nil, nil},
		{"inputs without values", "tf2onnx", subtract(1), subtract(4), nil, nil},
		{"Erfc, an operator that ONNX has not", "tf2onnx", chain("Erfc", "Relu"), chain("Erf", "Relu"), nil,
			nil},
	} {
		model := func(producer string, graph, more message) []string {
			data := message{}.int(1, 8).text(2, producer).bytes(7, graph).
				bytes(8, message{}.text(1, "").int(2, 15)).bytes(8, message{}.text(1, "ai.onnx.ml").int(2, 3))
			path := t.TempDir() + "/model.onnx"
			require.NoError(t, os.WriteFile(path, append(data, more...), 0o644))
			info, _, err := onnx.Inspect(path)
			require.NoError(t, err)
			return info.Warnings
		}
		found := model(c.producer, c.with, c.more)
		require.Len(t, found, 1)
		require.Contains(t, found[0], c.want)
		require.Empty(t, model(c.producer, c.without, c.other), c.want)
		if c.producer != "" && c.producer != "pytorch" {
			require.Empty(t, model("another", c.with, c.more), c.want)
		}
	}
}
