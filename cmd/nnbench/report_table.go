package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"simdnn/cmd/nnbench/internal/report"
	"simdnn/internal/cli/training"
	"simdnn/nn/data"
	"simdnn/nn/tabular"
	"simdnn/tensor"
)

// mostRows is how many rows the page about a model of tables shows and shuffles.
const mostRows = 2000

// tableSource gathers what the page about a model of tables shows.
func tableSource[T tensor.Float](f *reportFlags) (s report.ModelSource, err error) {
	m, err := tabular.Load[T](f.model)
	if err != nil {
		return s, err
	}
	s = report.ModelSource{File: filepath.Base(f.model), Data: f.data, Made: time.Now(),
		Network: layerNames(m.Network)}
	x, err := readFeatures(f.data, m.Columns, data.CSVFormat{})
	if err != nil {
		return s, training.WithFlags(err)
	}
	target, err := readTarget(f.data, m, x.Dim(0))
	if err != nil {
		return s, training.WithFlags(err)
	}
	y, err := m.Predict(x)
	if err != nil {
		return s, fmt.Errorf("%s: %w", f.data, err)
	}
	if m.Classes != nil {
		s.Confusion, err = confusionOf(m.Classes, y, target)
	} else {
		s.Values = &report.Values{Target: m.Target}
		for i := range min(len(target), mostRows) {
			s.Values.Truth = append(s.Values.Truth, target[i])
			s.Values.Predicted = append(s.Values.Predicted, y.Row(i)[0])
		}
	}
	if err == nil {
		s.Columns, err = columnsOf(m, x, target)
	}
	return s, err
}

// confusionOf counts what was predicted of the rows of each class.
func confusionOf(classes []string, y *tensor.Tensor[float64], target []float64) (*report.Confusion,
	error) {
	c := &report.Confusion{Of: "rows", Classes: classes}
	for range classes {
		c.Counts = append(c.Counts, make([]int, len(classes)))
	}
	for i, class := range target {
		if class < 0 {
			return nil, fmt.Errorf("row %d has a class that the model doesn't know", i+1)
		}
		c.Counts[int(class)][largestOf(y.Row(i))]++
	}
	return c, nil
}

// columnsOf returns the metric, and that of each column whose values are dealt to other rows: the
// more it loses, the more the predictions rest on the column.
func columnsOf[T tensor.Float](m *tabular.Model[T], x *tensor.Tensor[float64], target []float64) (
	*report.Columns, error) {
	rows := min(x.Dim(0), mostRows)
	x, target = x.Slice(0, rows).Clone(), target[:rows]
	metric := func() (string, float64, error) {
		y, err := m.Predict(x)
		if err != nil {
			return "", 0, err
		}
		name, value := metricOf(y, target)
		return name, float64(value), nil
	}
	var all report.Columns
	var err error
	if all.Metric, all.Value, err = metric(); err != nil {
		return nil, err
	}
	first := 0
	for _, c := range m.Columns {
		features := c.Features()
		kept := x.Clone()
		for i, from := range rand.New(rand.NewPCG(1, 0)).Perm(rows) {
			copy(x.Row(i)[first:][:features], kept.Row(from)[first:])
		}
		_, value, err := metric()
		if err != nil {
			return nil, err
		}
		all.Names, all.Shuffled = append(all.Names, c.Name), append(all.Shuffled, value)
		x, first = kept, first+features
	}
	return &all, nil
}
