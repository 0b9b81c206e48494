package data

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// column collects the values of one column of a CSV file, both as numbers and as texts, until all
// are known and it can be told which of the two they are.
type column struct {
	name  string
	kind  Kind
	limit int // most distinct texts
	o     *CSVOptions
	// nameless is a column that the header does not name and nobody asked for.
	nameless bool
	isTarget bool

	numbers numberList          // NaN where the text is not a number
	parsed  int                 // values that are numbers
	gaps    []int               // rows in which the value is missing
	absent  []string            // distinct texts that stood there, the first ones
	skipped int                 // missing values in rows that were left out
	codes   []int               // of each row, the place of its text; −1 if it is missing; see tooMany
	texts   []string            // distinct texts in the order in which they came
	places  map[string]int      // place of each of the texts
	more    map[string]struct{} // distinct texts beyond the limit; not numbers in an Auto column

	firstMissing  *cell // the first value that is missing,
	firstText     *cell // that is not a number,
	firstInfinite *cell // that is infinite,
	firstFraction *cell // that is a number but not a whole one, or too large to tell,
	firstComma    *cell // that would be a number but for its decimal comma,
	firstGrouped  *cell // that would be a number but for the commas between its thousands,
	firstUnit     *cell // that would be a number but for its unit,
	tooMany       *cell // that is one text too many, after which codes are given up
	unit          string
	commas        int // values with a decimal comma
	grouped       int // values with commas between thousands
	united        int // values with a unit
}

// cell is a value and where it stands.
type cell struct {
	line int
	text string
}

// maxCounted bounds the distinct texts that are counted beyond the limit.
const maxCounted = 1 << 16

// note keeps the first value of its sort.
func note(first **cell, line int, text string) {
	if *first == nil {
		*first = &cell{line, strings.Clone(text)} // do not keep the whole line
	}
}

// isMissing reports whether a text is a missing value.
func (c *column) isMissing(text string) bool {
	f := &c.o.Format
	if isMissing(text, f.MissingTexts, f.PresentTexts) {
		return !(c.o.AllowNonfinite && c.o.Missing.refuses() && strings.EqualFold(text, "nan"))
	}
	if len(f.MissingTexts) == 0 || c.kind == Category {
		return false
	}
	v, ok := f.numbers().parse(text)
	return ok && isMissingNumber(v, f.MissingTexts, f.numbers())
}

// add takes the value of the next row.
func (c *column) add(line int, text string) {
	if c.isMissing(text) {
		note(&c.firstMissing, line, text)
		if len(c.absent) <= len(missingTexts) && !slices.Contains(c.absent, text) {
			c.absent = append(c.absent, strings.Clone(text))
		}
		c.gaps = append(c.gaps, c.numbers.length)
		c.numbers.add(math.NaN())
		if c.tooMany == nil {
			c.codes = append(c.codes, -1)
		}
		return
	}
	v, ok := c.o.Format.numbers().parse(text)
	c.addText(line, text, ok)
	switch {
	case !ok:
		v = math.NaN()
		note(&c.firstText, line, text)
		c.explain(line, text)
	default:
		c.parsed++
		if !isFinite(v) && !c.o.AllowNonfinite {
			note(&c.firstInfinite, line, text)
		}
		if !isWhole(v) && !(c.o.Classification && c.o.Format.numbers().isInteger(text)) {
			note(&c.firstFraction, line, text)
		}
	}
	c.numbers.add(v)
}

// explain notes why a text is not a number, though it looks like one.
func (c *column) explain(line int, text string) {
	if !strings.ContainsAny(text, "0123456789") {
		return
	}
	comma, grouped := hasDecimalComma(text), hasThousands(text)
	if comma {
		c.commas++
		note(&c.firstComma, line, text)
	}
	if grouped {
		c.grouped++
		note(&c.firstGrouped, line, text)
	}
	if unit, ok := unitOf(text); ok && !comma && !grouped {
		c.united++
		note(&c.firstUnit, line, text)
		c.unit = cmp.Or(c.unit, strings.Clone(unit))
	}
}

// addText takes a value as a text, as long as there are not too many distinct ones.
func (c *column) addText(line int, text string, isNumber bool) {
	if c.tooMany != nil && isNumber && c.kind != Category {
		return
	}
	place, known := c.places[text]
	if c.tooMany != nil {
		if !known && len(c.more) < maxCounted {
			c.more[strings.Clone(text)] = struct{}{}
		}
		return
	}
	if !known {
		if len(c.texts) == c.limit {
			note(&c.tooMany, line, text)
			c.more = map[string]struct{}{c.tooMany.text: {}}
			c.codes = nil
			return
		}
		if c.places == nil {
			c.places = map[string]int{}
		}
		place = len(c.texts)
		text = strings.Clone(text)
		c.texts = append(c.texts, text)
		c.places[text] = place
	}
	c.codes = append(c.codes, place)
}

// errorAt returns an error about a value.
func (c *column) errorAt(at *cell, format string, args ...any) *Error {
	return &Error{
		Line:    at.line,
		Column:  c.name,
		Problem: fmt.Sprintf("%q ", at.text) + fmt.Sprintf(format, args...),
	}
}

// present returns the number of values that are not missing.
func (c *column) present() int { return c.numbers.length - len(c.gaps) }

// isNumeric reports whether the column holds numbers: by its kind, or because at least half of its
// values are.
func (c *column) isNumeric() bool {
	half := (c.present() + 1) / 2
	return c.kind == Number || c.kind == Auto && c.parsed+max(c.commas, c.grouped) >= half
}

// checkNumbers reports the first value that is not a finite number, and what would make it one.
func (c *column) checkNumbers() *Error {
	switch {
	case c.firstText == nil && c.firstInfinite == nil:
		return nil
	case c.firstText == nil:
		return c.errorAt(c.firstInfinite, "is not a finite number")
	case c.grouped >= c.commas && c.is(c.firstGrouped):
		e := c.errorAt(c.firstGrouped, "is not a number; are its thousands separated?")
		e.Fixes = []Fix{fix("Thousands", ",", "reads numbers with commas between their thousands")}
		if c.grouped == c.commas && c.is(c.firstComma) {
			e.Fixes = append(e.Fixes, fix("Decimal", ",", "reads numbers with a decimal comma"))
		}
		return e
	case c.is(c.firstComma):
		e := c.errorAt(c.firstComma, "has a decimal comma; write numbers with a decimal point")
		e.Fixes = []Fix{fix("Decimal", ",", "reads numbers with a decimal comma")}
		return e
	case c.is(c.firstUnit):
		return c.errorAt(c.firstUnit, "is a number with a unit (%s), but plain numbers are needed",
			c.unit)
	}
	e := c.errorAt(c.firstText, "is not a number, as none of the column's %d values is", c.present())
	if c.parsed > 0 {
		e = c.errorAt(c.firstText, "is not a number, but %d of the column's %d values are", c.parsed,
			c.present())
	}
	e.Fixes = []Fix{fix("MissingTexts", csvLine(c.firstText.text), "takes it for a missing value")}
	return e
}

// is reports whether the first text that is not a number is a certain one.
func (c *column) is(at *cell) bool { return at != nil && at.line == c.firstText.line }

// checkTexts reports a column of texts that is no category.
func (c *column) checkTexts() *Error {
	distinct := len(c.texts) + len(c.more)
	share := c.o.maxCategoryShare()
	scattered := c.kind == Auto && distinct > fewCategories &&
		float64(distinct) > share*float64(c.present())
	if c.tooMany == nil && !scattered {
		return nil
	}
	counted := fmt.Sprintf("the column has %d different texts in %s", distinct,
		plural(c.present(), "row"))
	if len(c.more) == maxCounted {
		counted = fmt.Sprintf("the column has more than %d different texts", distinct)
	}
	switch {
	case c.united > c.present()/2:
		return c.errorAt(c.firstUnit,
			"is a number with a unit (%s), as are %d of the column's %d values; "+
				"write plain numbers",
			c.unit, c.united, c.present())
	case c.kind == Auto && isDate(c.firstText.text):
		return c.errorAt(c.firstText, "is a date or a time, which is no feature as it is: %s",
			counted)
	case scattered:
		e := c.errorAt(c.firstText,
			"is no category: %s, and what differs in nearly every row is no feature", counted)
		all := fix("MaxCategoryShare", "1", "takes each for a feature")
		switch {
		case c.tooMany == nil:
			e.Fixes = []Fix{all}
		case len(c.more) < maxCounted:
			both := fix("MaxCategories", strconv.Itoa(distinct), all.Effect)
			both.With = &all
			e.Fixes = []Fix{both}
		}
		return e
	}
	e := c.errorAt(c.tooMany, "is one more than %d distinct texts: %s", c.limit, counted)
	if len(c.more) < maxCounted {
		e.Fixes = []Fix{fix("MaxCategories", strconv.Itoa(distinct), "takes each for a feature")}
	}
	return e
}

// describe returns what the column becomes, nil if it holds nothing. Missing values that are an
// error are left to the caller.
func (c *column) describe() (*Column, *Error) {
	d := &Column{Name: c.name, Missing: c.o.Missing, MissingTexts: c.o.Format.MissingTexts,
		PresentTexts: c.o.Format.PresentTexts}
	d.Decimal, d.Thousands = c.o.Format.numbers().decimal, c.o.Format.Thousands
	if c.o.Missing.refuses() {
		d.Missing = ""
	}
	switch {
	case c.present() == 0:
		return nil, nil
	case c.nameless:
		return nil, &Error{Column: c.name, Problem: "it has no name"}
	}
	if c.isNumeric() {
		if err := c.checkNumbers(); err != nil {
			return nil, err
		}
		d.Binary = c.isBinary()
		switch {
		case d.Missing == MissingZero:
			d.Fill = []float64{0}
		case d.Missing == MissingCategory && len(c.gaps) > 0:
			d.Indicator = true
		}
		return d, nil
	}
	if err := c.checkTexts(); err != nil {
		return nil, err
	}
	d.Categories = slices.Sorted(slices.Values(c.texts))
	if c.o.Unknown != UnknownError {
		d.Unknown = c.o.Unknown
	}
	switch {
	case d.Missing == MissingZero:
		d.Fill = make([]float64, len(d.Categories))
	case d.Missing == MissingCategory && len(c.gaps) > 0:
		d.Categories = slices.Insert(d.Categories, 0, "")
		d.Fill = make([]float64, len(d.Categories))
		d.Fill[0] = 1
	}
	return d, nil
}

// isBinary reports whether all numbers that are there are 0 or 1.
func (c *column) isBinary() bool {
	for _, v := range c.numbers.all() {
		if v != 0 && v != 1 && !math.IsNaN(v) { // missing
			return false
		}
	}
	return true
}

// forget frees the memory of the values, which are in the data set now.
func (c *column) forget() { c.numbers.chunks, c.codes = nil, nil }

// encode sets the features from column at of x on. Those of missing values that depend on the
// training rows are NaN.
func (c *column) encode(x matrix, at int, d *Column) {
	feature := make([]int, len(c.texts)) // of each text
	if d.Categories != nil {
		for place, text := range c.texts {
			feature[place], _ = slices.BinarySearch(d.Categories, text)
		}
	}
	gaps := c.gaps
	for i := range x.rows {
		row := x.row(i)[at:][:d.Features()]
		switch {
		case len(gaps) > 0 && gaps[0] == i:
			gaps = gaps[1:]
			for j := range row {
				row[j] = math.NaN()
			}
			copy(row, d.Fill)
			if d.Indicator {
				row[1] = 1
			}
		case d.Categories != nil:
			row[feature[c.codes[i]]] = 1
		default:
			row[0] = c.numbers.at(i)
		}
	}
}

// targets sets y to the column's numbers, or to class numbers, of which it returns the names.
// Missing values are left to describe.
func (c *column) targets(y []float64) ([]string, error) {
	if c.present() == 0 {
		return nil, nil
	}
	if !c.o.Classification {
		if err := c.checkNumbers(); err != nil {
			if c.parsed+c.commas+c.grouped+c.united == 0 && c.tooMany == nil && !c.o.Series {
				err.Fixes = []Fix{fix("Classification", "true", "learns classes")}
			}
			return nil, err
		}
		for i, v := range c.numbers.all() {
			y[i] = v
		}
		return nil, nil
	}
	named, err := c.classes(y)
	if err != nil {
		return nil, err
	}
	return named, nil
}

// classes sets y to the number of each row's class and returns the names of the classes.
func (c *column) classes(y []float64) ([]string, *Error) {
	if c.tooMany != nil {
		e := c.errorAt(c.tooMany,
			"is one more than %d distinct labels, too many for a classification", c.limit)
		if c.firstText == nil && c.firstInfinite == nil {
			e.Fixes = []Fix{fix("Classification", "false", "learns numbers")}
		}
		return nil, e
	}
	key := func(code int) string { return c.texts[code] }
	if c.firstText == nil {
		if c.firstFraction != nil {
			e := c.errorAt(c.firstFraction, "can't be a label; labels are whole numbers or texts")
			if c.firstInfinite == nil {
				e.Fixes = []Fix{fix("Classification", "false", "learns numbers")}
			}
			return nil, e
		}
		// 1 and 1.0 are the same class.
		key = func(code int) string { return wholeName(c.o.Format.numbers(), c.texts[code]) }
	}
	var classes []string
	for code := range c.texts {
		classes = append(classes, key(code))
	}
	if c.firstText == nil {
		slices.SortFunc(classes, func(a, b string) int {
			return wholeNumber(plain, a).Cmp(wholeNumber(plain, b))
		})
	} else {
		slices.Sort(classes)
	}
	classes = slices.Compact(classes)
	classOf := map[string]int{}
	for class, name := range classes {
		classOf[name] = class
	}
	for i, code := range c.codes {
		if code >= 0 {
			y[i] = float64(classOf[key(code)])
		}
	}
	return classes, nil
}
