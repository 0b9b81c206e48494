package data

import (
	"cmp"
	"fmt"
	"slices"
)

// Fold is one division of a data set for cross-validation: the rows to train on and those to test
// on, both in ascending order. Whatever is learned from data belongs into the loop over the folds
// and sees the training rows alone: what to fill in for missing values ([Dataset.Impute]), the
// scaler, the model.
type Fold struct{ Train, Test []int }

// FoldOptions say how rows are divided into folds, as the arguments of scikit-learn's KFold do.
type FoldOptions struct {
	Folds   int    // how many, at least 2; 0 means 5
	Shuffle bool   // choose the rows of each fold at random
	Seed    uint32 // scikit-learn's random_state
}

// folds returns the number of folds, or an error if there are fewer things to divide.
func (o *FoldOptions) folds(n int, things string) (int, error) {
	k := cmp.Or(o.Folds, 5)
	if k < 2 || k > n {
		return 0, fmt.Errorf(
			"folds: %d folds of %d %s, but at least 2 and at most one for each are needed", k, n,
			things)
	}
	return k, nil
}

// KFold divides the rows 0 … rows−1 so that each is in the test part of one fold, as KFold of
// scikit-learn 1.9 does: the same rows for the same options. Without shuffling a fold's test rows
// follow one another.
func KFold(rows int, o FoldOptions) ([]Fold, error) {
	k, err := o.folds(rows, "rows")
	if err != nil {
		return nil, err
	}
	order := count(rows)
	if o.Shuffle {
		NewRandomState(o.Seed).Shuffle(order)
	}
	foldOf := make([]int, rows)
	for fold, part := range parts(order, k) {
		for _, row := range part {
			foldOf[row] = fold
		}
	}
	return gatherFolds(foldOf, k), nil
}

// parts cuts a into k parts of equal length, the first ones longer by one where it does not come
// out even.
func parts(a []int, k int) [][]int {
	cut := make([][]int, k)
	for i := range cut {
		n := len(a) / (k - i)
		if len(a)%(k-i) != 0 {
			n++
		}
		cut[i], a = a[:n], a[n:]
	}
	return cut
}

// gatherFolds returns the folds in which each row is tested in the one given for it.
func gatherFolds(foldOf []int, k int) []Fold {
	folds := make([]Fold, k)
	for row, tested := range foldOf {
		for fold := range folds {
			if fold == tested {
				folds[fold].Test = append(folds[fold].Test, row)
			} else {
				folds[fold].Train = append(folds[fold].Train, row)
			}
		}
	}
	return folds
}

// StratifiedKFold divides rows of the given classes so that the test part of each fold has the
// shares of the whole, as StratifiedKFold does. A class with fewer rows than there are folds is
// missing in the test part of some; if all classes are so small it is an error.
func StratifiedKFold(classes []int, o FoldOptions) ([]Fold, error) {
	k, err := o.folds(len(classes), "rows")
	if err != nil {
		return nil, err
	}
	members := rowsByClass(classes)
	largest := 0
	for _, rows := range members {
		largest = max(largest, len(rows))
	}
	if largest < k {
		return nil, fmt.Errorf("folds: %d folds, but no class has more than %s", k,
			plural(largest, "row"))
	}
	// Classes count in the order in which they appear.
	slices.SortFunc(members, func(a, b []int) int { return cmp.Compare(a[0], b[0]) })
	rng := NewRandomState(o.Seed)
	foldOf := make([]int, len(classes))
	before := 0 // rows of the classes before
	for _, rows := range members {
		// The rows of all classes one after the other are dealt out to the folds in turn: how many
		// of this class does each get?
		shares := make([]int, k)
		for i := range rows {
			shares[(before+i)%k]++
		}
		before += len(rows)
		var dealt []int
		for fold, share := range shares {
			for range share {
				dealt = append(dealt, fold)
			}
		}
		if o.Shuffle {
			rng.Shuffle(dealt)
		}
		for i, row := range rows {
			foldOf[row] = dealt[i]
		}
	}
	return gatherFolds(foldOf, k), nil
}

// GroupKFold divides rows of the given groups so that no group is in both parts of a fold, as
// GroupKFold does: the largest group goes to the test part with the fewest rows, and so on;
// shuffled, the groups are divided as KFold divides rows.
func GroupKFold(groups []int, o FoldOptions) ([]Fold, error) {
	members := rowsByClass(groups)
	k, err := o.folds(len(members), "groups")
	if err != nil {
		return nil, err
	}
	foldOf := make([]int, len(groups))
	test := func(group, fold int) {
		for _, row := range members[group] {
			foldOf[row] = fold
		}
	}
	order := count(len(members))
	if o.Shuffle {
		NewRandomState(o.Seed).Shuffle(order)
		for fold, part := range parts(order, k) {
			for _, group := range part {
				test(group, fold)
			}
		}
		return gatherFolds(foldOf, k), nil
	}
	slices.SortStableFunc(order,
		func(a, b int) int { return cmp.Compare(len(members[a]), len(members[b])) })
	sizes := make([]int, k)
	for _, group := range slices.Backward(order) {
		lightest := slices.Index(sizes, slices.Min(sizes))
		sizes[lightest] += len(members[group])
		test(group, lightest)
	}
	return gatherFolds(foldOf, k), nil
}

// TimeFoldOptions say how rows in the order of time are divided into folds, as the arguments of
// scikit-learn's TimeSeriesSplit do.
type TimeFoldOptions struct {
	Folds    int // how many, at least 2; 0 means 5
	TestRows int // rows of each test part; 0 means as many as in the first training part
	Gap      int // rows left out between the parts
	MaxTrain int // most training rows, the last ones before the test part; 0 for no limit
}

// TimeFolds divides rows that stand in the order of time: each test part follows its training part,
// which holds all or the last of the rows before, as TimeSeriesSplit has it. The test parts end
// with the last row.
func TimeFolds(rows int, o TimeFoldOptions) ([]Fold, error) {
	k := cmp.Or(o.Folds, 5)
	if o.TestRows < 0 || o.Gap < 0 || o.MaxTrain < 0 {
		return nil, fmt.Errorf(
			"folds: test parts of %d rows after gaps of %d and at most %d training rows, "+
				"but none may be negative",
			o.TestRows, o.Gap, o.MaxTrain)
	}
	if k < 2 || k >= rows {
		return nil, fmt.Errorf(
			"folds: %d folds of %d rows, but at least 2 and fewer than rows are needed", k, rows)
	}
	size := cmp.Or(o.TestRows, rows/(k+1))
	if size > rows || rows-o.Gap-k*size <= 0 {
		return nil, fmt.Errorf(
			"folds: %d folds with %d test rows each after a gap of %d "+
				"leave none of %d rows for training",
			k, size, o.Gap, rows)
	}
	order := count(rows)
	folds := make([]Fold, k)
	for i := range folds {
		begin := rows - (k-i)*size
		end, first := begin-o.Gap, 0
		if o.MaxTrain > 0 && o.MaxTrain < end {
			first = end - o.MaxTrain
		}
		folds[i] = Fold{
			Train: slices.Clone(order[first:end]),
			Test:  slices.Clone(order[begin : begin+size]),
		}
	}
	return folds, nil
}
