// Package tune chooses among alternatives that give the same results by timing them where they are
// used: on the work that is to be done anyway, on whatever processor there is. It reads no clock.
package tune

import (
	"math"
	"sync/atomic"
	"time"
)

// Chooser picks the fastest of some ways to do the same work. Alternative 0 is the one to beat:
// what rules foresee, or what takes least from others.
//
// The alternatives take turns, so that a slow spell of the machine meets all of them. The first run
// of a turn finds caches and buffers as another alternative left them, and isn't counted. What
// counts is an alternative's shortest run, since all that disturbs a run makes it longer. An
// alternative that is far behind leaves after a turn or two; after some rounds the best of the
// others meets alternative 0 alone, and is chosen if it stays ahead by a margin; at once if it is
// ahead by a quarter.
//
// Many goroutines may use a Chooser at once: one of them at a time makes a trial, while the others
// do their work by alternative 0.
type Chooser struct {
	turn, rounds int
	margin       time.Duration

	chosen atomic.Int32 // the choice; undecided before there is one
	trying atomic.Bool  // a trial is under way, to whose goroutine the rest belongs

	at    int // the alternative whose turn it is
	run   int // of the turn
	round int
	left  []bool          // alternatives that are out of it
	best  []time.Duration // the shortest run of each
}

// undecided is what a Chooser has chosen before it is settled.
const undecided = -1

// New returns a Chooser among alternatives that take turns of so many runs, at least two, for so
// many rounds before the best of them meets alternative 0 for as many more, and replaces it if that
// takes longer by more than a margin-th of its time.
func New(alternatives, turn, rounds, margin int) *Chooser {
	c := &Chooser{turn: turn, rounds: rounds, margin: time.Duration(margin),
		left: make([]bool, alternatives), best: make([]time.Duration, alternatives)}
	c.Restart()
	return c
}

// Restart forgets what was measured, and begins again. No other goroutine may use the Chooser
// meanwhile.
func (c *Chooser) Restart() {
	clear(c.left)
	for i := range c.best {
		c.best[i] = math.MaxInt64
	}
	c.at, c.run, c.round = 0, 0, 0
	c.trying.Store(false)
	c.chosen.Store(undecided)
	if len(c.best) == 1 {
		c.chosen.Store(0)
	}
}

// Settled reports whether the choice is made.
func (c *Chooser) Settled() bool { return c.chosen.Load() != undecided }

// Chosen returns the choice: 0 as long as there is none.
func (c *Chooser) Chosen() int { return int(max(c.chosen.Load(), 0)) }

// Begin returns the alternative by which the caller is to do its work, and whether that is a trial:
// if so, the caller reports by [Chooser.End] or [Chooser.Cancel] how it went.
func (c *Chooser) Begin() (alternative int, trial bool) {
	if chosen := c.chosen.Load(); chosen != undecided {
		return int(chosen), false
	}
	if !c.trying.CompareAndSwap(false, true) {
		return 0, false
	}
	if c.Settled() { // by a trial that has just ended
		c.trying.Store(false)
		return c.Chosen(), false
	}
	return c.at, true
}

// End reports how long a trial took.
func (c *Chooser) End(elapsed time.Duration) {
	if c.run > 0 {
		c.best[c.at] = min(c.best[c.at], elapsed)
	}
	if c.run++; c.run == c.turn {
		c.run = 0
		c.next()
	}
	c.trying.Store(false)
}

// Cancel ends a trial that counts for nothing.
func (c *Chooser) Cancel() { c.trying.Store(false) }

// Best returns an alternative's shortest run so far, and whether there was one. No trial may be
// under way.
func (c *Chooser) Best(alternative int) (shortest time.Duration, ok bool) {
	shortest = c.best[alternative]
	return shortest, shortest != math.MaxInt64
}

// next passes the turn on, and settles the choice once it is clear.
func (c *Chooser) next() {
	for c.at++; c.at < len(c.left); c.at++ {
		if !c.left[c.at] {
			return
		}
	}
	c.at = 0
	c.round++
	leader := c.leader()
	challengers := c.eliminate(leader)
	ahead := c.best[0] - c.best[leader]
	switch {
	case challengers == 0, c.round == 2*c.rounds && ahead <= c.best[0]/c.margin:
		c.chosen.Store(0)
	case c.round == 2*c.rounds, c.round >= c.rounds && ahead > c.best[0]/4:
		c.chosen.Store(int32(leader))
	}
}

// leader returns the alternative with the shortest run.
func (c *Chooser) leader() int {
	leader := 0
	for i, best := range c.best {
		if !c.left[i] && best < c.best[leader] {
			leader = i
		}
	}
	return leader
}

// eliminate sends alternatives away after a round, but never alternative 0: those that take twice
// the leader's time after the first, a quarter more after the second and an eighth more later; and
// after the last round of all, all others but the leader. It returns how many are left besides
// alternative 0.
func (c *Chooser) eliminate(leader int) (challengers int) {
	limit := c.best[leader]
	switch c.round {
	case 1:
		limit *= 2
	case 2:
		limit += limit / 4
	default:
		limit += limit / 8
	}
	for i := 1; i < len(c.left); i++ {
		c.left[i] = c.left[i] || c.best[i] > limit || c.round >= c.rounds && i != leader
		if !c.left[i] {
			challengers++
		}
	}
	return challengers
}
