package nn

import (
	"math"
	"time"
)

// crew decides whether steps over one number of rows run on all threads of an engine or on the
// caller's alone, by the time that whole steps take: now and then some run either way and are
// timed. It can't be foreseen. Where a step's arrays come to lie tells, and how far the processors
// are from each other, which a virtual machine does not know and which changes while it runs: a
// step of 256-256-10 over 64 rows took two processors of a Zen 5 three quarters of the time of one,
// and two of a Zen 4 that shared no cache nearly half as long again. The results have the same bits
// either way.
//
// A step is one of training, from Forward to Update, or a prediction.
type crew struct {
	known, useful bool // whether there is work for several threads; the first step shows it
	alone         bool // steps run on the caller's thread
	step          int  // since the last measurement began
	start         time.Time
	best          [2]time.Duration // the shortest step on all threads, and on one
}

const (
	// crewTrials is how many steps are timed either way. One goes before them, which may find a
	// thread asleep or its arrays in another processor's cache.
	crewTrials = 3
	// crewPeriod is the number of steps from one measurement to the next: four of them go the wrong
	// way.
	crewPeriod = 500
	// crewMeasured is the number of steps of a measurement.
	crewMeasured = 2 * (1 + crewTrials)
)

// begin reports whether the step that begins now runs on the caller's thread alone.
func (c *crew) begin(now time.Time) (alone bool) {
	if c.step < crewMeasured {
		c.alone = c.step > crewTrials
		c.start = now
	}
	return c.alone
}

// end takes note of the time of a step, and after the last one of a measurement chooses the better
// way. Threads have to earn what they take from others: a sixteenth of the time.
func (c *crew) end(now time.Time) {
	if way, trial := c.step/(1+crewTrials), c.step%(1+crewTrials); c.step < crewMeasured {
		if trial == 0 {
			c.best[way] = math.MaxInt64
		} else {
			c.best[way] = min(c.best[way], now.Sub(c.start))
		}
	}
	c.step++
	if c.step == crewMeasured {
		c.alone = c.best[0] > c.best[1]-c.best[1]/16
	}
	c.step %= crewPeriod
}

// sharer is a pass that threads may share.
type sharer interface {
	isShared() bool
	runAlone(alone bool)
}

// hasCrews reports whether beginCrew and endCrew are to be called: not on one thread, where small
// predictions take less time without.
func (w *Workspace[T]) hasCrews() bool { return w.crews != nil }

// beginCrew lets the step over so many rows that begins run as its crew says, and on all threads if
// that has nothing to say.
func (w *Workspace[T]) beginCrew(rows int) {
	c, ok := w.crews[rows]
	if !ok {
		c = &crew{}
		w.crews[rows] = c
	}
	w.crew = c
	w.runAlone(c.useful && c.begin(time.Now()))
}

// endCrew ends a step. One that fails does without, and counts for nothing.
func (w *Workspace[T]) endCrew() {
	switch {
	case w.crew.useful:
		w.crew.end(time.Now())
	case !w.crew.known:
		w.crew.known, w.crew.useful = true, w.isShared()
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
