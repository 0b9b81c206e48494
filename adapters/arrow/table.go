// Package simdnn hands tables of Apache Arrow to networks: record batches, and files of Parquet,
// Arrow IPC and Feather as pandas, polars and DuckDB write them.
//
// [Open] and [FromBatches] give a [Table], whose [Table.Dataset] is what package
// [simdnn/nn/tabular] trains on, and from whose rows [Predict] predicts. [Tensor] shows a column as
// a tensor without a copy.
package simdnn

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"simdnn/nn/data"
)

// Table is a table whose columns are read when they are needed. It belongs to one goroutine at a
// time.
type Table struct {
	schema *arrow.Schema
	rows   int
	open   func(column int) (next, error)
	close  func() error
}

// next returns the arrays of a column that follow, and io.EOF behind the last ones.
type next func() ([]arrow.Array, error)

// Schema returns the names and types of the columns.
func (t *Table) Schema() *arrow.Schema { return t.schema }

// Rows returns the number of rows.
func (t *Table) Rows() int { return t.rows }

// Column returns the arrays of a column, whose values follow one another.
func (t *Table) Column(place int) (all []arrow.Array, err error) {
	more, err := t.open(place)
	for err == nil {
		var arrays []arrow.Array
		arrays, err = more()
		all = append(all, arrays...)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return all, err
}

// Close closes the file, if there is one.
func (t *Table) Close() error { return t.close() }

// FromBatches returns the table of record batches of a schema, in their order. It refers to them,
// and they must not be released before it has been used.
func FromBatches(schema *arrow.Schema, batches ...arrow.RecordBatch) *Table {
	t := &Table{schema: schema, close: func() error { return nil }}
	for _, b := range batches {
		t.rows += int(b.NumRows())
	}
	t.open = func(column int) (next, error) {
		left := batches
		return func() ([]arrow.Array, error) {
			if len(left) == 0 {
				return nil, io.EOF
			}
			first := left[0]
			left = left[1:]
			return []arrow.Array{first.Column(column)}, nil
		}, nil
	}
	return t
}

// The bytes with which files begin, and as a rule a stream of Arrow.
var (
	parquetMagic = []byte("PAR1")
	arrowMagic   = []byte("ARROW1")
	streamMagic  = []byte("\xff\xff\xff\xff")
)

// IsTable reports whether a file begins as one of Parquet or Arrow, even if it ends there.
func IsTable(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(arrowMagic))
	n, _ := f.ReadAt(head, 0) // a file that can't be read is none
	return slices.ContainsFunc([][]byte{parquetMagic, arrowMagic, streamMagic},
		func(magic []byte) bool {
			return n > 0 && bytes.Equal(head[:min(n, len(magic))], magic[:min(n, len(magic))])
		})
}

// Open opens a file of Parquet, or a file (also called Feather) or stream of Arrow IPC, which it
// tells by the first bytes. Of Parquet it reads the rows of a column when they are needed, and
// compares pages with their checksums, if there are any; the others it holds.
func Open(path string) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	t, err := open(f)
	if err != nil {
		_ = f.Close() // the first error says more
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

func open(f *os.File) (t *Table, err error) {
	defer recovered(&err) // of a damaged file the readers panic at times
	head := make([]byte, len(arrowMagic))
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch head = head[:n]; {
	case bytes.HasPrefix(head, parquetMagic):
		return openParquet(f)
	case bytes.Equal(head, arrowMagic):
		return readFile(f)
	}
	return readStream(f)
}

// recovered makes an error of a panic.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("can't be read: %v", p)
	}
}

// partRows is how many rows of a column of Parquet are in memory at a time, about 30 KB.
const partRows = 1 << 12

func openParquet(f *os.File) (*Table, error) {
	properties := parquet.NewReaderProperties(memory.DefaultAllocator)
	properties.BufferedStreamEnabled = true // pages, not all of a column that a row group has
	r, err := file.NewParquetReader(f, file.WithReadProps(properties))
	if err != nil {
		return nil, err
	}
	columns, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{},
		memory.DefaultAllocator)
	if err != nil {
		return nil, err
	}
	schema, err := columns.Schema()
	if err != nil {
		return nil, err
	}
	leaves, groups := map[int]bool{}, make([]int, r.NumRowGroups())
	for i := range r.MetaData().Schema.NumColumns() {
		leaves[i] = true
	}
	for i := range groups {
		groups[i] = i
	}
	t := &Table{schema: schema, rows: int(r.NumRows()), close: r.Close}
	checked := map[int]bool{} // columns, of which those of texts are opened twice
	// A column at a time: one that can't be read, such as durations, spoils no other.
	t.open = func(column int) (more next, err error) {
		defer recovered(&err)
		for _, leaf := range leavesOf(&columns.Manifest.Fields[column]) {
			if checked[column] {
				break
			}
			if err := checkPages(f, r, leaf); err != nil {
				return nil, err
			}
		}
		checked[column] = true
		field, err := columns.GetFieldReader(context.Background(), column, leaves, groups)
		if err != nil {
			return nil, err
		}
		left := t.rows
		return func() (arrays []arrow.Array, err error) {
			defer recovered(&err)
			if left == 0 {
				field.Release()
				return nil, io.EOF
			}
			n := min(left, partRows)
			left -= n
			read, err := field.NextBatch(int64(n))
			if err != nil {
				return nil, err
			}
			return read.Chunks(), nil
		}, nil
	}
	return t, nil
}

// leavesOf returns the columns of a file that a column of the table is.
func leavesOf(field *pqarrow.SchemaField) (all []int) {
	if field.IsLeaf() {
		return []int{field.ColIndex}
	}
	for i := range field.Children {
		all = append(all, leavesOf(&field.Children[i])...)
	}
	return all
}

// readFile reads Arrow's file format.
func readFile(f *os.File) (*Table, error) {
	r, err := ipc.NewFileReader(f)
	if err != nil {
		return nil, err
	}
	batches := make([]arrow.RecordBatch, r.NumRecords())
	for i := range batches {
		if batches[i], err = r.RecordBatchAt(i); err != nil {
			return nil, fmt.Errorf("record batch %d: %w", i, err)
		}
	}
	return FromBatches(r.Schema(), batches...), errors.Join(r.Close(), f.Close())
}

// readStream reads Arrow's stream format.
func readStream(f *os.File) (*Table, error) {
	r, err := ipc.NewReader(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("it is no file of Parquet or Arrow: %w", err)
	}
	defer r.Release()
	var batches []arrow.RecordBatch
	for r.Next() {
		batch := r.RecordBatch()
		batch.Retain()
		batches = append(batches, batch)
	}
	if err := r.Err(); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("record batch %d: %w", len(batches), err)
	}
	return FromBatches(r.Schema(), batches...), f.Close()
}

// index returns the names of the columns that are a pandas index, by pandas' own metadata. The
// index of an even range is no column.
func (t *Table) index() []string {
	metadata := t.schema.Metadata()
	text, there := metadata.GetValue("pandas")
	if !there {
		return nil
	}
	var pandas struct {
		Index []any `json:"index_columns"`
	}
	if json.Unmarshal([]byte(text), &pandas) != nil {
		return nil // metadata of another program
	}
	var names []string
	for _, column := range pandas.Index {
		if name, ok := column.(string); ok {
			names = append(names, name)
		}
	}
	return names
}

// columnError returns the error of a column, which can be left out.
func columnError(name string, err error) error {
	return &data.Error{Column: name, Problem: err.Error(), Err: err,
		Fixes: []data.Fix{{Field: "Drop", Value: name, Effect: "leaves it out"}}}
}

// withoutFixes takes the settings of some fields out of what an error proposes, where they would
// not help.
func withoutFixes(err error, fields ...string) error {
	if e := new(data.Error); errors.As(err, &e) {
		e.Fixes = slices.DeleteFunc(slices.Clone(e.Fixes),
			func(f data.Fix) bool { return slices.Contains(fields, f.Field) })
	}
	return err
}
