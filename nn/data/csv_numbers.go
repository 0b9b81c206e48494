package data

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// isPlain reports whether the column's feature is the number that a text in the format is, whatever
// the number: as readNumbers reads it.
func (c *Column) isPlain(f numberFormat) bool {
	return c.Categories == nil && !c.Indicator && len(c.MissingTexts) == 0 && f == plain
}

// numberPlaces returns for each field of a row which feature it is, −1 for one that is left out, or
// nil if not all of the columns are numbers that [readNumbers] can read.
func numberPlaces(columns []rowColumn, fields int, comma rune) []int {
	if comma >= utf8.RuneSelf || strings.ContainsRune("-.0123456789", comma) {
		return nil
	}
	places := slices.Repeat([]int{-1}, fields)
	for i, c := range columns {
		if !c.isPlain(c.format) {
			return nil
		}
		places[c.field] = i
	}
	return places
}

// readNumbers sets the features to those of a line whose fields have the places, and reports
// whether it could: if the fields are as many and all that are features are plain decimal numbers.
// It is the fast way through most rows of most tables; what it refuses goes the other.
func readNumbers(features []float64, line []byte, comma byte, places []int) bool {
	at := 0
	for i, place := range places {
		if i > 0 {
			if at == len(line) || line[at] != comma {
				return false
			}
			at++
		}
		if place < 0 {
			for at < len(line) && line[at] != comma {
				if line[at] == '"' {
					return false
				}
				at++
			}
			continue
		}
		v, end := decimal(line, at)
		if end < 0 {
			return false
		}
		features[place], at = v, end
	}
	return at == len(line)
}

// powers are those of ten that float64 holds.
var powers = [...]float64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
}

// decimal returns the number that begins at a place in a text and where it ends: some digits, with
// a minus before and a point among them or not, 15 at most. Then the digits and the power of ten
// are float64s, so that their quotient is correctly rounded. The end is −1 if there is no such
// number.
func decimal[S ~string | ~[]byte](text S, at int) (v float64, end int) {
	negative := at < len(text) && text[at] == '-'
	if negative {
		at++
	}
	n, first, point := int64(0), at, -1
	for ; at < len(text); at++ {
		d := text[at] - '0'
		if d > 9 {
			if text[at] != '.' || point >= 0 {
				break
			}
			point = at
			continue
		}
		n = 10*n + int64(d)
	}
	digits := at - first
	if point >= 0 {
		digits--
	}
	if digits < 1 || digits >= len(powers) {
		return 0, -1
	}
	v = float64(n)
	if point >= 0 {
		v /= powers[at-point-1]
	}
	if negative {
		v = -v
	}
	return v, at
}

// parseDecimal returns the number that a text is as [decimal] reads it, and whether it is one.
func parseDecimal(text string) (float64, bool) {
	v, end := decimal(text, 0)
	return v, end == len(text)
}
