package tensor

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"simdnn/tensor/asm"
)

// Task is work cut into parts that may run in any order and at the same time.
type Task interface {
	// Run does one part, counted from 0.
	Run(part int)
}

// Parallel runs the parts 0 to parts−1 of a task on the caller and on up to threads−1 idle workers, and returns when all are done. A
// worker that is busy elsewhere, or too slow to wake before the parts are done, is not waited for: the caller does its share, so that
// nested and concurrent calls can't deadlock.
func Parallel(work Task, parts, threads int) {
	if parts > 1 && threads > 1 {
		threads = min(threads, runtime.GOMAXPROCS(0)) // more would only take turns
	}
	if parts == 1 || threads == 1 {
		for part := range parts {
			work.Run(part)
		}
		return
	}
	startWorkers.Do(newWorkers)
	t := teams.get()
	t.task, t.parts = work, int32(parts)
	t.next.Store(0)
	t.pending.Store(0)
	t.hire(min(threads, parts) - 1)
	t.work()
	t.dismiss()
	t.task = nil
	teams.put(t)
}

// team is one task under way: the parts that are left and the helpers still at work.
type team struct {
	task    Task
	parts   int32
	next    atomic.Int32
	pending atomic.Int32  // hired workers that have not finished, plus asleep while the caller sleeps
	done    chan struct{} // wakes the sleeping caller
}

// asleep is added to a team's pending workers while the caller sleeps.
const asleep = 1 << 20

// teams keeps teams for reuse.
var teams = freelist[team]{make: func() *team { return &team{done: make(chan struct{})} }}

// hire gives the team to up to n idle workers.
func (t *team) hire(n int) {
	for _, w := range workers {
		if n == 0 {
			return
		}
		t.pending.Add(1)
		if w.offer(t) {
			n--
		} else {
			t.pending.Add(-1)
		}
	}
}

// work runs parts until none is left.
func (t *team) work() {
	for {
		part := t.next.Add(1) - 1
		if part >= t.parts {
			return
		}
		t.task.Run(int(part))
	}
}

// dismiss takes the team back from workers that have not begun, and waits for the others: at first awake, since they are about to finish.
func (t *team) dismiss() {
	for _, w := range workers {
		if w.team.CompareAndSwap(t, nil) {
			t.pending.Add(-1)
		}
	}
	if watch(func() bool { return t.pending.Load() == 0 }, asm.Pause) { // to yield would cost a goroutine that is locked to its thread dear
		return
	}
	if t.pending.Add(asleep) != asleep {
		<-t.done
	}
}

// finish says that one worker is done.
func (t *team) finish() {
	if t.pending.Add(-1) == asleep {
		t.done <- struct{}{}
	}
}

// worker is a goroutine that lives as long as the program and helps teams.
type worker struct {
	team   atomic.Pointer[team] // offered and not yet taken; nil if idle, &busy if at work
	parked atomic.Bool
	wake   chan struct{}
	_      [40]byte // a cache line of its own for each worker
}

// patience is how long a waiting goroutine looks before it sleeps: longer than the products of a training step take, so that a worker is
// still awake when the next one comes. To wake a sleeping one takes a virtual machine up to hundreds of microseconds.
const patience = time.Millisecond

// crowded is the time away from the processor that tells a waiting goroutine that others run there. Steps of 784-512-256-10 after pauses, where
// both threads sometimes begin on one processor: of 480 the longest takes 6 to 11 ms without yielding, 3.4 to 4.3 ms with, 2.9 ms on one thread.
const crowded = 50 * time.Microsecond

// watch waits for a condition without sleeping, and tells whether it came true before patience was lost. Once a microsecond or so it calls rest
// and offers its processor to other threads: perhaps to the very one that it waits for. A system that finds two threads of a program on one
// processor may leave both there for tens of milliseconds as long as they run, but gives one that wakes an idle processor. So one that notices
// others on its processor loses patience at once.
func watch(condition func() bool, rest func()) bool {
	for start := time.Now(); ; {
		for range 64 {
			if condition() {
				return true
			}
			asm.Pause()
		}
		now := time.Now()
		if now.Sub(start) > patience {
			return false
		}
		rest()
		yieldProcessor()
		if time.Since(now) > crowded {
			return condition()
		}
	}
}

var (
	busy         team // stands in a worker's team while it works
	workers      []*worker
	startWorkers sync.Once
)

// newWorkers starts one worker for each processor but the caller's.
func newWorkers() {
	for range runtime.NumCPU() - 1 {
		w := &worker{wake: make(chan struct{}, 1)}
		workers = append(workers, w)
		go w.serve()
	}
}

// offer gives a team to an idle worker, and tells whether it was idle.
func (w *worker) offer(t *team) bool {
	if w.team.Load() != nil || !w.team.CompareAndSwap(nil, t) {
		return false
	}
	if w.parked.Load() {
		select {
		case w.wake <- struct{}{}:
		default: // a wake-up call is already waiting
		}
	}
	return true
}

// serve helps one team after the other.
func (w *worker) serve() {
	for {
		t := w.next()
		t.work()
		w.team.Store(nil)
		t.finish()
	}
}

// next waits for a team, awake for a while and then asleep. Woken too late for the one that called, it stays awake for the next.
func (w *worker) next() (t *team) {
	offered := func() bool {
		t = w.take()
		return t != nil
	}
	for !watch(offered, runtime.Gosched) { // whoever else wants the processor gets it
		w.parked.Store(true)
		if !offered() { // looked for after parked was set: an offer either sees that or is seen here
			<-w.wake
		}
		w.parked.Store(false)
		if t != nil {
			break
		}
	}
	return t
}

// take accepts the offered team unless it was taken back.
func (w *worker) take() *team {
	if t := w.team.Load(); t != nil && w.team.CompareAndSwap(t, &busy) {
		return t
	}
	return nil
}
