package data

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// spreadsheet is what a spreadsheet exports: a byte-order mark, CRLF, quoted fields, semicolons.
const spreadsheet = "\ufeffage;\"home; town\";\"income\";grade\r\n" +
	"31;\"Ulm\";1200.5;\"good\"\r\n" +
	"45;\"Köln \"\"am Rhein\"\"\";-3e2;poor\r\n" +
	"\r\n" +
	" 28 ;Ulm;0;fair\r\n"

func TestReadCSVOfASpreadsheet(t *testing.T) {
	d, err := ReadCSV(strings.NewReader(spreadsheet),
		CSVOptions{Target: "grade", Classification: true})
	require.NoError(t, err)
	require.Equal(t, []string{"age", `home; town=Köln "am Rhein"`, "home; town=Ulm", "income"},
		d.Features)
	require.Equal(
		t,
		[]Column{
			{Name: "age"},
			{Name: "home; town", Categories: []string{`Köln "am Rhein"`, "Ulm"}},
			{Name: "income"},
		},
		d.Columns,
	)
	require.Equal(t, []int{3, 4}, d.X.Shape())
	require.Equal(t, []float64{31, 0, 1, 1200.5, 45, 1, 0, -300, 28, 0, 1, 0}, d.X.Data())
	require.Equal(t, []int{3, 1}, d.Y.Shape())
	require.Equal(t, []float64{1, 2, 0}, d.Y.Data())
	require.Equal(t, []string{"fair", "good", "poor"}, d.Classes)
	require.Equal(t, "grade", d.Target)
}

func TestReadCSVSeparators(t *testing.T) {
	for _, separator := range []string{",", ";", "\t"} {
		text := strings.ReplaceAll("a|b|\"y,;\"\n1|2|3\n4|5|6\n", "|", separator)
		for _, end := range []string{"\n", "\r\n"} {
			d, err := ReadCSV(strings.NewReader(strings.ReplaceAll(text, "\n", end)),
				CSVOptions{Target: "y,;"})
			require.NoError(t, err)
			require.Equal(t, []float64{1, 2, 4, 5}, d.X.Data())
			require.Equal(t, []float64{3, 6}, d.Y.Data())
			require.Nil(t, d.Classes)
		}
	}
	d, err := ReadCSV(strings.NewReader("a|b\n1|2"),
		CSVOptions{Target: "b", Format: CSVFormat{Separator: '|'}})
	require.NoError(t, err)
	require.Equal(t, []float64{1}, d.X.Data())
}

func TestSeparatorLine(t *testing.T) {
	for _, text := range []string{"sep=;\r\na;b;y\r\n1;2,5;3\r\n",
		"\"sep=;\"\na;b;y\n1;2,5;3\n", "\ufeffSEP=;\na;b;y\n1;2,5;3\n",
		inUTF16("\ufeffsep=;\na;b;y\n1;2,5;3\n", false)} {
		d, err := ReadCSV(strings.NewReader(text),
			CSVOptions{Target: "y", Format: CSVFormat{Decimal: ','}})
		require.NoError(t, err, "%q", text)
		require.Equal(t, []float64{1, 2.5}, d.X.Data())
		require.Equal(t, []int{3}, d.Lines, "the line counts")
		if strings.Contains(text, "\x00") {
			continue
		}
		_, err = ReadCSV(strings.NewReader(text+"x;5\n"), CSVOptions{Target: "y"})
		require.ErrorContains(t, err, "line 4: 2 fields, but the header line has 3")
		_, err = ReadCSV(strings.NewReader(text+"x;\"5\n"), CSVOptions{Target: "y"})
		require.ErrorContains(t, err, `line 4: a quoted field does not end`)
	}
	d, err := ReadCSV(strings.NewReader("sep=;\na,b;c,y\n1,2,3\n"),
		CSVOptions{Target: "y", Format: CSVFormat{Separator: ','}})
	require.NoError(t, err, "what is asked for goes first")
	require.Equal(t, []string{"a", "b;c"}, d.Features)
	d, err = ReadCSV(strings.NewReader("sep=,y\n1,2\n"), CSVOptions{Target: "y"})
	require.NoError(t, err, "the name of a column")
	require.Equal(t, []string{"sep="}, d.Features)
}

func TestUnnamedFirstColumn(t *testing.T) {
	const note = `the first column has no name: it is called "index" and left out; KeepIndex ` +
		`keeps it`
	for _, text := range []string{",a,y\n0,1.5,2\n1,2.5,3\n", "\"\",a,y\n\"r 1\",1.5,2\n\"r " +
		"2\",2.5,3\n", "Unnamed: 0,a,y\n0,1.5,2\n1,2.5,3\n", " ,a,y\n,1.5,2\n,2.5,3\n"} {
		d, err := ReadCSV(strings.NewReader(text), CSVOptions{Target: "y"})
		require.NoError(t, err, text)
		require.Equal(t, []string{"a"}, d.Features)
		require.Equal(t, []float64{1.5, 2.5}, d.X.Data())
		require.Equal(t, []string{note}, notes(d))
		rows, err := readAll(strings.NewReader(text), d.Columns)
		require.NoError(t, err)
		require.Equal(t, []float64{1.5, 2.5}, rows)
	}
	d, err := ReadCSV(strings.NewReader(",a,y\n4,1.5,2\n7,2.5,3\n"),
		CSVOptions{Target: "y", KeepIndex: true})
	require.NoError(t, err)
	require.Equal(t, []string{"index", "a"}, d.Features)
	require.Empty(t, d.Notes)
	rows, err := readAll(strings.NewReader(",a\n4,1.5\n"), d.Columns)
	require.NoError(t, err)
	require.Equal(t, []float64{4, 1.5}, rows)
	for _, o := range []CSVOptions{{Target: "y", Columns: []string{"index"}}, {Target: "index",
		Columns: []string{"y"}}} {
		d, err = ReadCSV(strings.NewReader(",a,y\n4,1.5,2\n7,2.5,3\n"), o)
		require.NoError(t, err, "asked for by its name")
		require.Len(t, d.Features, 1)
		require.Empty(t, d.Notes)
	}
	d, err = ReadCSV(strings.NewReader(",index,y\n4,1.5,2\n"),
		CSVOptions{Target: "y", KeepIndex: true})
	require.NoError(t, err)
	require.Equal(t, []string{"index_2", "index"}, d.Features)
	d, err = ReadCSV(strings.NewReader("a,y\nx,1,2\nz,3,4\n"),
		CSVOptions{Target: "y", Format: CSVFormat{Header: HeaderShort}})
	require.NoError(t, err)
	require.Equal(t, []float64{1, 3}, d.X.Data())
	require.Equal(t, []string{note}, notes(d))
}

// TestTrailingSeparators reads lines that end with a separator, so that there is an empty column
// without a name.
func TestTrailingSeparators(t *testing.T) {
	const text = "a,y,\n1,2,\n2,3,\n"
	for _, missing := range Missings() {
		d, err := ReadCSV(strings.NewReader(text), CSVOptions{Target: "y", Missing: missing})
		require.NoError(t, err)
		require.Equal(t, []float64{1, 2}, d.X.Data())
		require.Equal(t, []string{`column "column 3" holds no value and is left out`}, notes(d))
		rows, err := readAll(strings.NewReader(text), []Column{{Name: "a"}})
		require.NoError(t, err)
		require.Equal(t, []float64{1, 2}, rows)
	}
	for _, o := range []CSVOptions{
		{Target: "y", Drop: []string{"column 3"}},
		{Target: "y", Columns: []string{"a"}},
	} {
		d, err := ReadCSV(strings.NewReader("a,y,\n1,2,5\n2,3,6\n"), o)
		require.NoError(t, err)
		require.Equal(t, []string{"a"}, d.Features)
	}
	d, err := ReadCSV(strings.NewReader("a,y,\n1,2,5\n2,3,6\n"),
		CSVOptions{Target: "y", Columns: []string{"column 3"}})
	require.NoError(t, err)
	require.Equal(t, []float64{5, 6}, d.X.Data())
}

func TestFilesWithoutAHeader(t *testing.T) {
	const text = "5.1,3.5,0\n4.9,3.0,1\n"
	o := CSVOptions{Target: "c3", Classification: true, Format: CSVFormat{Header: HeaderNo}}
	d, err := ReadCSV(strings.NewReader(text), o)
	require.NoError(t, err)
	require.Equal(t, []string{"c1", "c2"}, d.Features)
	require.Equal(t, []float64{5.1, 3.5, 4.9, 3}, d.X.Data())
	require.Equal(t, []int{1, 2}, d.Lines)
	rows, err := NewRowReader(strings.NewReader(text), d.Columns, o.Format)
	require.NoError(t, err)
	row := make([]float64, 2)
	require.NoError(t, rows.Read(row))
	require.Equal(t, []float64{5.1, 3.5}, row)
	for header, place := range map[string]int{
		"a,b,y": -1, "0,1,2,y": -1, "country,1990,1991,2001": -1, "2020,2019,2018,y": -1,
		"7,y": -1, "NaN,inf,3": -1,
		"5.1,a,b": 0, "a,0.25,0.5": 1, "0,0,5,13": 0, "150,4,setosa,virginica,9": 0, "1,2,y,1": 0,
	} {
		require.Equal(t, place, numberInRow(strings.Split(header, ",")), header)
	}
	d, err = ReadCSV(strings.NewReader("0.25,0.5\n1,2\n"),
		CSVOptions{Target: "0.5", Format: CSVFormat{Header: HeaderYes}})
	require.NoError(t, err)
	require.Equal(t, []string{"0.25"}, d.Features)
}

func TestReadCSVFormats(t *testing.T) {
	d, err := ReadCSV(strings.NewReader("# from a logger\na|y\n# half-way\n1.234,5|2\n-7|3\n"),
		CSVOptions{Target: "y", Format: CSVFormat{Comment: '#', Decimal: ',', Thousands: '.'}})
	require.NoError(t, err)
	require.Equal(t, []float64{1234.5, -7}, d.X.Data())
	require.Equal(t, []int{4, 5}, d.Lines)
	rows, err := NewRowReader(strings.NewReader("a\n1.234,5\n1,2,3\n"), d.Columns,
		CSVFormat{Separator: '|', Decimal: ',', Thousands: '.'})
	require.NoError(t, err)
	row := make([]float64, 1)
	require.NoError(t, rows.Read(row))
	require.Equal(t, 1234.5, row[0])
	require.Equal(t, 2, rows.Line())
	require.EqualError(t, rows.Read(row), `line 3, column "a": "1,2,3" is not a number `+
		`with the decimal mark ',' and '.' between thousands`)
	_, err = ReadCSV(strings.NewReader("a b y\n1 2 3\n"), CSVOptions{Target: "a b y"})
	require.EqualError(t, err,
		`there is no column left to predict "a b y" from; Separator C separates columns at the `+
			`character C`)
	d, err = ReadCSV(strings.NewReader("a b y\n1 2 3\n"),
		CSVOptions{Target: "y", Format: CSVFormat{Separator: ' '}})
	require.NoError(t, err)
	require.Equal(t, []float64{1, 2}, d.X.Data())
}

func TestColumnsThatCountRowsAreNoted(t *testing.T) {
	d, err := ReadCSV(strings.NewReader("id,a,y\n"+repeat(10, "%d,5,1\n")), CSVOptions{Target: "y"})
	require.NoError(t, err)
	require.Equal(t, []string{"id", "a"}, d.Features)
	require.Equal(
		t,
		[]string{
			`column "id" counts up by 1 from row to row; Drop id leaves it out if it only ` +
				`numbers the rows`,
		},
		notes(d),
	)
	d, err = ReadCSV(strings.NewReader("id,y\n"+repeat(10, "%d,1\n")+"10.5,2\n"),
		CSVOptions{Target: "y"})
	require.NoError(t, err)
	require.Empty(t, d.Notes)
}

func TestReadCSVSelectsColumns(t *testing.T) {
	const text = "id,a,b,c,y\nx1,1,2,3,10\nx2,4,5,6,20\n"
	features := func(o CSVOptions) []string {
		o.Target = "y"
		d, err := ReadCSV(strings.NewReader(text), o)
		require.NoError(t, err)
		return d.Features
	}
	require.Equal(t, []string{"id=x1", "id=x2", "a", "b", "c"}, features(CSVOptions{}))
	require.Equal(t, []string{"a", "b", "c"}, features(CSVOptions{Drop: []string{"id"}}))
	require.Equal(t, []string{"a", "c"}, features(CSVOptions{Columns: []string{"c", "a", "y"}}))
	require.Equal(t, []string{"a=1", "a=4", "c"},
		features(CSVOptions{Drop: []string{"id", "b"}, Kinds: map[string]Kind{"a": Category}}))
}

func TestReadCSVLeavesOutWhatIsBroken(t *testing.T) {
	d, err := ReadCSV(strings.NewReader("a,note,y\n1,,2\n2,n/a,3\n"),
		CSVOptions{Target: "y", Drop: []string{"note"}})
	require.NoError(t, err)
	require.Equal(t, []float64{1, 2}, d.X.Data())
}

func TestReadCSVClasses(t *testing.T) {
	for _, c := range []struct {
		labels, names []string
		classes       []float64
	}{
		{[]string{"10", "9", "-1", "9.0", "10"}, []string{"-1", "9", "10"}, []float64{2, 1, 0,
			1, 2}},
		{[]string{"b", "a", "10", "9"}, []string{"10", "9", "a", "b"}, []float64{3, 2, 0, 1}},
		{[]string{"yes", "no", "yes "}, []string{"no", "yes"}, []float64{1, 0, 1}},
	} {
		text := "x,label\n"
		for i, l := range c.labels {
			text += fmt.Sprintf("%d,%s\n", i, l)
		}
		d, err := ReadCSV(strings.NewReader(text),
			CSVOptions{Target: "label", Classification: true})
		require.NoError(t, err)
		require.Equal(t, c.names, d.Classes)
		require.Equal(t, c.classes, d.Y.Data())
	}
}

// repeat returns lines made of their number, from 0 on.
func repeat(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestReadCSVErrors(t *testing.T) {
	number := CSVOptions{Target: "y"}
	class := CSVOptions{Target: "y", Classification: true}
	for _, c := range []struct {
		text string
		o    CSVOptions
		want string
	}{
		{"", number, "the file is empty, but a header line with the names of the columns is " +
			"needed"},
		{"\r\n\r\n", number, "the file is empty, but a header line with the names of the " +
			"columns is needed"},
		{"a,y\n", number, "there are no rows after the header line"},
		{"a,y\n1,2\n3\n", number, "line 3: 1 fields, but the header line has 2"},
		{"a,y\n\n1,2,3\n", number, "line 3: 3 fields, but the header line has 2"},
		{"a,,y\n1,2,3\n", number, `column "column 2": it has no name; Drop column 2`},
		{"a,y\r1,2\r", number, "line 1: header: lines end with a carriage return alone"},
		{"a,b, a,y\n1,2,3,4\n", number, `header: columns 1 and 3 are both named "a"`},
		{"a,\"b\n1,2\n", number, "header: "},
		{"a,y\n1,\"2\n", number, "line 2"},
		{"a,y\n1,2\"\n", number, "line 2"},
		{"a,y\n1,2\n", CSVOptions{Target: "z"}, `there is no target column "z"; the columns are ` +
			`"a", "y"`},
		{"a,y\n1,2\n", CSVOptions{}, `no target column is named; the columns are "a", "y"`},
		{repeat(30, "c%d,") + "y\n", CSVOptions{Target: "z"}, `"c19" and 11 more`},
		{"a,y\n1,2\n", CSVOptions{Target: "y", Drop: []string{"b"}}, `there is no column "b"; ` +
			`the columns are "a", "y"`},
		{"a,y\n1,2\n", CSVOptions{Target: "y", Columns: []string{"c"}}, `there is no column "c"`},
		{"a,y\n1,2\n", CSVOptions{Target: "y", Kinds: map[string]Kind{"d": Number}},
			`there is no column "d"`},
		{"a,y\n1,2\n3\"4,5\n", number, `line 3: a quote " in a field that does not begin with one`},
		{"a,y\n1,2\n", CSVOptions{Target: "y", Drop: []string{"y"}},
			`the target column "y" can't be left out`},
		{"a,y\n1,2\n", CSVOptions{Target: "y", Drop: []string{"a"}}, `there is no column left ` +
			`to predict "y" from`},
		{"a,y\n1,2\n", CSVOptions{Target: "y",
			Format: CSVFormat{Separator: '"'}}, "header: csv: invalid field or comment delimiter"},
		{"a,y\n1,2\nNA,2\n", number, `line 3, column "a": the value is missing ("NA")`},
		{"a,y\n1,2\n2,\n", number, `line 3, column "y": the value is missing ("")`},
		{"a,y\nred,?\n", class, `line 2, column "y": the value is missing ("?")`},
		{"a,y\nnull,1\n", class, `line 2, column "a": the value is missing ("null")`},
		{"a,y\n1,2\nx,2\n", number, `line 3, column "a": "x" is not a number, but 1 of the ` +
			`column's 2 values are`},
		{"a,y\n1,2\n2,high\n", number, `line 3, column "y": "high" is not a number, but 1 of ` +
			`the column's 2 values are`},
		{"a,y\nx,2\n", CSVOptions{Target: "y", Kinds: map[string]Kind{"a": Number}},
			`line 2, column "a": "x" is not a number`},
		{"a;y\n1,5;2\n2,5;2\n", number, `line 2, column "a": "1,5" has a decimal comma; write ` +
			`numbers with a decimal point`},
		{"a;y\n1;2\n1;1.234,5\n", number, `line 3, column "y": "1.234,5" has a decimal comma`},
		{"a,y\n1,2\n-Inf,2\n", number, `line 3, column "a": "-Inf" is not a finite number`},
		{"a,y\n1.5,2\n1e999,2\n", number, `line 3, column "a": "1e999" is not a finite number`},
		{"a,y\n1,1e999\n", number, `line 2, column "y": "1e999" is not a finite number`},
		{"a,y\n1,2.5\n1,1\n", class, `line 2, column "y": "2.5" can't be a label; labels are ` +
			`whole numbers or texts`},
		{"a,y\n1,inf\n1,1\n", class, `line 2, column "y": "inf" can't be a label`},
		{"a,y\n1,b\n2,b\n", class, `column "y": all rows have the label "b", but a ` +
			`classification needs two classes`},
		{"a,y\n" + repeat(65, "id%d,1\n"), number, `line 2, column "a": "id0" is no category: ` +
			`the column has 65 different texts in 65 rows`},
		{"a,y\np,1\nq,1\nr,1\n", CSVOptions{Target: "y", MaxCategories: 2},
			`line 4, column "a": "r" is one more than 2 distinct texts`},
		{"a,y\n" + repeat(1001, "1,l%d\n"), class, `line 1002, column "y": "l1000" is one more ` +
			`than 1000 distinct labels`},
	} {
		_, err := ReadCSV(strings.NewReader(c.text), c.o)
		require.ErrorContains(t, err, c.want, "%q", c.text)
		require.NotContains(t, err.Error(), "\n", "one line")
	}
}

func TestReadCSVTakesAsManyTextsAsAllowed(t *testing.T) {
	d, err := ReadCSV(strings.NewReader("a,y\n"+repeat(64, "id%d,1\n")),
		CSVOptions{Target: "y", MaxCategoryShare: 1})
	require.NoError(t, err)
	require.Equal(t, []int{64, 64}, d.X.Shape())
}

func TestReadCSVNumericColumnHasAnyNumberOfTexts(t *testing.T) {
	d, err := ReadCSV(strings.NewReader("a,y\n"+repeat(3000, "%d.25,1\n")), CSVOptions{Target: "y"})
	require.NoError(t, err)
	require.Equal(t, 2999.25, d.X.At(2999, 0))
}

func TestReadCSVFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.csv")
	require.NoError(t, os.WriteFile(path, []byte(spreadsheet), 0o600))
	d, err := ReadCSVFile(path, CSVOptions{Target: "income"})
	require.NoError(t, err)
	require.Equal(t, []float64{1200.5, -300, 0}, d.Y.Data())
	_, err = ReadCSVFile(path, CSVOptions{Target: "outcome"})
	require.ErrorContains(t, err, path+`: there is no target column "outcome"`)
	_, err = ReadCSVFile(path+".old", CSVOptions{Target: "income"})
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, path+".old")
	_, err = ReadCSVFile(filepath.Dir(path), CSVOptions{Target: "income"})
	require.Error(t, err)
}

func TestReadCSVReportsReadErrors(t *testing.T) {
	broken := errors.New("the disk is gone")
	for n := range len(spreadsheet) {
		r := io.MultiReader(strings.NewReader(spreadsheet[:n]), iotest.ErrReader(broken))
		_, err := ReadCSV(r, CSVOptions{Target: "income"})
		require.ErrorIs(t, err, broken, "after %d bytes", n)
	}
	d, err := ReadCSV(iotest.OneByteReader(strings.NewReader(spreadsheet)),
		CSVOptions{Target: "income"})
	require.NoError(t, err, "a slow reader")
	require.Equal(t, 3, d.X.Dim(0))
}

func FuzzReadCSV(f *testing.F) {
	for _, text := range []string{spreadsheet, "a,y\n1,2\n", "a\ty\nx\t1e400\n", "\xff\xfe",
		"a,y\n\"", "a,y\n1,2,3", "a;y\n1,5;2\nNA;?", "y\n\n\n",
		gappy, "sep=;\n;a;y\n1;;2\n2;3;4\n", "a,y\nr\xe9d,1\n", inUTF16("\ufeffa,y\n1,2\n", true)} {
		for way := range Missings() {
			f.Add([]byte(text), "y", true, uint8(way))
			f.Add([]byte(text), "grade", false, uint8(way))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, target string, classification bool, way uint8) {
		o := CSVOptions{
			Target:         target,
			Classification: classification,
			Missing:        Missings()[int(way)%len(Missings())],
		}
		d, err := ReadCSV(strings.NewReader(string(text)), o)
		if err != nil {
			return
		}
		require.Equal(t, []int{d.Y.Dim(0), len(d.Features)}, d.X.Shape())
		require.Len(t, d.Lines, d.Y.Dim(0))
		require.Equal(t, 1, d.Y.Dim(1))
		if d, err = d.Impute(nil); err != nil {
			return
		}
		require.NoError(t, d.CheckFinite())
		requireRows(t, text, d)
		if classification {
			classes, err := ClassNumbers(d.Y)
			require.NoError(t, err)
			for _, c := range classes {
				require.Less(t, c, len(d.Classes))
			}
			require.GreaterOrEqual(t, len(d.Classes), 2)
		}
	})
}

// requireRows reads the rows of a data set again by its columns.
func requireRows(t *testing.T, text []byte, d *Dataset) {
	t.Helper()
	rows, err := NewRowReader(strings.NewReader(string(text)), d.Columns, CSVFormat{})
	require.NoError(t, err)
	row := make([]float64, rows.Features())
	for i := 0; i < len(d.Lines); {
		err := rows.Read(row)
		if rows.Line() != d.Lines[i] { // left out
			continue
		}
		require.NoError(t, err)
		require.Equal(t, d.X.Row(i), row)
		i++
	}
}
