package data

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Encodings of a text file that [CSVFormat] knows.
const (
	UTF8        = "utf-8"
	UTF16LE     = "utf-16le"
	UTF16BE     = "utf-16be"
	Windows1252 = "windows-1252" // Latin-1 with letters and quotes among its controls
)

// Encodings returns the names that [CSVFormat] takes.
func Encodings() []string { return []string{UTF8, UTF16LE, UTF16BE, Windows1252, "latin-1"} }

// notText is a byte that no UTF-8 holds. It stands for what can't be decoded, and is found with
// line and column where all text is checked.
const notText = 0xff

// source keeps the error that ended reading, which would show as a wrong quote if it came in the
// middle of a field.
type source struct {
	reader io.Reader
	err    error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// formats are the beginnings of files that are taken for tables by mistake.
var formats = []struct{ magic, name string }{
	{"\x1f\x8b", "a gzip file; unpack it"},
	{"BZh", "a bzip2 file; unpack it"},
	{"\xfd7zXZ\x00", "an xz file; unpack it"},
	{"\x28\xb5\x2f\xfd", "a Zstandard file; unpack it"},
	{"PK\x03\x04", "a zip file, as spreadsheets such as .xlsx are; unpack it or export it as CSV"},
	{"\xd0\xcf\x11\xe0", "a spreadsheet of an old office program; export it as CSV"},
	{"PAR1", "a Parquet file; nnbench-parquet and package adapters/arrow read it, or export it as CSV"},
	{"ARROW1", "an Arrow file; nnbench-parquet and package adapters/arrow read it, or export it as CSV"},
	{"\xff\xff\xff\xff", "an Arrow stream, it seems; nnbench-parquet and package adapters/arrow read " +
		"such, or export it as CSV"},
	{"\x89HDF", "an HDF5 file; export it as CSV"},
	{"SQLite", "an SQLite database; export a table as CSV"},
	{"\x93NUMPY", "a NumPy array; export it as CSV"},
}

// checkFormat reports input that is no text: that begins as a file of another format does, and
// holds characters that no text does, since a header line may begin with the same letters.
func checkFormat(head []byte) error {
	isControl := func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' && r != '\n' }
	for _, f := range formats {
		if bytes.HasPrefix(head, []byte(f.magic)) && bytes.ContainsFunc(head, isControl) {
			return &Error{Problem: "this is " + f.name}
		}
	}
	return nil
}

// decoded returns the input as UTF-8 without a byte-order mark. A mark of UTF-16 decides if no
// encoding is named.
func decoded(input *bufio.Reader, encoding string) (*bufio.Reader, error) {
	head, _ := input.Peek(64) // an error comes again when the header is read
	if err := checkFormat(head); err != nil {
		return nil, err
	}
	head = head[:min(len(head), 4)]
	encoding = strings.ToLower(encoding)
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")) && (encoding == "" || encoding == UTF16LE):
		encoding = UTF16LE
	case bytes.HasPrefix(head, []byte("\xfe\xff")) && (encoding == "" || encoding == UTF16BE):
		encoding = UTF16BE
	}
	switch encoding {
	case "", UTF8:
		if at := bytes.IndexByte(head, 0); at >= 0 {
			guess := UTF16LE
			if at%2 == 0 {
				guess = UTF16BE
			}
			return nil, &Error{
				Line:    1,
				Problem: "the text holds zero bytes, as UTF-16 does, and is not UTF-8",
				Fixes:   []Fix{fix("Encoding", guess, "reads it so")},
			}
		}
		return input, skipByteOrderMark(input)
	case UTF16LE, UTF16BE:
		units := &utf16Reader{input: input, bigEndian: encoding == UTF16BE}
		text := bufio.NewReaderSize(units, input.Size())
		return text, skipByteOrderMark(text)
	case Windows1252, "latin-1", "latin1", "iso-8859-1", "cp1252":
		return bufio.NewReaderSize(&byteReader{input: input}, input.Size()), nil
	}
	return nil, fmt.Errorf("unknown encoding %q; known: %s", encoding,
		strings.Join(Encodings(), ", "))
}

// skipByteOrderMark skips the mark that spreadsheets put before the text.
func skipByteOrderMark(input *bufio.Reader) error {
	const mark = "\xef\xbb\xbf"
	if head, _ := input.Peek(len(mark)); string(head) != mark {
		return nil
	}
	_, err := input.Discard(len(mark))
	return err
}

// utf16Reader reads UTF-16 as UTF-8.
type utf16Reader struct {
	input     *bufio.Reader
	bigEndian bool
	pending   []byte // of a character that did not fit
	buffer    [utf8.UTFMax]byte
}

func (r *utf16Reader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(r.pending) == 0 {
			if err := r.next(); err != nil {
				return n, err
			}
		}
		copied := copy(p[n:], r.pending)
		r.pending = r.pending[copied:]
		n += copied
	}
	return n, nil
}

// next decodes one character.
func (r *utf16Reader) next() error {
	pair, err := r.input.Peek(2)
	if len(pair) < 2 {
		if len(pair) == 1 && errors.Is(err, io.EOF) {
			_, _ = r.input.Discard(1) // it was peeked at
			r.pending = append(r.buffer[:0], notText)
			return nil
		}
		return err
	}
	unit, size := r.unit(pair), 2
	if utf16.IsSurrogate(unit) {
		four, _ := r.input.Peek(4)
		unit = utf8.RuneError
		if len(four) == 4 {
			unit = utf16.DecodeRune(r.unit(four), r.unit(four[2:]))
		}
		if unit != utf8.RuneError {
			size = 4
		}
	}
	r.pending = utf8.AppendRune(r.buffer[:0], unit)
	if unit == utf8.RuneError {
		r.pending = append(r.buffer[:0], notText)
	}
	_, err = r.input.Discard(size)
	return err
}

func (r *utf16Reader) unit(b []byte) rune {
	if r.bigEndian {
		return rune(b[0])<<8 | rune(b[1])
	}
	return rune(b[1])<<8 | rune(b[0])
}

// byteReader reads Windows-1252 as UTF-8.
type byteReader struct {
	input   *bufio.Reader
	pending []byte
	buffer  [utf8.UTFMax]byte
}

// windows1252 holds the characters of the bytes 0x80 to 0x9f; 0 where there is none.
var windows1252 = [32]rune{'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ'}

func (r *byteReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(r.pending) == 0 {
			b, err := r.input.ReadByte()
			if err != nil {
				return n, err
			}
			c := rune(b)
			if 0x80 <= b && b < 0xa0 {
				c = windows1252[b-0x80]
			}
			r.pending = utf8.AppendRune(r.buffer[:0], c)
			if c == 0 && b != 0 {
				r.pending = append(r.buffer[:0], notText)
			}
		}
		copied := copy(p[n:], r.pending)
		r.pending = r.pending[copied:]
		n += copied
	}
	return n, nil
}

// badText returns the error of a text that is not UTF-8.
func badText(line int, column, text string) *Error {
	return &Error{Line: line, Column: column, Problem: fmt.Sprintf("%+q is not UTF-8", text)}
}

// badEncoding is badText of a CSV file.
func badEncoding(line int, column, text string) *Error {
	e := badText(line, column, text)
	e.Problem += "; convert the file (iconv -f WINDOWS-1252 -t UTF-8)"
	e.Fixes = []Fix{fix("Encoding", Windows1252, "reads Western European text as it is")}
	return e
}
