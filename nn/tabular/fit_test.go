package tabular

import (
	"context"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn"
	"simdnn/nn/data"
)

func TestStructsTrainAsTheirTable(t *testing.T) {
	var table strings.Builder
	table.WriteString("size,rooms,town,garden,zone,price\n")
	rows := houses(40)
	rows[2].Price = 0.1
	for _, h := range rows {
		r := h.record()
		record := []string{
			r[2], r[3], `"` + strings.ReplaceAll(r[1], `"`, `""`) + `"`, r[4], r[5],
			formatted(h.Price),
		}
		table.WriteString(strings.Join(record, ",") + "\n")
	}
	o := houseOptions()
	structs, h, err := FitStructs[float32](context.Background(), rows, o)
	require.NoError(t, err)
	require.Len(t, h.Epochs, 3)
	o.Table.Target = "price"
	file, _, err := FitCSV[float32](context.Background(), strings.NewReader(table.String()), o)
	require.NoError(t, err)
	require.Equal(t, file.Network.ParamsSHA256(), structs.Network.ParamsSHA256())
	require.Equal(t, file.Columns, structs.Columns)
	require.Equal(t, "price", structs.Target)
	require.Equal(t, data.UnknownZero, structs.Columns[2].Unknown)
	require.Equal(t, data.MissingMean, structs.Columns[1].Missing)

	same := reloaded(t, structs)
	require.Equal(t, structs.Columns, same.Columns, "policies are part of the file")
}

// formatted returns a number as a struct's field becomes it.
func formatted(v float64) string {
	return string(appendNumber(nil, v, 64))
}

func TestStructsThatAreNoTable(t *testing.T) {
	ctx := context.Background()
	_, _, err := FitStructs[float32](ctx, []int{1}, Options{})
	require.EqualError(t, err, "int is not a struct")
	_, _, err = FitStructs[float32](ctx, []struct{ A, B int }{}, Options{})
	require.ErrorContains(t, err,
		"no field is the target: name it by the tag `table:\"name,target\"`")
	type list struct{ A []int }
	_, _, err = FitStructs[float32](ctx, []list{}, Options{})
	require.ErrorContains(t, err, "tabular.list.A: a []int is no number and no text")
	type option struct {
		A int `table:"a,goal"`
	}
	_, _, err = FitStructs[float32](ctx, []option{}, Options{})
	require.ErrorContains(t, err,
		`tabular.option.A: unknown option "goal" in the tag; known: target`)
	type twice struct {
		A int `table:",target"`
		B int `table:",target"`
	}
	_, _, err = FitStructs[float32](ctx, []twice{}, Options{})
	require.EqualError(t, err, "two fields are the target by their tags")
	_, _, err = FitStructs[float32](ctx, []struct{ A, B float64 }{{1, 2}, {math.NaN(), 1}, {3, 4}},
		Options{Table: data.CSVOptions{Target: "B"}})
	require.ErrorContains(t, err, `line 3, column "A": the value is missing`)
}

func TestFitStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	m, h, err := FitStructs[float32](ctx, houses(20), houseOptions())
	require.ErrorIs(t, err, context.Canceled)
	require.NotNil(t, m)
	require.Empty(t, h.Epochs)
	m, _, err = FitCSV[float32](ctx, strings.NewReader(""), Options{})
	require.Error(t, err)
	require.Nil(t, m)
	o := Options{Table: data.CSVOptions{Target: "y"}}
	m, _, err = FitCSV[float32](context.Background(),
		strings.NewReader("x,y\n1,2\n2,3\n3,4\n4,5\n5,6\n"), o)
	require.NoError(t, err, "the zero settings are the default ones")
	require.Equal(t, 64, m.Network.Layers()[0].(*nn.Dense).Out())
	o.Settings = settings()
	o.Settings.Epochs = 0
	_, _, err = FitCSV[float32](context.Background(), strings.NewReader("x,y\n1,2\n2,3\n"), o)
	require.ErrorContains(t, err, "0 epochs")
}

func TestCellsOfNumbersHaveNoExponent(t *testing.T) {
	require.Equal(t, "0.0000001", cellOf(reflect.ValueOf(1e-7), 0))
	require.Equal(t, "1000000000000000000000", cellOf(reflect.ValueOf(1e21), 0))
	require.Equal(t, "-2", cellOf(reflect.ValueOf(int8(-2)), 0))
	require.Equal(t, "18446744073709551615", cellOf(reflect.ValueOf(uint64(math.MaxUint64)), 0))
}

// TestModelsRememberMarks predicts from texts with the marks of the training, and from numbers,
// which have none.
func TestModelsRememberMarks(t *testing.T) {
	type reading struct {
		Amount float64 `table:"amount"`
		Level  string  `table:"level"`
		Y      float64 `table:"y,target"`
	}
	var rows []reading
	for i := range 30 {
		rows = append(rows, reading{1.125 * float64(i%3), []string{"1.500", "2,5"}[i%2],
			float64(i % 3)})
	}
	o := Options{Settings: settings(), Table: data.CSVOptions{
		Format: data.CSVFormat{Decimal: ',', Thousands: '.'}}}
	o.Settings.ScaleInputs = true
	m, _, err := FitStructs[float32](context.Background(), rows, o)
	require.NoError(t, err)
	require.InDelta(t, 1.125, m.Inputs.Mean[0], 0.4)
	require.InDelta(t, 750, m.Inputs.Mean[1], 300)
	f, err := reloaded(t, m).Freeze()
	require.NoError(t, err)
	records, err := f.Records(nil)
	require.NoError(t, err)
	var want, p Prediction
	require.NoError(t, f.PredictStruct(&reading{Amount: 1.125, Level: "1.500"}, &want))
	require.NoError(t, records.Predict([]string{"1,125", "1.500"}, &p))
	require.Equal(t, want.Value, p.Value)
	for _, object := range []string{
		`{"amount":1.125,"level":1500}`, `{"amount":1.125,"level":1500.0}`,
		`{"amount":"1,125","level":"1.500"}`,
	} {
		require.NoError(t, f.PredictJSON([]byte(object), &p))
		require.Equal(t, want.Value, p.Value, object)
	}
	require.ErrorContains(t, records.Predict([]string{"1.125", "x"}, &p), `column "level": "x"`)
	o.Table.Format.Thousands = ','
	_, _, err = FitStructs[float32](context.Background(), rows, o)
	require.EqualError(t, err, "Thousands: ',' is the decimal mark too")
	o.Table.Format.Decimal = '1'
	_, _, err = FitStructs[float32](context.Background(), rows, o)
	require.EqualError(t, err, "Decimal: '1' is part of numbers, not a mark in them")
}
