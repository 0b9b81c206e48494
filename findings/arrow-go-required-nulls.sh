#!/bin/sh
# arrow-go 18.8.0: Parquet turns nulls of a field that is not nullable into what lies under them.
#
# Guess before the run: arrow.Field{Name, Type} takes nulls from a builder without complaint, so either
# the column is written as optional, or WriteTable returns an error, as pyarrow does ("Column 'x' is
# declared non-nullable but contains nulls").
# Seen: Nullable is false unless it is set, the column is REQUIRED, and what lies under the null is
# written, with a nil error: who reads the file finds three values.
# It matters to whoever writes tables with gaps: a missing value becomes a number that is none.
#
# Output seen:
#   nulls before: 1, error: <nil>, nulls after: 0, values: [1 2 3]
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'END'
package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

func main() {
	schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: arrow.PrimitiveTypes.Float64}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	b.Field(0).(*array.Float64Builder).AppendValues([]float64{1, 2, 3}, []bool{true, false, true})
	batch := b.NewRecordBatch()
	table := array.NewTableFromRecords(schema, []arrow.RecordBatch{batch})
	var out bytes.Buffer
	err := pqarrow.WriteTable(table, &out, 1024, parquet.NewWriterProperties(),
		pqarrow.DefaultWriterProps())
	r, e := file.NewParquetReader(bytes.NewReader(out.Bytes()))
	if e != nil {
		panic(e)
	}
	columns, e := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if e != nil {
		panic(e)
	}
	read, e := columns.ReadTable(context.Background())
	if e != nil {
		panic(e)
	}
	x := read.Column(0).Data().Chunk(0).(*array.Float64)
	fmt.Printf("nulls before: %d, error: %v, nulls after: %d, values: %v\n",
		batch.Column(0).NullN(), err, x.NullN(), x.Float64Values())
}
END
go mod init example >/dev/null 2>&1
go get github.com/apache/arrow-go/v18@v18.8.0 >/dev/null 2>&1 || exit 2
go mod tidy >/dev/null 2>&1 || exit 2
go run . | tee seen
[ "$(cat seen)" = "nulls before: 1, error: <nil>, nulls after: 0, values: [1 2 3]" ]
