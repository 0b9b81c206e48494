package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// results writes six results of a benchmark that takes about the given time and returns the file's
// path.
func results(t *testing.T, name, ns string) string {
	t.Helper()
	var text strings.Builder
	for _, digit := range "123456" {
		text.WriteString("BenchmarkA 10 " + ns + "." + string(digit) + " ns/op\n")
	}
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o666))
	return path
}

func TestCompareFindsRegressions(t *testing.T) {
	before, after := results(t, "old.txt", "100"), results(t, "new.txt", "110")
	status, stdout, stderr := execute("compare", before, after)
	require.Equal(t, statusFailed, status)
	require.Contains(t, stdout, "+9.97% (p=0.002 n=6)")
	require.Equal(t, "nnbench: regressions beyond 5 %: 1; the first: A by +10.0 % sec/op\n", stderr)
	require.Contains(t, requireDone(t, "compare", before, after, "--threshold", "10"), "+9.97%")
	require.Contains(t, requireDone(t, "compare", after, before), "-9.06%")

	status, stdout, _ = execute("compare", before, after, "--markdown")
	require.Equal(t, statusFailed, status)
	require.Contains(t, stdout, "| A | 100.4n ± 0% | 110.3n ± 0% | +9.97% | (p=0.002 n=6) |\n")

	line := jsonLines(t, requireDone(t, "compare", after, before, "--json"))[0]
	requireKeys(t, line, "benchmark unit old new delta p old_n new_n verdict")
	require.Equal(t, []any{"A", "sec/op", 6.0, 6.0, "better"},
		[]any{line["benchmark"], line["unit"], line["old_n"], line["new_n"], line["verdict"]})
	require.InDelta(t, 100.35/110.35-1, line["delta"], 1e-12)
}

func TestCompareRefuses(t *testing.T) {
	file := results(t, "old.txt", "100")
	requireError(t, statusUsage, []string{"compare", file}, "takes two files, OLD and NEW; got 1")
	requireError(t, statusUsage, []string{"compare", file, file, "--threshold", "-1"},
		"--threshold: -1 is not a percentage")
	requireError(t, statusUsage, []string{"compare", file, file, "--json", "--markdown"},
		"JSON or Markdown, not both")
	requireError(t, statusUsage, []string{"compare", file, file + ".none"}, file+".none")
	requireError(t, statusUsage, []string{"compare", file, "compare_test.go"},
		"compare_test.go holds no results")
}

func TestCompareHelpNamesTheExactP(t *testing.T) {
	require.Contains(t, requireDone(t, "compare", "--help"), "different numbers of runs")
}
