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
