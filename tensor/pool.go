package tensor

import (
	"fmt"
	"runtime"
	"runtime/debug"
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

// Share returns the range of a part of n items that are cut into parts of about one size, at
// multiples of unit: those of a cache line, say, so that no two parts write to one.
func Share(n, unit, part, parts int) (lo, hi int) {
	units := (n + unit - 1) / unit
	return min(part*units/parts*unit, n), min((part+1)*units/parts*unit, n)
}

// Parallel runs the parts 0 to parts−1 of a task on the caller and on up to threads−1 idle workers,
// and returns when all are done. A worker that is busy elsewhere, or too slow to wake before the
// parts are done, is not waited for: the caller does its share, so that nested and concurrent calls
// can't deadlock.
//
// When a part panics, no further parts begin, and Parallel panics once those under way have ended:
// with the same value if it was on the caller, else with a [*TaskPanic] that holds it.
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
	startWorkers.Do(func() { outside.run(newWorkers) })
	t := regions.get()
	t.task, t.parts = work, int32(parts)
	t.next.Store(0)
	t.pending.Store(0)
	t.panicking, t.fault = true, nil // until work has returned
	t.submit(min(threads, parts) - 1)
	defer t.end()
	t.work()
	t.panicking = false
}

// TaskPanic is what Parallel panics with when a part has panicked on a worker.
type TaskPanic struct {
	Value any    // of the panic
	Stack []byte // of the worker, as debug.Stack returns it
}

// Error returns the value and the stack.
func (p *TaskPanic) Error() string {
	return fmt.Sprintf("%v, on a worker of tensor.Parallel:\n\n%s", p.Value, p.Stack)
}

// Unwrap returns the value if it is an error.
func (p *TaskPanic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// region is a parallel region: one task under way, the parts that are left and the workers in it.
type region struct {
	task    Task
	parts   int32
	next    atomic.Int32
	pending atomic.Int32  // workers that are not done, plus asleep while the caller sleeps
	done    chan struct{} // wakes the sleeping caller

	panicking bool // the caller's part has not returned
	mu        sync.Mutex
	fault     *TaskPanic // the first of the workers'
}

// asleep is added to a region's pending workers while the caller sleeps.
const asleep = 1 << 20

// regions keeps regions for reuse.
var regions = freelist[region]{make: newRegion}

func newRegion() (t *region) {
	outside.run(func() { t = &region{done: make(chan struct{})} })
	return t
}

// outside runs functions on a goroutine that begins with the program. In a bubble of
// testing/synctest the clock stands while workers spin, and what is started or made there can't be
// used elsewhere, but workers and regions serve the whole program.
var outside = newOutsider()

// outsider runs one function at a time.
type outsider struct {
	mu   sync.Mutex
	call chan func()
	done chan struct{}
}

func newOutsider() *outsider {
	o := &outsider{call: make(chan func()), done: make(chan struct{})}
	go func() {
		for f := range o.call {
			f()
			o.done <- struct{}{}
		}
	}()
	return o
}

// run returns when f has.
func (o *outsider) run(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.call <- f
	<-o.done
}

// submit gives the region to up to n idle workers.
func (t *region) submit(n int) {
	for _, w := range workers {
		if n == 0 {
			return
		}
		t.pending.Add(1)
		if w.submit(t) {
			n--
		} else {
			t.pending.Add(-1)
		}
	}
}

// work runs parts until none is left.
func (t *region) work() {
	for {
		part := t.next.Add(1) - 1
		if part >= t.parts {
			return
		}
		t.task.Run(int(part))
	}
}

// end leaves the region when its parts are done or one has panicked, and passes on a worker's panic
// unless the caller has its own.
func (t *region) end() {
	if t.panicking {
		t.next.Store(t.parts)
	}
	t.cancel()
	fault := t.fault
	if t.panicking {
		fault = nil
	}
	t.task, t.fault = nil, nil
	regions.put(t)
	if fault != nil {
		panic(fault)
	}
}

// fail notes a worker's panic and lets no further part begin.
func (t *region) fail(value any) {
	t.mu.Lock()
	if t.fault == nil {
		t.fault = &TaskPanic{value, debug.Stack()}
	}
	t.mu.Unlock()
	t.next.Store(t.parts)
}

// cancel takes the region back from workers that have not begun, and waits for the others: at first
// awake, since they are about to be done.
func (t *region) cancel() {
	for _, w := range workers {
		if w.region.CompareAndSwap(t, nil) {
			t.pending.Add(-1)
		}
	}
	if spinWait(func() bool { return t.pending.Load() == 0 },
		asm.Pause) { // no yield, which is dear where the goroutine is locked to its thread
		return
	}
	if t.pending.Add(asleep) != asleep {
		<-t.done
	}
}

// workerDone says that one worker is done.
func (t *region) workerDone() {
	if t.pending.Add(-1) == asleep {
		t.done <- struct{}{}
	}
}

// worker is a goroutine that lives as long as the program and takes part in regions.
type worker struct {
	region atomic.Pointer[region] // submitted and not yet taken; nil if idle, &busy if at work
	parked atomic.Bool
	wake   chan struct{}
	_      [40]byte // a cache line of its own for each worker
}

// spinLimit is how long a waiting goroutine spins before it sleeps: longer than the products of a
// training step take, so that a worker is still awake when the next one comes. To wake a sleeping
// one takes a virtual machine up to hundreds of microseconds.
const spinLimit = time.Millisecond

// preempted is the time away from the processor that tells a spinning goroutine that others run
// there.
const preempted = 50 * time.Microsecond

// spinWait waits for a condition without sleeping, and reports whether it came true before the spin
// limit. Once a microsecond or so it calls backoff and offers its processor to other threads,
// perhaps to the very one that it waits for. A system that finds two threads of a program on one
// processor may leave both there for tens of milliseconds as long as they run, but gives one that
// wakes an idle processor: so a goroutine that was preempted gives up at once.
func spinWait(condition func() bool, backoff func()) bool {
	for start := time.Now(); ; {
		for range 64 {
			if condition() {
				return true
			}
			asm.Pause()
		}
		now := time.Now()
		if now.Sub(start) > spinLimit {
			return false
		}
		backoff()
		yieldProcessor()
		if time.Since(now) > preempted {
			return condition()
		}
	}
}

var (
	busy         region // stands for a worker's region while it works
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

// submit gives a region to the worker if it is idle, and reports whether it was.
func (w *worker) submit(t *region) bool {
	if w.region.Load() != nil || !w.region.CompareAndSwap(nil, t) {
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

// serve works in one region after the other.
func (w *worker) serve() {
	for {
		w.work(w.next())
	}
}

// work works in one region, and is free for the next one whatever becomes of its part.
func (w *worker) work(t *region) {
	returned := false
	defer func() {
		if !returned {
			value := recover()
			if value == nil { // the end of this goroutine
				value = "runtime.Goexit"
				defer func() { go w.serve() }()
			}
			t.fail(value)
		}
		w.region.Store(nil)
		t.workerDone()
	}()
	t.work()
	returned = true
}

// next waits for a region, awake for a while and then asleep. Woken too late for the one that was
// submitted, it stays awake for the next.
func (w *worker) next() (t *region) {
	submitted := func() bool {
		t = w.take()
		return t != nil
	}
	for t == nil {
		if !spinWait(submitted, runtime.Gosched) { // whoever else wants the processor gets it
			t = w.park()
		}
	}
	return t
}

// park sleeps until there is a wake-up call. It returns a region that was submitted just before.
func (w *worker) park() *region {
	w.parked.Store(true)
	t := w.take()
	if t == nil { // a submission either sees that parked is set, or is seen here
		<-w.wake
	}
	w.parked.Store(false)
	return t
}

// take accepts the submitted region unless it was cancelled.
func (w *worker) take() *region {
	if t := w.region.Load(); t != nil && w.region.CompareAndSwap(t, &busy) {
		return t
	}
	return nil
}
