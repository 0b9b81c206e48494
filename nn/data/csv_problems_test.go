package data

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// readText reads a data set with the target y from a text.
func readText(text string, o CSVOptions) (*Dataset, error) {
	if o.Target == "" {
		o.Target = "y"
	}
	return ReadCSV(strings.NewReader(text), o)
}

// notes returns the texts of notes.
func notes(d *Dataset) []string {
	var texts []string
	for _, n := range d.Notes {
		texts = append(texts, n.String())
	}
	return texts
}

// setting applies the setting that a fix names, and the one that goes with it.
func setting(t *testing.T, o CSVOptions, f Fix) CSVOptions {
	t.Helper()
	list := func() []string { return strings.Split(f.Value, ",") }
	switch f.Field {
	case "Drop":
		o.Drop = list()
	case "MissingTexts":
		o.Format.MissingTexts = list()
	case "PresentTexts":
		o.Format.PresentTexts = list()
	case "Missing":
		o.Missing = Missing(f.Value)
	case "MaxCategories":
		_, err := fmt.Sscan(f.Value, &o.MaxCategories)
		require.NoError(t, err)
	case "MaxCategoryShare":
		_, err := fmt.Sscan(f.Value, &o.MaxCategoryShare)
		require.NoError(t, err)
	case "Classification":
		o.Classification = f.Value == "true"
	case "Decimal":
		o.Format.Decimal = rune(f.Value[0])
	case "Thousands":
		o.Format.Thousands = rune(f.Value[0])
	case "Header":
		o.Format.Header = Header(f.Value)
	case "Encoding":
		o.Format.Encoding = f.Value
	default:
		require.Fail(t, "unknown field", f.Field)
	}
	if f.With != nil {
		return setting(t, o, *f.With)
	}
	return o
}

// TestEveryFixHelps reads tables that are refused, and again with each of the settings that the
// error names.
func TestEveryFixHelps(t *testing.T) {
	class := CSVOptions{Classification: true}
	for _, c := range []struct {
		text, want string
		o          CSVOptions
		fixes      int
	}{
		{"name,a,y\n" + repeat(20, "person %d,1,2\n"), `line 2, column "name": "person 0" is no ` +
			`category: the column has 20 different texts in 20 rows, and what ` +
			`differs in nearly every row is no feature; Drop name leaves out 1 column or ` +
			`MaxCategoryShare 1 takes each for a feature`, CSVOptions{}, 2},
		{"name,note,a,y\n" + repeat(20, "p%[1]d,t%[1]d,1,2\n"), `(nor are "note" features); ` +
			`Drop name,note leaves out 2 columns or`, CSVOptions{}, 2},
		{"country,a,y\n" + strings.Repeat(repeat(100, "land %d,1,2\n"), 3),
			`line 66, column "country": "land 64" is one more than 64 distinct texts: the ` +
				`column has ` +
				`100 different texts in 300 rows; Drop country leaves out 1 column or MaxCategories ` +
				`100 takes each for a feature`, CSVOptions{}, 2},
		{"name,a,y\n" + repeat(70, "person %d,1,2\n"), `70 different texts in 70 rows, and what ` +
			`differs in nearly every row is no feature; Drop name leaves out 1 column or ` +
			`MaxCategories 70 MaxCategoryShare 1 takes each for a feature`, CSVOptions{}, 2},
		{"name,land,a,y\n" + strings.Repeat(repeat(70, "person %[1]d,land %[1]d,1,2\n"), 2) +
			repeat(81, "individual %d,land 1,1,2\n"),
			`Drop name,land leaves out 2 columns or MaxCategories 151 MaxCategoryShare 1 takes`,
			CSVOptions{}, 2},
		{"cost,a,y\n" + repeat(50, "$%d.99,1,2\n"), `line 2, column "cost": "$0.99" is a number ` +
			`with a unit ($), as are 50 of the column's 50 values; write plain numbers; ` +
			`Drop cost leaves out 1 column`, CSVOptions{}, 1},
		{"a,share,y\n" + repeat(50, "1,%d %%,2\n"), `"0 %" is a number with a unit (%)`,
			CSVOptions{}, 1},
		{"a,b,y\n1,7,2\n2,8,2\n3,9kg,2\n", `line 4, column "b": "9kg" is a number with a unit ` +
			`(kg), but plain numbers are needed; Drop b`, CSVOptions{}, 1},
		{"day,a,y\n" + repeat(20, "20%02d-01-05,1,2\n"), `is a date or a time, which is no ` +
			`feature as it is`, CSVOptions{}, 1},
		{"a;b;y\n1,5;1;2\n2,5;2;3\n", `line 2, column "a": "1,5" has a decimal comma; write ` +
			`numbers with a decimal point; Decimal , reads numbers with a decimal comma or Drop a`,
			CSVOptions{}, 2},
		{"a;b;y\n1;1;2,5\n2;2;3,5\n", `line 2, column "y": "2,5" has a decimal comma; write ` +
			`numbers with a decimal point; Decimal ,`, CSVOptions{}, 1},
		{"a,b,y\n\"1,234\",1,2\n\"12,345,678\",2,3\n", `line 2, column "a": "1,234" is not a ` +
			`number; are its thousands separated?; Thousands , reads`, CSVOptions{}, 2},
		{"a,b,y\n\"1,234\",1,2\n\"2,345\",2,3\n", `Thousands , reads numbers with commas ` +
			`between their thousands, Decimal , reads numbers with a decimal comma or Drop a`,
			CSVOptions{}, 3},
		{"a,b,y\n1,1,2\n2,-,3\n3,3,4\n", `line 3, column "b": "-" is not a number, but 2 of the ` +
			`column's 3 values are; Drop b leaves out 1 column or MissingTexts - takes it for`,
			CSVOptions{Missing: MissingMean}, 2},
		{"a,b,y\n1,1,2\n2,NA,3\n3,3,4\n", `line 3, column "b": the value is missing ("NA"); ` +
			`Missing mean fills in (as median, zero and category do), Missing skip leaves out 1 ` +
			`row or ` +
			`Drop b leaves out 1 column`, CSVOptions{}, 3},
		{"a,b,c,y\n1,,2,2\nNA,4,2,3\n3,3,2,4\n5,3,2,4\n", `line 3, column "a": the value is ` +
			`missing ("NA"), one of 2 in 2 rows of 4: "a", "b"; Missing mean fills`,
			CSVOptions{}, 3},
		{"a,b,y\n1,1,2\n2,2,\n3,3,4\n", `line 3, column "y": the value is missing (""); Missing ` +
			`mean leaves out rows without a target and fills in features or Missing skip`,
			CSVOptions{}, 2},
		{"a,y\n1,None\n2,mild\n3,NA\n4,severe\n", `line 2, column "y": the value is missing ` +
			`("None"), one of 2 of the target; Missing mean leaves out rows without a target and ` +
			`fills in features, Missing skip leaves out rows in which any value is missing or ` +
			`PresentTexts None,NA takes them for values`, class, 3},
		{"land,a,y\nNA,1,1\nZA,2,2\nZA,3,3\n", `leaves out 1 column or PresentTexts NA takes it for a ` +
			`value`, CSVOptions{}, 4},
		{"id,a,b,y\n" + repeat(9, "x%d,1,,2\n"), `column "id": "x0" is no category: the column ` +
			`has 9 different texts in 9 rows, and what differs in nearly every row is no ` +
			`feature; ` +
			`Drop id,b leaves out what is no feature, and 1 column with missing values or Drop ` +
			`id Missing mean fills those in`, CSVOptions{}, 2},
		{"id,a,y\nx0,5,\n" + repeat(9, "x%d,1,2\n"), `line 2, column "y": the value is missing ` +
			`(""); and "id" is no feature: "x0" is no category`, CSVOptions{}, 2},
		{"a,y\n1,red\n2,blue\n", `line 2, column "y": "red" is not a number, as none of the ` +
			`column's 2 values is; Classification true learns classes`, CSVOptions{}, 1},
		{"a,y\n1,1.5\n2,2.5\n", `line 2, column "y": "1.5" can't be a label; labels are whole ` +
			`numbers or texts; Classification false learns numbers`, class, 1},
		{"a,y\n" + repeat(1001, "1,%d\n"), `line 1002, column "y": "1000" is one more than 1000 ` +
			`distinct labels, too many for a classification; Classification false`, class, 1},
		{"5.1,3.5,setosa\n4.9,3.0,setosa\n", `line 1: header: the name of column 1 is the ` +
			`number "5.1"; does the first line hold names?; Header no takes it for a row`,
			CSVOptions{Target: "c2", Drop: []string{"c3"}}, 2},
		{"a,y\nx,1,2\nz,3,4\n", `line 2: 3 fields, but the header line has 2; Header short ` +
			`takes the first column for an index that the header leaves out`, CSVOptions{}, 1},
		{"a,y\nr\xe9d,1\nblue,2\n",
			`Encoding windows-1252 reads Western European text as it is`, CSVOptions{}, 1},
	} {
		_, err := readText(c.text, c.o)
		require.ErrorContains(t, err, c.want)
		e := new(Error)
		require.ErrorAs(t, err, &e)
		require.Len(t, e.Fixes, c.fixes, "%v", err)
		for _, f := range e.Fixes {
			o := setting(t, c.o, f)
			if f.Field == "Header" && f.Value == string(HeaderYes) {
				o.Target, o.Drop = "3.5", []string{"setosa"}
			}
			_, err := readText(c.text, o)
			require.NoError(t, err, "%s: %s", c.want, f)
		}
	}
}

// TestCommasOfTwoKinds reads a number with commas between its thousands before one with a decimal
// comma: only what would read the first is offered.
func TestCommasOfTwoKinds(t *testing.T) {
	_, err := readText("a,b\n\"1,234,567\",1\n\"1,5\",2\n3,3\n4,4\n", CSVOptions{Target: "b"})
	require.EqualError(t, err, `line 2, column "a": "1,234,567" is not a number; are its thousands `+
		`separated?; Thousands , reads numbers with commas between their thousands or Drop a `+
		`leaves out 1 column`)
}

// TestHeaderOfTwoLines finds a number on the second line of a header.
func TestHeaderOfTwoLines(t *testing.T) {
	_, err := readText("\"a\nb\",1.5,y\n1,2,3\n", CSVOptions{Target: "y"})
	require.ErrorContains(t, err, `line 2: header: the name of column 2 is the number "1.5"`)
}

func TestFewTextsAreCategories(t *testing.T) {
	d, err := readText("a,b,y\nw,1,2\nx,1,2\ny,1,2\nz,1,3\n", CSVOptions{})
	require.NoError(t, err, "four texts in four rows")
	require.Len(t, d.Features, 5)
	const half = "a,y\n1%,1\n2%,1\n3%,1\n4%,1\n5%,1\n1%,1\n2%,1\n3%,1\n4%,1\n5%,1\n"
	d, err = readText(half, CSVOptions{})
	require.NoError(t, err, "five in ten")
	require.Len(t, d.Features, 5)
	_, err = readText(half+"6%,1\n", CSVOptions{})
	require.ErrorContains(t, err, `"1%" is a number with a unit (%)`)
	_, err = readText(half+"6%,1\n", CSVOptions{Kinds: map[string]Kind{"a": Category}})
	require.NoError(t, err, "as asked for")
	_, err = readText(strings.ReplaceAll(half, "%", "x5"), CSVOptions{MaxCategoryShare: 0.4})
	require.ErrorContains(t, err, "5 different texts in 10 rows")
}

func TestCategoriesOfNumbersHaveALimit(t *testing.T) {
	o := CSVOptions{Kinds: map[string]Kind{"a": Category}}
	_, err := readText("a,y\n"+repeat(70, "%d,1\n"), o)
	require.ErrorContains(
		t,
		err,
		`line 66, column "a": "64" is one more than 64 distinct texts: the column has 70 `+
			`different texts in 70 rows; `+
			"Drop a leaves out 1 column or MaxCategories 70 takes each for a feature",
	)
	o.MaxCategories = 70
	d, err := readText("a,y\n"+repeat(70, "%d,1\n"), o)
	require.NoError(t, err)
	require.Len(t, d.Features, 70)
}

func TestOptionsThatCannotWork(t *testing.T) {
	for want, o := range map[string]CSVOptions{
		`unknown treatment of missing values "drop"; known: error, skip, mean, median, zero, ` +
			`category`: {Missing: "drop"},
		"a positive number and a share from 0 to 1 are needed": {MaxCategories: -1},
		"at most 0 categories, at most 1.5 of the rows":        {MaxCategoryShare: 1.5},
	} {
		_, err := readText("a,y\n1,2\n", o)
		require.ErrorContains(t, err, want)
	}
}

func TestErrorsNamePlacesAndFixes(t *testing.T) {
	inner := errors.New("inner")
	e := &Error{File: "t.csv", Line: 3, Row: 2, Column: "a", Problem: "is odd", Err: inner,
		Fixes: []Fix{
			fix("Drop", "a", "drops it"),
			{Field: "Missing", Value: "mean", Effect: "fills", With: &Fix{Field: "KeepIndex"}},
			fix("Header", "no", "reads on"),
		}}
	require.EqualError(t, e,
		`t.csv: line 3, column "a": is odd; Drop a drops it, Missing mean KeepIndex fills or `+
			`Header no reads on`)
	require.Equal(t,
		`t.csv: line 3, column "a": is odd; <Drop:a> drops it, <Missing:mean> <KeepIndex:> `+
			`fills or <Header:no> reads on`,
		e.Format(func(field, value string) string { return "<" + field + ":" + value + ">" }))
	require.ErrorIs(t, e, inner)
	require.EqualError(t, &Error{Row: 2, Problem: "is odd"}, "row 2: is odd")
	require.EqualError(t, &Error{Line: 2, Problem: "is odd"}, "line 2: is odd")
	require.EqualError(t, &Error{Column: "b", Problem: "is odd"}, `column "b": is odd`)
}
