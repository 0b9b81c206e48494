package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// writeCSV writes a file for a test and returns its path.
func writeCSV(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "table.csv")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	return path
}

// spreadsheet is a table as a spreadsheet exports it: a byte-order mark, CRLF, quoted fields with
// separators, quotes and line breaks in them, a column of categories. The label follows from length
// and width.
func spreadsheet() string {
	var s strings.Builder
	s.WriteString("\ufeff\"length, cm\",\"width\",colour,\"the \"\"kind\"\"\",weight\r\n")
	for i := range 120 {
		length, width := float64(i%12), float64(i*7%11)
		kind := "\"small,\r\nround\""
		if length > width {
			kind = "long"
		}
		fmt.Fprintf(&s, "\"%.1f\",%.2f,%s,%s,%g\r\n", length, width,
			[]string{"red", "\"green\"", "blue"}[i%3], kind, 3*length-width)
	}
	return s.String()
}

func TestTrainOnASpreadsheet(t *testing.T) {
	path := writeCSV(t, spreadsheet())
	out := requireDone(t, "train", "--data", path, "--target", `the "kind"`, "--task",
		"classification", "--json", "--epochs", "60")
	lines := jsonLines(t, out)
	require.Len(t, lines, 61)
	requireKeys(t, lines[0], epochKeys)
	requireKeys(t, lines[60], outcomeKeys)
	require.Equal(t, "classification", lines[60]["task"])
	require.Greater(t, lines[60]["val_metric"], 0.85)

	lines = jsonLines(t, requireDone(t, "train", "--data", path, "--target", "weight", "--task",
		"regression", "--json"))
	require.Equal(t, "regression", lines[100]["task"])
	require.Greater(t, lines[100]["val_metric"], 0.95)

	out = requireDone(t, "train", "--data", path, "--target", "weight", "--task", "regression",
		"--epochs", "1")
	require.Contains(t, out, path+", 120 rows of 7 features", "2 numbers, 3 colours, 2 kinds")
	require.Contains(t, out, "in the target's units")
}

func TestTrainWrongFiles(t *testing.T) {
	const regression, classification = "regression", "classification"
	head := "a,b,y\n1,2,3\n4,5,6\n"
	for _, c := range []struct{ text, target, task, message string }{
		{"", "y", regression, "the file is empty"},
		{"a,b,y\n", "y", regression, "no rows"},
		{head, "z", regression, `no target column "z"; the columns are "a", "b", "y"`},
		{head + "7,8\n", "y", regression, "line 4: 2 fields, but the header line has 3"},
		{head + "7,8,9,10\n", "y", regression, "line 4: 4 fields"},
		{head + "7,eight,9\n", "y", regression, `line 4, column "b"`},
		{head + "7,8,nine\n", "y", regression, `line 4, column "y"`},
		{head + "7,,9\n", "y", regression, `line 4, column "b"`},
		{"a,y\n1,cat\n2,cat\n3,cat\n4,dog\n", "y", classification,
			`the class "dog" has 1 sample; at least 2 are needed`},
		{"a,y\n1,cat\n2,cat\n", "y", classification, `all rows have the label "cat"`},
		{"a,y\n1,2\n", "y", regression, "training"},
		{"y\n1\n", "y", regression, "no column left"},
	} {
		path := writeCSV(t, c.text)
		requireError(t, statusFailed, []string{"train", "--data", path, "--target", c.target, "--task",
			c.task}, path, c.message)
	}
	missing := filepath.Join(t.TempDir(), "missing.csv")
	requireError(t, statusUsage, []string{"train", "--data", missing, "--target", "y", "--task",
		regression}, missing)
}

func TestTrainOnWhatIsNotFinite(t *testing.T) {
	path := writeCSV(t, "a,y\n"+strings.Repeat("1,2\n3,4\n", 10)+"nan,5\n")
	args := []string{"train", "--data", path, "--target", "y", "--task", "regression"}
	requireError(t, statusFailed, args, path+`: line 22, column "a": the value is missing ("nan")`)
	requireError(t, statusFailed, append(args, "--allow-nonfinite"), "diverged",
		"came from layer 1 (Dense 1 → 64, relu)")
}
