package simdnn

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"simdnn/nn/data"
)

// Dataset returns the table as a data set, which the options make of it as of a CSV file, see
// [data.ReadCSV]; of their format missing and present texts alone are heeded.
//
// A null or NaN is a missing value; an empty text is too. Texts such as NA are values unless they
// are among the missing texts, or their column is to be one of numbers. Truth values are numbers, 0
// and 1, but texts as labels and where the column is to be a category. Dictionaries are categories,
// and so are texts in a column where one is a number. A list of a fixed size is a column for each
// place in it, the name with a number from 1 behind it.
//
// Dates and times are errors, unless the options' Kinds make them numbers: dates become days since
// 1970, timestamps seconds since then, times of the day and durations seconds. Any other type is an
// error, unless its column is left out. The index of pandas is left out unless the options keep it
// or name it.
func (t *Table) Dataset(o data.CSVOptions) (*data.Dataset, error) {
	d, err := t.dataset(o)
	var e *data.Error
	if errors.As(err, &e) && e.Column == o.Target {
		err = withoutFixes(err, "Drop") // of a target nothing is left to learn
	}
	return d, withoutFixes(err, "Decimal", "Thousands") // which are marks in CSV files
}

func (t *Table) dataset(o data.CSVOptions) (*data.Dataset, error) {
	o.Drop, o.Columns, o.Kinds = slices.Clone(o.Drop), slices.Clone(o.Columns), maps.Clone(o.Kinds)
	if o.Kinds == nil {
		o.Kinds = map[string]data.Kind{}
	}
	notes := t.dropIndex(&o)
	if err := o.CheckColumns(t.names()); err != nil { // before anything is read
		return nil, err
	}
	r, err := t.records(&o)
	if err != nil {
		return nil, err
	}
	present := o.Format.PresentTexts
	o.Format = data.CSVFormat{MissingTexts: o.Format.MissingTexts, PresentTexts: present}
	for _, c := range r.columns {
		if c != nil && c.sort == word && o.Kinds[c.name] != data.Number {
			o.Format.PresentTexts = append(slices.Clip(o.Format.PresentTexts), c.present...)
		}
	}
	d, err := data.ReadRecords(r, o)
	if err != nil {
		return nil, err
	}
	for i := range d.Columns { // in columns of numbers, texts of other columns stay missing values
		if c := &d.Columns[i]; c.Categories == nil {
			c.PresentTexts, c.Unit = present, r.columns[slices.Index(r.names, c.Name)].unit
		}
	}
	d.Notes = append(notes, d.Notes...)
	return d, nil
}

// names returns those of the columns, and those of the places in lists of a fixed size.
func (t *Table) names() (names []string) {
	for _, field := range t.schema.Fields() {
		names = append(append(names, field.Name), placesOf(field)...)
	}
	return names
}

// dropIndex leaves the columns of a pandas index out, unless they are asked for.
func (t *Table) dropIndex(o *data.CSVOptions) (notes []data.Note) {
	for _, name := range t.index() {
		if o.KeepIndex || name == o.Target || slices.Contains(o.Columns, name) ||
			slices.Contains(o.Drop, name) || !t.schema.HasField(name) {
			continue
		}
		o.Drop = append(o.Drop, name)
		notes = append(notes, data.Note{
			Text:  fmt.Sprintf("the column %q is the index of a pandas table: it is left out", name),
			Fixes: []data.Fix{{Field: "KeepIndex", Effect: "keeps it"}},
		})
	}
	return notes
}

// records are the rows of a table as [data.ReadRecords] takes them.
type records struct {
	names   []string
	columns []*column // nil where it is left out
	spelled []bool    // truth values are texts
	fields  []string
	numeric []bool    // a number is not written as a text
	numbers []float64 // of those
	left    int
}

// records reads the columns that the options don't leave out, and completes the options by what
// their types say.
func (t *Table) records(o *data.CSVOptions) (*records, error) {
	r := &records{left: t.rows}
	for place, field := range t.schema.Fields() {
		name := field.Name
		if name != o.Target && (slices.Contains(o.Drop, name) ||
			o.Columns != nil && !t.taken(o.Columns, place)) {
			r.add(name, nil, false)
			continue
		}
		columns, err := t.columns(place)
		if err == nil && columns[0].sort == word {
			err = t.lookThrough(place, columns)
		}
		if err != nil {
			return nil, err
		}
		if at := slices.Index(o.Columns, name); at >= 0 && columns[0].name != name {
			o.Columns = slices.Delete(o.Columns, at, at+1)
			for _, c := range columns {
				o.Columns = append(o.Columns, c.name)
			}
		}
		for _, c := range columns {
			if err := r.understand(c, o); err != nil {
				return nil, err
			}
		}
	}
	r.fields, r.numbers = make([]string, len(r.names)), make([]float64, len(r.names))
	for _, c := range r.columns {
		numeric := false
		if c != nil {
			category := o.Kinds[c.name] == data.Category || c.name == o.Target && o.Classification
			numeric = c.cellsAreNumbers() && !category && len(o.Format.MissingTexts) == 0
		}
		r.numeric = append(r.numeric, numeric)
	}
	return r, nil
}

// taken reports whether names are those of a column or of one of its places.
func (t *Table) taken(names []string, place int) bool {
	field := t.schema.Field(place)
	for _, name := range append(placesOf(field), field.Name) {
		if slices.Contains(names, name) {
			return true
		}
	}
	return false
}

// understand adds a column and completes the options for it.
func (r *records) understand(c *column, o *data.CSVOptions) error {
	kind, isTarget := o.Kinds[c.name], c.name == o.Target
	switch {
	case c.sort == moment && kind != data.Number:
		return &data.Error{Column: c.name,
			Problem: "it holds dates or times, which can be taken as numbers only",
			Fixes: []data.Fix{
				{Field: "Kinds", Value: c.name, Effect: "takes days or seconds since 1970"},
				{Field: "Drop", Value: c.name, Effect: "leaves it out"}}}
	case isTarget || kind != data.Auto:
	case c.sort == category, c.sort == word && c.looksNumeric:
		o.Kinds[c.name] = data.Category
	}
	r.add(c.name, c, isTarget && o.Classification || kind == data.Category)
	return nil
}

func (r *records) add(name string, c *column, spelled bool) {
	r.names = append(r.names, name)
	r.columns = append(r.columns, c)
	r.spelled = append(r.spelled, spelled)
}

var _ data.NumberRecords = (*records)(nil)

func (r *records) Names() []string { return r.names }

func (r *records) Next() ([]string, error) {
	if r.left == 0 {
		return nil, io.EOF
	}
	r.left--
	for i, c := range r.columns {
		if c == nil {
			continue
		}
		if err := c.ready(); err != nil {
			return nil, err
		}
		switch {
		case r.numeric[i]:
			r.numbers[i] = c.number()
		default:
			r.fields[i] = c.field(r.spelled[i])
		}
	}
	return r.fields, nil
}

func (r *records) Numbers() (is []bool, values []float64) { return r.numeric, r.numbers }
