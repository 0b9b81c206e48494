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
		"--task", "regression", "--epochs", "3", "--shards", "4", "--save", model, "--plot", curves)
	if err != nil || !strings.Contains(stdout, "processes    2, 4 shards") {
		t.Fatalf("%v: %s%s", err, stdout, stderr)
	}
	if _, err := os.Stat(curves); err != nil {
		t.Error(err)
	}
	stdout, stderr, err = mpirun(1, nnbench, "verify", model)
	if err != nil || !strings.Contains(stdout, "verified: 3 epochs") {
		t.Errorf("%v: %s%s", err, stdout, stderr)
	}
}
