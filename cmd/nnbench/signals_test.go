//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestClosedOutputLeavesNothingBehind closes the pipe that a run prints to, as head does.
func TestClosedOutputLeavesNothingBehind(t *testing.T) {
	folder := t.TempDir()
	p := &process{Cmd: exec.Command(os.Args[0], "train", "diabetes", "--json", "--epochs",
		"10000000", "--save", filepath.Join(folder, "model.safetensors"))}
	p.Env = append(os.Environ(), asCommand+"=1")
	p.Stderr = &p.stderr
	stdout, err := p.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.Start())
	_, err = stdout.Read(make([]byte, 1))
	require.NoError(t, err)
	require.NoError(t, stdout.Close())
	require.Error(t, p.Wait())
	require.Equal(t, statusFailed, p.ProcessState.ExitCode(), "it was not killed")
	require.Empty(t, p.stderr.String(), "nobody is there to be told")
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)
}

// TestIgnoredSignalsStayIgnored trains as a shell does in the background, and as nohup does.
func TestIgnoredSignalsStayIgnored(t *testing.T) {
	p := start(t, exec.Command("sh", "-c", `trap "" INT HUP; exec "$@"`, "sh", os.Args[0],
		"train", "diabetes", "--json", "--epochs", "10000000"))
	first := p.epoch(t)
	require.NoError(t, p.Process.Signal(os.Interrupt))
	require.NoError(t, p.Process.Signal(syscall.SIGHUP))
	for p.epoch(t) < first+5000 {
	}
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	p.rest()
	require.Error(t, p.Wait())
	require.Contains(t, p.stderr.String(), "interrupted after ")
}

// TestWaitingForInputCanBeInterrupted asks programs to end that wait for the rest of a header.
func TestWaitingForInputCanBeInterrupted(t *testing.T) {
	table := writeCSV(t, "a,y\n"+strings.Repeat("1,2\n3,4\n", 10))
	model := savedModel(t, table, "y", "regression")
	for _, args := range [][]string{
		{"predict", "--model", model, "--data", "-"},
		{"train", "--data", "/dev/stdin", "--target", "y", "--task", "regression"},
	} {
		cmd := exec.Command(os.Args[0], args...)
		cmd.Env = append(os.Environ(), asCommand+"=1")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		stdin, err := cmd.StdinPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		// more than a pipe holds, so that it is reading when this returns
		_, err = stdin.Write(bytes.Repeat([]byte("a"), 1<<20))
		require.NoError(t, err)
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		require.Error(t, cmd.Wait())
		require.Equal(t, statusFailed, cmd.ProcessState.ExitCode(), "%s", args[0])
		require.Equal(t, "nnbench: interrupted\n", stderr.String())
	}
}
