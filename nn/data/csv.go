package data

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"simdnn/tensor"
)

// Limits on the number of distinct texts of a column.
const (
	defaultMaxCategories    = 64
	defaultMaxCategoryShare = 0.5
	fewCategories           = 4 // as many are categories in a table of any length
	maxClasses              = 1000
)

// Kind says how the values of a column are understood.
type Kind int

const (
	// Auto makes a column with numbers in at least half of its rows a numeric one, in which any
	// other text is an error, and the rest categories.
	Auto Kind = iota
	// Number makes every text that is not a number an error.
	Number
	// Category makes one feature of every distinct text, even if the texts are numbers, and
	// whatever share of the rows they are.
	Category
)

// CSVOptions say how a CSV file becomes a data set.
type CSVOptions struct {
	Format         CSVFormat
	Target         string          // name of the column to predict
	Classification bool            // the target holds class labels, not numbers
	Columns        []string        // columns to take as features; nil takes all
	Drop           []string        // columns to leave out
	Kinds          map[string]Kind // what feature columns hold, where it is not Auto
	MaxCategories  int             // most distinct texts of a category column; 0 means 64
	// MaxCategoryShare is the same as a share of the column's values, for columns with more than 4
	// distinct texts; 0 means a half.
	MaxCategoryShare float64
	Missing          Missing // what becomes of missing values; "" makes them errors
	Unknown          Unknown // of texts that are in no row, when predicting; "" makes them errors
	KeepIndex        bool    // take a first column without a name as a feature
	// AllowNonfinite takes infinities for numbers, and NaN where missing values are errors.
	AllowNonfinite bool
	// Series says that rows are steps of time, which may have no column but the target: its earlier
	// values are what it is predicted from. X then has no columns.
	Series bool
}

// ReadCSVFile reads the data set of a CSV file, see [ReadCSV]. Errors name the file.
func ReadCSVFile(path string, o CSVOptions) (*Dataset, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d, err := ReadCSV(f, o)
	if e := new(Error); errors.As(err, &e) {
		e.File = path
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

// ReadCSV reads a data set: a line with the names of the columns, then one sample a line, as
// [CSVFormat] has it. Empty lines are skipped, space around a value is cut off, and so is a
// separator at the end of every row. Columns of one name can only be left out.
//
// Numeric columns become one feature each, category columns one feature for each distinct text,
// named column=text, in the order of the texts, 1 in the rows that hold it and 0 in the others. The
// target of a classification becomes class numbers: whole numbers are put in ascending order, other
// labels in that of their bytes.
//
// A first column without a name, in which pandas and R keep the names or numbers of the rows, is
// called index and left out unless it is asked for.
//
// A missing value is an error or treated as the options say. Where its features are means or
// medians they are NaN until [Dataset.Impute]. A row without a target is an error or left out. What
// was left out and how many values are missing stands in the notes.
//
// A number that is infinite (unless allowed), a row with too few or too many fields, text that is
// not UTF-8, a decimal comma, a number with a unit, and a category column with too many distinct
// texts are errors with the line, the column, the value and the options that would let it pass: see
// [Error].
func ReadCSV(r io.Reader, o CSVOptions) (*Dataset, error) {
	s := &source{reader: r}
	d, err := readCSV(s, &o)
	if s.err != nil {
		return nil, s.err
	}
	return d, err
}

func readCSV(r io.Reader, o *CSVOptions) (*Dataset, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	lines, err := openCSV(r, o.Format)
	if err != nil {
		return nil, err
	}
	t, err := o.selectColumns(lines)
	if err != nil {
		return nil, err
	}
	if err := t.readRows(lines); err != nil {
		return nil, err
	}
	return t.assemble()
}

// check reports options that can't work, whatever the file.
func (o *CSVOptions) check() error {
	if o.Missing != "" {
		if _, err := ParseMissing(string(o.Missing)); err != nil {
			return err
		}
	}
	if o.Unknown != "" {
		if _, err := ParseUnknown(string(o.Unknown)); err != nil {
			return err
		}
	}
	if o.MaxCategories < 0 || !(o.MaxCategoryShare >= 0 && o.MaxCategoryShare <= 1) {
		return fmt.Errorf(
			"at most %d categories, at most %g of the rows: "+
				"a positive number and a share from 0 to 1 are needed",
			o.MaxCategories, o.MaxCategoryShare)
	}
	return nil
}

// maxCategories returns the most distinct texts of a category column.
func (o *CSVOptions) maxCategories() int {
	if o.MaxCategories > 0 {
		return o.MaxCategories
	}
	return defaultMaxCategories
}

// maxCategoryShare returns the most distinct texts of a category column as a share of its values.
func (o *CSVOptions) maxCategoryShare() float64 {
	if o.MaxCategoryShare > 0 {
		return o.MaxCategoryShare
	}
	return defaultMaxCategoryShare
}

// table is a CSV file as it is read.
type table struct {
	o       *CSVOptions
	columns []*column // of each field, nil where it is left out
	target  *column
	lines   []int // on which each row begins
	skipped int   // rows left out because a value is missing
	notes   []Note

	ofRecords bool // not of a CSV file
	badText   func(line int, column, text string) *Error
}

// selectColumns returns a table with a column for each name in the header that is not left out.
func (o *CSVOptions) selectColumns(lines *csvLines) (*table, error) {
	names := lines.names
	if err := o.CheckColumns(names); err != nil {
		return nil, err
	}
	t := &table{o: o, columns: make([]*column, len(names)), badText: badEncoding}
	if lines.trailing {
		t.notes = append(t.notes, Note{"rows end with a separator that the header lacks",
			[]Fix{fix("Header", string(HeaderShort), "takes the first column for an index")}})
	}
	features := 0
	for i, name := range names {
		dropped := slices.Contains(o.Drop, name) ||
			o.Columns != nil && !slices.Contains(o.Columns, name)
		switch e := lines.repeated[name]; {
		case e != nil && name == o.Target:
			return nil, &Error{Problem: e.Problem}
		case e != nil && !dropped:
			return nil, e
		case name == o.Target:
			t.target = &column{name: name, kind: Number, limit: maxClasses, o: o, isTarget: true}
			t.columns[i] = t.target
		case dropped:
		case i == 0 && lines.unnamed && !o.KeepIndex && o.Columns == nil:
			text := fmt.Sprintf("the first column has no name: it is called %q and left out", name)
			t.notes = append(t.notes, Note{text, []Fix{fix("KeepIndex", "", "keeps it")}})
		default:
			t.columns[i] = &column{name: name, kind: o.Kinds[name], limit: o.maxCategories(), o: o}
			t.columns[i].nameless = slices.Contains(lines.nameless, i) &&
				!slices.Contains(o.Columns, name)
			features++
		}
	}
	if features == 0 && !o.Series {
		e := &Error{Problem: fmt.Sprintf("there is no column left to predict %q from", o.Target)}
		if len(names) == 1 && lines.reader != nil { // records have none
			e.Fixes = []Fix{fix("Separator", "C", "separates columns at the character C")}
		}
		return nil, e
	}
	return t, nil
}

// CheckColumns reports names in the options that are none of a table's.
func (o *CSVOptions) CheckColumns(names []string) error {
	if o.Target == "" {
		return &Error{Problem: "no target column is named; the columns are " + list(names)}
	}
	if !slices.Contains(names, o.Target) {
		return &Error{
			Problem: fmt.Sprintf("there is no target column %q; the columns are %s", o.Target,
				list(names)),
		}
	}
	if slices.Contains(o.Drop, o.Target) {
		return &Error{
			Field:   "Drop",
			Problem: fmt.Sprintf("the target column %q can't be left out", o.Target),
		}
	}
	for _, named := range []struct {
		field   string
		columns []string
	}{{"Columns", o.Columns}, {"Drop", o.Drop}, {"Kinds", slices.Sorted(maps.Keys(o.Kinds))}} {
		for _, name := range named.columns {
			if !slices.Contains(names, name) {
				return &Error{
					Field: named.field,
					Problem: fmt.Sprintf("there is no column %q; the columns are %s", name,
						list(names)),
				}
			}
		}
	}
	return nil
}

// checkRows reports that there are none.
func (t *table) checkRows() error {
	switch {
	case len(t.lines) == 0 && t.skipped > 0:
		return &Error{
			Problem: fmt.Sprintf("a value is missing in each of the %s", plural(t.skipped, "row")),
			Fixes:   []Fix{fix("Missing", string(MissingMean), "fills such values in")},
		}
	case len(t.lines) == 0:
		e := &Error{Problem: "there are no rows"}
		if !t.ofRecords {
			e.Problem += " after the header line"
		}
		return e
	}
	return nil
}

// assemble makes the data set of the columns that were read.
func (t *table) assemble() (*Dataset, error) {
	d := &Dataset{Target: t.target.name, Lines: t.lines}
	y := newMatrix(len(t.lines), 1)
	var err error
	if d.Classes, err = t.target.targets(y.data); err != nil {
		return nil, err
	}
	described, err := t.describe()
	if err != nil {
		return nil, err
	}
	if len(d.Classes) == 1 {
		return nil, &Error{
			Column: d.Target,
			Problem: fmt.Sprintf(
				"all rows have the label %q, but a classification needs two classes", d.Classes[0]),
		}
	}
	features := 0
	for i, c := range t.columns {
		if described[i] != nil {
			d.Columns = append(d.Columns, *described[i])
			d.Features = append(d.Features, described[i].featureNames()...)
			features = len(d.Features)
			c.note(t, described[i])
		}
	}
	switch {
	case features == 0 && !t.o.Series:
		return nil, &Error{
			Problem: fmt.Sprintf("there is no column left to predict %q from", d.Target),
		}
	case !fits(len(t.lines), features):
		return nil, &Error{
			Problem: fmt.Sprintf("%d rows of %d features are too many", len(t.lines), features),
		}
	}
	d.X = tensor.New[float64](len(t.lines), features)
	x := matrix{d.X.Data(), len(t.lines), features, features}
	at := 0
	for i, c := range t.columns {
		if described[i] != nil {
			c.encode(x, at, described[i])
			c.forget()
			at += described[i].Features()
		}
	}
	d.Y, d.Notes = y.tensor(), append(t.notes, t.missingNotes()...)
	return d, nil
}
