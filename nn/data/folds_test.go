package data

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/golden"
)

func TestFoldsAsScikitLearn(t *testing.T) {
	type division struct {
		Splitter string
		Args     struct {
			Folds    int    `json:"n_splits"`
			Shuffle  bool   `json:"shuffle"`
			Seed     uint32 `json:"random_state"`
			TestRows int    `json:"test_size"`
			Gap      int    `json:"gap"`
			MaxTrain int    `json:"max_train_size"`
		}
		Rows   int
		Labels []int
		Folds  [][2][]int
	}
	for _, c := range golden.Read[division](t, "folds/folds.json") {
		o := FoldOptions{Folds: c.Args.Folds, Shuffle: c.Args.Shuffle, Seed: c.Args.Seed}
		var folds []Fold
		var err error
		switch c.Splitter {
		case "KFold":
			folds, err = KFold(c.Rows, o)
		case "StratifiedKFold":
			folds, err = StratifiedKFold(c.Labels, o)
		case "GroupKFold":
			folds, err = GroupKFold(c.Labels, o)
		case "TimeSeriesSplit":
			folds, err = TimeFolds(
				c.Rows,
				TimeFoldOptions{
					Folds:    c.Args.Folds,
					TestRows: c.Args.TestRows,
					Gap:      c.Args.Gap,
					MaxTrain: c.Args.MaxTrain,
				},
			)
		}
		require.NoError(t, err)
		require.Len(t, folds, len(c.Folds))
		for i, f := range folds {
			require.Equal(t, c.Folds[i], [2][]int{f.Train, f.Test}, "%s %+v, fold %d", c.Splitter,
				c.Args, i)
		}
	}
}

// TestFoldsPartTheRows divides rows of random classes and groups: each row is tested once and
// trained on in the other folds, no group is in both parts, and the shares of a class in the test
// parts differ by at most one row.
func TestFoldsPartTheRows(t *testing.T) {
	rng := NewRandomState(3)
	for range 300 {
		rows := 10 + rng.Intn(90)
		labels := make([]int, rows)
		for i := range labels {
			labels[i] = rng.Intn(8)
		}
		groups := len(rowsByClass(labels))
		o := FoldOptions{
			Folds:   2 + rng.Intn(min(groups, 5)-1),
			Shuffle: rng.Intn(2) == 0,
			Seed:    uint32(rng.Intn(100)),
		}
		plainFolds, err := KFold(rows, o)
		require.NoError(t, err)
		grouped, err := GroupKFold(labels, o)
		require.NoError(t, err)
		requireParted(t, rows, plainFolds)
		requireParted(t, rows, grouped)
		for _, f := range grouped {
			for _, row := range f.Test {
				require.False(
					t,
					slices.ContainsFunc(f.Train,
						func(other int) bool { return labels[other] == labels[row] }),
				)
			}
		}
		stratified, err := StratifiedKFold(labels, o)
		if err != nil {
			continue // all classes are too small
		}
		requireParted(t, rows, stratified)
		for class := range 8 {
			var shares []int
			for _, f := range stratified {
				n := 0
				for _, row := range f.Test {
					if labels[row] == class {
						n++
					}
				}
				shares = append(shares, n)
			}
			require.LessOrEqual(t, slices.Max(shares)-slices.Min(shares), 1)
		}
	}
}

// requireParted fails unless each row is tested in one fold and trained on in all others.
func requireParted(t *testing.T, rows int, folds []Fold) {
	t.Helper()
	var tested []int
	for _, f := range folds {
		require.Equal(t, count(rows), slices.Sorted(slices.Values(slices.Concat(f.Train, f.Test))))
		require.NotEmpty(t, f.Test)
		tested = append(tested, f.Test...)
	}
	require.Equal(t, count(rows), slices.Sorted(slices.Values(tested)))
}

func TestFoldsRejectBadArguments(t *testing.T) {
	_, err := KFold(10, FoldOptions{Folds: 1})
	require.EqualError(t, err,
		"folds: 1 folds of 10 rows, but at least 2 and at most one for each are needed")
	_, err = KFold(4, FoldOptions{})
	require.EqualError(t, err,
		"folds: 5 folds of 4 rows, but at least 2 and at most one for each are needed")
	_, err = StratifiedKFold([]int{0, 0, 1, 1, 2, 2}, FoldOptions{Folds: 3})
	require.EqualError(t, err, "folds: 3 folds, but no class has more than 2 rows")
	_, err = StratifiedKFold(nil, FoldOptions{})
	require.ErrorContains(t, err, "5 folds of 0 rows")
	_, err = GroupKFold([]int{1, 1, 2, 2}, FoldOptions{Folds: 3})
	require.EqualError(t, err,
		"folds: 3 folds of 2 groups, but at least 2 and at most one for each are needed")
	for want, o := range map[string]TimeFoldOptions{
		"5 folds of 5 rows": {},
		"1 folds of 5 rows": {Folds: 1},
		"2 folds with 2 test rows each after a gap of 1 leave none of 5": {Folds: 2,
			TestRows: 2, Gap: 1},
		"leave none of 5 rows for training": {Folds: 2,
			TestRows: math.MaxInt},
		"gaps of -1": {Folds: 2, Gap: -1},
	} {
		_, err = TimeFolds(5, o)
		require.ErrorContains(t, err, want)
	}
}
