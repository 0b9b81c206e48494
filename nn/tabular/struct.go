package tabular

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"simdnn/nn/data"
)

// tag is the key of the struct tags that name columns: `table:"name"`, `table:"name,target"` for
// what is to be predicted, `table:"-"` for what is left out.
const tag = "table"

// field is a field of a struct that is a column.
type field struct {
	name   string
	index  int
	target bool
}

// fieldsOf returns the columns of a struct: its exported fields, named by their tags or else as
// they are. They hold numbers, texts or truth values, or point to them; a nil pointer is a missing
// value.
func fieldsOf(t reflect.Type) ([]field, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s is not a struct", t)
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, option, _ := strings.Cut(f.Tag.Get(tag), ",")
		switch {
		case name == "-" && option == "" || !f.IsExported():
			continue
		case option != "" && option != "target":
			return nil, fmt.Errorf("%s.%s: unknown option %q in the tag; known: target", t, f.Name,
				option)
		case name == "":
			name = f.Name
		}
		of := f.Type
		if of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		if !isCell(of.Kind()) {
			return nil, fmt.Errorf(
				"%s.%s: a %s is no number and no text; leave it out by the tag `%s:\"-\"`", t,
				f.Name, f.Type, tag)
		}
		fields = append(fields, field{name, i, option == "target"})
	}
	return fields, nil
}

// isCell reports whether values of a kind can stand in a table.
func isCell(k reflect.Kind) bool {
	return k == reflect.String || k == reflect.Bool ||
		reflect.Int <= k && k <= reflect.Float64 && k != reflect.Uintptr
}

// layout is where a type of struct holds the model's columns.
type layout struct {
	fields []int // of each column; -1 for one that the struct does not have
}

// PredictStruct sets to to the prediction from a struct, whose fields are the model's columns by
// name as in [FitStructs]. row is a pointer to the struct, as in PredictStruct(&house, &p): a
// struct itself, or nil, is an error. A nil pointer, NaN, and a column that the struct does not
// have, is a missing value. Other fields are left out.
func (f *Frozen[T]) PredictStruct(row any, to *Prediction) error {
	v := reflect.ValueOf(row)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("a pointer to a struct is needed, not a %T", row)
	}
	v = v.Elem()
	l, err := f.layout(v.Type())
	if err != nil {
		return err
	}
	p, err := f.pass()
	if err != nil {
		return err
	}
	for i, at := range l.fields {
		if err := f.encodeField(p, i, v, at); err != nil {
			f.passes.Put(p)
			return err
		}
	}
	return f.finish(p, to)
}

// layout returns that of a type, found when it first comes.
func (f *Frozen[T]) layout(t reflect.Type) (*layout, error) {
	if l, known := f.layouts.Load(t); known {
		return l.(*layout), nil
	}
	fields, err := fieldsOf(t)
	if err != nil {
		return nil, err
	}
	l := &layout{fields: make([]int, len(f.model.Columns))}
	for i := range l.fields {
		l.fields[i] = -1
	}
	for _, field := range fields {
		if i, needed := f.places[field.name]; needed {
			l.fields[i] = field.index
		}
	}
	f.layouts.Store(t, l)
	return l, nil
}

// encodeField sets the features of a column to those of a field.
func (f *Frozen[T]) encodeField(p *pass[T], column int, row reflect.Value, at int) error {
	c, features := &f.model.Columns[column], f.features(p, column)
	if at < 0 {
		return c.EncodeMissing(features)
	}
	v := row.Field(at)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return c.EncodeMissing(features)
		}
		v = v.Elem()
	}
	const exact = 1 << 53 // beyond, a float64 stands for several whole numbers
	switch {
	case v.Kind() == reflect.String:
		return c.EncodeText(features, v.String())
	case v.Kind() == reflect.Bool:
		return c.EncodeBool(features, v.Bool())
	case c.Categories != nil && v.CanInt() && (v.Int() > exact || v.Int() < -exact):
		return c.EncodeText(features, strconv.FormatInt(v.Int(), 10))
	case c.Categories != nil && v.CanUint() && v.Uint() > exact:
		return c.EncodeText(features, strconv.FormatUint(v.Uint(), 10))
	case v.CanInt():
		return c.EncodeNumber(features, float64(v.Int()))
	case v.CanUint():
		return c.EncodeNumber(features, float64(v.Uint()))
	}
	return c.EncodeNumber(features, v.Float())
}

// tableOf returns structs as a CSV file with the decimal mark of a format, and the name of the
// target that a tag gives, "" if none does.
func tableOf[S any](rows []S, f *data.CSVFormat) (table *bytes.Buffer, target string, err error) {
	fields, err := fieldsOf(reflect.TypeFor[S]())
	if err != nil {
		return nil, "", err
	}
	record := make([]string, len(fields))
	for i, column := range fields {
		record[i] = column.name
		if column.target {
			if target != "" {
				return nil, "", errors.New("two fields are the target by their tags")
			}
			target = column.name
		}
	}
	table = &bytes.Buffer{}
	w := csv.NewWriter(table)
	_ = w.Write(record) // a buffer takes everything
	for i := range rows {
		row := reflect.ValueOf(&rows[i]).Elem()
		for j, column := range fields {
			record[j] = cellOf(row.Field(column.index), f.Decimal)
		}
		_ = w.Write(record)
	}
	w.Flush()
	return table, target, nil
}

// cellOf returns a field as a CSV file with a decimal mark holds it.
func cellOf(v reflect.Value, decimal rune) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.String:
		return v.String()
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10)
	case math.IsNaN(v.Float()):
		return ""
	}
	text := strconv.FormatFloat(v.Float(), 'f', -1, 64)
	if decimal != 0 {
		text = strings.Replace(text, ".", string(decimal), 1)
	}
	return text
}
