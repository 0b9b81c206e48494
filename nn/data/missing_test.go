package data

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/tensor"
)

// gappy is a table with missing numbers, texts and targets: rows 0 to 5, of which 2 and 4 lack a
// feature and 5 the target.
const gappy = "a,colour,full,y\n1,red,1,10\n4,blue,2,20\nNA,red,3,30\n7,red,4,40\n?,,5,50\n9,red,6,null\n"

func TestMissingValues(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		missing  Missing
		features string
		raw      []float64 // of the rows 2 and 4, as read
		filled   []float64 // with what the rows 0, 1 and 3 say
		notes    []string
	}{
		{MissingMean, "a colour=blue colour=red full", []float64{nan, 0, 1, 3, nan, nan, nan,
			5}, []float64{4, 0, 1, 3, 4, 1. / 3, 2. / 3, 5},
			[]string{`1 of 6 rows are left out because a value is missing: 1 in "y"`,
				`missing values are filled with the column's mean: 2 in "a", 1 in "colour"`}},
		{MissingMedian, "a colour=blue colour=red full", []float64{nan, 0, 1, 3, nan, nan, nan,
			5}, []float64{4, 0, 1, 3, 4, 0, 1, 5},
			[]string{`1 of 6 rows are left out because a value is missing: 1 in "y"`,
				`missing values are filled with the column's median: 2 in "a", 1 in "colour"`}},
		{MissingZero, "a colour=blue colour=red full", []float64{0, 0, 1, 3, 0, 0, 0, 5},
			[]float64{0, 0, 1, 3, 0, 0, 0, 5},
			[]string{`1 of 6 rows are left out because a value is missing: 1 in "y"`,
				`missing values are taken for 0: 2 in "a", 1 in "colour"`}},
		{MissingCategory, "a a=(missing) colour=(missing) colour=blue colour=red full",
			[]float64{nan, 1, 0, 0, 1, 3, nan, 1, 1, 0, 0, 5},
			[]float64{4, 1, 0, 0, 1, 3, 4, 1, 1, 0, 0, 5},
			[]string{`1 of 6 rows are left out because a value is missing: 1 in "y"`,
				`missing values are marked by a feature of their own: 2 in "a", 1 in "colour"`}},
	} {
		d, err := readText(gappy, CSVOptions{Missing: c.missing})
		require.NoError(t, err)
		require.Equal(t, strings.Fields(c.features), d.Features)
		require.Equal(t, []float64{10, 20, 30, 40, 50}, d.Y.Data())
		require.Equal(t, []int{2, 3, 4, 5, 6}, d.Lines)
		require.Equal(t, c.notes, notes(d))
		requireSame(t, c.raw, Rows(d.X, []int{2, 4}).Data())
		filled, err := d.Impute([]int{0, 1, 3})
		require.NoError(t, err)
		requireSame(t, c.filled, Rows(filled.X, []int{2, 4}).Data())
		requireSame(t, c.raw, Rows(d.X, []int{2, 4}).Data())

		// The columns are enough to make the same features of the file's text, also after JSON.
		text, err := json.Marshal(filled.Columns)
		require.NoError(t, err)
		var columns []Column
		require.NoError(t, json.Unmarshal(text, &columns))
		rows, err := readAll(strings.NewReader(strings.ReplaceAll(gappy, "9,red,6,null\n", "")),
			columns)
		require.NoError(t, err)
		requireSame(t, filled.X.Data(), rows)
	}
}

// requireSame compares numbers of which some are NaN.
func requireSame(t *testing.T, want, got []float64) {
	t.Helper()
	require.Len(t, got, len(want))
	for i, w := range want {
		if math.IsNaN(w) {
			require.True(t, math.IsNaN(got[i]), "element %d of %v", i, got)
			continue
		}
		require.InDelta(t, w, got[i], 1e-15, "element %d of %v", i, got)
	}
}

func TestMissingSkip(t *testing.T) {
	d, err := readText(gappy, CSVOptions{Missing: MissingSkip})
	require.NoError(t, err)
	require.Equal(t, []float64{1, 0, 1, 1, 4, 1, 0, 2, 7, 0, 1, 4}, d.X.Data())
	require.Equal(t, []int{2, 3, 5}, d.Lines)
	require.Equal(
		t,
		[]string{
			`3 of 6 rows are left out because a value is missing: 2 in "a", 1 in "colour", 1 in ` +
				`"y"`,
		},
		notes(d),
	)
	filled, err := d.Impute(nil)
	require.NoError(t, err)
	require.Same(t, d, filled)
	_, err = readAll(strings.NewReader(gappy), d.Columns)
	require.EqualError(t, err,
		`line 4, column "a": the value is missing ("NA"), and the model was trained without `+
			`such rows; `+way)

	d, err = readText(gappy, CSVOptions{Missing: MissingSkip, Drop: []string{"a", "colour"}})
	require.NoError(t, err, "columns that are left out need no values")
	require.Equal(t, []float64{1, 2, 3, 4, 5}, d.X.Data())
	_, err = readText("a,y\n,1\n2,\n", CSVOptions{Missing: MissingSkip})
	require.EqualError(t, err,
		"a value is missing in each of the 2 rows; Missing mean fills such values in")
}

// way is the way out that errors about missing values in predictions name.
const way = "Missing mean in training lets the model fill it in"

// TestMissingOnlyLater reads rows with missing values by columns that had none.
func TestMissingOnlyLater(t *testing.T) {
	const whole, later = "a,colour,y\n1,red,1\n3,blue,2\n2,red,3\n", "a,colour\n,?\n"
	for missing, want := range map[Missing][]float64{MissingMean: {2, 1. / 3, 2. / 3},
		MissingMedian: {2, 0, 1}, MissingZero: {0, 0, 0}} {
		d, err := readText(whole, CSVOptions{Missing: missing})
		require.NoError(t, err)
		filled, err := d.Impute(nil)
		require.NoError(t, err)
		rows, err := readAll(strings.NewReader(later), filled.Columns)
		require.NoError(t, err)
		requireSame(t, want, rows)
	}
	for missing, want := range map[Missing]string{
		MissingError: `line 2, column "a": the value is missing (""); ` + way,
		MissingCategory: `line 2, column "a": the value is missing (""), as in no row that the ` +
			`model was trained on; ` + way,
	} {
		d, err := readText(whole, CSVOptions{Missing: missing})
		require.NoError(t, err)
		_, err = readAll(strings.NewReader(later), d.Columns)
		require.EqualError(t, err, want)
	}
}

// TestCategoriesAfterAGap reads a category after a row without one.
func TestCategoriesAfterAGap(t *testing.T) {
	d, err := readText("colour,y\nred,1\n?,2\nblue,3\n", CSVOptions{Missing: MissingZero})
	require.NoError(t, err)
	require.Equal(t, []float64{0, 1, 0, 0, 1, 0}, d.X.Data())
	require.Equal(t, []float64{0, 0}, d.Columns[0].Fill, "one for each feature")
}

func TestWhatCountsAsMissing(t *testing.T) {
	for _, text := range strings.Split(", ,NA,na,N/A,n/a,#N/A,#NA,<NA>,NaN,nan,-nan,NaT,null,NULL,?,.,None", ",") {
		_, err := readText("a,y\n1,2\n"+text+",2\n", CSVOptions{})
		require.ErrorContains(t, err, `line 3, column "a": the value is missing`, "%q", text)
	}
	for _, text := range []string{"none", "-", "0", "n", "missing", "nada", "N.A.", "?!"} {
		d, err := readText("a,y\nred,2\n"+text+",2\nblue,3\n",
			CSVOptions{Kinds: map[string]Kind{"a": Category}})
		require.NoError(t, err, text)
		require.Len(t, d.Features, 3)
	}
	o := CSVOptions{Missing: MissingMean, Format: CSVFormat{MissingTexts: []string{"-", "999"}}}
	d, err := readText("a,y\n1,2\n-,2\n999,3\n3,4\n", o)
	require.NoError(t, err)
	filled, err := d.Impute(nil)
	require.NoError(t, err)
	require.Equal(t, []float64{1, 2, 2, 3}, filled.X.Data())
	rows, err := readAll(strings.NewReader("a\n999\n5\n"), filled.Columns)
	require.NoError(t, err, "the columns know their own missing texts")
	require.Equal(t, []float64{2, 5}, rows)
}

// TestMissingNumbers finds a number that stands for none however it is written, and leaves texts of
// digits alone.
func TestMissingNumbers(t *testing.T) {
	o := CSVOptions{Missing: MissingMean, Format: CSVFormat{MissingTexts: []string{"-999", "0"}},
		Kinds: map[string]Kind{"zip": Category}}
	d, err := readText("a,zip,y\n1,00,2\n-999,01,2\n-999.0,00,3\n-9.99e2,01,3\n3,00,4\n0.00,01,5\n", o)
	require.NoError(t, err)
	filled, err := d.Impute(nil)
	require.NoError(t, err)
	require.Equal(t, []float64{1, 1, 0, 2, 0, 1, 2, 1, 0, 2, 0, 1, 3, 1, 0, 2, 0, 1}, filled.X.Data())
	rows, err := readAll(strings.NewReader("a,zip\n-999.00,00\n5,01\n"), filled.Columns)
	require.NoError(t, err)
	require.Equal(t, []float64{2, 1, 0, 5, 0, 1}, rows)
	a, features := &filled.Columns[0], make([]float64, 1)
	require.NoError(t, a.EncodeNumber(features, -999))
	require.Equal(t, []float64{2}, features)
	require.True(t, a.IsMissing("-999.0"))
	require.False(t, filled.Columns[1].IsMissing("00"))

	german := CSVFormat{Decimal: ',', MissingTexts: []string{"-99,5", "7.5"}}
	d, err = readText("a;y\n1;2\n-99,50;3\n7,5;4\n", CSVOptions{Missing: MissingZero, Format: german})
	require.NoError(t, err)
	require.Equal(t, []float64{1, 0, 0}, d.X.Data())
}

// TestPresentTexts takes texts for values that usually stand for none.
func TestPresentTexts(t *testing.T) {
	o := CSVOptions{Missing: MissingZero, Format: CSVFormat{PresentTexts: []string{"NA", "NaN", ""}}}
	d, err := readText("land,y\nNA,1\nZA,2\nNA,2\n,3\nna,4\nZA,2\n", o)
	require.NoError(t, err)
	require.Equal(t, []string{"land=NA", "land=ZA"}, d.Features)
	require.Equal(t, []float64{1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1}, d.X.Data())
	rows, err := readAll(strings.NewReader("land\nNA\nna\n"), d.Columns)
	require.NoError(t, err)
	require.Equal(t, []float64{1, 0, 0, 0}, rows)

	_, err = readText("a,y\n1,2\nNaN,3\n", o)
	require.ErrorContains(t, err, `line 3, column "a": "NaN" is not a finite number`)
	require.ErrorContains(t, (&Column{Name: "a", PresentTexts: o.Format.PresentTexts}).
		EncodeText(make([]float64, 1), "NaN"), `"NaN" is not a finite number`)
}

func TestColumnsWithoutAnyValue(t *testing.T) {
	const text = "a,empty,y\n1,,2\n2,,3\n"
	_, err := readText(text, CSVOptions{})
	require.ErrorContains(t, err,
		`line 2, column "empty": the value is missing (""), one of 2 in 2 rows of 2: "empty"`)
	d, err := readText(text, CSVOptions{Missing: MissingMean})
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, d.Features)
	require.Equal(t, []string{`column "empty" holds no value and is left out`}, notes(d))
	_, err = readText("empty,y\n,2\n", CSVOptions{Missing: MissingMean})
	require.EqualError(t, err, `there is no column left to predict "y" from`)

	d, err = readText("a,b,y\n1,,2\n2,5,3\n", CSVOptions{Missing: MissingMean})
	require.NoError(t, err)
	filled, err := d.Impute([]int{0})
	require.NoError(t, err)
	require.Equal(t, []float64{1, 0, 2, 5}, filled.X.Data(),
		"0 where the training rows say nothing")
}

func TestImputeRefusesWhatIsInfinite(t *testing.T) {
	d, err := readText("a,y\n1,2\ninf,3\nNA,3\n",
		CSVOptions{Missing: MissingMean, AllowNonfinite: true})
	require.NoError(t, err)
	_, err = d.Impute(nil)
	require.EqualError(t, err, `column "a": the mean to fill in for missing values is +Inf`)
	d, err = readText("a,y\n-1e308,2\n1.5e308,3\n1.7e308,3\nNA,4\n",
		CSVOptions{Missing: MissingMedian})
	require.NoError(t, err)
	d, err = d.Impute(nil)
	require.NoError(t, err)
	require.Equal(t, 1.5e308, d.X.At(3, 0), "no sum overflows")
}

func TestEncodeNumbers(t *testing.T) {
	number := Column{Name: "a", Indicator: true, Fill: []float64{4, 1}}
	features := []float64{7, 7}
	require.NoError(t, number.EncodeNumber(features, 2.5))
	require.Equal(t, []float64{2.5, 0}, features)
	require.NoError(t, number.EncodeNumber(features, math.NaN()))
	require.Equal(t, []float64{4, 1}, features)
	require.EqualError(t, number.EncodeNumber(features, math.Inf(1)),
		`column "a": +Inf is not a finite number`)
	require.NoError(t, number.EncodeText(features, " 3 "))
	require.Equal(t, []float64{3, 0}, features)
	require.NoError(t, number.EncodeMissing(features))
	require.Equal(t, []float64{4, 1}, features)
	require.True(t, number.IsMissing(" na "))

	year := Column{Name: "year", Categories: []string{"2019", "2020"}}
	require.NoError(t, year.EncodeNumber(features, 2020))
	require.Equal(t, []float64{0, 1}, features)
	require.EqualError(t, year.EncodeNumber(features, 2021),
		`column "year": "2021" is none of the texts that the model knows: "2019", "2020"`)
	require.EqualError(t, year.EncodeMissing(features), `column "year": the value is `+
		`missing; `+way)
	require.EqualError(t, (&Column{Name: "a"}).EncodeText(features[:1], "$3"),
		`column "a": "$3" is a number with a unit ($), but a plain number is needed`)
	require.EqualError(t, (&Column{Name: "a"}).EncodeText(features[:1], "1,234.5"),
		`column "a": "1,234.5" is not a number; thousands must not be separated`)

	require.Zero(t, testing.AllocsPerRun(100, func() {
		if number.EncodeText(features, "NA") != nil || number.EncodeText(features, "2.5") != nil ||
			year.EncodeText(features, "2019") != nil {
			panic("an error")
		}
	}))
}

func TestDatasetCheckFinite(t *testing.T) {
	d, err := readText("a,colour,b,y\n1,red,1,2\n\n3,blue,Inf,4\n",
		CSVOptions{AllowNonfinite: true})
	require.NoError(t, err)
	require.EqualError(t, d.CheckFinite(), `line 4, column "b": +Inf is not a finite number`)
	d.X.Set(0, 1, 3)
	require.NoError(t, d.CheckFinite())
	d.Y.Set(math.NaN(), 0, 0)
	require.EqualError(t, d.CheckFinite(), `line 2, column "y": NaN is not a finite number`)
	bare := Dataset{
		X: tensor.FromSlice([]float64{1, math.NaN()}, 1, 2),
		Y: tensor.New[float64](1, 1),
	}
	require.EqualError(t, bare.CheckFinite(),
		`row 1, column "feature 2": NaN is not a finite number`)
}
