package mpi_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// program builds nnbench-mpi.
func program(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("mpirun"); err != nil {
		t.Skip("there is no mpirun")
	}
	name := filepath.Join(t.TempDir(), "nnbench-mpi")
	if out, err := exec.Command("go", "build", "-o", name, "./cmd/nnbench-mpi").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return name
}

// mpirun runs a program on some processes and returns what it prints, and on stderr.
func mpirun(processes int, args ...string) (stdout, stderr string, err error) {
	cmd := exec.Command("mpirun", append([]string{"--oversubscribe", "--bind-to", "none", "-np",
		strconv.Itoa(processes)}, args...)...)
	cmd.Env = append(os.Environ(), "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
		"OMPI_MCA_btl_vader_single_copy_mechanism=none") // which containers forbid
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// sum returns the sum of the parameters on the last line that a training has printed.
func sum(t *testing.T, stdout, stderr string, err error) string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	var last struct {
		Sum string `json:"params_sha256"`
	}
	if err == nil {
		err = json.Unmarshal([]byte(lines[len(lines)-1]), &last)
	}
	if err != nil || last.Sum == "" {
		t.Fatalf("%v\n%s\n%s", err, stdout, stderr)
	}
	return last.Sum
}

// TestProcessesDoNotShow trains on 1 to 3 processes, and on 3 from a checkpoint of 2.
func TestProcessesDoNotShow(t *testing.T) {
	nnbench := program(t)
	train := func(processes int, args ...string) string {
		t.Helper()
		stdout, stderr, err := mpirun(processes, append([]string{nnbench, "train", "digits", "--shards", "7",
			"--threads", "1", "--json"}, args...)...)
		return sum(t, stdout, stderr, err)
	}
	want := train(1, "--epochs", "3")
	for processes := 2; processes <= 3; processes++ {
		if got := train(processes, "--epochs", "3"); got != want {
			t.Errorf("%d processes: %s, one: %s", processes, got, want)
		}
	}
	folder := t.TempDir()
	train(2, "--epochs", "2", "--checkpoint", folder)
	if got := train(3, "--epochs", "3", "--checkpoint", folder, "--resume"); got != want {
		t.Errorf("resumed: %s, at once: %s", got, want)
	}
}

// TestOneErrorEndsAll checks what a process says that another one's settings keep from training.
func TestOneErrorEndsAll(t *testing.T) {
	nnbench := program(t)
	_, stderr, err := mpirun(1, nnbench, "train", "digits", "--shards", "4", "--epochs", "1", ":",
		"-np", "1", nnbench, "train", "digits", "--shards", "4", "--epochs", "1", "--seed", "2")
	if err == nil || strings.Count(stderr, `seed: it has "1", this training has "2"`) != 2 {
		t.Errorf("%v: %s", err, stderr)
	}
}
