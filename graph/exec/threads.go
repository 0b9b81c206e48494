package exec

import (
	"time"

	"simdnn/graph"
	"simdnn/internal/tune"
)

// threadTuner decides whether a program runs on the caller's thread alone, on all threads of its
// engines, or with a branch a thread, by the time that whole runs take: now and then some run each
// way and are timed. It can't be foreseen. Where a program's arrays come to lie tells, and how far
// the processors are from each other, which a virtual machine does not know and which changes while
// it runs: a step of training of 256-256-10 over 64 rows took two processors of a Zen 5 three
// quarters of the time of one, and two of a Zen 4 that shared no cache nearly half as long again.
// The results have the same bits either way.
type threadTuner struct {
	ways  *tune.Chooser
	trial bool // the run at hand is timed
	start time.Time
	runs  int // since the choice
	now   func() time.Time

	last, period int // the choice, and the number of runs that it holds for
}

const (
	// threadTurn is the number of runs of a way in a row. The first, which isn't timed, may find a
	// thread asleep or its arrays in another processor's cache.
	threadTurn = 4
	// threadRounds is how many turns each way gets, and as many more if threads are ahead by little.
	threadRounds = 1
	// threadMargin is the share of the time, a sixteenth, that threads have to earn for what they take
	// from others.
	threadMargin = 16
	// threadPeriod is the number of runs from one choice to the next measurement, in which four go the
	// wrong way: threadFirstPeriod after a new choice, which a busy processor may have misled, and
	// threadGrowth times as many each time that it is confirmed.
	threadPeriod, threadFirstPeriod, threadGrowth = 500, 32, 4
)

// newThreadTuner returns a tuner for so many ways that has seen no run.
func newThreadTuner(ways int) *threadTuner {
	return &threadTuner{ways: tune.New(ways, threadTurn, threadRounds, threadMargin), now: time.Now,
		last: -1}
}

// begin returns the way of the run that begins now.
func (t *threadTuner) begin() int {
	switch {
	case t.trial: // the run before failed, or was not finished
		t.ways.Cancel()
	case t.ways.Settled():
		if t.runs == 0 {
			t.settle()
		}
		if t.runs++; t.runs > t.period {
			t.runs = 0
			t.ways.Restart()
		}
	}
	way, trial := t.ways.Begin()
	if t.trial = trial; trial {
		t.start = t.now()
	}
	return way
}

// settle says how long the choice that was just made holds.
func (t *threadTuner) settle() {
	if chosen := t.ways.Chosen(); chosen != t.last {
		t.last, t.period = chosen, threadFirstPeriod
		return
	}
	t.period = min(t.period*threadGrowth, threadPeriod)
}

// end takes note of the time of a run.
func (t *threadTuner) end() {
	if t.trial {
		t.trial = false
		t.ways.End(t.now().Sub(t.start))
	}
}

// ways are the steps of a program in each way to run it: the first is on the caller's thread alone,
// if there is another one.
type ways struct {
	all   [][]graph.Step
	flat  []graph.Step // on all threads, and without forks
	tuner *threadTuner // nil if there is nothing to choose
}

// newWays returns ways that are chosen from by the time of whole runs.
func newWays(all [][]graph.Step, flat []graph.Step) ways {
	w := ways{all: all, flat: flat}
	if len(all) > 1 {
		w.tuner = newThreadTuner(len(all))
	}
	return w
}

// sharedTuner is the tuner of the last program in an arena. One that is much like it, such as the
// next step of a text, goes on with it: a program that runs but a few times can't find out for
// itself.
type sharedTuner struct {
	tuner              *threadTuner
	ways, nodes, bytes int
}

// share lets ways of a program of so many nodes and bytes have the tuner of the last one, if both
// have as many nodes and about as many bytes.
func (s *sharedTuner) share(w *ways, nodes, bytes int) {
	if w.tuner == nil {
		return
	}
	if s.tuner != nil && s.ways == len(w.all) && s.nodes == nodes && s.bytes-s.bytes/8 <= bytes &&
		bytes <= s.bytes+s.bytes/8 {
		w.tuner = s.tuner
	}
	*s = sharedTuner{w.tuner, len(w.all), nodes, bytes}
}

// begin returns the steps of the run that begins.
func (w *ways) begin() []graph.Step {
	if w.tuner == nil {
		return w.flat
	}
	return w.all[w.tuner.begin()]
}

// end ends a run.
func (w *ways) end() {
	if w.tuner != nil {
		w.tuner.end()
	}
}

// oneByOne returns the steps one after the other, on the threads that were chosen.
func (w *ways) oneByOne() []graph.Step {
	if w.tuner != nil && w.tuner.ways.Chosen() == 0 {
		return w.all[0]
	}
	return w.flat
}
