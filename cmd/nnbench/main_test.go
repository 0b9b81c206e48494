package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// asCommand, set in the environment, makes the test binary run the command instead of the tests.
const asCommand = "NNBENCH_TEST_AS_COMMAND"

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

// requireDone runs a command line that must succeed without a word on stderr, and returns its output.
func requireDone(t *testing.T, args ...string) string {
	t.Helper()
	status, stdout, stderr := execute(args...)
	require.Empty(t, stderr)
	require.Equal(t, statusDone, status)
	return stdout
}

// requireError runs a command line that must end with the status and one line on stderr that holds all the texts.
func requireError(t *testing.T, status int, args []string, texts ...string) {
	t.Helper()
	got, _, stderr := execute(args...)
	require.Equal(t, status, got, "%s: %s", args, stderr)
	require.Equal(t, 1, strings.Count(stderr, "\n"), "one line: %q", stderr)
	require.True(t, strings.HasPrefix(stderr, "nnbench: ") && strings.HasSuffix(stderr, "\n"), stderr)
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
	for _, command := range []string{"info", "train", "predict", "step", "kernels", "compare", "guard"} {
		out := requireDone(t, command, "--help")
		require.Contains(t, out, "Examples:\n  nnbench "+command)
		require.Contains(t, out, "--json")
	}
	require.Contains(t, requireDone(t), "Available Commands")
	require.Equal(t, requireDone(t), requireDone(t, "--help"))
}

func TestWrongCommands(t *testing.T) {
	requireError(t, statusUsage, []string{"bake"}, `unknown command "bake"; known: compare, explain, guard, info, kernels, predict, report, run, step, train`)
	requireError(t, statusUsage, []string{"info", "now"}, "info takes no argument")
	requireError(t, statusUsage, []string{"info", "--colour"}, "unknown flag: --colour")
	requireError(t, statusUsage, []string{"step", "--batch", "many"}, `invalid argument "many"`)
}

// TestUnknownISA runs the command in a process of its own: the ISA is chosen before main starts.
func TestUnknownISA(t *testing.T) {
	cmd := exec.Command(os.Args[0], "info")
	cmd.Env = append(os.Environ(), asCommand+"=1", "SIMDNN_ISA=mmx")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.Error(t, cmd.Run())
	require.Equal(t, statusUsage, cmd.ProcessState.ExitCode())
	require.Equal(t, 1, strings.Count(stderr.String(), "\n"))
	require.Contains(t, stderr.String(), `SIMDNN_ISA: unknown ISA "mmx"; known: reference, generic, avx2, avx512, neon`)
}

// TestCommand runs the program as it is installed: the exit status and the streams are those of the process.
func TestCommand(t *testing.T) {
	cmd := exec.Command(os.Args[0], "train", "diabetes", "--epochs", "0")
	cmd.Env = append(os.Environ(), asCommand+"=1")
	out, err := cmd.Output()
	require.Error(t, err)
	require.Equal(t, statusUsage, cmd.ProcessState.ExitCode())
	require.Empty(t, out)
}
