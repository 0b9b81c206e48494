package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReportOfASavedRun(t *testing.T) {
	const runs = "internal/report/testdata/"
	path := filepath.Join(t.TempDir(), "page.html")
	out := requireDone(t, "report", "--from", runs+"new.txt", "--compare", runs+"old.txt", "-o",
		path)
	require.Equal(t, path+": 82 benchmarks\n", out)
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, text := range []string{"<!DOCTYPE html>", "diabetes", "perceptron", "</html>"} {
		require.True(t, strings.Contains(string(page), text), text)
	}
}

func TestReportWrongFlags(t *testing.T) {
	folder := t.TempDir()
	empty, foreign := filepath.Join(folder, "empty.txt"), filepath.Join(folder, "foreign.txt")
	require.NoError(t, os.WriteFile(empty, nil, 0o666))
	require.NoError(t, os.WriteFile(foreign, []byte("BenchmarkX 1 5 ns/op\n"), 0o666))
	page := filepath.Join(folder, "page.html")
	for _, c := range []struct {
		status int
		args   []string
		text   string
	}{
		{statusUsage, []string{"--from", filepath.Join(folder, "none.txt")}, "--from: open "},
		{statusUsage, []string{"--from", empty}, "empty.txt: no benchmark results"},
		{statusUsage, []string{"--compare", empty}, "--compare: "},
		{statusUsage, []string{"--compare", foreign},
			"holds none of the benchmarks that report measures"},
		{statusUsage, []string{"--from", foreign, "--compare", "internal/report/testdata/old.txt"},
			"have no benchmark in common"},
		{statusUsage, []string{"--from", foreign, "--save", "x.txt"}, "--from measures nothing"},
		{statusUsage, []string{"--from", foreign, "--quick"}, "--from measures nothing"},
		{statusUsage, []string{"--data", folder}, "goes with --model FILE"},
		{statusFailed, []string{"-o", folder}, "it is a folder"},
		{statusUsage, []string{"now"}, "report takes no argument"},
	} {
		requireError(t, c.status, append([]string{"report", "-o", page}, c.args...), c.text)
	}
	for _, args := range [][]string{{"--model", foreign}, {"--model", "m", "--data", foreign}} {
		requireError(t, statusUsage, append([]string{"report", "-o", foreign}, args...),
			"and --output both name the file "+foreign)
	}
	require.NoFileExists(t, page)
	left, err := filepath.Glob(filepath.Join(folder, ".*"))
	require.NoError(t, err)
	require.Empty(t, left, "no temporary file is left behind")
}

func TestReportInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	folder := t.TempDir()
	var stderr bytes.Buffer
	page, results := filepath.Join(folder, "page.html"), filepath.Join(folder, "results.txt")
	status := run(ctx, []string{"report", "--quick", "-o", page, "--save", results}, io.Discard,
		&stderr)
	require.Equal(t, statusUsage, status)
	require.Contains(t, stderr.String(), "interrupted before the measurements were complete")
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, files)
}
