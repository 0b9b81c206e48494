package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn/data"
	"simdnn/nn/tabular"
	"simdnn/tensor"
)

// savedModel trains on a CSV file and returns the path of the model.
func savedModel(t *testing.T, table, target, task string, flags ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.safetensors")
	requireDone(
		t,
		append(
			[]string{
				"train", "--data", table, "--target", target, "--task", task, "--epochs", "5",
				"--save", path,
			},
			flags...)...)
	return path
}

// records reads CSV.
func records(t *testing.T, text string) [][]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	return all
}

// expected returns the features of a CSV file and what the model of a file predicts for them by the
// library.
func expected[T tensor.Float](
	t *testing.T, model, table string, o data.CSVOptions,
) (*tabular.Model[T], *tensor.Tensor[float64]) {
	t.Helper()
	d, err := data.ReadCSVFile(table, o)
	require.NoError(t, err)
	trained, err := tabular.Load[T](model)
	require.NoError(t, err)
	y, err := trained.Predict(d.X)
	require.NoError(t, err)
	return trained, y
}

func TestPredictClasses(t *testing.T) {
	table := writeCSV(t, spreadsheet())
	const target = `the "kind"`
	model := savedModel(t, table, target, "classification")
	_, y := expected[float32](t, model, table,
		data.CSVOptions{Target: target, Classification: true})

	rows := records(t, requireDone(t, "predict", "--model", model, "--data", table))
	require.Equal(t, []string{target, "P(long)", "P(small,\nround)"}, rows[0])
	require.Len(t, rows, 121)
	lines := jsonLines(t,
		requireDone(t, "predict", "--model", model, "--data", table, "--json", "--threads", "1"))
	require.Len(t, lines, 120)
	for i, row := range rows[1:] {
		long, small := y.At(i, 0), y.At(i, 1)
		name := "long"
		if small > long {
			name = "small,\nround"
		}
		require.Equal(
			t,
			[]string{
				name, strconv.FormatFloat(long, 'g', -1, 32),
				strconv.FormatFloat(small, 'g', -1, 32),
			},
			row,
		)
		require.Equal(t, name, lines[i]["prediction"])
		probabilities := lines[i]["probabilities"].(map[string]any)
		require.Len(t, probabilities, 2)
		require.Equal(t, float32(long), float32(probabilities["long"].(float64)))
	}
}

// TestPredictValues predicts more rows than are read at a time, in double precision, from standard
// input, without the target's column and with the others in another order.
func TestPredictValues(t *testing.T) {
	table := writeCSV(t, spreadsheet())
	model := savedModel(t, table, "weight", "regression", "--dtype", "f64")
	trained, y := expected[float64](t, model, table, data.CSVOptions{Target: "weight"})
	require.NotNil(t, trained.Outputs, "the target was scaled")

	var input strings.Builder
	w := csv.NewWriter(&input)
	const repeats = 5
	for i, r := range records(t, strings.TrimPrefix(spreadsheet(), "\ufeff")) {
		row := []string{r[3], r[2], "junk", r[1], r[0]}
		if i == 0 {
			row[2] = "note"
		}
		require.NoError(t, w.Write(row))
	}
	w.Flush()
	text := input.String()
	body := text[strings.Index(text, "\n")+1:]
	text += strings.Repeat(body, repeats-1)

	root := newRoot()
	var stdout bytes.Buffer
	root.SetArgs([]string{"predict", "--model", model, "--data", "-"})
	root.SetIn(strings.NewReader(text))
	root.SetOut(&stdout)
	require.NoError(t, root.ExecuteContext(context.Background()))
	rows := records(t, stdout.String())
	require.Equal(t, []string{"weight"}, rows[0])
	require.Len(t, rows, 1+120*repeats)
	for i, row := range rows[1:] {
		require.Equal(t, []string{strconv.FormatFloat(y.At(i%120, 0), 'f', -1, 64)}, row)
	}
	lines := jsonLines(t, requireDone(t, "predict", "--model", model, "--data", table, "--json"))
	require.Equal(t, map[string]any{"prediction": y.At(7, 0)}, lines[7])
}

// TestPredictFromAnExperiment uses the names that columns without one get.
func TestPredictFromAnExperiment(t *testing.T) {
	model := filepath.Join(t.TempDir(), "model.safetensors")
	requireDone(t, "train", "regression", "--epochs", "1", "--save", model)
	table := "x9,x8,x7,x6,x5,x4,x3,x2,x1,x0\n" + strings.Repeat("1,2,3,4,5,6,7,8,9,10\n", 3)
	rows := records(t, requireDone(t, "predict", "--model", model, "--data", writeCSV(t, table)))
	require.Len(t, rows, 4)
	require.Equal(t, []string{"y"}, rows[0])
	require.Equal(t, rows[1], rows[3])
	_, err := strconv.ParseFloat(rows[1][0], 64)
	require.NoError(t, err)
}

func TestPredictErrors(t *testing.T) {
	table := writeCSV(t, "a,colour,y\n"+strings.Repeat("1,red,2\n3,blue,4\n", 10))
	model := savedModel(t, table, "y", "regression")
	for text, message := range map[string]string{
		"": "the file is empty",
		"a,b,y\n1,2,3\n": `there is no column "colour", which the model needs; ` +
			`the columns are "a", "b", "y"`,
		"a,colour\n1,red\nx,red\n": `line 3, column "a": "x" is not a number`,
		"a,colour\n1,red\n1,green\n": `line 3, column "colour": "green" is none of ` +
			`the texts that the model knows: "blue", "red"`,
		"a,colour\n1,red\n,red\n": `line 3, column "a": the value is missing (""); ` +
			"--missing mean in training lets the model fill it in\n",
		"a,colour\n1,red\n1\n": "line 3: 1 fields, but the header line has 2",
	} {
		path := writeCSV(t, text)
		requireError(t, statusFailed, []string{"predict", "--model", model, "--data", path},
			path+": ", message)
		_, stdout, _ := execute("predict", "--model", model, "--data", path)
		if strings.Contains(message, "line 3") {
			require.Len(t, records(t, stdout), 2, "the row before is predicted")
		}
	}
	requireError(t, statusUsage, []string{"predict"},
		"predict needs --model FILE.safetensors and --data FILE.csv")
	requireError(t, statusUsage, []string{"predict", "--model", "missing.safetensors"},
		"open missing.safetensors: no such file")
	requireError(t, statusUsage, []string{"predict", "--model", model},
		"predict needs --model FILE.safetensors and --data FILE.csv")
	requireError(t, statusUsage,
		[]string{"predict", "--model", model, "--data", table, "--threads", "-1"},
		"-1 is not a number of threads")
	requireError(t, statusUsage,
		[]string{"predict", "--model", model, "--data", table, "--threads", "4097"},
		"4097 is more than 4096 threads")
	requireError(t, statusUsage, []string{"predict", "--model", model, "--data", table + ".old"},
		table+".old")
	requireError(t, statusFailed, []string{"predict", "--model", table, "--data", table},
		table+": ")
	requireError(t, statusUsage, []string{"predict", "--model", model + ".old", "--data", table},
		model+".old")

	content, err := os.ReadFile(model)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(model, content[:len(content)-1], 0o666))
	requireError(t, statusFailed, []string{"predict", "--model", model, "--data", table},
		model+": ", "cut off")
}

func TestPredictEndsWhenNobodyReads(t *testing.T) {
	table := writeCSV(t, "a,y\n"+strings.Repeat("1,2\n3,4\n", 10))
	model := savedModel(t, table, "y", "regression")
	for _, flag := range []string{"--json=false", "--json"} {
		var stderr bytes.Buffer
		require.Equal(
			t,
			statusFailed,
			run(context.Background(), []string{"predict", "--model", model, "--data", table, flag},
				brokenPipe{}, &stderr),
		)
		require.Equal(t, "nnbench: broken pipe\n", stderr.String())
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	long := writeCSV(t, "a\n"+strings.Repeat("1\n", predictRows+1))
	var stdout, stderr bytes.Buffer
	require.Equal(t, statusFailed,
		run(ctx, []string{"predict", "--model", model, "--data", long}, &stdout, &stderr))
	require.Equal(t, "nnbench: interrupted\n", stderr.String())
	require.LessOrEqual(t, len(records(t, stdout.String())), 1+predictRows)
}
