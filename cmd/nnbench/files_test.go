package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"simdnn/internal/cli"

	"github.com/stretchr/testify/require"
)

// TestFilesThatOverwriteOneAnother names one file twice: nothing is trained, nothing is written.
func TestFilesThatOverwriteOneAnother(t *testing.T) {
	const text = "a,y\n1,2\n3,4\n"
	table := writeCSV(t, text)
	folder := filepath.Dir(table)
	train := trainTable(table, "y", "regression")
	refuse := func(message string, args ...string) {
		t.Helper()
		requireError(t, statusUsage, args, message)
		content, err := os.ReadFile(table)
		require.NoError(t, err)
		require.Equal(t, text, string(content))
	}
	refuse("--save and --data both name the file "+table, append(train, "--save", table)...)
	link := filepath.Join(folder, "link.svg")
	if os.Symlink(table, link) == nil {
		refuse("--plot and --data both name the file", append(train, "--plot", link)...)
	}
	svg := filepath.Join(folder, "x.svg")
	refuse("--plot and --arch both name the file", "train", "diabetes", "--plot", svg, "--arch",
		filepath.Join(folder, ".", "x.svg"))
	refuse("--save and --checkpoint both name the file", "train", "diabetes", "--checkpoint",
		folder, "--save", filepath.Join(folder, "checkpoint.safetensors"))
	refuse("--compare and --output both name the file", "report", "--compare", table, "-o", table)
	requireDone(t, "train", "diabetes", "--epochs", "1", "--save", os.DevNull, "--checkpoint",
		filepath.Join(folder, "kept"))
}

// TestTrainFromStandardInput trains on a table that comes through a pipe.
func TestTrainFromStandardInput(t *testing.T) {
	text := "a,y\n" + strings.Repeat("1,2\n3,4\n", 10)
	train := func(text string, args ...string) (status int, stdout, stderr string) {
		var out, errors bytes.Buffer
		root := newRoot()
		root.SetIn(strings.NewReader(text))
		status = cli.Run(context.Background(), root, append(args, "--json"), &out, &errors)
		return status, out.String(), errors.String()
	}
	status, stdout, stderr := train(text, trainTable("-", "y", "regression")...)
	require.Equal(t, statusDone, status, stderr)
	want := requireDone(t, append(trainTable(writeCSV(t, text), "y", "regression"), "--json")...)
	require.Equal(t, last(t, want)["params_sha256"], last(t, stdout)["params_sha256"])
	status, _, stderr = train(text+"x,4\n", trainTable("-", "y", "regression")...)
	require.Equal(t, statusFailed, status)
	require.Contains(t, stderr, `nnbench: -: line 22, column "a": "x" is not a number`)
}
