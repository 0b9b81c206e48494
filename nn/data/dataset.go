package data

import (
	"fmt"

	"simdnn/tensor"
)

// Dataset is a data set for supervised learning with the names of its parts.
type Dataset struct {
	X        *tensor.Tensor[float64] // (samples, features)
	Y        *tensor.Tensor[float64] // (samples, 1): numbers, or class numbers of a classification
	Features []string                // names of X's columns
	Columns  []Column                // what X's columns were made of, if it was a table
	Target   string                  // name of Y
	Classes  []string                // names of the classes 0, 1, …; nil for a regression
	Lines    []int                   // line of the file, from 1, of each sample; nil if it was no file
	Notes    []Note                  // what was done to the table that one may not expect
}

// CheckFinite returns an [Error] that names line and column of the first value that is NaN or
// infinite.
func (d *Dataset) CheckFinite() error {
	if err := d.checkFinite(d.X, d.Features, "feature"); err != nil {
		return err
	}
	return d.checkFinite(d.Y, []string{d.Target}, "target")
}

func (d *Dataset) checkFinite(x *tensor.Tensor[float64], names []string, what string) error {
	row, column, found := firstNonfinite(x)
	if !found {
		return nil
	}
	return d.errorAt(row, nameOf(column, names, what),
		fmt.Sprintf("%v is not a finite number", x.At(row, column)))
}

// errorAt returns the error of a value, by its line if the file is known.
func (d *Dataset) errorAt(row int, column, problem string) *Error {
	e := &Error{Row: row + 1, Column: column, Problem: problem}
	if row < len(d.Lines) {
		e.Line = d.Lines[row]
	}
	return e
}

// nameOf returns the name of a column, counted from 1 if it has none.
func nameOf(column int, names []string, what string) string {
	if column < len(names) && names[column] != "" {
		return names[column]
	}
	return fmt.Sprintf("%s %d", what, column+1)
}

// firstNonfinite returns the place of the first element of x that is NaN or infinite.
func firstNonfinite[T tensor.Float](x *tensor.Tensor[T]) (row, column int, found bool) {
	if !x.IsContiguous() {
		x = x.Clone()
	}
	width := rowWidth(x)
	for i, v := range x.Data() {
		if !isFinite(float64(v)) {
			return i / width, i % width, true
		}
	}
	return 0, 0, false
}

// CheckFinite returns an error that names the first element of x that is NaN or infinite: its row
// and, if a row has more than one element, its column, both counted from 0. names, if there are
// any, are those of the columns.
func CheckFinite[T tensor.Float](x *tensor.Tensor[T], names []string) error {
	row, column, found := firstNonfinite(x)
	if !found {
		return nil
	}
	if !x.IsContiguous() {
		x = x.Clone()
	}
	width := rowWidth(x)
	v := x.Data()[row*width+column]
	switch {
	case column < len(names):
		return fmt.Errorf("row %d, column %d (%q) is %v, not a finite number", row, column,
			names[column], v)
	case width > 1:
		return fmt.Errorf("row %d, column %d is %v, not a finite number", row, column, v)
	}
	return fmt.Errorf("row %d is %v, not a finite number", row, v)
}

// FiniteRows returns the numbers of the rows of x that hold neither NaN nor infinities.
func FiniteRows[T tensor.Float](x *tensor.Tensor[T]) []int {
	var rows []int
	for i := range x.Dim(0) {
		if CheckFinite(x.Slice(i, i+1), nil) == nil {
			rows = append(rows, i)
		}
	}
	return rows
}

// Convert returns a copy of x with elements of type T, each rounded to the nearest.
func Convert[T tensor.Float](x *tensor.Tensor[float64]) *tensor.Tensor[T] {
	if !x.IsContiguous() {
		x = x.Clone()
	}
	c := tensor.New[T](x.Shape()...)
	to := c.Data()
	for i, v := range x.Data() {
		to[i] = T(v)
	}
	return c
}
