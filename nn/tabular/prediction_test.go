package tabular

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simdnn/nn/data"
	"simdnn/tensor"
)

// TestTargetsOfAnySize trains on targets that float32 can't tell apart or hold at all, and wants
// predictions that are as good as those of the same targets around 0, in both types, and no two of
// them alike.
func TestTargetsOfAnySize(t *testing.T) {
	t.Run("float32", requireAnySize[float32])
	t.Run("float64", requireAnySize[float64])
}

func requireAnySize[T tensor.Float](t *testing.T) {
	const rows = 60
	s := DefaultSettings()
	s.Threads = 1
	for _, c := range []struct{ offset, scale float64 }{
		{0, 1}, {1790000000, 20}, {0, 1e60}, {0, 1e-60}, {-3e12, 1}, {1e300, 1e290},
	} {
		d := &Dataset{
			"numbers",
			data.Dataset{X: tensor.New[float64](rows, 1), Y: tensor.New[float64](rows, 1)},
		}
		for i := range rows {
			d.X.Data()[i] = float64(i) / 20
			d.Y.Data()[i] = c.offset + float64(float64(i)/20*c.scale)
		}
		if c.offset == 1e300 {
			_, err := Prepare[T](d, s)
			require.Error(t, err, "the variance is beyond float64")
			continue
		}
		j, err := Prepare[T](d, s)
		require.NoError(t, err)
		_, err = j.Fit(context.Background())
		require.NoError(t, err)
		f, err := j.Trained().Freeze()
		require.NoError(t, err)
		records, err := f.Records(nil)
		require.NoError(t, err)
		printed := map[string]bool{}
		for i := range rows {
			var p Prediction
			require.NoError(t, records.Predict([]string{fmt.Sprint(d.X.Data()[i])}, &p))
			require.InDelta(t, d.Y.Data()[i]/c.scale, p.Value/c.scale, 0.7, "target %v",
				d.Y.Data()[i])
			text := string(p.AppendValue(nil))
			v, err := strconv.ParseFloat(text, 64)
			require.NoError(t, err)
			require.InDelta(t, p.Value/c.scale, v/c.scale,
				1e-6*max(1, math.Abs(p.Value/c.scale-c.offset/c.scale)), text)
			printed[text] = true
		}
		require.Len(t, printed, rows)
	}
}

func TestValuesAreWrittenToTheNetworksResolution(t *testing.T) {
	for _, c := range []struct {
		value, step float64
		bits        int
		want        string
	}{
		{1790000036.1234567, 3.6e-6, 32, "1790000036.123457"},
		{1790000036, 3.6e-6, 32, "1790000036"},
		{1790000036.1234567, 0, 64, "1790000036.1234567"},
		{2.4151234567e60, 1e53, 32, "2.4151235e+60"},
		{2.4151234567e-60, 1e-67, 32, "2.4151235e-60"},
		{-0.1234567891234, 1e-9, 32, "-0.123456789"},
		{999999.96, 0.01, 32, "999999.96"},
		{99.99999, 0.01, 32, "100"},
		{1e-9, 1e-3, 32, "1e-09"},
		{0, 1e-3, 32, "0"},
		{float64(float32(0.1)), 0, 32, "0.1"},
		{float64(float32(0.1)), 0, 64, "0.10000000149011612"},
		{math.MaxFloat64, 1e306, 32, "1.7976931348623157e+308"},
		{123456789, 5e-324, 32, "123456789"},
	} {
		p := Prediction{Value: c.value, step: c.step, form: &form{bits: c.bits}}
		require.Equal(t, c.want, string(p.AppendValue(nil)))
	}
	require.Equal(t, "0.1", string((&Prediction{Value: 0.1}).AppendValue(nil)),
		"one that no model made")
	require.Equal(t, 0x1p-24, spacing(-1))
	require.Equal(t, 0x1p-23, spacing(1.5))
	require.Equal(t, 0x1p-149, spacing(0))
	require.Equal(t, 0x1p104, spacing(math.MaxFloat32))
}

// TestResolutionTellsValuesApart writes neighbours of float32 after a scaling is undone.
func TestResolutionTellsValuesApart(t *testing.T) {
	for _, deviation := range []float64{1e-60, 0.3, 1, 20, 7e9} {
		for _, mean := range []float64{0, 1e-3, 1.79e9} {
			last := ""
			for i, z := 0, float32(0.7); i < 100; i, z = i+1, math.Nextafter32(z, 2) {
				p := Prediction{
					Value: float64(float64(z)*deviation) + mean,
					step:  spacing(z) * deviation,
					form:  &form{bits: 32},
				}
				text := string(p.AppendValue(nil))
				if p.Value != p.Value+p.step { // else float64 has no place for the difference
					require.NotEqual(t, last, text)
				}
				last = text
			}
		}
	}
}

func TestPredictionsAsText(t *testing.T) {
	table := "a,kind\n" + strings.Repeat("0,\"small, \"\"<b>\"\"\"\n5,big\n", 10)
	m, _, err := FitCSV[float32](context.Background(), strings.NewReader(table),
		Options{Table: data.CSVOptions{Target: "kind", Classification: true}, Settings: settings()})
	require.NoError(t, err)
	f, err := m.Freeze()
	require.NoError(t, err)
	require.Equal(t, []string{"big", `small, "<b>"`}, f.Classes())
	require.Equal(t, `kind,P(big),"P(small, ""<b>"")"`, string(m.AppendHeader(nil)))
	records, err := f.Records(nil)
	require.NoError(t, err)
	var p Prediction
	for i, want := range []string{`small, "<b>"`, "big"} {
		require.NoError(t, records.Predict([]string{fmt.Sprint(5 * i)}, &p))
		require.Equal(t, want, p.Class)
		big, small := strconv.FormatFloat(p.Probabilities[0], 'g', -1,
			32), strconv.FormatFloat(p.Probabilities[1], 'g', -1, 32)
		field := map[string]string{"big": "big", `small, "<b>"`: `"small, ""<b>"""`}[want]
		require.Equal(t, field+","+big+","+small, string(p.AppendCSV(nil)))
		text, err := json.Marshal(&p)
		require.NoError(t, err)
		var back struct {
			Prediction    string
			Probabilities map[string]float32
		}
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, want, back.Prediction)
		require.Equal(
			t,
			map[string]float32{
				"big":          float32(p.Probabilities[0]),
				`small, "<b>"`: float32(p.Probabilities[1]),
			},
			back.Probabilities,
		)
	}
	text, err := json.Marshal(&Prediction{Value: 2.5})
	require.NoError(t, err)
	require.JSONEq(t, `{"prediction":2.5}`, string(text))
}
