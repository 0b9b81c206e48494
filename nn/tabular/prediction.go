package tabular

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"strconv"
	"unsafe"

	"simdnn/tensor"
)

// Prediction is what a model says of one row. It can be used again and again: then its slice is
// too.
type Prediction struct {
	Value         float64   // of a regression, in the target's unit
	Class         string    // the most probable of a classification, "" for a regression
	Probabilities []float64 // of the model's classes in their order; empty for a regression

	form  *form
	class int     // number of the class
	step  float64 // from what the network tells apart; 0 if that is what its type does
}

// form says how predictions of a model are written.
type form struct {
	classes   []string
	bits      int      // of the network's element type
	csv, json [][]byte // the classes quoted
}

// newForm returns the form of a model's predictions.
func newForm[T tensor.Float](m *Model[T]) *form {
	f := &form{classes: m.Classes, bits: 8 * int(unsafe.Sizeof(T(0)))}
	for _, name := range m.Classes {
		text, _ := json.Marshal(name) // a text can always be encoded
		f.json = append(f.json, text)
		f.csv = append(f.csv, csvField(name))
	}
	return f
}

// csvField returns a field as CSV has it, quoted if need be.
func csvField(text string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{text, ""}) // a buffer takes everything
	w.Flush()
	return bytes.TrimSuffix(b.Bytes(), []byte(",\n"))
}

// AppendValue appends the value with the digits that tell it from others that the network can give:
// its resolution, and not that of float64, decides how many there are.
func (p *Prediction) AppendValue(b []byte) []byte {
	switch {
	case p.step > 0 && p.Value != 0:
		return appendNumber(b, roundTo(p.Value, p.step), 64)
	case p.form == nil:
		return appendNumber(b, p.Value, 64)
	}
	return appendNumber(b, p.Value, p.form.bits)
}

// AppendHeader appends the names of the fields that [Prediction.AppendCSV] appends: that of the
// target, and P(class) for each class.
func (m *Model[T]) AppendHeader(b []byte) []byte {
	b = append(b, csvField(m.Target)...)
	for _, c := range m.Classes {
		b = append(append(b, ','), csvField("P("+c+")")...)
	}
	return b
}

// AppendCSV appends the prediction as fields of CSV: the value, or the class and the probability of
// each.
func (p *Prediction) AppendCSV(b []byte) []byte {
	if len(p.Probabilities) == 0 {
		return p.AppendValue(b)
	}
	b = append(b, p.form.csv[p.class]...)
	for _, v := range p.Probabilities {
		b = append(b, ',')
		b = appendProbability(b, v, p.form.bits)
	}
	return b
}

// AppendJSON appends the prediction as a JSON object: {"prediction": value}, or {"prediction":
// class, "probabilities": {class: probability, …}}.
func (p *Prediction) AppendJSON(b []byte) []byte {
	b = append(b, `{"prediction":`...)
	if len(p.Probabilities) == 0 {
		return append(p.AppendValue(b), '}')
	}
	b = append(b, p.form.json[p.class]...)
	b = append(b, `,"probabilities":{`...)
	for c, v := range p.Probabilities {
		if c > 0 {
			b = append(b, ',')
		}
		b = append(b, p.form.json[c]...)
		b = append(b, ':')
		b = appendProbability(b, v, p.form.bits)
	}
	return append(b, "}}"...)
}

// MarshalJSON returns what [Prediction.AppendJSON] appends.
func (p *Prediction) MarshalJSON() ([]byte, error) { return p.AppendJSON(nil), nil }

// appendProbability appends a probability with the fewest digits that tell it from others of its
// type.
func appendProbability(b []byte, v float64, bits int) []byte {
	return strconv.AppendFloat(b, v, 'g', -1, bits)
}

// appendNumber appends a number with the fewest digits that tell it from others of its type,
// without an exponent unless it is very large or small.
func appendNumber(b []byte, v float64, bits int) []byte {
	form := byte('f')
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(b, v, form, -1, bits)
}

// roundTo rounds v to the decimal digits that tell it from v ± step.
func roundTo(v, step float64) float64 {
	digits := math.Floor(math.Log10(math.Abs(v))) - math.Floor(math.Log10(step)) + 1
	if !(digits < 17) {
		return v
	}
	var buffer [32]byte
	text := strconv.AppendFloat(buffer[:0], v, 'e', int(max(digits, 1))-1, 64)
	rounded, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return v // beyond the largest float64 when rounded up
	}
	return rounded
}
