package training

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"simdnn/internal/cli"
	"simdnn/nn/data"
	"simdnn/nn/tabular"
)

// csvLong describes how CSV files are read.
const csvLong = "Missing values (nothing, NA, N/A, #N/A, #NA, <NA>, NaN, NaT, null in any case; None, ? and .\n" +
	"alone; those of --missing-text and not those of --present-text) are an error unless --missing\n" +
	"says what to do: skip leaves out their rows, mean and median fill in those of the training rows,\n" +
	"zero fills in 0, category adds a feature that marks them. Rows without a target are then left\n" +
	"out. The choice is saved with the model, and so is that of --unknown for texts that no training\n" +
	"row has. A first column without a name, as pandas and R write their index, is left out. Files\n" +
	"are UTF-8, or UTF-16 with a byte-order mark.\n\n"

// csvFlags are the flags that say how a CSV file becomes a data set.
type csvFlags struct {
	CSVFormatFlags
	data, target, task                 string
	columns, drop, numbers, categories []string
	maxCategories                      int
	maxCategoryShare                   float64
	missing, unknown                   string
	missingTexts, presentTexts         []string
	keepIndex, nonfinite               bool
	flags                              *pflag.FlagSet
	program                            *Program
	stdin                              *summedReader
}

// CSVFormatFlags are the flags that say how a CSV file is written.
type CSVFormatFlags struct {
	separator, decimal, thousands, comment string
	encoding, header                       string
}

// FlagOf gives the flag for each field of data.CSVOptions and data.CSVFormat, and for the settings
// that errors about data name.
var FlagOf = map[string]string{
	"Target": "target", "Classification": "task", "Columns": "columns", "Drop": "drop",
	"MaxCategories": "max-categories", "MaxCategoryShare": "max-category-share",
	"Missing": "missing", "MissingTexts": "missing-text", "Unknown": "unknown",
	"PresentTexts": "present-text",
	"Kinds":        "category", "KeepIndex": "keep-index", "AllowNonfinite": "allow-nonfinite",
	"Separator": "separator", "Decimal": "decimal", "Thousands": "thousands",
	"Comment": "comment", "Encoding": "encoding", "Header": "header",
	"Validation": "val", "Dtype": "dtype",
}

// register declares the flags.
func (f *csvFlags) register(flags *pflag.FlagSet) {
	f.flags = flags
	flags.StringVar(&f.data, "data", "", "CSV `FILE` to train on instead of an experiment; - for standard input")
	flags.StringVar(&f.task, "task", "",
		"`TASK` to learn from the CSV file: regression or classification")
	f.registerTable(flags)
}

// registerTable declares those that say how a table becomes numbers.
func (f *csvFlags) registerTable(flags *pflag.FlagSet) {
	flags.StringVar(&f.target, "target", "", "`COLUMN` of the CSV file to predict")
	flags.StringSliceVar(&f.columns, "columns", nil,
		"`COLUMNS` to take as features, separated by commas and quoted as in CSV; all unless given")
	flags.StringSliceVar(&f.drop, "drop", nil, "`COLUMNS` to leave out")
	flags.StringSliceVar(&f.numbers, "number", nil,
		"`COLUMNS` that hold numbers, so that any other text in them is an error")
	flags.StringSliceVar(&f.categories, "category", nil,
		"`COLUMNS` in which each text, even a number, is a feature")
	flags.IntVar(&f.maxCategories, "max-categories", 64,
		"most distinct texts of a column of categories")
	flags.Float64Var(&f.maxCategoryShare, "max-category-share", 0.5,
		"most distinct texts of a column of categories as a share of its rows, beyond 4 of them")
	flags.StringVar(&f.missing, "missing", string(data.MissingError),
		"what becomes of missing values: "+cli.Join(data.Missings()))
	flags.StringVar(&f.unknown, "unknown", string(data.UnknownError),
		"what becomes of texts that no training row has, when predicting: "+cli.Join(data.Unknowns()))
	flags.StringSliceVar(&f.missingTexts, "missing-text", nil,
		"`TEXTS` that stand for a missing value, beside the usual ones")
	flags.StringSliceVar(&f.presentTexts, "present-text", nil,
		"`TEXTS` that are values, though they usually stand for none, such as NA for Namibia")
	f.CSVFormatFlags.Register(flags, "a point unless given", "none unless given")
	flags.BoolVar(&f.keepIndex, "keep-index", false,
		"take a first column without a name for a feature called index")
	flags.BoolVar(&f.nonfinite, "allow-nonfinite", false,
		"take NaN and infinities in the data for numbers; as a rule they end the training")
}

// Flags returns a set of the flags alone.
func (f *CSVFormatFlags) Flags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.Register(flags, "", "")
	return flags
}

// Register declares the flags, and says what marks numbers have unless they are given.
func (f *CSVFormatFlags) Register(flags *pflag.FlagSet, noDecimal, noThousands string) {
	flags.StringVar(&f.separator, "separator", "",
		"`CHARACTER` between the fields, or tab; found in the first lines unless given")
	flags.StringVar(&f.decimal, "decimal", "",
		"`CHARACTER` before the decimals of numbers; "+noDecimal)
	flags.StringVar(&f.thousands, "thousands", "",
		"`CHARACTER` between the thousands of numbers; "+noThousands)
	flags.StringVar(&f.comment, "comment", "",
		"`CHARACTER` at the beginning of lines to skip; none unless given")
	flags.StringVar(&f.encoding, "encoding", "",
		"encoding of the text: "+strings.Join(data.Encodings(), ", "))
	flags.StringVar(&f.header, "header", "",
		"whether the first line names the columns: yes, no (they are c1, c2, …), short (all but the first)")
}

// given returns the first flag that was given, if any.
func (f *csvFlags) given() string {
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(csvFlags).register(own)
	return firstOf(own, f.flags.Changed)
}

// plan returns the plan for the CSV file.
func (f *csvFlags) plan() (*trainPlan, error) {
	if f.target == "" {
		return nil, errors.New("--data needs --target COLUMN, the column to predict")
	}
	if f.task == "" {
		return nil, fmt.Errorf("--data needs --task %s or %s", tabular.Regression,
			tabular.Classification)
	}
	task, err := tabular.ParseTask(f.task)
	if err != nil {
		return nil, fmt.Errorf("--task: %w", err)
	}
	o, err := f.options()
	if err != nil {
		return nil, err
	}
	o.Classification = task == tabular.Classification
	load := func() (*tabular.Dataset, error) { return f.load(o) }
	return &trainPlan{fitPlan: fitPlan{name: f.task}, load: load,
		settings: tabular.DefaultSettings()}, nil
}

// load reads the data set.
func (f *csvFlags) load(o *data.CSVOptions) (*tabular.Dataset, error) {
	d, err := f.read(o)
	if err != nil {
		return nil, err
	}
	return &tabular.Dataset{Name: f.data, Dataset: *d}, nil
}

// read reads the file or standard input.
func (f *csvFlags) read(o *data.CSVOptions) (*data.Dataset, error) {
	if f.data != "-" {
		return f.program.readTable(f.data, *o, f.flags.Changed)
	}
	d, err := data.ReadCSV(f.stdin, *o)
	if e := new(data.Error); errors.As(err, &e) {
		e.File = f.data
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.data, err)
	}
	return d, nil
}

// options returns how the file is read.
func (f *csvFlags) options() (*data.CSVOptions, error) {
	format, err := f.Format()
	if err != nil {
		return nil, err
	}
	format.MissingTexts, format.PresentTexts = f.missingTexts, f.presentTexts
	o := &data.CSVOptions{
		Format:           *format,
		Target:           f.target,
		Columns:          f.columns,
		Drop:             f.drop,
		Kinds:            map[string]data.Kind{},
		MaxCategories:    f.maxCategories,
		MaxCategoryShare: f.maxCategoryShare,
		KeepIndex:        f.keepIndex,
		AllowNonfinite:   f.nonfinite,
	}
	if o.Missing, err = data.ParseMissing(f.missing); err != nil {
		return nil, cli.FlagError("missing", err)
	}
	if o.Unknown, err = data.ParseUnknown(f.unknown); err != nil {
		return nil, cli.FlagError("unknown", err)
	}
	if f.maxCategories < 1 {
		return nil, fmt.Errorf("--max-categories: %d is not a positive number of texts",
			f.maxCategories)
	}
	if !(f.maxCategoryShare > 0 && f.maxCategoryShare <= 1) {
		return nil, fmt.Errorf("--max-category-share: %g is not a share above 0 and up to 1",
			f.maxCategoryShare)
	}
	for _, name := range f.numbers {
		o.Kinds[name] = data.Number
	}
	for _, name := range f.categories {
		if o.Kinds[name] == data.Number {
			return nil, fmt.Errorf("--number and --category both name %q", name)
		}
		o.Kinds[name] = data.Category
	}
	return o, nil
}

// Format returns how the file is written.
func (f *CSVFormatFlags) Format() (*data.CSVFormat, error) {
	format := &data.CSVFormat{
		Header:   data.Header(f.header),
		Encoding: f.encoding,
	}
	if !slices.Contains(
		[]data.Header{data.HeaderAuto, data.HeaderYes, data.HeaderNo, data.HeaderShort},
		format.Header) {
		return nil, fmt.Errorf("--header: %q is none of yes, no and short", f.header)
	}
	if f.encoding != "" && !slices.Contains(data.Encodings(), f.encoding) {
		return nil, fmt.Errorf("--encoding: unknown encoding %q; known: %s", f.encoding,
			strings.Join(data.Encodings(), ", "))
	}
	for _, c := range []struct {
		flag, text string
		character  *rune
	}{
		{"separator", f.separator, &format.Separator}, {"decimal", f.decimal, &format.Decimal},
		{"thousands", f.thousands, &format.Thousands}, {"comment", f.comment, &format.Comment},
	} {
		var err error
		if *c.character, err = parseCharacter(c.text); err != nil {
			return nil, fmt.Errorf("--%s: %w", c.flag, err)
		}
	}
	const ofNumbers = "0123456789+-eE"
	switch {
	case strings.ContainsRune(ofNumbers, cmp.Or(format.Decimal, '.')):
		return nil, fmt.Errorf("--decimal: %q is part of numbers, not a mark in them", f.decimal)
	case strings.ContainsRune(ofNumbers, cmp.Or(format.Thousands, ' ')):
		return nil, fmt.Errorf("--thousands: %q is part of numbers, not a mark in them", f.thousands)
	case format.Thousands != 0 && format.Thousands == cmp.Or(format.Decimal, '.'):
		return nil, fmt.Errorf("--thousands %s is the decimal mark too; --decimal names another",
			f.thousands)
	case format.Separator != 0 && format.Separator == format.Comment:
		return nil, fmt.Errorf("--separator and --comment are both %q", f.separator)
	}
	return format, nil
}

// parseCharacter returns the only character of a text, a tab if that is spelled out, 0 if the text
// is empty.
func parseCharacter(text string) (rune, error) {
	switch text {
	case "":
		return 0, nil
	case "tab", `\t`:
		return '\t', nil
	}
	c, size := utf8.DecodeRuneInString(text)
	if size != len(text) || c == utf8.RuneError || strings.ContainsRune("\"\r\n", c) {
		return 0, fmt.Errorf("%q is not one character that can stand there", text)
	}
	return c, nil
}

// WithFlags returns an error about data with flags in place of fields of options.
func WithFlags(err error) error {
	if e := new(data.Error); errors.As(err, &e) {
		return errors.New(strings.Replace(err.Error(), e.Error(), e.Format(flagText), 1))
	}
	return err
}

// flagText spells a setting as a flag, as a shell takes it.
func flagText(field, value string) string {
	switch field {
	case "Kinds":
		if value != "" { // what can only be numbers
			return "--number " + shellWord(value)
		}
		return "--category or --number"
	case "Classification":
		task := tabular.Regression
		if value == "true" {
			task = tabular.Classification
		}
		value = string(task)
	}
	if value == "" {
		return "--" + FlagOf[field]
	}
	return "--" + FlagOf[field] + " " + shellWord(value)
}

// shellWord quotes a text where a shell would not take it as it is.
func shellWord(text string) string {
	plain := func(r rune) bool {
		return !strings.ContainsRune(" \t\n\"'`$&|;<>()[]{}*?!#~\\=%^", r)
	}
	if !strings.ContainsFunc(text, func(r rune) bool { return !plain(r) }) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// printNotes prints what was done to the data.
func (p *fitPlan) printNotes(w io.Writer, notes []data.Note) error {
	for _, n := range notes {
		text := strings.Join(strings.Fields(n.Format(flagText)), " ")
		if _, err := fmt.Fprintf(w, "%s: note: %s\n", p.program.Name, text); err != nil {
			return err
		}
	}
	return nil
}
