package tabular

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/internal/race"
	"simdnn/nn"
	"simdnn/nn/data"
	"simdnn/tensor"
)

// house is a row of the table of houses.
type house struct {
	Size   float32 `table:"size"`
	Rooms  *int    `table:"rooms"`
	Town   string  `table:"town"`
	Garden bool    `table:"garden"`
	Zone   uint8   `table:"zone"`
	Note   []byte  `table:"-"`
	Price  float64 `table:"price,target"`
	secret int
}

// houses are rows whose rooms are missing now and then.
func houses(n int) []house {
	rows := make([]house, n)
	for i := range rows {
		rooms := i % 5
		rows[i] = house{
			Size:   float32(i%13) + 0.1,
			Rooms:  &rooms,
			Town:   []string{"Ulm", "Köln", `"am", Rhein`}[i%3],
			Garden: i%2 == 0,
			Zone:   uint8(i % 4),
			secret: i,
		}
		rows[i].Price = 1000*float64(rows[i].Size) + 500*float64(rooms) + 100*float64(i%3)
		if i%7 == 3 {
			rows[i].Rooms = nil
		}
	}
	return rows
}

// houseOptions treat missing values by the mean and unknown towns as none.
func houseOptions() Options {
	s := DefaultSettings()
	s.Epochs, s.Threads, s.Hidden = 3, 1, []int{5}
	return Options{
		Settings: s,
		Table: data.CSVOptions{
			Kinds:   map[string]data.Kind{"zone": data.Category},
			Missing: data.MissingMean,
			Unknown: data.UnknownZero,
		},
	}
}

// frozenHouses is a model of houses, frozen.
func frozenHouses[T tensor.Float](t testing.TB) (*Model[T], *Frozen[T]) {
	t.Helper()
	m, _, err := FitStructs[T](context.Background(), houses(60), houseOptions())
	require.NoError(t, err)
	f, err := m.Freeze()
	require.NoError(t, err)
	return m, f
}

// record returns a house as the fields of a CSV file, and object as JSON.
func (h *house) record() []string {
	rooms := "NA"
	if h.Rooms != nil {
		rooms = fmt.Sprint(*h.Rooms)
	}
	return []string{
		"ignored", h.Town, fmt.Sprint(float64(h.Size)), rooms, fmt.Sprint(h.Garden),
		fmt.Sprint(h.Zone),
	}
}

var houseHeader = []string{"price", "town", "size", "rooms", "garden", "zone"}

func (h *house) object(t testing.TB) []byte {
	object := map[string]any{
		"town":    h.Town,
		"size":    float64(h.Size),
		"garden":  h.Garden,
		"zone":    h.Zone,
		"further": []any{1, "x", map[string]any{"a": nil}},
	}
	if h.Rooms != nil {
		object["rooms"] = *h.Rooms
	}
	text, err := json.Marshal(object)
	require.NoError(t, err)
	return text
}

func TestRowsOfEveryKindPredictTheSame(t *testing.T) {
	t.Run("float32", requireSamePredictions[float32])
	t.Run("float64", requireSamePredictions[float64])
}

func requireSamePredictions[T tensor.Float](t *testing.T) {
	m, f := frozenHouses[T](t)
	rows := houses(40)
	rows[5].Town = "Atlantis"
	records, err := f.Records(houseHeader)
	require.NoError(t, err)
	batch, err := f.NewBatch(len(rows))
	require.NoError(t, err)
	require.Equal(t, 40, batch.Rows())
	x := tensor.New[float64](len(rows), 11)
	var got []Prediction
	for i, h := range rows {
		var fromRecord, fromObject, fromStruct Prediction
		require.NoError(t, records.Predict(h.record(), &fromRecord))
		require.NoError(t, f.PredictJSON(h.object(t), &fromObject))
		require.NoError(t, f.PredictStruct(&h, &fromStruct))
		require.Equal(t, fromRecord.AppendCSV(nil), fromObject.AppendCSV(nil))
		require.Equal(t, fromRecord.Value, fromObject.Value)
		require.Equal(t, fromRecord.Value, fromStruct.Value)
		got = append(got, fromRecord)
		at := 0
		for j, c := range f.Columns() {
			field := h.record()[[]int{2, 3, 1, 4, 5}[j]]
			require.NoError(t, c.EncodeText(x.Row(i)[at:at+c.Features()], field))
			at += c.Features()
		}
		require.Equal(t, 11, at, "three towns, two gardens, four zones, the size, and rooms")
		copy(batch.Features(i), x.Row(i))
	}
	y, err := m.Predict(x)
	require.NoError(t, err)
	done, err := batch.Predict(len(rows))
	require.NoError(t, err)
	require.Equal(t, len(rows), done)
	for i := range rows {
		require.Equal(t, y.At(i, 0), got[i].Value)
		var p Prediction
		batch.Prediction(i, &p)
		require.Equal(t, got[i].Value, p.Value)
	}
	require.NotEqual(t, got[4].Value, got[5].Value)
}

func TestPredictionsAllocateNothing(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector's pools forget")
	}
	_, f := frozenHouses[float32](t)
	records, err := f.Records(houseHeader)
	require.NoError(t, err)
	h := houses(4)[3]
	require.Nil(t, h.Rooms)
	record, object := h.record(), h.object(t)
	escaped := []byte(strings.Replace(string(object), "am", `\u0061m`, 1))
	var p Prediction
	var text []byte
	for name, predict := range map[string]func() error{
		"record": func() error { return records.Predict(record, &p) },
		"JSON":   func() error { return f.PredictJSON(object, &p) },
		"escape": func() error { return f.PredictJSON(escaped, &p) },
		"struct": func() error { return f.PredictStruct(&h, &p) },
		"text":   func() error { text = p.AppendJSON(p.AppendCSV(text[:0])); return nil },
	} {
		require.NoError(t, predict(), name)
		require.Zero(t, testing.AllocsPerRun(50, func() {
			if err := predict(); err != nil {
				panic(err)
			}
		}), name)
	}
}

func TestFrozenServesManyGoroutines(t *testing.T) {
	m, f := frozenHouses[float32](t)
	rows := houses(30)
	records, err := f.Records(houseHeader)
	require.NoError(t, err)
	want := make([]float64, len(rows))
	for i, h := range rows {
		var p Prediction
		require.NoError(t, f.PredictStruct(&h, &p))
		want[i] = p.Value
	}
	m.Network.Parameters()[0].Data[0] += 1 // which a copy does not see
	var work sync.WaitGroup
	for g := range 8 {
		work.Go(func() {
			var p Prediction
			for i := range rows {
				h := rows[(i+g)%len(rows)]
				var err error
				switch g % 3 {
				case 0:
					err = records.Predict(h.record(), &p)
				case 1:
					err = f.PredictJSON(h.object(t), &p)
				case 2:
					err = f.PredictStruct(&h, &p)
				}
				if err != nil || p.Value != want[(i+g)%len(rows)] {
					t.Errorf("row %d of goroutine %d: %v, %v", i, g, p.Value, err)
				}
			}
		})
	}
	work.Wait()
}

func TestRowsThatCannotBePredicted(t *testing.T) {
	table := "a,colour,y\n" + strings.Repeat("1,red,2\n3,blue,4\n", 10)
	o := Options{Table: data.CSVOptions{Target: "y"}, Settings: settings()}
	m, _, err := FitCSV[float32](context.Background(), strings.NewReader(table), o)
	require.NoError(t, err)
	f, err := m.Freeze()
	require.NoError(t, err)
	require.Equal(t, "y", f.Target())
	require.Nil(t, f.Classes())
	records, err := f.Records(nil)
	require.NoError(t, err)
	var p Prediction
	for _, c := range []struct {
		fields  []string
		message string
	}{
		{[]string{"1"}, "a record of 1 fields, but 2 are needed"},
		{[]string{"1", "green"},
			`column "colour": "green" is none of the texts that the model knows: "blue", "red"`},
		{[]string{"x", "red"}, `column "a": "x" is not a number`},
		{[]string{"", "red"}, `column "a": the value is missing (""); ` +
			`Missing mean in training lets the model fill it in`},
		{[]string{"1e39", "red"},
			`column "a": the value 1e+39 is beyond the range of the model's numbers (float32)`},
	} {
		require.EqualError(t, records.Predict(c.fields, &p), c.message)
	}
	require.EqualError(t, f.PredictJSON([]byte(`{"a":1}`), &p),
		`column "colour": the member is missing; `+
			`Missing mean in training lets the model fill it in`)
	require.ErrorContains(t, f.PredictJSON([]byte(`{"a":null,"colour":"red"}`), &p),
		`column "a": the member is null; Missing mean`)
	require.ErrorContains(t, f.PredictStruct(&struct{ a, colour int }{}, &p),
		`column "a": the value is missing`)
	require.EqualError(t, f.PredictStruct(7, &p), "a pointer to a struct is needed, not a int")
	require.EqualError(t, f.PredictStruct((*house)(nil), &p),
		"a pointer to a struct is needed, not a *tabular.house")
	require.ErrorContains(t, f.PredictStruct(new(int), &p), "int is not a struct")

	_, err = f.Records([]string{"a", "size"})
	require.EqualError(t, err, `there is no column "colour", which the model needs`)
	_, err = f.Records([]string{"a", "colour", "a"})
	require.EqualError(t, err, `header: columns 1 and 3 are both named "a"`)
	require.NoError(t, records.Predict([]string{"1", "red"}, &p), "errors leave nothing behind")

	m.Columns = m.Columns[:1]
	_, err = m.Freeze()
	require.ErrorContains(t, err, "1 features, but the model takes 3")
	_, err = (&Model[float32]{Network: nn.NewModel[float32](nn.MSE)}).Freeze()
	require.ErrorContains(t, err, "the model has no layers")
}

// TestNothingBecomesNaN gives a classifier values that float32 can't hold, or whose products it
// can't.
func TestNothingBecomesNaN(t *testing.T) {
	table := "a,b,kind\n" + strings.Repeat("0.1,0.2,old\n2.1,0.5,new\n", 10)
	o := Options{
		Table:    data.CSVOptions{Target: "kind", Classification: true},
		Settings: DefaultSettings(),
	}
	o.Settings.Epochs = 3
	for _, scaled := range []bool{true, false} {
		o.Settings.ScaleInputs = scaled
		m, _, err := FitCSV[float32](context.Background(), strings.NewReader(table), o)
		require.NoError(t, err)
		f, err := m.Freeze()
		require.NoError(t, err)
		records, err := f.Records(nil)
		require.NoError(t, err)
		var p Prediction
		for _, fields := range [][]string{
			{"1e39", "0.5"}, {"1e300", "-1e300"}, {"-1e39", "-1e39"}, {"3e38", "-3e38"},
			{"1e308", "1"},
		} {
			err := records.Predict(fields, &p)
			if err != nil {
				require.Regexp(t, `column "[ab]": .* beyond the range of`, err.Error())
				continue
			}
			require.False(t, math.IsNaN(p.Probabilities[0]))
		}
		require.Error(t, records.Predict([]string{"1e39", "0.5"}, &p))
		require.NoError(t, records.Predict([]string{"2.1", "0.5"}, &p))
		require.Len(t, p.Probabilities, 2)

		wide, _, err := FitCSV[float64](context.Background(), strings.NewReader(table), o)
		require.NoError(t, err)
		x := tensor.FromSlice([]float64{1e39, 0.5, 1e200, -1e200}, 2, 2)
		y, err := wide.Predict(x)
		require.NoError(t, err)
		require.InDelta(t, 1, y.At(0, 0)+y.At(0, 1), 1e-9)
		_, err = m.Predict(x)
		require.ErrorContains(t, err, `row 1, column "a": the value 1e+39 is beyond the range`)
	}
}

// account is a row with a whole number that float64 can't tell from its neighbour.
type account struct {
	ID     int64
	Amount float64 `table:"amount,target"`
}

// TestLargeNumbersAreTheirOwnCategories looks up whole numbers that are the same float64.
func TestLargeNumbersAreTheirOwnCategories(t *testing.T) {
	const first = 1<<53 + 1
	var rows []account
	for i := range 40 {
		rows = append(rows, account{first - int64(i%2), float64(i % 2)})
	}
	m, _, err := FitStructs[float64](context.Background(), rows, Options{
		Table: data.CSVOptions{Kinds: map[string]data.Kind{"ID": data.Category}}})
	require.NoError(t, err)
	f, err := m.Freeze()
	require.NoError(t, err)
	records, err := f.Records([]string{"ID"})
	require.NoError(t, err)
	seen := map[float64]bool{}
	for _, row := range rows[:2] {
		text := fmt.Sprint(row.ID)
		var fromRecord, fromObject, fromStruct Prediction
		require.NoError(t, records.Predict([]string{text}, &fromRecord))
		require.NoError(t, f.PredictJSON([]byte(`{"ID":`+text+`}`), &fromObject))
		require.NoError(t, f.PredictStruct(&row, &fromStruct))
		require.Equal(t, []float64{fromRecord.Value, fromRecord.Value},
			[]float64{fromObject.Value, fromStruct.Value})
		seen[fromRecord.Value] = true
	}
	require.Len(t, seen, 2)
	var p Prediction
	require.ErrorContains(t, f.PredictJSON([]byte(`{"ID":9007199254740994}`), &p),
		`"9007199254740994" is none of the texts`)
}
