package data

import (
	"fmt"

	"simdnn/tensor"
)

// ClassNumbers returns the class of each row of a column y of shape (n, 1) or (n). An element that
// is not a whole number from 0 on is an error.
func ClassNumbers[T tensor.Float](y *tensor.Tensor[T]) ([]int, error) {
	if y.Rank() == 0 || y.Rank() > 2 || y.Rank() == 2 && y.Dim(1) != 1 {
		return nil, fmt.Errorf("class numbers of shape %v, but a column of shape (n, 1) is needed",
			y.Shape())
	}
	if !y.IsContiguous() {
		y = y.Clone()
	}
	classes := make([]int, y.Dim(0))
	for i, v := range y.Data() {
		if !(v >= 0 && v < maxElements) || v != T(int(v)) {
			return nil, fmt.Errorf("the class number of row %d is %v, but must be 0, 1, …", i, v)
		}
		classes[i] = int(v)
	}
	return classes, nil
}

// OneHot returns a tensor of shape (n, classes) with a 1 in the column of each row's class and
// zeros beside it, for a column y of class numbers of shape (n, 1).
func OneHot[T tensor.Float](y *tensor.Tensor[T], classes int) (*tensor.Tensor[T], error) {
	numbers, err := ClassNumbers(y)
	if err != nil {
		return nil, fmt.Errorf("one-hot: %w", err)
	}
	if classes < 1 || !fits(len(numbers), classes) {
		return nil, fmt.Errorf("one-hot: %d classes for %d rows are not possible", classes,
			len(numbers))
	}
	hot := tensor.New[T](len(numbers), classes)
	for i, c := range numbers {
		if c >= classes {
			return nil, fmt.Errorf(
				"one-hot: the class number of row %d is %d, but there are %d classes", i, c,
				classes)
		}
		hot.Data()[i*classes+c] = 1
	}
	return hot, nil
}

// Classes returns the column of shape (n, 1) with the number of each row's largest element, the
// first of several: the inverse of [OneHot], and the classes that rows of probabilities or logits
// predict. A NaN is never the largest, unless all of the row are.
func Classes[T tensor.Float](scores *tensor.Tensor[T]) (*tensor.Tensor[T], error) {
	if scores.Rank() != 2 || scores.Dim(1) == 0 {
		return nil, fmt.Errorf(
			"classes: scores of shape %v, but (n, classes) with at least one class is needed",
			scores.Shape())
	}
	if !scores.IsContiguous() {
		scores = scores.Clone()
	}
	y := tensor.New[T](scores.Dim(0), 1)
	for i := range y.Data() {
		row := scores.Row(i)
		best := 0
		for c, v := range row {
			if v > row[best] || row[best] != row[best] {
				best = c
			}
		}
		if row[best] != row[best] {
			best = 0
		}
		y.Data()[i] = T(best)
	}
	return y, nil
}
