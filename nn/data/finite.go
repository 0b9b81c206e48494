package data

import (
	"fmt"

	"simdnn/tensor"
)

// CheckFinite returns an error that names the first element of x that is NaN or infinite: its row and, if a row has more than one element,
// its column, both counted from 0. names, if there are any, are those of the columns.
func CheckFinite[T tensor.Float](x *tensor.Tensor[T], names []string) error {
	if !x.IsContiguous() {
		x = x.Clone()
	}
	width := rowWidth(x)
	for i, v := range x.Data() {
		if isFinite(float64(v)) {
			continue
		}
		row, column := i/width, i%width
		switch {
		case column < len(names):
			return fmt.Errorf("row %d, column %d (%q) is %v, not a finite number", row, column, names[column], v)
		case width > 1:
			return fmt.Errorf("row %d, column %d is %v, not a finite number", row, column, v)
		}
		return fmt.Errorf("row %d is %v, not a finite number", row, v)
	}
	return nil
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
