package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"simdnn/internal/cli"
	"simdnn/nn/data"
	"simdnn/nn/tabular"
	"simdnn/tensor"
)

// readFeatures reads the features of all rows of a CSV file, as a model's columns have them.
func readFeatures(path string, columns []data.Column, format data.CSVFormat) (
	*tensor.Tensor[float64], error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	reader, err := data.NewRowReader(file, columns, format)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var all []float64
	row := make([]float64, reader.Features())
	for {
		if err := reader.Read(row); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, row...)
	}
	return tensor.FromSlice(all, len(all)/max(len(row), 1), len(row)), nil
}

// readTarget reads the target of as many rows: values, or numbers of the model's classes, −1 of
// another one.
func readTarget[T tensor.Float](path string, m *tabular.Model[T], rows int) ([]float64, error) {
	d, err := data.ReadCSVFile(path, data.CSVOptions{Target: m.Target, Missing: data.MissingZero,
		Classification: m.Task == tabular.Classification})
	if err != nil {
		return nil, err
	}
	if d.Y.Dim(0) != rows {
		return nil, fmt.Errorf("%s: %d rows with a target of %d", path, d.Y.Dim(0), rows)
	}
	target := d.Y.Clone().Data()
	if m.Classes == nil {
		return target, nil
	}
	numbers := map[string]int{}
	for i, c := range m.Classes {
		numbers[c] = i + 1
	}
	for i, v := range target {
		target[i] = float64(numbers[d.Classes[int(v)]] - 1)
	}
	return target, nil
}

// metricOf returns the share of rows whose most probable class is the target, or the root of the
// mean squared error.
func metricOf(y *tensor.Tensor[float64], target []float64) (string, cli.Number) {
	sum := 0.0
	for i, want := range target {
		switch d := y.Row(i)[0] - want; {
		case y.Dim(1) == 1:
			sum += float64(d * d)
		case float64(largestOf(y.Row(i))) == want:
			sum++
		}
	}
	if y.Dim(1) == 1 {
		return "rmse", cli.Number(math.Sqrt(sum / float64(len(target))))
	}
	return "accuracy", cli.Number(sum / float64(len(target)))
}
