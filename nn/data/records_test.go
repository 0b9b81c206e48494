package data

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fields are records for tests.
type fields struct {
	names []string
	rows  [][]string
}

func (f *fields) Names() []string { return f.names }

func (f *fields) Next() ([]string, error) {
	if len(f.rows) == 0 {
		return nil, io.EOF
	}
	row := f.rows[0]
	f.rows = f.rows[1:]
	return row, nil
}

func TestReadRecords(t *testing.T) {
	rows := [][]string{{"1.5", "NA\n", "2"}, {"", "b", "3"}}
	d, err := ReadRecords(&fields{[]string{"x", "kind", "y"}, rows}, CSVOptions{Target: "y",
		Missing: MissingZero, Format: CSVFormat{PresentTexts: []string{"NA"}}})
	require.NoError(t, err)
	assert.Equal(t, []string{"x", "kind=NA", "kind=b"}, d.Features)
	assert.Equal(t, []float64{1.5, 1, 0, 0, 0, 1}, d.X.Data())
	assert.Equal(t, []float64{2, 3}, d.Y.Data())
	assert.Nil(t, d.Lines)
}

func TestReadRecordsNamesRows(t *testing.T) {
	for _, c := range []struct {
		names []string
		rows  [][]string
		want  string
	}{
		{[]string{"x", "y"}, [][]string{{"1\n", "1"}, {"2", "two"}}, `row 2, column "y": "two"`},
		{[]string{"x", "y"}, [][]string{{"1", "1"}, {"", "2"}}, `row 2, column "x"`},
		{[]string{"x", "x", "y"}, [][]string{{"1", "1", "1"}}, `columns 1 and 2 are both named "x"`},
		{[]string{"x", "", "y"}, [][]string{{"1", "1", "1"}}, `column "column 2": it has no name`},
		{[]string{"x", "y"}, nil, "there are no rows"},
		{[]string{"y"}, [][]string{{"1"}}, `there is no column left to predict "y" from`},
		{[]string{"x", "y"}, [][]string{{"s\xfc\xdf", "1"}},
			`row 1, column "x": "s\xfc\xdf" is not UTF-8`},
	} {
		_, err := ReadRecords(&fields{c.names, c.rows}, CSVOptions{Target: "y"})
		require.ErrorContains(t, err, c.want)
		for _, ofFiles := range []string{"header", "line", "Separator", "file", "Encoding"} {
			assert.NotContains(t, err.Error(), ofFiles)
		}
	}
}

// numberFields are records whose second column is one of numbers.
type numberFields struct {
	fields
	numbers []float64
	at      float64
}

func (n *numberFields) Next() ([]string, error) {
	row, err := n.fields.Next()
	if err == nil {
		n.at, n.numbers = n.numbers[0], n.numbers[1:]
	}
	return row, err
}

func (n *numberFields) Numbers() ([]bool, []float64) {
	return []bool{false, true}, []float64{0, n.at}
}

// TestNumberRecords checks that numbers do what their texts do, whatever the column is to be.
func TestNumberRecords(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	numbers := [][]float64{{1, 0.5, 1e300}, {2, 1, 2}, {1, nan, 3}, {-999, 1, 2}, {1, inf, 2},
		{nan, nan, nan},
		{0, 1, nan}}
	options := []CSVOptions{{Target: "y"}, {Target: "x"}, {Target: "x", Classification: true}}
	for _, missing := range append(Missings(), "") {
		options = append(options, CSVOptions{Target: "y", Missing: missing},
			CSVOptions{Target: "x", Missing: missing},
			CSVOptions{Target: "y", Missing: missing, Kinds: map[string]Kind{"x": Category}},
			CSVOptions{Target: "y", Missing: missing, Format: CSVFormat{MissingTexts: []string{"-999"}}},
			CSVOptions{Target: "x", Missing: missing, Format: CSVFormat{MissingTexts: []string{"-999"},
				Decimal: ','}})
	}
	options = append(options, CSVOptions{Target: "y", AllowNonfinite: true})
	for _, values := range numbers {
		for _, o := range options {
			typed := &numberFields{fields: fields{names: []string{"y", "x"}}, numbers: values}
			texts := &fields{names: typed.names}
			for i, v := range values {
				text := ""
				if !math.IsNaN(v) {
					text = strings.Replace(strconv.FormatFloat(v, 'g', -1, 64), ".",
						string(cmp.Or(o.Format.Decimal, '.')), 1)
				}
				y := strconv.Itoa(i)
				typed.rows = append(typed.rows, []string{y, "\xff none of it is looked at"})
				texts.rows = append(texts.rows, []string{y, text})
			}
			want, wrong := ReadRecords(texts, o)
			got, err := ReadRecords(typed, o)
			if wrong != nil {
				assert.EqualError(t, err, wrong.Error(), "%v %+v", values, o)
				continue
			}
			require.NoError(t, err, "%v %+v", values, o)
			same := func(x, y []float64) {
				assert.Equal(t, fmt.Sprint(x), fmt.Sprint(y), "%v %+v", values, o)
			}
			same(want.Y.Data(), got.Y.Data())
			same(want.X.Data(), got.X.Data())
			assert.Equal(t, want.Columns, got.Columns)
			assert.Equal(t, want.Notes, got.Notes)
		}
	}
}
