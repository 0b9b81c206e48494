package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// xsmmLimit is the number of multiply-adds up to which LIBXSMM is asked for a kernel: it unrolls
// one kernel for the whole product and leaves the blocking of larger ones to its caller.
const xsmmLimit = 128 * 128 * 128

// xsmmArchives are what Debian has of LIBXSMM: archives, of position-independent code.
var xsmmArchives = []string{"/usr/lib/libxsmm.a", "/usr/lib/libxsmmnoblas.a"}

// buildXSMM links Debian's archives of LIBXSMM into a shared library in the user's cache, unless
// that was done before, and returns its file.
func buildXSMM() (string, error) {
	archive, err := os.Stat(xsmmArchives[0])
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "simdnn-peers")
	file := filepath.Join(folder, "libxsmm.so")
	if made, err := os.Stat(file); err == nil && made.ModTime().After(archive.ModTime()) {
		return file, nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	args := append([]string{"-shared", "-o", file, "-Wl,--whole-archive"}, xsmmArchives...)
	args = append(args, "-Wl,--no-whole-archive", "-lpthread", "-ldl", "-lm")
	if out, err := exec.Command("cc", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("linking %s: %w: %s", file, err, out)
	}
	return file, nil
}
