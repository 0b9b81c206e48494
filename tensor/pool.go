package tensor

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// task is work cut into parts that may run in any order and at the same time.
type task interface{ run(part int) }

// team is one task under way: the parts that are left and the helpers still at work.
type team struct {
	task    task
	parts   int32
	next    atomic.Int32
	helpers sync.WaitGroup
}

// work runs parts until none is left.
func (t *team) work() {
	for {
		part := t.next.Add(1) - 1
		if part >= t.parts {
			return
		}
		t.task.run(int(part))
	}
}

// workers are goroutines that live as long as the program and wait for teams to help. They are started when first wanted.
var workers struct {
	start sync.Once
	calls chan *team
	teams freelist[team]
}

// startWorkers starts one worker for each processor but the caller's.
func startWorkers() {
	workers.calls = make(chan *team)
	for range max(runtime.NumCPU(), runtime.GOMAXPROCS(0)) - 1 {
		go func() {
			for t := range workers.calls {
				t.work()
				t.helpers.Done()
			}
		}()
	}
}

// parallel runs the parts 0 to parts−1 of a task on the caller and on up to threads−1 idle workers, and returns when all are done. A
// worker that is busy elsewhere is not waited for: the caller does its share, so that nested and concurrent calls can't deadlock.
func parallel(work task, parts, threads int) {
	if parts == 1 || threads == 1 {
		for part := range parts {
			work.run(part)
		}
		return
	}
	workers.start.Do(startWorkers)
	t := workers.teams.get()
	t.task, t.parts = work, int32(parts)
	t.next.Store(0)
	for range min(threads, parts) - 1 {
		t.helpers.Add(1)
		select {
		case workers.calls <- t:
		default:
			t.helpers.Done()
		}
	}
	t.work()
	t.helpers.Wait()
	t.task = nil
	workers.teams.put(t)
}

// freelist keeps values for reuse. Unlike a sync.Pool it never drops one, so that a steady state allocates nothing.
type freelist[T any] struct {
	mu   sync.Mutex
	free []*T
}

// get returns a value that was put back, or a new zero value.
func (f *freelist[T]) get() *T {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.free); n > 0 {
		v := f.free[n-1]
		f.free = f.free[:n-1]
		return v
	}
	return new(T)
}

// put hands a value back.
func (f *freelist[T]) put(v *T) {
	f.mu.Lock()
	f.free = append(f.free, v)
	f.mu.Unlock()
}
