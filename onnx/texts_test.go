package onnx_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/onnx"
	"simdnn/tensor"
)

// TestTextErrors has texts and attributes that ONNX Runtime refuses, or computes nothing of.
func TestTextErrors(t *testing.T) {
	whole := []message{attribute("mark", 0), attribute("mincharnum", 1), text("pad_value", "")}
	for want, given := range map[string]struct {
		operator   string
		input      *onnx.Value
		attributes []message
	}{
		"no attribute pad_value": {"Tokenizer", nil, append(whole[:2:2], text("tokenexp", "a"))},
		"neither separators nor": {"Tokenizer", nil, whole},
		"mincharnum is 0": {"Tokenizer", nil, []message{whole[0], attribute("mincharnum", 0),
			whole[2], text("tokenexp", "a")}},
		"mincharnum is 2": {"Tokenizer", nil, []message{whole[0], attribute("mincharnum", 2),
			whole[2], text("tokenexp", ".")}},
		"the separator \"(\"": {"Tokenizer", nil,
			append(whole[:3:3], textList("separators", " ", "("))},
		"the expression \"a(\"":  {"Tokenizer", nil, append(whole[:3:3], text("tokenexp", "a("))},
		"matches nothing within": {"Tokenizer", nil, append(whole[:3:3], textList("separators", "x*"))},
		"is not UTF-8": {"Tokenizer", onnx.NewStrings([]string{"a\xff"}, 1),
			append(whole[:3:3], text("tokenexp", "a"))},
		"not of shape [n] or [m n]": {"Tokenizer", onnx.NewStrings([]string{"a"}, 1, 1, 1),
			append(whole[:3:3], text("tokenexp", "a"))},
		"nor of numbers of 4 or 8 bytes": {"MurmurHash3", onnx.NewTensor(tensor.ArrayOf([]int16{3}, 1)),
			nil},
	} {
		x := given.input
		if x == nil {
			x = onnx.NewStrings([]string{"ab"}, 1)
		}
		n := node(given.operator, "lone", []string{"a"}, []string{"p"}, given.attributes...)
		m, err := onnx.Read(message{}.int(1, 8).bytes(7, graphOf(
			[]message{declare("a", x.Element(), x.Shape()...)}, []message{declare("p", onnx.Undefined)},
			[]message{n.text(7, "com.microsoft")})).bytes(8, message{}.text(1, "").int(2, 17)),
			"made", onnx.Options{})
		require.NoError(t, err)
		_, err = run(t, m, x)
		require.ErrorContains(t, err, want)
	}
}

// TestMovedTexts moves strings by indices that change, of shapes that change, and refuses what
// can't be moved.
func TestMovedTexts(t *testing.T) {
	m := made(t, 17, graphOf([]message{declare("a", onnx.String, 2, -1), declare("i", onnx.Int64, -1)},
		[]message{declare("p", onnx.String)},
		[]message{node("Gather", "", []string{"a", "i"}, []string{"p"}, attribute("axis", 1))}))
	s := m.Session(onnx.SessionOptions{Threads: 1})
	for _, c := range []struct {
		texts   []string
		indices []int64
		want    []string
	}{
		{[]string{"a", "b", "c", "d"}, []int64{1, -2}, []string{"b", "a", "d", "c"}},
		{[]string{"e", "b", "c", "d"}, []int64{1, -2}, []string{"b", "e", "d", "c"}},
		{[]string{"e", "b", "c", "d"}, []int64{0, 1}, []string{"e", "b", "c", "d"}},
		{[]string{"e", "b", "c", "d"}, []int64{1}, []string{"b", "d"}},
		{[]string{"a", "b", "c", "d", "e", "f"}, []int64{2}, []string{"c", "f"}},
		{nil, []int64{}, nil},
	} {
		got, err := s.Run(map[string]*onnx.Value{
			"a": onnx.NewStrings(c.texts, 2, len(c.texts)/2),
			"i": onnx.NewTensor(tensor.ArrayOf(c.indices, len(c.indices)))})
		require.NoError(t, err)
		require.Equal(t, []int{2, len(c.indices)}, got["p"].Shape())
		require.Equal(t, c.want, append([]string(nil), got["p"].Strings()...))
	}
	_, err := s.Run(map[string]*onnx.Value{"a": onnx.NewStrings([]string{"a", "b"}, 2, 1),
		"i": onnx.NewTensor(tensor.ArrayOf([]int64{1}, 1))})
	require.ErrorContains(t, err, "Gather")
	m = made(t, 18, graphOf([]message{declare("a", onnx.String, 1), declare("i", onnx.Int64, 1)},
		[]message{declare("p", onnx.String)}, []message{node("ScatterElements", "",
			[]string{"a", "i", "a"}, []string{"p"}, text("reduction", "add"))}))
	_, err = m.Session(onnx.SessionOptions{Threads: 1}).Run(map[string]*onnx.Value{
		"a": textsOf("a"), "i": onnx.NewTensor(tensor.ArrayOf([]int64{0}, 1))})
	require.ErrorContains(t, err, "the reduction \"add\" of strings")
}

// TestReversedTexts turns the beginnings of rows of strings round.
func TestReversedTexts(t *testing.T) {
	m := made(t, 17, graphOf([]message{declare("a", onnx.String, 2, 3), declare("n", onnx.Int64, 2)},
		[]message{declare("p", onnx.String)}, []message{node("ReverseSequence", "", []string{"a", "n"},
			[]string{"p"}, attribute("batch_axis", 0), attribute("time_axis", 1))}))
	got, err := m.Session(onnx.SessionOptions{Threads: 1}).Run(map[string]*onnx.Value{
		"a": onnx.NewStrings([]string{"a", "b", "c", "d", "e", "f"}, 2, 3),
		"n": onnx.NewTensor(tensor.ArrayOf([]int64{3, 2}, 2))})
	require.NoError(t, err)
	require.Equal(t, []string{"c", "b", "a", "e", "d", "f"}, got["p"].Strings())
}

// TestTextsAreCutAtAnySpace has spaces beyond ASCII, within strings as at their ends.
func TestTextsAreCutAtAnySpace(t *testing.T) {
	m := made(t, 20, graphOf([]message{declare("a", onnx.String, -1)},
		[]message{declare("p", onnx.String)},
		[]message{node("StringSplit", "", []string{"a"}, []string{"p", "n"})}))
	got, err := run(t, m, textsOf("a\u00a0b", "\u2003c ", "d\x1ce"))
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "c", "", "d", "e"}, got.Strings())
}
