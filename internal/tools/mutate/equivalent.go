package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// equivalents are the mutants judged to compute what the sources compute: their keys with reasons.
type equivalents map[string]string

// readEquivalent reads the list: a mutant's key on a line of its own, then its reason, indented.
// Empty lines and those that begin with # are comments.
func readEquivalent(path string) (equivalents, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return equivalents{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	all := equivalents{}
	key := ""
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		switch text := strings.TrimSpace(line); {
		case text == "" || text[0] == '#':
		case line[0] != '\t' && key != "":
			return nil, fmt.Errorf("%s:%d: %q has no reason on the next line", path, n, key)
		case line[0] != '\t':
			if _, ok := all[text]; ok {
				return nil, fmt.Errorf("%s:%d: %q stands there twice", path, n, text)
			}
			key = text
		case key == "":
			return nil, fmt.Errorf("%s:%d: a reason without a mutant's key before it", path, n)
		default:
			all[key], key = text, ""
		}
	}
	if key != "" {
		return nil, fmt.Errorf("%s: %q has no reason after it", path, key)
	}
	return all, lines.Err()
}

// stale returns the keys that none of the mutants of the same files has.
func (e equivalents) stale(all []*mutant) (keys []string) {
	current := map[string]bool{}
	files := map[string]bool{}
	for _, m := range all {
		current[m.key()] = true
		files[m.file] = true
	}
	for key := range e {
		file, _, _ := strings.Cut(key, " ")
		if files[file] && !current[key] {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
