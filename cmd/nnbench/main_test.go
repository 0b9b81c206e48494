package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"simdnn/internal/cli"

	"github.com/stretchr/testify/require"
)

// asCommand, set in the environment, makes the test binary run the command instead of the tests.
const asCommand = "NNBENCH_TEST_AS_COMMAND"

// Exit statuses.
const (
	statusDone   = cli.StatusDone
	statusFailed = cli.StatusFailed
	statusUsage  = cli.StatusUsage
)

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// execute runs a command line in this process.
func execute(args ...string) (status int, stdout, stderr string) {
	var out, errors bytes.Buffer
	status = run(context.Background(), args, &out, &errors)
	return status, out.String(), errors.String()
}

// requireDone runs a command line that must succeed without a word on stderr, and returns its
// output.
func requireDone(t *testing.T, args ...string) string {
	t.Helper()
	status, stdout, stderr := execute(args...)
	require.Empty(t, stderr)
	require.Equal(t, statusDone, status)
	return stdout
}

// requireError runs a command line that must end with the status and one line on stderr that holds
// all the texts.
func requireError(t *testing.T, status int, args []string, texts ...string) {
	t.Helper()
	got, _, stderr := execute(args...)
	require.Equal(t, status, got, "%s: %s", args, stderr)
	require.Equal(t, 1, strings.Count(stderr, "\n"), "one line: %q", stderr)
	require.True(t, strings.HasPrefix(stderr, "nnbench: ") && strings.HasSuffix(stderr, "\n"),
		stderr)
	for _, text := range texts {
		require.Contains(t, stderr, text)
	}
}

// jsonLines decodes JSON Lines.
func jsonLines(t *testing.T, text string) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for line := range strings.Lines(text) {
		var object map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &object), line)
		lines = append(lines, object)
	}
	return lines
}

// requireKeys fails unless an object has exactly the keys, given as one text with spaces between.
func requireKeys(t *testing.T, object map[string]any, keys string) {
	t.Helper()
	var got []string
	for key := range object {
		got = append(got, key)
	}
	require.ElementsMatch(t, strings.Fields(keys), got)
}

func TestHelp(t *testing.T) {
	for _, command := range []string{"info", "train", "predict", "step", "kernels", "compare",
		"guard", "graph"} {
		out := requireDone(t, command, "--help")
		require.Contains(t, out, "Examples:\n  nnbench "+command)
		require.Contains(t, out, "--json")
	}
	require.Contains(t, requireDone(t), "Available Commands")
	require.Equal(t, requireDone(t), requireDone(t, "--help"))
}

func TestWrongCommands(t *testing.T) {
	requireError(t, statusUsage, []string{"bake"},
		`unknown command "bake"; known: compare, diff, explain, export, graph, guard, info, kernels, `+
			"onnx, predict, quantize, report, run, step, train, trees, verify")
	requireError(t, statusUsage, []string{"info", "now"}, "info takes no argument")
	requireError(t, statusUsage, []string{"info", "--colour"},
		"unknown flag: --colour; nnbench info --help lists those there are")
	requireError(t, statusUsage, []string{"step", "--batch", "many"},
		`--batch: "many" is not a whole number up to `)
	requireError(t, statusUsage, []string{"step", "--batch"},
		"--batch needs a value; nnbench step --help says which")
	requireError(t, statusUsage, []string{"step", "--batch", "9223372036854775808"},
		`--batch: "9223372036854775808" is not a whole number up to 9223372036854775807`)
	requireError(t, statusUsage, []string{"run", "--benchtime", "1"},
		`--benchtime: "1" is not a time, such as 300ms or 2s`)
	requireError(t, statusUsage, []string{"kernels", "--n", "1,x"},
		`--n: "1,x" is not a list of whole numbers, such as 16,256`)
}

// runWith runs the command in a process of its own with one more environment variable.
func runWith(variable string, args ...string) (status int, stdout, stderr string) {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asCommand+"=1", variable)
	var out, errors bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errors
	_ = cmd.Run() // the status says it
	return cmd.ProcessState.ExitCode(), out.String(), errors.String()
}

// TestEnvironment checks what a program does that is told what it can't do: the ISA is chosen, and
// the cache sizes are read, before main starts.
func TestEnvironment(t *testing.T) {
	for variable, message := range map[string]string{
		"SIMDNN_ISA=mmx":            `SIMDNN_ISA: unknown ISA "mmx"; known: reference, generic, avx2, avx512, neon`,
		"SIMDNN_CACHE=big":          `SIMDNN_CACHE: "big" is not of the form L1,L2,L3, such as 48K,2M,105M`,
		"SIMDNN_CACHE=32K,-1,0":     `SIMDNN_CACHE: size "-1" of L2 is not one from 0 to 64G, such as 48K or 2M`,
		"SIMDNN_CACHE=1,2,3":        `SIMDNN_CACHE: 1,2,3 are not sizes of caches in bytes, which ascend from`,
		"SIMDNN_CACHE=2M,48K,0":     `SIMDNN_CACHE: 2M,48K,0 are not sizes of caches in bytes`,
		"SIMDNN_CACHE=32K,1M,1M,1M": `SIMDNN_CACHE: "32K,1M,1M,1M" is not of the form L1,L2,L3`,
	} {
		status, stdout, stderr := runWith(variable, "info")
		require.Equal(t, statusUsage, status, variable)
		require.Empty(t, stdout)
		require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
		require.Contains(t, stderr, message)
	}
	status, stdout, _ := runWith("SIMDNN_CACHE=64K,16M,0", "info", "--json")
	require.Zero(t, status)
	info := jsonLines(t, stdout)[0]
	require.Equal(t, []any{65536.0, 16777216.0, 0.0, "SIMDNN_CACHE"},
		[]any{info["l1_bytes"], info["l2_bytes"], info["l3_bytes"], info["caches_from"]})
	require.EqualValues(t, 8<<20, info["tuning_f32"].(map[string]any)["MCBytes"])
}

// TestCommand runs the program as it is installed: the exit status and the streams are those of the
// process.
func TestCommand(t *testing.T) {
	cmd := exec.Command(os.Args[0], "train", "diabetes", "--epochs", "0")
	cmd.Env = append(os.Environ(), asCommand+"=1")
	out, err := cmd.Output()
	require.Error(t, err)
	require.Equal(t, statusUsage, cmd.ProcessState.ExitCode())
	require.Empty(t, out)
}

// fullDisk takes nothing.
type fullDisk struct{ io.Writer }

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// TestHelpThatCannotBeWritten asks for help in every way.
func TestHelpThatCannotBeWritten(t *testing.T) {
	for _, args := range [][]string{{}, {"--help"}, {"train", "-h"}, {"help", "predict"}} {
		var stderr bytes.Buffer
		require.Equal(t, statusFailed, run(context.Background(), args, fullDisk{}, &stderr))
		require.Equal(t, "nnbench: no space left on device\n", stderr.String())
		require.Contains(t, requireDone(t, args...), "Usage:")
	}
}
