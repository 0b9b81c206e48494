package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// requirements holds the versions of the peers from PyPI, beside which the tables of docs/ stand.
const requirements = "python/requirements.txt"

// onnxRuntimeFiles is where ONNX Runtime's package keeps its library.
const onnxRuntimeFiles = "lib/python3*/site-packages/onnxruntime/capi/libonnxruntime.so.*"

// environmentFolder returns the virtual environment that setup makes, in the user's cache.
func environmentFolder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "simdnn", "peers"), nil
}

// setUp makes the virtual environment and installs the peers in it: about 7 GB, most of them
// libraries for GPUs that PyTorch's package asks for.
func setUp() error {
	folder, err := environmentFolder()
	if err != nil {
		return err
	}
	list, err := pythonFiles.ReadFile(requirements)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	file := filepath.Join(folder, "requirements.txt")
	if err := os.WriteFile(file, list, 0o644); err != nil {
		return err
	}
	for _, command := range [][]string{
		{"python3", "-m", "venv", folder},
		{filepath.Join(folder, "bin", "python"), "-m", "pip", "install", "-r", file},
	} {
		c := exec.Command(command[0], command[1:]...)
		c.Stdout, c.Stderr = os.Stderr, os.Stderr
		if err := c.Run(); err != nil {
			return fmt.Errorf("%v: %w", c, err)
		}
	}
	fmt.Fprintln(os.Stderr, "installed in", folder)
	return nil
}

// installed returns the files of a pattern in the virtual environment: none before setup.
func installed(pattern string) []string {
	folder, err := environmentFolder()
	if err != nil {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil {
		panic(errors.Join(errors.New("peers: the pattern "+pattern), err))
	}
	return files
}

// firstOf returns the first name, or "".
func firstOf(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// defaultPython returns the Python of the virtual environment, or before setup that of the system.
func defaultPython() string {
	if python := firstOf(installed("bin/python")); python != "" {
		return python
	}
	return "/usr/bin/python3"
}
