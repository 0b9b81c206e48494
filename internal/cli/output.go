package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

// JSONLine writes v as one line of JSON.
func JSONLine(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

// JSONEach writes each of some values as a line of JSON.
func JSONEach[V any](w io.Writer, values []V) error {
	for _, v := range values {
		if err := JSONLine(w, v); err != nil {
			return err
		}
	}
	return nil
}

// Number is a float64 that JSON shows as null when it is not finite: JSON has no NaN, and a missing
// figure is none.
type Number float64

// MarshalJSON returns the number, or null if it is NaN or infinite.
func (n Number) MarshalJSON() ([]byte, error) {
	if f := float64(n); !math.IsNaN(f) && !math.IsInf(f, 0) {
		return json.Marshal(f)
	}
	return []byte("null"), nil
}

// Table aligns columns to the right, in the manner of figures.
type Table struct{ w *tabwriter.Writer }

// NewTable starts a table on w with the names of its columns.
func NewTable(w io.Writer, columns ...string) *Table {
	t := &Table{tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)}
	t.Row(columns...)
	return t
}

// Row adds a row of cells.
func (t *Table) Row(cells ...string) { fmt.Fprintln(t.w, strings.Join(cells, "\t")+"\t") }

// Flush writes the table.
func (t *Table) Flush() error { return t.w.Flush() }

// Nanoseconds formats a time of one call with four significant digits and a unit that suits it.
func Nanoseconds(ns float64) string {
	for _, unit := range []string{"ns", "µs", "ms"} {
		if ns < 1000 {
			return fmt.Sprintf("%.4g %s", ns, unit)
		}
		ns /= 1000
	}
	return fmt.Sprintf("%.4g s", ns)
}

// Count writes a number of things.
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
