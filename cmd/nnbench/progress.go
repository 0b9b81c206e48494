package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"simdnn/nn"
)

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

// step shows the epoch that a step belongs to, if the last update is long enough ago.
func (p *progress) step(s nn.Step, now time.Time) {
	if p != nil && now.After(p.next) {
		p.next = now.Add(progressInterval)
		_ = p.bar.Set(s.Epoch) // a bar that can't be drawn must not end the training
	}
}

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
