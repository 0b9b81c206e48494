package exec

import (
	"time"

	"simdnn/graph"
	"simdnn/internal/tune"
)

// threadTuner decides whether a program runs on all threads of its engines or on the caller's alone,
// by the time that whole runs take: now and then some run either way and are timed. It can't be
// foreseen. Where a program's arrays come to lie tells, and how far the processors are from each
// other, which a virtual machine does not know and which changes while it runs: a step of training of
// 256-256-10 over 64 rows took two processors of a Zen 5 three quarters of the time of one, and two of
// a Zen 4 that shared no cache nearly half as long again. The results have the same bits either way.
type threadTuner struct {
	ways  *tune.Chooser // serial, parallel
	trial bool          // the run at hand is timed
	start time.Time
	runs  int // since the choice
	now   func() time.Time
}

const (
	// threadTurn is the number of runs either way in a row. The first, which isn't timed, may find a
	// thread asleep or its arrays in another processor's cache.
	threadTurn = 4
	// threadRounds is how many turns each way gets, and as many more if threads are ahead by little.
	threadRounds = 1
	// threadMargin is the share of the time, a sixteenth, that threads have to earn for what they take
	// from others.
	threadMargin = 16
	// threadPeriod is the number of runs from one choice to the next measurement, in which four go the
	// wrong way.
	threadPeriod = 500
)

// newThreadTuner returns a tuner that has seen no run.
func newThreadTuner() *threadTuner {
	return &threadTuner{ways: tune.New(2, threadTurn, threadRounds, threadMargin), now: time.Now}
}

// begin reports whether the run that begins now is on the caller's thread alone.
func (t *threadTuner) begin() (serial bool) {
	switch {
	case t.trial: // the run before failed, or was not finished
		t.ways.Cancel()
	case t.ways.Settled():
		if t.runs++; t.runs > threadPeriod {
			t.runs = 0
			t.ways.Restart()
		}
	}
	way, trial := t.ways.Begin()
	if t.trial = trial; trial {
		t.start = t.now()
	}
	return way == 0
}

// end takes note of the time of a run.
func (t *threadTuner) end() {
	if t.trial {
		t.trial = false
		t.ways.End(t.now().Sub(t.start))
	}
}

// ways are the steps of a program on all threads and, if that is something else, on the caller's
// thread alone.
type ways struct {
	parallel, serial []graph.Step
	tuner            *threadTuner // nil if there is nothing to choose
}

// begin returns the steps of the run that begins.
func (w *ways) begin() []graph.Step {
	if w.tuner != nil && w.tuner.begin() {
		return w.serial
	}
	return w.parallel
}

// end ends a run.
func (w *ways) end() {
	if w.tuner != nil {
		w.tuner.end()
	}
}
