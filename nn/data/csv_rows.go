package data

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// RowReader reads the features of one row after another from a CSV file as [ReadCSV] does, for
// columns that are known: those of the data set that a model was trained on.
type RowReader struct {
	source *source
	lines  *csvLines
	cells  []rowColumn
	width  int   // features of a row
	places []int // of the fields in the features if all columns are plain numbers, see readNumbers
}

// rowColumn is a column and its place in a line.
type rowColumn struct {
	Column
	format numberFormat // of the file
	field  int
}

// NewRowReader reads the header line, which must name all of the columns, in any order. Others are
// left out. Numbers have the marks of the columns' training, unless the format names a decimal or a
// thousands mark: then it alone says which marks the file has.
func NewRowReader(r io.Reader, columns []Column, f CSVFormat) (*RowReader, error) {
	s := &source{reader: r}
	rows := &RowReader{source: s}
	err := rows.open(columns, f)
	if s.err != nil {
		return nil, s.err
	}
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// open reads the header and finds the columns in it.
func (r *RowReader) open(columns []Column, f CSVFormat) error {
	lines, err := openCSV(r.source, f)
	if err != nil {
		return err
	}
	r.lines = lines
	for _, c := range columns {
		if e := lines.repeated[c.Name]; e != nil {
			return &Error{Problem: e.Problem}
		}
		field := slices.Index(lines.names, c.Name)
		if field < 0 {
			return &Error{
				Problem: fmt.Sprintf(
					"there is no column %q, which the model needs; the columns are %s", c.Name,
					list(lines.names)),
			}
		}
		format := c.numbers()
		if f.Decimal != 0 || f.Thousands != 0 {
			format = f.numbers()
		}
		r.cells = append(r.cells, rowColumn{c, format, field})
		r.width += c.Features()
	}
	r.places = numberPlaces(r.cells, len(lines.names), lines.reader.comma)
	return nil
}

// Features returns the number of features of a row.
func (r *RowReader) Features() int { return r.width }

// Line returns the line of the file on which the last row that was read begins.
func (r *RowReader) Line() int { return r.lines.line(0) }

// Read sets the features to those of the next row, and returns io.EOF if there is none. A value
// that is missing, unless the column says what to take for it, that is no finite number, or a text
// that is none of the column's, is an [Error] with the line and the column. The next call reads the
// row after it.
func (r *RowReader) Read(features []float64) error {
	fields, err := r.lines.nextNumbers(features, r.places)
	if r.source.err != nil {
		return r.source.err
	}
	if err != nil {
		return err
	}
	if fields == nil {
		return nil
	}
	for i := range r.cells {
		c := &r.cells[i]
		text := strings.TrimSpace(fields[c.field])
		if err := c.encode(features[:c.Features()], text, c.format); err != nil {
			return r.at(c, text, err)
		}
		features = features[c.Features():]
	}
	return nil
}

// at completes the error of a cell.
func (r *RowReader) at(c *rowColumn, text string, err error) error {
	line := r.lines.line(c.field)
	if !utf8.ValidString(text) {
		return badEncoding(line, c.Name, text)
	}
	if e := new(Error); errors.As(err, &e) {
		e.Line = line
	}
	return err
}
