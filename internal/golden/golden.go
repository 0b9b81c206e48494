// Package golden reads what other programs computed, for tests to compare with: the files under
// testdata/golden.
package golden

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// file is what stands in a golden file beside its cases: the SHA-256 of the script that wrote it,
// and the programs' versions.
type file[C any] struct {
	Script   string
	Versions map[string]string
	Cases    []C
}

// Read returns the cases of a file such as "nn/layers.json". A file fails the test unless it was
// written by the script make.py beside it as that stands now: after a change of the script all its
// files must be written anew.
func Read[C any](t testing.TB, name string) []C {
	t.Helper()
	path, err := find(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := read[C](path)
	if err != nil {
		t.Fatal(err)
	}
	return f.Cases
}

// find returns the path of a golden file from the folder of the package under test.
func find(name string) (string, error) {
	for up := "."; ; up = filepath.Join("..", up) {
		path := filepath.Join(up, "testdata", "golden", filepath.FromSlash(name))
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		if folder, err := filepath.Abs(up); err != nil || folder == filepath.Dir(folder) {
			return "", fmt.Errorf("no file testdata/golden/%s in this folder or one above it", name)
		}
	}
}

// read reads a golden file and checks that it is not stale.
func read[C any](path string) (*file[C], error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var f file[C]
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	script := filepath.Join(filepath.Dir(path), "make.py")
	source, err := os.ReadFile(script)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(source)
	switch {
	case f.Script != hex.EncodeToString(sum[:]):
		return nil, fmt.Errorf("%s is stale: %s has changed since it wrote it; run it again", path,
			script)
	case len(f.Versions) == 0:
		return nil, fmt.Errorf("%s does not say which versions of which programs it is from", path)
	case len(f.Cases) == 0:
		return nil, fmt.Errorf("%s has no cases", path)
	}
	return &f, nil
}
