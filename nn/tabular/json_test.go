package tabular

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"simdnn/internal/race"
	"simdnn/nn/data"
)

// colours predicts from a number and a colour.
func colours(t testing.TB) *Frozen[float64] {
	t.Helper()
	table := "a,colour,y\n" + strings.Repeat("1,red,2\n3,7,4\n2,\"é\n\"\"\",5\n", 10)
	m, _, err := FitCSV[float64](
		context.Background(),
		strings.NewReader(table),
		Options{Settings: settings(),
			Table: data.CSVOptions{
				Target:  "y",
				Missing: data.MissingZero,
				Unknown: data.UnknownZero,
			}},
	)
	require.NoError(t, err)
	f, err := m.Freeze()
	require.NoError(t, err)
	return f
}

func TestJSONValues(t *testing.T) {
	f := colours(t)
	records, err := f.Records(nil)
	require.NoError(t, err)
	for object, fields := range map[string][]string{
		`{"a":1,"colour":"red"}`:                         {"1", "red"},
		" {\t\"colour\" : \"red\" ,\r\n\"a\":-1.5E+2 } ": {"-150", "red"},
		`{"a":"2","colour":7}`:                           {"2", "7"},
		`{"a":0.25,"colour":7.0e0}`:                      {"0.25", "7"},
		`{"\u0061":1,"colour":"\u00e9\n\""}`:             {"1", "é\n\""},
		`{"a":1e-3,"colour":"\ud83d\ude00"}`:             {"0.001", "😀"},
		`{"a":null,"colour":false}`:                      {"", "false"},
		`{"colour":true}`:                                {"", "true"},
		`{}`:                                             {"", ""},
		`{"b":{"a":[1,[],{}],"c":"\\"},"a":1,"x":[true,null],"y":-0.0e-1}`: {"1", ""},
	} {
		var got, want Prediction
		require.NoError(t, f.PredictJSON([]byte(object), &got), object)
		require.NoError(t, records.Predict(fields, &want))
		require.Equal(t, want.Value, got.Value, object)
	}
}

func TestJSONEscapes(t *testing.T) {
	const text = `"\"\\\/\b\f\n\r\t"`
	var want string
	require.NoError(t, json.Unmarshal([]byte(text), &want))
	s := scanner{text: []byte(text), at: 1}
	got, err := s.escaped(1)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}

func TestJSONErrors(t *testing.T) {
	f := colours(t)
	for object, message := range map[string]string{
		"":                     `JSON: byte 1: '{' is expected`,
		"[]":                   `JSON: byte 1: '{' is expected`,
		"{":                    `JSON: byte 2: the name of a member is expected`,
		`{"a":1,}`:             `JSON: byte 8: the name of a member is expected`,
		`{"a" 1}`:              `JSON: byte 6: ':' is expected`,
		`{"a":1 "b":2}`:        `JSON: byte 8: '}' is expected`,
		`{"a":1}{`:             `JSON: byte 8: there is something after the object`,
		`{"a":1:2}`:            `JSON: byte 7: '}' is expected`,
		"{\"a\":1}\x00":        `JSON: byte 8: there is something after the object`,
		`{"a":01}`:             `JSON: byte 7: '}' is expected`,
		`{"a":+1}`:             `JSON: byte 6: a value is expected`,
		`{"a":1.}`:             `JSON: byte 8: a value is expected`,
		`{"a":tru}`:            `JSON: byte 6: true is expected`,
		`{"a":NaN}`:            `JSON: byte 6: a value is expected`,
		`{"a":"1}`:             `JSON: byte 9: a text does not end`,
		`{"a":"\x"}`:           `JSON: byte 8: an escape that is none`,
		`{"a":"\ud83d"}`:       `half of a surrogate pair`,
		"{\"a\":\"\n\"}":       `a control character in a text`,
		"{\"colour\":\"\xff\"": `JSON: a text is not in UTF-8`,
		`{"a":1,"a":2}`:        `column "a": it is there twice`,
		`{"a":[1]}`:            `column "a": the value is an object or a list`,
		`{"a":"x"}`:            `column "a": "x" is not a number`,
		`{"a":1e999}`:          `column "a": 1e999 is beyond the range of numbers`,
		`{"colour":1e999}`:     `column "colour": 1e999 is beyond the range of numbers`,
		`{"b":` + strings.Repeat("[", 2000) + "1}": "nested more than 1000 deep",
	} {
		var p Prediction
		require.ErrorContains(t, f.PredictJSON([]byte(object), &p), message, object)
	}
}

// FuzzPredictJSON compares what is taken for JSON, and what it says, with encoding/json.
func FuzzPredictJSON(f *testing.F) {
	for _, text := range []string{
		`{"a":1,"colour":"red"}`, `{"a":"\u0031","b":[{}, 1e5, "\ud83d\ude00"]}`,
		"{\"a\":\"\xff\"}", `{"a":-0.5E-3}`, `{"colour":7,"colour":8}`,
	} {
		f.Add([]byte(text))
	}
	model := colours(f)
	f.Fuzz(func(t *testing.T, object []byte) {
		var p Prediction
		err := model.PredictJSON(object, &p)
		valid := json.Valid(object) &&
			bytes.HasPrefix(bytes.TrimLeft(object, " \t\r\n"), []byte("{"))
		if !valid {
			require.Error(t, err)
			return
		}
		var members map[string]any
		if json.Unmarshal(object, &members) != nil {
			return // a number beyond the range
		}
		_, isNumber := members["a"].(float64)
		_, isText := members["colour"].(string)
		if err == nil || !isNumber || !isText || !utf8.Valid(object) ||
			bytes.Contains(object, []byte(`\`)) {
			return
		}
		require.Regexp(t, "there twice|nested more|finite number|beyond the range|is missing",
			err.Error())
	})
}

// TestValuesOfOtherTypes gives truth values, numbers and texts to columns that were trained on
// other ways to write them.
func TestValuesOfOtherTypes(t *testing.T) {
	var table strings.Builder
	table.WriteString("pandas,flag,digit,gaps,zone,mixed,y\n")
	for i := range 40 {
		fmt.Fprintf(&table, "%s,%d,%d,%d.0,%d,%s,%d\n", []string{"True", "False"}[i%2], i/2%2, i/4%2,
			i%3, i%4, []string{"True", "TRUE", "07", "7.00"}[i%4], i%7)
	}
	kinds := map[string]data.Kind{}
	for _, name := range []string{"digit", "gaps", "zone", "mixed"} {
		kinds[name] = data.Category
	}
	m, _, err := FitCSV[float64](context.Background(), strings.NewReader(table.String()),
		Options{Settings: settings(), Table: data.CSVOptions{Target: "y", Kinds: kinds}})
	require.NoError(t, err)
	f, err := m.Freeze()
	require.NoError(t, err)
	object := func(column, value string) []byte {
		values := map[string]string{"pandas": `"True"`, "flag": "1", "digit": "1", "gaps": "2",
			"zone": "3", "mixed": `"07"`}
		values[column] = value
		var members []string
		for name, v := range values {
			members = append(members, fmt.Sprintf("%q:%s", name, v))
		}
		return []byte("{" + strings.Join(members, ",") + "}")
	}
	var p, want Prediction
	for _, c := range []struct{ column, value, same string }{
		{"pandas", "true", `"True"`}, {"pandas", "false", `"False"`},
		{"pandas", "1", `"True"`}, {"pandas", "0", `"False"`},
		{"flag", "true", "1"}, {"flag", "false", "0"}, {"flag", `"True"`, "1"},
		{"digit", "true", `"1"`}, {"digit", "false", `"0"`},
		{"gaps", "2", `"2.0"`}, {"gaps", "1e0", `"1.0"`},
	} {
		require.NoError(t, f.PredictJSON(object(c.column, c.same), &want), c)
		require.NoError(t, f.PredictJSON(object(c.column, c.value), &p), c)
		require.Equal(t, want.Value, p.Value, c)
	}
	for _, c := range []struct{ column, value, message string }{
		{"flag", `"yes"`, `column "flag": "yes" is not a number`},
		{"zone", "true", `column "zone": "true" is none of the texts that the model knows: "0", "1"`},
		{"zone", "7", `column "zone": "7" is none of the texts`},
		{"mixed", "true", `column "mixed": true could be "TRUE" or "True": one of these texts is`},
		{"mixed", "7", `column "mixed": 7 could be "07" or "7.00": one of these texts is needed`},
		{"mixed", "1", `column "mixed": "1" is none of the texts`},
	} {
		require.ErrorContains(t, f.PredictJSON(object(c.column, c.value), &p), c.message)
	}
	require.ErrorContains(t, colours(t).PredictJSON([]byte(`{"a":true}`), &p),
		`column "a": the value is true, but a number is needed`)

	row := struct {
		Pandas bool   `table:"pandas"`
		Flag   *bool  `table:"flag"`
		Digit  bool   `table:"digit"`
		Gaps   uint8  `table:"gaps"`
		Zone   string `table:"zone"`
		Mixed  string `table:"mixed"`
	}{true, new(bool), true, 2, "3", "07"}
	require.NoError(t, f.PredictJSON(object("flag", "0"), &want))
	require.NoError(t, f.PredictStruct(&row, &p))
	require.Equal(t, want.Value, p.Value)
	if !race.Enabled {
		text := object("flag", "true")
		require.Zero(t, testing.AllocsPerRun(50, func() {
			if f.PredictJSON(text, &p) != nil || f.PredictStruct(&row, &p) != nil {
				panic("an error")
			}
		}))
	}
}
