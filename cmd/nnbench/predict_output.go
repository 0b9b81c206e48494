package main

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"unsafe"

	"simdnn/tensor"
)

// predictionPrinter prints predictions, one a row.
type predictionPrinter interface {
	header(target string, classes []string) error
	value(v shortest) error
	class(name string, probabilities []shortest) error
	flush() error
}

// shortest is a number with no more digits than tell it from others of its type. JSON shows it as null when it is not finite.
type shortest string

func shortestOf[T tensor.Float](v T) shortest {
	return shortest(strconv.FormatFloat(float64(v), 'g', -1, 8*int(unsafe.Sizeof(v))))
}

// MarshalJSON returns the number, or null if JSON has none like it.
func (s shortest) MarshalJSON() ([]byte, error) {
	if v, err := strconv.ParseFloat(string(s), 64); err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return []byte(s), nil
}

// csvPrinter prints CSV: a column with the prediction, and for classes one more each with its probability.
type csvPrinter struct {
	w      *csv.Writer
	fields []string
}

func newCSVPrinter(w io.Writer) *csvPrinter { return &csvPrinter{w: csv.NewWriter(w)} }

func (p *csvPrinter) header(target string, classes []string) error {
	fields := []string{target}
	for _, c := range classes {
		fields = append(fields, fmt.Sprintf("P(%s)", c))
	}
	if err := p.w.Write(fields); err != nil {
		return err
	}
	return p.flush()
}

func (p *csvPrinter) value(v shortest) error { return p.w.Write([]string{string(v)}) }

func (p *csvPrinter) class(name string, probabilities []shortest) error {
	p.fields = append(p.fields[:0], name)
	for _, v := range probabilities {
		p.fields = append(p.fields, string(v))
	}
	return p.w.Write(p.fields)
}

func (p *csvPrinter) flush() error {
	p.w.Flush()
	return p.w.Error()
}

// jsonPrinter prints JSON Lines: an object with the prediction, and for classes their probabilities by name.
type jsonPrinter struct {
	w       *bufio.Writer
	classes []string
}

func newJSONPrinter(w io.Writer) *jsonPrinter { return &jsonPrinter{w: bufio.NewWriter(w)} }

func (p *jsonPrinter) header(_ string, classes []string) error {
	p.classes = classes
	return nil
}

func (p *jsonPrinter) value(v shortest) error {
	return jsonLine(p.w, struct {
		Prediction shortest `json:"prediction"`
	}{v})
}

func (p *jsonPrinter) class(name string, probabilities []shortest) error {
	byName := make(map[string]shortest, len(probabilities))
	for i, v := range probabilities {
		byName[p.classes[i]] = v
	}
	return jsonLine(p.w, struct {
		Prediction    string              `json:"prediction"`
		Probabilities map[string]shortest `json:"probabilities"`
	}{name, byName})
}

func (p *jsonPrinter) flush() error { return p.w.Flush() }
