package main

import (
	"runtime"
	"slices"
	"time"
)

// contender is one side of a comparison.
type contender struct {
	name string
	role role
	// run does the work a number of times and returns the seconds that it took, by a clock on its
	// own side of any foreign call.
	run func(iterations int) (float64, error)
	// check compares the result with ours; nil where there is nothing to compare. It runs before
	// any timing.
	check func() error
}

// role says which comparison a contender belongs to.
type role string

// The roles. A peer is compared with ours; a planned peer, whose kernel was chosen beforehand, with
// ours that was planned likewise. What is informative is shown beside them and compared with
// nothing.
const (
	ours        role = "ours"
	planned     role = "planned"
	peer        role = "peer"
	plannedPeer role = "planned peer"
	informative role = "informative"
)

// timing is what was measured of a contender: nanoseconds of one piece of work.
type timing struct {
	Name     string  `json:"name"`
	Role     role    `json:"role"`
	NS       float64 `json:"ns,omitempty"` // the figure that is compared: the median, or the least
	MedianNS float64 `json:"median_ns,omitempty"`
	MinNS    float64 `json:"min_ns,omitempty"`
	Repeats  int     `json:"repeats,omitempty"`    // timings
	Times    int     `json:"iterations,omitempty"` // of the work in each timing
	Error    string  `json:"error,omitempty"`      // why it was not timed
}

const (
	// settle is the pause between two sides that use threads of their own: OpenBLAS, OpenMP and the
	// Python peers keep theirs spinning for a while after the work, up to 2²⁶ cycles, and would
	// take the cores from the next side. Each side then works as long before it is timed: a system
	// may wake a thread on the very core of the one that called it, and leave both there for tens
	// of milliseconds.
	settle = 60 * time.Millisecond
	// slow is the time of one piece of work from which on it is repeated slowRepeats times only.
	slow        = 0.2
	slowRepeats = 5
)

// contest is how contenders are timed.
type contest struct {
	repeats int
	least   time.Duration // of one timing
	pause   time.Duration // before each timing
	clock   clock
	best    bool // compare the least times: what else runs on a machine only ever adds
}

// statistic says which of its times each side is compared by.
func (c contest) statistic() string {
	if c.best {
		return "the best"
	}
	return "medians"
}

// hold times the contenders in turns: every side once, then every side again the other way round. A
// contender that fails its check or its work is reported and left out.
func (c contest) hold(contenders []contender) []timing {
	timings := make([]timing, len(contenders))
	seconds := make([][]float64, len(contenders))
	runtime.GC()
	for i, side := range contenders {
		timings[i] = timing{Name: side.name, Role: side.role}
		if err := c.prepare(side, &timings[i]); err != nil {
			timings[i].Error = err.Error()
		}
	}
	for repeat := range c.repeats {
		for turn := range contenders {
			i := turn
			if repeat%2 == 1 { // backwards, so that no side always inherits the caches of the same one
				i = len(contenders) - 1 - turn
			}
			side, t := contenders[i], &timings[i]
			if t.Error != "" || repeat >= t.Repeats {
				continue
			}
			s, err := c.once(side, t.Times)
			if err != nil {
				t.Error = err.Error()
				continue
			}
			seconds[i] = append(seconds[i], s/float64(t.Times))
		}
	}
	for i := range timings {
		if timings[i].Error == "" {
			t := &timings[i]
			t.MedianNS, t.MinNS = 1e9*median(seconds[i]), 1e9*slices.Min(seconds[i])
			if t.NS = t.MedianNS; c.best {
				t.NS = t.MinNS
			}
		}
	}
	return timings
}

// prepare checks a contender's result, warms it up, and finds the number of iterations that a
// timing takes.
func (c contest) prepare(side contender, t *timing) error {
	if side.check != nil {
		if err := side.check(); err != nil {
			return err
		}
	}
	if _, err := side.run(1); err != nil {
		return err
	}
	least := c.least.Seconds()
	for t.Times = 1; ; {
		s, err := side.run(t.Times)
		if err != nil {
			return err
		}
		if s >= least {
			t.Repeats = c.repeats
			if s/float64(t.Times) >= slow {
				t.Repeats = min(slowRepeats, c.repeats)
			}
			return nil
		}
		// Aim above the least time, but never grow more than tenfold on the word of a short run.
		t.Times = min(10*t.Times, int(1.2*least/max(s, 1e-9)*float64(t.Times))+1)
	}
}

// once takes one timing, after a pause and a warm-up, short if there was no pause, that wakes the
// threads and refills the caches that the side before left behind.
func (c contest) once(side contender, times int) (float64, error) {
	time.Sleep(c.pause)
	for start := time.Now(); times > 1 || c.pause > 0; {
		if _, err := side.run(max(1, times/10)); err != nil {
			return 0, err
		}
		if time.Since(start) >= c.pause {
			break
		}
	}
	return side.run(times)
}

// median returns the middle value, or the mean of the two middle values. It sorts values.
func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
