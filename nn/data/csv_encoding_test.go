package data

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// european is a table with letters, a sign and quotes that Windows-1252 has.
const european = "größe,geschmack\n1,süß – „3 €“\n2,salzig\n3,😀\n"

// inUTF16 encodes a text.
func inUTF16(text string, bigEndian bool) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		low, high := byte(unit), byte(unit>>8)
		if bigEndian {
			low, high = high, low
		}
		b.WriteByte(low)
		b.WriteByte(high)
	}
	return b.String()
}

func TestReadCSVEncodings(t *testing.T) {
	western := strings.ReplaceAll(european, "😀", "bitter")
	bytes := strings.NewReplacer("ö", "\xf6", "ß", "\xdf", "ü", "\xfc", "–", "\x96", "„",
		"\x84", "€", "\x80", "“", "\x93").
		Replace(western)
	for _, c := range []struct{ text, encoding, want string }{
		{european, "", european},
		{"\ufeff" + european, "", european},
		{"\ufeff" + european, UTF8, european},
		{inUTF16("\ufeff"+european, false), "", european},
		{inUTF16("\ufeff"+european, true), "", european},
		{inUTF16(european, false), UTF16LE, european},
		{inUTF16("\ufeff"+european, true), UTF16BE, european},
		{bytes, Windows1252, western},
		{bytes, "latin-1", western},
	} {
		want, err := ReadCSV(strings.NewReader(c.want),
			CSVOptions{Target: "geschmack", Classification: true})
		require.NoError(t, err)
		o := CSVOptions{
			Target:         "geschmack",
			Classification: true,
			Format:         CSVFormat{Encoding: c.encoding},
		}
		for _, r := range []io.Reader{strings.NewReader(c.text),
			iotest.OneByteReader(strings.NewReader(c.text))} {
			got, err := ReadCSV(r, o)
			require.NoError(t, err, "%q", c.text)
			require.Equal(t, []any{want.Features, want.Classes, want.Y.Data()},
				[]any{got.Features, got.Classes, got.Y.Data()})
		}
		rows, err := NewRowReader(strings.NewReader(c.text), want.Columns, o.Format)
		require.NoError(t, err)
		require.NoError(t, rows.Read(make([]float64, 1)))
	}
}

// TestWindows1252 decodes the bytes that it gives another meaning than Latin-1 does, from 0x80 on.
func TestWindows1252(t *testing.T) {
	want := []rune{0x20ac, -1, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160,
		0x2039, 0x152, -1, 0x17d, -1, -1, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
		0x2dc, 0x2122, 0x161, 0x203a, 0x153, -1, 0x17e, 0x178, 0xa0}
	for i, r := range want {
		text, err := io.ReadAll(&byteReader{input: bufio.NewReader(
			strings.NewReader(string([]byte{byte(0x80 + i)})))})
		require.NoError(t, err)
		if r < 0 {
			require.Equal(t, []byte{notText}, text, "byte %#x", 0x80+i)
		} else {
			require.Equal(t, string(r), string(text), "byte %#x", 0x80+i)
		}
	}
}

func TestTextThatIsNotUTF8IsRefused(t *testing.T) {
	class := CSVOptions{Target: "taste", Classification: true}
	for text, want := range map[string]string{
		"a,taste\n1,salty\n2,s\xfc\xdf\n": `line 3, column "taste": "s\xfc\xdf" is not UTF-8; ` +
			`convert the file (iconv -f WINDOWS-1252 -t UTF-8); Encoding windows-1252`,
		"colour,taste\nr\xf4t,sweet\n": `line 2, column "colour": "r\xf4t" is not UTF-8`,
		"gr\xfcn,taste\n1,sweet\n": `line 1: header: the name of column 1, "gr\xfcn" is ` +
			`not UTF-8`,
		"a\x00,\x00t\x00": "line 1: the text holds zero bytes, as UTF-16 does, " +
			"and is not UTF-8; Encoding utf-16le reads it so",
		"\x00a\x00,\x00t": "Encoding utf-16be",
	} {
		_, err := ReadCSV(strings.NewReader(text), class)
		require.ErrorContains(t, err, want, "%q", text)
	}
	for _, text := range []string{inUTF16("\ufeffa,taste\n1,", false) + "\x3d\xd8" +
		inUTF16("x\n", false), inUTF16("\ufeffa,taste\n1,x", true) + "y"} {
		_, err := ReadCSV(strings.NewReader(text), class)
		require.ErrorContains(t, err, `line 2, column "taste": `, "half a character")
	}
	_, err := ReadCSV(strings.NewReader("a,taste\n1,\x81\n"),
		CSVOptions{Target: "taste", Classification: true, Format: CSVFormat{Encoding: Windows1252}})
	require.ErrorContains(t, err, `line 2, column "taste": "\xff" is not UTF-8`,
		"a byte that stands for nothing")
	_, err = ReadCSV(strings.NewReader("a,taste\n"),
		CSVOptions{Target: "taste", Format: CSVFormat{Encoding: "ebcdic"}})
	require.EqualError(t, err,
		`unknown encoding "ebcdic"; known: utf-8, utf-16le, utf-16be, windows-1252, latin-1`)

	d, err := ReadCSV(strings.NewReader("a,note,taste\n1,\xff,salty\n2,,sweet\n"),
		CSVOptions{Target: "taste", Classification: true, Drop: []string{"note"}})
	require.NoError(t, err, "what is left out may hold anything")
	require.Equal(t, []string{"a"}, d.Features)
}

func TestRowsThatAreNotUTF8AreRefused(t *testing.T) {
	_, err := readAll(strings.NewReader("colour\nred\nr\xf4t\n"),
		[]Column{{Name: "colour", Categories: []string{"red"}}})
	require.ErrorContains(t, err, `line 3, column "colour": "r\xf4t" is not UTF-8`)
	_, err = readAll(strings.NewReader("colo\xfcr\nred\n"),
		[]Column{{Name: "colour", Categories: []string{"red"}}})
	require.ErrorContains(t, err, "line 1: header: the name of column 1")
}

func TestEncodedFilesReportReadErrors(t *testing.T) {
	broken := errors.New("the disk is gone")
	for _, c := range []struct{ text, encoding string }{{inUTF16("\ufeff"+spreadsheet, true),
		""}, {"a;income\n1;2\n", Windows1252}} {
		for n := range len(c.text) {
			r := io.MultiReader(strings.NewReader(c.text[:n]), iotest.ErrReader(broken))
			_, err := ReadCSV(r,
				CSVOptions{Target: "income", Format: CSVFormat{Encoding: c.encoding}})
			require.ErrorIs(t, err, broken, "after %d bytes", n)
		}
	}
}

// TestOtherFormatsAreNamed reads files that are no text.
func TestOtherFormatsAreNamed(t *testing.T) {
	const text = "a,b,y\n1,2,3\n"
	var zipped, inZip bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	z := zip.NewWriter(&inZip)
	entry, err := z.Create("table.csv")
	require.NoError(t, err)
	_, err = io.WriteString(entry, text)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	for content, want := range map[string]string{
		zipped.String():                 "this is a gzip file; unpack it",
		inZip.String():                  "this is a zip file, as spreadsheets",
		"PAR1\x15\x04\x15":              "this is a Parquet file; nnbench-parquet and package adapters/arrow read it",
		"ARROW1\x00\x00\xff":            "this is an Arrow file; nnbench-parquet and package adapters/arrow read it",
		"\xff\xff\xff\xff@\x01\x00\x00": "this is an Arrow stream, it seems; nnbench-parquet and package",
		"\x89HDF\r\n\x1a\n":             "this is an HDF5 file; export it as CSV",
		"BZh91AY&SY?Y*r\x00\x00\xf9":    "this is a bzip2 file; unpack it",
	} {
		for _, encoding := range append(Encodings(), "") {
			_, err := ReadCSV(strings.NewReader(content),
				CSVOptions{Target: "y", Format: CSVFormat{Encoding: encoding}})
			require.ErrorContains(t, err, want)
		}
		_, err = NewRowReader(strings.NewReader(content), []Column{{Name: "a"}}, CSVFormat{})
		require.ErrorContains(t, err, want)
	}
	d, err := ReadCSV(strings.NewReader("PAR1\ty\n1\t2\n"), CSVOptions{Target: "y"})
	require.NoError(t, err)
	require.Equal(t, []string{"PAR1"}, d.Features)
}
