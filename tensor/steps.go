package tensor

import (
	"sync/atomic"
	"time"

	"simdnn/tensor/asm"
)

// StepTask is work in steps, each of which needs all of the one before, cut into shares that may
// run at the same time.
type StepTask interface {
	// Run does a share of a step, both counted from 0.
	Run(step, share int)
}

// ParallelSteps runs all steps of a task, each with so many shares, on as many threads as there are
// shares, and returns when all are done. A thread does the same share of all steps, which finds in
// its caches what it has read in the step before. Between steps threads wait for each other awake,
// which takes a tenth of a microsecond where [Parallel] for each step would take one.
//
// The caller takes over the shares of threads that are busy elsewhere, join late or are lost to the
// system for a while: but for what they are in the midst of it waits for nobody. A share that
// panics ends the task as in [Parallel].
func ParallelSteps(work StepTask, steps, shares int) {
	if shares == 1 {
		for step := range steps {
			work.Run(step, 0)
		}
		return
	}
	l := locksteps.get()
	l.begin(work, steps, shares)
	Parallel(l, shares, shares) // after a panic l is not used again, as threads may still look at it
	l.work = nil
	locksteps.put(l)
}

// lockstep is a [StepTask] under way.
type lockstep struct {
	work   StepTask
	steps  int32
	shares []shareState
	failed atomic.Bool // a share has panicked, and will never be done
}

// shareState says how far a share has come: 2·step before a step, one more within it. It has two
// cache lines of its own, since processors fetch them in pairs.
type shareState struct {
	at atomic.Int32
	_  [124]byte
}

var locksteps freelist[lockstep]

func (l *lockstep) begin(work StepTask, steps, shares int) {
	if cap(l.shares) < shares {
		l.shares = make([]shareState, shares)
	}
	l.work, l.steps, l.shares = work, int32(steps), l.shares[:shares]
	for i := range l.shares {
		l.shares[i].at.Store(0)
	}
}

// Run does a share of all steps, as a [Task]. Share 0 leads: it does what others have left.
func (l *lockstep) Run(share int) {
	returned := false
	defer func() {
		if !returned {
			l.failed.Store(true)
		}
	}()
	if share == 0 {
		l.lead()
	} else {
		l.follow(share)
	}
	returned = true
}

// lead does share 0 of all steps, and shares that nobody has begun.
func (l *lockstep) lead() {
	for step := range l.steps {
		l.do(step, 0)
		for share := 1; share < len(l.shares); share++ {
			if l.claim(step, share) {
				l.do(step, share)
				continue
			}
			at := &l.shares[share].at
			done := func() bool { return at.Load() > 2*step+1 || l.failed.Load() }
			for !done() && !spinWait(done, asm.Pause) {
				time.Sleep(preempted) // its thread has lost the processor
			}
			if l.failed.Load() {
				return
			}
		}
	}
}

// follow does a share from the step on that it comes in time for, and leaves if others take long.
func (l *lockstep) follow(share int) {
	at := &l.shares[share].at
	for {
		now := at.Load()
		step := now / 2
		if step == l.steps {
			return
		}
		// The leader may come to take this share over, too.
		ready := func() bool { return at.Load() != now || now == 2*step && l.areDone(2*step) }
		if !ready() && !spinWait(ready, asm.Pause) {
			return
		}
		if l.claim(step, share) {
			l.do(step, share)
		}
	}
}

// areDone reports whether all shares have come so far.
func (l *lockstep) areDone(at int32) bool {
	for i := range l.shares {
		if l.shares[i].at.Load() < at {
			return false
		}
	}
	return true
}

// claim begins a share of a step unless somebody has.
func (l *lockstep) claim(step int32, share int) bool {
	at := &l.shares[share].at
	return at.Load() == 2*step && at.CompareAndSwap(2*step, 2*step+1)
}

// do does a share that is begun.
func (l *lockstep) do(step int32, share int) {
	l.work.Run(int(step), share)
	l.shares[share].at.Store(2*step + 2)
}
