package cli

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progressInterval is the time between two updates of the progress bar.
const progressInterval = 100 * time.Millisecond

// Progress is a bar that follows long work on a terminal. A nil Progress shows nothing.
type Progress struct {
	bar    *progressbar.ProgressBar
	next   time.Time // when the bar is to be drawn again
	shared bool      // results go to a terminal too, as a rule the same
}

// NewProgress returns a bar on stderr for work of the given number of units, or nil if that is no
// terminal.
func NewProgress(stdout, stderr io.Writer, work, units string, number int) *Progress {
	if !isTerminal(stderr) {
		return nil
	}
	return &Progress{shared: isTerminal(stdout), bar: progressbar.NewOptions(number,
		progressbar.OptionSetWriter(stderr),
		progressbar.OptionSetDescription(work),
		progressbar.OptionShowCount(),
		progressbar.OptionSetItsString(units),
		progressbar.OptionShowIts(),
		progressbar.OptionFullWidth(),
		progressbar.OptionClearOnFinish(),
	)}
}

// Tick shows that a number of units are done, if the last update is long enough ago.
func (p *Progress) Tick(done int, now time.Time) {
	if p != nil && now.After(p.next) {
		p.next = now.Add(progressInterval)
		_ = p.bar.Set(done) // a bar that can't be drawn must not end the work
	}
}

// Set shows that a number of units are done of a total that may have changed.
func (p *Progress) Set(done, total int) {
	if p != nil {
		p.bar.ChangeMax(total)
		_ = p.bar.Set(done) // a bar that can't be drawn must not end the work
	}
}

// MakeRoom takes the bar away from the line that results are about to be printed on.
func (p *Progress) MakeRoom() {
	if p != nil && p.shared {
		_ = p.bar.Clear()
	}
}

// End takes the bar away.
func (p *Progress) End() {
	if p != nil {
		_ = p.bar.Clear()
	}
}

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
