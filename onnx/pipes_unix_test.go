//go:build unix

package onnx_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"simdnn/onnx"
)

// TestPipesAreNotWaitedFor opens pipes into which nobody writes.
func TestPipesAreNotWaitedFor(t *testing.T) {
	folder := t.TempDir()
	pipe := filepath.Join(folder, "w")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	_, err := onnx.Open(pipe, onnx.Options{})
	require.ErrorContains(t, err, "is not a regular file")
	path := filepath.Join(folder, "m.onnx")
	model := modelOf(withTensors(away(tensorOf("w", onnx.Float, 1), "location", "w")))
	require.NoError(t, os.WriteFile(path, model, 0o600))
	_, err = onnx.Open(path, onnx.Options{})
	require.ErrorContains(t, err, "w is not a regular file")
}
