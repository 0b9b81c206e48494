package data

import (
	"errors"
	"fmt"
	"math"

	"simdnn/tensor"
)

// Scaler moves and scales the columns of a matrix to mean 0 and standard deviation 1:
// z = (x − mean) / deviation, with the mean and the population standard deviation of the rows that
// it was fitted to. It works in float64 whatever the element type.
//
// With float64 its results are bit by bit those of StandardScaler of scikit-learn 1.2 to 1.9. With
// float32 they were to 1.7; from 1.8 on StandardScaler subtracts and divides in float32, which is
// off by up to 1e-3 of a value where the mean is far larger than the deviation.
type Scaler[T tensor.Float] struct {
	Mean      []float64 `json:"mean"`      // mean of each column
	Deviation []float64 `json:"deviation"` // population standard deviation of each column, 1 for a constant one
}

// FitScaler returns the scaler for the columns of x, of shape (rows, columns). A column whose
// variance is no more than what rounding makes of a constant counts as constant, as in
// scikit-learn's StandardScaler. A column whose variance is beyond float64 is an [Error] with the
// row of its largest value and the column's name, if names are given.
func FitScaler[T tensor.Float](x *tensor.Tensor[T], names ...string) (*Scaler[T], error) {
	if x.Rank() != 2 || x.Dim(0) == 0 {
		return nil, fmt.Errorf("scaler: x of shape %v, but (rows, columns) with at least one row is needed", x.Shape())
	}
	return FitScalerRows(x, count(x.Dim(0)), names...)
}

// FitScalerRows is [FitScaler] on some rows of x, at least one, in their order. An error's row is
// one of x.
func FitScalerRows[T tensor.Float](x *tensor.Tensor[T], rows []int, names ...string) (
	*Scaler[T], error) {

	if x.Rank() != 2 || len(rows) == 0 {
		return nil, fmt.Errorf("scaler: %d rows of x of shape %v, but at least one of a matrix is needed",
			len(rows), x.Shape())
	}
	if !x.IsContiguous() {
		x = x.Clone()
	}
	columns, n := x.Dim(1), float64(len(rows))
	mean, squares := make([]float64, columns), make([]float64, columns)
	for _, i := range rows {
		for j, v := range x.Row(i) {
			mean[j] += float64(v)
		}
	}
	for j := range mean {
		mean[j] /= n
	}
	// sums of the differences from the rounded mean, which correct the variances
	rest := make([]float64, columns)
	for _, i := range rows {
		for j, v := range x.Row(i) {
			d := float64(v) - mean[j]
			rest[j] += d
			squares[j] += float64(d * d)
		}
	}
	for j := range mean {
		variance := (squares[j] - float64(rest[j]*rest[j])/n) / n
		if !isFinite(mean[j]) || !isFinite(variance) {
			return nil, tooLarge(x, rows, j, names)
		}
		squares[j] = deviation(variance, mean[j], n)
	}
	return &Scaler[T]{Mean: mean, Deviation: squares}, nil
}

// tooLarge returns the error of a column whose values have no finite variance, at the largest of
// them.
func tooLarge[T tensor.Float](x *tensor.Tensor[T], rows []int, column int, names []string) *Error {
	largest := rows[0]
	for _, i := range rows {
		v := math.Abs(float64(x.At(i, column)))
		if math.IsNaN(v) {
			largest = i
			break
		}
		if v > math.Abs(float64(x.At(largest, column))) {
			largest = i
		}
	}
	e := &Error{Row: largest + 1, Problem: fmt.Sprintf("scaler: column %d holds values that are not finite or too large, such as %g", column, x.At(largest, column))}
	if column < len(names) {
		e.Column = names[column]
		e.Problem = fmt.Sprintf("%g is not finite or too large to be scaled", x.At(largest, column))
	}
	return e
}

// deviation returns the square root of a variance of n values, 1 if it is within the rounding error
// of a constant.
func deviation(variance, mean, n float64) float64 {
	const epsilon = 0x1p-52
	rounding := n * mean * epsilon
	if variance <= float64(n*epsilon*variance)+float64(rounding*rounding) {
		return 1
	}
	return math.Sqrt(variance)
}

// Transform returns a scaled copy of x, of shape (rows, columns).
func (s *Scaler[T]) Transform(x *tensor.Tensor[T]) (*tensor.Tensor[T], error) {
	return s.mapColumns(x, func(v float64, j int) float64 { return (v - s.Mean[j]) / s.Deviation[j] })
}

// Scale sets dst to a row of features, scaled.
func (s *Scaler[T]) Scale(dst, row []T) {
	for j, v := range row {
		dst[j] = T((float64(v) - s.Mean[j]) / s.Deviation[j])
	}
}

// Inverse returns a copy of x, of shape (rows, columns), with the scaling undone.
func (s *Scaler[T]) Inverse(x *tensor.Tensor[T]) (*tensor.Tensor[T], error) {
	return s.mapColumns(x, func(v float64, j int) float64 { return float64(v*s.Deviation[j]) + s.Mean[j] })
}

// mapColumns returns a copy of x with f applied to each element and the number of its column.
func (s *Scaler[T]) mapColumns(x *tensor.Tensor[T],
	f func(v float64, column int) float64) (*tensor.Tensor[T], error) {
	if len(s.Mean) != len(s.Deviation) {
		return nil, errors.New("scaler: the numbers of means and deviations differ")
	}
	if x.Rank() != 2 || x.Dim(1) != len(s.Mean) {
		return nil, fmt.Errorf("scaler: x of shape %v, but the scaler was fitted to %d columns",
			x.Shape(), len(s.Mean))
	}
	c := x.Clone()
	values := c.Data()
	for i, v := range values {
		values[i] = T(f(float64(v), i%len(s.Mean)))
	}
	return c, nil
}
