package data

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Column is a column of a table that features were made of: one of numbers, or one of texts, each
// of which is a feature. It is plain data that JSON keeps, and enough to make the features of
// further rows.
type Column struct {
	Name string `json:"name"`
	// Categories are the texts in the order of their features; nil for numbers. The empty text
	// stands for missing values.
	Categories []string `json:"categories,omitempty"`
	// Indicator gives a column of numbers a second feature: 1 where the value is missing, else 0.
	Indicator bool `json:"indicator,omitempty"`
	// Missing is how missing values were treated.
	Missing Missing `json:"missing,omitempty"`
	// Fill holds the features of a missing value; nil if it is an error.
	Fill []float64 `json:"fill,omitempty"`
	// MissingTexts count as missing beside those of [CSVFormat].
	MissingTexts []string `json:"missing_texts,omitempty"`
	// PresentTexts are values, though they are among those of [CSVFormat].
	PresentTexts []string `json:"present_texts,omitempty"`
	// Decimal and Thousands are the marks in the numbers of further texts, as in [CSVFormat].
	Decimal   rune `json:"decimal,omitempty"`
	Thousands rune `json:"thousands,omitempty"`
	// Unknown is what becomes of a text that is none of the categories.
	Unknown Unknown `json:"unknown,omitempty"`
}

// Unknown says what becomes of a text that is none of a column's categories, as no row that a model
// was trained on had it.
type Unknown string

// The ways to treat unknown texts.
const (
	UnknownError Unknown = "error" // it is an error; the same as ""
	UnknownZero  Unknown = "zero"  // none of the column's features is 1
)

// Unknowns returns the ways to treat unknown texts.
func Unknowns() []Unknown { return []Unknown{UnknownError, UnknownZero} }

// ParseUnknown returns the way of that name.
func ParseUnknown(name string) (Unknown, error) {
	if u := Unknown(name); slices.Contains(Unknowns(), u) {
		return u, nil
	}
	return "", fmt.Errorf("unknown treatment of unknown texts %q; known: %s", name,
		strings.Join(names(Unknowns()), ", "))
}

// Features returns how many features the column is.
func (c *Column) Features() int {
	switch {
	case c.Categories != nil:
		return len(c.Categories)
	case c.Indicator:
		return 2
	}
	return 1
}

// featureNames returns the names of the features.
func (c *Column) featureNames() []string {
	if c.Categories == nil {
		return []string{c.Name, c.Name + "=(missing)"}[:c.Features()]
	}
	named := make([]string, len(c.Categories))
	for i, text := range c.Categories {
		if text == "" {
			text = "(missing)"
		}
		named[i] = c.Name + "=" + text
	}
	return named
}

// numbers returns how numbers are written in texts.
func (c *Column) numbers() numberFormat { return newNumberFormat(c.Decimal, c.Thousands) }

// IsMissing reports whether a text stands for a missing value of the column.
func (c *Column) IsMissing(text string) bool {
	text = strings.TrimSpace(text)
	return isMissing(text, c.MissingTexts, c.PresentTexts) || c.isMissingNumber(text, c.numbers())
}

// EncodeText sets the column's features, Features() of them, to those of a text as the CSV file of
// the training held it: with that file's marks in numbers. A text that is no finite number, or none
// of the categories, is an [Error].
func (c *Column) EncodeText(features []float64, text string) error {
	return c.encode(features, strings.TrimSpace(text), c.numbers())
}

// encode is EncodeText for numbers of any format.
func (c *Column) encode(features []float64, text string, f numberFormat) error {
	if c.isPlain(f) {
		if v, ok := parseDecimal(text); ok {
			features[0] = v
			return nil
		}
	}
	if isMissing(text, c.MissingTexts, c.PresentTexts) {
		return c.missingText(features, text)
	}
	at := slices.Index(c.Categories, text)
	if at < 0 && c.isMissingNumber(text, f) {
		return c.missingText(features, text)
	}
	if c.Categories != nil {
		if at < 0 && c.Unknown == UnknownZero {
			clear(features)
			return nil
		}
		if at < 0 {
			return c.errorf("%q is none of the texts that the model knows: %s", text,
				list(c.Categories))
		}
		clear(features)
		features[at] = 1
		return nil
	}
	v, ok := f.parse(text)
	if !ok {
		return c.notNumber(text, f)
	}
	if !isFinite(v) {
		return c.errorf("%q is not a finite number", text)
	}
	c.setNumber(features, v)
	return nil
}

// isMissingNumber reports whether a text is a number that stands for a missing value.
func (c *Column) isMissingNumber(text string, f numberFormat) bool {
	if len(c.MissingTexts) == 0 || slices.Contains(c.Categories, text) {
		return false
	}
	v, ok := f.parse(text)
	return ok && isMissingNumber(v, c.MissingTexts, c.numbers())
}

// notNumber returns the error of a text in place of a number.
func (c *Column) notNumber(text string, f numberFormat) *Error {
	unit, hasUnit := unitOf(text)
	switch {
	case f == plain && hasThousands(text):
		return c.errorf("%q is not a number; thousands must not be separated", text)
	case f == plain && hasDecimalComma(text):
		return c.errorf("%q has a decimal comma; write numbers with a decimal point", text)
	case hasUnit:
		return c.errorf("%q is a number with a unit (%s), but a plain number is needed", text, unit)
	case f != plain:
		return c.errorf("%q is not a number with %s", text, f)
	}
	return c.errorf("%q is not a number", text)
}

// EncodeNumber sets the column's features to those of a number. NaN is a missing value. For a
// column of texts the number is looked up as Go and most programs write it.
func (c *Column) EncodeNumber(features []float64, v float64) error {
	switch {
	case math.IsNaN(v):
		return c.missing(features, " (NaN)")
	case math.IsInf(v, 0):
		return c.errorf("%v is not a finite number", v)
	case c.Categories != nil:
		var buffer [32]byte
		text := strconv.AppendFloat(buffer[:0], v, 'f', -1, 64)
		isText := func(category string) bool { return category == string(text) }
		if at := slices.IndexFunc(c.Categories, isText); at >= 0 {
			clear(features)
			features[at] = 1
			return nil
		}
		return c.encode(features, string(text), plain)
	case len(c.MissingTexts) > 0 && isMissingNumber(v, c.MissingTexts, c.numbers()):
		return c.missingText(features, strconv.FormatFloat(v, 'g', -1, 64))
	}
	c.setNumber(features, v)
	return nil
}

// EncodeMissing sets the column's features to those of a missing value.
func (c *Column) EncodeMissing(features []float64) error { return c.missing(features, "") }

func (c *Column) setNumber(features []float64, v float64) {
	features[0] = v
	if c.Indicator {
		features[1] = 0
	}
}

// missingText is missing for a text.
func (c *Column) missingText(features []float64, text string) error {
	if c.Fill != nil { // spares the error's text
		return c.missing(features, "")
	}
	return c.missing(features, fmt.Sprintf(" (%q)", text))
}

// missing sets the features to those of a missing value, or returns an [Error] that shows what
// stood for it.
func (c *Column) missing(features []float64, shown string) error {
	if c.Fill != nil {
		copy(features, c.Fill)
		return nil
	}
	e := c.errorf("the value is missing%s", shown)
	e.Fixes = []Fix{fix("Missing", string(MissingMean), "in training lets the model fill it in")}
	switch c.Missing {
	case MissingSkip:
		e.Problem += ", and the model was trained without such rows"
	case MissingCategory:
		e.Problem += ", as in no row that the model was trained on"
	}
	return e
}

func (c *Column) errorf(format string, args ...any) *Error {
	return &Error{Column: c.Name, Problem: fmt.Sprintf(format, args...)}
}
