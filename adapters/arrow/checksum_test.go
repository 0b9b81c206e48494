package simdnn_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	simdnn "simdnn/adapters/arrow"
	"simdnn/nn/data"
)

// readBytes writes a file and opens it as a data set.
func readBytes(t *testing.T, path string, content []byte) (*data.Dataset, error) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, content, 0o600))
	table, err := simdnn.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { require.NoError(t, table.Close()) }()
	return table.Dataset(data.CSVOptions{Target: "cost", Missing: data.MissingZero})
}

// TestDamagedPages changes a bit of the pages of a file that has checksums, in places all over it.
func TestDamagedPages(t *testing.T) {
	for _, name := range []string{"checksums.parquet", "checksums2.parquet"} {
		whole, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		path := filepath.Join(t.TempDir(), name)
		want, err := readBytes(t, path, whole)
		require.NoError(t, err)
		wants(t, want, repeatedPets(50), want.Y.Data()...)

		r, err := file.OpenParquetFile(path, false)
		require.NoError(t, err)
		end := 0 // of the last page
		for group := range r.NumRowGroups() {
			for leaf := range r.MetaData().Schema.NumColumns() {
				chunk, err := r.MetaData().RowGroup(group).ColumnChunk(leaf)
				require.NoError(t, err)
				start := chunk.DataPageOffset()
				if chunk.HasDictionaryPage() {
					start = chunk.DictionaryPageOffset()
				}
				end = max(end, int(start+chunk.TotalCompressedSize()))
			}
		}
		require.NoError(t, r.Close())
		noticed := 0
		for at := len("PAR1"); at < end; at += 17 {
			damaged := append([]byte(nil), whole...)
			damaged[at] ^= 1 << (at % 8)
			d, err := readBytes(t, path, damaged)
			if err != nil {
				noticed++
				continue
			}
			// In a header there are bytes that say nothing, such as statistics.
			if !assert.Equal(t, want.X.Data(), d.X.Data(), "%s, byte %d", name, at) {
				return
			}
		}
		assert.Greater(t, noticed, end/17/2)
		damaged := append([]byte(nil), whole...)
		damaged[end-20] ^= 4
		_, err = readBytes(t, path, damaged)
		assert.ErrorContains(t, err, "it is damaged: its bytes don't have the checksum in its header")
		assert.ErrorContains(t, err, `column "cost": can't be read: row group`)
	}
}

// repeatedPets are the features of pets, so many times.
func repeatedPets(times int) map[string][]float64 {
	all := map[string][]float64{}
	for name, values := range pets {
		for range times {
			all[name] = append(all[name], values...)
		}
	}
	return all
}
