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

// progress is a bar that follows a training on a terminal. A nil progress shows nothing.
type progress struct {
	bar  *progressbar.ProgressBar
	next time.Time
}

// newProgress returns a bar for a training of the given number of epochs, or nil if w is no terminal.
func newProgress(w io.Writer, epochs int) *progress {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return &progress{bar: progressbar.NewOptions(epochs,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription("training"),
		progressbar.OptionShowCount(),
		progressbar.OptionSetItsString("epochs"),
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

// clear makes room for other output.
func (p *progress) clear() {
	if p != nil {
		_ = p.bar.Clear()
		p.next = time.Time{}
	}
}
