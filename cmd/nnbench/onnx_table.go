package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"simdnn/onnx"
	"simdnn/tensor"
)

// table adds the inputs that a CSV file has columns for, by name. To a model with one input of many
// columns, as those of tables of numbers are, it gives the columns of its features' names or, where
// the file has none of these, all columns but the target.
func (f *onnxInputs) table(m *onnx.Model, path string, values map[string]*onnx.Value) error {
	header, rows, err := readLines(path)
	if err != nil {
		return err
	}
	info, found := m.Info(), false
	features := featureNames(info)
	for i, d := range info.Inputs {
		name := d.Name
		if len(features) == len(info.Inputs) {
			name = features[i] // an input is called otherwise than its column if the name was taken
		}
		at := slices.Index(header, name)
		if at < 0 || inputColumns(d) > 1 {
			continue
		}
		found = true
		if values[d.Name], err = columnsValue(path, d, header, rows, []int{at}); err != nil {
			return err
		}
	}
	switch {
	case found:
		return nil
	case len(info.Inputs) != 1 || len(info.Inputs[0].Shape) != 2:
		return fmt.Errorf("%s has no column that is called as an input; its columns are %s", path,
			strings.Join(header, ", "))
	}
	d := info.Inputs[0]
	places, err := featurePlaces(path, d, header, features, info.Metadata["target"])
	if err != nil {
		return err
	}
	values[d.Name], err = columnsValue(path, d, header, rows, places)
	return err
}

// inputColumns returns how many columns an input has, 0 if the model leaves that open.
func inputColumns(d onnx.Declaration) int {
	if len(d.Shape) != 2 {
		return 0
	}
	n, _ := d.Shape[1].(int64)
	return int(n)
}

// featureNames returns the names of a model's columns that package saved writes, nil where there
// are none.
func featureNames(info onnx.Info) (names []string) {
	if json.Unmarshal([]byte(info.Metadata["feature_names"]), &names) != nil {
		return nil
	}
	return names
}

// featurePlaces returns the columns of an input of many.
func featurePlaces(path string, d onnx.Declaration, header, features []string, target string) (
	places []int, err error) {
	n := inputColumns(d)
	var missing []string
	for _, name := range features {
		if at := slices.Index(header, name); at >= 0 {
			places = append(places, at)
		} else {
			missing = append(missing, name)
		}
	}
	switch {
	case len(places) == 0 || n != 0 && len(features) != n:
		places = places[:0]
	case missing != nil:
		return nil, fmt.Errorf("%s has no column %s, which the input %s takes; its columns are %s", path,
			strings.Join(missing, ", "), d.Name, strings.Join(header, ", "))
	default:
		return places, nil
	}
	for i, name := range header {
		if name != target {
			places = append(places, i)
		}
	}
	if n != 0 && n != len(places) {
		return nil, fmt.Errorf("the input %s takes %d columns, and %s has %d beside the target: %s",
			d.Name, n, path, len(places), strings.Join(header, ", "))
	}
	return places, nil
}

// readLines returns the names and the other lines of a CSV file.
func readLines(path string) (header []string, rows [][]string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	text := bufio.NewReader(file)
	if mark, _ := text.Peek(3); string(mark) == "\ufeff" { // spreadsheets put it before UTF-8
		_, _ = text.Discard(len(mark))
	}
	all, err := csv.NewReader(text).ReadAll()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(all) < 2 {
		return nil, nil, fmt.Errorf("%s: a line of names and one of values at least are expected", path)
	}
	return all[0], all[1:], nil
}

// columnsValue returns an input of rows × columns.
func columnsValue(path string, d onnx.Declaration, header []string, rows [][]string, places []int) (
	*onnx.Value, error) {
	shape := []int{len(rows), len(places)}
	if len(d.Shape) == 1 {
		shape = shape[:1]
	}
	var texts []string
	for _, row := range rows {
		for _, at := range places {
			texts = append(texts, row[at])
		}
	}
	if d.Type == "string" {
		return onnx.NewStrings(texts, shape...), nil
	}
	t, err := tensor.ParseDType(d.Type)
	if err != nil {
		return nil, fmt.Errorf("the input %s is %s, which no columns give", d.Name, d.Type)
	}
	numbers := make([]float64, len(texts))
	for i, text := range texts {
		text = strings.TrimSpace(text)
		numbers[i], err = strconv.ParseFloat(text, 64)
		switch {
		case text == "" && isReal(t):
			numbers[i] = math.NaN() // a missing value
			continue
		case err == nil && holds(t, numbers[i]):
			continue
		}
		fault := "is no number"
		if err == nil || errors.Is(err, strconv.ErrRange) {
			fault = "is no " + d.Type
		}
		return nil, fmt.Errorf("%s: row %d, column %s: %q %s, and the input %s is %s", path,
			i/len(places)+2, header[places[i%len(places)]], text, fault, d.Name, d.Type)
	}
	return onnx.NewTensor(arrayOfNumbers(t, numbers, shape)), nil
}

// holds reports whether a number is one of a type, once it is rounded if the type is real: nothing
// becomes infinite, and no digits or bits of an integer are cut off.
func holds(t tensor.DType, v float64) bool {
	limit := math.Inf(1) // from which on numbers are rounded to infinity
	switch {
	case t == tensor.BoolType:
		return v == 0 || v == 1
	case t.IsInteger():
		low, high := 0.0, math.Ldexp(1, 8*t.Bytes())
		if t < tensor.Uint8Type {
			low, high = -high/2, high/2
		}
		return v == math.Trunc(v) && low <= v && v < high
	case t == tensor.Float16Type:
		limit = 0x1.ffep15
	case t == tensor.BFloat16Type:
		limit = 0x1.ffp127
	case t == tensor.Float32Type:
		limit = 0x1.ffffffp127
	}
	return math.Abs(v) < limit || math.IsInf(v, 0) || math.IsNaN(v)
}
