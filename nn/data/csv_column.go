package data

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// column collects the values of one column of a CSV file, both as numbers and as texts, until all are known and it can be told which
// of the two they are.
type column struct {
	name  string
	kind  Kind
	limit int // most distinct texts

	nonfinite bool // NaN and infinities are numbers

	numbers []float64      // NaN where the text is not a number
	parsed  int            // values that are numbers
	codes   []int          // of each row, the place of its text in texts; given up when there are too many
	texts   []string       // distinct texts in the order in which they came
	places  map[string]int // place of each of the texts

	firstText     *cell // the first value that is not a number,
	firstInfinite *cell // that is infinite,
	firstFraction *cell // that is a number but not a whole one,
	firstComma    *cell // that would be a number but for its decimal comma,
	tooMany       *cell // that is one text too many
	commas        int   // values with a decimal comma
}

// cell is a value and where it stands.
type cell struct {
	line int
	text string
}

// errorAt returns an error about a value.
func (c *column) errorAt(at *cell, format string, args ...any) error {
	return fmt.Errorf("line %d, column %q: %s", at.line, c.name, fmt.Sprintf("%q ", at.text)+fmt.Sprintf(format, args...))
}

// isMissing tells whether a text stands for no value.
func isMissing(text string) bool {
	switch strings.ToLower(text) {
	case "", "na", "n/a", "nan", "null", "?":
		return true
	}
	return false
}

// add takes the value of the next row.
func (c *column) add(line int, field string) error {
	text := strings.TrimSpace(field)
	if isMissing(text) && !(c.nonfinite && strings.EqualFold(text, "nan")) {
		return fmt.Errorf("line %d, column %q: the value is missing (%q)", line, c.name, text)
	}
	c.addText(line, text)
	v, ok := parseNumber(text)
	switch {
	case !ok:
		v = math.NaN()
		note(&c.firstText, line, text)
		if hasDecimalComma(text) {
			c.commas++
			note(&c.firstComma, line, text)
		}
	default:
		c.parsed++
		if math.IsInf(v, 0) && !c.nonfinite {
			note(&c.firstInfinite, line, text)
		}
		if !isWhole(v) {
			note(&c.firstFraction, line, text)
		}
	}
	c.numbers = append(c.numbers, v)
	return nil
}

// parseNumber returns the number that a text is, an infinite one if it is too large, and whether it is one.
func parseNumber(text string) (float64, bool) {
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil || errors.Is(err, strconv.ErrRange)
}

// addText takes a value as a text, as long as there are not too many distinct ones.
func (c *column) addText(line int, text string) {
	if c.tooMany != nil {
		return
	}
	place, known := c.places[text]
	if !known {
		if len(c.texts) == c.limit {
			note(&c.tooMany, line, text)
			c.codes, c.places = nil, nil
			return
		}
		if c.places == nil {
			c.places = map[string]int{}
		}
		place = len(c.texts)
		text = strings.Clone(text) // do not keep the whole line
		c.texts = append(c.texts, text)
		c.places[text] = place
	}
	c.codes = append(c.codes, place)
}

// note keeps the first value of its sort.
func note(first **cell, line int, text string) {
	if *first == nil {
		*first = &cell{line, strings.Clone(text)}
	}
}

// hasDecimalComma tells whether a text is a number written with a decimal comma.
func hasDecimalComma(text string) bool {
	if strings.Count(text, ",") != 1 {
		return false
	}
	_, err := strconv.ParseFloat(strings.Replace(strings.ReplaceAll(text, ".", ""), ",", ".", 1), 64)
	return err == nil
}

// checkNumbers reports the first value that is not a finite number.
func (c *column) checkNumbers() error {
	switch {
	case c.firstComma != nil && c.firstComma.line == c.firstText.line:
		return c.errorAt(c.firstComma, "has a decimal comma; write numbers with a decimal point")
	case c.firstText != nil:
		return c.errorAt(c.firstText, "is not a number, but %d of the column's %d values are", c.parsed, len(c.numbers))
	case c.firstInfinite != nil:
		return c.errorAt(c.firstInfinite, "is not a finite number")
	}
	return nil
}

// feature is a column of x: numbers, or 1 where the code is a certain one and 0 elsewhere.
type feature struct {
	name    string
	numbers []float64
	codes   []int
	code    int
}

// value returns the feature's value of a row.
func (f feature) value(row int) float64 {
	if f.numbers != nil {
		return f.numbers[row]
	}
	if f.codes[row] == f.code {
		return 1
	}
	return 0
}

// column describes the column that became the features.
func (c *column) column(features []feature) Column {
	described := Column{Name: c.name}
	for _, f := range features {
		if f.codes != nil {
			described.Categories = append(described.Categories, c.texts[f.code])
		}
	}
	return described
}

// features returns the features that the column becomes.
func (c *column) features() ([]feature, error) {
	half := (len(c.numbers) + 1) / 2
	if c.kind == Number || c.kind == Auto && c.parsed+c.commas >= half {
		if err := c.checkNumbers(); err != nil {
			return nil, err
		}
		return []feature{{name: c.name, numbers: c.numbers}}, nil
	}
	if c.tooMany != nil {
		return nil, c.errorAt(c.tooMany, "is one more than %d distinct texts: an identifier is no feature; leave the column out (Drop) "+
			"or allow more (MaxCategories)", c.limit)
	}
	var features []feature
	for _, text := range slices.Sorted(slices.Values(c.texts)) {
		features = append(features, feature{name: c.name + "=" + text, codes: c.codes, code: c.places[text]})
	}
	return features, nil
}
