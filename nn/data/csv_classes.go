package data

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// maxWhole is the largest magnitude up to which float64 tells all whole numbers apart.
const maxWhole = 1 << 53

// classes returns the names of the classes of a column of labels and the number of each row's class.
func (c *column) classes() (names []string, numbers []float64, err error) {
	if c.tooMany != nil {
		return nil, nil, c.errorAt(c.tooMany, "is one more than %d distinct labels, too many for a classification", c.limit)
	}
	key := func(code int) string { return c.texts[code] }
	if c.firstText == nil {
		if c.firstFraction != nil {
			return nil, nil, c.errorAt(c.firstFraction, "can't be a label; labels are whole numbers or texts")
		}
		key = func(code int) string { return wholeName(c.texts[code]) } // 1 and 1.0 are the same class
	}
	for code := range c.texts {
		names = append(names, key(code))
	}
	if c.firstText == nil {
		slices.SortFunc(names, func(a, b string) int { return cmp.Compare(wholeNumber(a), wholeNumber(b)) })
	} else {
		slices.Sort(names)
	}
	names = slices.Compact(names)
	if len(names) == 1 {
		return nil, nil, fmt.Errorf("column %q: all rows have the label %q, but a classification needs two classes", c.name, names[0])
	}
	classOf := map[string]int{}
	for class, name := range names {
		classOf[name] = class
	}
	numbers = make([]float64, len(c.codes))
	for i, code := range c.codes {
		numbers[i] = float64(classOf[key(code)])
	}
	return names, numbers, nil
}

// isWhole tells whether v is a whole number that float64 tells from its neighbours.
func isWhole(v float64) bool { return v == math.Trunc(v) && math.Abs(v) <= maxWhole }

// wholeNumber returns the value of a text that is known to be a whole number.
func wholeNumber(text string) int64 {
	v, _ := strconv.ParseFloat(text, 64)
	return int64(v)
}

// wholeName returns the plain way to write a whole number.
func wholeName(text string) string { return strconv.FormatInt(wholeNumber(text), 10) }
