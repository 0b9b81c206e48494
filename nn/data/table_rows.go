package data

import (
	"errors"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// rows are the rows of a table: those of a CSV file, or records.
type rows interface {
	next() ([]string, error) // the fields, valid until the call after; io.EOF behind the last row
	line(field int) int      // where a field of the last row stands
	// numbers returns the fields of the last row that are numbers and no texts: nil if none are.
	numbers() (is []bool, values []float64)
}

// readRows adds the values of all rows to their columns.
func (t *table) readRows(lines rows) error {
	for {
		fields, err := lines.next()
		if errors.Is(err, io.EOF) {
			return t.checkRows()
		}
		if err != nil {
			return err
		}
		is, numbers := lines.numbers()
		for i, c := range t.columns {
			if c != nil && (is == nil || !is[i]) && !utf8.ValidString(fields[i]) {
				return t.badText(lines.line(i), c.name, fields[i])
			}
		}
		if t.skips(fields, is, numbers) {
			t.skipped++
			continue
		}
		for i, c := range t.columns {
			switch {
			case c == nil:
			case is != nil && is[i]:
				c.addNumber(lines.line(i), numbers[i])
			default:
				c.add(lines.line(i), strings.TrimSpace(fields[i]))
			}
		}
		t.lines = append(t.lines, lines.line(0))
	}
}

// skips reports whether a row is left out, and counts the values for which it is.
func (t *table) skips(fields []string, is []bool, numbers []float64) (skip bool) {
	if t.o.Missing.refuses() {
		return false
	}
	for i, c := range t.columns {
		if c == nil || c.nameless || c != t.target && t.o.Missing != MissingSkip {
			continue
		}
		missing := false
		if is != nil && is[i] {
			missing = c.isMissingNumber(numbers[i])
		} else {
			missing = c.isMissing(strings.TrimSpace(fields[i]))
		}
		if missing {
			c.skipped++
			skip = true
		}
	}
	return skip
}

// needsTexts reports whether a number's text is what counts: as a label, as a category, or as what
// may stand for a missing value.
func (c *column) needsTexts() bool {
	return c.kind == Category || c.isTarget && c.o.Classification || len(c.o.Format.MissingTexts) > 0
}

// isMissingNumber is isMissing for a number that is no text.
func (c *column) isMissingNumber(v float64) bool {
	return math.IsNaN(v) || c.needsTexts() && c.isMissing(c.o.Format.numbers().text(v))
}

// addNumber is add for a number that is no text, NaN if it is missing.
func (c *column) addNumber(line int, v float64) {
	switch {
	case math.IsNaN(v):
		c.add(line, "")
		return
	case c.needsTexts():
		c.add(line, c.o.Format.numbers().text(v))
		return
	case !isFinite(v) && !c.o.AllowNonfinite:
		note(&c.firstInfinite, line, c.o.Format.numbers().text(v))
	}
	c.parsed++
	c.numbers.add(v)
}
