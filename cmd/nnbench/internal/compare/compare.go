// Package compare compares two files of results in Go's benchmark format, with the statistics of
// benchstat and in its manner.
//
// Results belong together if their names and all lines of configuration agree, other than the
// version of Go and the revision of the source, which are what changes from one file to the other.
// Samples are summarised by their median with a confidence interval of 95 %, and compared by the
// Mann–Whitney U test at α = 0.05, unless the unit is declared exact.
package compare

import (
	"math"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"
	"golang.org/x/perf/benchproc"
)

// confidence is the level of the intervals.
const confidence = 0.95

// Comparison is what two files say about each other.
type Comparison struct {
	Old, New string // the files' names
	Tables   []Table
	Warnings []error // lines that were not understood
}

// Table compares the results of one configuration and unit.
type Table struct {
	Config [][2]string // lines of the files, key and value
	Unit   string
	Better int // 1 if more is better, −1 if less is, 0 if that is not known
	Rows   []Row
}

// Row compares one benchmark. A side is nil if the file does not have it.
type Row struct {
	Name     string
	Old, New *Side
	Test     benchmath.Comparison // if both sides are there
}

// Side is the results of one file about one benchmark.
type Side struct {
	Sample  *benchmath.Sample
	Summary benchmath.Summary
}

// Delta returns by what part the new median exceeds the old one: 0.1 is a tenth more. It is
// infinite if only the old one is 0.
func (r *Row) Delta() float64 {
	before, after := r.Old.Summary.Center, r.New.Summary.Center
	if before == after {
		return 0
	}
	return after/before - 1
}

// Verdict is what a comparison says about one benchmark.
type Verdict string

// The verdicts. Other than Same they are significant.
const (
	Same    Verdict = "same"
	Better  Verdict = "better"
	Worse   Verdict = "worse"
	Changed Verdict = "changed" // in a unit of which it isn't known whether more is better
)

// Verdict reports how a row's benchmark changed. Both sides are there.
func (t *Table) Verdict(r *Row) Verdict {
	delta := r.Delta()
	switch {
	case r.Test.P > r.Test.Alpha || delta == 0:
		return Same
	case t.Better == 0:
		return Changed
	case delta > 0 == (t.Better > 0):
		return Better
	}
	return Worse
}

// Regression reports whether a row's benchmark became worse by more than the threshold: 0.05 is 5
// %. For a unit of which more is better that is a loss of this part.
func (t *Table) Regression(r *Row, threshold float64) bool {
	return r.Common() && t.Verdict(r) == Worse && math.Abs(r.Delta()) > threshold
}

// Common reports whether both files have the benchmark.
func (r *Row) Common() bool { return r.Old != nil && r.New != nil }

// tables makes the tables from the samples.
func (s *samples) tables(units benchfmt.UnitMetadataMap) []Table {
	keys := make([]benchproc.Key, 0, len(s.values))
	for key := range s.values {
		keys = append(keys, key)
	}
	benchproc.SortKeys(keys)
	var tables []Table
	for _, key := range keys {
		unit := key.Get(s.unit)
		t := Table{Unit: unit, Better: units.GetBetter(unit)}
		for _, field := range s.table.FlattenedFields() {
			if field != s.unit {
				t.Config = append(t.Config, [2]string{field.Name, key.Get(field)})
			}
		}
		t.Rows = s.rows(key, units.GetAssumption(unit))
		tables = append(tables, t)
	}
	return tables
}

// rows makes the rows of one table.
func (s *samples) rows(table benchproc.Key, assumption benchmath.Assumption) []Row {
	var names []benchproc.Key
	for name := range s.values[table] {
		names = append(names, name)
	}
	benchproc.SortKeys(names)
	rows := make([]Row, len(names))
	for i, name := range names {
		values := s.values[table][name]
		r := Row{
			Name: name.StringValues(),
			Old:  side(values[0], assumption),
			New:  side(values[1], assumption),
		}
		if r.Common() {
			r.Test = test(assumption, r.Old.Sample, r.New.Sample)
		}
		rows[i] = r
	}
	return rows
}

// side summarises the values of one file, or returns nil if there are none.
func side(values []float64, assumption benchmath.Assumption) *Side {
	if len(values) == 0 {
		return nil
	}
	sample := benchmath.NewSample(values, &benchmath.DefaultThresholds)
	return &Side{sample, assumption.Summary(sample, confidence)}
}
