package data

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Column is a column of a table that features were made of: one of numbers, or one of texts, each of which is a feature.
type Column struct {
	Name       string   `json:"name"`
	Categories []string `json:"categories,omitempty"` // the texts in the order of their features; nil for numbers
}

// Features returns how many features the column is.
func (c *Column) Features() int {
	if c.Categories == nil {
		return 1
	}
	return len(c.Categories)
}

// RowReader reads the features of one row after another from a CSV file as [ReadCSV] does, for columns that are known: those of the data
// set that a model was trained on.
type RowReader struct {
	source *source
	lines  *csv.Reader
	fields int
	cells  []rowColumn
}

// rowColumn is a column and its place in a line.
type rowColumn struct {
	Column
	field int
}

// NewRowReader reads the header line, which must name all of the columns, in any order. Others are left out. The separator is as in
// [CSVOptions].
func NewRowReader(r io.Reader, columns []Column, separator rune) (*RowReader, error) {
	s := &source{reader: r}
	rows := &RowReader{source: s}
	err := rows.open(columns, separator)
	if s.err != nil {
		return nil, s.err
	}
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// open reads the header and finds the columns in it.
func (r *RowReader) open(columns []Column, separator rune) error {
	lines, names, err := openCSV(bufio.NewReaderSize(r.source, 64<<10), separator)
	if err != nil {
		return err
	}
	r.lines, r.fields = lines, len(names)
	for _, c := range columns {
		field := slices.Index(names, c.Name)
		if field < 0 {
			return fmt.Errorf("there is no column %q, which the model needs; the columns are %s", c.Name, list(names))
		}
		r.cells = append(r.cells, rowColumn{c, field})
	}
	return nil
}

// Features returns the number of features of a row.
func (r *RowReader) Features() int {
	n := 0
	for _, c := range r.cells {
		n += c.Features()
	}
	return n
}

// Read sets the features to those of the next row, and returns io.EOF if there is none. A value that is missing or is no finite number, and
// a text that is none of the column's, is an error with the line and the column.
func (r *RowReader) Read(features []float64) error {
	fields, err := r.lines.Read()
	if r.source.err != nil {
		return r.source.err
	}
	if err != nil {
		return err
	}
	if len(fields) != r.fields {
		line, _ := r.lines.FieldPos(0)
		return wrongFields(line, len(fields), r.fields)
	}
	for _, c := range r.cells {
		width := c.Features()
		if err := c.read(features[:width], strings.TrimSpace(fields[c.field])); err != nil {
			line, _ := r.lines.FieldPos(c.field)
			return fmt.Errorf("line %d, column %q: %w", line, c.Name, err)
		}
		features = features[width:]
	}
	return nil
}

// read sets a column's features to what a text says.
func (c *rowColumn) read(features []float64, text string) error {
	if isMissing(text) {
		return fmt.Errorf("the value is missing (%q)", text)
	}
	if c.Categories != nil {
		clear(features)
		at := slices.Index(c.Categories, text)
		if at < 0 {
			return fmt.Errorf("%q is none of the texts that the model knows: %s", text, list(c.Categories))
		}
		features[at] = 1
		return nil
	}
	v, ok := parseNumber(text)
	switch {
	case !ok && hasDecimalComma(text):
		return fmt.Errorf("%q has a decimal comma; write numbers with a decimal point", text)
	case !ok:
		return fmt.Errorf("%q is not a number", text)
	case math.IsInf(v, 0):
		return fmt.Errorf("%q is not a finite number", text)
	}
	features[0] = v
	return nil
}

// openCSV returns the lines after the header and the header's names.
func openCSV(input *bufio.Reader, separator rune) (*csv.Reader, []string, error) {
	if err := skipByteOrderMark(input); err != nil {
		return nil, nil, err
	}
	if separator == 0 {
		separator = findSeparator(input)
	}
	lines := csv.NewReader(input)
	lines.Comma = separator
	lines.FieldsPerRecord = -1 // counted here, for a message that tells both numbers
	lines.ReuseRecord = true
	lines.TrimLeadingSpace = separator != '\t' // which is a space itself

	header, err := lines.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, nil, errors.New("the file is empty, but a header line with the names of the columns is needed")
	case err != nil:
		return nil, nil, fmt.Errorf("header: %w", err)
	}
	names, err := headerNames(header)
	return lines, names, err
}

// wrongFields returns the error of a row with too few or too many fields.
func wrongFields(line, fields, want int) error {
	return fmt.Errorf("line %d: %d fields, but the header line has %d", line, fields, want)
}
