package data

import (
	"errors"
	"slices"
)

// Records are the rows of a table that is no CSV file, as texts that [ReadCSV] would understand.
type Records interface {
	// Names returns those of the columns.
	Names() []string
	// Next returns the fields of the next row, as many as there are names, valid until the call
	// after. Behind the last row it returns io.EOF.
	Next() ([]string, error)
}

// NumberRecords are Records with columns of numbers, which need no texts.
type NumberRecords interface {
	Records
	// Numbers returns which columns hold numbers, and their values in the row of the last Next, NaN
	// where one is missing: Next's fields of these columns are not looked at. It may return the same
	// memory each time.
	Numbers() (is []bool, values []float64)
}

// ReadRecords reads a data set as [ReadCSV] does, without what is a matter of files: of the format
// it heeds missing and present texts, and marks in numbers. Errors name rows, counted from 1.
func ReadRecords(r Records, o CSVOptions) (*Dataset, error) {
	d, err := readRecords(r, &o)
	if e := new(Error); errors.As(err, &e) {
		e.Row, e.Line = e.Line, 0
	}
	if err != nil {
		return nil, err
	}
	d.Lines = nil
	return d, nil
}

func readRecords(r Records, o *CSVOptions) (*Dataset, error) {
	if err := errors.Join(o.check(), o.Format.checkMarks()); err != nil {
		return nil, err
	}
	header := &csvLines{names: slices.Clone(r.Names())}
	header.nameOthers()
	header.findRepeated("")
	t, err := o.selectColumns(header)
	if err != nil {
		return nil, err
	}
	t.ofRecords, t.badText = true, badText
	rows := &recordRows{Records: r}
	rows.withNumbers, _ = r.(NumberRecords)
	if err := t.readRows(rows); err != nil {
		return nil, err
	}
	return t.assemble()
}

// recordRows counts records.
type recordRows struct {
	Records
	withNumbers NumberRecords // nil if there are none
	read        int
}

func (r *recordRows) next() ([]string, error) {
	r.read++
	return r.Next()
}

func (r *recordRows) line(int) int { return r.read }

func (r *recordRows) numbers() (is []bool, values []float64) {
	if r.withNumbers == nil {
		return nil, nil
	}
	return r.withNumbers.Numbers()
}
