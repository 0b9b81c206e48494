package simdnn_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	simdnn "simdnn/adapters/arrow"
	"simdnn/nn/data"
	"simdnn/nn/tabular"
)

// numbers returns an array of float32, null where there is a gap.
func numbers(values []float32, valid []bool) arrow.Array {
	b := array.NewFloat32Builder(memory.DefaultAllocator)
	b.AppendValues(values, valid)
	return b.NewArray()
}

func TestTensorSharesMemory(t *testing.T) {
	field := arrow.Field{Name: "x", Type: arrow.PrimitiveTypes.Float32}
	a := numbers([]float32{1, 2, 3, 4}, nil)
	x, err := simdnn.Tensor[float32](field, array.NewSlice(a, 1, 3))
	require.NoError(t, err)
	assert.Equal(t, []float32{2, 3}, x.Data())
	assert.Same(t, &a.(*array.Float32).Values()[1], &x.Data()[0])

	_, err = simdnn.Tensor[float64](field, a)
	assert.ErrorContains(t, err, `column "x": its elements are float32, not float64`)
	gap := numbers([]float32{1, 2, 3}, []bool{true, false, true})
	_, err = simdnn.Tensor[float32](field, gap)
	assert.ErrorContains(t, err, `column "x": row 2 is null`)
	x, err = simdnn.Tensor[float32](field, array.NewSlice(gap, 2, 3))
	require.NoError(t, err, "the null is outside of the slice")
	assert.Equal(t, []float32{3}, x.Data())
}

func TestTensorOfLists(t *testing.T) {
	kind := arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float32)
	field := arrow.Field{Name: "v", Type: kind}
	b := array.NewFixedSizeListBuilder(memory.DefaultAllocator, 2, arrow.PrimitiveTypes.Float32)
	values := b.ValueBuilder().(*array.Float32Builder)
	for _, v := range []float32{1, 3, 5} {
		b.Append(true)
		values.AppendValues([]float32{v, v + 1}, nil)
	}
	a := b.NewArray()
	x, err := simdnn.Tensor[float32](field, array.NewSlice(a, 1, 3))
	require.NoError(t, err)
	assert.Equal(t, []int{2, 2}, x.Shape())
	assert.Equal(t, []float32{3, 4, 5, 6}, x.Data())

	b.Append(true)
	values.AppendValues([]float32{1, 2}, nil)
	b.AppendNull()
	withNull := b.NewArray()
	_, err = simdnn.Tensor[float32](field, withNull)
	assert.ErrorContains(t, err, `column "v": row 2 of 2 is null`)

	// As features its places are missing values, in whatever chunk it is.
	schema := arrow.NewSchema([]arrow.Field{{Name: "v", Type: kind, Nullable: true},
		{Name: "y", Type: arrow.PrimitiveTypes.Float32}}, nil)
	table := simdnn.FromBatches(schema,
		array.NewRecordBatch(schema, []arrow.Array{a, numbers([]float32{1, 2, 3}, nil)}, 3),
		array.NewRecordBatch(schema, []arrow.Array{array.NewSlice(withNull, 0, 0), numbers(nil, nil)}, 0),
		array.NewRecordBatch(schema, []arrow.Array{withNull, numbers([]float32{4, 5}, nil)}, 2))
	d, err := table.Dataset(data.CSVOptions{Target: "y", Missing: data.MissingZero})
	require.NoError(t, err)
	assert.Equal(t, []float64{1, 2, 3, 4, 5, 6, 1, 2, 0, 0}, d.X.Data())
	_, err = table.Dataset(data.CSVOptions{Target: "y"})
	assert.ErrorContains(t, err, `row 5, column "v1": the value is missing`)
}

// TestUnitsOfTimes checks that a model takes times only for what it was trained on.
func TestUnitsOfTimes(t *testing.T) {
	seconds := ofJSON(t, arrow.FixedWidthTypes.Timestamp_s, "[5, 60]")
	o := data.CSVOptions{Target: "y", Kinds: map[string]data.Kind{"x": data.Number}}
	d, err := seconds.Dataset(o)
	require.NoError(t, err)
	assert.Equal(t, []float64{5, 60}, d.X.Data())
	s := tabular.DefaultSettings()
	s.Epochs, s.Validation = 1, 0
	job, err := tabular.Prepare[float64](&tabular.Dataset{Name: "times", Dataset: *d}, s)
	require.NoError(t, err)
	model, err := job.Trained().Freeze()
	require.NoError(t, err)
	predict := func(table *simdnn.Table) error {
		return simdnn.Predict(table, model, func(int, *tabular.Prediction) error { return nil })
	}
	require.NoError(t, predict(seconds))
	require.NoError(t, predict(ofJSON(t, arrow.FixedWidthTypes.Timestamp_us, "[5500000]")),
		"microseconds become seconds")
	for _, c := range []struct {
		kind   arrow.DataType
		values string
		want   string
	}{
		{arrow.PrimitiveTypes.Int64, "[5000]", "plain values"},
		{arrow.FixedWidthTypes.Date32, "[4]", "days since 1970"},
		{arrow.FixedWidthTypes.Time32s, "[5]", "seconds of the day"},
	} {
		assert.ErrorContains(t, predict(ofJSON(t, c.kind, c.values)),
			`row 1, column "x": it holds `+c.want+", but the model was trained on seconds since 1970")
	}
}

// TestNamesComeFirst checks that a slip in the options is told before columns are read.
func TestNamesComeFirst(t *testing.T) {
	table := ofJSON(t, arrow.BinaryTypes.Binary, `["YQ=="]`) // no feature
	_, err := table.Dataset(data.CSVOptions{Target: "y", Drop: []string{"z"}})
	assert.ErrorContains(t, err, `there is no column "z"; the columns are "x", "y"`)
}

// Tensors of a fixed shape are lists for arrow-go: shape and order stand in the field's metadata.
func TestTensorOfFixedShape(t *testing.T) {
	table, err := simdnn.Open(filepath.Join("testdata", "tensors.feather"))
	require.NoError(t, err)
	cube, err := table.Column(0)
	require.NoError(t, err)
	require.Len(t, cube, 1)
	x, err := simdnn.Tensor[float32](table.Schema().Field(0), cube[0])
	require.NoError(t, err)
	assert.Equal(t, []int{2, 3, 2}, x.Shape())
	assert.Equal(t, float32(6+2*2+1), x.At(1, 2, 1))
	turned, err := table.Column(1)
	require.NoError(t, err)
	x, err = simdnn.Tensor[float32](table.Schema().Field(1), turned[0])
	require.NoError(t, err)
	assert.Equal(t, []int{2, 2, 3}, x.Shape())
	assert.Equal(t, float32(6+2*2+1), x.At(1, 1, 2))
	_, err = table.Dataset(data.CSVOptions{Target: "cube"})
	assert.ErrorContains(t, err, `column "turned": its tensors are permuted`)
}

// trained returns a model of a file of testdata.
func trained(t *testing.T, name string, o data.CSVOptions) *tabular.Frozen[float64] {
	t.Helper()
	d, err := dataset(t, name, o)
	require.NoError(t, err)
	s := tabular.DefaultSettings()
	s.Epochs, s.Validation = 3, 0
	job, err := tabular.Prepare[float64](&tabular.Dataset{Name: name, Dataset: *d}, s)
	require.NoError(t, err)
	_, err = job.Fit(context.Background())
	require.NoError(t, err)
	frozen, err := job.Trained().Freeze()
	require.NoError(t, err)
	return frozen
}

// predict returns the predictions for the rows of a file.
func predict(t *testing.T, model *tabular.Frozen[float64], name string) (all []float64, err error) {
	t.Helper()
	table, err := simdnn.Open(filepath.Join("testdata", name))
	require.NoError(t, err)
	defer func() { require.NoError(t, table.Close()) }()
	err = simdnn.Predict(table, model, func(row int, p *tabular.Prediction) error {
		assert.Equal(t, len(all), row)
		all = append(all, p.Value)
		return nil
	})
	return all, err
}

// A model trained on one program's file predicts from those of the others as from the rows' texts:
// DuckDB's columns without gaps are required where others are optional.
func TestPredict(t *testing.T) {
	model := trained(t, "pandas.parquet", data.CSVOptions{Missing: data.MissingMean})
	rows, err := model.Records([]string{"size", "legs", "tame", "kind"})
	require.NoError(t, err)
	var want []float64
	for _, fields := range [][]string{{"1.5", "4", "1", "cat"}, {"", "2", "0", "bird"},
		{"3.25", "", "1", "cat"}, {"-0", "4", "", ""}, {"1e-7", "4", "1", "NA"},
		{"6", "2", "0", "bird"}} {
		var p tabular.Prediction
		require.NoError(t, rows.Predict(fields, &p))
		want = append(want, p.Value)
	}
	for _, name := range []string{"pandas.parquet", "pandas.feather", "polars.parquet",
		"polars.arrow", "polars.stream", "duckdb.parquet"} {
		got, err := predict(t, model, name)
		require.NoError(t, err)
		assert.Equal(t, want, got, name)
	}
	full, err := predict(t, model, "duckdb_full.parquet")
	require.NoError(t, err)
	assert.Equal(t, []float64{want[0], want[4], want[5]}, full)
}

func TestPredictRefuses(t *testing.T) {
	model := trained(t, "duckdb_full.parquet", data.CSVOptions{Columns: []string{"kind", "size"}})
	all, err := predict(t, model, "polars.parquet")
	assert.ErrorContains(t, err, `row 2, column "size": the value is missing`)
	assert.Len(t, all, 1, "the row before it is predicted")
	_, err = predict(t, model, "times.parquet")
	assert.ErrorContains(t, err, `there is no column "size"`)
	_, err = predict(t, model, "polars_categories.parquet")
	assert.ErrorContains(t, err, `row 1, column "kind": "b" is none of the texts`)

	table, err := simdnn.Open(filepath.Join("testdata", "duckdb.parquet"))
	require.NoError(t, err)
	stop := errors.New("enough")
	assert.ErrorIs(t, simdnn.Predict(table, model,
		func(int, *tabular.Prediction) error { return stop }), stop)
}

// Batches longer than those of predictions, in chunks of any length, and numbers of every width.
func TestBatches(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64},
		{Name: "y", Type: arrow.PrimitiveTypes.Float32}}, nil)
	batch := func(from, to int64) arrow.RecordBatch {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		for i := from; i < to; i++ {
			b.Field(0).(*array.Int64Builder).Append(i)
			b.Field(1).(*array.Float32Builder).Append(float32(i) / 2)
		}
		return b.NewRecordBatch()
	}
	table := simdnn.FromBatches(schema, batch(0, 100), batch(100, 100), batch(100, 601))
	d, err := table.Dataset(data.CSVOptions{Target: "y"})
	require.NoError(t, err)
	require.Equal(t, 601, d.X.Dim(0))
	for i, v := range d.X.Data() {
		require.Equal(t, float64(i), v)
		require.Equal(t, float64(i)/2, d.Y.Data()[i])
	}
	s := tabular.DefaultSettings()
	s.Epochs = 1
	job, err := tabular.Prepare[float64](&tabular.Dataset{Name: "batches", Dataset: *d}, s)
	require.NoError(t, err)
	model := job.Trained()
	want, err := model.Predict(d.X)
	require.NoError(t, err)
	frozen, err := model.Freeze()
	require.NoError(t, err)
	rows := 0
	require.NoError(t, simdnn.Predict(table, frozen, func(row int, p *tabular.Prediction) error {
		assert.Equal(t, want.At(row, 0), p.Value)
		rows++
		return nil
	}))
	assert.Equal(t, 601, rows)
}
