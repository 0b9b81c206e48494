//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	ossignal "os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var kills = flag.Int("kills", 5, "how often TestKilledTrainingGoesOn kills a run")

// process is a training run in a process of its own.
type process struct {
	*exec.Cmd
	lines  *bufio.Scanner
	stderr bytes.Buffer
}

// startTraining starts a run that would take very long.
func startTraining(t *testing.T, flags ...string) *process {
	t.Helper()
	return start(t, exec.Command(os.Args[0],
		append([]string{"train", "diabetes", "--json", "--epochs", "10000000"}, flags...)...))
}

// start starts a command that is a run.
func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{Cmd: cmd}
	p.Env = append(os.Environ(), asCommand+"=1")
	p.Stderr = &p.stderr
	stdout, err := p.StdoutPipe()
	require.NoError(t, err)
	p.lines = bufio.NewScanner(stdout)
	require.NoError(t, p.Start())
	return p
}

// epoch waits for the next epoch and returns its number.
func (p *process) epoch(t *testing.T) int {
	t.Helper()
	require.True(t, p.lines.Scan(), "the run ended: %s", &p.stderr)
	var line struct{ Epoch *int }
	require.NoError(t, json.Unmarshal(p.lines.Bytes(), &line))
	require.NotNil(t, line.Epoch, "%s", p.lines.Bytes())
	return *line.Epoch
}

// rest reads what the process still prints and returns the last line.
func (p *process) rest() string {
	text := ""
	for p.lines.Scan() {
		text = p.lines.Text()
	}
	return text
}

// requireResumable resumes a run for a few epochs more than it has reached, and compares with one
// that never stopped.
func requireResumable(t *testing.T, folder string, reached int) {
	t.Helper()
	args := []string{"train", "diabetes", "--json", "--epochs", fmt.Sprint(reached + 3)}
	resumed := last(t, requireDone(t, append(args, "--checkpoint", folder, "--resume")...))
	require.Positive(t, resumed["resumed_epochs"])
	require.Equal(t, last(t, requireDone(t, args...))["params_sha256"], resumed["params_sha256"])
}

// TestSignalsEndTrainingCleanly sends the signals that ask a program to end.
func TestSignalsEndTrainingCleanly(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if ossignal.Ignored(signal) { // as of nohup, which processes hand on
			continue
		}
		folder := filepath.Join(t.TempDir(), "checkpoint")
		// writes it every 100,000 epochs, or when it ends
		p := startTraining(t, "--checkpoint", folder)
		for p.epoch(t) < 3 {
		}
		require.NoError(t, p.Process.Signal(signal))
		var o struct {
			Done   bool
			Epochs int
		}
		require.NoError(t, json.Unmarshal([]byte(p.rest()), &o))
		require.Error(t, p.Wait())
		require.Equal(t, statusFailed, p.ProcessState.ExitCode(), "%s", signal)
		require.False(t, o.Done)
		require.Equal(t, fmt.Sprintf("nnbench: interrupted after %d epochs, which %s keeps: go "+
			"on with --resume\n", o.Epochs, folder), p.stderr.String())
		if o.Epochs < 20_000 {
			requireResumable(t, folder, o.Epochs)
		}
	}
}

// TestKilledTrainingGoesOn kills a run that writes a checkpoint each epoch at random moments: it
// always goes on from the checkpoint before or the new one, and ends as if nothing had happened.
func TestKilledTrainingGoesOn(t *testing.T) {
	folder := t.TempDir()
	reached := 0
	for i := range *kills {
		p := startTraining(t, "--checkpoint", folder, "--checkpoint-every", "1", "--resume")
		first := p.epoch(t)
		require.Contains(t, []int{reached, reached + 1}, first, "kill %d: an epoch was lost", i)
		pause := time.NewTimer(time.Duration(rand.IntN(40)) * time.Millisecond)
		killed := make(chan error, 1)
		go func() { <-pause.C; killed <- p.Process.Kill() }()
		reached = first
		for p.lines.Scan() {
			reached++
		}
		require.NoError(t, <-killed)
		require.Error(t, p.Wait())
		require.Empty(t, p.stderr.String())
	}
	requireResumable(t, folder, reached)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, left, 1, "what killed processes left behind is removed")
}

// TestSecondRunIsRefused starts a second run on a folder that a first one has, and again when that
// was killed.
func TestSecondRunIsRefused(t *testing.T) {
	folder := t.TempDir()
	first := startTraining(t, "--checkpoint", folder, "--checkpoint-every", "1")
	t.Cleanup(func() { _ = first.Process.Kill() })
	for first.epoch(t) < 2 {
	}
	status, stdout, stderr := execute("train", "diabetes", "--json", "--epochs", "9",
		"--checkpoint", folder, "--resume")
	require.Equal(t, statusFailed, status)
	require.Empty(t, stdout)
	require.Regexp(t, fmt.Sprintf(`^nnbench: checkpoint: %s is in use by process %d on host `+
		`\S+ since [-0-9]+ [:0-9]+; wait until that run ends, or choose another folder\n$`,
		regexp.QuoteMeta(folder), first.Process.Pid), stderr)
	require.NoError(t, first.Process.Kill())
	reached := 3
	for first.lines.Scan() {
		reached++
	}
	require.Error(t, first.Wait())
	require.FileExists(t, filepath.Join(folder, "checkpoint.lock"), "it is nobody's")
	requireResumable(t, folder, reached)
	require.NoFileExists(t, filepath.Join(folder, "checkpoint.lock"))
}
