package tabular

import (
	"cmp"
	"errors"
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

// Outputs returns the number of outputs that a network for this data set has: one per class, or
// one.
func (d *Dataset) Outputs() int {
	if d.Task() == Classification {
		return len(d.Classes)
	}
	return 1
}

// check reports what a network can't learn from.
func (d *Dataset) check(s *Settings) error {
	if d.Task() != Classification {
		return nil
	}
	if len(d.Classes) < 2 {
		return fmt.Errorf("%s: a classification needs at least 2 classes; there is %d", d.Name,
			len(d.Classes))
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
		if n == 0 || n == 1 && s.Validation > 0 {
			return d.tooFew(c, n)
		}
	}
	return nil
}

// tooFew returns the error of a class with n samples.
func (d *Dataset) tooFew(class, n int) error {
	samples, needed := "samples", "at least 1 is needed"
	var fixes []data.Fix
	if n == 1 {
		samples, needed = "sample", "at least 2 are needed, one to train and one to validate"
		fixes = []data.Fix{{Field: "Validation", Value: "0", Effect: "holds nothing out"}}
	}
	return &data.Error{File: d.Name, Column: d.Target, Fixes: fixes,
		Problem: fmt.Sprintf("the class %q has %d %s; %s", d.Classes[class], n, samples, needed)}
}

// checkFinite reports what can't be computed with.
func (d *Dataset) checkFinite(s *Settings) error {
	if s.AllowNonfinite {
		return nil
	}
	return d.locate(d.CheckFinite(), nil)
}

// locate completes an error about a row among some rows of the data set, nil for all, with the name
// of the data set and the line.
func (d *Dataset) locate(err error, rows []int) error {
	e := new(data.Error)
	if !errors.As(err, &e) {
		if err != nil {
			err = fmt.Errorf("%s: %w", d.Name, err)
		}
		return err
	}
	e.File = d.Name
	row := e.Row - 1
	if row >= 0 && rows != nil {
		row = rows[row]
		e.Row = row + 1
	}
	if row >= 0 && row < len(d.Lines) {
		e.Line = d.Lines[row]
	}
	return err
}

// mostStrata is the largest number of parts of equal size into which a regression's targets are
// divided to be held out in equal shares.
const mostStrata = 10

// groups returns the group of each row of which both parts of a split are to get equal shares: its
// class, or the tenth of the targets in which its value lies. Where the smaller part has fewer than
// ten rows there are fewer groups of targets, so that each finds room.
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
