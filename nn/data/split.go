package data

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"simdnn/tensor"
)

// defaultTest is the share of the rows that are held out if no size is given.
const defaultTest = 0.25

// SplitOptions say how rows are divided into a training and a test part, as the arguments of
// scikit-learn's train_test_split do. A part can be given as a fraction or as a count, not both. Of
// two parts one may be left out and takes what the other leaves; without any a quarter is held out.
type SplitOptions struct {
	Test       float64 // fraction of the rows in the test part, between 0 and 1
	TestCount  int     // rows in the test part
	Train      float64 // fraction of the rows in the training part, between 0 and 1
	TrainCount int     // rows in the training part
	InOrder    bool    // the first rows train and the next test, instead of a random choice
	Stratify   bool    // give both parts the same shares of the classes
	Seed       uint32  // scikit-learn's random_state
}

// Split is a data set in two parts.
type Split[T tensor.Float] struct {
	TrainX, TestX *tensor.Tensor[T]
	TrainY, TestY *tensor.Tensor[T]
}

// TrainTestSplit copies the rows of x and y into a training and a test part as train_test_split of
// scikit-learn 1.2 does: for the same options and integer random_state the same rows in the same
// order. To stratify, y must be a column of class numbers.
func TrainTestSplit[T tensor.Float](x, y *tensor.Tensor[T], o SplitOptions) (*Split[T], error) {
	if x.Rank() == 0 || y.Rank() == 0 || x.Dim(0) != y.Dim(0) {
		return nil, fmt.Errorf("split: x of shape %v and y of shape %v differ in rows", x.Shape(),
			y.Shape())
	}
	var classes []int
	if o.Stratify {
		var err error
		if classes, err = ClassNumbers(y); err != nil {
			return nil, fmt.Errorf("split: %w", err)
		}
	}
	train, test, err := SplitRows(x.Dim(0), classes, o)
	if err != nil {
		return nil, err
	}
	return &Split[T]{
		TrainX: Rows(x, train),
		TestX:  Rows(x, test),
		TrainY: Rows(y, train),
		TestY:  Rows(y, test),
	}, nil
}

// SplitRows divides the row numbers 0 … rows−1 into a training and a test part. Classes holds the
// class of each row if the parts are to be stratified and is not used otherwise.
func SplitRows(rows int, classes []int, o SplitOptions) (train, test []int, err error) {
	trainCount, testCount, err := o.counts(rows)
	if err != nil {
		return nil, nil, fmt.Errorf("split: %w", err)
	}
	switch {
	case o.InOrder && o.Stratify:
		return nil, nil, errors.New("split: rows in order can't be stratified")
	case o.Stratify && len(classes) != rows:
		return nil, nil, fmt.Errorf("split: %d classes for %d rows", len(classes), rows)
	case o.Stratify:
		if train, test, err = stratify(classes, trainCount, testCount,
			NewRandomState(o.Seed)); err != nil {
			return nil, nil, fmt.Errorf("split: %w", err)
		}
		return train, test, nil
	case o.InOrder:
		order := count(rows)
		return order[:trainCount], order[trainCount : trainCount+testCount], nil
	}
	order := NewRandomState(o.Seed).Permutation(rows)
	return order[testCount : testCount+trainCount], order[:testCount], nil
}

// counts returns the number of rows in the two parts, as _validate_shuffle_split does.
func (o *SplitOptions) counts(rows int) (train, test int, err error) {
	test, err = part("test", o.Test, o.TestCount, rows, math.Ceil)
	if err != nil {
		return 0, 0, err
	}
	train, err = part("training", o.Train, o.TrainCount, rows, math.Floor)
	if err != nil {
		return 0, 0, err
	}
	hasTest, hasTrain := o.Test != 0 || o.TestCount != 0, o.Train != 0 || o.TrainCount != 0
	if !hasTest && !hasTrain {
		test, hasTest = int(math.Ceil(defaultTest*float64(rows))), true
	}
	if !hasTrain {
		train = rows - test
	}
	if !hasTest {
		test = rows - train
	}
	switch {
	case o.Test+o.Train > 1 || train+test > rows:
		return 0, 0, fmt.Errorf("%d training and %d test rows are more than the %d rows there are",
			train, test, rows)
	case train < 1:
		return 0, 0, fmt.Errorf("of %d rows none is left for training", rows)
	}
	return train, test, nil
}

// part returns the number of rows that a fraction or a count asks for; 0 if neither is given.
func part(name string, fraction float64, rowCount, rows int,
	round func(float64) float64) (int, error) {
	switch {
	case fraction != 0 && rowCount != 0:
		return 0, fmt.Errorf(
			"the %s part is given as the fraction %v and as %d rows, but only one is possible",
			name, fraction, rowCount)
	case rowCount < 0 || rowCount >= rows && rowCount > 0:
		return 0, fmt.Errorf(
			"%d rows for the %s part, but there must be at least 1 and fewer than the %d rows",
			rowCount, name, rows)
	case fraction != 0 && !(fraction > 0 && fraction < 1):
		return 0, fmt.Errorf("the fraction %v for the %s part is not between 0 and 1", fraction,
			name)
	case fraction != 0:
		return int(round(fraction * float64(rows))), nil
	}
	return rowCount, nil
}

// count returns the numbers 0 … n−1.
func count(n int) []int {
	a := make([]int, n)
	for i := range a {
		a[i] = i
	}
	return a
}

// Rows returns a copy of the given rows of x in the given order. It panics if one is out of range.
func Rows[T tensor.Float](x *tensor.Tensor[T], rows []int) *tensor.Tensor[T] {
	shape := x.Shape()
	if !x.IsContiguous() {
		x = x.Clone()
	}
	width := rowWidth(x)
	shape[0] = len(rows)
	picked := tensor.New[T](shape...)
	gather(picked.Data(), x.Data(), rows, width)
	return picked
}

// rowWidth returns the number of elements in a row of x, that is, with one first index.
func rowWidth[T tensor.Float](x *tensor.Tensor[T]) int {
	if x.Dim(0) == 0 {
		return 0
	}
	return x.Len() / x.Dim(0)
}

// gather copies rows of from, of the given width, to the consecutive rows of to.
func gather[T tensor.Float](to, from []T, rows []int, width int) {
	for i, r := range rows {
		copy(to[i*width:][:width], from[r*width:][:width])
	}
}

// stratify divides the rows so that both parts have the classes' shares of the whole, as
// StratifiedShuffleSplit does.
func stratify(classes []int, trainCount, testCount int,
	rng *RandomState) (train, test []int, err error) {
	members := rowsByClass(classes)
	for _, rows := range members {
		if len(rows) < 2 {
			return nil, nil, fmt.Errorf(
				"class %d has only 1 sample, but a stratified split needs at least 2 of each class",
				classes[rows[0]])
		}
	}
	if n := len(members); trainCount < n || testCount < n {
		return nil, nil, fmt.Errorf(
			"%d training and %d test rows, but a stratified split of %d classes needs at least %d in each part",
			trainCount, testCount, n, n)
	}
	sizes := make([]int, len(members))
	for c, rows := range members {
		sizes[c] = len(rows)
	}
	trainSizes := shareOut(sizes, trainCount, rng)
	for c := range sizes {
		sizes[c] -= trainSizes[c]
	}
	testSizes := shareOut(sizes, testCount, rng)
	for c, rows := range members {
		order := rng.Choice(rows, len(rows))
		train = append(train, order[:trainSizes[c]]...)
		test = append(test, order[trainSizes[c]:][:testSizes[c]]...)
	}
	rng.Shuffle(train)
	rng.Shuffle(test)
	return train, test, nil
}

// rowsByClass returns the rows of each class that occurs, in ascending order of classes and rows.
func rowsByClass(classes []int) [][]int {
	names := slices.Compact(slices.Sorted(slices.Values(classes)))
	members := make([][]int, len(names))
	for row, class := range classes {
		at, _ := slices.BinarySearch(names, class)
		members[at] = append(members[at], row)
	}
	return members
}

// shareOut divides draws among classes in proportion to their sizes, as _approximate_mode does:
// each gets the whole part of its share, and the rest goes to the largest remainders; ties are
// broken at random.
func shareOut(sizes []int, draws int, rng *RandomState) []int {
	total := 0
	for _, s := range sizes {
		total += s
	}
	shares, remainders := make([]int, len(sizes)), make([]float64, len(sizes))
	missing := draws
	for c, s := range sizes {
		share := float64(float64(s) / float64(total) * float64(draws))
		shares[c] = int(math.Floor(share))
		remainders[c] = share - math.Floor(share)
		missing -= shares[c]
	}
	values := slices.Compact(slices.Sorted(slices.Values(remainders)))
	for _, value := range slices.Backward(values) {
		if missing <= 0 {
			break
		}
		var tied []int
		for c, r := range remainders {
			if r == value {
				tied = append(tied, c)
			}
		}
		chosen := rng.Choice(tied, min(len(tied), missing))
		for _, c := range chosen {
			shares[c]++
		}
		missing -= len(chosen)
	}
	return shares
}
