package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
	"simdnn/onnx"
	"simdnn/tensor"
	"simdnn/tensor/npy"
)

// treesModel writes a small model of LightGBM and returns its path, rows for it and their
// predictions.
func treesModel(t *testing.T) (path, rows string, predicted []float64) {
	t.Helper()
	c := golden.Read[struct {
		Model           string
		Rows, Predicted []any
	}](t, "trees/lightgbm.json")[0]
	path = filepath.Join(t.TempDir(), "model.txt")
	require.NoError(t, os.WriteFile(path, []byte(c.Model), 0o600))
	for i, v := range c.Rows {
		switch v := v.(type) { // null is missing, a text an infinity
		case float64:
			rows += strconv.FormatFloat(v, 'g', -1, 64)
		case string:
			rows += v
		}
		rows += map[bool]string{true: "\n", false: ","}[i%6 == 5]
	}
	for _, v := range c.Predicted {
		predicted = append(predicted, v.(float64))
	}
	return path, rows, predicted
}

func TestTreesRun(t *testing.T) {
	model, rows, want := treesModel(t)
	names := "Column_0,Column_1,Column_2,Column_3,Column_4,Column_5\n"
	table := writeCSV(t, names+rows)
	lines := strings.Fields(requireDone(t, "trees", "run", model, "--data", table))
	require.Len(t, lines, len(want))
	for i, text := range lines {
		v, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err)
		require.Equal(t, want[i], v)
	}
	plain := requireDone(t, "trees", "run", model, "--data", table)
	unnamed := writeCSV(t, "a,b,c,d,e,f\n"+rows)
	require.Equal(t, plain, requireDone(t, "trees", "run", model, "--data", unnamed, "--threads", "2"))
	require.Equal(t, plain, requireDone(t, "trees", "run", model, "--data", table, "--raw"))

	swapped := "id,Column_5,Column_1,Column_2,Column_3,Column_4,Column_0\n1,6,2,3,4,5,1\n"
	one := requireDone(t, "trees", "run", model, "--data", writeCSV(t, swapped))
	require.Equal(t, one, requireDone(t, "trees", "run", model, "--data",
		writeCSV(t, names+"1,2,3,4,5,6\n")))
	require.JSONEq(t, `{"prediction":[`+strings.TrimSpace(one)+`]}`,
		requireDone(t, "trees", "run", model, "--data", writeCSV(t, swapped), "--json"))

	marked := writeCSV(t, "\ufeff"+names+rows)
	require.Equal(t, plain, requireDone(t, "trees", "run", model, "--data", marked))
	counted := writeCSV(t, "0,1,2,3,4,5\n"+rows)
	require.Equal(t, plain, requireDone(t, "trees", "run", model, "--data", counted))

	values, folder := arrayOfRows(t, rows), t.TempDir()
	require.NoError(t, npy.WriteFile(folder+"/x.npy", values))
	require.Equal(t, plain, requireDone(t, "trees", "run", model, "--data", folder+"/x.npy"))
	columns, width := map[string]*tensor.Array{"unused": tensor.ArrayOf(make([]int32,
		values.Shape()[0]), values.Shape()[0])}, values.Shape()[1]
	for i := range width {
		column := tensor.NewArray(tensor.Float64Type, values.Shape()[0])
		for j := range tensor.Elements[float64](column) {
			tensor.Elements[float64](column)[j] = tensor.Elements[float64](values)[j*width+i]
		}
		columns["Column_"+strconv.Itoa(i)] = column
	}
	require.NoError(t, npy.WriteArchive(folder+"/x.npz", columns, npy.Stored))
	require.Equal(t, plain, requireDone(t, "trees", "run", model, "--data", folder+"/x.npz"))
	require.NoError(t, npy.WriteFile(folder+"/narrow.npy", tensor.NewArray(tensor.Float32Type, 2, 5)))
	for file, text := range map[string]string{"narrow.npy": "5 columns for 6 features",
		"none.npz": "no such file"} {
		requireError(t, statusUsage, []string{"trees", "run", model, "--data", folder + "/" + file}, text)
	}

	for text, file := range map[string]string{
		`there are two columns "Column_0"`:         "Column_0," + names,
		"line 1 has numbers where the names":       "1,2,3,4,5,6\n1,2,3,4,5,6\n",
		`there is no column "Column_5"`:            "Column_0,Column_1,Column_2,Column_3,Column_4\n",
		`there is no column "Column_0"`:            "Column_5,Column_1,Column_2,Column_3,Column_4\n",
		"2 columns for 6 features":                 "a,b\n",
		`line 3, column 5: "x" is not a number`:    names + "1,2,3,4,5,6\n1,2,x,4,5,6\n",
		"record on line 2: wrong number of fields": names + "1\n",
	} {
		requireError(t, statusUsage, []string{"trees", "run", model, "--data", writeCSV(t, file)}, text)
	}
	requireError(t, statusUsage, []string{"trees", "run", model}, "trees run takes one file")
	requireError(t, statusUsage, []string{"trees", "run", table, "--data", table},
		"not a model of LightGBM")
	requireError(t, statusUsage, []string{"trees", "walk"}, `unknown command "walk" of trees`)
}

// arrayOfRows returns the numbers of lines of 6; an empty cell is NaN.
func arrayOfRows(t *testing.T, lines string) *tensor.Array {
	var values []float64
	for line := range strings.Lines(lines) {
		for cell := range strings.SplitSeq(strings.TrimSpace(line), ",") {
			v, err := strconv.ParseFloat(cell, 64)
			if cell == "" {
				v, err = math.NaN(), nil
			}
			require.NoError(t, err)
			values = append(values, v)
		}
	}
	return tensor.ArrayOf(values, len(values)/6, 6)
}

// TestTreesRunCategories predicts rows of a data frame with the names of its categories.
func TestTreesRunCategories(t *testing.T) {
	type frameModel struct {
		Name, Model string
		Rows        [][]string
		Predicted   []float64
	}
	for _, g := range golden.Read[frameModel](t, "frames/models.json") {
		model := filepath.Join(t.TempDir(), "model")
		require.NoError(t, os.WriteFile(model, []byte(g.Model), 0o600))
		names := strings.Split("size,name,code,kind,flag,part", ",")
		rows := strings.Join(names[:len(g.Rows[0])], ",") + "\n"
		for _, row := range g.Rows {
			rows += strings.Join(row, ",") + "\n"
		}
		switch g.Name {
		case "XGBoost cut":
			requireError(t, statusUsage, []string{"trees", "run", model, "--data", writeCSV(t, rows)},
				`line 2, column 6: "lily": the file has broken names of these categories`)
			continue
		case "LightGBM ordered":
			requireError(t, statusUsage, []string{"trees", "run", model, "--data", writeCSV(t, rows)},
				`line 2, column 6: "lily" is not a number`)
			continue
		case "XGBoost":
			wrong := strings.Replace(rows, "lily", "Lily", 1)
			requireError(t, statusUsage, []string{"trees", "run", model, "--data", writeCSV(t, wrong)},
				`line 2, column 6: "Lily" is none of the categories`)
		}
		lines := strings.Fields(requireDone(t, "trees", "run", model, "--data", writeCSV(t, rows)))
		for i, want := range g.Predicted {
			require.Equal(t, strconv.FormatFloat(want, 'g', -1, 64), lines[i])
		}
	}
}

func TestTreesInfo(t *testing.T) {
	model, _, _ := treesModel(t)
	unnamed := filepath.Join(t.TempDir(), "model.json")
	require.NoError(t, os.WriteFile(unnamed, []byte(golden.Read[struct{ Model string }](t,
		"trees/xgboost.json")[0].Model), 0o600))
	require.NotContains(t, requireDone(t, "trees", "info", unnamed), " \n")
	var info treesInfo
	require.NoError(t, json.Unmarshal([]byte(requireDone(t, "trees", "info", model, "--json")), &info))
	require.Equal(t, treesInfo{model, "LightGBM", "regression", 6, info.Names, 1, 1, 4, 20, 24}, info)
	require.Contains(t, requireDone(t, "trees", "info", model), "features   6 Column_0 Column_1")
	requireError(t, statusUsage, []string{"trees", "info"}, "trees info takes one file")
}

// TestExportTrees writes a model of LightGBM as an ONNX file and predicts with it.
func TestExportTrees(t *testing.T) {
	model, rows, want := treesModel(t)
	session := exported(t, model)
	var x []float32
	for line := range strings.Lines(rows) {
		for text := range strings.SplitSeq(strings.TrimSuffix(line, "\n"), ",") {
			v, err := strconv.ParseFloat(text, 64)
			if text == "" {
				v, err = math.NaN(), nil
			}
			require.NoError(t, err)
			x = append(x, float32(v))
		}
	}
	got, err := session.Run(map[string]*onnx.Value{
		"features": onnx.NewTensor(tensor.ArrayOf(x, len(want), 6))})
	require.NoError(t, err)
	for i, v := range onnx.Floats(got["value"]) {
		require.Equal(t, float64(float32(want[i])), v)
	}
	broken := filepath.Join(t.TempDir(), "model.json")
	require.NoError(t, os.WriteFile(broken, []byte(`{"learner":{}}`), 0o600))
	requireError(t, statusUsage, []string{"export", broken, "--onnx", broken + ".onnx"},
		"not a model of XGBoost")
}
