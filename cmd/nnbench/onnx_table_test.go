package main

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/onnx"
	"simdnn/tensor"
)

// TestDiffOfTables compares a model of a table with its export in both forms on the table's rows.
func TestDiffOfTables(t *testing.T) {
	folder := t.TempDir()
	var text strings.Builder
	text.WriteString("\ufeffsize,city,garden,price\n")
	for i := range 40 {
		text.WriteString([]string{"21.5,Rome,yes,310\n", "40,Ürümqi,no,400\n",
			"88,Oslo,yes,901\n"}[i%3])
	}
	houses := filepath.Join(folder, "houses.csv")
	require.NoError(t, os.WriteFile(houses, []byte(text.String()), 0o666))
	targets := map[string]string{houses: "price", "../../testdata/iris.csv": "species"}
	for table, target := range targets {
		task := map[string]string{"price": "regression", "species": "classification"}[target]
		model := savedModel(t, table, target, task)
		for _, flags := range [][]string{nil, {"--ml"}} {
			exported := filepath.Join(folder, target+".onnx")
			requireDone(t, append([]string{"export", model, "--onnx", exported}, flags...)...)
			lines, total := diffed(t, statusDone, model, exported, "--input", table)
			require.Equal(t, 0, total.Differing)
			require.GreaterOrEqual(t, lines[0].Shape[0], 40)
			_, total = diffed(t, statusDone, model, exported, "--input", table, "--nodes")
			require.Equal(t, 0, total.Differing, "values that are numbered alike are not the same")
			require.Greater(t, total.Compared, 4)
		}
	}
	other := filepath.Join(folder, "other.csv")
	for content, want := range map[string]string{
		"a,b\n1,2\n": "other.csv has no column that is called as an input; its columns are a, b",
		"size,city,garden\nx,Rome,no\n": `other.csv: row 2, column size: "x" is no number, and the input ` +
			"size is float32",
		"size,city,garden\n1e39,Rome,no\n":  `row 2, column size: "1e39" is no float32, and the input size`,
		"size,city,garden\n1e400,Rome,no\n": `column size: "1e400" is no float32`,
		"size\n":                            "a line of names and one of values at least are expected",
		"size\n1,2":                         "wrong number of fields",
		"size\n1\n":                         "the input city is string: give it by --input city=FILE, or, if inputs are",
	} {
		require.NoError(t, os.WriteFile(other, []byte(content), 0o666))
		model := filepath.Join(folder, "price.onnx")
		requireError(t, statusUsage, []string{"diff", model, model, "--input", other}, want)
	}
	model := filepath.Join(folder, "species.onnx")
	require.NoError(t, os.WriteFile(other, []byte("a,b,species\n1,2,x\n"), 0o666))
	requireError(t, statusUsage, []string{"diff", model, model, "--input", other}, "the input features "+
		"takes 4 columns, and "+other+" has 2 beside the target: a, b, species")
	requireError(t, statusUsage, []string{"diff", model, model, "--input", "features=" + houses}, "has "+
		"inputs by the names of its columns")
	requireError(t, statusUsage, []string{"diff", model, model, "--input", "none.csv"}, "none.csv")
}

// TestColumnsByName finds columns by the features' names: in any order, among others, and where a
// column is called as the input, an output or the model's only input is.
func TestColumnsByName(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
		return path
	}
	exported := filepath.Join(folder, "t.onnx")
	run := func(table string) string {
		out := filepath.Join(folder, "out")
		requireDone(t, "onnx", "run", exported, "--input", table, "--output", out)
		return readFile(t, filepath.Join(out, "value.npy"))
	}
	rows := "1,x,2\n2,z,1\n4,x,2\n"
	for _, c := range []struct{ table, shuffled string }{
		{"features,b,y\n" + strings.NewReplacer("x", "7", "z", "9").Replace(rows),
			"id,b,y,features\nq,7,2,1\nr,9,1,2\ns,7,2,4\n"},
		{"label,value,y\n" + rows, "id,value,y,label\nq,x,2,1\nr,z,1,2\ns,x,2,4\n"},
		{"a,y\n1,2\n2,1\n4,2\n", "id,y,a\nq,2,1\nr,1,2\ns,2,4\n"},
	} {
		table, shuffled := write("t.csv", c.table), write("shuffled.csv", c.shuffled)
		model := savedModel(t, table, "y", "regression")
		requireDone(t, "export", model, "--onnx", exported)
		require.Equal(t, run(table), run(shuffled), c.table)
		_, total := diffed(t, statusDone, model, exported, "--input", shuffled)
		require.Equal(t, 0, total.Differing)
	}
	model := savedModel(t, write("t.csv", "a,b,y\n1,2,3\n2,1,5\n4,2,1\n"), "y", "regression")
	part := write("part.csv", "b,c,y\n1,2,3\n")
	requireError(t, statusUsage, []string{"diff", model, model, "--input", part}, "has no column a, which "+
		"the input features takes; its columns are b, c, y")
}

// TestRandomInputsAreNoted names the inputs that none of the given files has.
func TestRandomInputsAreNoted(t *testing.T) {
	folder := t.TempDir()
	table := filepath.Join(folder, "t.csv")
	require.NoError(t, os.WriteFile(table, []byte("a,b,c,y\n1,x,2,3\n2,z,1,5\n4,x,2,1\n"), 0o666))
	exported := filepath.Join(folder, "t.onnx")
	requireDone(t, "export", savedModel(t, table, "y", "regression"), "--onnx", exported)
	part := filepath.Join(folder, "part.csv")
	require.NoError(t, os.WriteFile(part, []byte("b,c\nx,2\n"), 0o666))
	_, _, notes := execute("onnx", "run", exported, "--input", part)
	require.Equal(t, "random values for what no --input gives: a\n", notes)
	for _, args := range [][]string{{"--input", table}, {"--input", part, "--shape", "a=1x1"}} {
		_, _, notes = execute(append([]string{"onnx", "run", exported}, args...)...)
		require.Empty(t, notes)
	}
}

// TestDiffOfTrees compares a model of LightGBM with its export.
func TestDiffOfTrees(t *testing.T) {
	model, _, _ := treesModel(t)
	exported := filepath.Join(t.TempDir(), "trees.onnx")
	requireDone(t, "export", model, "--onnx", exported)
	_, total := diffed(t, statusDone, model, exported, "--bound", "0")
	require.Positive(t, total.Compared)
}

// TestDiffOfDamagedFiles says what is wrong with them.
func TestDiffOfDamagedFiles(t *testing.T) {
	model := savedNetwork(t, 1, 0)
	cut := filepath.Join(t.TempDir(), "cut.safetensors")
	require.NoError(t, os.WriteFile(cut, []byte(readFile(t, model))[:100], 0o666))
	requireError(t, statusUsage, []string{"diff", model, cut}, "cut.safetensors: the header has")
	empty := filepath.Join(t.TempDir(), "empty.onnx")
	require.NoError(t, os.WriteFile(empty, nil, 0o666))
	requireError(t, statusUsage, []string{"diff", model, empty}, "empty.onnx is empty")
	requireError(t, statusUsage, []string{"diff", model, t.TempDir()}, "is not a regular file")
}

// TestRandomValues draws elements of every type, not all the same.
func TestRandomValues(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 0))
	for _, name := range []string{"float32", "float64", "float16", "bfloat16", "int8", "int16", "int32",
		"int64", "uint8", "uint16", "uint32", "uint64", "bool"} {
		declared := onnx.Declaration{Type: name, Shape: []any{"batch", int64(50)}}
		v, err := randomONNXValue(declared, nil, random)
		require.NoError(t, err, name)
		require.Equal(t, []int{1, 50}, v.Shape())
		require.Equal(t, name, v.Array().DType().String())
		x := onnx.Floats(v)
		require.NotEqual(t, slices.Min(x), slices.Max(x), name)
		if name == "int8" || name == "uint8" {
			require.Greater(t, slices.Max(x)-slices.Min(x), 128.0, "bytes have all values")
		}
	}
	v, err := randomONNXValue(onnx.Declaration{Type: "float32"}, []int{2}, random)
	require.NoError(t, err)
	require.Len(t, tensor.Elements[float32](v.Array()), 2)
}

func TestHolds(t *testing.T) {
	for d, all := range map[tensor.DType]struct{ held, not []float64 }{
		tensor.BoolType:     {[]float64{0, 1}, []float64{2, -1, 0.5, math.NaN()}},
		tensor.Int8Type:     {[]float64{-128, 127}, []float64{-129, 128, 1.5, math.Inf(1), math.NaN()}},
		tensor.Uint8Type:    {[]float64{0, 255}, []float64{-1, 256, 0.5}},
		tensor.Int64Type:    {[]float64{-0x1p63, 0x1p62}, []float64{0x1p63}},
		tensor.Float16Type:  {[]float64{65519, math.Inf(-1), math.NaN()}, []float64{65520, -65520}},
		tensor.BFloat16Type: {[]float64{0x1.fep127, math.Inf(1)}, []float64{0x1.ffp127}},
		tensor.Float32Type:  {[]float64{math.MaxFloat32, 1e-300, math.NaN()}, []float64{1e39, -1e39}},
		tensor.Float64Type:  {[]float64{math.MaxFloat64, math.Inf(1), math.NaN()}, nil},
	} {
		for _, v := range all.held {
			require.True(t, holds(d, v), "%v %v", d, v)
		}
		for _, v := range all.not {
			require.False(t, holds(d, v), "%v %v", d, v)
		}
	}
}
