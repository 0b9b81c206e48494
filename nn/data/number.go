package data

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxWhole is the least magnitude that float64 gives to more than one whole number.
const maxWhole = 1 << 53

// numberFormat is how numbers are written.
type numberFormat struct {
	decimal   rune // 0 for a point
	thousands rune // 0 for none
}

// text returns a number as it is written in the format.
func (f numberFormat) text(v float64) string {
	text := strconv.FormatFloat(v, 'g', -1, 64)
	if f.decimal != 0 {
		text = strings.Replace(text, ".", string(f.decimal), 1)
	}
	return text
}

// newNumberFormat returns the format with the marks of a [CSVFormat].
func newNumberFormat(decimal, thousands rune) numberFormat {
	if decimal == '.' {
		decimal = 0
	}
	return numberFormat{decimal: decimal, thousands: thousands}
}

// String names the marks.
func (f numberFormat) String() string {
	text := fmt.Sprintf("the decimal mark %q", cmp.Or(f.decimal, '.'))
	if f.thousands != 0 {
		text += fmt.Sprintf(" and %q between thousands", f.thousands)
	}
	return text
}

// plain is how Go writes numbers.
var plain = numberFormat{}

// parse returns the number that a text is, an infinite one if it is too large, and whether it is
// one.
func (f numberFormat) parse(text string) (float64, bool) {
	if f != plain {
		var ok bool
		if text, ok = f.toPlain(text); !ok {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil || errors.Is(err, strconv.ErrRange)
}

// toPlain rewrites a number with the format's marks. Groups that are separated must have three
// digits.
func (f numberFormat) toPlain(text string) (string, bool) {
	decimal := cmp.Or(f.decimal, '.')
	if decimal != '.' && f.thousands != '.' && strings.Contains(text, ".") {
		return "", false
	}
	whole, fraction, hasFraction := strings.Cut(text, string(decimal))
	if f.thousands != 0 {
		if strings.ContainsRune(fraction, f.thousands) {
			return "", false
		}
		groups := strings.Split(whole, string(f.thousands))
		for _, g := range groups[1:] {
			if len(g) != 3 {
				return "", false
			}
		}
		if digits := len(strings.TrimLeft(groups[0], "+-")); len(groups) > 1 &&
			(digits < 1 || digits > 3) {
			return "", false
		}
		whole = strings.Join(groups, "")
	}
	if hasFraction {
		return whole + "." + fraction, true
	}
	return whole, true
}

// Formats that a column may have been written in by mistake.
var (
	decimalComma   = numberFormat{decimal: ','}
	germanNumber   = numberFormat{decimal: ',', thousands: '.'}
	groupedByComma = numberFormat{thousands: ','}
)

// hasDecimalComma reports whether a text is a number written with a decimal comma.
func hasDecimalComma(text string) bool {
	if strings.Count(text, ",") != 1 {
		return false
	}
	_, plainly := decimalComma.parse(text)
	_, grouped := germanNumber.parse(text)
	return plainly || grouped
}

// hasThousands reports whether a text is a number whose thousands are separated by commas.
func hasThousands(text string) bool {
	_, ok := groupedByComma.parse(text)
	return ok && strings.Contains(text, ",")
}

// unitOf returns the unit that a number is written with, such as $, % or kg, and whether the text
// is a number with a unit. Ordinals are none: 1st.
func unitOf(text string) (unit string, ok bool) {
	number := strings.TrimLeft(text, "+-($€£¥₹ ")
	before := strings.Trim(text[:len(text)-len(number)], "+-( ")
	end := strings.LastIndexFunc(number, unicode.IsDigit)
	if end < 0 {
		return "", false
	}
	after := strings.TrimLeft(number[end+1:], ") ")
	number = number[:end+1]
	if _, isNumber := plain.parse(number); !isNumber && !hasThousands(number) &&
		!hasDecimalComma(number) {
		return "", false
	}
	if utf8.RuneCountInString(after) > 5 ||
		strings.ContainsFunc(after,
			func(r rune) bool { return !unicode.IsLetter(r) && !strings.ContainsRune("%‰°µ/²³$€£¥₹", r) }) {
		return "", false
	}
	switch strings.ToLower(after) {
	case "st", "nd", "rd", "th":
		return "", false
	}
	unit = before + after
	return unit, unit != ""
}

// dateLayouts are the usual forms of dates and times of day.
var dateLayouts = []string{
	time.DateOnly, time.DateTime, time.RFC3339, time.TimeOnly, "2006-01-02T15:04:05",
	"2006-01-02 15:04", "2006-01", "2006/1/2", "1/2/2006", "1/2/06", "1/2/2006 15:04", "2/1/2006",
	"2.1.2006", "2 Jan 2006", "2-Jan-06", "Jan 2 2006", "Jan 2, 2006", "Jan 2006",
}

// isDate reports whether a text is a date or a time of day in one of the usual forms.
func isDate(text string) bool {
	for _, layout := range dateLayouts {
		if _, err := time.Parse(layout, text); err == nil {
			return true
		}
	}
	return false
}

// isWhole reports whether v is a whole number that float64 tells from its neighbours.
func isWhole(v float64) bool { return v == math.Trunc(v) && math.Abs(v) < maxWhole }

// isInteger reports whether a text is a whole number of any size, written with digits alone.
func (f numberFormat) isInteger(text string) bool {
	_, ok := f.integer(text)
	return ok
}

// integer returns the whole number that a text is, whatever its size.
func (f numberFormat) integer(text string) (*big.Int, bool) {
	if f != plain {
		var ok bool
		if text, ok = f.toPlain(text); !ok {
			return nil, false
		}
	}
	isOther := func(r rune) bool { return r < '0' || r > '9' }
	if strings.ContainsFunc(strings.TrimLeft(text, "+-"), isOther) {
		return nil, false
	}
	return new(big.Int).SetString(text, 10)
}

// wholeNumber returns the value of a text that is known to be a whole number: any number of digits,
// or what float64 holds exactly.
func wholeNumber(f numberFormat, text string) *big.Int {
	if n, ok := f.integer(text); ok {
		return n
	}
	v, _ := f.parse(text)
	return big.NewInt(int64(v))
}

// wholeName returns the plain way to write a whole number.
func wholeName(f numberFormat, text string) string { return wholeNumber(f, text).String() }
