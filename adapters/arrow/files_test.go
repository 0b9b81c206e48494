package simdnn_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	simdnn "simdnn/adapters/arrow"
	"simdnn/nn/data"
)

// dataset opens a file of testdata, which make.py made, as a data set.
func dataset(t *testing.T, name string, o data.CSVOptions) (*data.Dataset, error) {
	t.Helper()
	table, err := simdnn.Open(filepath.Join("testdata", name))
	require.NoError(t, err)
	defer func() { require.NoError(t, table.Close()) }()
	if o.Target == "" {
		o.Target = "cost"
	}
	return table.Dataset(o)
}

// wants compares features by their names, in any order, and the target.
func wants(t *testing.T, d *data.Dataset, want map[string][]float64, cost ...float64) {
	t.Helper()
	assert.Len(t, d.Features, len(want))
	for i, name := range d.Features {
		var column []float64
		for row := range d.X.Dim(0) {
			column = append(column, d.X.At(row, i))
		}
		assert.Equal(t, want[name], column, name)
	}
	assert.Equal(t, cost, d.Y.Data())
}

// pets are the features of the table of most files, where missing values are 0.
var pets = map[string][]float64{
	"size": {1.5, 0, 3.25, 0, 1e-7, 6}, "legs": {4, 2, 0, 4, 4, 2}, "tame": {1, 0, 1, 0, 1, 0},
	"kind=cat": {1, 0, 1, 0, 0, 0}, "kind=bird": {0, 1, 0, 0, 0, 1}, "kind=NA": {0, 0, 0, 0, 1, 0},
}

// Every program's default file of a table, and the compressions that Parquet has, give the same
// features: a null is never the value under it, NA in a text is a value, and whole numbers and
// truth values with gaps are what they were, though pandas keeps them as floats and objects.
func TestFiles(t *testing.T) {
	for _, name := range []string{"pandas.parquet", "pandas.feather", "polars.parquet",
		"polars.arrow", "polars.stream", "duckdb.parquet", "lz4.parquet", "zstd.parquet",
		"brotli.parquet"} {
		t.Run(name, func(t *testing.T) {
			d, err := dataset(t, name, data.CSVOptions{Missing: data.MissingZero})
			require.NoError(t, err)
			wants(t, d, pets, 10, 2, 12.5, 9, 11, 3)
		})
	}
}

func TestMissingIsNamed(t *testing.T) {
	_, err := dataset(t, "polars.parquet", data.CSVOptions{})
	assert.ErrorContains(t, err, `row 2, column "size"`)
	// NaN beside null: polars keeps it, and it is missing as well.
	_, err = dataset(t, "polars_categories.parquet", data.CSVOptions{Columns: []string{"size"}})
	assert.ErrorContains(t, err, `row 2, column "size"`)
	d, err := dataset(t, "polars_categories.parquet",
		data.CSVOptions{Columns: []string{"size"}, Missing: data.MissingCategory})
	require.NoError(t, err)
	assert.Equal(t, []float64{0, 1, 1, 0, 0, 0}, column(d, 1))
}

// column returns feature j of every row.
func column(d *data.Dataset, j int) (values []float64) {
	for row := range d.X.Dim(0) {
		values = append(values, d.X.At(row, j))
	}
	return values
}

// The index of pandas is known by pandas' metadata, and not by place or name.
func TestIndexOfPandas(t *testing.T) {
	zero := data.CSVOptions{Missing: data.MissingZero}
	d, err := dataset(t, "pandas_index.parquet", zero)
	require.NoError(t, err)
	assert.NotContains(t, d.Features, "__index_level_0__")
	assert.Contains(t, d.Notes[0].String(), `"__index_level_0__" is the index`)

	d, err = dataset(t, "pandas_even.parquet", zero)
	require.NoError(t, err)
	assert.Contains(t, d.Features, "size")
	assert.NotContains(t, d.Notes[0].String(), "index")

	d, err = dataset(t, "pandas_named_index.parquet", zero)
	require.NoError(t, err)
	assert.Equal(t, []string{"size", "legs", "tame"}, d.Features)
	zero.KeepIndex = true
	d, err = dataset(t, "pandas_named_index.parquet", zero)
	require.NoError(t, err)
	assert.Contains(t, d.Features, "kind=bird")
	d, err = dataset(t, "pandas_index.parquet",
		data.CSVOptions{Columns: []string{"__index_level_0__"}})
	require.NoError(t, err)
	assert.Equal(t, []float64{0, 1, 4}, d.X.Data())
}

// Codes belong to a chunk: polars numbers a Categorical anew in each row group, and streams replace
// or extend dictionaries. Categories that no row holds are none.
func TestCategories(t *testing.T) {
	zero := data.CSVOptions{Missing: data.MissingZero}
	d, err := dataset(t, "polars_categories.parquet",
		data.CSVOptions{Missing: data.MissingZero, Drop: []string{"size"}})
	require.NoError(t, err)
	kinds := map[string][]float64{"kind=a": {0, 1, 0, 0, 1, 0}, "kind=b": {1, 0, 0, 0, 0, 0},
		"kind=c": {0, 0, 1, 1, 0, 0}}
	all := map[string][]float64{"fixed=x": {1, 0, 0, 1, 0, 1}, "fixed=y": {0, 1, 1, 0, 1, 0}}
	for name, column := range kinds {
		all[name] = column
	}
	wants(t, d, all, 1, 2, 3, 4, 5, 6)
	d, err = dataset(t, "polars_categories.arrow", zero)
	require.NoError(t, err)
	wants(t, d, kinds, 1, 2, 3, 4, 5, 6)

	for _, name := range []string{"replaced.stream", "delta.stream"} {
		d, err = dataset(t, name, zero)
		require.NoError(t, err, name)
		want := map[string][]float64{"kind=a": {1, 0, 0, 1}, "kind=b": {0, 1, 0, 0},
			"kind=z": {0, 0, 1, 0}}
		if name == "delta.stream" {
			want = map[string][]float64{"kind=a": {1, 0, 1, 0}, "kind=b": {0, 1, 0, 0},
				"kind=z": {0, 0, 0, 1}}
		}
		wants(t, d, want, 0, 1, 2, 3)
	}
}

// A category of whole numbers is one in Arrow; Parquet leaves a plain whole number of it, which
// only the options can call a category.
func TestWholeCategories(t *testing.T) {
	want := map[string][]float64{"kind=a": {0, 1, 0, 0}, "kind=b": {1, 0, 0, 1},
		"code=5": {0, 1, 0, 0}, "code=7": {1, 0, 1, 1}}
	o := data.CSVOptions{Missing: data.MissingZero}
	d, err := dataset(t, "pandas_categories.feather", o)
	require.NoError(t, err)
	wants(t, d, want, 1, 2, 3, 4)
	d, err = dataset(t, "pandas_categories.parquet", o)
	require.NoError(t, err)
	assert.Contains(t, d.Features, "code")
	o.Kinds = map[string]data.Kind{"code": data.Category}
	d, err = dataset(t, "pandas_categories.parquet", o)
	require.NoError(t, err)
	wants(t, d, want, 1, 2, 3, 4)
}

// DuckDB's sums of whole numbers are floats, those of decimals decimals.
func TestSumsOfDuckDB(t *testing.T) {
	d, err := dataset(t, "duckdb_sums.parquet", data.CSVOptions{Drop: []string{"kind"}})
	require.NoError(t, err)
	wants(t, d, map[string][]float64{"legs": {4, 4, 4}}, 11, 5, 22.5)
}

func TestTimes(t *testing.T) {
	_, err := dataset(t, "times.parquet", data.CSVOptions{Columns: []string{"at"}})
	assert.ErrorContains(t, err, `column "at": it holds dates or times`)
	_, err = dataset(t, "times.parquet", data.CSVOptions{Target: "day", Columns: []string{"cost"}})
	assert.ErrorContains(t, err, `column "day": it holds dates or times`)
	var refused *data.Error
	require.ErrorAs(t, err, &refused)
	assert.Len(t, refused.Fixes, 1, "a target can't be left out")
	// What arrow-go can't read is named, and the rest can be read.
	_, err = dataset(t, "times.parquet", data.CSVOptions{Columns: []string{"took"}})
	assert.ErrorContains(t, err, `column "took"`)
	d, err := dataset(t, "times.parquet", data.CSVOptions{Drop: []string{"took"},
		Kinds: map[string]data.Kind{"at": data.Number, "ns": data.Number, "day": data.Number}})
	require.NoError(t, err)
	seconds := []float64{1577836800, -43200, 7271164800}
	wants(t, d, map[string][]float64{"at": seconds, "ns": seconds, "day": {18262, -1, 84157}},
		1, 2, 3)
	// INT96 ends in 2262, beyond which some readers wrap.
	_, err = dataset(t, "int96.parquet",
		data.CSVOptions{Kinds: map[string]data.Kind{"at": data.Number}})
	assert.ErrorContains(t, err, `column "at": can't be read`)
}

// The width of an embedding stands in the schema of Arrow alone: a list without it is refused.
func TestEmbeddings(t *testing.T) {
	d, err := dataset(t, "embedding.parquet", data.CSVOptions{})
	require.NoError(t, err)
	wants(t, d, map[string][]float64{"v1": {0, 2, 4}, "v2": {1, 3, 5}}, 1, 2, 3)
	d, err = dataset(t, "embedding.parquet", data.CSVOptions{Columns: []string{"v"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"v1", "v2"}, d.Features)
	d, err = dataset(t, "embedding.parquet", data.CSVOptions{Columns: []string{"v2"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"v2"}, d.Features)
	_, err = dataset(t, "list.parquet", data.CSVOptions{})
	assert.ErrorContains(t, err, `column "v": its type is list<`)
}

func TestLabels(t *testing.T) {
	o := data.CSVOptions{Target: "tame", Classification: true, Missing: data.MissingZero}
	for _, name := range []string{"pandas.parquet", "polars.arrow", "duckdb.parquet"} {
		d, err := dataset(t, name, o)
		require.NoError(t, err)
		assert.Equal(t, []string{"false", "true"}, lower(d.Classes))
		assert.Equal(t, []float64{1, 0, 1, 1, 0}, d.Y.Data(), "the row without a label is left out")
	}
}

func lower(texts []string) (all []string) {
	for _, text := range texts {
		all = append(all, strings.ToLower(text))
	}
	return all
}

func TestOpenRefuses(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join("testdata", "pandas.parquet"))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "file")
	for _, content := range [][]byte{nil, []byte("a,b\n1,2\n"), []byte("ARROW1"), []byte("PAR1"),
		whole[:len(whole)/2]} {
		require.NoError(t, os.WriteFile(path, content, 0o600))
		_, err := simdnn.Open(path)
		assert.ErrorContains(t, err, path)
	}
	for _, name := range []string{"pandas.parquet", "polars.arrow", "polars.stream"} {
		whole, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		for length := range 9 { // of files that end in their first bytes too
			require.NoError(t, os.WriteFile(path, whole[:length], 0o600))
			assert.Equal(t, length > 0, simdnn.IsTable(path), "%s, %d bytes", name, length)
			_, err := simdnn.Open(path)
			assert.ErrorContains(t, err, path)
		}
	}
	_, err = simdnn.Open(filepath.Join("testdata", "absent"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}
