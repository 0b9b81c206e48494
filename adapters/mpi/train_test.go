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
	table, model := filepath.Join(folder, "table.csv"), filepath.Join(folder, "m.safetensors")
	curves := filepath.Join(folder, "curves.svg")
	text := "a,b,y\n" + strings.Repeat("1,2,3\n2,5,1\n4,1,2\n7,3,5\n", 20)
	if err := os.WriteFile(table, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, err := mpirun(2, nnbench, "train", "--data", table, "--target", "y", "--task",
		"regression", "--epochs", "3", "--shards", "4", "--save", model, "--plot", curves)
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
