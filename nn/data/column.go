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
	// Binary marks a column of numbers that were all 0 or 1: false and true are those.
	Binary bool `json:"binary,omitempty"`
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
	// Unit is what the numbers count, if the table's types say it, such as seconds since 1970: those
	// of another unit are no values of the column.
	Unit string `json:"unit,omitempty"`
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
		if at < 0 {
			return c.unknown(features, text)
		}
		c.setCategory(features, at)
		return nil
	}
	v, ok := f.parse(text)
	if !ok && c.Binary && (isBool(text, true) || isBool(text, false)) {
		v, ok = 0, true
		if isBool(text, true) {
			v = 1
		}
	}
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
// column of texts it is the text that Go and most programs write for it, or else the only one that
// is this number, as 7.0 is 7, or, of a column of nothing but true and false, the one that 1 or 0
// is. A number that could be several texts, or is none, is an [Error].
func (c *Column) EncodeNumber(features []float64, v float64) error {
	switch {
	case math.IsNaN(v):
		return c.missing(features, " (NaN)")
	case math.IsInf(v, 0):
		return c.errorf("%v is not a finite number", v)
	case c.Categories != nil:
		return c.encodeNumberAsText(features, v)
	case len(c.MissingTexts) > 0 && isMissingNumber(v, c.MissingTexts, c.numbers()):
		return c.missingText(features, strconv.FormatFloat(v, 'g', -1, 64))
	}
	c.setNumber(features, v)
	return nil
}

// encodeNumberAsText is EncodeNumber for texts.
func (c *Column) encodeNumberAsText(features []float64, v float64) error {
	var buffer [32]byte
	text := strconv.AppendFloat(buffer[:0], v, 'f', -1, 64)
	isText := func(category string) bool { return category == string(text) }
	if at := slices.IndexFunc(c.Categories, isText); at >= 0 {
		c.setCategory(features, at)
		return nil
	}
	if len(c.MissingTexts) > 0 && isMissingNumber(v, c.MissingTexts, c.numbers()) {
		return c.missingText(features, string(text))
	}
	is := func(category string) bool { return c.isNumber(category, v) }
	spellsBool := func(t string) bool { return isBool(t, false) || isBool(t, true) }
	if (v == 0 || v == 1) && c.all(spellsBool) {
		is = func(category string) bool { return isBool(category, v == 1) }
	}
	if found, err := c.only(features, is, string(text)); found {
		return err
	}
	return c.unknown(features, string(text))
}

// EncodeBool sets the column's features to those of a truth value: 1 or 0 in a [Column.Binary]
// column; of texts the one that spells it so, or else the only one that does in other letters, as
// True does, or, of a column of nothing but 0 and 1, the one that it is. A truth value that could
// be several texts, or is none, is an [Error].
func (c *Column) EncodeBool(features []float64, v bool) error {
	text, number := "false", 0.0
	if v {
		text, number = "true", 1
	}
	switch {
	case isMissing(text, c.MissingTexts, c.PresentTexts):
		return c.missingText(features, text)
	case c.Categories == nil && c.Binary:
		return c.EncodeNumber(features, number)
	case c.Categories == nil:
		return c.errorf("the value is %s, but a number is needed", text)
	}
	if at := slices.Index(c.Categories, text); at >= 0 {
		c.setCategory(features, at)
		return nil
	}
	is := func(category string) bool { return isBool(category, v) }
	if c.all(func(t string) bool { return c.isNumber(t, 0) || c.isNumber(t, 1) }) {
		is = func(category string) bool { return c.isNumber(category, number) }
	}
	if found, err := c.only(features, is, text); found {
		return err
	}
	return c.unknown(features, text)
}

// isBool reports whether a text spells a truth value, in letters of any case.
func isBool(text string, v bool) bool {
	if v {
		return strings.EqualFold(text, "true")
	}
	return strings.EqualFold(text, "false")
}

// isNumber reports whether a category is a number, and one that float64 tells from others.
func (c *Column) isNumber(category string, v float64) bool {
	if math.Abs(v) >= maxWhole {
		return false
	}
	if f := c.numbers(); f != plain {
		w, ok := f.parse(category)
		return ok && v == w
	}
	w, ok := parseDecimal(category)
	return ok && v == w
}

// all reports whether all categories but that of missing values are of a sort.
func (c *Column) all(is func(category string) bool) bool {
	return !slices.ContainsFunc(c.Categories, func(t string) bool { return t != "" && !is(t) })
}

// only sets the features to those of the only category of a sort, which a value stands for. found
// is false if there is none; several are an error.
func (c *Column) only(features []float64, is func(category string) bool, value string) (
	found bool, err error,
) {
	first := slices.IndexFunc(c.Categories, is)
	if first < 0 {
		return false, nil
	}
	if next := slices.IndexFunc(c.Categories[first+1:], is); next >= 0 {
		return true, c.errorf("%s could be %q or %q: one of these texts is needed", value,
			c.Categories[first], c.Categories[first+1+next])
	}
	c.setCategory(features, first)
	return true, nil
}

func (c *Column) setCategory(features []float64, at int) {
	clear(features)
	features[at] = 1
}

// unknown sets the features to those of a text that is none of the categories.
func (c *Column) unknown(features []float64, text string) error {
	if c.Unknown == UnknownZero {
		clear(features)
		return nil
	}
	return c.errorf("%q is none of the texts that the model knows: %s", text, list(c.Categories))
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
