package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"simdnn/internal/cli"
	"simdnn/nn/data"
	"simdnn/nn/tabular"
)

// file returns the path of a file of the tests.
func file(name string) string { return filepath.Join("..", "..", "testdata", name) }

// call runs the program.
func call(args ...string) (stdout, stderr string, status int) {
	var out, messages bytes.Buffer
	status = run(context.Background(), args, &out, &messages)
	return out.String(), messages.String(), status
}

// done runs a command line that must succeed, and returns what it prints.
func done(t *testing.T, args ...string) (stdout, notes string) {
	t.Helper()
	stdout, notes, status := call(args...)
	require.Equal(t, cli.StatusDone, status, notes)
	return stdout, notes
}

// sumOf returns the sum of the parameters on the last line that a training has printed.
func sumOf(t *testing.T, stdout string) string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	var last struct {
		Sum string `json:"params_sha256"`
	}
	require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &last))
	require.NotEmpty(t, last.Sum)
	return last.Sum
}

// Training on a file gives the parameters, to the bit, of training on the same table as CSV, and
// the saved model predicts from files of other programs.
func TestTrainAndPredict(t *testing.T) {
	for _, dtype := range []string{"f32", "f64"} {
		model := filepath.Join(t.TempDir(), "model.safetensors")
		out, _ := done(t, "train", "--data", file("pandas.parquet"), "--target", "cost", "--task",
			"regression", "--missing", "mean", "--epochs", "3", "--val", "0", "--hidden", "5,4",
			"--drop", "kind", "--dtype", dtype, "--save", model, "--json")
		require.Equal(t, 4, strings.Count(out, "\n"))
		want := hashOfCSV[float32]
		if dtype == "f64" {
			want = hashOfCSV[float64]
		}
		assert.Equal(t, want(t), sumOf(t, out))

		first, _ := done(t, "predict", "--model", model, "--data", file("polars.arrow"))
		assert.Equal(t, "cost", strings.SplitN(first, "\n", 2)[0])
		assert.Equal(t, 7, strings.Count(first, "\n"))
		other, _ := done(t, "predict", "--model", model, "--data", file("duckdb.parquet"))
		assert.Equal(t, first, other)
		out, _ = done(t, "predict", "--model", model, "--data", file("duckdb.parquet"), "--json")
		value := strings.Split(first, "\n")[1]
		assert.Equal(t, `{"prediction":`+value+"}", strings.SplitN(out, "\n", 2)[0])
		out, _ = done(t, "verify", model)
		assert.Contains(t, out, "verified: 3 epochs")
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
	out, notes := done(t, "train", "--data", file("polars.parquet"), "--target", "tame",
		"--task", "classification", "--missing", "zero", "--epochs", "2", "--hidden", "none",
		"--val", "0", "--save", model)
	assert.Contains(t, out, "5 rows of 6 features")
	assert.Contains(t, notes, "nnbench-parquet: note: 1 of 6 rows are left out")
	out, _ = done(t, "predict", "--model", model, "--data", file("polars.stream"))
	assert.Equal(t, "tame,P(false),P(true)", strings.SplitN(out, "\n", 2)[0])
}

// TestWhatOfTrainThereIs goes on from a checkpoint, draws, and trains on CSV files and on series.
func TestWhatOfTrainThereIs(t *testing.T) {
	folder := t.TempDir()
	train := []string{"train", "--data", file("pandas.parquet"), "--target", "cost", "--task",
		"regression", "--missing", "mean", "--stratify=false", "--json"}
	whole, _ := done(t, append(train, "--epochs", "4")...)
	kept := append(train, "--checkpoint", folder)
	done(t, append(kept, "--epochs", "2")...)
	curves := filepath.Join(folder, "curves.svg")
	resumed, _ := done(t, append(kept, "--epochs", "4", "--resume", "--plot", curves)...)
	assert.Equal(t, sumOf(t, whole), sumOf(t, resumed))
	assert.FileExists(t, curves)

	table := filepath.Join(folder, "table.csv")
	require.NoError(t, os.WriteFile(table, []byte("a,y\n"+strings.Repeat("1,2\n3,4\n", 10)), 0o666))
	done(t, "train", "--data", table, "--target", "y", "--task", "regression", "--epochs", "1",
		"--separator", ",")
	done(t, "train", "series", file("pandas.parquet"), "--target", "cost", "--columns", "cost",
		"--window", "2", "--val", "0", "--epochs", "1")
}

// interrupter cancels after some writes.
type interrupter struct {
	bytes.Buffer
	writes int
	cancel func()
}

func (i *interrupter) Write(line []byte) (int, error) {
	if i.writes--; i.writes == 0 {
		i.cancel()
	}
	return i.Buffer.Write(line)
}

// TestInterruptedTrainingGoesOn interrupts a run on a Parquet file, and goes on to the same bits.
func TestInterruptedTrainingGoesOn(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	folder := t.TempDir()
	train := []string{"train", "--data", file("duckdb.parquet"), "--target", "cost", "--task",
		"regression", "--missing", "mean", "--epochs", "9", "--json"}
	whole, _ := done(t, train...)
	out, messages := &interrupter{writes: 4, cancel: cancel}, &bytes.Buffer{}
	train = append(train, "--checkpoint", folder)
	require.Equal(t, cli.StatusFailed, run(ctx, train, out, messages))
	assert.Contains(t, messages.String(), "nnbench-parquet: interrupted after 4 epochs, which "+
		folder+" keeps: go on with --resume")
	resumed, _ := done(t, append(train, "--resume")...)
	assert.Contains(t, resumed, `"resumed_epochs":4`)
	assert.Equal(t, sumOf(t, whole), sumOf(t, resumed))
}

func TestErrors(t *testing.T) {
	series := filepath.Join(t.TempDir(), "series.safetensors")
	done(t, "train", "series", file("pandas.parquet"), "--target", "cost", "--columns", "cost",
		"--window", "2", "--val", "0", "--epochs", "1", "--save", series)
	table := filepath.Join(t.TempDir(), "table.safetensors")
	done(t, "train", "--data", file("pandas.parquet"), "--target", "cost", "--task", "regression",
		"--missing", "mean", "--columns", "size", "--val", "0", "--epochs", "1", "--save", table)
	stub := filepath.Join(t.TempDir(), "stub.arrow")
	whole, err := os.ReadFile(file("polars.arrow"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(stub, whole[:3], 0o600))
	train := []string{"train", "--data", file("times.parquet"), "--target", "cost", "--task",
		"regression"}
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"fit"}, cli.StatusUsage, `unknown command "fit"`},
		{[]string{"train", "--target", "x"}, cli.StatusUsage, "--data FILE, which is missing"},
		{[]string{"predict", "--data", "x"}, cli.StatusUsage, "predict needs --model"},
		{append(train, "--missing", "no"), cli.StatusUsage, "--missing"},
		{append(train, "--separator", ","), cli.StatusUsage, "--separator is for CSV files"},
		{append(train, "--drop", "took"), cli.StatusFailed,
			`times.parquet: column "at": it holds dates or times, which can be taken as numbers ` +
				"only; --number at takes days or seconds since 1970 or --drop at leaves it out"},
		{append(train, "--columns", "took"), cli.StatusFailed, "--drop took leaves it out"},
		{append(train, "--number", "at,ns,day"), cli.StatusFailed, `column "took"`},
		{append(train, "--drop", "at,ns,day,took,none"), cli.StatusFailed,
			`there is no column "none"`},
		{[]string{"predict", "--model", table, "--data", "main.go"}, cli.StatusFailed,
			"main.go: it is no file of Parquet or Arrow; nnbench predict takes CSV files"},
		{[]string{"predict", "--model", series, "--data", file("pandas.parquet")}, cli.StatusFailed,
			"takes rows of tables, and the model is one of series; nnbench predict takes it"},
		{[]string{"predict", "--model", table, "--data", file("times.parquet")}, cli.StatusFailed,
			`times.parquet: there is no column "size"`},
		{[]string{"predict", "--model", table, "--data", file("europe.parquet")}, cli.StatusFailed,
			`europe.parquet: row 1, column "size": "1,5" `},
		{append(train, "--target", "took", "--columns", "cost"), cli.StatusFailed,
			"of type: duration\n"},
		{[]string{"train", "--data", stub, "--target", "x", "--task", "regression"},
			cli.StatusFailed, stub + ": it is no file of Parquet or Arrow"},
	} {
		printed, message, status := call(c.args...)
		assert.Contains(t, message, c.want)
		assert.Empty(t, printed, c.args)
		assert.Equal(t, c.status, status, c.args)
	}
}
