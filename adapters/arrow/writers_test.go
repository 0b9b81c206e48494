package simdnn_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"simdnn/nn/data"
)

// TestBatchesOfFeather reads columns that go on from one batch of 65,536 rows to the next.
func TestBatchesOfFeather(t *testing.T) {
	d, err := dataset(t, "batches.feather", data.CSVOptions{})
	require.NoError(t, err)
	require.Equal(t, 2*65_536+3, d.X.Dim(0))
	require.Equal(t, []string{"a", "kind=x", "kind=y"}, d.Features)
	for row := range d.X.Dim(0) {
		want := []float64{float64(row % 100), float64(1 - row%2), float64(row % 2),
			float64(row / 65_536)}
		if got := append(d.X.Row(row), d.Y.Data()[row]); !assert.Equal(t, want, got, row) {
			return
		}
	}
}

// TestZonesAndTexts reads times with zones, which are seconds of UTC, texts as each program has
// them, decimals of 128 bits, and leaves out columns with values within, which are refused by name.
func TestZonesAndTexts(t *testing.T) {
	features := map[string][]float64{"at": {97_200, 0, 183_600}, "word=a": {0, 0, 1},
		"word=b": {1, 0, 0}}
	for name, cost := range map[string][]float64{"pandas_zone.parquet": {1, 2, 3},
		"polars_zone.arrow": {1, 2, 3}, "duckdb_zone.parquet": {1.25, -2.5, 30}} {
		o := data.CSVOptions{Missing: data.MissingZero,
			Kinds: map[string]data.Kind{"at": data.Number}}
		if name != "pandas_zone.parquet" {
			_, err := dataset(t, name, o)
			require.ErrorContains(t, err, `column "within"`, name)
			o.Drop = []string{"within"}
		}
		d, err := dataset(t, name, o)
		require.NoError(t, err, name)
		wants(t, d, features, cost...)
	}
}

// TestErrorsFitTables checks that errors don't speak of lines and headers, as of CSV files, nor
// propose what can't be done.
func TestErrorsFitTables(t *testing.T) {
	for _, c := range []struct {
		file string
		o    data.CSVOptions
		want string
	}{
		{"no_rows.parquet", data.CSVOptions{}, "there are no rows"},
		{"one_column.parquet", data.CSVOptions{}, `there is no column left to predict "cost" from`},
		{"repeated.parquet", data.CSVOptions{},
			`columns 1 and 2 are both named "a"; Drop a leaves them out`},
		{"europe.parquet", data.CSVOptions{Columns: []string{"word"}},
			`row 2, column "word": "s\xfc" is not UTF-8`},
		{"europe.parquet", data.CSVOptions{Drop: []string{"word"},
			Kinds: map[string]data.Kind{"size": data.Number}},
			`row 1, column "size": "1,5" has a decimal comma; write numbers with a decimal point; ` +
				`Drop size leaves out 1 column`},
		{"europe.parquet", data.CSVOptions{Target: "size", Columns: []string{"cost"}},
			`row 1, column "size": "1,5" has a decimal comma; write numbers with a decimal point`},
		{"times.parquet", data.CSVOptions{Target: "at", Columns: []string{"cost"}},
			`column "at": it holds dates or times, which can be taken as numbers only; ` +
				`Kinds at takes days or seconds since 1970`},
		{"times.parquet", data.CSVOptions{Target: "took", Columns: []string{"cost"}},
			`column "took": can't be read: no support for reading columns of type: duration`},
		{"int96.parquet", data.CSVOptions{Target: "at", Kinds: map[string]data.Kind{
			"at": data.Number}}, `column "at": can't be read: parquet INT96 timestamp at index 0: ` +
			`invalid: INT96 timestamp is outside the Arrow nanosecond range`},
	} {
		_, err := dataset(t, c.file, c.o)
		assert.EqualError(t, err, c.want, c.file)
	}
}
