package main

import (
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/cli/training"
	"simdnn/nn/data"
)

// lines returns lines made of their number, from 0 on.
func lines(n int, line func(i int) string) string {
	var s strings.Builder
	for i := range n {
		s.WriteString(line(i) + "\n")
	}
	return s.String()
}

// trainTable returns the command line that trains on a table for an epoch.
func trainTable(path, target, task string, flags ...string) []string {
	return append(
		[]string{"train", "--data", path, "--target", target, "--task", task, "--epochs", "1"},
		flags...)
}

// requireNotes runs a command line that must succeed with notes on stderr that hold the texts, one
// each.
func requireNotes(t *testing.T, args []string, texts ...string) string {
	t.Helper()
	status, stdout, stderr := execute(args...)
	require.Equal(t, statusDone, status, stderr)
	require.Equal(t, len(texts), strings.Count(stderr, "nnbench: note: "), stderr)
	for _, text := range texts {
		require.Contains(t, stderr, text)
	}
	return stdout
}

// TestEveryOptionHasAFlag compares the fields of the options with the flags that errors name for
// them.
func TestEveryOptionHasAFlag(t *testing.T) {
	train := program.NewTrain()
	for _, options := range []any{data.CSVOptions{}, data.CSVFormat{}} {
		for _, field := range reflect.VisibleFields(reflect.TypeOf(options)) {
			if field.Name == "Format" || field.Name == "Series" {
				continue // whose fields are the others, and what train series sets
			}
			require.Contains(t, training.FlagOf, field.Name)
			flag := training.FlagOf[field.Name]
			require.NotNil(t, train.Flags().Lookup(flag), "--%s", flag)
		}
	}
}

func TestErrorsNameFlagsThatHelp(t *testing.T) {
	const name = "--drop name leaves out 1 column or --max-category-share 1 takes each for a " +
		"feature"
	people := writeCSV(
		t,
		"name,hours,passed\n"+lines(40,
			func(i int) string { return fmt.Sprintf("person %d,%d,%d", i, i%11, i%2) }),
	)
	args := trainTable(people, "passed", "classification")
	requireError(t, statusFailed, args,
		people+`: line 2, column "name": "person 0" is no category: the column has 40 different `+
			`texts in 40 rows`,
		name)
	require.Contains(t, requireDone(t, append(args, "--drop", "name")...), "40 rows of 1 feature,")
	require.Contains(t, requireDone(t, append(args, "--columns", "hours")...),
		"40 rows of 1 feature,")
	require.Contains(t, requireDone(t, append(args, "--max-category-share", "1")...),
		"40 rows of 41 features,")
	require.Contains(t, requireDone(t, append(args, "--category", "name,hours")...),
		"40 rows of 51 features,")
	requireError(t, statusFailed, append(args, "--category", "name", "--max-categories", "39"),
		`"person 39" is one more than 39 distinct texts`,
		"--drop name leaves out 1 column or --max-categories 40 takes each for a feature")
	for _, flag := range []string{"drop", "columns"} {
		requireError(t, statusFailed, append(args, "--"+flag, "age"), people+": --"+flag+
			`: there is no column "age"; the columns are "name", "hours", "passed"`)
	}
	requireError(t, statusFailed, append(args, "--drop", "name", "--number", "age"),
		people+`: --category or --number: there is no column "age"`)
	requireError(t, statusFailed, append(args, "--drop", "passed"),
		people+`: --drop: the target column "passed" can't be left out`)
	requireError(t, statusFailed, append(args, "--number", "name"),
		`line 2, column "name": "person 0" is not a number`)

	odd := writeCSV(
		t,
		"\"name, first\",it's,y\n"+lines(9,
			func(i int) string { return fmt.Sprintf("p%d,q%d,%d", i, i, i%2) })+"x,y,1\n",
	)
	status, _, stderr := execute(trainTable(odd, "y", "regression")...)
	require.Equal(t, statusFailed, status)
	require.Contains(t, stderr,
		`; --drop '"name, first",it'\''s' leaves out 2 columns or --max-category-share 1`,
		"as a shell takes it")

	words := writeCSV(t, "a,kind\n1,x\n2,y\n3,z\n4,x\n5,y\n")
	requireError(t, statusFailed, trainTable(words, "kind", "regression"),
		`line 2, column "kind": "x" is not a number`, "--task classification learns classes")
	halves := writeCSV(t, "a,y\n1,0.5\n2,1.5\n3,2.5\n4,3\n5,4\n")
	requireError(t, statusFailed, trainTable(halves, "y", "classification"),
		`"0.5" can't be a label`, "--task regression learns numbers")
	requireDone(t, trainTable(halves, "y", "regression")...)
}

func TestNumbersWithUnitsAreNamed(t *testing.T) {
	prices := writeCSV(
		t,
		"cost,share,size\n"+lines(50,
			func(i int) string { return fmt.Sprintf("$%d.%02d,%d.5%%,%d", i%9, i, i, 2*i) }),
	)
	requireError(
		t,
		statusFailed,
		trainTable(prices, "size", "regression"),
		prices+`: line 2, column "cost": "$0.00" is a number with a unit ($), as are 50 of the `+
			`column's 50 values; `+
			`write plain numbers (nor are "share" features); --drop cost,share leaves out 2 `+
			`columns`,
	)
	european := writeCSV(
		t,
		"a;b;y\n"+lines(20,
			func(i int) string { return fmt.Sprintf("%d.000,5;%d;%d,5", i, i%3, i) }),
	)
	requireError(t, statusFailed, trainTable(european, "y", "regression"),
		`line 2, column "y": "0,5" has a decimal comma; write numbers with a decimal point; `+
			`--decimal ,`)
	requireError(t, statusFailed, trainTable(european, "y", "regression", "--decimal", ","),
		`line 2, column "a": "0.000,5"`)
	requireDone(t, trainTable(european, "y", "regression", "--decimal", ",", "--thousands", ".")...)
}

func TestErrorsOfScalingNameLineAndColumn(t *testing.T) {
	feature := writeCSV(
		t,
		"day,colour,mass,y\n\n"+lines(30,
			func(i int) string {
				return fmt.Sprintf("%d,%s,%de198,%d", i%7, []string{"red",
					"blue"}[i%2], i, i%5)
			}),
	)
	requireError(t, statusFailed, trainTable(feature, "y", "regression", "--val", "0"),
		feature+`: line 32, column "mass": 2.9e+199 is not finite or too large to be scaled`)
	target := writeCSV(
		t,
		"a,b,price\n"+lines(30,
			func(i int) string { return fmt.Sprintf("%d,%d,%de198", i%7, i%3, -i) }),
	)
	status, _, stderr := execute(trainTable(target, "price", "regression")...)
	require.Equal(t, statusFailed, status)
	match := regexp.MustCompile(`: line (\d+), column "price": -(\d\.?\d*)e\+199 is not finite`).
		FindStringSubmatch(stderr)
	require.NotNil(t, match, stderr)
	require.Equal(t, match[1],
		fmt.Sprint(map[string]int{"2.9": 31, "2.8": 30, "2.7": 29, "2.6": 28}[match[2]]),
		"the line of the value, whatever rows are held out")

	outlier := writeCSV(t,
		"a,y\n"+lines(30, func(i int) string { return fmt.Sprintf("%d,%d", i, i) })+"1e60,3\n")
	held := 0
	for seed := range 20 { // the outlier is held out in some
		args := trainTable(outlier, "y", "regression", "--seed", fmt.Sprint(seed))
		if status, _, _ := execute(args...); status == statusDone {
			continue
		}
		held++
		requireError(t, statusFailed, args, outlier+`: line 32, column "a": the value, `,
			" is beyond the range of float32; --dtype f64")
		requireDone(t, append(args, "--dtype", "f64")...)
	}
	require.NotZero(t, held)
}

func TestTextThatIsNotUTF8(t *testing.T) {
	classes := writeCSV(
		t,
		"a,taste\n"+lines(20,
			func(i int) string {
				return fmt.Sprintf("%d,%s", i%7, []string{"s\xfc\xdf",
					"salzig"}[i%2])
			}),
	)
	args := trainTable(classes, "taste", "classification")
	requireError(t, statusFailed, args,
		classes+`: line 2, column "taste": "s\xfc\xdf" is not UTF-8; convert the file (iconv -f `+
			`WINDOWS-1252 -t UTF-8); --encoding windows-1252`)
	require.Contains(t, requireDone(t, append(args, "--encoding", "windows-1252")...),
		"20 rows of 1 feature")
	column := writeCSV(t, "gr\xfc\xdfe,taste\n1,2\n3,4\n")
	requireError(t, statusFailed, trainTable(column, "taste", "regression"),
		column+`: line 1: header: the name of column 1, "gr\xfc\xdfe" is not UTF-8`)
}

func TestNothingHeldOutNeedsNoSecondRow(t *testing.T) {
	rare := writeCSV(
		t,
		"a,b,c\n"+lines(9,
			func(i int) string {
				return fmt.Sprintf("%d,%d,%s", i, i*i%7, []string{"x",
					"y"}[i%2])
			})+"1,2,rare\n",
	)
	args := trainTable(rare, "c", "classification")
	requireError(t, statusFailed, args,
		rare+`: column "c": the class "rare" has 1 sample; at least 2 are needed, one to train `+
			`and one to validate; --val 0 holds nothing out`)
	require.Contains(t, requireDone(t, append(args, "--val", "0")...), "10 rows of 2 features")
	few := writeCSV(t,
		"a,c\n"+lines(12, func(i int) string { return fmt.Sprintf("%d,k%d", i, i%4) }))
	requireError(t, statusFailed, trainTable(few, "c", "classification"),
		"a stratified split of 4 classes needs at least 4 in each part; --val 0 holds nothing out")
}

func TestUnnamedFirstColumns(t *testing.T) {
	index := writeCSV(t,
		",a,b\n"+lines(20, func(i int) string { return fmt.Sprintf("%d,%d.5,%d", i, i*i%7, i%5) }))
	args := trainTable(index, "b", "regression")
	const note = `nnbench: note: the first column has no name: it is called "index" and left ` +
		`out; --keep-index keeps it`
	model := filepath.Join(t.TempDir(), "model.safetensors")
	require.Contains(t, requireNotes(t, append(args, "--save", model), note),
		"20 rows of 1 feature")
	require.Len(t, records(t, requireDone(t, "predict", "--model", model, "--data", index)), 21)
	require.Contains(
		t,
		requireNotes(t, append(args, "--keep-index"),
			`column "index" counts up by 1 from row to row; --drop index leaves it out`),
		"20 rows of 2 features",
	)

	excel := writeCSV(t, "\ufeffsep=;\r\na;b\r\n1;2,5\r\n3;4,5\r\n5;6,5\r\n")
	require.Contains(t, requireDone(t, trainTable(excel, "b", "regression", "--decimal", ",")...),
		"3 rows of 1 feature")
	spaced := writeCSV(t, "a b y\n1 2 3\n4 5 6\n7 8 9\n")
	requireError(t, statusFailed, trainTable(spaced, "a b y", "regression"),
		"--separator C separates columns at the character C")
	require.Contains(t,
		requireDone(t, trainTable(spaced, "y", "regression", "--separator", " ")...),
		"3 rows of 2 features")
	tabs := writeCSV(t, "a,1\ty\n1\t2\n4\t5\n7\t8\n")
	require.Contains(t,
		requireDone(t, trainTable(tabs, "y", "regression", "--separator", "tab")...),
		"3 rows of 1 feature")
	bare := writeCSV(t, lines(9, func(i int) string { return fmt.Sprintf("%d.5,%d.25", i, i*i%7) }))
	requireError(t, statusFailed, trainTable(bare, "c2", "regression"),
		`line 1: header: the name of column 1 is the number "0.5"`, "; --header no ")
	require.Contains(t, requireDone(t, trainTable(bare, "c2", "regression", "--header", "no")...),
		"9 rows of 1 feature")
	requireError(t, statusFailed,
		trainTable(writeCSV(t, "# a note\na,y\n1,2\n2,3\n"), "y", "regression"),
		`no target column "y"`)
	requireDone(
		t,
		trainTable(writeCSV(t, "# a note\na,y\n1,2\n2,3\n"), "y", "regression", "--comment",
			"#")...)
}

// TestMissingValues trains with each way to treat missing values, and predicts from rows that lack
// one.
func TestMissingValues(t *testing.T) {
	gap := writeCSV(t,
		"a,colour,b\n1.5,red,3.1\n2.5,blue,5.2\nNA,red,0.9\n1.0,,2.1\n3.0,blue,6.0\n2.0,red,4.1\n5,red,\n")
	args := trainTable(gap, "b", "regression", "--val", "0")
	requireError(t, statusFailed, args,
		gap+`: line 8, column "b": the value is missing (""); --missing mean leaves out rows `+
			`without a target and fills in features or --missing skip`)
	requireError(t, statusFailed, append(args[:len(args):len(args)], "--missing", "error"),
		"the value is missing")
	features := trainTable(writeCSV(t, "a,b\n1.5,3.1\n2.5,5.2\nNA,0.9\n1.0,2.1\n"), "b",
		"regression", "--val", "0")
	requireError(
		t,
		statusFailed,
		features,
		`line 4, column "a": the value is missing ("NA"); --missing mean fills in (as median, `+
			`zero and category do), `+
			"--missing skip leaves out 1 row or --drop a leaves out 1 column",
	)

	const left, marks = `note: 1 of 7 rows are left out because a value is missing: 1 in "b"`,
		`: 1 in "a", 1 in "colour"`
	for missing, c := range map[string]struct {
		notes []string
		rows  string
	}{
		"skip": {[]string{`note: 3 of 7 rows are left out because a value is missing: 1 in ` +
			`"a", 1 in "colour", 1 in "b"`}, "4 rows of 3 features"},
		"mean": {[]string{left, "note: missing values are filled with the column's mean" +
			marks}, "6 rows of 3 features"},
		"median": {[]string{left,
			"note: missing values are filled with the column's median" + marks},
			"6 rows of 3 features"},
		"zero": {[]string{left, "note: missing values are taken for 0" + marks},
			"6 rows of 3 features"},
		"category": {[]string{left,
			"note: missing values are marked by a feature of their own" + marks},
			"6 rows of 5 features"},
	} {
		model := filepath.Join(t.TempDir(), "model.safetensors")
		require.Contains(
			t,
			requireNotes(
				t,
				append(args[:len(args):len(args)], "--missing", missing, "--save", model),
				c.notes...),
			c.rows,
		)
		later := writeCSV(t, "a,colour\n1,red\nNaN,?\n")
		if missing == "skip" {
			requireError(t, statusFailed, []string{"predict", "--model", model, "--data", later},
				`line 3, column "a": the value is missing ("NaN")`)
			continue
		}
		require.Len(t, records(t, requireDone(t, "predict", "--model", model, "--data", later)), 3)
	}
	unknown := writeCSV(t, "a,y\n1,2\n-,3\n3,4\n4,5\n")
	requireError(t, statusFailed, trainTable(unknown, "y", "regression"),
		`line 3, column "a": "-" is not a number, but 3 of the column's 4 values are`,
		"or --missing-text - takes it for a missing value")
	requireNotes(t,
		trainTable(unknown, "y", "regression", "--missing-text", "-", "--missing", "median"),
		`filled with the column's median: 1 in "a"`)
}

func TestWrongTableFlags(t *testing.T) {
	for args, text := range map[string]string{
		"--missing drop": `--missing: unknown treatment of missing values "drop"; ` +
			`known: error, skip, mean, median, zero, category`,
		"--max-categories 0":        "--max-categories: 0 is not a positive number",
		"--max-category-share 0":    "--max-category-share: 0 is not a share",
		"--max-category-share NaN":  "--max-category-share: NaN is not a share",
		"--separator ab":            `--separator: "ab" is not one character`,
		"--decimal \"":              "--decimal: ",
		"--decimal , --thousands ,": "--thousands , is the decimal mark too; --decimal",
		"--thousands .":             "--thousands . is the decimal mark too; --decimal names another",
		"--decimal 1":               `--decimal: "1" is part of numbers, not a mark in them`,
		"--thousands e":             `--thousands: "e" is part of numbers, not a mark in them`,
		"--separator # --comment #": `--separator and --comment are both "#"`,
		"--encoding ebcdic": `--encoding: unknown encoding "ebcdic"; known: utf-8, ` +
			`utf-16le, utf-16be, windows-1252, latin-1`,
		"--header perhaps":        `--header: "perhaps" is none of yes, no and short`,
		"--number a --category a": `--number and --category both name "a"`,
		"--columns \"a":           "is not a list with commas between, quoted as in CSV",
		"--max-categories few":    `--max-categories: "few" is not a whole number`,
	} {
		words := append(
			[]string{"train", "--data", "x.csv", "--target", "y", "--task", "regression"},
			strings.Fields(args)...)
		requireError(t, statusUsage, words, text)
	}
	requireError(t, statusUsage, []string{"train", "digits", "--drop", "x1"},
		"--drop belongs to --data FILE, which is missing")
}
