package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"simdnn/nn"
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

// number is a float64 that JSON shows as null when it is not finite: JSON has no NaN, and a missing
// figure is none.
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

// wantEnding refuses to write, as a flag tells, a file whose name says that it holds something else.
func wantEnding(flag, path string, endings ...string) error {
	if slices.Contains(endings, filepath.Ext(path)) {
		return nil
	}
	return usagef("%s: %s doesn't end in %s", flag, path, strings.Join(endings, " or "))
}

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

// count writes a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// progressInterval is the time between two updates of the progress bar.
const progressInterval = 100 * time.Millisecond

// progress is a bar that follows long work on a terminal. A nil progress shows nothing.
type progress struct {
	bar    *progressbar.ProgressBar
	next   time.Time // when the bar is to be drawn again
	shared bool      // results go to a terminal too, as a rule the same
}

// newProgress returns a bar on stderr for work of the given number of units, or nil if that is no
// terminal.
func newProgress(stdout, stderr io.Writer, work, units string, number int) *progress {
	if !isTerminal(stderr) {
		return nil
	}
	return &progress{shared: isTerminal(stdout), bar: progressbar.NewOptions(number,
		progressbar.OptionSetWriter(stderr),
		progressbar.OptionSetDescription(work),
		progressbar.OptionShowCount(),
		progressbar.OptionSetItsString(units),
		progressbar.OptionShowIts(),
		progressbar.OptionFullWidth(),
		progressbar.OptionClearOnFinish(),
	)}
}

// step shows how far a step has come, if the last update is long enough ago.
func (p *progress) step(s nn.Step, now time.Time) { p.tick(s.Epoch*s.Steps+s.Step+1, now) }

// tick shows that a number of units are done, if the last update is long enough ago.
func (p *progress) tick(done int, now time.Time) {
	if p != nil && now.After(p.next) {
		p.next = now.Add(progressInterval)
		_ = p.bar.Set(done) // a bar that can't be drawn must not end the work
	}
}

// set shows that a number of units are done of a total that may have changed.
func (p *progress) set(done, total int) {
	if p != nil {
		p.bar.ChangeMax(total)
		_ = p.bar.Set(done) // a bar that can't be drawn must not end the work
	}
}

// makeRoom takes the bar away from the line that results are about to be printed on.
func (p *progress) makeRoom() {
	if p != nil && p.shared {
		_ = p.bar.Clear()
	}
}

// end takes the bar away.
func (p *progress) end() {
	if p != nil {
		_ = p.bar.Clear()
	}
}

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
