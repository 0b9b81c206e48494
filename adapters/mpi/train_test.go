package mpi_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFirstProcessWrites trains on a table with two processes, of which the first one saves and
// draws, to the bits that one process with as many shards verifies.
func TestFirstProcessWrites(t *testing.T) {
	nnbench, folder := program(t), t.TempDir()
	model, curves := filepath.Join(folder, "m.safetensors"), filepath.Join(folder, "curves.svg")
	stdout, stderr, err := mpirun(2, nnbench, "train", "--data", table(t, folder), "--target", "y",
		"--task", "regression", "--epochs", "3", "--shards", "4", "--save", model, "--plot", curves,
		"--messages")
	if err != nil || !strings.Contains(stdout, "processes    2, 4 shards") {
		t.Fatalf("%v: %s%s", err, stdout, stderr)
	}
	if _, err := os.Stat(curves); err != nil {
		t.Error(err)
	}
	saved, err := os.ReadFile(model) // nnbench verifies it too, which knows no --messages
	if err != nil || strings.Contains(string(saved), "--messages") ||
		!strings.Contains(string(saved), "--shards=4") {
		t.Errorf("%v, or the manifest has flags of processes", err)
	}
	stdout, stderr, err = mpirun(1, nnbench, "verify", model)
	if err != nil || !strings.Contains(stdout, "verified: 3 epochs") {
		t.Errorf("%v: %s%s", err, stdout, stderr)
	}
}

// TestHandOut trains on data that the first process alone has, in a file and in a folder, to the
// bits of one process, and leaves no copies; what isn't there is said on each of the processes.
func TestHandOut(t *testing.T) {
	nnbench, folder, elsewhere, temporary := program(t), t.TempDir(), t.TempDir(), t.TempDir()
	table(t, folder)
	values := "v\n" + strings.Repeat("1\n4\n2\n7\n5\n", 30)
	if err := os.WriteFile(filepath.Join(folder, "series.csv"), []byte(values), 0o666); err != nil {
		t.Fatal(err)
	}
	train := func(args ...string) (stdout, stderr string, err error) {
		args = append([]string{nnbench, "train"}, args...)
		all := append([]string{"-wdir", folder}, args...)
		all = append(all, ":", "-np", "1", "-wdir", elsewhere, "-x", "TMPDIR="+temporary)
		return mpirun(1, append(all, args...)...)
	}
	for _, data := range [][]string{
		{"--data", "table.csv", "--target", "y", "--task", "regression"},
		{"series", "series.csv", "--target", "v", "--window", "3"},
	} {
		args := append(data, "--epochs", "2", "--shards", "2", "--threads", "1", "--json",
			"--hand-out")
		stdout, stderr, err := mpirun(1,
			append([]string{"-wdir", folder, nnbench, "train"}, args...)...)
		want := sum(t, stdout, stderr, err)
		stdout, stderr, err = train(args...)
		if got := sum(t, stdout, stderr, err); got != want {
			t.Errorf("%v: handed out: %s, read: %s", data, got, want)
		}
	}
	_, stderr, err := train("--data", "none.csv", "--target", "y", "--task", "regression",
		"--hand-out")
	if err == nil || strings.Count(stderr, "none.csv: no such file") != 2 {
		t.Errorf("%v: %s", err, stderr)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("%v, and what is left are %v", err, left)
	}
}
