package tensor

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"simdnn/tensor/asm"
)

// counter is a task that counts how often each part runs.
type counter struct {
	runs []atomic.Int32
	each func(part int)
}

func (c *counter) Run(part int) {
	c.runs[part].Add(1)
	if c.each != nil {
		c.each(part)
	}
}

func (c *counter) requireOnce(t *testing.T) {
	t.Helper()
	for part := range c.runs {
		require.Equal(t, int32(1), c.runs[part].Load(), "part %d", part)
	}
}

// TestParallelRunsEachPartOnce checks it for awake and sleeping workers, for many callers at once
// and for nested calls.
func TestParallelRunsEachPartOnce(t *testing.T) {
	for round := range 200 {
		if round%50 == 0 {
			time.Sleep(2 * time.Millisecond) // long enough for the workers to fall asleep
		}
		c := &counter{runs: make([]atomic.Int32, round%7)}
		Parallel(c, len(c.runs), 1+round%5)
		c.requireOnce(t)
	}
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 100 {
				c := &counter{runs: make([]atomic.Int32, 5)}
				c.each = func(int) {
					inner := &counter{runs: make([]atomic.Int32, 3)}
					Parallel(inner, 3, 3)
					inner.requireOnce(t)
				}
				Parallel(c, 5, 4)
				c.requireOnce(t)
			}
		})
	}
	callers.Wait()
}

// TestParallelWaitsForWorkers checks that a slow worker's part is done when parallel returns.
func TestParallelWaitsForWorkers(t *testing.T) {
	if runtime.NumCPU() < 2 {
		t.Skip("needs a second processor")
	}
	for range 5 {
		var done atomic.Int32
		c := &counter{runs: make([]atomic.Int32, 2), each: func(int) {
			time.Sleep(3 * time.Millisecond)
			done.Add(1)
		}}
		Parallel(c, 2, 2)
		require.Equal(t, int32(2), done.Load())
	}
}

// TestWorkersComeBack runs tasks whose two parts wait for each other, so that each needs a worker:
// one that isn't free again after its work hangs the next task.
func TestWorkersComeBack(t *testing.T) {
	if runtime.NumCPU() < 2 || runtime.GOMAXPROCS(0) < 2 {
		t.Skip("needs a second processor")
	}
	for range 100 {
		begun := [2]chan struct{}{make(chan struct{}), make(chan struct{})}
		c := &counter{runs: make([]atomic.Int32, 2), each: func(part int) {
			close(begun[part])
			<-begun[1-part]
		}}
		Parallel(c, 2, 2)
		c.requireOnce(t)
	}
}

// TestWorkerParks submits a region just before a worker falls asleep, which then takes it, and
// while it sleeps, which then wakes it.
func TestWorkerParks(t *testing.T) {
	w, r := &worker{wake: make(chan struct{}, 1)}, &region{}
	require.True(t, w.submit(r))
	require.Same(t, r, w.park())
	require.False(t, w.parked.Load())
	require.Same(t, &busy, w.region.Load())
	w.region.Store(nil)

	woken := make(chan *region)
	go func() { woken <- w.park() }()
	for !w.parked.Load() {
		runtime.Gosched()
	}
	require.True(t, w.submit(r))
	if taken := <-woken; taken == nil { // it slept already
		require.Same(t, r, w.take())
	}
}

// TestParallelInABubble checks that a bubble of testing/synctest that is the first to use workers
// and regions neither waits for them to end nor keeps them for itself.
func TestParallelInABubble(t *testing.T) {
	workers, startWorkers, regions.kept.free = nil, sync.Once{}, nil
	several := func(t *testing.T) {
		for range 20 {
			c := &counter{runs: make([]atomic.Int32, 64), each: func(int) {
				for range 100 {
					asm.Pause() // long enough for a worker to join
				}
			}}
			Parallel(c, len(c.runs), 2)
			c.requireOnce(t)
		}
	}
	synctest.Test(t, several)
	several(t)
	synctest.Test(t, several)
}

// TestPanicsReachTheCaller lets the part on a worker or on the caller end in each way there is
// while the other one runs, and then runs tasks that need the worker.
func TestPanicsReachTheCaller(t *testing.T) {
	if runtime.NumCPU() < 2 || runtime.GOMAXPROCS(0) < 2 {
		t.Skip("needs a second processor")
	}
	failure := errors.New("a failure")
	for round := range 30 {
		for _, onWorker := range []bool{true, false} {
			value := parallelPanic(func() { panic(failure) }, onWorker)
			if onWorker {
				fault, ok := value.(*TaskPanic)
				require.True(t, ok, "%v", value)
				require.ErrorIs(t, fault, failure)
				require.Same(t, failure, fault.Value)
				require.Contains(t, fault.Error(), "a failure, on a worker")
				require.Contains(t, fault.Error(), "pool_test.go")
			} else {
				require.Same(t, failure, value)
			}
		}
		if round == 0 {
			fault, ok := parallelPanic(runtime.Goexit, true).(*TaskPanic)
			require.True(t, ok)
			require.Equal(t, "runtime.Goexit", fault.Value)
			require.NoError(t, fault.Unwrap())
		}
	}
	TestWorkersComeBack(t)
	TestParallelRunsEachPartOnce(t)
}

// parallelPanic runs a task of two parts that wait for each other, of which the caller's or the
// worker's calls f, and returns what Parallel panics with.
func parallelPanic(f func(), onWorker bool) (value any) {
	defer func() { value = recover() }()
	caller := goroutine()
	begun := [2]chan struct{}{make(chan struct{}), make(chan struct{})}
	c := &counter{runs: make([]atomic.Int32, 2), each: func(part int) {
		close(begun[part])
		<-begun[1-part]
		if (goroutine() != caller) == onWorker {
			f()
		}
	}}
	Parallel(c, 2, 2)
	return nil
}

// goroutine returns the first line of the goroutine's stack, which numbers it.
func goroutine() string {
	buf := make([]byte, 64)
	number, _, _ := strings.Cut(string(buf[:runtime.Stack(buf, false)]), " [")
	return number
}

type nothing struct{}

func (nothing) Run(int) {}

// BenchmarkParallel times a region of two parts that do nothing.
func BenchmarkParallel(b *testing.B) {
	for b.Loop() {
		Parallel(nothing{}, 2, 2)
	}
}

// TestShareLeavesNothingOut checks that shares are about equal, begin at multiples of the unit and
// meet.
func TestShareLeavesNothingOut(t *testing.T) {
	const unit, parts = 64, 3
	for _, n := range []int{0, 1, unit, 1000, 3 * unit, 100 * unit} {
		end := 0
		for part := range parts {
			lo, hi := Share(n, unit, part, parts)
			require.Equal(t, end, lo)
			require.True(t, lo%unit == 0 || lo == n, "%d items, from %d", n, lo)
			require.LessOrEqual(t, hi-lo, n/parts+unit, "%d items, part %d", n, part)
			end = hi
		}
		require.Equal(t, n, end)
	}
}
