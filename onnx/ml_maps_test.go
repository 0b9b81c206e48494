package onnx_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"simdnn/onnx"
	"simdnn/tensor"
)

// learned returns a model of one node of ai.onnx.ml, with inputs of these types and outputs of any.
func learned(t testing.TB, operator string, inputs []message, outputs int,
	attributes ...message) *onnx.Model {
	t.Helper()
	names, results := make([]string, len(inputs)), make([]string, outputs)
	var ins, outs []message
	for i, kind := range inputs {
		names[i] = string(rune('a' + i))
		ins = append(ins, message{}.text(1, names[i]).bytes(2, kind))
	}
	for i := range results {
		results[i] = string(rune('p' + i))
		outs = append(outs, message{}.text(1, results[i]))
	}
	n := node(operator, "", names, results, attributes...).text(7, "ai.onnx.ml")
	m, err := onnx.Read(message{}.int(1, 8).bytes(7, graphOf(ins, outs, []message{n})).
		bytes(8, message{}.text(1, "").int(2, 18)).bytes(8, message{}.text(1, "ai.onnx.ml").int(2, 4)),
		"made", onnx.Options{})
	require.NoError(t, err)
	return m
}

// textList is an attribute that is a list of texts; text one that is a text.
func textList(name string, texts ...string) message {
	a := message{}.text(1, name)
	for _, s := range texts {
		a = a.text(9, s)
	}
	return a.int(20, 8)
}

// floatList is an attribute that is a list of float32.
func floatList(name string, list ...float32) message {
	a := message{}.text(1, name)
	for _, v := range list {
		a = protowire.AppendTag(a, 7, protowire.Fixed32Type)
		a = protowire.AppendFixed32(a, math.Float32bits(v))
	}
	return a.int(20, 6)
}

func text(name, value string) message { return message{}.text(1, name).text(4, value).int(20, 3) }

// tensorType and mapType are types of inputs.
func tensorType(e onnx.ElementType) message {
	return message{}.bytes(1, message{}.int(1, int(e)))
}

func mapType(key, value onnx.ElementType) message {
	return message{}.bytes(5, message{}.int(1, int(key)).bytes(2, tensorType(value)))
}

func newMap(t testing.TB, keys, values *onnx.Value) *onnx.Value {
	t.Helper()
	m, err := onnx.NewMap(keys, values)
	require.NoError(t, err)
	return m
}

func listOf[T float32 | float64 | int64](v ...T) *onnx.Value {
	return onnx.NewTensor(tensor.ArrayOf(v, len(v)))
}

func textsOf(v ...string) *onnx.Value { return onnx.NewStrings(v, len(v)) }

// run runs a model of one output on its only input.
func run(t testing.TB, m *onnx.Model, v *onnx.Value) (*onnx.Value, error) {
	t.Helper()
	out, err := m.Session(onnx.SessionOptions{Threads: 1}).Run(map[string]*onnx.Value{"a": v})
	return out["p"], err
}

// TestMapsAreInOrder makes maps, whose keys are sorted, and of which the last one of its name
// counts.
func TestMapsAreInOrder(t *testing.T) {
	m := newMap(t, listOf[int64](5, -2, 5, 9), textsOf("a", "b", "c", "d"))
	require.Equal(t, onnx.MapKind, m.Kind())
	require.Equal(t, []int64{-2, 5, 9}, tensor.Elements[int64](m.Items()[0].Array()))
	require.Equal(t, []string{"b", "c", "d"}, m.Items()[1].Strings())
	require.Equal(t, "map of int64 to string[3]", m.String())
	for _, bad := range [][2]*onnx.Value{
		{listOf[float32](1), listOf[float32](1)}, {listOf[int64](1), listOf[float32](1, 2)},
		{onnx.NewStrings([]string{"a"}, 1, 1), textsOf("a")}, {onnx.NewSequence(), textsOf()},
	} {
		_, err := onnx.NewMap(bad[0], bad[1])
		require.ErrorContains(t, err, "onnx: a map of ")
	}
}

func TestDictVectorizer(t *testing.T) {
	m := learned(t, "DictVectorizer", []message{mapType(onnx.String, onnx.Double)}, 1,
		textList("string_vocabulary", "b", "x", "a", "b"))
	y, err := run(t, m, newMap(t, textsOf("a", "b", "c"), listOf[float64](1, 2, 3)))
	require.NoError(t, err)
	require.Equal(t, []int{1, 4}, y.Shape())
	require.Equal(t, []float64{2, 0, 1, 2}, tensor.Elements[float64](y.Array()))
	_, err = run(t, m, newMap(t, textsOf("a"), listOf[float32](1)))
	require.ErrorContains(t, err, "the model expects a map of string to float64")
	_, err = run(t, m, textsOf("a"))
	require.ErrorContains(t, err, "the model expects a map of string to float64")

	m = learned(t, "DictVectorizer", []message{mapType(onnx.Int64, onnx.String)}, 1,
		attribute("int64_vocabulary", []int{7, 3}))
	y, err = run(t, m, newMap(t, listOf[int64](3, 4), textsOf("three", "four")))
	require.NoError(t, err)
	require.Equal(t, []string{"", "three"}, y.Strings())
}

// TestCastMap has the values that ONNX Runtime gives.
func TestCastMap(t *testing.T) {
	numbers := newMap(t, listOf[int64](4, 0, 2), listOf[float32](-1.75, 2.5, 1e7))
	texts := newMap(t, listOf[int64](1, 3), textsOf("-12", "7"))
	cast := func(from onnx.ElementType, in *onnx.Value, attributes ...message) (*onnx.Value, error) {
		return run(t, learned(t, "CastMap", []message{mapType(onnx.Int64, from)}, 1, attributes...), in)
	}
	y, err := cast(onnx.Float, numbers)
	require.NoError(t, err)
	require.Equal(t, []float32{2.5, 1e7, -1.75}, tensor.Elements[float32](y.Array()))
	require.Equal(t, []int{1, 3}, y.Shape())

	y, err = cast(onnx.Float, numbers, text("cast_to", "TO_INT64"), text("map_form", "SPARSE"),
		attribute("max_map", 4))
	require.NoError(t, err)
	require.Equal(t, []int64{2, 0, 1e7, 0}, tensor.Elements[int64](y.Array()))

	y, err = cast(onnx.Float, numbers, text("cast_to", "TO_STRING"), text("map_form", "SPARSE"),
		attribute("max_map", 2))
	require.NoError(t, err)
	require.Equal(t, []string{"2.500000", "0.f"}, y.Strings())

	y, err = cast(onnx.String, texts, text("cast_to", "TO_FLOAT"))
	require.NoError(t, err)
	require.Equal(t, []float32{-12, 7}, tensor.Elements[float32](y.Array()))
	y, err = cast(onnx.String, texts, text("cast_to", "TO_INT64"))
	require.NoError(t, err)
	require.Equal(t, []int64{-12, 7}, tensor.Elements[int64](y.Array()))

	_, err = cast(onnx.String, newMap(t, listOf[int64](1), textsOf("1.5x")))
	require.ErrorContains(t, err, `"1.5x" is no number`)
	_, err = cast(onnx.Float, newMap(t, listOf[int64](-1), listOf[float32](1)),
		text("map_form", "SPARSE"))
	require.ErrorContains(t, err, "the key -1 has no place")
	nan := newMap(t, listOf[int64](1), listOf(float32(math.NaN())))
	_, err = cast(onnx.Float, nan, text("cast_to", "TO_INT64"))
	require.ErrorContains(t, err, "NaN is no whole number")
}

func TestZipMap(t *testing.T) {
	m := learned(t, "ZipMap", []message{tensorType(onnx.Float)}, 1,
		textList("classlabels_strings", "no", "yes"))
	x := onnx.NewTensor(tensor.ArrayOf([]float32{1, 2, 3, 4}, 2, 2))
	y, err := run(t, m, x)
	require.NoError(t, err)
	want := onnx.NewSequence(newMap(t, textsOf("no", "yes"), listOf[float32](1, 2)),
		newMap(t, textsOf("no", "yes"), listOf[float32](3, 4)))
	require.Equal(t, want.String(), y.String())
	for i, item := range y.Items() {
		for j, part := range item.Items() {
			require.Equal(t, want.Items()[i].Items()[j].Strings(), part.Strings())
			require.True(t, part.Array() == nil ||
				part.Array().SameShape(want.Items()[i].Items()[j].Array()))
		}
	}
	_, err = run(t, m, listOf[float32](1, 2, 3))
	require.ErrorContains(t, err, "its input is float32[3], for 2 classes")

	m = learned(t, "ZipMap", []message{tensorType(onnx.Float)}, 1,
		attribute("classlabels_int64s", []int{8, -3}))
	y, err = run(t, m, listOf[float32](1, 2))
	require.NoError(t, err)
	require.Equal(t, []int64{-3, 8}, tensor.Elements[int64](y.Items()[0].Items()[0].Array()))
	require.Equal(t, []float32{2, 1}, tensor.Elements[float32](y.Items()[0].Items()[1].Array()))
}

// TestReadMap reads a map, and sequences of maps, as ONNX's helpers write them.
func TestReadMap(t *testing.T) {
	value := func(v float32) message {
		return tensorOf("", onnx.Float).bytes(9, tensor.ArrayOf([]float32{v}).Bytes())
	}
	sequence := message{}.int(2, 1).bytes(3, value(1.5)).bytes(3, value(-2))
	data := message{}.int(2, 8).text(4, "x").text(4, "b").bytes(5, sequence)
	m := learned(t, "DictVectorizer", []message{mapType(onnx.String, onnx.Float)}, 1,
		textList("string_vocabulary", "b", "x"))
	v, err := m.ReadValue("a", data)
	require.NoError(t, err)
	require.Equal(t, []string{"b", "x"}, v.Items()[0].Strings())
	require.Equal(t, []float32{-2, 1.5}, tensor.Elements[float32](v.Items()[1].Array()))

	_, err = m.ReadValue("a", message{}.text(4, "x").bytes(5, sequence))
	require.ErrorContains(t, err, "has 1 keys, and not as many values")
	_, err = m.ReadValue("a", data[:len(data)-1])
	require.ErrorContains(t, err, "onnx: ")

	list := message{}.bytes(4, message{}.bytes(1, mapType(onnx.String, onnx.Float)))
	m = learned(t, "DictVectorizer", []message{list}, 1)
	v, err = m.ReadValue("a", message{}.bytes(6, data).bytes(6, data))
	require.NoError(t, err)
	require.Len(t, v.Items(), 2)
	require.Equal(t, onnx.MapKind, v.Items()[1].Kind())
}
