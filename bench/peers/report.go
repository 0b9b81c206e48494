package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// report writes the results as tables or, for scripts, as JSON Lines. Remarks go to a writer of
// their own.
type report struct {
	out, remarks io.Writer
	json         bool

	names []string // of the sides, the columns of the present table
	rates bool     // the table shows rates, not times
	peaks bool     // the table has the fraction of the peak
}

// jobWidth and cellWidth are the widths of the table's first column and of the others, at least.
const (
	jobWidth  = 26
	cellWidth = 9
)

// begin starts a table with one column for each side, in the given unit: a rate such as GFLOP/s or
// a time.
func (r *report) begin(section, unit string, names []string, rates bool) {
	r.names, r.rates, r.peaks = names, rates, rates
	if r.json {
		return
	}
	fmt.Fprintf(r.out, "\n%s, %s; ratio: our speed to that of the fastest peer\n", section, unit)
	var line strings.Builder
	pad(&line, section, jobWidth, true)
	for _, name := range names {
		pad(&line, name, cellWidth, false)
	}
	pad(&line, "ratio", cellWidth, false)
	if r.peaks {
		pad(&line, "of peak", cellWidth, false)
	}
	fmt.Fprintln(r.out, line.String())
}

// row writes one line.
func (r *report) row(w *row) error {
	if r.json {
		return json.NewEncoder(r.out).Encode(w)
	}
	_, err := fmt.Fprintln(r.out, r.line(w))
	return err
}

// line lays a row out. A side that was not timed leaves its place empty, or says that it failed.
func (r *report) line(w *row) string {
	var line strings.Builder
	pad(&line, w.Job, jobWidth, true)
	for _, name := range r.names {
		cell := "–"
		for _, t := range w.Timings {
			switch {
			case t.Name != name:
			case t.Error != "":
				cell = "failed"
			default:
				cell = figure(r.value(w, t))
			}
		}
		pad(&line, cell, max(cellWidth, utf8.RuneCountInString(name)), false)
	}
	ratio := "–"
	if w.Best != "" {
		ratio = fmt.Sprintf("%.2f", w.Ratio)
	}
	pad(&line, ratio, cellWidth, false)
	if r.peaks {
		pad(&line, fmt.Sprintf("%.0f %%", 100*w.PeakFraction), cellWidth, false)
	}
	if w.Best != "" && w.Ratio < 1 {
		fmt.Fprintf(&line, "  LOSES to %s", w.Best)
	}
	if w.BestPlanned != "" {
		verdict := "beats"
		if w.PlannedRatio < 1 {
			verdict = "LOSES to"
		}
		fmt.Fprintf(&line, "  planned %s %s %.2f", verdict, w.BestPlanned, w.PlannedRatio)
	}
	return line.String()
}

// value returns a timing in the unit of the table.
func (r *report) value(w *row, t timing) float64 {
	if r.rates {
		return 1 / (t.NS * w.unit)
	}
	return t.NS * w.unit
}

// note writes a remark.
func (r *report) note(format string, args ...any) { fmt.Fprintf(r.remarks, format+"\n", args...) }

// figure returns a positive number with three or four digits.
func figure(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// pad appends a text, filled with spaces to a width and set apart from what is before it.
func pad(line *strings.Builder, text string, width int, left bool) {
	fill := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
	if left {
		line.WriteString(text + fill)
		return
	}
	line.WriteString("  " + fill + text)
}

// oneLine returns the message of an error without line breaks.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
