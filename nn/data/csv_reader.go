package data

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lineBuffer is the size of the buffer that lines are read into. It grows for longer lines.
const lineBuffer = 64 << 10

// lineReader reads the records of a CSV file as [csv.Reader] does, at a few times its speed: lines
// without a quote, as tables of numbers have them, are split here, and the others are left to a
// csv.Reader.
type lineReader struct {
	comma   rune
	comment rune // begins lines that are left out; 0 for none
	trim    bool // leave out space before a field

	source io.Reader
	buffer []byte
	lo, hi int   // what is read of the buffer and not yet used
	err    error // that ended reading, io.EOF as well
	lines  int   // that were used

	record []byte // the line on which the record begins, with its break
	fields []string
	quoted *csv.Reader // of the records with quotes, nil before the first
	first  []byte      // the line that quoted is to read next, if it was used already
	given  int         // lines that quoted has read
	shift  int         // what the numbers of its lines lack
	inside bool        // the last record was its
}

// newLineReader returns a reader of fields between commas, or what stands for them; its first Read
// reports a rune that can't.
func newLineReader(source io.Reader, comma rune) *lineReader {
	r := &lineReader{source: source, comma: comma, buffer: make([]byte, lineBuffer)}
	if comma == 0 || comma == utf8.RuneError || !utf8.ValidRune(comma) ||
		strings.ContainsRune("\"\r\n", comma) {
		r.err = fmt.Errorf("csv: invalid field or comment delimiter %q", comma)
	}
	return r
}

// Read returns the fields of the next record, which are valid until the next call, or io.EOF if
// there is none.
func (r *lineReader) Read() ([]string, error) {
	text, err := r.ReadLine()
	if err != nil {
		return nil, err
	}
	return r.Split(text)
}

// ReadLine returns the line on which the next record begins, without its break, or io.EOF if there
// is none. It is valid until the next call of any method, and must be given to Split unless it has
// no quote.
func (r *lineReader) ReadLine() ([]byte, error) {
	for {
		line, err := r.next()
		if err != nil {
			return nil, err
		}
		text := withoutBreak(line)
		isComment := r.comment != 0 && bytes.HasPrefix(text, utf8.AppendRune(nil, r.comment))
		if len(text) > 0 && !isComment { // csv.Reader skips empty lines
			r.record, r.inside = line, false
			return text, nil
		}
	}
}

// Split returns the fields of the record that begins with the line that ReadLine gave.
func (r *lineReader) Split(text []byte) ([]string, error) {
	if r.inside = bytes.IndexByte(text, '"') >= 0; r.inside {
		return r.readQuoted(r.record)
	}
	r.split(string(text))
	return r.fields, nil
}

// Line returns the number of the line in which a field of the last record stands.
func (r *lineReader) Line(field int) int {
	if r.inside {
		line, _ := r.quoted.FieldPos(field)
		return line + r.shift
	}
	return r.lines
}

// next uses the next line and returns it with its line break, if it has one.
func (r *lineReader) next() ([]byte, error) {
	for searched := 0; ; {
		if n := bytes.IndexByte(r.buffer[r.lo+searched:r.hi], '\n'); n >= 0 {
			return r.use(searched + n + 1), nil
		}
		searched = r.hi - r.lo
		if r.err != nil {
			if r.err == io.EOF && searched > 0 {
				return r.use(searched), nil
			}
			return nil, r.err
		}
		r.fill()
	}
}

// use takes bytes from the buffer.
func (r *lineReader) use(n int) []byte {
	line := r.buffer[r.lo : r.lo+n]
	r.lo += n
	r.lines++
	return line
}

// fill reads more into the buffer.
func (r *lineReader) fill() {
	copy(r.buffer, r.buffer[r.lo:r.hi])
	r.lo, r.hi = 0, r.hi-r.lo
	if r.hi == len(r.buffer) {
		r.buffer = slices.Grow(r.buffer, len(r.buffer))[:2*len(r.buffer)]
	}
	for range 100 { // as bufio.Reader has it
		n, err := r.source.Read(r.buffer[r.hi:])
		r.hi += n
		if r.err = err; n > 0 || err != nil {
			return
		}
	}
	r.err = io.ErrNoProgress
}

// withoutBreak cuts off a line break, and a carriage return at the end of the file.
func withoutBreak(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
}

// split sets the fields to those of a line without quotes.
func (r *lineReader) split(line string) {
	r.fields = r.fields[:0]
	if r.comma >= utf8.RuneSelf {
		for field := range strings.SplitSeq(line, string(r.comma)) {
			r.fields = append(r.fields, r.trimmed(field))
		}
		return
	}
	start, comma := 0, byte(r.comma)
	for i := range len(line) {
		if line[i] == comma {
			r.fields = append(r.fields, r.trimmed(line[start:i]))
			start = i + 1
		}
	}
	r.fields = append(r.fields, r.trimmed(line[start:]))
}

// trimmed cuts off what is to be left out before a field.
func (r *lineReader) trimmed(field string) string {
	if !r.trim || field == "" || field[0] > ' ' && field[0] < utf8.RuneSelf {
		return field
	}
	return strings.TrimLeftFunc(field, unicode.IsSpace)
}

// readQuoted reads a record with quotes that begins with a line.
func (r *lineReader) readQuoted(line []byte) ([]string, error) {
	if r.quoted == nil {
		r.quoted = csv.NewReader(lineSource{r})
		r.quoted.Comma, r.quoted.Comment, r.quoted.TrimLeadingSpace = r.comma, r.comment, r.trim
		r.quoted.FieldsPerRecord, r.quoted.ReuseRecord = -1, true
	}
	r.first, r.shift = line, r.lines-1-r.given
	fields, err := r.quoted.Read()
	var wrong *csv.ParseError
	if errors.As(err, &wrong) {
		wrong.StartLine += r.shift
		wrong.Line += r.shift
	}
	return fields, err
}

// lineSource gives the csv.Reader of the records with quotes one line at a time, so that it never
// reads more than it needs.
type lineSource struct{ *lineReader }

func (s lineSource) Read(p []byte) (int, error) {
	if len(s.first) == 0 {
		var err error
		if s.first, err = s.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.first)
	s.first = s.first[n:]
	if len(s.first) == 0 {
		s.given++
	}
	return n, nil
}
