package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// buildArguments returns the arguments that build a test binary which equal code makes equal bytes.
func buildArguments(to, overlay, importPath string) []string {
	arguments := []string{"test", "-c", "-vet=off", "-ldflags=-s -w -buildid=", "-o", to}
	if overlay != "" {
		arguments = append(arguments, "-overlay", overlay)
	}
	return append(arguments, importPath)
}

func hash(path string) (sum [sha256.Size]byte, err error) {
	binary, err := os.ReadFile(path)
	return sha256.Sum256(binary), err
}

// try plants a mutant and returns what became of it, and by what it was found.
func (t *tester) try(m *mutant) (v verdict, by string, err error) {
	if m.index >= 0 && !t.sources.compiles(m) {
		return invalid, "", nil
	}
	by, miss, err := t.findTogether(m)
	if by != "" || err != nil {
		return found, by, err
	}
	folder, overlay, err := t.plant(m)
	if err != nil {
		return invalid, "", err
	}
	defer os.RemoveAll(folder)
	if m.index < 0 {
		return t.tryAssembly(m, folder, overlay)
	}
	v = unreached
	built, changed := false, false
	for _, p := range t.reaching(m) {
		if err := t.profile(p); err != nil {
			return invalid, "", err
		}
		parts, times := p.covering(m)
		if len(parts) == 0 || miss[p] && changed {
			continue
		}
		binary := filepath.Join(folder, "test")
		if _, err := goCommand(buildArguments(binary, overlay, p.ImportPath)...); err != nil {
			return invalid, "", nil
		}
		sum, err := hash(binary)
		if err != nil {
			return invalid, "", err
		}
		built = true
		if sum == p.sum {
			continue
		}
		changed, v = true, survived
		if miss[p] {
			continue
		}
		for i, names := range parts {
			if failure := t.runTests(binary, 0, p.Dir, limit(times[i]), names); failure != "" {
				return found, failure, nil
			}
		}
	}
	if built && !changed {
		return sameCode, "", nil
	}
	return v, "", nil
}

// plant writes the changed file and the overlay that puts it in place into a folder of their own.
func (t *tester) plant(m *mutant) (folder, overlay string, err error) {
	t.mu.Lock()
	t.count++
	folder = filepath.Join(t.folder, fmt.Sprint("mutant", t.count))
	t.mu.Unlock()
	if err := os.Mkdir(folder, 0o755); err != nil {
		return "", "", err
	}
	name := filepath.Base(m.file)
	changed := filepath.Join(folder, name)
	replace := map[string]string{filepath.Join(m.source.Dir, name): changed}
	if strings.HasSuffix(name, ".h") {
		if replace, err = overlayIncludes(m.source.Dir, name, m.changed(), folder); err != nil {
			return "", "", err
		}
	} else if err := os.WriteFile(changed, m.changed(), 0o644); err != nil {
		return "", "", err
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", "", err
	}
	overlay = filepath.Join(folder, "overlay.json")
	return folder, overlay, os.WriteFile(overlay, text, 0o644)
}

// tryAssembly tests a mutant of the assembly with the tests of its own package, which compare every
// kernel with its Go form: those for arm64 under qemu, none where AVX-512 is lacking.
func (t *tester) tryAssembly(m *mutant, folder, overlay string) (verdict, string, error) {
	arm := strings.Contains(m.file, "neon") || strings.HasSuffix(m.file, "_arm64.s")
	if arm && t.emulator == "" || strings.Contains(m.file, "avx512") && !t.avx512 {
		return invalid, "", nil
	}
	packages := t.reaching(m)
	if len(packages) == 0 || packages[0].ImportPath != m.source.ImportPath {
		return invalid, "", errors.New(m.source.ImportPath + " has no tests")
	}
	p := packages[0]
	if err := t.profile(p); err != nil {
		return invalid, "", err
	}
	binary := filepath.Join(folder, "test")
	build := exec.Command("go", buildArguments(binary, overlay, p.ImportPath)...)
	slow := time.Duration(1)
	if arm {
		slow = 20
		binary += ".arm64"
		build = exec.Command("go", buildArguments(binary, overlay, p.ImportPath)...)
		build.Env = append(os.Environ(), "GOARCH=arm64", "CGO_ENABLED=0")
	}
	if err := build.Run(); err != nil {
		return invalid, "", nil
	}
	if sum, err := hash(binary); err != nil || sum == p.sum {
		return sameCode, "", err
	}
	parts, times := p.covering(m)
	for i, names := range parts {
		if failure := t.runTests(binary, 0, p.Dir, limit(slow*times[i]), names); failure != "" {
			return found, failure, nil
		}
	}
	return survived, "", nil
}
