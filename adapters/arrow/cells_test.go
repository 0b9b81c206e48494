package simdnn_test

import (
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	simdnn "simdnn/adapters/arrow"
	"simdnn/nn/data"
)

// ofJSON returns a table of one column, of a type, and a target, 0, 1, ….
func ofJSON(t *testing.T, kind arrow.DataType, values string) *simdnn.Table {
	t.Helper()
	a, _, err := array.FromJSON(memory.DefaultAllocator, kind, strings.NewReader(values))
	require.NoError(t, err)
	y := array.NewFloat64Builder(memory.DefaultAllocator)
	for i := range a.Len() {
		y.Append(float64(i))
	}
	schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: kind, Nullable: true},
		{Name: "y", Type: arrow.PrimitiveTypes.Float64}}, nil)
	return simdnn.FromBatches(schema,
		array.NewRecordBatch(schema, []arrow.Array{a, y.NewArray()}, int64(a.Len())))
}

func TestNumbersOfEveryType(t *testing.T) {
	for _, kind := range []arrow.DataType{arrow.PrimitiveTypes.Int8, arrow.PrimitiveTypes.Int16,
		arrow.PrimitiveTypes.Int32, arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Uint8,
		arrow.PrimitiveTypes.Uint16, arrow.PrimitiveTypes.Uint32, arrow.PrimitiveTypes.Uint64,
		arrow.FixedWidthTypes.Float16, arrow.PrimitiveTypes.Float32, arrow.PrimitiveTypes.Float64} {
		d, err := ofJSON(t, kind, "[5, null, 127]").Dataset(
			data.CSVOptions{Target: "y", Missing: data.MissingCategory})
		require.NoError(t, err, kind)
		assert.Equal(t, []float64{0, 1, 0}, column(d, 1), kind)
		assert.Equal(t, []float64{5, 127}, []float64{d.X.At(0, 0), d.X.At(2, 0)}, kind)
		assert.True(t, math.IsNaN(d.X.At(1, 0)), kind)
	}
	decimal := &arrow.Decimal128Type{Precision: 20, Scale: 3}
	d, err := ofJSON(t, decimal, `["-0.125", "12345678901234567.891"]`).Dataset(
		data.CSVOptions{Target: "y"})
	require.NoError(t, err)
	assert.Equal(t, []float64{-0.125, 12345678901234567.891}, d.X.Data())
}

// Texts in a typed table are texts, even where they are numbers, unless the options say otherwise.
func TestTextsOfNumbers(t *testing.T) {
	for _, kind := range []arrow.DataType{arrow.BinaryTypes.String, arrow.BinaryTypes.LargeString,
		arrow.BinaryTypes.StringView} {
		table := ofJSON(t, kind, `["01", "1", "NA", null]`)
		zero := data.CSVOptions{Target: "y", Missing: data.MissingZero}
		d, err := table.Dataset(zero)
		require.NoError(t, err)
		assert.Equal(t, []string{"x=01", "x=1", "x=NA"}, d.Features)
		assert.Equal(t, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0}, d.X.Data())
		zero.Kinds = map[string]data.Kind{"x": data.Number}
		d, err = table.Dataset(zero)
		require.NoError(t, err)
		assert.Equal(t, []float64{1, 1, 0, 0}, d.X.Data())
	}
}

// Labels beyond 2⁵³ stay apart, of which float64 has only one.
func TestLabelsOfManyDigits(t *testing.T) {
	table := ofJSON(t, arrow.PrimitiveTypes.Int64, "[9007199254740993, 9007199254740992]")
	d, err := table.Dataset(data.CSVOptions{Target: "x", Classification: true})
	require.NoError(t, err)
	assert.Equal(t, []string{"9007199254740992", "9007199254740993"}, d.Classes)
}

func TestTruthValues(t *testing.T) {
	table := ofJSON(t, arrow.FixedWidthTypes.Boolean, "[true, false]")
	d, err := table.Dataset(data.CSVOptions{Target: "y"})
	require.NoError(t, err)
	assert.Equal(t, []float64{1, 0}, d.X.Data())
	assert.True(t, d.Columns[0].Binary)
	d, err = table.Dataset(
		data.CSVOptions{Target: "y", Kinds: map[string]data.Kind{"x": data.Category}})
	require.NoError(t, err)
	assert.Equal(t, []string{"x=false", "x=true"}, d.Features)
	d, err = table.Dataset(data.CSVOptions{Target: "x"})
	require.NoError(t, err)
	assert.Equal(t, []float64{1, 0}, d.Y.Data())
}

func TestTypesThatAreNoFeature(t *testing.T) {
	for _, c := range []struct {
		kind   arrow.DataType
		values string
	}{
		{arrow.BinaryTypes.Binary, `["YQ=="]`},
		{arrow.ListOf(arrow.PrimitiveTypes.Float32), "[[1, 2]]"},
		{arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int8}), `[{"a": 1}]`},
	} {
		_, err := ofJSON(t, c.kind, c.values).Dataset(data.CSVOptions{Target: "y"})
		assert.ErrorContains(t, err, `column "x": its type is `+c.kind.String())
	}
	_, err := ofJSON(t, arrow.Null, "[null]").Dataset(
		data.CSVOptions{Target: "y", Missing: data.MissingZero})
	assert.ErrorContains(t, err, "there is no column left")
}
