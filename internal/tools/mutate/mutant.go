package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// mutant is one change of one file.
type mutant struct {
	source   *source
	index    int    // the file's in the package, or -1 if it is no Go file
	file     string // its path in the module, with slashes
	function string // "Type.Method", "function", or "" outside of functions
	operator string
	line     int
	before   string // the line as it is
	after    string // the line as it becomes
	number   int    // from 2 on if other mutants of the function read the same

	original   []byte
	begin, end int // of the bytes that text replaces
	text       string
}

// key names the mutant in a way that changes elsewhere in the file leave alone.
func (m *mutant) key() string {
	key := fmt.Sprintf("%s %s: %s -> %s", m.file, m.function, m.before, m.after)
	if m.number > 1 {
		key += fmt.Sprintf(" (%d)", m.number)
	}
	return key
}

// changed returns the file's text with the change, all lines in their old places, so that only
// what the change does to the code shows in the compiler's output.
func (m *mutant) changed() []byte {
	old := string(m.original[m.begin:m.end])
	lines := strings.Count(old, "\n") - strings.Count(m.text, "\n")
	text := m.text + strings.Repeat("\n", max(lines, 0))
	return fmt.Appendf(nil, "%s%s%s", m.original[:m.begin], text, m.original[m.end:])
}

// change says what a mutant is made of: the bytes begin to end of a file's text become replacement.
type change struct {
	source             *source
	index              int
	path               string
	text               []byte
	function, operator string
	begin, end         int
	replacement        string
}

// newMutant describes the change.
func (s *sources) newMutant(c change) *mutant {
	file, _ := filepath.Rel(s.root, c.path)
	m := &mutant{source: c.source, index: c.index, file: filepath.ToSlash(file),
		function: c.function, operator: c.operator,
		original: c.text, begin: c.begin, end: c.end, text: c.replacement}
	text, begin, end := c.text, c.begin, c.end
	m.line = 1 + strings.Count(string(text[:begin]), "\n")
	first := strings.LastIndexByte(string(text[:begin]), '\n') + 1
	last := end + strings.IndexByte(string(text[end:])+"\n", '\n')
	m.before = oneLine(string(text[first:last]))
	m.after = oneLine(string(text[first:begin]) + c.replacement + string(text[end:last]))
	if m.after == "" {
		m.after = "(nothing)"
	}
	return m
}

// oneLine returns the text without a comment and with single blanks, shortened in its middle if it
// is long.
func oneLine(text string) string {
	text, _, _ = strings.Cut(text, " // ")
	fields := strings.Join(strings.Fields(text), " ")
	const most = 160
	if len(fields) > most {
		fields = fields[:most/2] + " … " + fields[len(fields)-most/2:]
	}
	return strings.ToValidUTF8(fields, "")
}

// mutants returns every mutant of the packages, of their Go or of their assembly.
func (s *sources) mutants(assembly bool) (all []*mutant, err error) {
	for _, p := range s.packages {
		if assembly {
			some, err := s.assemblyMutants(p)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
			continue
		}
		for i := range p.files {
			all = append(all, s.fileMutants(p, i)...)
		}
	}
	seen := map[string]int{}
	for _, m := range all {
		seen[m.key()]++
		if n := seen[m.key()]; n > 1 {
			m.number = n
		}
	}
	return all, nil
}
