package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// smallDisk mounts a file system of so many bytes in a folder and returns the folder.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	folder := t.TempDir()
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a file system can't be mounted here: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, unix.Unmount(folder, 0)) })
	return folder
}

// fillDisk writes a file that leaves no room and returns its path.
func fillDisk(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join(folder, "filler")
	file, err := os.Create(path)
	require.NoError(t, err)
	defer file.Close()
	for _, size := range []int{4096, 1} {
		for block := make([]byte, size); err == nil; {
			_, err = file.Write(block)
		}
		require.ErrorIs(t, err, unix.ENOSPC)
		err = nil
	}
	return path
}

// requireOnly fails unless the folder holds just these files.
func requireOnly(t *testing.T, folder string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	require.Equal(t, names, got)
}

// TestFullDisk trains where the disk is full: what was there before stays, and with room again the
// training goes on from it.
func TestFullDisk(t *testing.T) {
	folder := smallDisk(t, "256k")
	model := filepath.Join(folder, "model.safetensors")
	args := []string{"train", "diabetes", "--json", "--checkpoint", folder, "--resume", "--save",
		model, "--epochs"}
	requireDone(t, append(args, "2")...)
	before, err := os.ReadFile(model)
	require.NoError(t, err)

	filler := fillDisk(t, folder)
	checkpoint := filepath.Join(folder, "checkpoint.safetensors")
	requireError(t, statusFailed, append(args, "4"),
		"checkpoint: can't write "+checkpoint+": no space left on device")
	requireError(t, statusFailed, []string{"train", "diabetes", "--epochs", "1", "--save", model},
		"can't write "+model+": no space left on device")
	requireOnly(t, folder, "checkpoint.safetensors", "filler", "model.safetensors")
	after, err := os.ReadFile(model)
	require.NoError(t, err)
	require.Equal(t, before, after)

	require.NoError(t, os.Remove(filler))
	resumed := last(t, requireDone(t, append(args, "4")...))
	require.EqualValues(t, 2, resumed["resumed_epochs"])
	require.Equal(t, last(t, requireDone(t, "train", "diabetes", "--json", "--epochs",
		"4"))["params_sha256"], resumed["params_sha256"])
}

// TestReadOnlyDisk trains where nothing can be written: an error before the training, and nothing
// is lost.
func TestReadOnlyDisk(t *testing.T) {
	folder := smallDisk(t, "256k")
	model := filepath.Join(folder, "model.safetensors")
	args := []string{"train", "diabetes", "--json", "--checkpoint", folder, "--resume", "--epochs"}
	requireDone(t, append(args, "2", "--save", model)...)
	require.NoError(t, unix.Mount("", folder, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	requireError(t, statusFailed, []string{"train", "diabetes", "--save", model},
		"can't write "+model+": read-only file system")
	requireError(t, statusFailed, append(args, "3"), "checkpoint: can't write ",
		": read-only file system")
	requireError(t, statusFailed, []string{"train", "diabetes", "--checkpoint",
		filepath.Join(folder, "new")}, "read-only file system")
	requireDone(t, append(args, "2")...) // nothing is left to be written
	requireDone(t, "predict", "--model", model, "--data",
		writeCSV(t, "age,sex,bmi,bp,s1,s2,s3,s4,s5,s6\n1,2,3,4,5,6,7,8,9,10\n"))
}
