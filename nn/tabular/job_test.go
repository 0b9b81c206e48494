package tabular

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// line is a data set of n rows with y = 100·x + 1000.
func line(n int) *Dataset {
	x, y := tensor.New[float64](n, 1), tensor.New[float64](n, 1)
	for i := range n {
		x.Data()[i], y.Data()[i] = float64(i), float64(100*i+1000)
	}
	return &Dataset{"line", data.Dataset{X: x, Y: y}}
}

// classes is a data set whose rows have the given classes, named a, b, ….
func classes(of ...float64) *Dataset {
	d := &Dataset{
		"letters",
		data.Dataset{X: tensor.New[float64](len(of), 1), Y: tensor.FromSlice(of, len(of), 1)},
	}
	for _, c := range of {
		for len(d.Classes) <= int(c) {
			d.Classes = append(d.Classes, string(rune('a'+len(d.Classes))))
		}
	}
	return d
}

// settings are some that work.
func settings() Settings {
	return Settings{
		Hidden:       []int{3},
		Activation:   nn.Tanh,
		Optimizer:    "sgd",
		LearningRate: 0.1,
		Batch:        4,
		Epochs:       2,
		Validation:   0.25,
		Seed:         5,
		Threads:      1,
	}
}

// rows returns what a loader hands out in an epoch.
func rows(l *data.Loader[float64]) (x, y []float64) {
	for bx, by := range l.Epoch() {
		x, y = append(x, bx.Clone().Data()...), append(y, by.Clone().Data()...)
	}
	return x, y
}

func TestPrepareSplitsAndScales(t *testing.T) {
	s := settings()
	s.ScaleInputs, s.ScaleTarget = true, true
	j, err := Prepare[float64](line(40), s)
	require.NoError(t, err)
	x, y := rows(j.Train)
	heldX, heldY := rows(j.Validation)
	require.Len(t, x, 30)
	require.Len(t, heldX, 10)
	mean, square := 0.0, 0.0
	for i := range x {
		mean += x[i] / 30
		square += x[i] * x[i] / 30
		require.InDelta(t, x[i], y[i], 1e-12, "a linear function scales to the same values")
	}
	require.InDelta(t, 0, mean, 1e-12)
	require.InDelta(t, 1, square, 1e-12)
	seen := map[float64]bool{}
	for _, part := range [][]float64{y, heldY} {
		for _, v := range part {
			seen[math.Round(v*j.Target.Deviation[0]+j.Target.Mean[0])] = true
		}
	}
	require.Len(t, seen, 40,
		"the held-out rows are scaled as the training rows are, and every row is in one part")
	for i := range 40 {
		require.True(t, seen[float64(100*i+1000)])
	}
}

func TestPrepareStratifies(t *testing.T) {
	s := settings()
	s.Stratify = true
	j, err := Prepare[float64](classes(0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 2, 2, 2, 2), s)
	require.NoError(t, err)
	_, y := rows(j.Validation)
	require.ElementsMatch(t, []float64{0, 0, 1, 2}, y)

	j, err = Prepare[float64](line(40), s)
	require.NoError(t, err)
	_, y = rows(j.Validation)
	low := 0
	for _, v := range y {
		if v < 1000+100*20 {
			low++
		}
	}
	require.Equal(t, 5, low, "as many low targets as high ones")

	for n := 2; n < 25; n++ { // too few for ten groups
		for _, s.Validation = range []float64{0.01, 0.2, 0.5, 0.9} {
			if int(math.Ceil(s.Validation*float64(n))) == n {
				continue
			}
			_, err = Prepare[float64](line(n), s)
			require.NoError(t, err, "%d rows, %g held out", n, s.Validation)
		}
	}
}

func TestPrepareWholeSet(t *testing.T) {
	s := settings()
	s.Batch, s.Validation, s.Hidden, s.LearningRate = 0, 0, nil, 1e-4
	j, err := Prepare[float64](line(10), s)
	require.NoError(t, err)
	require.Nil(t, j.Validation)
	require.Nil(t, j.Target)
	require.Equal(t, 1, j.Train.Len())
	x, _ := rows(j.Train)
	require.Equal(t, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, x)
	h, err := j.Fit(context.Background())
	require.NoError(t, err)
	require.Len(t, h.Epochs, 2)
	require.Len(t, j.Model.Layers(), 1)
}

// TestPrepareRefusesSizesBeyondMemory asks for layers that no machine can hold.
func TestPrepareRefusesSizesBeyondMemory(t *testing.T) {
	s := settings()
	s.Hidden = []int{1 << 30, 1 << 30}
	_, err := Prepare[float64](line(40), s)
	require.ErrorContains(t, err, "the setting Hidden, [1073741824 1073741824]: training such a network needs "+
		"36893488422297010176 bytes (32 EiB), but this machine has ")
}

func TestPrepareRefusesData(t *testing.T) {
	for text, d := range map[string]*Dataset{
		`letters: the class "b" has 1 sample; at least 2 are needed`: classes(0, 0, 1, 0),
		`letters: the class "a" has 0 samples`:                       classes(1, 1, 1, 1),
		"letters: a classification needs at least 2 classes":         classes(0, 0, 0, 0),
		"letters: ": {"letters", data.Dataset{X: tensor.New[float64](2, 1),
			Y: tensor.FromSlice([]float64{0, 0.5}, 2, 1), Classes: []string{"a", "b"}}},
		"line: ": line(1),
	} {
		_, err := Prepare[float32](d, settings())
		require.ErrorContains(t, err, text)
	}
}

func TestPrepareReportsWhatIsNotFinite(t *testing.T) {
	d := line(12)
	d.Features = []string{"length"}
	d.X.Set(math.NaN(), 7, 0)
	_, err := Prepare[float32](d, settings())
	require.EqualError(t, err, `line: row 8, column "length": NaN is not a finite number`)
	d.X.Set(7, 7, 0)
	d.Y.Set(math.Inf(1), 3, 0)
	_, err = Prepare[float32](d, settings())
	require.EqualError(t, err, `line: row 4, column "target 1": +Inf is not a finite number`)

	s := settings()
	s.AllowNonfinite, s.ScaleTarget = true, true
	j, err := Prepare[float64](d, s)
	require.NoError(t, err)
	_, y := rows(j.Train)
	_, held := rows(j.Validation)
	require.Contains(t, append(y, held...), math.Inf(1))
	require.False(t, math.IsInf(j.Target.Mean[0], 0), "the scale is that of the finite rows")

	d = line(12)
	d.X.Set(1e300, 7, 0)
	_, err = Prepare[float32](d, settings())
	require.ErrorContains(
		t,
		err,
		`line: row 8, column "feature 1": the value, 1e+300 as the network would see it, `+
			"is beyond the range of float32",
	)
}

// TestPrepareFillsFromTheTrainingRows leaves a held-out row out of the mean that is filled in for a
// missing value.
func TestPrepareFillsFromTheTrainingRows(t *testing.T) {
	d := line(40)
	d.X.Set(math.NaN(), 7, 0)
	d.Columns = []data.Column{{Name: "x0", Missing: data.MissingMean}}
	j, err := Prepare[float64](d, settings())
	require.NoError(t, err)
	x, _ := rows(j.Train)
	held, _ := rows(j.Validation)
	fill, sum, n := j.Dataset.Columns[0].Fill[0], 0.0, 0.0
	seen := map[float64]bool{}
	for _, v := range x {
		if v != fill {
			sum, n = sum+v, n+1
		}
		seen[v] = true
	}
	for _, v := range held {
		seen[v] = true
	}
	require.InDelta(t, sum/n, fill, 1e-12)
	require.NotEqual(t, (39*40/2-7)/39., fill, "the mean of all rows")
	require.True(t, seen[fill])
	require.Equal(t, []float64{fill}, j.Trained().Columns[0].Fill, "it is kept with the model")
	require.True(t, math.IsNaN(d.X.At(7, 0)), "the data set stays")
	require.Nil(t, d.Columns[0].Fill)
}

// TestPrepareFindsTheLineOfATrainingRow names the line of the largest value that is not held out.
func TestPrepareFindsTheLineOfATrainingRow(t *testing.T) {
	d, s := line(40), settings()
	s.ScaleTarget, d.Target = true, "mass"
	for i := range 40 {
		d.Y.Set(float64(i)*1e200, i, 0)
		d.Lines = append(d.Lines, 2+i)
	}
	for s.Seed = range 5 {
		train, _, err := d.split(&s)
		require.NoError(t, err)
		largest := slices.Max(train)
		_, err = Prepare[float64](d, s)
		require.EqualError(t, err, fmt.Sprintf(`line: line %d, column "mass": %g is not finite or too large to be scaled`,
			2+largest, d.Y.At(largest, 0)))
	}
}

func TestNothingHeldOutNeedsOneSampleOfAClass(t *testing.T) {
	s := settings()
	s.Validation, s.Stratify = 0, true
	_, err := Prepare[float64](classes(0, 1, 1, 0, 2), s)
	require.NoError(t, err)
	_, err = Prepare[float64](classes(0, 2, 2, 0), s)
	require.EqualError(t, err, `letters: the class "b" has 0 samples; at least 1 is needed`)
	s.Validation = 0.25
	_, err = Prepare[float64](classes(0, 1, 1, 0, 2), s)
	require.EqualError(
		t,
		err,
		`letters: the class "c" has 1 sample; at least 2 are needed, `+
			"one to train and one to validate; Validation 0 holds nothing out",
	)
}

func TestSettingsThatCannotWork(t *testing.T) {
	s := settings()
	require.NoError(t, s.Check())
	for text, change := range map[string]func(*Settings){
		"unknown optimizer":             func(s *Settings) { s.Optimizer = "lamb" },
		"hidden layer 2 has 0 neurons":  func(s *Settings) { s.Hidden = []int{4, 0} },
		"the learning rate is NaN":      func(s *Settings) { s.LearningRate = math.NaN() },
		"the learning rate is +Inf":     func(s *Settings) { s.LearningRate = math.Inf(1) },
		"the learning rate is -1":       func(s *Settings) { s.LearningRate = -1 },
		"the weight decay is NaN":       func(s *Settings) { s.WeightDecay = math.NaN() },
		"the batch has -1 rows":         func(s *Settings) { s.Batch = -1 },
		"there are 0 epochs":            func(s *Settings) { s.Epochs = 0 },
		"the patience is -2":            func(s *Settings) { s.Patience = -2 },
		"held out for validation is 1":  func(s *Settings) { s.Validation = 1 },
		"held out for validation is Na": func(s *Settings) { s.Validation = math.NaN() },
		"there are -1 threads":          func(s *Settings) { s.Threads = -1 },
	} {
		s := settings()
		change(&s)
		require.ErrorContains(t, s.Check(), text)
		_, err := Prepare[float32](line(40), s)
		require.ErrorContains(t, err, text)
	}
	s = settings()
	s.Activation = nn.Activation{}
	_, err := Prepare[float32](line(40), s)
	require.ErrorContains(t, err, "the activation is missing")
}

func TestTasks(t *testing.T) {
	for _, task := range []Task{Regression, Classification} {
		got, err := ParseTask(string(task))
		require.NoError(t, err)
		require.Equal(t, task, got)
	}
	_, err := ParseTask("ranking")
	require.ErrorContains(t, err, `unknown task "ranking"; known: regression, classification`)
	require.Equal(t, []any{Regression, 1}, []any{line(2).Task(), line(2).Outputs()})
	require.Equal(t, []any{Classification, 3},
		[]any{classes(0, 1, 2).Task(), classes(0, 1, 2).Outputs()})
}
