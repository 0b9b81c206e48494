package main

import (
	"encoding/json"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/onnx"
	"simdnn/tensor"
)

// savedNetwork saves a network of 3 → 4 → 2 whose parameters come from a seed, the last layer's
// from another one.
func savedNetwork(t *testing.T, seed uint64, change float32) string {
	t.Helper()
	m := nn.NewModel[float32](nn.MSE, nn.WithSeed(seed))
	require.NoError(t, m.Add(nn.NewDense(3, 4, nn.Tanh), nn.NewDense(4, 2, nn.Linear)))
	v := m.Parameters()[2].Value
	v.Set(v.At(1, 2)+change, 1, 2)
	path := filepath.Join(t.TempDir(), "model.safetensors")
	require.NoError(t, m.Save(path))
	return path
}

// diffed returns the lines that diff prints with --json.
func diffed(t *testing.T, want int, args ...string) (lines []diffLine, total diffTotal) {
	t.Helper()
	status, out, errors := execute(append([]string{"diff", "--json"}, args...)...)
	require.Equal(t, want, status, errors)
	all := strings.Split(strings.TrimSpace(out), "\n")
	for _, text := range all[:len(all)-1] {
		var l diffLine
		require.NoError(t, json.Unmarshal([]byte(text), &l))
		lines = append(lines, l)
	}
	require.NoError(t, json.Unmarshal([]byte(all[len(all)-1]), &total))
	return lines, total
}

// TestDiff compares a saved model with its export, and with one of another weight.
func TestDiff(t *testing.T) {
	a := savedNetwork(t, 1, 0)
	exported := filepath.Join(t.TempDir(), "model.onnx")
	requireDone(t, "export", a, "--onnx", exported)
	lines, total := diffed(t, statusDone, a, exported, "--bound", "0", "--shape", "x=5x3")
	require.Equal(t, diffTotal{Done: true, Compared: 1}, total)
	require.Equal(t, []int{5, 2}, lines[0].Shape)
	require.Equal(t, "float32", lines[0].Type)

	b := savedNetwork(t, 1, 1)
	lines, total = diffed(t, statusFailed, a, b, "--shape", "x=5x3")
	require.Equal(t, 1, total.Differing)
	require.True(t, lines[0].Differs && lines[0].Share > 1e-5)
	lines, total = diffed(t, statusFailed, a, b, "--shape", "x=5x3", "--nodes")
	require.Greater(t, len(lines), 2)
	for i, l := range lines {
		require.Equal(t, l.Value == total.First || i > 0 && lines[i-1].Differs, l.Differs,
			"what comes before the changed weight is the same: %v", l)
	}
	require.False(t, lines[0].Differs)
	_, total = diffed(t, statusDone, a, b, "--bound", "10")
	require.Equal(t, 0, total.Differing)

	out := requireDone(t, "diff", a, a)
	require.Contains(t, out, "[1 2]: same\n1 value compared, 0 beyond 1e-05, 0 of the first model alone\n")
	status, out, errors := execute("diff", a, b, "--nodes")
	require.Equal(t, statusFailed, status)
	require.Contains(t, out, ": DIFFERS by ")
	require.Contains(t, errors, "differ, the first is 2.MatMul_output_0, after 0.Tanh_output_0")
	status, out, _ = execute("diff", a, savedNetwork(t, 1, 1e-6))
	require.Equal(t, statusDone, status)
	require.Contains(t, out, "within the bound")
}

// TestDiffOfOtherNames finds where a quantised model, whose values have other names, parts from the
// model that it was made of, and where one with another weight does.
func TestDiffOfOtherNames(t *testing.T) {
	const digits = "../../testdata/golden/digits/digits.onnx"
	folder := t.TempDir()
	same, small := filepath.Join(folder, "same.onnx"), filepath.Join(folder, "small.onnx")
	requireDone(t, "quantize", digits, "--out", small)
	lines, total := diffed(t, statusFailed, digits, small, "--nodes")
	require.Equal(t, "n1", total.First, "the first norm, which is in the rounded weights before it")
	require.Empty(t, total.After)
	require.Greater(t, total.Compared, 8)
	require.Equal(t, "relu1.Relu_output_0", lines[slices.IndexFunc(lines, func(l diffLine) bool {
		return l.Value == "r1"
	})].Of)
	requireDone(t, "quantize", digits, "--exclude", "conv1,conv2", "--out", same)
	_, total = diffed(t, statusFailed, digits, same, "--nodes")
	require.Equal(t, "f1", total.First)
	require.Equal(t, "flat", total.After)
}

// TestAlign pairs values that are near one another, in order.
func TestAlign(t *testing.T) {
	of := func(all ...float64) (s []sketch) {
		for _, v := range all {
			s = append(s, sketch{onnx.Float, []int{1}, []float64{v}})
		}
		return s
	}
	require.Equal(t, []int{0, 2, -1, 3}, align(of(1, 2, 3, 4), of(1.1, 9, 2, 4)))
	require.Equal(t, []int{-1, 0}, align(of(5, 7), of(7, 5.1)), "the nearer of two that cross")
	require.Equal(t, []int{-1}, align(of(1), nil))
	require.Empty(t, align(nil, of(1)))
	other := of(1)
	other[0].shape = []int{1, 1}
	require.Equal(t, []int{-1}, align(of(1), other))
	require.Equal(t, []int{0}, align(of(math.NaN()), of(math.NaN())))
	require.Equal(t, []int{-1}, align(of(math.Inf(1)), of(1)))
	require.Equal(t, []int{0, 1}, align(of(0, 0), of(0, 0)))
}

func TestDiffErrors(t *testing.T) {
	a := savedNetwork(t, 1, 0)
	requireError(t, statusUsage, []string{"diff", a}, "diff takes two models; got 1 argument")
	requireError(t, statusUsage, []string{"diff", a, a, "--bound", "-1"}, "--bound: -1 is no bound")
	requireError(t, statusUsage, []string{"diff", a, a, "--bound", "NaN"}, "--bound: NaN is no bound")
	requireError(t, statusUsage, []string{"diff", a, "none.onnx"}, "none.onnx")
	requireError(t, statusUsage, []string{"diff", a, "diff.go"}, "it seems to be a text")
	_, err := paired("inputs", make([]onnx.Declaration, 2), make([]onnx.Declaration, 1))
	require.EqualError(t, err, "the models have 2 and 1 inputs")
	names, err := paired("inputs", []onnx.Declaration{{Name: "a"}, {Name: "b"}},
		[]onnx.Declaration{{Name: "b"}, {Name: "a"}})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"a": "a", "b": "b"}, names)
	names, err = paired("inputs", []onnx.Declaration{{Name: "a"}, {Name: "b"}},
		[]onnx.Declaration{{Name: "b"}, {Name: "c"}})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"a": "b", "b": "c"}, names)
}

// TestCompareValues compares special values, texts and shapes.
func TestCompareValues(t *testing.T) {
	floats := func(v ...float32) *onnx.Value { return onnx.NewTensor(tensor.ArrayOf(v, len(v))) }
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		a, b  *onnx.Value
		why   string
		share float64
	}{
		{floats(nan, inf, 1), floats(nan, inf, 1), "", 0},
		{floats(nan), floats(1), "element 0 is NaN and 1", 0},
		{floats(2, inf), floats(2, -inf), "element 1 is +Inf and -Inf", 0},
		{floats(inf, 4), floats(inf, 2), "", 0.5},
		{floats(0.5), floats(0.25), "", 0.25},
		{floats(1, 2), floats(1), "the shape in the second model is [1]", 0},
		{onnx.NewStrings([]string{"a"}, 1), onnx.NewStrings([]string{"a"}, 1), "", 0},
		{onnx.NewStrings([]string{"a"}, 1), onnx.NewStrings([]string{"b"}, 1), "other texts", 0},
		{onnx.NewStrings([]string{"a"}, 1), onnx.NewStrings([]string{"a"}, 1, 1),
			"the shape in the second model is [1 1]", 0},
		{onnx.NewSequence(), floats(1), "sequence of 0 and float32[1]", 0},
		{onnx.NewSequence(), onnx.NewSequence(floats(1)), "sequence of 0 and sequence of 1", 0},
		{onnx.NewSequence(floats(1), floats(0.5)), onnx.NewSequence(floats(1), floats(0.25)), "", 0.25},
		{onnx.NewSequence(floats(1), onnx.NewOptional(floats(nan))),
			onnx.NewSequence(floats(1), onnx.NewOptional(floats(2))),
			"item 1: item 0: element 0 is NaN and 2", 0},
	} {
		l := compareValues("x", c.a, c.b, 0.1)
		require.Equal(t, c.why, l.Why)
		require.Equal(t, c.share, float64(l.Share))
		require.Equal(t, c.why != "" || c.share > 0.1, l.Differs)
	}
}
