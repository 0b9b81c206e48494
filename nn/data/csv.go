package data

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
)

// Limits on the number of distinct texts of a column.
const (
	defaultMaxCategories = 64
	maxClasses           = 1000
)

// Kind says how the values of a column are understood.
type Kind int

const (
	// Auto makes a column with numbers in at least half of its rows a numeric one, in which any other text is an error, and the rest
	// categories.
	Auto Kind = iota
	// Number makes every text that is not a number an error.
	Number
	// Category makes one feature of every distinct text, even if the texts are numbers.
	Category
)

// CSVOptions say how a CSV file becomes a data set.
type CSVOptions struct {
	Target         string          // name of the column to predict
	Classification bool            // the target holds class labels, not numbers
	Separator      rune            // between fields; 0 finds a comma, semicolon or tab in the header line
	Columns        []string        // columns to take as features; nil takes all
	Drop           []string        // columns to leave out
	Kinds          map[string]Kind // what feature columns hold, where it is not Auto
	MaxCategories  int             // most distinct texts of a category column; 0 means 64
	AllowNonfinite bool            // take NaN and infinities for numbers
}

// ReadCSVFile reads the data set of a CSV file, see [ReadCSV]. Errors name the file.
func ReadCSVFile(path string, o CSVOptions) (*Dataset, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d, err := ReadCSV(f, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

// ReadCSV reads a data set in UTF-8: a header line with the names of the columns, then one sample a line, with fields quoted as RFC
// 4180 has it. A byte-order mark is skipped, empty lines are skipped, space around a value is cut off.
//
// Numeric columns become one feature each, category columns one feature for each distinct text, named column=text, in the order
// of the texts, 1 in the rows that hold it and 0 in the others. The target of a classification becomes class numbers: whole numbers
// are put in ascending order, other labels in that of their bytes.
//
// A missing value (nothing, NA, N/A, NaN, null or ?, in letters of any case), a number that is infinite (both unless allowed), a row with too few or too
// many fields, a decimal comma, and a category column with too many distinct texts are errors with the line, the column and the
// value.
func ReadCSV(r io.Reader, o CSVOptions) (*Dataset, error) {
	s := &source{reader: r}
	d, err := readCSV(bufio.NewReaderSize(s, 64<<10), o)
	if s.err != nil {
		return nil, s.err
	}
	return d, err
}

// source keeps the error that ended reading, which would show as a wrong quote if it came in the middle of a field.
type source struct {
	reader io.Reader
	err    error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// readCSV reads a data set of a file that it can look ahead in.
func readCSV(input *bufio.Reader, o CSVOptions) (*Dataset, error) {
	lines, names, err := openCSV(input, o.Separator)
	if err != nil {
		return nil, err
	}
	columns, target, err := o.selectColumns(names)
	if err != nil {
		return nil, err
	}
	rows, err := readRows(lines, columns)
	if err != nil {
		return nil, err
	}
	return o.assemble(columns, target, rows)
}

// readRows adds the values of all rows to their columns; a nil column is left out. It returns the number of rows.
func readRows(lines *csv.Reader, columns []*column) (int, error) {
	for rows := 0; ; rows++ {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			if rows == 0 {
				return 0, errors.New("there are no rows after the header line")
			}
			return rows, nil
		}
		if err != nil {
			return 0, err
		}
		if len(fields) != len(columns) {
			line, _ := lines.FieldPos(0)
			return 0, wrongFields(line, len(fields), len(columns))
		}
		for i, c := range columns {
			if c == nil {
				continue
			}
			line, _ := lines.FieldPos(i)
			if err := c.add(line, fields[i]); err != nil {
				return 0, err
			}
		}
	}
}

// assemble makes the data set of the columns that were read.
func (o *CSVOptions) assemble(columns []*column, target *column, rows int) (*Dataset, error) {
	d := &Dataset{Target: target.name}
	var features []feature
	for _, c := range columns {
		if c == nil || c == target {
			continue
		}
		f, err := c.features()
		if err != nil {
			return nil, err
		}
		features = append(features, f...)
		d.Columns = append(d.Columns, c.column(f))
	}
	if !fits(rows, len(features)) {
		return nil, fmt.Errorf("%d rows of %d features are too many", rows, len(features))
	}
	x, y := newMatrix(rows, len(features)), newMatrix(rows, 1)
	for j, f := range features {
		d.Features = append(d.Features, f.name)
		for i := range rows {
			x.row(i)[j] = f.value(i)
		}
	}
	if o.Classification {
		names, classes, err := target.classes()
		if err != nil {
			return nil, err
		}
		d.Classes = names
		copy(y.data, classes)
	} else {
		if err := target.checkNumbers(); err != nil {
			return nil, err
		}
		copy(y.data, target.numbers)
	}
	d.X, d.Y = x.tensor(), y.tensor()
	return d, nil
}
