package simdnn

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/stretchr/testify/require"

	"simdnn/nn/data"
)

// written returns a Parquet file of batches, with a row group for each, of small pages.
func written(t *testing.T, batches ...arrow.RecordBatch) (path string) {
	path = filepath.Join(t.TempDir(), "t.parquet")
	f, err := os.Create(path)
	require.NoError(t, err)
	w, err := pqarrow.NewFileWriter(batches[0].Schema(), f, parquet.NewWriterProperties(
		parquet.WithDictionaryDefault(false), parquet.WithDataPageSize(1<<16)),
		pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	require.NoError(t, err)
	for _, b := range batches {
		require.NoError(t, w.Write(b))
	}
	require.NoError(t, w.Close())
	return path
}

// TestPartsOfColumns compares a file of several row groups, which is read in parts, with the batch
// that it was made of: gaps, texts, dictionaries and lists that reach over the ends of parts.
func TestPartsOfColumns(t *testing.T) {
	const rows = 2*partRows + partRows/2
	words := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32,
		ValueType: arrow.BinaryTypes.String}
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "size", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
		{Name: "kind", Type: arrow.BinaryTypes.String},
		{Name: "code", Type: words},
		{Name: "at", Type: arrow.FixedSizeListOf(3, arrow.PrimitiveTypes.Float32)},
		{Name: "tame", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
		{Name: "cost", Type: arrow.PrimitiveTypes.Int64},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	lists := b.Field(3).(*array.FixedSizeListBuilder)
	var batches []arrow.RecordBatch
	for i := range rows {
		if i > 0 && i%10_000 == 0 {
			batches = append(batches, b.NewRecordBatch())
		}
		if i%7 == 3 {
			b.Field(0).AppendNull()
		} else {
			b.Field(0).(*array.Float64Builder).Append(float64(i) / 3)
		}
		kind := fmt.Sprint("k", i*i%5)
		if i == rows-1 {
			kind = "NA" // no missing value, which is known before the first row is taken
		}
		b.Field(1).(*array.StringBuilder).Append(kind)
		require.NoError(t, b.Field(2).(*array.BinaryDictionaryBuilder).AppendString(
			fmt.Sprint(100+(i/1000)%4)))
		lists.Append(true)
		for j := range 3 {
			lists.ValueBuilder().(*array.Float32Builder).Append(float32(i*3 + j))
		}
		if i%13 == 1 {
			b.Field(4).AppendNull()
		} else {
			b.Field(4).(*array.BooleanBuilder).Append(i%2 == 0)
		}
		b.Field(5).(*array.Int64Builder).Append(int64(i % 17))
	}
	batches = append(batches, b.NewRecordBatch())
	o := data.CSVOptions{Target: "cost", Missing: data.MissingMean}
	want, err := FromBatches(schema, batches...).Dataset(o)
	require.NoError(t, err)
	table, err := Open(written(t, batches...))
	require.NoError(t, err)
	got, err := table.Dataset(o)
	require.NoError(t, err)
	require.NoError(t, table.Close())
	require.Equal(t, want.Features, got.Features)
	require.Len(t, want.Features, 1+4+4+3+1)
	for i, v := range want.X.Data() { // NaN where the mean is to stand
		if w := got.X.Data()[i]; w != v && (w == w || v == v) {
			t.Fatalf("element %d is %v, not %v", i, w, v)
		}
	}
	require.Equal(t, want.Y.Data(), got.Y.Data())
}

// TestColumnsAreNotHeld checks how much of a file of numbers and texts is in memory while its rows
// are read one by one.
func TestColumnsAreNotHeld(t *testing.T) {
	const rows, columns = 32 * partRows, 8
	fields := make([]arrow.Field, columns)
	for i := range fields {
		fields[i] = arrow.Field{Name: fmt.Sprint("c", i), Type: arrow.PrimitiveTypes.Float64}
		if i%2 == 1 {
			fields[i].Type = arrow.BinaryTypes.String
		}
	}
	schema := arrow.NewSchema(fields, nil)
	path := func() string {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		for i := range columns {
			for row := range rows {
				switch to := b.Field(i).(type) {
				case *array.Float64Builder:
					to.Append(float64(row*columns+i) / 7)
				case *array.StringBuilder:
					to.Append(fmt.Sprint("text", row%100)) // as many bytes, with its offset
				}
			}
		}
		return written(t, b.NewRecordBatch())
	}()
	live := func() int {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before, most := live(), 0
	table, err := Open(path)
	require.NoError(t, err)
	defer table.Close()
	r, err := table.records(&data.CSVOptions{Target: "c0", Kinds: map[string]data.Kind{}})
	require.NoError(t, err)
	read := 0
	for ; ; read++ {
		if read%(2*partRows) == 0 {
			most = max(most, live()-before)
		}
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			break
		} else {
			require.NoError(t, err)
		}
	}
	require.Equal(t, rows, read)
	require.Less(t, most, rows*columns*8/2, "the file has twice as many bytes")
	runtime.KeepAlive(r)
}
