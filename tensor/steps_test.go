package tensor

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// chained is a task whose shares each add up what all shares left in the step before, a mistake in
// whose order shows in the sums.
type chained struct {
	sums [2][8]int64 // of odd and even steps
	n    int
	runs atomic.Int64
	each func(step, share int)
}

func (c *chained) Run(step, share int) {
	if c.each != nil {
		c.each(step, share)
	}
	sum := int64(share)
	for i, v := range c.sums[step%2][:c.n] {
		sum += v * int64(i+step)
	}
	c.sums[1-step%2][share] = sum
	c.runs.Add(1)
}

// requireSteps runs a task of so many steps and shares, and compares it with one thread.
func requireSteps(t *testing.T, steps, shares int, each func(step, share int)) {
	t.Helper()
	want := &chained{n: shares}
	for step := range steps {
		for share := range shares {
			want.Run(step, share)
		}
	}
	got := &chained{n: shares, each: each}
	ParallelSteps(got, steps, shares)
	require.Equal(t, want.sums, got.sums)
	require.Equal(t, int64(steps*shares), got.runs.Load())
}

// TestParallelStepsFollowOneAnother checks that each step begins with all of the one before, with more
// shares than processors and less, several callers at once, and on one processor.
func TestParallelStepsFollowOneAnother(t *testing.T) {
	for round := range 100 {
		if round%25 == 0 {
			time.Sleep(2 * time.Millisecond) // long enough for the workers to fall asleep
		}
		requireSteps(t, round, 1+round%5, nil)
	}
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for round := range 30 {
				requireSteps(t, 20, 1+round%4, nil)
			}
		})
	}
	callers.Wait()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	requireSteps(t, 30, 3, nil)
}

// TestParallelStepsOutlastDelays lets each side fall asleep within a share, longer than others wait
// awake: those that follow leave, and the leader waits.
func TestParallelStepsOutlastDelays(t *testing.T) {
	for _, slow := range []int{0, 1} {
		requireSteps(t, 12, 2, func(step, share int) {
			if share == slow && step%5 == 3 {
				time.Sleep(3 * spinLimit)
			}
		})
	}
}

// TestParallelStepsShareTheWork checks that a thread that joins does its share.
func TestParallelStepsShareTheWork(t *testing.T) {
	if runtime.NumCPU() < 2 || runtime.GOMAXPROCS(0) < 2 {
		t.Skip("needs a second processor")
	}
	met := make(chan struct{})
	requireSteps(t, 3, 2, func(step, share int) {
		switch { // neither goes on without the other
		case step > 0:
		case share == 0:
			<-met
		default:
			close(met)
		}
	})
}

// TestPanicsEndSteps lets a share of either side panic.
func TestPanicsEndSteps(t *testing.T) {
	for round := range 20 {
		for share := range 2 {
			require.Panics(t, func() {
				ParallelSteps(&chained{n: 2, each: func(step, s int) {
					if s == share && step == round {
						panic("a failure")
					}
				}}, 30, 2)
			})
		}
	}
	requireSteps(t, 30, 2, nil)
}

// TestParallelStepsAllocateNothing counts after the first run.
func TestParallelStepsAllocateNothing(t *testing.T) {
	c := &chained{n: 2}
	run := func() { ParallelSteps(c, 5, 2) }
	run()
	require.Zero(t, testing.AllocsPerRun(20, run))
}

// BenchmarkParallelSteps times a step of two shares that do next to nothing.
func BenchmarkParallelSteps(b *testing.B) {
	ParallelSteps(&chained{n: 2}, b.N, 2)
}
