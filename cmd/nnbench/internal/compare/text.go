package compare

import (
	"errors"
	"fmt"
	"io"
	"math"

	"golang.org/x/perf/benchunit"
)

// The columns of a table, if both files are in it: each side has a median, its range and marks of
// footnotes; the second one has the change, the test and marks besides.
const (
	nameColumn   = 0
	firstColumn  = 1
	secondColumn = 4
	deltaColumn  = 7
	edgeColumn   = 10
)

// Text writes the tables as benchstat does, so that who knows those can read them.
func (c *Comparison) Text(w io.Writer) error {
	shown := map[string]string{}
	for i := range c.Tables {
		t := &c.Tables[i]
		if i > 0 {
			fmt.Fprintln(w)
		}
		for _, line := range t.newConfig(shown) {
			fmt.Fprintf(w, "%s: %s\n", line[0], line[1])
		}
		if _, err := io.WriteString(w, t.text([2]string{c.Old, c.New})); err != nil {
			return err
		}
	}
	return nil
}

// newConfig returns the lines of configuration that differ from those shown last, and enters them.
func (t *Table) newConfig(shown map[string]string) [][2]string {
	var lines [][2]string
	for _, line := range t.Config {
		if value, ok := shown[line[0]]; !ok || value != line[1] {
			lines = append(lines, line)
		}
		shown[line[0]] = line[1]
	}
	return lines
}

// text returns one table.
func (t *Table) text(files [2]string) string {
	var g grid
	var notes footnotes
	present := t.present()
	t.header(&g, files, present)
	t.rows(&g, &notes, present)
	return g.String() + notes.String()
}

// rows puts the rows, and the geometric means under more than one.
func (t *Table) rows(g *grid, notes *footnotes, present []int) {
	class := benchunit.ClassOf(t.Unit)
	for i := range t.Rows {
		t.Rows[i].put(g, notes, present, class)
	}
	if len(t.Rows) > 1 {
		t.putGeomean(g, notes, present, class)
	}
}

// sides returns the sides of a row by file.
func (r *Row) sides() [2]*Side { return [2]*Side{r.Old, r.New} }

// present returns the files, by number, that the table has results of.
func (t *Table) present() []int {
	var files []int
	for file := range 2 {
		for i := range t.Rows {
			if t.Rows[i].sides()[file] != nil {
				files = append(files, file)
				break
			}
		}
	}
	return files
}

// header puts the names of the files and the units.
func (t *Table) header(g *grid, files [2]string, present []int) {
	edge := edgeColumn
	if len(present) == 1 {
		edge = secondColumn
	}
	const rule = " │ "
	for level := range 2 {
		text, span := func(file int) string { return files[file] }, edgeColumn-secondColumn
		if level == 1 {
			text, span = func(int) string { return t.Unit }, deltaColumn-secondColumn
		}
		g.newRow()
		for i, file := range present {
			c := cell{text: text(file), margin: rule, align: centre}
			if i == 0 {
				c.column, c.span = firstColumn, secondColumn-firstColumn
			} else {
				c.column, c.span = secondColumn, span
			}
			g.put(c)
		}
		if level == 1 && len(present) == 2 {
			const span = edgeColumn - deltaColumn
			g.put(cell{column: deltaColumn, span: span, text: "vs base", margin: "  "})
		}
		g.put(cell{column: edge, margin: " │"})
	}
}

// put puts a row.
func (r *Row) put(g *grid, notes *footnotes, present []int, class benchunit.Class) {
	g.newRow()
	g.put(cell{column: nameColumn, text: r.Name})
	var medians []float64
	for _, s := range r.sides() {
		if s != nil {
			medians = append(medians, s.Summary.Center)
		}
	}
	scale := benchunit.CommonScale(medians, class)
	for i, file := range present {
		s, column := r.sides()[file], firstColumn
		if i == 1 {
			column = secondColumn
		}
		if s == nil {
			continue
		}
		g.put(cell{column: column, text: scale.Format(s.Summary.Center), align: right})
		spread := s.Summary.PctRangeString()
		g.put(cell{column: column + 1, text: spread, margin: " ± ", align: right})
		g.put(cell{column: column + 2, text: notes.marks(s.Sample.Warnings, s.Summary.Warnings)})
	}
	if r.Common() {
		delta := r.Test.FormatDelta(r.Old.Summary.Center, r.New.Summary.Center)
		g.put(cell{column: deltaColumn, text: delta, align: right})
		g.put(cell{column: deltaColumn + 1, text: "(" + r.Test.String() + ")"})
		g.put(cell{column: deltaColumn + 2, text: notes.marks(r.Test.Warnings)})
	}
}

var (
	errNoGeomean      = errors.New("summaries must be >0 to compute geomean")
	errNoRatio        = errors.New("ratios must be >0 to compute geomean")
	errOtherBenchmark = errors.New("benchmark set differs from baseline; " +
		"geomeans may not be comparable")
)

// putGeomean puts the geometric means of the medians, and of their ratios where both files have the
// benchmark.
func (t *Table) putGeomean(g *grid, notes *footnotes, present []int, class benchunit.Class) {
	g.newRow()
	g.put(cell{column: nameColumn, text: "geomean"})
	for i, file := range present {
		var warnings []error
		column, last := firstColumn, secondColumn-1
		if i == 1 {
			column, last = secondColumn, edgeColumn-1
			if !t.sameBenchmarks() {
				warnings = append(warnings, errOtherBenchmark)
			}
		}
		if mean := geomean(t.medians(file)); math.IsNaN(mean) {
			warnings = append(warnings, errNoGeomean)
		} else {
			g.put(cell{column: column, text: benchunit.Scale(mean, class), align: right})
		}
		if i == 1 {
			text, warning := t.geomeanRatio()
			g.put(text)
			warnings = append(warnings, warning...)
		}
		g.put(cell{column: last, text: notes.marks(warnings)})
	}
}

// geomeanRatio returns the cell that shows the mean change, and what is wrong with it.
func (t *Table) geomeanRatio() (cell, []error) {
	ratios, ok := t.ratios()
	if !ok {
		return cell{column: deltaColumn, text: "?"}, nil
	}
	mean := geomean(ratios)
	if math.IsNaN(mean) {
		return cell{column: deltaColumn, text: "?"}, []error{errNoRatio}
	}
	return cell{column: deltaColumn, text: fmt.Sprintf("%+.2f%%", (mean-1)*100), align: right}, nil
}

// sameBenchmarks reports whether the second file has all benchmarks of the first.
func (t *Table) sameBenchmarks() bool {
	for i := range t.Rows {
		if t.Rows[i].Old != nil && t.Rows[i].New == nil {
			return false
		}
	}
	return true
}

// medians returns the medians of one file.
func (t *Table) medians(file int) []float64 {
	var medians []float64
	for i := range t.Rows {
		if s := t.Rows[i].sides()[file]; s != nil {
			medians = append(medians, s.Summary.Center)
		}
	}
	return medians
}

// ratios returns the ratios of new to old medians, unless an old one is 0 and the new one isn't.
func (t *Table) ratios() (ratios []float64, ok bool) {
	for i := range t.Rows {
		if r := &t.Rows[i]; r.Common() {
			if math.IsInf(r.Delta(), 0) {
				return nil, false
			}
			ratios = append(ratios, 1+r.Delta())
		}
	}
	return ratios, true
}

// geomean returns the geometric mean, or NaN if there are no values or one is not positive.
func geomean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		if v <= 0 {
			return math.NaN()
		}
		sum += math.Log(v)
	}
	return math.Exp(sum / float64(len(values)))
}
