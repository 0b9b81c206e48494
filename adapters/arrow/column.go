package simdnn

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"simdnn/nn/data"
)

// column is a column that is read from its first row to its last.
type column struct {
	name   string
	sort   sort
	unit   string // of moments
	source *source
	chunks []chunk // those that are read
	at     int     // the row in the first one

	looksNumeric bool // a text is a number
	// present are the texts that a CSV file would have in place of missing values: in Arrow they
	// are values, such as the country NA.
	present []string
}

// source reads a column of the table, part after part, for the columns that it is: one, or, of
// lists of a fixed size, one for each place in them, with numbers from 1 behind the name. They go
// on row by row together.
type source struct {
	field   arrow.Field
	more    next
	columns []*column
}

// chunk is a part of a column: rows cells, every step-th from the first on.
type chunk struct {
	cells             cells
	first, step, rows int
}

// columns opens a column of the table.
func (t *Table) columns(place int) ([]*column, error) {
	field := t.schema.Field(place)
	more, err := t.open(place)
	if err != nil {
		return nil, columnError(field.Name, fmt.Errorf("can't be read: %w", err))
	}
	s := &source{field: field, more: more}
	names := []string{field.Name}
	if _, isList := field.Type.(*arrow.FixedSizeListType); isList {
		if names = placesOf(field); isTurned(field) {
			return nil, columnError(field.Name,
				errors.New("its tensors are permuted, which as features they can't be"))
		}
		if len(names) == 0 {
			return nil, columnError(field.Name, errors.New("its lists have no elements"))
		}
	}
	for _, name := range names {
		s.columns = append(s.columns, &column{name: name, sort: nothing, source: s})
	}
	if err := s.read(); err != nil && !errors.Is(err, io.EOF) { // which tells the sort
		return nil, err
	}
	return s.columns, nil
}

// read reads what follows. Behind the last row it returns io.EOF.
func (s *source) read() error {
	arrays, err := s.more()
	if errors.Is(err, io.EOF) {
		return err
	}
	if err != nil {
		return columnError(s.field.Name, fmt.Errorf("can't be read: %w", err))
	}
	for _, a := range arrays {
		if err := s.take(a); err != nil {
			return columnError(s.field.Name, err)
		}
	}
	return nil
}

// take hands the columns the cells of an array.
func (s *source) take(a arrow.Array) error {
	lists, isList := a.(*array.FixedSizeList)
	values := a
	if isList {
		var err error
		if values, err = elements(lists); err != nil {
			return err
		}
	}
	cells, err := cellsOf(values)
	if err != nil {
		return err
	}
	if isList && lists.NullN() > 0 {
		missing, step := cells.missing, len(s.columns)
		cells.missing = func(i int) bool { return lists.IsNull(i/step) || missing(i) }
	}
	for i, c := range s.columns {
		if cells.sort != nothing {
			c.sort, c.unit = cells.sort, cells.unit
		}
		if a.Len() > 0 {
			c.chunks = append(c.chunks, chunk{cells, i, len(s.columns), a.Len()})
		}
	}
	return nil
}

// ready makes the cell of the next row, which there is, one that is read.
func (c *column) ready() error {
	for len(c.chunks) == 0 || c.at == c.chunks[0].rows {
		if len(c.chunks) > 0 {
			c.chunks[0] = chunk{} // its memory is free
			c.chunks, c.at = c.chunks[1:], 0
			continue
		}
		if err := c.source.read(); errors.Is(err, io.EOF) {
			return columnError(c.name, errors.New("it has fewer rows than the table"))
		} else if err != nil {
			return err
		}
	}
	return nil
}

// elements returns those of lists of a fixed size, one behind the other; those of a list that is
// null mean nothing.
func elements(a *array.FixedSizeList) (arrow.Array, error) {
	if a.Len() == 0 {
		return array.NewSlice(a.ListValues(), 0, 0), nil
	}
	first, _ := a.ValueOffsets(0)
	_, end := a.ValueOffsets(a.Len() - 1)
	if end > int64(a.ListValues().Len()) {
		return nil, fmt.Errorf("its %d lists have %d elements, not %d", a.Len(), a.ListValues().Len(),
			end)
	}
	return array.NewSlice(a.ListValues(), first, end), nil
}

// firstNull returns the place of the first null of an array, −1 if it has none.
func firstNull(a arrow.Array) int {
	if a.NullN() == 0 {
		return -1
	}
	for i := range a.Len() {
		if a.IsNull(i) {
			return i
		}
	}
	return -1
}

// next returns the cells of the next row, which is ready, and its place among them.
func (c *column) next() (of *cells, i int) {
	head := &c.chunks[0]
	i = head.first + c.at*head.step
	c.at++
	return &head.cells, i
}

// lookThrough reads the texts of a column, and begins it anew: what they are is known before the
// first of them is taken.
func (t *Table) lookThrough(place int, columns []*column) error {
	s := columns[0].source
	for err := error(nil); !errors.Is(err, io.EOF); err = s.read() {
		if err != nil {
			return err
		}
		for _, c := range columns {
			c.noteTexts()
			c.chunks = nil
		}
	}
	more, err := t.open(place)
	if err != nil {
		return columnError(s.field.Name, fmt.Errorf("can't be read: %w", err))
	}
	s.more = more
	return nil
}

// noteTexts notes what the texts that are read are.
func (c *column) noteTexts() {
	var plain data.Column
	for _, part := range c.chunks {
		for row := range part.rows {
			i := part.first + row*part.step
			if part.cells.missing(i) {
				continue
			}
			text := part.cells.text(i)
			if !c.looksNumeric {
				_, err := strconv.ParseFloat(text, 64)
				c.looksNumeric = err == nil
			}
			if text != "" && plain.IsMissing(text) && !slices.Contains(c.present, text) {
				c.present = append(c.present, strings.Clone(text))
			}
		}
	}
}

// cellsAreNumbers reports whether a column has numbers, or truth values, alone.
func (c *column) cellsAreNumbers() bool {
	return c.sort == number || c.sort == moment || c.sort == truth
}

// number returns the number of the next row's cell, NaN if it is missing.
func (c *column) number() float64 {
	of, i := c.next()
	if of.missing(i) {
		return math.NaN()
	}
	return of.number(i)
}

// field returns the text of the next row's cell as a CSV file would have it: truth values are 0 and
// 1 unless they are labels or categories.
func (c *column) field(spellTruth bool) string {
	of, i := c.next()
	switch {
	case of.missing(i):
		return ""
	case of.sort == truth && !spellTruth:
		return strconv.FormatFloat(of.number(i), 'g', -1, 64)
	}
	return of.text(i)
}

// counted names a unit.
func counted(unit string) string { return cmp.Or(unit, "plain values") }

// encode sets the features of a model's column to those of the next row's cell.
func (c *column) encode(of *data.Column, features []float64) error {
	const exact = 1 << 53 // beyond, a float64 stands for several whole numbers
	if err := c.ready(); err != nil {
		return err
	}
	cells, i := c.next()
	switch {
	case cells.unit != of.Unit && cells.sort != nothing:
		return &data.Error{Column: of.Name, Problem: fmt.Sprintf(
			"it holds %s, but the model was trained on %s", counted(cells.unit), counted(of.Unit))}
	case cells.missing(i):
		return of.EncodeMissing(features)
	case cells.sort == word || cells.sort == category:
		return of.EncodeText(features, cells.text(i))
	case cells.sort == truth:
		return of.EncodeBool(features, cells.number(i) == 1)
	}
	v := cells.number(i)
	if of.Categories != nil && math.Abs(v) >= exact {
		return of.EncodeText(features, cells.text(i))
	}
	return of.EncodeNumber(features, v)
}
