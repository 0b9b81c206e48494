package data

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// record is what a reader of CSV gives: fields and the lines that they stand in, or an error.
type record struct {
	fields []string
	lines  []int
	err    error
}

// recordsOf reads all records by encoding/csv, or by a lineReader.
func recordsOf(text string, comma, comment rune, trim, fast bool) (records []record) {
	lines := newLineReader(iotest.HalfReader(strings.NewReader(text)), comma)
	reference := csv.NewReader(strings.NewReader(text))
	lines.comment, lines.trim = comment, trim
	lines.buffer = lines.buffer[:16] // so small that lines don't fit
	reference.Comma, reference.Comment = comma, comment
	reference.TrimLeadingSpace, reference.FieldsPerRecord = trim, -1
	for {
		var r record
		if fast {
			r.fields, r.err = lines.Read()
		} else {
			r.fields, r.err = reference.Read()
		}
		if errors.Is(r.err, io.EOF) {
			return records
		}
		r.fields = append([]string(nil), r.fields...)
		if r.err == nil {
			for i := range r.fields {
				line := lines.Line
				if !fast {
					line = func(i int) int { line, _ := reference.FieldPos(i); return line }
				}
				r.lines = append(r.lines, line(i))
			}
		}
		records = append(records, r)
		if r.err != nil {
			return records
		}
	}
}

// requireAsReference compares what a lineReader gives with what encoding/csv does.
func requireAsReference(t *testing.T, text string, comma, comment rune, trim bool) {
	t.Helper()
	want := recordsOf(text, comma, comment, trim, false)
	got := recordsOf(text, comma, comment, trim, true)
	require.Equal(t, want, got, "%q", text)
}

// csvTexts are files with all that a line can begin with, hold and end with.
var csvTexts = []string{

	"", "\n", "\r\n", "\r", "a", "a\r", "a\n", "a,b\r\nc,d\r\n", "a,\n,b\n,\n",
	"\n\na\n\r\n\nb\n", "a\r\r\nb\rc\n", " a, b ,\tc\n \n", "\"a\"\n1\n",
	"1,2\n\"a,\nb\"\",c\", \"d\"\r\n3,4\n5,\"6\"\n\n7\n\"\r\n\"\n8", "\"a\n", "1\n\n\"a\n\nb",
	"1\n2\n\"a\"b\n3", "1\na\"b\n3", "\"\"", "\"a\"\r", "#1,2\n3,#4\n#\n\"#5\"\n#\"6\n7",
	"ä,\u00a0ö\nü§§ß\n", "\x00,\xff\n\xff\"", "1,2,3\n4\n5,6\n",
	strings.Repeat("0123456789,", 40) + "\n" + strings.Repeat(`"x",`, 30) + "\n1,2",
}

func TestLinesAreThoseOfEncodingCSV(t *testing.T) {
	for _, text := range csvTexts {
		for _, comma := range []rune{',', ';', '\t', '§'} {
			for _, comment := range []rune{0, '#'} {
				requireAsReference(t, text, comma, comment, comma != '\t')
				requireAsReference(t, strings.ReplaceAll(text, ",", string(comma)), comma, comment,
					false)
			}
		}
	}
}

func FuzzLines(f *testing.F) {
	for _, text := range csvTexts {
		f.Add(text, true)
	}
	f.Fuzz(func(t *testing.T, text string, trim bool) {
		for _, comma := range []rune{',', '\t', '§'} {
			requireAsReference(t, text, comma, 0, trim && comma != '\t')
			requireAsReference(t, text, comma, '#', trim && comma != '\t')
		}
	})
}

func TestLinesEndWithTheirSource(t *testing.T) {
	broken := errors.New("no more")
	for _, text := range []string{"1,2\n3", "1,2\n\"3", "1,2\n"} {
		lines := newLineReader(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)),
			',')
		_, err := lines.Read()
		require.NoError(t, err)
		_, err = lines.Read()
		require.ErrorIs(t, err, broken)
	}
	lines := newLineReader(stuck{}, ',')
	_, err := lines.Read()
	require.ErrorIs(t, err, io.ErrNoProgress)
}

// stuck gives nothing for ever.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }
