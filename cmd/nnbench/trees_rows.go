package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"simdnn/internal/cli"
	"simdnn/nn/data"
	"simdnn/tree"
)

// nextRow appends the features of one more row, and reports whether there was one.
type nextRow func(rows *[]float64) (bool, error)

// rows opens the rows of --data. What it returns closes them.
func (f *treesFlags) rows(m *tree.Model, input io.Reader) (next nextRow, done func(), err error) {
	done = func() {}
	if ext := strings.ToLower(filepath.Ext(f.data)); ext == ".npy" || ext == ".npz" {
		next, err = f.arrayRows(m)
		return next, done, err
	}
	if f.data != "-" {
		file, err := os.Open(f.data)
		if err != nil {
			return nil, nil, cli.Usage(err)
		}
		input, done = file, func() { file.Close() }
	}
	if next, err = f.lines(m, input); err != nil {
		done()
	}
	return next, done, err
}

// arrayRows reads the rows of arrays of NumPy.
func (f *treesFlags) arrayRows(m *tree.Model) (nextRow, error) {
	t, err := data.ReadArrayTable(f.data)
	if err != nil {
		return nil, cli.Usage(err)
	}
	places, err := placesOf(t.Names, m)
	if err != nil {
		return nil, cli.Usagef("%s: %w", f.data, err)
	}
	left, width := t.Values.Data(), len(t.Names)
	return func(rows *[]float64) (bool, error) {
		if len(left) == 0 {
			return false, nil
		}
		for _, at := range places {
			*rows = append(*rows, left[at])
		}
		left = left[width:]
		return true, nil
	}, nil
}

// lines reads the rows of CSV.
func (f *treesFlags) lines(m *tree.Model, input io.Reader) (nextRow, error) {
	text := bufio.NewReader(input)
	if mark, _ := text.Peek(3); string(mark) == "\ufeff" { // spreadsheets put it before UTF-8
		_, _ = text.Discard(len(mark))
	}
	lines := csv.NewReader(text)
	lines.ReuseRecord = true
	header, err := lines.Read()
	if err == io.EOF {
		return nil, cli.Usagef("%s: there is no line of names", f.data)
	}
	if err != nil {
		return nil, cli.Usagef("%s: %w", f.data, err)
	}
	places, err := placesOf(header, m)
	if err != nil {
		return nil, cli.Usagef("%s: %w", f.data, err)
	}
	return func(rows *[]float64) (bool, error) { return appendRow(rows, lines, places, m) }, nil
}

// placesOf returns the columns of a model's features.
func placesOf(header []string, m *tree.Model) ([]int, error) {
	var places []int
	for _, name := range m.Names {
		if at := slices.Index(header, name); at >= 0 {
			if slices.Contains(header[at+1:], name) {
				return nil, fmt.Errorf("there are two columns %q", name)
			}
			places = append(places, at)
		} else if len(places) > 0 {
			return nil, fmt.Errorf("there is no column %q", name)
		}
	}
	switch {
	case len(places) == m.Features() && len(places) > 0:
		return places, nil
	case len(places) > 0:
		return nil, fmt.Errorf("there is no column %q", m.Names[0])
	case len(header) != m.Features() || len(header) == 0:
		return nil, fmt.Errorf("%s for %s", cli.Count(len(header), "column"),
			cli.Count(m.Features(), "feature"))
	case isRow(header):
		return nil, fmt.Errorf("line 1 has numbers where the names of columns are expected")
	}
	for i := range header {
		places = append(places, i)
	}
	return places, nil
}

// isRow reports whether a header is a row of numbers instead. Those from 0 on are names that tables
// without names get.
func isRow(header []string) bool {
	counted := true
	for i, cell := range header {
		if _, err := strconv.ParseFloat(strings.TrimSpace(cell), 64); err != nil {
			return false
		}
		counted = counted && cell == strconv.Itoa(i)
	}
	return !counted
}

// appendRow appends the numbers of a line, and reports whether there was one.
func appendRow(rows *[]float64, lines *csv.Reader, places []int, m *tree.Model) (bool, error) {
	cells, err := lines.Read()
	if err == io.EOF {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for feature, at := range places {
		v, err := numberOf(strings.TrimSpace(cells[at]), m, feature)
		if err != nil {
			line, column := lines.FieldPos(at)
			return false, fmt.Errorf("line %d, column %d: %w", line, column, err)
		}
		*rows = append(*rows, v)
	}
	return true, nil
}

// numberOf returns the number that a feature has for a text.
func numberOf(text string, m *tree.Model, feature int) (float64, error) {
	if text == "" || text == "NA" {
		return math.NaN(), nil
	}
	if m.Categories(feature) != nil {
		return m.Category(feature, text)
	}
	v, err := strconv.ParseFloat(text, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return v, nil
	}
	if _, cut := m.Category(feature, text); errors.Is(cut, tree.ErrCutNames) {
		return 0, fmt.Errorf("%q: %w", text, cut)
	}
	return 0, fmt.Errorf("%q is not a number", text)
}
