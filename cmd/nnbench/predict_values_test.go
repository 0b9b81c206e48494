package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// linear is a table whose target is a straight line through its two columns.
func linear(target func(v float64) string) string {
	var s strings.Builder
	s.WriteString("a,b,y\n")
	for i := range 60 {
		a, b := float64(i*7%31)/10-1.5, float64(i*5%29)/10-1.5
		fmt.Fprintf(&s, "%.1f,%.1f,%s\n", a, b, target(3*a-b))
	}
	return s.String()
}

// TestPredictTargetsOfAnySize predicts times in seconds, and values that float32 can't hold, to the
// precision of the network.
func TestPredictTargetsOfAnySize(t *testing.T) {
	for _, c := range []struct{ offset, scale float64 }{{1790000000, 20}, {0, 1e60}, {0, 1e-60}} {
		table := writeCSV(t, linear(func(v float64) string {
			return strconv.FormatFloat(c.offset+math.Round(1000*v)/1000*c.scale, 'g', -1, 64)
		}))
		model := savedModel(t, table, "y", "regression", "--epochs", "100")
		want := records(t, linear(func(v float64) string { return fmt.Sprint(v) }))[1:]
		predictions := records(t, requireDone(t, "predict", "--model", model, "--data", table))[1:]
		lines := jsonLines(t,
			requireDone(t, "predict", "--model", model, "--data", table, "--json"))
		seen := map[string]bool{}
		for i, row := range predictions {
			v, err := strconv.ParseFloat(row[0], 64)
			require.NoError(t, err)
			exact, err := strconv.ParseFloat(want[i][2], 64)
			require.NoError(t, err)
			require.InDelta(t, exact, (v-c.offset)/c.scale, 1.5)
			require.Equal(t, v, lines[i]["prediction"])
			seen[row[0]] = true
		}
		require.Len(t, seen, 60, "no two rows are alike")
	}
}

// TestPredictRefusesWhatTheNetworkCannotHold never answers NaN.
func TestPredictRefusesWhatTheNetworkCannotHold(t *testing.T) {
	table := writeCSV(t, "a,b,kind\n"+strings.Repeat("0.1,0.2,old\n2.1,0.5,new\n", 10))
	for _, text := range []string{"1e39,0.5", "1e300,-1e300", "-1e39,-1e39"} {
		rows := writeCSV(t, "a,b\n2.1,0.5\n"+text+"\n0.1,0.2\n")
		model := savedModel(t, table, "kind", "classification")
		value, _, _ := strings.Cut(text, ",")
		v, err := strconv.ParseFloat(value, 64)
		require.NoError(t, err)
		requireError(t, statusFailed, []string{"predict", "--model", model, "--data", rows},
			rows+`: line 3, column "a": `,
			fmt.Sprintf("the value %v is beyond the range of the model's numbers (float32)", v))
		_, stdout, _ := execute("predict", "--model", model, "--data", rows, "--json")
		require.Len(t, jsonLines(t, stdout), 1, "the row before is predicted")

		wide := savedModel(t, table, "kind", "classification", "--dtype", "f64")
		require.NotContains(t, requireDone(t, "predict", "--model", wide, "--data", rows), "NaN")
	}
}

// TestPredictEndsAtTheRightRow reads on while it predicts: what is wrong far behind must not hide
// what is wrong before.
func TestPredictEndsAtTheRightRow(t *testing.T) {
	table := writeCSV(t, "a,y\n"+strings.Repeat("1,2\n3,4\n", 10))
	model := savedModel(t, table, "y", "regression")
	const n = predictRows
	for _, bad := range []int{0, 1, n - 1, n, 3*n + 5, 9 * n} {
		lines := append([]string{"a"}, strings.Split(strings.Repeat("1 ", 10*predictRows), " ")...)
		lines[1+bad] = "1e300"
		lines[2+bad] = "x"
		path := writeCSV(t, strings.Join(lines, "\n"))
		status, stdout, stderr := execute("predict", "--model", model, "--data", path)
		require.Equal(t, statusFailed, status)
		require.Contains(t, stderr, fmt.Sprintf(`line %d, column "a": the value 1e+300`, 2+bad))
		require.Len(t, records(t, stdout), 1+bad, "all rows before")
	}
}

func TestPredictTreatsWhatTheTrainingDidNotSee(t *testing.T) {
	table := writeCSV(t, "a,colour,y\n"+strings.Repeat("1,red,2\n3,blue,4\n,red,1\n", 10))
	unknown := writeCSV(t, "a,colour\n1,green\n,blue\n")
	args := func(model string) []string {
		return []string{"predict", "--model", model, "--data", unknown}
	}
	train := func(flags ...string) string {
		path := filepath.Join(t.TempDir(), "model.safetensors")
		status, _, stderr := execute(
			append(
				[]string{
					"train", "--data", table, "--target", "y", "--task", "regression", "--epochs",
					"1", "--save", path,
				},
				flags...)...)
		require.Equal(t, statusDone, status, stderr)
		return path
	}
	strict := train("--missing", "mean")
	requireError(t, statusFailed, args(strict),
		`line 2, column "colour": "green" is none of the texts that the model knows: "blue", "red"`)
	lenient := train("--missing", "mean", "--unknown", "zero")
	require.Len(t, records(t, requireDone(t, args(lenient)...)), 3)
	requireError(
		t,
		statusUsage,
		[]string{
			"train", "--data", table, "--target", "y", "--task", "regression", "--unknown", "other",
		},
		`--unknown: unknown treatment of unknown texts "other"; known: error, zero`,
	)
}

func TestPredictKnowsWhatIsNoModel(t *testing.T) {
	table := writeCSV(t, "a,y\n"+strings.Repeat("1,2\n3,4\n", 10))
	folder := t.TempDir()
	model := filepath.Join(folder, "model.safetensors")
	requireDone(t, "train", "--data", table, "--target", "y", "--task", "regression", "--epochs",
		"2", "--checkpoint", folder, "--save", model)
	checkpoint := filepath.Join(folder, "checkpoint.safetensors")
	requireError(t, statusFailed, []string{"predict", "--model", checkpoint, "--data", table},
		checkpoint+": ", "this is a checkpoint, the state of a training run, not a model")

	content, err := os.ReadFile(model)
	require.NoError(t, err)
	content[len(content)-3] ^= 4
	require.NoError(t, os.WriteFile(model, content, 0o666))
	requireError(t, statusFailed, []string{"predict", "--model", model, "--data", table},
		model+": ", "the file is damaged")
}

// TestPredictShowsNoProgressElsewhere predicts with stderr in a file.
func TestPredictShowsNoProgressElsewhere(t *testing.T) {
	table := writeCSV(t, "a,y\n"+strings.Repeat("1,2\n3,4\n", 10))
	model := savedModel(t, table, "y", "regression")
	long := writeCSV(t, "a\n"+strings.Repeat("1\n", 20*predictRows))
	path := filepath.Join(t.TempDir(), "stderr")
	stderr, err := os.Create(path)
	require.NoError(t, err)
	defer stderr.Close()
	var stdout bytes.Buffer
	require.Equal(
		t,
		statusDone,
		run(context.Background(), []string{"predict", "--model", model, "--data", long}, &stdout,
			stderr),
	)
	require.Len(t, records(t, stdout.String()), 1+20*predictRows)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Empty(t, content)
}

// TestTrainWritesThroughLinks saves a model and draws through symbolic links.
func TestTrainWritesThroughLinks(t *testing.T) {
	folder := t.TempDir()
	args := []string{"train", "diabetes", "--epochs", "1"}
	for flag, name := range map[string]string{
		"--save": "model.safetensors", "--plot": "plot.svg", "--arch": "arch.svg",
	} {
		link := filepath.Join(folder, name)
		if err := os.Symlink("real-"+name, link); err != nil {
			t.Skip("no symbolic links: ", err)
		}
		args = append(args, flag, link)
	}
	requireDone(t, args...)
	for _, name := range []string{"model.safetensors", "plot.svg", "arch.svg"} {
		info, err := os.Lstat(filepath.Join(folder, name))
		require.NoError(t, err)
		require.NotZero(t, info.Mode()&os.ModeSymlink)
		info, err = os.Lstat(filepath.Join(folder, "real-"+name))
		require.NoError(t, err)
		require.True(t, info.Mode().IsRegular())
		require.NotZero(t, info.Size())
	}
}

// TestPredictFromOtherFormats reads what a spreadsheet in German writes.
func TestPredictFromOtherFormats(t *testing.T) {
	model := savedModel(t, writeCSV(t, "a,y\n"+strings.Repeat("1.5,2\n1003,4\n", 10)), "y",
		"regression")
	plain := writeCSV(t, "a\n1.5\n1003\n")
	german := writeCSV(t, "a;b\n1,5;x\n1.003,0;y\n")
	args := []string{"predict", "--model", model, "--data", german}
	requireError(t, statusFailed, args, german+`: line 2, column "a": "1,5" has a decimal comma`)
	got := requireDone(t, append(args, "--decimal", ",", "--thousands", ".")...)
	require.Equal(t, requireDone(t, "predict", "--model", model, "--data", plain), got)
	requireError(t, statusUsage, append(args, "--decimal", "comma"), "--decimal: ")
}

// TestPredictRemembersMarks reads numbers with the marks of the training, unless some are given.
func TestPredictRemembersMarks(t *testing.T) {
	german := writeCSV(t, "a;y\n"+strings.Repeat("1.500;2,5\n2,25;4\n-999,0;3\n", 10))
	model := filepath.Join(t.TempDir(), "model.safetensors")
	status, _, stderr := execute("train", "--data", german, "--target", "y", "--task", "regression",
		"--epochs", "2", "--decimal", ",", "--thousands", ".", "--missing", "mean",
		"--missing-text", `"-999,0"`, "--save", model)
	require.Equal(t, statusDone, status, stderr)
	predict := func(table string, flags ...string) string {
		return requireDone(t, append([]string{"predict", "--model", model, "--data",
			writeCSV(t, table)}, flags...)...)
	}
	want := predict("a\n1500\n2.25\n\"\"\n", "--decimal", ".")
	require.Equal(t, want, predict("a\n1.500\n\"2,25\"\n\"-999,0\"\n"))
	require.Equal(t, want, predict("a\n\"1,500\"\n2.25\n-999\n", "--thousands", ","))
	require.NotEqual(t, want, predict("a\n1.500\n2.25\nNA\n", "--decimal", "."))
	table := writeCSV(t, "a\n2.25\n")
	args := []string{"predict", "--model", model, "--data", table}
	requireError(t, statusFailed, args, table+`: line 2, column "a": "2.25" is not a number with `+
		`the decimal mark ',' and '.' between thousands`)
	table = writeCSV(t, "a\n1.500\n")
	args[len(args)-1] = table
	requireError(t, statusFailed, append(args, "--decimal", ","), `"1.500" is not a number with `+
		`the decimal mark ','`)
}
