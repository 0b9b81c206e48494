package data

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"simdnn/tensor"
)

// Missing says what becomes of a missing value of a feature.
type Missing string

// The ways to treat missing values. What is filled in is taken from the training rows alone, see
// [Dataset.Impute]: after standardisation, mean is 0 for numbers and for texts.
const (
	MissingError Missing = "error" // it is an error; the same as ""
	MissingSkip  Missing = "skip"  // its row is left out; when predicting, it is an error
	// MissingMean takes the mean of each of the column's features: of texts, the share of the rows
	// that hold each.
	MissingMean Missing = "mean"
	// MissingMedian takes the median of each of the column's features: of texts, 1 for one that
	// most rows hold.
	MissingMedian Missing = "median"
	// MissingZero takes 0 for each of the column's features: of texts, none of them.
	MissingZero Missing = "zero"
	// MissingCategory makes a feature of its own 1; beside it, numbers are filled with their mean.
	MissingCategory Missing = "category"
)

// Missings returns the ways to treat missing values.
func Missings() []Missing {
	return []Missing{
		MissingError,
		MissingSkip,
		MissingMean,
		MissingMedian,
		MissingZero,
		MissingCategory,
	}
}

// ParseMissing returns the way of that name.
func ParseMissing(name string) (Missing, error) {
	if m := Missing(name); slices.Contains(Missings(), m) {
		return m, nil
	}
	return "", fmt.Errorf("unknown treatment of missing values %q; known: %s", name,
		strings.Join(names(Missings()), ", "))
}

// names returns names as plain texts.
func names[N ~string](named []N) []string {
	texts := make([]string, len(named))
	for i, n := range named {
		texts[i] = string(n)
	}
	return texts
}

// refuses reports whether a missing value is an error.
func (m Missing) refuses() bool { return m == "" || m == MissingError }

// missingTexts stand for no value, in letters of any case: what NumPy, pandas, R, SQL,
// spreadsheets, SAS and UCI's files write. None is one only as Python spells it.
var missingTexts = []string{
	"",
	"na",
	"n/a",
	"#n/a",
	"#na",
	"<na>",
	"nan",
	"-nan",
	"nat",
	"null",
	"?",
	".",
}

// isMissing reports whether a text stands for no value, by itself or because it is one of some
// further texts, and is not one of those that are values.
func isMissing(text string, further, present []string) bool {
	isDigit := text != "" && '0' <= text[0] && text[0] <= '9' // as most values are
	if len(text) <= len("#n/a") && !isDigit && isUsuallyMissing(text) {
		return text == "" || !slices.Contains(present, text)
	}
	return len(further) > 0 && slices.Contains(further, text)
}

// isUsuallyMissing reports whether a text is one of those that stand for no value.
func isUsuallyMissing(text string) bool {
	for _, m := range missingTexts {
		if len(m) == len(text) && strings.EqualFold(m, text) {
			return true
		}
	}
	return text == "None"
}

// isMissingNumber reports whether a number is one of the texts that stand for no value, which are
// written in a format or plainly: -999 is -999.0.
func isMissingNumber(v float64, further []string, f numberFormat) bool {
	for _, text := range further {
		w, ok := f.parse(text)
		if !ok {
			w, ok = plain.parse(text)
		}
		if ok && v == w {
			return true
		}
	}
	return false
}

// Impute returns the data set with missing values filled in. Statistics come from the given rows,
// those to train on; nil takes all. The columns of the result hold what was filled in, for
// predictions. Without a column to fill it is the data set itself, whose features are never
// changed.
func (d *Dataset) Impute(rows []int) (*Dataset, error) {
	if !slices.ContainsFunc(d.Columns, func(c Column) bool { return c.fitted() && c.Fill == nil }) {
		return d, nil
	}
	if rows == nil {
		rows = count(d.X.Dim(0))
	}
	filled := *d
	filled.X, filled.Columns = d.X.Clone(), slices.Clone(d.Columns)
	at := 0
	for i := range filled.Columns {
		c := &filled.Columns[i]
		width := c.Features()
		if c.fitted() && c.Fill == nil {
			if err := c.fit(filled.X, at, rows); err != nil {
				return nil, err
			}
		}
		at += width
	}
	return &filled, nil
}

// fitted reports whether what is filled in depends on the rows.
func (c *Column) fitted() bool {
	return c.Missing == MissingMean || c.Missing == MissingMedian ||
		c.Missing == MissingCategory && c.Indicator
}

// fit finds what to fill in for the features from column at of x on, and does.
func (c *Column) fit(x *tensor.Tensor[float64], at int, rows []int) error {
	c.Fill = make([]float64, c.Features())
	for j := range c.Fill {
		if c.Indicator && j == 1 {
			c.Fill[j] = 1
			break // and it already is where values are missing
		}
		fill := statistic(c.Missing, x, at+j, rows)
		if !isFinite(fill) {
			return &Error{
				Column:  c.Name,
				Problem: fmt.Sprintf("the %s to fill in for missing values is %v", c.Missing, fill),
			}
		}
		c.Fill[j] = fill
		for i := range x.Dim(0) {
			if row := x.Row(i); math.IsNaN(row[at+j]) {
				row[at+j] = fill
			}
		}
	}
	return nil
}

// statistic returns the mean or the median of the values of a column that are there, 0 if there are
// none.
func statistic(m Missing, x *tensor.Tensor[float64], column int, rows []int) float64 {
	var values []float64
	for _, i := range rows {
		if v := x.Row(i)[column]; !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	n := len(values)
	if n == 0 {
		return 0
	}
	if m == MissingMedian {
		slices.Sort(values)
		return float64(values[(n-1)/2]/2) + float64(values[n/2]/2)
	}
	mean := 0.0
	for i, v := range values {
		mean += (v - mean) / float64(i+1) // no sum that could overflow
	}
	return mean
}
