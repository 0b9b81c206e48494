package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"simdnn/nn/data"
	"simdnn/nn/tabular"
)

// file returns the path of a file of the tests.
func file(name string) string { return filepath.Join("..", "..", "testdata", name) }

// call runs the program.
func call(args ...string) (stdout, stderr string, err error) {
	var out, messages bytes.Buffer
	err = run(context.Background(), args, &out, &messages)
	return out.String(), messages.String(), err
}

// Training on a file gives the parameters, to the bit, of training on the same table as CSV, and
// the saved model predicts from files of other programs.
func TestTrainAndPredict(t *testing.T) {
	for _, dtype := range []string{"f32", "f64"} {
		model := filepath.Join(t.TempDir(), "model.safetensors")
		out, _, err := call("train", "--data", file("pandas.parquet"), "--target", "cost", "--task",
			"regression", "--missing", "mean", "--epochs", "3", "--val", "0", "--hidden", "5,4",
			"--drop", "kind", "--dtype", dtype, "--save", model, "--json")
		require.NoError(t, err)
		lines := strings.Split(strings.TrimSpace(out), "\n")
		require.Len(t, lines, 4)
		var last outcome
		require.NoError(t, json.Unmarshal([]byte(lines[3]), &last))
		want := hashOfCSV[float32]
		if dtype == "f64" {
			want = hashOfCSV[float64]
		}
		assert.Equal(t, want(t), last.ParamsSHA256)

		first, _, err := call("predict", "--model", model, "--data", file("polars.arrow"))
		require.NoError(t, err)
		assert.Equal(t, "cost", strings.SplitN(first, "\n", 2)[0])
		assert.Equal(t, 7, strings.Count(first, "\n"))
		other, _, err := call("predict", "--model", model, "--data", file("duckdb.parquet"))
		require.NoError(t, err)
		assert.Equal(t, first, other)
		out, _, err = call("predict", "--model", model, "--data", file("duckdb.parquet"), "--json")
		require.NoError(t, err)
		value := strings.Split(first, "\n")[1]
		assert.Equal(t, `{"prediction":`+value+"}", strings.SplitN(out, "\n", 2)[0])
	}
}

// hashOfCSV returns that of the parameters which the table of the files gives as CSV.
func hashOfCSV[T float32 | float64](t *testing.T) string {
	s := tabular.DefaultSettings()
	s.Epochs, s.Validation, s.Hidden, s.Seed = 3, 0, []int{5, 4}, 1
	m, _, err := tabular.FitCSV[T](context.Background(), strings.NewReader(
		"size,legs,tame,cost\n1.5,4,1,10\n,2,0,2\n3.25,,1,12.5\n-0,4,,9\n1e-7,4,1,11\n6,2,0,3\n"),
		tabular.Options{Table: data.CSVOptions{Target: "cost", Missing: data.MissingMean},
			Settings: s})
	require.NoError(t, err)
	return m.Network.ParamsSHA256()
}

func TestClasses(t *testing.T) {
	model := filepath.Join(t.TempDir(), "model.safetensors")
	out, messages, err := call("train", "--data", file("polars.parquet"), "--target", "tame",
		"--task", "classification", "--missing", "zero", "--epochs", "2", "--hidden", "none",
		"--val", "0", "--save", model)
	require.NoError(t, err)
	assert.Contains(t, out, "5 rows, 6 features, 2 epochs")
	assert.Contains(t, messages, "left out")
	out, _, err = call("predict", "--model", model, "--data", file("polars.stream"))
	require.NoError(t, err)
	assert.Equal(t, "tame,P(false),P(true)", strings.SplitN(out, "\n", 2)[0])
}

func TestErrors(t *testing.T) {
	train := []string{"train", "--data", file("times.parquet"), "--target", "cost", "--task",
		"regression"}
	for _, c := range []struct {
		args  []string
		usage bool
		want  string
	}{
		{nil, true, "usage"},
		{[]string{"fit"}, true, `unknown command "fit"`},
		{[]string{"train", "--target", "x"}, true, "--data is missing"},
		{[]string{"predict", "--data", "x"}, true, "--model is missing"},
		{append(train, "more"), true, `unknown argument "more"`},
		{append(train, "--hidden", "3,x"), true, "--hidden"},
		{append(train, "--batch", "0"), true, "--batch"},
		{append(train, "--seed", "4294967296"), true, "--seed"},
		{append(train, "--missing", "no"), true, "--missing"},
		{append(train, "--dtype", "f16"), true, "--dtype"},
		{append(train, "--drop", "took"), false,
			`times.parquet: column "at": it holds dates or times, which can be taken as numbers ` +
				`only; --number at takes days or seconds since 1970 or --drop at leaves it out`},
		{append(train, "--columns", "took"), false, "--drop took leaves it out"},
		{append(train, "--number", "at,ns,day"), false, `column "took"`},
		{append(train, "--drop", "at,ns,day,took,none"), false, `there is no column "none"`},
	} {
		_, _, err := call(c.args...)
		require.ErrorContains(t, err, c.want)
		assert.Equal(t, c.usage, strings.Contains(err.Error(), "usage:"), c.args)
	}
}
