package nn

import (
	"time"

	"simdnn/internal/tune"
)

// threadTuner decides whether steps over one number of rows run on all threads of an engine or on
// the caller's alone, by the time that whole steps take: now and then some run either way and are
// timed. It can't be foreseen. Where a step's arrays come to lie tells, and how far the processors
// are from each other, which a virtual machine does not know and which changes while it runs: a
// step of 256-256-10 over 64 rows took two processors of a Zen 5 three quarters of the time of one,
// and two of a Zen 4 that shared no cache nearly half as long again. The results have the same bits
// either way.
//
// A step is one of training, from Forward to Update, or a prediction.
type threadTuner struct {
	known, useful bool          // whether there is work for several threads; the first step shows it
	ways          *tune.Chooser // serial, parallel
	serial        bool          // the step at hand runs on the caller's thread
	trial         bool          // and is timed
	start         time.Time
	steps         int // since the choice
}

const (
	// threadTurn is the number of steps either way in a row. The first, which isn't timed, may find
	// a thread asleep or its arrays in another processor's cache.
	threadTurn = 4
	// threadRounds is how many turns each way gets, and as many more if threads are ahead by little.
	threadRounds = 1
	// threadMargin is the share of the time, a sixteenth, that threads have to earn for what they
	// take from others.
	threadMargin = 16
	// threadPeriod is the number of steps from one choice to the next measurement, in which four go
	// the wrong way.
	threadPeriod = 500
)

// newThreadTuner returns a tuner that has seen no step.
func newThreadTuner() *threadTuner {
	return &threadTuner{ways: tune.New(2, threadTurn, threadRounds, threadMargin)}
}

// begin reports whether the step that begins now runs on the caller's thread alone.
func (t *threadTuner) begin(now time.Time) (serial bool) {
	switch {
	case t.trial: // the step before failed
		t.ways.Cancel()
	case t.ways.Settled():
		if t.steps++; t.steps > threadPeriod {
			t.steps = 0
			t.ways.Restart()
		}
	}
	way, trial := t.ways.Begin()
	t.serial, t.trial, t.start = way == 0, trial, now
	return t.serial
}

// end takes note of the time of a step.
func (t *threadTuner) end(now time.Time) {
	if t.trial {
		t.trial = false
		t.ways.End(now.Sub(t.start))
	}
}

// sharer is a pass that threads may share.
type sharer interface {
	isShared() bool
	runAlone(alone bool)
}

// tunesThreads reports whether beginStep and endStep are to be called: not on one thread, where
// small predictions take less time without.
func (w *Workspace[T]) tunesThreads() bool { return w.tuners != nil }

// beginStep lets the step over so many rows that begins run as its tuner says, and on all threads
// if that has nothing to say.
func (w *Workspace[T]) beginStep(rows int) {
	t, ok := w.tuners[rows]
	if !ok {
		t = newThreadTuner()
		w.tuners[rows] = t
	}
	w.tuner = t
	w.runAlone(t.useful && t.begin(time.Now()))
}

// endStep ends a step. One that fails does without, and counts for nothing.
func (w *Workspace[T]) endStep() {
	switch {
	case w.tuner.useful:
		w.tuner.end(time.Now())
	case !w.tuner.known:
		w.tuner.known, w.tuner.useful = true, w.isShared()
	}
}

// isShared reports whether several threads have a part in a step.
func (w *Workspace[T]) isShared() bool {
	for _, p := range w.passes {
		if s, ok := p.(sharer); ok && s.isShared() {
			return true
		}
	}
	o := w.model.optimizer
	return o != nil && len(o.shares) > 1
}

// runAlone lets the passes run on the caller's thread alone, or on all.
func (w *Workspace[T]) runAlone(alone bool) {
	if w.alone == alone {
		return
	}
	w.alone = alone
	for _, p := range w.passes {
		if s, ok := p.(sharer); ok {
			s.runAlone(alone)
		}
	}
}
