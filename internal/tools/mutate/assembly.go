package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

var (
	instruction  = regexp.MustCompile(`^\s+([A-Z][A-Z0-9_.]*)(\([^;\\/]*|\s[^;\\/]*)?`)
	definition   = regexp.MustCompile(`^(?:#define\s+|TEXT\s+·?)(\w+)`)
	immediate    = regexp.MustCompile(`\$(\d+)\b`)
	displacement = regexp.MustCompile(`\b(\d+)\((?:[A-Z]|R\d)`)
)

// assemblyOperators pairs parts of instructions' names that another may stand for.
var assemblyOperators = map[string]string{
	"ADD": "SUB", "SUB": "ADD", "MIN": "MAX", "MAX": "MIN",
	"JLT": "JLE", "JLE": "JLT", "JGE": "JGT", "JGT": "JGE", "JEQ": "JNE", "JNE": "JEQ",
	"JZ": "JNZ", "JNZ": "JZ", "JCS": "JCC", "JCC": "JCS", "BLT": "BLE", "BLE": "BLT",
	"BGE": "BGT", "BGT": "BGE", "BEQ": "BNE", "BNE": "BEQ", "CBNZ": "CBZ", "CBZ": "CBNZ",
}

var assemblyOperator = regexp.MustCompile(`ADD|SUB|MIN|MAX|` +
	`^J(?:LT|LE|GE|GT|EQ|NE|Z|NZ|CS|CC)$|^B(?:LT|LE|GE|GT|EQ|NE)$|^CBN?Z`)

// assemblyMutants returns every mutant of the package's assembly: an instruction less, another jump
// or operation, an immediate or a displacement off a little.
func (s *sources) assemblyMutants(p *source) (all []*mutant, err error) {
	for _, pattern := range []string{"*.s", "*.h"} {
		paths, _ := filepath.Glob(filepath.Join(p.Dir, pattern))
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			all = append(all, s.textMutants(p, path, text)...)
		}
	}
	return all, nil
}

func (s *sources) textMutants(p *source, path string, text []byte) (all []*mutant) {
	function := ""
	at := 0
	for line := range strings.SplitAfterSeq(string(text), "\n") {
		if m := definition.FindStringSubmatch(line); m != nil {
			function = m[1]
		}
		m := instruction.FindStringSubmatchIndex(line)
		if m != nil && line[m[2]:m[3]] != "RET" && function != "" {
			add := func(operator string, begin, end int, replacement string) {
				all = append(all, s.newMutant(change{p, -1, path, text, function, operator,
					at + begin, at + end, replacement}))
			}
			end := m[0] + len(strings.TrimRight(line[m[0]:m[1]], " \t\n"))
			add("instruction", m[2], end, "")
			name := line[m[2]:m[3]]
			if o := assemblyOperator.FindStringIndex(name); o != nil {
				add("operator", m[2]+o[0], m[2]+o[1], assemblyOperators[name[o[0]:o[1]]])
			}
			offBy := func(operator string, pattern *regexp.Regexp, step int) {
				for _, n := range pattern.FindAllStringSubmatchIndex(line[:end], -1) {
					if v, err := strconv.Atoi(line[n[2]:n[3]]); err == nil {
						add(operator, n[2], n[3], strconv.Itoa(v+step))
					}
				}
			}
			offBy("immediate", immediate, 1)
			offBy("displacement", displacement, 4)
		}
		at += len(line)
	}
	return all
}

// include is a line that brings another file in.
var include = regexp.MustCompile(`(?m)^(\s*#include\s+")(\w[^"]*)(")`)

// overlayIncludes returns the overlay that puts a changed header in place. The assembler opens
// headers itself, so every file on the way to it is copied to folder, and includes the copies.
func overlayIncludes(dir, header string, changed []byte, folder string) (map[string]string, error) {
	copies := map[string][]byte{header: changed}
	var names []string
	for _, pattern := range []string{"*.s", "*.h"} {
		paths, _ := filepath.Glob(filepath.Join(dir, pattern))
		names = append(names, paths...)
	}
	for again := true; again; {
		again = false
		for _, path := range names {
			name := filepath.Base(path)
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			for _, m := range include.FindAllSubmatch(text, -1) {
				if copies[string(m[2])] != nil && copies[name] == nil {
					copies[name], again = text, true
				}
			}
		}
	}
	overlay := map[string]string{}
	for name, text := range copies {
		text = include.ReplaceAllFunc(text, func(line []byte) []byte {
			m := include.FindSubmatch(line)
			if copies[string(m[2])] == nil {
				return line
			}
			return []byte(string(m[1]) + filepath.Join(folder, string(m[2])) + string(m[3]))
		})
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return nil, err
		}
		if strings.HasSuffix(name, ".s") {
			overlay[filepath.Join(dir, name)] = path
		}
	}
	return overlay, nil
}
