package data

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

// splitSize is a recorded size: a fraction if it has a point, a count otherwise.
type splitSize float64

func (s splitSize) set(fraction *float64, count *int) {
	if s == splitSize(math.Trunc(float64(s))) {
		*count = int(s)
		return
	}
	*fraction = float64(s)
}

func TestSplitRowsAsScikitLearn(t *testing.T) {
	type split struct {
		Args struct {
			Test    splitSize `json:"test_size"`
			Train   splitSize `json:"train_size"`
			Shuffle *bool     `json:"shuffle"`
			Seed    uint32    `json:"random_state"`
		}
		N           int
		Labels      *recorded
		Train, Test recorded
	}
	for _, c := range readGolden[split](t, "split.json") {
		o := SplitOptions{Seed: c.Args.Seed, InOrder: c.Args.Shuffle != nil && !*c.Args.Shuffle}
		c.Args.Test.set(&o.Test, &o.TestCount)
		c.Args.Train.set(&o.Train, &o.TrainCount)
		var classes []int
		if c.Labels != nil {
			o.Stratify = true
			for _, v := range c.Labels.Head {
				classes = append(classes, int(v))
			}
			c.Labels.requireInts(t, classes, "recorded labels")
		}
		train, test, err := SplitRows(c.N, classes, o)
		require.NoError(t, err)
		c.Train.requireInts(t, train, "train")
		c.Test.requireInts(t, test, "test")
	}
}

func TestTrainTestSplitKeepsRowsTogether(t *testing.T) {
	x, y := tensor.New[float32](50, 3), tensor.New[float32](50, 1)
	for i := range x.Data() {
		x.Data()[i] = float32(i)
	}
	for i := range y.Data() {
		y.Data()[i] = float32(i % 3)
	}
	s, err := TrainTestSplit(x, y, SplitOptions{Test: 0.2, Stratify: true, Seed: 4})
	require.NoError(t, err)
	require.Equal(t, []int{40, 3}, s.TrainX.Shape())
	require.Equal(t, []int{10, 1}, s.TestY.Shape())
	seen := map[int]bool{}
	for _, part := range []struct{ x, y *tensor.Tensor[float32] }{{s.TrainX, s.TrainY},
		{s.TestX, s.TestY}} {
		for i := range part.x.Dim(0) {
			row := int(part.x.At(i, 0)) / 3
			require.Equal(t, []float32{float32(3 * row), float32(3*row + 1), float32(3*row + 2)},
				part.x.Row(i))
			require.Equal(t, float32(row%3), part.y.At(i, 0))
			seen[row] = true
		}
	}
	require.Len(t, seen, 50)

	transposed, err := TrainTestSplit(x.T().Clone().T(), y,
		SplitOptions{Test: 0.2, Stratify: true, Seed: 4})
	require.NoError(t, err)
	require.Equal(t, s.TrainX.Data(), transposed.TrainX.Data(), "a strided x gives the same rows")
}

func TestStratifiedSplitOfAnySizes(t *testing.T) {
	rng := NewRandomState(11)
	for range 2000 {
		var classes []int
		names := 1 + rng.Intn(6)
		for c := range names {
			for range 2 + rng.Intn(12) {
				classes = append(classes, c)
			}
		}
		n := len(classes)
		o := SplitOptions{Stratify: true, Seed: uint32(rng.Intn(1000))}
		o.TestCount = names + rng.Intn(n-2*names+1)
		o.TrainCount = names + rng.Intn(n-o.TestCount-names+1)
		train, test, err := SplitRows(n, classes, o)
		require.NoError(t, err)
		require.Len(t, train, o.TrainCount)
		require.Len(t, test, o.TestCount)
		rows := slices.Concat(train, test)
		slices.Sort(rows)
		require.Len(t, slices.Compact(rows), o.TrainCount+o.TestCount, "no row twice")
	}
}

func TestSplitRejectsBadArguments(t *testing.T) {
	classes := []int{0, 0, 0, 0, 0, 1, 1, 1, 1, 1}
	for want, c := range map[string]struct {
		classes []int
		o       SplitOptions
	}{
		"fraction 1.5 for the test":     {classes, SplitOptions{Test: 1.5}},
		"fraction NaN for the test":     {classes, SplitOptions{Test: math.NaN()}},
		"fraction -0.1 for the train":   {classes, SplitOptions{Train: -0.1}},
		"10 rows for the test part":     {classes, SplitOptions{TestCount: 10}},
		"-1 rows for the training part": {classes, SplitOptions{TrainCount: -1}},
		"as the fraction 0.5 and as 3":  {classes, SplitOptions{Test: 0.5, TestCount: 3}},
		"6 training and 5 test rows":    {classes, SplitOptions{TrainCount: 6, TestCount: 5}},
		"more than the 10 rows":         {classes, SplitOptions{Train: 0.6, Test: 0.5}},
		"none is left for training":     {classes, SplitOptions{Test: 0.95}},
		"of 0 rows none is left":        {nil, SplitOptions{}},
		"in order can't be stratified":  {classes, SplitOptions{InOrder: true, Stratify: true}},
		"0 classes for 10 rows":         {[]int{}, SplitOptions{Stratify: true}},
		"class 7 has only 1 sample": {[]int{0, 0, 0, 0, 7, 1, 1, 1, 1, 1},
			SplitOptions{Stratify: true}},
		"stratified split of 2 classes": {classes, SplitOptions{Stratify: true, TestCount: 1}},
	} {
		rows := 10
		if c.classes == nil {
			rows = 0
		}
		_, _, err := SplitRows(rows, c.classes, c.o)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "split: ")
	}
	_, err := TrainTestSplit(tensor.New[float64](3, 2), tensor.New[float64](4, 1), SplitOptions{})
	require.EqualError(t, err, "split: x of shape [3 2] and y of shape [4 1] differ in rows")
	_, err = TrainTestSplit(tensor.New[float64](4, 2),
		tensor.FromSlice([]float64{0, 1, 0.5, 1}, 4, 1), SplitOptions{Stratify: true})
	require.ErrorContains(t, err, "class number of row 2 is 0.5")
}
