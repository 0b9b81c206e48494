package compare

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchproc"
	"golang.org/x/perf/benchunit"

	"simdnn/cmd/nnbench/internal/suite"
)

// samples collects results by table (configuration and unit), benchmark and file.
type samples struct {
	table, row *benchproc.Projection
	unit       *benchproc.Field
	values     map[benchproc.Key]map[benchproc.Key]*[2][]float64
	machines   [2]map[string]string // the first lines of configuration of each file
	names      [2]map[string]string // of benchmarks, by their part before -GOMAXPROCS
	warnings   []error
}

// Files compares two files. It returns an error if one holds no results, or if they have no
// benchmark in common.
func Files(old, new string) (*Comparison, error) {
	s, err := newSamples()
	if err != nil {
		return nil, err
	}
	var reader benchfmt.Reader
	for i, path := range []string{old, new} {
		if err := s.read(&reader, i, path); err != nil {
			return nil, err
		}
	}
	c := &Comparison{Old: old, New: new, Tables: s.tables(reader.Units()), Warnings: s.warnings}
	for _, t := range c.Tables {
		for i := range t.Rows {
			if t.Rows[i].Common() {
				return c, nil
			}
		}
	}
	return nil, fmt.Errorf("%s and %s have no benchmark in common%s", old, new, s.difference())
}

// newSamples prepares the projections.
func newSamples() (*samples, error) {
	s := &samples{values: map[benchproc.Key]map[benchproc.Key]*[2][]float64{}}
	filter, err := benchproc.NewFilter("*")
	if err != nil {
		return nil, err
	}
	var parser benchproc.ProjectionParser
	if s.table, s.unit, err = parser.ParseWithUnit(".config", filter); err != nil {
		return nil, err
	}
	if s.row, err = parser.Parse(".fullname", filter); err != nil {
		return nil, err
	}
	// Fields of a projection of their own are left out of .config.
	_, err = parser.Parse(suite.GoVersionKey+","+suite.RevisionKey, filter)
	return s, err
}

// read adds the results of one of the files.
func (s *samples) read(reader *benchfmt.Reader, file int, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	text := bufio.NewReader(f)
	if err := skipMark(text); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	results := 0
	for reader.Reset(text, path); reader.Scan(); {
		switch record := reader.Result().(type) {
		case *benchfmt.Result:
			if unit, ok := finite(record); !ok {
				_, line := record.Pos()
				s.warnings = append(s.warnings,
					fmt.Errorf("%s:%d: %s: the %s is not finite", path, line, record.Name, unit))
				continue
			}
			s.add(file, record)
			results++
		case *benchfmt.SyntaxError:
			s.warnings = append(s.warnings, record)
		}
	}
	if err := reader.Err(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if results == 0 && len(s.warnings) > 0 {
		return fmt.Errorf("%s holds no results: %w", path, s.warnings[0])
	}
	if results == 0 {
		return fmt.Errorf("%s holds no results in Go's benchmark format, "+
			"such as nnbench run --save and go test -bench write", path)
	}
	return nil
}

// skipMark skips the byte order mark that editors and shells of Windows put before UTF-8, and
// refuses UTF-16.
func skipMark(text *bufio.Reader) error {
	mark, _ := text.Peek(3) // whatever fails does so again in the reader
	switch {
	case bytes.HasPrefix(mark, []byte("\xef\xbb\xbf")):
		_, err := text.Discard(3)
		return err
	case bytes.HasPrefix(mark, []byte("\xff\xfe")), bytes.HasPrefix(mark, []byte("\xfe\xff")):
		return errors.New("the text is UTF-16; results must be UTF-8, as Go writes them")
	}
	return nil
}

// finite reports whether all values are finite, without which the statistics never end, or returns
// the unit of one that isn't.
func finite(r *benchfmt.Result) (unit string, ok bool) {
	for _, v := range r.Values {
		if math.IsNaN(v.Value) || math.IsInf(v.Value, 0) {
			return v.Unit, false
		}
	}
	return "", true
}

// add adds one result.
func (s *samples) add(file int, r *benchfmt.Result) {
	if s.machines[file] == nil {
		s.machines[file] = map[string]string{}
		s.names[file] = map[string]string{}
		for _, c := range r.Config {
			s.machines[file][c.Key] = string(c.Value)
		}
	}
	name := string(r.Name.Full())
	s.names[file][withoutProcessors(name)] = name
	for i, v := range r.Values {
		if v.Value == 0 { // which the reader leaves in ns/op and MB/s, unlike other values
			_, r.Values[i].Unit = benchunit.Tidy(1, v.Unit)
		}
	}
	row := s.row.Project(r)
	for i, key := range s.table.ProjectValues(r) {
		if s.values[key] == nil {
			s.values[key] = map[benchproc.Key]*[2][]float64{}
		}
		if s.values[key][row] == nil {
			s.values[key][row] = new([2][]float64)
		}
		values := &s.values[key][row][file]
		*values = append(*values, r.Values[i].Value)
	}
}

// withoutProcessors returns a benchmark's name without its last part -GOMAXPROCS, if it has one.
func withoutProcessors(name string) string {
	i := strings.LastIndexByte(name, '-')
	if i < 0 {
		return name
	}
	if _, err := strconv.ParseUint(name[i+1:], 10, 32); err != nil {
		return name
	}
	return name[:i]
}

// difference returns which lines of configuration keep the files apart, and benchmarks that only
// the number of processors does.
func (s *samples) difference() string {
	var differences []string
	for _, field := range s.table.FlattenedFields() {
		if old, new := s.machines[0][field.Name], s.machines[1][field.Name]; old != new {
			differences = append(differences, fmt.Sprintf("%s: %q and %q", field.Name, old, new))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.names[0])) {
		old, new := s.names[0][name], s.names[1][name]
		if new != "" && old != new {
			differences = append(differences,
				fmt.Sprintf("GOMAXPROCS, which ends the names: %q and %q", old, new))
			break
		}
	}
	if len(differences) == 0 {
		return ""
	}
	return "; they differ in " + strings.Join(differences, ", ")
}
