package data

import (
	"fmt"
	"math"
	"slices"
)

// stratify divides the rows so that both parts have the classes' shares of the whole, as StratifiedShuffleSplit does.
func stratify(classes []int, trainCount, testCount int, rng *RandomState) (train, test []int, err error) {
	members := rowsByClass(classes)
	for _, rows := range members {
		if len(rows) < 2 {
			return nil, nil, fmt.Errorf("class %d has only 1 sample, but a stratified split needs at least 2 of each class", classes[rows[0]])
		}
	}
	if n := len(members); trainCount < n || testCount < n {
		return nil, nil, fmt.Errorf("%d training and %d test rows, but a stratified split of %d classes needs at least %d in each part",
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

// shareOut divides draws among classes in proportion to their sizes, as _approximate_mode does: each gets the whole part of its
// share, and the rest goes to the largest remainders; ties are broken at random.
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
