package data

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// CSVFormat says how a CSV file is written. The zero value is what most programs write: UTF-8, or
// UTF-16 with a byte-order mark, a header line with the names of the columns, one sample a line,
// fields quoted as RFC 4180 has it, numbers with a decimal point.
//
// These texts stand for a missing value, in letters of any case: nothing, NA, N/A, #N/A, #NA, <NA>,
// NaN, -NaN, NaT, null, a question mark and a full stop alone; and None, spelled so.
type CSVFormat struct {
	// Separator stands between fields. 0 takes the one of a line sep=; before the header, or else
	// the most frequent of , ; | and tab in the header.
	Separator    rune
	Decimal      rune     // decimal mark; 0 is a point
	Thousands    rune     // between groups of three digits; 0 for none
	Comment      rune     // at the beginning of lines to skip; 0 for none
	Encoding     string   // one of Encodings; "" is UTF-8, or UTF-16 with a byte-order mark
	Header       Header   // whether the first line names the columns
	MissingTexts []string // texts that count as missing beside those above, numbers however written
	PresentTexts []string // texts that don't, though they are among those above
}

// Header says whether the first line of a file names its columns.
type Header string

// Kinds of the first line.
const (
	HeaderAuto Header = ""    // it does, and a name that is a number as in a row is an error
	HeaderYes  Header = "yes" // it does
	HeaderNo   Header = "no"  // it is a row; columns are named c1, c2, …
	// HeaderShort is a line of names that lacks one for the first column, as R's write.table writes
	// it.
	HeaderShort Header = "short"
)

// numbers returns how numbers are written.
func (f *CSVFormat) numbers() numberFormat {
	return newNumberFormat(f.Decimal, f.Thousands)
}

// indexName is the name of a first column without one, in which pandas and R number or name the
// rows.
const indexName = "index"

// csvLines are the lines of a CSV file after the header.
type csvLines struct {
	reader   *lineReader
	names    []string          // of the columns
	unnamed  bool              // the first column had no name
	nameless []int             // other columns that had none
	repeated map[string]*Error // names that several columns have, and what to say if one is needed
	trailing bool              // rows end with a separator that the header lacks
	first    []string          // a row that was read to understand the header, until it is handed out
	firstErr error
	before   int // lines before what the reader counts
}

// checkMarks refuses marks of numbers that could be something else in them.
func (f CSVFormat) checkMarks() error {
	const ofNumbers = "0123456789+-eE"
	switch {
	case strings.ContainsRune(ofNumbers, cmp.Or(f.Decimal, '.')):
		return &Error{Field: "Decimal",
			Problem: fmt.Sprintf("%q is part of numbers, not a mark in them", f.Decimal)}
	case strings.ContainsRune(ofNumbers, cmp.Or(f.Thousands, ' ')):
		return &Error{Field: "Thousands",
			Problem: fmt.Sprintf("%q is part of numbers, not a mark in them", f.Thousands)}
	case f.Thousands != 0 && f.Thousands == cmp.Or(f.Decimal, '.'):
		return &Error{Field: "Thousands",
			Problem: fmt.Sprintf("%q is the decimal mark too", f.Thousands)}
	}
	return nil
}

// openCSV reads the header.
func openCSV(r io.Reader, f CSVFormat) (*csvLines, error) {
	if err := f.checkMarks(); err != nil {
		return nil, err
	}
	input, err := decoded(bufio.NewReaderSize(r, 64<<10), f.Encoding)
	if err != nil {
		return nil, err
	}
	l := &csvLines{}
	separator := l.skipSeparatorLine(input)
	if f.Separator != 0 {
		separator = f.Separator
	}
	if separator == 0 {
		separator = findSeparator(input, f.Comment)
	}
	l.reader = newLineReader(input, separator)
	l.reader.comment = f.Comment
	l.reader.trim = separator != '\t' && separator != ' ' // which are space themselves
	return l, l.readHeader(f)
}

// skipSeparatorLine skips a line such as sep=; that spreadsheets write before the header, and
// returns its separator, 0 if there is none.
func (l *csvLines) skipSeparatorLine(input *bufio.Reader) rune {
	head, _ := input.Peek(len("\"sep=;\"\r\n"))
	line, _, ended := strings.Cut(string(head), "\n")
	text := strings.Trim(strings.TrimSuffix(line, "\r"), `"`)
	if !ended || len(text) != len("sep=;") || !strings.EqualFold(text[:4], "sep=") {
		return 0
	}
	_, _ = input.Discard(len(line) + 1) // they were peeked at
	l.before = 1
	return rune(text[4])
}

// findSeparator returns the comma, semicolon, tab or bar that is most frequent in the header line,
// outside of quotes; a comma if there is none.
func findSeparator(input *bufio.Reader, comment rune) rune {
	head, _ := input.Peek(input.Size())
	head = bytes.TrimLeft(head, "\r\n")
	for comment != 0 && bytes.HasPrefix(head, []byte(string(comment))) {
		_, head, _ = bytes.Cut(head, []byte("\n"))
		head = bytes.TrimLeft(head, "\r\n")
	}
	counts := map[byte]int{}
	quoted := false
	for _, b := range head {
		if b == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		if b == '\n' || b == '\r' {
			break
		}
		counts[b]++
	}
	best := byte(',')
	for _, b := range []byte{';', '\t', '|'} {
		if counts[b] > counts[best] {
			best = b
		}
	}
	return rune(best)
}

// readHeader finds the names of the columns.
func (l *csvLines) readHeader(f CSVFormat) error {
	header, err := l.reader.Read()
	switch {
	case errors.Is(err, io.EOF):
		return &Error{
			Problem: "the file is empty, but a header line with the names of the columns is needed",
		}
	case err != nil:
		return l.wrap("header: ", err)
	case f.Header == HeaderNo:
		l.first = header
		for i := range header {
			l.names = append(l.names, fmt.Sprintf("c%d", i+1))
		}
		return nil
	}
	if err := l.checkHeader(header, f.Header); err != nil {
		return err
	}
	for _, name := range header {
		l.names = append(l.names, strings.Clone(strings.TrimSpace(name)))
	}
	l.first, l.firstErr = l.reader.Read()
	l.nameIndex(f.Header)
	l.nameOthers()
	l.findRepeated("header: ")
	l.trailing = len(l.first) == len(l.names)+1 && isBlank(l.first[len(l.names)])
	return nil
}

// checkHeader refuses a header that is no text or that looks like a row.
func (l *csvLines) checkHeader(header []string, kind Header) error {
	for i, name := range header {
		if !utf8.ValidString(name) {
			e := badEncoding(l.line(i), "", name)
			e.Problem = fmt.Sprintf("header: the name of column %d, ", i+1) + e.Problem
			return e
		}
		if strings.Contains(name, "\r") {
			return &Error{Line: l.line(i), Problem: "header: lines end with a carriage return " +
				"alone, as on very old computers; convert the file"}
		}
	}
	if at := numberInRow(header); at >= 0 && kind == HeaderAuto {
		return &Error{
			Line: l.line(at),
			Problem: fmt.Sprintf(
				"header: the name of column %d is the number %q; does the first line hold names?",
				at+1, header[at]),
			Fixes: []Fix{
				fix("Header", string(HeaderNo),
					"takes it for a row and names the columns c1, c2, …"),
				fix("Header", string(HeaderYes), "takes numbers for names"),
			},
		}
	}
	return nil
}

// numberInRow returns the place of a number that is hardly a name: one with a decimal point, or one
// that does not go on in the order of the numbers before it, as names that are years or places do.
// It returns −1 if there is none.
func numberInRow(header []string) int {
	first, last, n, step := -1, 0.0, 0, 0
	for i, name := range header {
		v, isNumber := plain.parse(name)
		switch {
		case !isNumber || math.IsNaN(v) || math.IsInf(v, 0):
			continue
		case strings.Contains(name, "."):
			return i
		case n == 0:
			first = i
		case n == 1:
			step = cmp.Compare(v, last)
		}
		if n > 0 && (step == 0 || cmp.Compare(v, last) != step) {
			return first
		}
		last = v
		n++
	}
	return -1
}

// nameIndex gives the first column a name if it has none: because the name is empty, because it is
// what pandas makes of an empty one, or because the header is short.
func (l *csvLines) nameIndex(kind Header) {
	switch {
	case kind == HeaderShort:
		l.names = slices.Insert(l.names, 0, "")
	case l.names[0] != "" && l.names[0] != "Unnamed: 0":
		return
	}
	l.unnamed = true
	l.names[0] = indexName
	for n := 2; slices.Contains(l.names[1:], l.names[0]); n++ {
		l.names[0] = fmt.Sprintf("%s_%d", indexName, n)
	}
}

// nameOthers names columns without a name by their places, so that they can be left out.
func (l *csvLines) nameOthers() {
	for i, name := range l.names {
		if name == "" {
			l.names[i] = fmt.Sprintf("column %d", i+1)
			l.nameless = append(l.nameless, i)
		}
	}
}

// findRepeated finds the names that several columns have, which errors say of a place.
func (l *csvLines) findRepeated(place string) {
	places := make(map[string]int, len(l.names))
	for i, name := range l.names {
		first, taken := places[name]
		if !taken {
			places[name] = i
			continue
		}
		if l.repeated == nil {
			l.repeated = map[string]*Error{}
		}
		if l.repeated[name] == nil {
			l.repeated[name] = &Error{
				Problem: place + fmt.Sprintf("columns %d and %d are both named %q", first+1,
					i+1, name),
				Fixes: []Fix{fix("Drop", csvLine(name), "leaves them out")},
			}
		}
	}
}

func (l *csvLines) numbers() ([]bool, []float64) { return nil, nil }

// next returns the fields of the next row, as many as there are columns, valid until the one after;
// io.EOF if there is none.
func (l *csvLines) next() ([]string, error) {
	fields, err := l.first, l.firstErr
	isFirst := fields != nil
	if l.first, l.firstErr = nil, nil; fields == nil && err == nil {
		fields, err = l.reader.Read()
	}
	return l.checked(fields, isFirst, err)
}

// nextNumbers sets the features to those of the next row and returns no fields if [readNumbers]
// can; else it is next.
func (l *csvLines) nextNumbers(features []float64, places []int) ([]string, error) {
	if places == nil || l.first != nil || l.firstErr != nil {
		return l.next()
	}
	line, err := l.reader.ReadLine()
	if err == nil && readNumbers(features, l.withoutTrailing(line), byte(l.reader.comma), places) {
		return nil, nil
	}
	var fields []string
	if err == nil {
		fields, err = l.reader.Split(line)
	}
	return l.checked(fields, false, err)
}

// checked returns the fields of a row if they are as many as there are columns.
func (l *csvLines) checked(fields []string, isFirst bool, err error) ([]string, error) {
	if err != nil {
		return nil, l.wrap("", err)
	}
	if n := len(l.names); l.trailing && len(fields) == n+1 && isBlank(fields[n]) {
		return fields[:n], nil
	}
	if len(fields) != len(l.names) {
		e := &Error{
			Line: l.line(0),
			Problem: fmt.Sprintf("%d fields, but the header line has %d", len(fields),
				len(l.names)),
		}
		if (isFirst || l.trailing) && len(fields) == len(l.names)+1 {
			e.Fixes = []Fix{
				fix("Header", string(HeaderShort),
					"takes the first column for an index that the header leaves out"),
			}
		}
		return nil, e
	}
	return fields, nil
}

// withoutTrailing cuts off the separator after the last field of a line, if that is how lines end.
func (l *csvLines) withoutTrailing(line []byte) []byte {
	if l.trailing && l.reader.comma < utf8.RuneSelf {
		return bytes.TrimSuffix(line, []byte{byte(l.reader.comma)})
	}
	return line
}

// isBlank reports whether a field holds nothing.
func isBlank(field string) bool { return strings.TrimSpace(field) == "" }

// line returns the line on which a field of the last row begins.
func (l *csvLines) line(field int) int {
	return l.reader.Line(field) + l.before
}

// wrap gives the errors of quoting a line; others stay.
func (l *csvLines) wrap(where string, err error) error {
	parse := new(csv.ParseError)
	if !errors.As(err, &parse) {
		if errors.Is(err, io.EOF) || where == "" {
			return err
		}
		return fmt.Errorf("%s%w", where, err)
	}
	problem := parse.Err.Error()
	switch {
	case errors.Is(parse.Err, csv.ErrBareQuote):
		problem = `a quote " in a field that does not begin with one`
	case errors.Is(parse.Err, csv.ErrQuote):
		problem = `a quoted field does not end, or text follows its closing quote "`
	}
	return &Error{Line: parse.StartLine + l.before, Problem: where + problem, Err: err}
}
