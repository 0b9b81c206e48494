package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

// jsonLine writes v as one line of JSON.
func jsonLine(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

// jsonEach writes each of some values as a line of JSON.
func jsonEach[V any](w io.Writer, values []V) error {
	for _, v := range values {
		if err := jsonLine(w, v); err != nil {
			return err
		}
	}
	return nil
}

// number is a float64 that JSON shows as null when it is not finite: JSON has no NaN, and a missing figure is none.
type number float64

// MarshalJSON returns the number, or null if it is NaN or infinite.
func (n number) MarshalJSON() ([]byte, error) {
	if f := float64(n); !math.IsNaN(f) && !math.IsInf(f, 0) {
		return json.Marshal(f)
	}
	return []byte("null"), nil
}

// table aligns columns to the right, in the manner of figures.
type table struct{ w *tabwriter.Writer }

// newTable starts a table on w with the names of its columns.
func newTable(w io.Writer, columns ...string) *table {
	t := &table{tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)}
	t.row(columns...)
	return t
}

// row adds a row of cells.
func (t *table) row(cells ...string) { fmt.Fprintln(t.w, strings.Join(cells, "\t")+"\t") }

// flush writes the table.
func (t *table) flush() error { return t.w.Flush() }

// nanoseconds formats a time of one call with four significant digits and a unit that suits it.
func nanoseconds(ns float64) string {
	for _, unit := range []string{"ns", "µs", "ms"} {
		if ns < 1000 {
			return fmt.Sprintf("%.4g %s", ns, unit)
		}
		ns /= 1000
	}
	return fmt.Sprintf("%.4g s", ns)
}
