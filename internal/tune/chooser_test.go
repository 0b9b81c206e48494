package tune

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// settle makes trials whose times a function gives until the choice is made, and returns how many
// runs each alternative had.
func settle(t *testing.T, c *Chooser, elapsed func(alternative int) time.Duration) []int {
	runs := make([]int, len(c.best))
	for range 1000 {
		i, trial := c.Begin()
		if !trial {
			require.True(t, c.Settled())
			require.Equal(t, c.Chosen(), i)
			return runs
		}
		require.False(t, c.Settled())
		require.Zero(t, c.Chosen(), "before there is a choice")
		runs[i]++
		c.End(elapsed(i))
	}
	require.Fail(t, "no choice after 1000 runs")
	return nil
}

// among returns the times of alternatives that always take as long.
func among(times ...time.Duration) func(int) time.Duration {
	return func(i int) time.Duration { return times[i] }
}

func TestChooserTakesTheFastest(t *testing.T) {
	for _, c := range []struct {
		times []time.Duration
		want  int
		runs  []int
	}{
		{[]time.Duration{100}, 0, []int{0}},
		{[]time.Duration{100, 201}, 0, []int{2, 2}}, // far behind after a round
		{[]time.Duration{100, 126}, 0, []int{4, 4}}, // behind after two
		{[]time.Duration{100, 105}, 0, []int{6, 6}},
		{[]time.Duration{100, 100}, 0, []int{6, 6}},
		{[]time.Duration{100, 97}, 0, []int{12, 12}}, // within the margin
		{[]time.Duration{100, 96}, 1, []int{12, 12}},
		{[]time.Duration{100, 90, 80}, 2, []int{12, 6, 12}},
		{[]time.Duration{100, 74}, 1, []int{6, 6}},        // ahead by a quarter
		{[]time.Duration{100, 39, 80}, 1, []int{6, 6, 2}}, // alternative 0 stays whatever it takes
		{[]time.Duration{100, 80, 101, 100}, 1, []int{12, 12, 4, 6}},
	} {
		chooser := New(len(c.times), 2, 3, 32)
		require.Equal(t, c.runs, settle(t, chooser, among(c.times...)), "%v", c.times)
		require.Equal(t, c.want, chooser.Chosen(), "%v", c.times)
		if len(c.times) > 1 {
			for i, want := range c.times {
				best, ok := chooser.Best(i)
				require.True(t, ok)
				require.Equal(t, want, best)
			}
		}
	}
}

// TestChooserTakesTheShortestRun disturbs all runs that count but one of each alternative, and
// makes those that don't count look best.
func TestChooserTakesTheShortestRun(t *testing.T) {
	c := New(2, 2, 3, 32)
	seen := []int{0, 0}
	settle(t, c, func(i int) time.Duration {
		seen[i]++
		switch {
		case seen[i]%2 == 1:
			return 1 // the first of a turn
		case seen[i] == 2:
			return []time.Duration{100, 90}[i]
		}
		return 1000
	})
	require.Equal(t, 1, c.Chosen())
}

// TestChooserWithstandsNoise checks that an alternative that is no better is hardly ever chosen,
// and one that is clearly better nine times in ten, where a quarter of the runs is disturbed.
func TestChooserWithstandsNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	share := func(times ...time.Duration) float64 {
		wins := 0
		for range 500 {
			c := New(len(times), 2, 3, 32)
			settle(t, c, func(i int) time.Duration {
				if r.IntN(4) == 0 {
					return times[i] + time.Duration(r.IntN(int(times[i])))
				}
				return times[i] + time.Duration(r.IntN(10))
			})
			if c.Chosen() != 0 {
				wins++
			}
		}
		return float64(wins) / 500
	}
	require.Less(t, share(1000, 1000, 1000, 1000), 0.1)
	require.Less(t, share(1000, 1100, 1100, 1100), 0.02)
	require.Greater(t, share(1000, 850, 1100, 1100), 0.9)
}

// TestTurnsAreRunsInARow checks that all runs of a turn but the first count.
func TestTurnsAreRunsInARow(t *testing.T) {
	c := New(2, 4, 1, 16)
	var order []int
	settle(t, c, func(i int) time.Duration {
		order = append(order, i)
		return []time.Duration{1, 1000, 100, 1000}[(len(order)-1)%4] + 5*time.Duration(1-i)
	})
	require.Equal(t, []int{0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1}, order)
	for i, want := range []time.Duration{105, 100} {
		best, _ := c.Best(i)
		require.Equal(t, want, best)
	}
	require.Zero(t, c.Chosen(), "within the margin")
}

func TestCancelledTrialsDoNotCount(t *testing.T) {
	c := New(2, 2, 1, 32)
	for range 10 {
		i, trial := c.Begin()
		require.True(t, trial)
		require.Zero(t, i)
		c.Cancel()
	}
	_, ok := c.Best(0)
	require.False(t, ok)
	require.Equal(t, []int{2, 2}, settle(t, c, among(100, 50)))
}

func TestRestartForgets(t *testing.T) {
	c := New(3, 2, 2, 16)
	settle(t, c, among(100, 50, 20))
	require.Equal(t, 2, c.Chosen())
	c.Restart()
	require.False(t, c.Settled())
	settle(t, c, among(20, 50, 100))
	require.Equal(t, 0, c.Chosen())
}

// TestOneGoroutineTriesAtATime checks that while a trial is under way all others get alternative 0,
// and that nobody waits.
func TestOneGoroutineTriesAtATime(t *testing.T) {
	c := New(2, 2, 3, 32)
	for range 2 {
		if i, trial := c.Begin(); trial {
			require.Zero(t, i)
			c.End(time.Second)
		}
	}
	i, trial := c.Begin()
	require.True(t, trial)
	require.Equal(t, 1, i)
	for range 5 {
		other, trial := c.Begin()
		require.False(t, trial)
		require.Zero(t, other)
	}
	c.End(time.Second)

	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for !c.Settled() {
				if i, trial := c.Begin(); trial {
					c.End(time.Second / time.Duration(i+1))
				}
			}
		})
	}
	workers.Wait()
	require.Equal(t, 1, c.Chosen())
}
