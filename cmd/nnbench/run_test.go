package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/perf/benchfmt"

	"simdnn/internal/cli"
	"simdnn/tensor/asm"
)

// smallest matches one quick benchmark.
const smallest = "^Elementwise/add/size=256/dtype=f32"

// readResults reads Go's benchmark format and fails on a line that is not of it.
func readResults(t *testing.T, text string) []*benchfmt.Result {
	t.Helper()
	var results []*benchfmt.Result
	for r := benchfmt.NewReader(strings.NewReader(text), "results"); r.Scan(); {
		switch record := r.Result().(type) {
		case *benchfmt.Result:
			results = append(results, record.Clone())
		case *benchfmt.SyntaxError:
			t.Fatal(record)
		}
	}
	return results
}

func TestRunSavesWhatItPrints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results", "new.txt")
	out := requireDone(t, "run", "--bench", smallest, "--benchtime", "1ms", "--count", "2",
		"--revision", "abc123", "--save", path)
	saved, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, out, string(saved))
	results := readResults(t, out)
	require.Len(t, results, 2)
	for _, r := range results {
		require.True(t, strings.HasPrefix(string(r.Name),
			"Elementwise/add/size=256/dtype=f32/isa="+asm.Active().Name))
		require.Equal(t, asm.Active().Name, r.GetConfig("isa"))
		require.Equal(t, "abc123", r.GetConfig("revision"))
		for _, key := range []string{"goos", "goarch", "pkg", "cpu", "goversion"} {
			require.NotEmpty(t, r.GetConfig(key), key)
		}
		require.Positive(t, r.Iters)
		seconds, ok := r.Value("sec/op")
		require.True(t, ok)
		rate, ok := r.Value("GB/s")
		require.True(t, ok)
		require.InEpsilon(t, 3*4*256/(1e9*seconds), rate, 1e-3)
		allocations, ok := r.Value("allocs/op")
		require.True(t, ok)
		require.Zero(t, allocations)
	}
}

func TestRunLists(t *testing.T) {
	names := strings.Split(strings.TrimSpace(requireDone(t, "run", "--list", "--bench", "Step/")),
		"\n")
	require.NotEmpty(t, names)
	for _, name := range names {
		require.True(t, strings.HasPrefix(name, "Step/"), name)
	}
}

func TestRunWrongFlags(t *testing.T) {
	requireError(t, statusUsage, []string{"run", "--bench", "("}, "--bench: error parsing regexp")
	requireError(t, statusUsage, []string{"run", "--bench", "no such"},
		`no benchmark matches "no such"`)
	requireError(t, statusUsage, []string{"run", "--isa", "mmx"}, "--isa: ", `"mmx"`)
	requireError(t, statusUsage, []string{"run", "--count", "0"},
		"--count: 0 is not a positive number")
	requireError(t, statusUsage, []string{"run", "--benchtime", "-1s"},
		"--benchtime: -1s is not a positive time")
	requireError(t, statusFailed, []string{"run", "--save",
		filepath.Join(t.TempDir(), "no", "such", "file")}, "can't write ")
}

// interruptAfter cancels a context when a number of results have been written to it.
type interruptAfter struct {
	bytes.Buffer
	results int
	cancel  context.CancelFunc
}

func (w *interruptAfter) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if bytes.Count(w.Bytes(), []byte("\nBenchmark")) >= w.results {
		w.cancel()
	}
	return n, err
}

func TestInterruptedRunKeepsResults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new.txt")
	ctx, cancel := context.WithCancel(t.Context())
	out, stderr := &interruptAfter{results: 2, cancel: cancel}, new(bytes.Buffer)
	status := run(ctx, []string{"run", "--bench", smallest, "--benchtime", "1ms", "--count", "5",
		"--save", path}, out, stderr)
	require.Equal(t, statusUsage, status)
	require.Equal(t, "nnbench: interrupted: 2 of 5 results were measured\n", stderr.String())
	saved, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Len(t, readResults(t, string(saved)), 2)
}

func TestRunInterruptedAtOnceLeavesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new.txt")
	require.NoError(t, os.WriteFile(path, []byte("earlier\n"), 0o666))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, statusUsage, run(ctx, []string{"run", "--bench", smallest, "--save", path},
		new(bytes.Buffer), new(bytes.Buffer)))
	saved, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "earlier\n", string(saved))
}

// serve runs run --serve on requests and returns its output and status.
func serve(requests string, flags ...string) (status int, stdout, stderr string) {
	root := newRoot()
	root.SetIn(strings.NewReader(requests))
	var out, errors bytes.Buffer
	status = cli.Run(context.Background(), root, append([]string{"run", "--serve"}, flags...),
		&out, &errors)
	return status, out.String(), errors.String()
}

func TestServe(t *testing.T) {
	add := "Elementwise/add/size=256/dtype=f32/isa=" + asm.Active().Name
	step := "Step/" + strings.Split(requireDone(t, "run", "--list", "--bench", "Step/"),
		"\n")[0][len("Step/"):]
	status, out, stderr := serve(add+"\n"+add+"\n"+step+"\n", "--plant-allocation", step)
	require.Equal(t, statusDone, status, stderr)
	results := readResults(t, out)
	require.Len(t, results, 3)
	for i, allocations := range []float64{0, 0, 1} {
		got, ok := results[i].Value("allocs/op")
		require.True(t, ok)
		require.Equal(t, allocations, got)
		reference, ok := results[i].Value("ref-sec")
		require.True(t, ok)
		require.Positive(t, reference)
	}
	status, _, stderr = serve("Elementwise/none\n")
	require.Equal(t, statusUsage, status)
	require.Contains(t, stderr, `there is no benchmark "Elementwise/none"`)
}
