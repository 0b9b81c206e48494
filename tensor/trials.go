package tensor

import (
	"sync"
	"sync/atomic"
	"time"

	"simdnn/internal/tune"
)

const (
	// trialsAfter is the number of runs before the first trial: whoever makes only a few pays
	// nothing, and workers, caches and what else is timed around a plan, such as the number of
	// threads of a training step, have settled down.
	trialsAfter = 32
	// trialTurn is the number of runs of a way in a row, of which all but the first are timed.
	trialTurn = 2
	// trialRounds is how many turns each way gets, and the best of them as many more beside the
	// rules' own.
	trialRounds = 3
	// trialMargin is the share of its time, a thirty-second, by which a way has to be faster than
	// the rules' own.
	trialMargin = 32
)

// trials choose among the ways of one problem by timing the runs of its plans.
type trials[T Float] struct {
	engine  *Engine[T]
	problem problem
	first   plan[T]          // by the rules
	now     func() time.Time // the clock
	runs    atomic.Int32     // up to the first trial

	once sync.Once // makes the rest, see ways
	*tune.Chooser
	plans    []plan[T] // of the candidates, the rules' own first
	assuming []string  // what each assumes
}

// ways returns the trials with the candidates, which few plans ever run often enough to need.
func (t *trials[T]) ways() *trials[T] {
	t.once.Do(func() {
		found := t.engine.rules.candidates(t.problem)
		t.Chooser = tune.New(len(found), trialTurn, trialRounds, trialMargin)
		for _, c := range found {
			t.plans = append(t.plans, plan[T]{t.engine.multiply(c.kernel), c.decision, nil})
			t.assuming = append(t.assuming, c.assuming)
		}
	})
	return t
}

// begun reports whether there was a run.
func (t *trials[T]) begun() bool { return t.runs.Load() > 0 }

// settled reports whether the choice is made.
func (t *trials[T]) settled() bool { return t.runs.Load() > trialsAfter && t.ways().Settled() }

// run computes a product by the way whose turn it is, or by the one that was chosen.
func (t *trials[T]) run(compute func(*plan[T])) {
	if t.runs.Load() <= trialsAfter && t.runs.Add(1) <= trialsAfter {
		compute(&t.first)
		return
	}
	i, trial := t.ways().Begin()
	if !trial {
		compute(&t.plans[i])
		return
	}
	start := t.now()
	compute(&t.plans[i])
	t.End(t.now().Sub(start))
}

// problems holds the trials of an engine's plans, so that those of one problem share theirs: a
// thousand predictors of one model try once.
type problems[T Float] struct {
	mu     sync.Mutex
	trials map[sharedProblem]*trials[T]
}

// sharedProblem is what the time of a product hangs on.
type sharedProblem struct {
	problem
	sums bool // with the sums of B's columns
}

// maxProblems bounds the memory of an engine that meets ever new sizes.
const maxProblems = 1 << 12

// plan returns how plans compute a problem: the rules' decision, with trials if it is large enough.
func (e *Engine[T]) plan(p problem, sums bool) plan[T] {
	return e.planned(p, e.rules.decide(p), sums)
}

// planned returns what plan does, given the rules' decision.
func (e *Engine[T]) planned(p problem, d decision, sums bool) plan[T] {
	first := plan[T]{e.multiply(d.kernel), d, nil}
	if e.fixed || work(p.m, p.n, p.k) < int64(e.rules.tuning.TrialWork) {
		return first
	}
	e.problems.mu.Lock()
	defer e.problems.mu.Unlock()
	key := sharedProblem{p, sums}
	t, ok := e.problems.trials[key]
	if !ok {
		t = &trials[T]{engine: e, problem: p, first: first, now: e.now}
		if e.problems.trials == nil || len(e.problems.trials) == maxProblems {
			e.problems.trials = map[sharedProblem]*trials[T]{}
		}
		e.problems.trials[key] = t
	}
	first.trials = t
	return first
}
