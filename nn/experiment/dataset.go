package experiment

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"simdnn/nn/data"
)

// Task is what a network learns: values or classes.
type Task string

// The two tasks.
const (
	Regression     Task = "regression"
	Classification Task = "classification"
)

// ParseTask returns the task of that name.
func ParseTask(name string) (Task, error) {
	if t := Task(name); t == Regression || t == Classification {
		return t, nil
	}
	return "", fmt.Errorf("unknown task %q; known: %s, %s", name, Regression, Classification)
}

// Dataset is what a network learns from: values, or classes if the classes have names.
type Dataset struct {
	Name string // where the data come from
	data.Dataset
}

// Task returns what a network learns from the data set.
func (d *Dataset) Task() Task {
	if d.Classes != nil {
		return Classification
	}
	return Regression
}

// Rows returns the number of samples.
func (d *Dataset) Rows() int { return d.X.Dim(0) }

// Outputs returns the number of outputs that a network for this data set has: one a class, or one.
func (d *Dataset) Outputs() int {
	if d.Task() == Classification {
		return len(d.Classes)
	}
	return 1
}

// check reports what a network can't learn from.
func (d *Dataset) check(s *Settings) error {
	if !s.AllowNonfinite {
		if err := data.CheckFinite(d.X, d.Features); err != nil {
			return fmt.Errorf("%s: features: %w", d.Name, err)
		}
		if err := data.CheckFinite(d.Y, nil); err != nil {
			return fmt.Errorf("%s: target: %w", d.Name, err)
		}
	}
	if d.Task() != Classification {
		return nil
	}
	if len(d.Classes) < 2 {
		return fmt.Errorf("%s: a classification needs at least 2 classes; there is %d", d.Name, len(d.Classes))
	}
	classes, err := data.ClassNumbers(d.Y)
	if err != nil {
		return fmt.Errorf("%s: %w", d.Name, err)
	}
	counts := make([]int, len(d.Classes))
	for _, c := range classes {
		counts[c]++
	}
	for c, n := range counts {
		if n < 2 {
			samples := "samples"
			if n == 1 {
				samples = "sample"
			}
			return fmt.Errorf("%s: the class %q has %d %s; at least 2 are needed, one to train and one to validate", d.Name, d.Classes[c], n, samples)
		}
	}
	return nil
}

// mostStrata is the largest number of parts of equal size into which a regression's targets are divided to be held out in equal shares.
const mostStrata = 10

// groups returns the group of each row of which both parts of a split are to get equal shares: its class, or the tenth of the targets in which
// its value lies. Where the smaller part has fewer than ten rows there are fewer groups of targets, so that each finds room.
func (d *Dataset) groups(validation float64) ([]int, error) {
	if d.Task() == Classification {
		return data.ClassNumbers(d.Y)
	}
	held := int(math.Ceil(validation * float64(d.Rows())))
	strata := min(mostStrata, held, d.Rows()-held)
	y := d.Y.Data()
	order := make([]int, len(y))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(y[i], y[j]) })
	groups := make([]int, len(y))
	for place, row := range order {
		groups[row] = place * strata / len(y)
	}
	return groups, nil
}

// classNames numbers n classes.
func classNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	return names
}
