package simdnn

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"simdnn/nn/data"
)

// column is a column that is read from its first row to its last.
type column struct {
	name   string
	sort   sort
	unit   string // of moments
	chunks []chunk
	cells  cells // of the chunk at hand
	at     int   // the row in it
}

// chunk is a part of a column: rows cells, every step-th from the first on.
type chunk struct {
	cells             cells
	first, step, rows int
}

// columns reads a column of the table: it is one, or, of lists of a fixed size, one for each place
// in them, with numbers from 1 behind the name.
func (t *Table) columns(place int) ([]*column, error) {
	field := t.schema.Field(place)
	read, err := t.readColumn(place)
	if err != nil {
		return nil, columnError(field.Name, err)
	}
	return read, nil
}

func (t *Table) readColumn(place int) ([]*column, error) {
	field := t.schema.Field(place)
	chunks, err := t.read(place)
	if err != nil {
		return nil, fmt.Errorf("can't be read: %w", err)
	}
	list, isList := field.Type.(*arrow.FixedSizeListType)
	if !isList {
		c, err := newColumn(field.Name, chunks, 0, 1)
		return []*column{c}, err
	}
	if isTurned(field) {
		return nil, fmt.Errorf("its tensors are permuted, which as features they can't be")
	}
	flat := make([]arrow.Array, len(chunks))
	for i, c := range chunks {
		if flat[i], err = elements(c.(*array.FixedSizeList)); err != nil {
			return nil, err
		}
	}
	all := make([]*column, list.Len())
	for i := range all {
		name := field.Name + strconv.Itoa(i+1)
		if all[i], err = newColumn(name, flat, i, len(all)); err != nil {
			return nil, err
		}
		all[i].addNulls(chunks)
	}
	return all, nil
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

// addNulls makes the cells of lists that are null missing.
func (c *column) addNulls(lists []arrow.Array) {
	at := 0
	for _, list := range lists {
		if list.Len() == 0 {
			continue
		}
		part := &c.chunks[at]
		at++
		if list.NullN() > 0 {
			missing := part.cells.missing
			part.cells.missing = func(i int) bool { return list.IsNull(i/part.step) || missing(i) }
		}
	}
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

// newColumn returns the column of every step-th element of arrays.
func newColumn(name string, arrays []arrow.Array, first, step int) (*column, error) {
	c := &column{name: name, sort: nothing}
	for _, a := range arrays {
		cells, err := cellsOf(a)
		if err != nil {
			return nil, err
		}
		if cells.sort != nothing {
			c.sort, c.unit = cells.sort, cells.unit
		}
		if a.Len() > 0 {
			c.chunks = append(c.chunks, chunk{cells, first, step, a.Len() / step})
		}
	}
	return c, nil
}

// next goes to the next row, the first one to begin with, and returns its place among the cells.
func (c *column) next() int {
	for len(c.chunks) > 0 && c.at == c.chunks[0].rows {
		c.chunks, c.at = c.chunks[1:], 0
	}
	head := &c.chunks[0]
	c.cells = head.cells
	i := head.first + c.at*head.step
	c.at++
	return i
}

// texts calls a function with the texts of a column until it returns false.
func (c *column) texts(each func(text string) bool) {
	for _, part := range c.chunks {
		for row := range part.rows {
			i := part.first + row*part.step
			if !part.cells.missing(i) && !each(part.cells.text(i)) {
				return
			}
		}
	}
}

// looksNumeric reports whether a text of a column is a number.
func (c *column) looksNumeric() (numeric bool) {
	c.texts(func(text string) bool {
		_, err := strconv.ParseFloat(text, 64)
		numeric = err == nil
		return !numeric
	})
	return numeric
}

// presentTexts returns the texts that a CSV file would have in place of missing values: in Arrow
// they are values, such as the country NA.
func (c *column) presentTexts() (present []string) {
	var plain data.Column
	c.texts(func(text string) bool {
		if text != "" && plain.IsMissing(text) && !slices.Contains(present, text) {
			present = append(present, text)
		}
		return true
	})
	return present
}

// cellsAreNumbers reports whether a column has numbers, or truth values, alone.
func (c *column) cellsAreNumbers() bool {
	return c.sort == number || c.sort == moment || c.sort == truth
}

// number returns the number of the next row's cell, NaN if it is missing.
func (c *column) number() float64 {
	i := c.next()
	if c.cells.missing(i) {
		return math.NaN()
	}
	return c.cells.number(i)
}

// field returns the text of the next row's cell as a CSV file would have it: truth values are 0 and
// 1 unless they are labels or categories.
func (c *column) field(spellTruth bool) string {
	i := c.next()
	switch {
	case c.cells.missing(i):
		return ""
	case c.cells.sort == truth && !spellTruth:
		return strconv.FormatFloat(c.cells.number(i), 'g', -1, 64)
	}
	return c.cells.text(i)
}

// counted names a unit.
func counted(unit string) string { return cmp.Or(unit, "plain values") }

// encode sets the features of a model's column to those of the next row's cell.
func (c *column) encode(of *data.Column, features []float64) error {
	const exact = 1 << 53 // beyond, a float64 stands for several whole numbers
	i := c.next()
	switch {
	case c.cells.unit != of.Unit && c.cells.sort != nothing:
		return &data.Error{Column: of.Name, Problem: fmt.Sprintf(
			"it holds %s, but the model was trained on %s", counted(c.cells.unit), counted(of.Unit))}
	case c.cells.missing(i):
		return of.EncodeMissing(features)
	case c.cells.sort == word || c.cells.sort == category:
		return of.EncodeText(features, c.cells.text(i))
	case c.cells.sort == truth:
		return of.EncodeBool(features, c.cells.number(i) == 1)
	}
	v := c.cells.number(i)
	if of.Categories != nil && math.Abs(v) >= exact {
		return of.EncodeText(features, c.cells.text(i))
	}
	return of.EncodeNumber(features, v)
}
